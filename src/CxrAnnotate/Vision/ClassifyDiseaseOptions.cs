using Microsoft.ML;

namespace CxrAnnotate;

/// <summary>Options of <c>ClassifyDisease</c>, the image network.</summary>
public sealed record ClassifyDiseaseOptions
{
    /// <value>The image column: a known-size vector of <see cref="float"/> in [0, 1] with dimensions [1, H, W] (or [H, W]). The default value is
    /// "Image".</value>
    public string ImageColumnName { get; init; } = "Image";

    /// <value>
    /// The label column. A key with text KeyValues trains a single-label network (softmax); a known-size vector of Single with slot names (1 present,
    /// 0 absent, NaN unknown) trains a multi-label network (one sigmoid per finding). Rows without a label, or with only unknown findings, are
    /// skipped. The default value is "Label".
    /// </value>
    public string LabelColumnName { get; init; } = "Label";

    /// <value>The column of expected draws per epoch (see <c>BalanceClasses</c>); without it every row counts once. The default value is
    /// "SamplingWeight".</value>
    public string SamplingWeightColumnName { get; init; } = "SamplingWeight";

    /// <value>The caption column, read if <see cref="WordWeight"/> is above 0. The default value is "Caption".</value>
    public string CaptionColumnName { get; init; } = "Caption";

    /// <value>
    /// The text column of the view (PA, LATERAL, ...), if any: a network trained only on frontal views warns of lateral ones. Null reads none. The
    /// default value is "View".
    /// </value>
    public string? ViewColumnName { get; init; } = "View";

    /// <value>The output column of the embedding, a vector of length <see cref="CnnArchitecture.EmbeddingSize"/>. The default value is
    /// "Features".</value>
    public string FeaturesColumnName { get; init; } = "Features";

    /// <value>The output column of the probabilities, with the label names as slot names. The default value is "Score".</value>
    public string ScoreColumnName { get; init; } = "Score";

    /// <value>
    /// The output column of how undecided the probabilities of the base labels are, a Single from 0 to 1: of single labels their entropy divided by
    /// the logarithm of their number (0 for one label), of several findings the mean of their entropies in bits. The default value is "ScoreEntropy".
    /// </value>
    public string ScoreEntropyColumnName { get; init; } = "ScoreEntropy";

    /// <value>The output column of the most probable label, a key; of single labels only. The default value is "PredictedLabel".</value>
    public string PredictedLabelColumnName { get; init; } = "PredictedLabel";

    /// <value>
    /// The output column of the detected findings, a vector of Single with the label names as slot names: 1 where the probability reaches the
    /// finding's threshold, otherwise 0. Multi-label only. The default value is "PredictedLabels".
    /// </value>
    public string PredictedLabelsColumnName { get; init; } = "PredictedLabels";

    /// <value>Loss, balance and thresholds of multi-label networks; ignored by single-label ones. The default value is <c>new
    /// MultiLabelOptions()</c>.</value>
    public MultiLabelOptions MultiLabel { get; init; } = new();

    /// <value>The network. The default value is <see cref="CnnArchitecture.ResNet18Slim"/>.</value>
    public CnnArchitecture Architecture { get; init; } = CnnArchitecture.ResNet18Slim;

    /// <value>Height and width of the network's input in pixels: a crop of the image. 0 uses seven eighths of its smaller side, like the paper's 224
    /// of 256; with <see cref="Pretrained"/> weights the largest square that the network takes. The default value is 0.</value>
    public int CropSize { get; init; }

    /// <value>Input channels: 1 (the image, standardised) or 3 (local contrast, standardised, standardised). Networks with an input of their own
    /// ignore it (<see cref="CnnArchitecture.InputChannels"/>). The default value is 1.</value>
    public int Channels { get; init; } = 1;

    /// <value>Whether Network in Network and GoogLeNet use batch normalisation. The default value is true.</value>
    public bool BatchNormalization { get; init; } = true;

    /// <value>Dropout probability (between the blocks of Network in Network, before the last layer of the others), 0 to below 1. The default value is
    /// 0.</value>
    public double Dropout { get; init; }

