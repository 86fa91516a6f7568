using Microsoft.ML;

namespace CxrAnnotate;

/// <summary>
/// Options of the whole method: label mining, rebalancing, image network, context decoder, relabeling, and the next iteration. Start from
/// <see cref="ForRadiographs"/> (or another preset) and change what you need: <c>RecurrentCascadeOptions.ForRadiographs with { ValidationData = ...
/// }</c>. <c>new RecurrentCascadeOptions()</c> has the default values of the stages, documented at each property.
/// </summary>
public sealed record RecurrentCascadeOptions
{
    /// <summary>Batch size for features. Another size may change the last bits of features, and so the decoder's weights.</summary>
    private const int FeatureBatchSize = 32;

    /// <value>
    /// The options of <c>cxr train</c> for real radiographs: <see cref="FromImageNet"/> if the application has the weights, because it references the
    /// package Microsoft.ML.DnnImageFeaturizer.ResNet18 or the environment variable <c>CXR_IMAGENET</c> names them; otherwise
    /// <see cref="FromScratch"/>.
    /// </value>
    public static RecurrentCascadeOptions ForRadiographs => PretrainedWeights.OfApplication is null ? FromScratch : FromImageNet;

    /// <value>
    /// For hundreds to thousands of real radiographs, from random weights: 144 x 144 pixels, 24 epochs, and 14 in later iterations.
    /// Images are augmented only by random crops and mirroring (with left and right swapped in their annotations), since stronger augmentation did
    /// worse in cross-validation; the image network also learns the words of the annotations; readings average five crops.
    /// </value>
    public static RecurrentCascadeOptions FromScratch { get; } =
        new()
        {
            Mining = new() { UnlabelledPatterns = UnlabelledPatterns.MostFrequentTerm },
            Balancing = new() { NormalRatio = 1, MaximumWeight = 8 },
            Classifier = new()
            {
                LabelSmoothing = 0,
                WordWeight = 0.2,
                PriorCorrection = 0.5,
                ScoringCrops = 5,
                Augmentation = AugmentationOptions.RandomCrop with { Mirror = 0.5 },
                Optimization = Fitting(epochs: OptimizationOptions.DefaultEpochs, batchSize: 32, learningRate: 1e-3),
            },
            Refinement = Fitting(epochs: 14, batchSize: 32, learningRate: 5e-4),
            ContextWordWeight = 0.4,
            FeatureViews = 3,
            Decoder = new()
            {
                Optimization = new()
                {
                    Epochs = 20,
                    BatchSize = 64,
                    LearningRate = 2e-3,
                },
            },
            Relabeling = new() { MinimumClusterSize = 12, MinimumSilhouette = 0.05 },
        };

    /// <value>
    /// For hundreds to thousands of real radiographs, from a network that was trained on ImageNet: 224 x 224 pixels, not cropped. Heads and decoder
    /// are fitted to its features; with <see cref="TransferMode.FineTuned"/> the network is then trained for 12 epochs, and for 4 in later
    /// iterations.
    /// </value>
    public static RecurrentCascadeOptions FromImageNet { get; } =
        FromScratch with
        {
            Loading = new() { Height = 224, Width = 224 },
            Classifier = FromScratch.Classifier with
            {
                Pretrained = PretrainedWeights.ImageNet,
                ScoringCrops = 1,
                Augmentation = new() { Noise = 0, Mirror = 0.5 },
                Optimization = Fitting(epochs: 12, batchSize: 32, learningRate: 3e-4),
            },
            Refinement = Fitting(epochs: 4, batchSize: 32, learningRate: 1e-4),
            Decoder = FromScratch.Decoder with { Projection = FeatureProjection.WordRegression },
        };

    /// <value><see cref="ForRadiographs"/> for multi-label training: the options of <c>cxr train --multi-label</c>.</value>
    public static RecurrentCascadeOptions ForSeveralFindings => ForRadiographs.WithSeveralFindings();

    /// <value>
    /// The options of <c>cxr train</c> for phantoms, which can be drawn by the thousand and look alike: fewer epochs, no mirroring, and a first
    /// iteration that learns only from the labels, as in the paper. An epoch has 1,280 rows, whatever the number of phantoms.
    /// </value>
    public static RecurrentCascadeOptions ForPhantoms { get; } =
        FromScratch with
        {
            Balancing = FromScratch.Balancing with { RowsPerEpoch = 1280 },
            Classifier = FromScratch.Classifier with
            {
                WordWeight = 0,
                ScoringCrops = 1,
                Augmentation = AugmentationOptions.RandomCrop,
                Optimization = Fitting(epochs: 12, batchSize: 16, learningRate: 2e-3),
            },
            Refinement = Fitting(epochs: 8, batchSize: 16, learningRate: 1e-3),
            ContextWordWeight = 0.3,
            FeatureViews = 2,
            Relabeling = FromScratch.Relabeling with { MinimumSilhouette = 0.25 },
        };

    /// <value>The number of iterations, at least 1; 1 trains without relabeling. The default value is 2, as in the paper.</value>
    public int Iterations { get; init; } = 2;

