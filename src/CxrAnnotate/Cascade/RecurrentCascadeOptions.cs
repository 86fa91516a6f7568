using Microsoft.ML;

namespace CxrAnnotate;

/// <summary>
/// Options of the whole method: label mining, rebalancing, image network, context decoder, relabeling, again. Begin with <see cref="ForRadiographs"/>
/// (or another of the presets) and change what differs:
/// <c>RecurrentCascadeOptions.ForRadiographs with { ValidationData = ... }</c>. <c>new RecurrentCascadeOptions()</c> has the default values of the
/// stages, each of which is said at its property.
/// </summary>
public sealed record RecurrentCascadeOptions
{
    /// <summary>Images featurized at once. Other batches may give other last bits, and with them other weights of the decoder.</summary>
    private const int FeatureBatchSize = 32;

    /// <value>
    /// What <c>cxr train</c> trains with: hundreds to thousands of real radiographs, 144 x 144 pixels, 24 epochs and 14 in the later iterations.
    /// Random crops and mirrored images (sides exchanged in their annotations) are the only variation, stronger ones did worse in cross-validation;
    /// the words of the annotations are learnt beside the labels; five crops are averaged when reading.
    /// </value>
    public static RecurrentCascadeOptions ForRadiographs { get; } =
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

    /// <value>As <see cref="ForRadiographs"/>, with every finding of a radiograph learnt for itself: what <c>cxr train --multi-label</c> trains
    /// with.</value>
    public static RecurrentCascadeOptions ForSeveralFindings { get; } =
        ForRadiographs with
        {
            Mining = ForRadiographs.Mining with { Task = LabelTask.MultiLabel },
            Classifier = ForRadiographs.Classifier with { PriorCorrection = 1 },
        };

    /// <value>
    /// What <c>cxr train</c> trains phantoms with, which are drawn by the thousand and all in one way: fewer passes, no mirroring, and a first
    /// iteration that learns from the labels alone, as in the paper.
    /// An epoch is 1,600 rows, however few phantoms there are.
    /// </value>
    public static RecurrentCascadeOptions ForPhantoms { get; } =
        ForRadiographs with
        {
            Balancing = ForRadiographs.Balancing with { RowsPerEpoch = 1600 },
            Classifier = ForRadiographs.Classifier with
            {
                WordWeight = 0,
                ScoringCrops = 1,
                Augmentation = AugmentationOptions.RandomCrop,
                Optimization = Fitting(epochs: 12, batchSize: 16, learningRate: 2e-3),
            },
            Refinement = Fitting(epochs: 8, batchSize: 16, learningRate: 1e-3),
            ContextWordWeight = 0.3,
            FeatureViews = 2,
            Relabeling = ForRadiographs.Relabeling with { MinimumSilhouette = 0.25 },
        };

    /// <value>How often image network and decoder are trained: 1 is without the cascade; at least 1. The default value is 2, as in the paper.</value>
    public int Iterations { get; init; } = 2;

    /// <value>
    /// Label mining; not used where the rows have a label column already. Its <see cref="MineLabelsOptions.Task"/>, or the type of that column,
    /// decides whether one label per image is learnt or several findings (docs/method.md, section 7). The columns that it writes are named by
    /// <see cref="ClassifyDiseaseOptions.LabelColumnName"/> and <see cref="ClassifyDiseaseOptions.CaptionColumnName"/> of <see cref="Classifier"/>.
    /// The default value is <c>new MineLabelsOptions()</c>.
    /// </value>
    public MineLabelsOptions Mining { get; init; } = new();

    /// <value>
    /// Image loading; not used where the rows have an image column already. The column that it writes is named by
    /// <see cref="ClassifyDiseaseOptions.ImageColumnName"/> of <see cref="Classifier"/>. The default value is <c>new LoadRadiographsOptions()</c>,
    /// 144 x 144.
    /// </value>
    public LoadRadiographsOptions Loading { get; init; } = new();

    /// <value>Class rebalancing; not read for several findings, whose losses are balanced by <see cref="ClassifyDiseaseOptions.MultiLabel"/>. The
    /// default value is <c>new BalanceClassesOptions()</c>, data dropout.</value>
    public BalanceClassesOptions Balancing { get; init; } = new();