    /// <value>The part of the target that is spread over all labels, 0 to below 1; single-label only. The default value is 0.1.</value>
    public double LabelSmoothing { get; init; } = 0.1;

    /// <value>
    /// Weight of an auxiliary loss on the words of the caption (does it contain "left"? "severe"?), which makes the embedding carry what the context
    /// decoder needs; 0 trains on the labels only, as in the paper. The default value is 0.
    /// </value>
    public double WordWeight { get; init; }

    /// <value>
    /// How far the probabilities are corrected from the rebalanced class frequencies of training to those of the training rows: 0 leaves them as
    /// trained, with classes about equally frequent; 1 is Bayes' rule for rows distributed like the training rows (Saerens et al., 2002).
    /// Multi-label: corrects for the weight of present findings. From 0 to 1. The default value is 1.
    /// </value>
    public double PriorCorrection { get; init; } = 1;

    /// <value>How training images are augmented. The default value is <c>new AugmentationOptions()</c>.</value>
    public AugmentationOptions Augmentation { get; init; } = new();

    /// <value>Optimizer, schedule, epochs, batch size. The default value is AdamW at 0.001, cosine, 24 epochs of batches of 32.</value>
    public OptimizationOptions Optimization { get; init; } = new();

    /// <value>
    /// Rows to validate on after every epoch, with the same columns; early stopping (<see cref="OptimizationOptions.Patience"/>) and the thresholds
    /// of multi-label networks need them. The default value is null.
    /// </value>
    public IDataView? ValidationData { get; init; }

    /// <value>
    /// Crops scored per image, whose embeddings and probabilities are averaged: 1 (the centre) or 5 (the centre and four halfway to the corners).
    /// Five cost five times as much and are slightly more accurate. The default value is 1.
    /// </value>
    public int ScoringCrops { get; init; } = 1;

    /// <value>
    /// Pretrained weights to start from: "imagenet" (<see cref="PretrainedWeights.ImageNet"/>), a file of weights of a known network, or the folder
    /// of a saved cascade. The network is theirs (<see cref="CnnArchitecture.Recognize"/>), and so is its input; <see cref="Architecture"/> and
    /// <see cref="Channels"/> are ignored. <see cref="Transfer"/> says what is trained. Null starts from random weights, or from those of
    /// <see cref="FineTuning"/>. The default value is null.
    /// </value>
    public string? Pretrained { get; init; }

    /// <value>How the network is trained from <see cref="Pretrained"/> weights; ignored without them. The default value is <c>new
    /// TransferOptions()</c>.</value>
    public TransferOptions Transfer { get; init; } = new();

    /// <value>Initial weights and frozen layers; null trains everything from random weights. The default value is null.</value>
    public FineTuningOptions? FineTuning { get; init; }

    /// <value>Checkpoints for resuming an interrupted training; null writes none. Ignored within a cascade, which has its own. The default value is
    /// null.</value>
    public CheckpointOptions? Checkpoints { get; init; }

    /// <value>Batch size for scoring, at least 1; null uses 16 on the CPU, where larger batches gain little and need memory, and 128 on a GPU, which
    /// small batches leave idle. The default value is null.</value>
    public int? ScoringBatchSize { get; init; }

    /// <value>The device to compute on. The default value is <see cref="ComputeDevice.Auto"/>.</value>
    public ComputeDevice Device { get; init; }

    /// <value>Threads of torch while training; the process's setting is restored afterwards. 0 keeps it. Another number may change the last bits of
    /// results. The default value is 0.</value>
    public int Threads { get; init; }

    /// <value>Seed of weights, order and augmentation; null uses the context's. The default value is null.</value>
    public int? Seed { get; init; }

    /// <value>Cancels the training. The default value is none.</value>
    public CancellationToken Cancellation { get; init; }

