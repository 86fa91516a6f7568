using Microsoft.ML;

namespace CxrAnnotate;

/// <summary>
/// Options of the stage <c>DecodeContext</c>: the recurrent network that writes an annotation for an image and its label, its training and its
/// search.
/// </summary>
public sealed record DecodeContextOptions
{
    /// <value>The recurrent cell. The default value is <see cref="RecurrentCell.Gru"/>.</value>
    public RecurrentCell Cell { get; init; } = RecurrentCell.Gru;

    /// <value>Recurrent layers, 1 to 8. The paper's decoder has 2. The default value is 1.</value>
    public int Layers { get; init; } = 1;

    /// <value>Units of a layer, at least 1. The paper's decoder has 1024, so that the image's embedding is the initial state; other sizes use a
    /// learned projection of it. The default value is 256.</value>
    public int HiddenSize { get; init; } = 256;

    /// <value>Dropout between the layers and before the output, 0 to below 1. The default value is 0.3.</value>
    public double Dropout { get; init; } = 0.3;

    /// <value>Dropout of the image's embedding while training, 0 to below 1, against overfitting small data sets. The default value is 0.2.</value>
    public double FeatureDropout { get; init; } = 0.2;

    /// <value>
    /// Whether features are standardised by their mean and standard deviation over the training rows before they become the initial state;
    /// classifiers differ in the scale of their features. The paper uses them unchanged. The default value is true.
    /// </value>
    public bool StandardizeFeatures { get; init; } = true;

    /// <value>
    /// How features become the initial state. <see cref="FeatureProjection.WordRegression"/> standardises features, and needs a
    /// <see cref="HiddenSize"/> other than their number. The default value is <see cref="FeatureProjection.Learned"/>.
    /// </value>
    public FeatureProjection Projection { get; init; } = FeatureProjection.Learned;

    /// <value>
    /// The regions of the features that the decoder attends to when it writes a word, besides the initial state, which holds the whole image:
    /// <see cref="CnnArchitecture.Regions"/> of the network that computed the features. Null, the default value, attends to none, as in the paper.
    /// </value>
    public FeatureRegions? Attention { get; init; }

    /// <value>The optimizer's options. The default value is 40 epochs of 32 rows, AdamW at 0.002 with a cosine schedule.</value>
    public OptimizationOptions Optimization { get; init; } =
        new()
        {
            Epochs = 40,
            BatchSize = 32,
            LearningRate = 2e-3,
        };

    /// <value>How an annotation is chosen. The default value is <see cref="DecodingSearch.Beam"/>.</value>
    public DecodingSearch Search { get; init; } = DecodingSearch.Beam;

    /// <value>Hypotheses kept by beam search and for word probabilities, 1 to 1000. The default value is 8.</value>
    public int BeamWidth { get; init; } = 8;

    /// <value>Beam search ranks by log-probability divided by length to this power, 0 to 2; 0 ranks by probability. The default value is 0.</value>
    public double LengthNormalization { get; init; }

    /// <value>Temperature of <see cref="DecodingSearch.Sample"/>, above 0; 1 draws from the model's own distribution. The default value is 1.</value>
    public double Temperature { get; init; } = 1;

    /// <value>Seed of <see cref="DecodingSearch.Sample"/>. The default value is 1.</value>
    public int SampleSeed { get; init; } = 1;

    /// <value>The maximum number of words after the label, including the end token; null uses the length of the longest training caption with the end
    /// token. The default value is null.</value>
    public int? MaximumLength { get; init; }

    /// <value>
    /// Whether every search obeys the grammar that the training annotations show: which word may follow which, which qualifiers a heading takes, and
    /// that a term has one side and one severity, unless training annotations have several. False lets it write any words. The default value is true.
    /// </value>
    public bool ObeysGrammar { get; init; } = true;

    /// <value>The maximum number of findings in an annotation, the most probable of the detected ones first; at least 1. Multi-label only. The
    /// default value is 12.</value>
    public int MaximumFindings { get; init; } = 12;

    /// <value>The annotation of an image without detected findings, one word. Multi-label only. The default value is "normal".</value>
    public string NormalWord { get; init; } = MeshAnnotation.Normal;

    /// <value>
    /// Threads of torch while training; the process's setting is restored afterwards. 0 keeps it. Another number may change the last bits of results.
    /// The default value is 1: a decoder's matrices are so small that more threads mostly wait for each other. A decoder of the paper's size benefits
    /// from one thread per core.
    /// </value>
    public int Threads { get; init; } = 1;

