using Microsoft.ML;

namespace CxrAnnotate;

/// <summary>Options of the whole method: label mining, rebalancing, image network, context decoder, relabeling, again.</summary>
public sealed record RecurrentCascadeOptions
{
    /// <value>How often image network and decoder are trained: 1 is without the cascade; at least 1. The default value is 2, as in the paper.</value>
    public int Iterations { get; init; } = 2;

    /// <value>
    /// Label mining; not used where the rows have a label column already. Its <see cref="MineLabelsOptions.Task"/>, or the type of that column, decides whether one label per image is learnt or
    /// several findings (docs/method.md, section 7). The default value is <c>new MineLabelsOptions()</c>.
    /// </value>
    public MineLabelsOptions Mining { get; init; } = new();

    /// <value>Image loading; not used where the rows have an image column already. The default value is <c>new LoadRadiographsOptions()</c>, 256 x 256.</value>
    public LoadRadiographsOptions Loading { get; init; } = new();

    /// <value>Class rebalancing; not read for several findings, whose losses are balanced by <see cref="ClassifyDiseaseOptions.MultiLabel"/>. The default value is <c>new BalanceClassesOptions()</c>, data dropout.</value>
    public BalanceClassesOptions Balancing { get; init; } = new();

    /// <value>The image network of the first iteration. Its column names and validation view are not read. The default value is <c>new ClassifyDiseaseOptions()</c>.</value>
    public ClassifyDiseaseOptions Classifier { get; init; } = new();

    /// <value>The context decoder. Its column names and validation view are not read. The default value is <c>new DecodeContextOptions()</c>.</value>
    public DecodeContextOptions Decoder { get; init; } = new();

    /// <value>How the labels of the next iteration are found. The default value is <c>new ContextClusteringOptions()</c>.</value>
    public ContextClusteringOptions Relabeling { get; init; } = new();

    /// <value>Optimization of the image network in the later iterations; null is as in the first. The default value is null.</value>
    public OptimizationOptions? Refinement { get; init; }

    /// <value>Whether the later iterations start from the weights of the one before (the heads of new labels always start anew). The default value is true.</value>
    public bool ContinueWeights { get; init; } = true;

    /// <value>
    /// <see cref="ClassifyDiseaseOptions.WordWeight"/> of the later iterations: besides the new labels, the image network is trained on the words of the annotations. This
    /// goes beyond the paper, whose context reaches the image network through the new labels alone (0). The default value is 0.3.
    /// </value>
    public double ContextWordWeight { get; init; } = 0.3;

    /// <value>
    /// Varied views of each training image, besides the image itself, whose features the decoder is trained on: the features of an image that the network knows by heart
    /// look surer than those of a new one. 0 or more. The default value is 4.
    /// </value>
    public int FeatureViews { get; init; } = 4;

    /// <value>The part of the studies that is set aside to choose the iteration by, where no validation view is given; 0 keeps the last iteration. From 0 to 0.5. The default value is 0.1.</value>
    public double ValidationFraction { get; init; } = 0.1;

    /// <value>The rows to choose the iteration (and to stop early) by, with the same columns as the training rows. The default value is null.</value>
    public IDataView? ValidationData { get; init; }

    /// <value>The column of the study, which is never on both sides of the validation split; rows stand for themselves where it is absent. The default value is "StudyId".</value>
    public string StudyColumnName { get; init; } = "StudyId";

    /// <value>
    /// Checkpoints, after the epochs of both networks and between the stages of all iterations, to go on from after an interruption; null writes none. Those of
    /// <see cref="Classifier"/> and <see cref="Decoder"/> are not read. The default value is null.
    /// </value>
    public CheckpointOptions? Checkpoints { get; init; }

    /// <value>Seed of everything random; null takes the context's. The default value is null.</value>
    public int? Seed { get; init; }

    /// <value>Told how the training goes. The default value is null.</value>
    public IProgress<CascadeProgress>? Progress { get; init; }

    /// <value>Stops the training. The default value is none.</value>
    public CancellationToken Cancellation { get; init; }

    internal void Check()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(Iterations, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(FeatureViews);
        if (!(ContextWordWeight >= 0 && double.IsFinite(ContextWordWeight)))
            throw new ArgumentOutOfRangeException(nameof(ContextWordWeight), ContextWordWeight, "ContextWordWeight must be 0 or more.");
        if (ValidationFraction is not (>= 0 and <= 0.5))
            throw new ArgumentOutOfRangeException(nameof(ValidationFraction), ValidationFraction, "ValidationFraction must be from 0 to 0.5.");
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