    /// <summary>The options with the network and the path of the pretrained weights, if any.</summary>
    /// <exception cref="FileNotFoundException">There are no such weights.</exception>
    /// <exception cref="InvalidDataException">The weights are of no known network, or damaged.</exception>
    internal ClassifyDiseaseOptions Resolved()
    {
        if (Pretrained is null)
            return this;
        ClassifyDiseaseOptions resolved = this with { Pretrained = PretrainedWeights.Resolve(Pretrained) };
        if (WeightSource.Find(resolved.Pretrained, "classifier").Configuration is not { } file)
            return resolved with { Architecture = CnnArchitecture.Recognize(resolved.Pretrained) };
        ClassifierConfiguration saved = ClassifierConfiguration.Read(file);
        return resolved with { Architecture = saved.Architecture, Channels = saved.Channels, BatchNormalization = saved.BatchNormalization };
    }

    internal void Check()
    {
        ArgumentNullException.ThrowIfNull(Architecture);
        if (Pretrained is null && CropSize != 0 && CropSize < Architecture.MinimumSize)
            throw new ArgumentOutOfRangeException(
                nameof(CropSize),
                CropSize,
                ErrorCode.OptionOutOfRange.Message($"CropSize must be 0 or at least {Architecture.MinimumSize} for {Architecture}.")
            );
        if (Channels is not (1 or 3))
            throw new ArgumentOutOfRangeException(nameof(Channels), Channels, ErrorCode.OptionOutOfRange.Message("Channels must be 1 or 3."));
        if (Dropout is not (>= 0 and < 1))
            throw new ArgumentOutOfRangeException(nameof(Dropout), Dropout, ErrorCode.OptionOutOfRange.Message("Dropout must be from 0 to below 1."));
        if (LabelSmoothing is not (>= 0 and < 1))
            throw new ArgumentOutOfRangeException(
                nameof(LabelSmoothing),
                LabelSmoothing,
                ErrorCode.OptionOutOfRange.Message("LabelSmoothing must be from 0 to below 1.")
            );
        if (PriorCorrection is not (>= 0 and <= 1))
            throw new ArgumentOutOfRangeException(
                nameof(PriorCorrection),
                PriorCorrection,
                ErrorCode.OptionOutOfRange.Message("PriorCorrection must be from 0 to 1.")
            );
        if (!(WordWeight >= 0 && double.IsFinite(WordWeight)))
            throw new ArgumentOutOfRangeException(
                nameof(WordWeight),
                WordWeight,
                ErrorCode.OptionOutOfRange.Message("WordWeight must be 0 or more.")
            );
        if (ScoringCrops is not (1 or 5))
            throw new ArgumentOutOfRangeException(
                nameof(ScoringCrops),
                ScoringCrops,
                ErrorCode.OptionOutOfRange.Message("ScoringCrops must be 1 or 5.")
            );
        if (ScoringBatchSize is { } batch)
            ArgumentOutOfRangeException.ThrowIfLessThan(batch, 1, nameof(ScoringBatchSize));
        ArgumentOutOfRangeException.ThrowIfNegative(Threads);
        ArgumentNullException.ThrowIfNull(MultiLabel);
        MultiLabel.Check();
        ArgumentNullException.ThrowIfNull(Augmentation);
        ArgumentNullException.ThrowIfNull(Optimization);
        Augmentation.Check();
        Optimization.Check();
        ArgumentNullException.ThrowIfNull(Transfer);
        Transfer.Check();
        OptionChecks.Require(Pretrained is null || !string.IsNullOrWhiteSpace(Pretrained), nameof(Pretrained), Pretrained, "a name or path, or null");
        if (Pretrained is not null && FineTuning is { Weights: not null })
            throw new ArgumentException(
                ErrorCode.OptionConflict.Message(
                    "Initial weights are named twice, as pretrained weights and for fine-tuning. Name them once."
                ),
                nameof(Pretrained)
            );
        FineTuning?.Check();
        if (Pretrained is not null && Transfer.Mode == TransferMode.Frozen && FineTuning is { Frozen.Count: > 0 })
            throw new ArgumentException(
                ErrorCode.OptionConflict.Message(
                    "Layers to freeze are named, but a frozen transfer trains no layer of the network anyway. Fine-tune it, or name none."
                ),
                nameof(FineTuning)
            );
        Checkpoints?.Check();
    }
}