    /// <value>Seed of the initial weights, the order of the rows and dropout; null derives one from the context's seed. The default value is
    /// null.</value>
    public int? Seed { get; init; }

    /// <value>Rows with the same columns to validate on after every epoch, by the mean log-probability of a word; early stopping
    /// (<see cref="OptimizationOptions.Patience"/>) needs them. The default value is null.</value>
    public IDataView? ValidationData { get; init; }

    /// <value>
    /// Initial weights and frozen layers; null trains everything from random weights. The word weights of a decoder of this library are matched by
    /// word. Ignored if <c>Fit</c> is given an earlier decoder. The default value is null.
    /// </value>
    public FineTuningOptions? FineTuning { get; init; }

    /// <value>Checkpoints for resuming an interrupted training; null writes none. Ignored within a cascade, which has its own. The default value is
    /// null.</value>
    public CheckpointOptions? Checkpoints { get; init; }

    /// <value>Cancels the training, which then throws <see cref="OperationCanceledException"/>. The default value is none.</value>
    public CancellationToken Cancellation { get; init; }

    /// <value>The column of image features, a known-size vector of Single. The default value is "Features".</value>
    public string FeaturesColumnName { get; init; } = "Features";

    /// <value>
    /// The column of the features of augmented variants of the image, a matrix of Single with dimensions [variants, features] as
    /// <see cref="FeaturizeRadiographsEstimator"/> writes it; read when fitting, if present: each epoch draws the image's own features or those of a
    /// variant. The default value is "FeatureViews".
    /// </value>
    public string FeatureViewsColumnName { get; init; } = "FeatureViews";

    /// <value>The column of label probabilities, a known-size vector of Single with label names as slot names; read when transforming. The default
    /// value is "Score".</value>
    public string ScoreColumnName { get; init; } = "Score";

    /// <value>
    /// The column of labels, read when fitting: a key trains a single-label decoder, with one annotation per image; a vector of Single with findings
    /// as slot names (1 present) trains a multi-label decoder, which annotates each detected finding and is trained on the caption's terms with its
    /// heading. The default value is "Label".
    /// </value>
    public string LabelColumnName { get; init; } = "Label";

    /// <value>The column of detected findings, a vector of Single with the slots of the score; read when transforming, multi-label only. The default
    /// value is "PredictedLabels".</value>
    public string PredictedLabelsColumnName { get; init; } = "PredictedLabels";

    /// <value>The text column of captions, words separated by spaces; read when fitting. The default value is "Caption".</value>
    public string CaptionColumnName { get; init; } = "Caption";

    /// <value>The column of expected draws per epoch (Single), read when fitting, if present; without it every row is drawn once. The default value
    /// is "SamplingWeight".</value>
    public string? SamplingWeightColumnName { get; init; } = "SamplingWeight";

    /// <value>The output column of annotations in the MeSH grammar, text. The default value is "Annotation".</value>
    public string AnnotationColumnName { get; init; } = "Annotation";

    /// <value>The output column of annotations as words separated by spaces, text. The default value is "AnnotationTokens".</value>
    public string TokensColumnName { get; init; } = "AnnotationTokens";

    /// <value>
    /// The output column of the annotation's probability, Single: of label and words together; if multi-label, the product over all findings, where
    /// those not in the annotation count with their probability of absence. The default value is "AnnotationProbability".
    /// </value>
    public string ProbabilityColumnName { get; init; } = "AnnotationProbability";

    /// <value>The output column of each word's probability of occurring in the annotation, a vector of Single with words as slot names. The default
    /// value is "WordProbability".</value>
    public string WordProbabilityColumnName { get; init; } = "WordProbability";

    /// <value>
    /// The output column of the joint probability of each finding and its words, a vector of Single with the findings as slot names; 0 for findings
    /// not in the annotation. Multi-label only. The default value is "FindingProbability".
    /// </value>
    public string FindingProbabilityColumnName { get; init; } = "FindingProbability";

    /// <value>
    /// The output column of the joint context vector of the image and the decoded annotation, with the decoder's hidden size: the mean over its
    /// words, of several findings the mean over them, without a finding the image's alone. <see cref="ContextVectorsEstimator"/> gives that of the
    /// true annotation. The default value is "ContextVector".
    /// </value>
    public string ContextVectorColumnName { get; init; } = "ContextVector";

    /// <value>
    /// The output column of where the decoder looked: for each word of <see cref="WordProbabilityColumnName"/> the weights of the regions when it was
    /// written, [words, regions] row-major, which sum to 1; zeros for words that were not written. Only with <see cref="Attention"/>. The default
    /// value is "WordAttention".
    /// </value>
    public string WordAttentionColumnName { get; init; } = "WordAttention";