    /// <value>
    /// Label mining; not used if the rows already have a label column. Its <see cref="MineLabelsOptions.Task"/>, or the type of that column, decides
    /// between single-label and multi-label training (docs/method.md, section 7). Its output columns are named by
    /// <see cref="ClassifyDiseaseOptions.LabelColumnName"/> and <see cref="ClassifyDiseaseOptions.CaptionColumnName"/> of <see cref="Classifier"/>.
    /// The default value is <c>new MineLabelsOptions()</c>.
    /// </value>
    public MineLabelsOptions Mining { get; init; } = new();

    /// <value>
    /// Image loading; not used if the rows already have an image column. Its output column is named by
    /// <see cref="ClassifyDiseaseOptions.ImageColumnName"/> of <see cref="Classifier"/>. The default value is <c>new LoadRadiographsOptions()</c>,
    /// 144 x 144.
    /// </value>
    public LoadRadiographsOptions Loading { get; init; } = new();

    /// <value>Class rebalancing, single-label only; multi-label losses are balanced by <see cref="ClassifyDiseaseOptions.MultiLabel"/>. The default
    /// value is <c>new BalanceClassesOptions()</c>, data dropout.</value>
    public BalanceClassesOptions Balancing { get; init; } = new();

    /// <value>
    /// The image network of the first iteration. Four of its column names apply to the whole cascade:
    /// <see cref="ClassifyDiseaseOptions.ImageColumnName"/>, <see cref="ClassifyDiseaseOptions.LabelColumnName"/>,
    /// <see cref="ClassifyDiseaseOptions.CaptionColumnName"/> and <see cref="ClassifyDiseaseOptions.ViewColumnName"/>. The others, and the validation
    /// view, are ignored: a cascade's output columns have fixed names. The default value is <c>new ClassifyDiseaseOptions()</c>.
    /// </value>
    public ClassifyDiseaseOptions Classifier { get; init; } = new();

    /// <value>The context decoder. Its column names and validation view are ignored. The default value is <c>new DecodeContextOptions()</c>.</value>
    public DecodeContextOptions Decoder { get; init; } = new();

    /// <value>
    /// Whether the decoder attends to the regions of the image network's features when it writes a word
    /// (<see cref="DecodeContextOptions.Attention"/>, which is ignored here), and the column <c>WordAttention</c> says where it looked. Needs a
    /// network with <see cref="CnnArchitecture.Regions"/>. The default value is false.
    /// </value>
    public bool AttendsRegions { get; init; }

    /// <value>The clustering that gives the labels of the next iteration. The default value is <c>new ContextClusteringOptions()</c>.</value>
    public ContextClusteringOptions Relabeling { get; init; } = new();

    /// <value>
    /// Whether later iterations are trained on labels that were refined by context. If false, they train on the labels of the first iteration: the
    /// control, which shows what relabeling adds to longer training (<see cref="RecurrentCascadeEstimator.FitControl"/>). The default value is true.
    /// </value>
    public bool Relabel { get; init; } = true;

    /// <value>Optimization of the image network in later iterations; null uses that of the first. The default value is null.</value>
    public OptimizationOptions? Refinement { get; init; }

    /// <value>Whether later iterations start from the weights of the previous one (the heads of new labels are always reinitialized). The default
    /// value is true.</value>
    public bool ContinueWeights { get; init; } = true;

    /// <value>
    /// <see cref="ClassifyDiseaseOptions.WordWeight"/> of later iterations: besides the new labels, the image network is trained on the words of the
    /// annotations. This goes beyond the paper, where context reaches the image network only through the new labels (0). The default value is 0.3.
    /// </value>
    public double ContextWordWeight { get; init; } = 0.3;

    /// <value>
    /// The number of augmented variants of each training image whose features train the decoder, besides the image itself: the features of an image
    /// that the network has overfitted look more certain than those of a new one. 0 or more. The default value is 4.
    /// </value>
    public int FeatureViews { get; init; } = 4;

    /// <value>The fraction of the studies held out to choose the iteration, if no validation view is given; 0 chooses the last iteration. From 0 to
    /// 0.5. The default value is 0.1.</value>
    public double ValidationFraction { get; init; } = 0.1;

    /// <value>The rows for choosing the iteration and for early stopping, with the same columns as the training rows. The default value is
    /// null.</value>
    public IDataView? ValidationData { get; init; }

    /// <value>
    /// How the iteration is chosen that the cascade reads with, by the validation rows. It changes no weights: a resumed training may have another
    /// choice. The default value is <see cref="IterationChoice.Evidence"/>.
    /// </value>
    public IterationChoice IterationChoice { get; init; } = IterationChoice.Evidence;

    /// <value>The column of the study, which the validation split never separates; without it each row is its own study. The default value is
    /// "StudyId".</value>
    public string StudyColumnName { get; init; } = "StudyId";

