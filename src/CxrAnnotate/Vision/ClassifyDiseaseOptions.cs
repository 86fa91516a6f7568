using Microsoft.ML;

namespace CxrAnnotate;

/// <summary>Options of <c>ClassifyDisease</c>, the image network.</summary>
public sealed record ClassifyDiseaseOptions
{
    /// <value>The image column: a known-size vector of <see cref="float"/> in [0, 1] with dimensions [1, H, W] (or [H, W]). The default value is
    /// "Image".</value>
    public string ImageColumnName { get; init; } = "Image";

    /// <value>
    /// The label column. A key with text KeyValues gives a network of one label per image (softmax); a known-size vector of Single with slot names, 1
    /// present, 0 absent, NaN unknown, one of several findings (a sigmoid each). Rows without a label, or with none but unknown findings, are not
    /// trained on. The default value is "Label".
    /// </value>
    public string LabelColumnName { get; init; } = "Label";

    /// <value>The column of expected draws per epoch (see <c>BalanceClasses</c>); rows count once where it is absent. The default value is
    /// "SamplingWeight".</value>
    public string SamplingWeightColumnName { get; init; } = "SamplingWeight";

    /// <value>The caption column that <see cref="WordWeight"/> needs. The default value is "Caption".</value>
    public string CaptionColumnName { get; init; } = "Caption";

    /// <value>
    /// The text column of the view (PA, LATERAL, ...), read where it is there: a lateral view is warned of where the network was trained only on
    /// frontal ones. Null reads none. The default value is "View".
    /// </value>
    public string? ViewColumnName { get; init; } = "View";

    /// <value>The output column of the embedding, a vector of <see cref="CnnArchitecture.EmbeddingSize"/> numbers. The default value is
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
    /// finding's threshold, 0 where not. Of several findings only. The default value is "PredictedLabels".
    /// </value>
    public string PredictedLabelsColumnName { get; init; } = "PredictedLabels";

    /// <value>Loss, balance and thresholds of several findings; not read for single labels. The default value is <c>new
    /// MultiLabelOptions()</c>.</value>
    public MultiLabelOptions MultiLabel { get; init; } = new();

    /// <value>The network. The default value is <see cref="CnnArchitecture.ResNet18Slim"/>.</value>
    public CnnArchitecture Architecture { get; init; } = CnnArchitecture.ResNet18Slim;

    /// <value>Height and width of the network's input in pixels: a crop of the image column. 0 takes seven eighths of its smaller side, as 224 of 256
    /// in the paper. The default value is 0.</value>
    public int CropSize { get; init; }

    /// <value>Input channels: 1 (the image, standardised) or 3 (local contrast, standardised, standardised). The default value is 1.</value>
    public int Channels { get; init; } = 1;

    /// <value>Whether Network in Network and GoogLeNet have batch normalisation. The default value is true.</value>
    public bool BatchNormalization { get; init; } = true;

    /// <value>Dropout probability (between the blocks of Network in Network, before the last layer of the others), 0 to below 1. The default value is
    /// 0.</value>
    public double Dropout { get; init; }

    /// <value>The part of the target that is spread over all labels, 0 to below 1; not read for several findings. The default value is 0.1.</value>
    public double LabelSmoothing { get; init; } = 0.1;

    /// <value>
    /// Weight of a second loss, on the words of the caption (is "left" in it? "severe"?), that makes the embedding carry what the context decoder
    /// needs; 0 trains on the labels alone, as the paper does. The default value is 0.
    /// </value>
    public double WordWeight { get; init; }

    /// <value>
    /// How far the probabilities are corrected from the class frequencies that were drawn in training (rebalanced) to those of the training rows: 0
    /// leaves them as trained, on classes about equally frequent; 1 is Bayes' rule for rows drawn like the training rows (Saerens et al., 2002). With
    /// several findings it takes the weight of present findings back out. From 0 to 1. The default value is 1.
    /// </value>
    public double PriorCorrection { get; init; } = 1;

    /// <value>How training images are varied. The default value is <c>new AugmentationOptions()</c>.</value>
    public AugmentationOptions Augmentation { get; init; } = new();

    /// <value>Optimizer, schedule, epochs, batch size. The default value is AdamW at 0.001, cosine, 24 epochs of batches of 32.</value>
    public OptimizationOptions Optimization { get; init; } = new();

    /// <value>
    /// Rows to validate on after every epoch, with the same columns; early stopping (<see cref="OptimizationOptions.Patience"/>) needs them, and so
    /// do the thresholds of several findings.
    /// The default value is null.
    /// </value>
    public IDataView? ValidationData { get; init; }

    /// <value>
    /// Crops that an image is scored by, whose embeddings and probabilities are averaged: 1 (the centre) or 5 (the centre and four halfway to the
    /// corners). Five cost five times as much and tell a little better. The default value is 1.
    /// </value>
    public int ScoringCrops { get; init; } = 1;

    /// <value>Weights to start from and layers to leave as they are; null trains everything from random weights. The default value is null.</value>
    public FineTuningOptions? FineTuning { get; init; }

    /// <value>Checkpoints to go on from after an interruption; null writes none. Not read within a cascade, which has its own. The default value is
    /// null.</value>
    public CheckpointOptions? Checkpoints { get; init; }

    /// <value>Images scored in one go, at least 1; null is 16 on the CPU, where larger batches bring little and take memory, and 128 on a GPU, which
    /// small ones leave idle. The default value is null.</value>
    public int? ScoringBatchSize { get; init; }

    /// <value>Where the network is computed. The default value is <see cref="ComputeDevice.Auto"/>.</value>
    public ComputeDevice Device { get; init; }

    /// <value>Threads of torch while training; the process's setting is put back afterwards, 0 leaves it. A different number may give different last
    /// bits. The default value is 0.</value>
    public int Threads { get; init; }

    /// <value>Seed of weights, order and augmentation; null takes the context's. The default value is null.</value>
    public int? Seed { get; init; }

    /// <value>Stops the training. The default value is none.</value>
    public CancellationToken Cancellation { get; init; }

    internal void Check()
    {
        ArgumentNullException.ThrowIfNull(Architecture);
        if (CropSize != 0 && CropSize < Architecture.MinimumSize)
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
        FineTuning?.Check();
        Checkpoints?.Check();
    }
}