    /// <value>
    /// The image network of the first iteration. Of its column names, four are read, and name the columns of the whole cascade:
    /// <see cref="ClassifyDiseaseOptions.ImageColumnName"/>, <see cref="ClassifyDiseaseOptions.LabelColumnName"/>,
    /// <see cref="ClassifyDiseaseOptions.CaptionColumnName"/> and <see cref="ClassifyDiseaseOptions.ViewColumnName"/>. The others, and the validation
    /// view, are not read: a cascade's output columns have fixed names. The default value is <c>new ClassifyDiseaseOptions()</c>.
    /// </value>
    public ClassifyDiseaseOptions Classifier { get; init; } = new();

    /// <value>The context decoder. Its column names and validation view are not read. The default value is <c>new DecodeContextOptions()</c>.</value>
    public DecodeContextOptions Decoder { get; init; } = new();

    /// <value>How the labels of the next iteration are found. The default value is <c>new ContextClusteringOptions()</c>.</value>
    public ContextClusteringOptions Relabeling { get; init; } = new();

    /// <value>Optimization of the image network in the later iterations; null is as in the first. The default value is null.</value>
    public OptimizationOptions? Refinement { get; init; }

    /// <value>Whether the later iterations start from the weights of the one before (the heads of new labels always start anew). The default value is
    /// true.</value>
    public bool ContinueWeights { get; init; } = true;

    /// <value>
    /// <see cref="ClassifyDiseaseOptions.WordWeight"/> of the later iterations: besides the new labels, the image network is trained on the words of
    /// the annotations. This goes beyond the paper, whose context reaches the image network through the new labels alone (0). The default value is
    /// 0.3.
    /// </value>
    public double ContextWordWeight { get; init; } = 0.3;

    /// <value>
    /// Varied views of each training image, besides the image itself, whose features the decoder is trained on: the features of an image that the
    /// network has overfitted look surer than those of a new one. 0 or more. The default value is 4.
    /// </value>
    public int FeatureViews { get; init; } = 4;

    /// <value>The part of the studies that is set aside to choose the iteration by, where no validation view is given; 0 keeps the last iteration.
    /// From 0 to 0.5. The default value is 0.1.</value>
    public double ValidationFraction { get; init; } = 0.1;

    /// <value>The rows to choose the iteration (and to stop early) by, with the same columns as the training rows. The default value is null.</value>
    public IDataView? ValidationData { get; init; }

    /// <value>The column of the study, which is never on both sides of the validation split; rows stand for themselves where it is absent. The
    /// default value is "StudyId".</value>
    public string StudyColumnName { get; init; } = "StudyId";

    /// <value>
    /// Checkpoints, after the epochs of both networks and between the stages of all iterations, to go on from after an interruption; null writes
    /// none. Those of <see cref="Classifier"/> and <see cref="Decoder"/> are not read. The default value is null.
    /// </value>
    public CheckpointOptions? Checkpoints { get; init; }

    /// <value>Seed of everything random; null takes the context's. The default value is null.</value>
    public int? Seed { get; init; }

    /// <value>Told how the training goes. The default value is null.</value>
    public IProgress<CascadeProgress>? Progress { get; init; }

    /// <value>Stops the training. The default value is none.</value>
    public CancellationToken Cancellation { get; init; }

    /// <summary>The label mining, writing the columns that the image network reads.</summary>
    internal MineLabelsOptions MiningOfColumns =>
        Mining with
        {
            LabelColumnName = Classifier.LabelColumnName,
            CaptionColumnName = Classifier.CaptionColumnName,
        };

    /// <summary>The options of the stages of one iteration: what differs between iterations, and the seed of each stage, is decided here.</summary>
    /// <param name="iteration">The iteration, from 1.</param>
    /// <returns>Options with the seeds that <see cref="RecurrentCascadeEstimator"/> derives from <see cref="Seed"/>; without a seed where that is
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
            Decoder = Decoder with { Seed = SeedOf(3), Cancellation = Cancellation },
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
    /// About how many bytes of disk a training with these options takes at most, before it begins: the saved cascade, and the checkpoints where there
    /// are to be some. Labels and words, which are not known yet, are taken to be as many as large data sets have.
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