    /// <value>
    /// Checkpoints for resuming an interrupted training, after epochs of both networks and between the stages of all iterations; null writes none.
    /// Those of <see cref="Classifier"/> and <see cref="Decoder"/> are ignored. The default value is null.
    /// </value>
    public CheckpointOptions? Checkpoints { get; init; }

    /// <value>The seed; null uses the context's. The default value is null.</value>
    public int? Seed { get; init; }

    /// <value>Receives progress reports. The default value is null.</value>
    public IProgress<CascadeProgress>? Progress { get; init; }

    /// <value>Receives a report after every epoch of either network, for example a <see cref="TrainingLog"/>. Epochs that a resumed training takes
    /// from its checkpoint are not reported again. The default value is null.</value>
    public IProgress<TrainingEpoch>? EpochProgress { get; init; }

    /// <value>Cancels the training. The default value is none.</value>
    public CancellationToken Cancellation { get; init; }

    /// <summary>These options for multi-label training.</summary>
    public RecurrentCascadeOptions WithSeveralFindings() =>
        this with
        {
            Mining = Mining with { Task = LabelTask.MultiLabel },
            Classifier = Classifier with { PriorCorrection = 1 },
        };

    /// <summary>The label mining, with the image network's input columns as its output columns.</summary>
    internal MineLabelsOptions MiningOfColumns =>
        Mining with
        {
            LabelColumnName = Classifier.LabelColumnName,
            CaptionColumnName = Classifier.CaptionColumnName,
        };

    /// <summary>The options of the stages of one iteration, including the differences between iterations and the seed of each stage.</summary>
    /// <param name="iteration">The iteration, from 1.</param>
    /// <returns>Options with the seeds that <see cref="RecurrentCascadeEstimator"/> derives from <see cref="Seed"/>; without a seed if that is
    /// null.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="iteration"/> is below 1.</exception>
    public CascadeIterationOptions ForIteration(int iteration)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(iteration, 1);
        ClassifyDiseaseOptions classifier = Classifier with { Seed = SeedOf(1), Cancellation = Cancellation };
        if (iteration > 1)
            classifier = classifier with { Optimization = Refinement ?? classifier.Optimization, WordWeight = ContextWordWeight };
        return new CascadeIterationOptions
        {
            Classifier = classifier,
            Featurizer = new()
            {
                ImageColumnName = classifier.ImageColumnName,
                FeaturesColumnName = Decoder.FeaturesColumnName,
                FeatureViewsColumnName = Decoder.FeatureViewsColumnName,
                Views = FeatureViews,
                Augmentation = classifier.Augmentation,
                Seed = SeedOf(2),
                BatchSize = FeatureBatchSize,
                Device = classifier.Device,
            },
            Decoder = Decoder with
            {
                Attention = AttendsRegions ? Decoder.Attention ?? classifier.Resolved().Architecture.Regions : null,
                Seed = SeedOf(3),
                Cancellation = Cancellation,
            },
            Relabeling = new()
            {
                OutputColumnName = classifier.LabelColumnName,
                LabelColumnName = classifier.LabelColumnName,
                Clustering = Relabeling with { Seed = Relabeling.Seed ?? SeedOf(4) },
                Cancellation = Cancellation,
            },
        };

        int? SeedOf(int stage) => Seed is { } seed ? Seeds.Mix(seed, iteration, stage) : null;
    }

    private static OptimizationOptions Fitting(int epochs, int batchSize, double learningRate) =>
        new()
        {
            Epochs = epochs,
            BatchSize = batchSize,
            LearningRate = learningRate,
            WeightDecay = 0.02,
            WeightAverage = 0.99,
        };

    /// <summary>
    /// Estimates the peak disk space in bytes of a training with these options: the saved cascade and the checkpoints, if any. The numbers of labels
    /// and words, not known yet, are assumed to be those of large data sets.
    /// </summary>
    /// <exception cref="NativeRuntimeException">libtorch cannot be loaded.</exception>
    public long EstimateDiskSpace() => CascadeSize.OfModel(this) + CascadeSize.OfCheckpoints(this);

    internal void Check()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(Iterations, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(FeatureViews);
        if (!(ContextWordWeight >= 0 && double.IsFinite(ContextWordWeight)))
            throw new ArgumentOutOfRangeException(
                nameof(ContextWordWeight),
                ContextWordWeight,
                ErrorCode.OptionOutOfRange.Message("ContextWordWeight must be 0 or more.")
            );
        if (ValidationFraction is not (>= 0 and <= 0.5))
            throw new ArgumentOutOfRangeException(
                nameof(ValidationFraction),
                ValidationFraction,
                ErrorCode.OptionOutOfRange.Message("ValidationFraction must be from 0 to 0.5.")
            );
        OptionChecks.Require(
            Enum.IsDefined(IterationChoice),
            nameof(IterationChoice),
            IterationChoice,
            "one of its names"
        );
        Mining.Check();
        Loading.Check();
        Balancing.Check();
        Classifier.Check();
        Decoder.Check();
        Relabeling.Check();
        Refinement?.Check();
        Checkpoints?.Check();
    }
}