    /// <summary>Checks every value.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of its range; the parameter name is the option's.</exception>
    /// <exception cref="ArgumentException">A column name is empty, or two outputs have the same name.</exception>
    internal void Check()
    {
        OptionChecks.Require(Enum.IsDefined(Cell), nameof(Cell), Cell, "one of the values of the enumeration");
        OptionChecks.Require(Layers is >= 1 and <= 8, nameof(Layers), Layers, "from 1 to 8");
        OptionChecks.Require(HiddenSize >= 1, nameof(HiddenSize), HiddenSize, "at least 1");
        OptionChecks.Require(Dropout is >= 0 and < 1, nameof(Dropout), Dropout, "from 0 to below 1");
        OptionChecks.Require(FeatureDropout is >= 0 and < 1, nameof(FeatureDropout), FeatureDropout, "from 0 to below 1");
        OptionChecks.Require(Enum.IsDefined(Projection), nameof(Projection), Projection, "one of the values of the enumeration");
        if (Projection == FeatureProjection.WordRegression && !StandardizeFeatures)
            throw new ArgumentException(
                ErrorCode.OptionConflict.Message("The word regression needs standardised features."),
                nameof(Projection)
            );
        OptionChecks.Require(Enum.IsDefined(Search), nameof(Search), Search, "one of the values of the enumeration");
        OptionChecks.Require(BeamWidth is >= 1 and <= 1000, nameof(BeamWidth), BeamWidth, "from 1 to 1000");
        OptionChecks.Require(LengthNormalization is >= 0 and <= 2, nameof(LengthNormalization), LengthNormalization, "from 0 to 2");
        OptionChecks.Require(Temperature > 0 && double.IsFinite(Temperature), nameof(Temperature), Temperature, "above 0");
        OptionChecks.Require(MaximumLength is null or >= 1, nameof(MaximumLength), MaximumLength, "at least 1, or null");
        OptionChecks.Require(Threads >= 0, nameof(Threads), Threads, "0 or more");
        OptionChecks.Require(MaximumFindings >= 1, nameof(MaximumFindings), MaximumFindings, "at least 1");
        OptionChecks.Require(
            !string.IsNullOrWhiteSpace(NormalWord) && !NormalWord.AsSpan().ContainsAny(" |"),
            nameof(NormalWord),
            NormalWord,
            "one word"
        );
        ArgumentNullException.ThrowIfNull(Optimization);
        Optimization.Check();
        FineTuning?.Check();
        Checkpoints?.Check();
        ArgumentException.ThrowIfNullOrWhiteSpace(FeaturesColumnName);
        ArgumentException.ThrowIfNullOrWhiteSpace(FeatureViewsColumnName);
        ArgumentException.ThrowIfNullOrWhiteSpace(ScoreColumnName);
        ArgumentException.ThrowIfNullOrWhiteSpace(LabelColumnName);
        ArgumentException.ThrowIfNullOrWhiteSpace(CaptionColumnName);
        ArgumentException.ThrowIfNullOrWhiteSpace(AnnotationColumnName);
        ArgumentException.ThrowIfNullOrWhiteSpace(TokensColumnName);
        ArgumentException.ThrowIfNullOrWhiteSpace(ProbabilityColumnName);
        ArgumentException.ThrowIfNullOrWhiteSpace(WordProbabilityColumnName);
        ArgumentException.ThrowIfNullOrWhiteSpace(PredictedLabelsColumnName);
        ArgumentException.ThrowIfNullOrWhiteSpace(FindingProbabilityColumnName);
        ArgumentException.ThrowIfNullOrWhiteSpace(WordAttentionColumnName);
        ArgumentException.ThrowIfNullOrWhiteSpace(ContextVectorColumnName);
        OptionChecks.Require(Attention?.Fits(int.MaxValue) != false, nameof(Attention), Attention, "an offset of 0 or more, sizes of 1 or more");
        string[] outputs =
        [
            AnnotationColumnName,
            TokensColumnName,
            ProbabilityColumnName,
            WordProbabilityColumnName,
            FindingProbabilityColumnName,
            WordAttentionColumnName,
            ContextVectorColumnName,
        ];
        if (outputs.Distinct(StringComparer.Ordinal).Count() < outputs.Length)
            throw new ArgumentException(
                ErrorCode.OutputColumnsNotDistinct.Message(
                    $"The output columns must have different names, but they are {string.Join(", ", outputs)}."
                ),
                nameof(AnnotationColumnName)
            );
    }
}
