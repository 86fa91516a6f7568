using Microsoft.ML;

namespace CxrAnnotate;

/// <summary>What <see cref="ChestXrayCatalog.Evaluate"/> reads and computes.</summary>
public sealed class EvaluateOptions
{
    internal const string DefaultWordProbability = "WordProbability";
    internal const string DefaultGroup = "Source";
    internal const string DefaultView = "View";
    internal const string DefaultIntervalGroup = "PatientId";
    internal const string FallbackIntervalGroup = "StudyId";

    /// <summary>
    /// The true label: a key with text key values; missing keys are allowed. Multi-label: a vector of Single with slot names, 1 present, 0 absent,
    /// NaN unknown.
    /// </summary>
    /// <value>The default value is "Label".</value>
    public string LabelColumnName { get; init; } = "Label";

    /// <summary>The label probabilities: a vector of Single whose slot names are the labels.</summary>
    /// <value>The default value is "Score".</value>
    public string ScoreColumnName { get; init; } = "Score";

    /// <summary>The predicted label: a key with text key values.</summary>
    /// <value>The default value is "PredictedLabel".</value>
    public string PredictedLabelColumnName { get; init; } = "PredictedLabel";

    /// <summary>
    /// The detected findings, in place of <see cref="PredictedLabelColumnName"/> where the label is multi-label: a vector of Single with the findings
    /// as slot names, 1 detected, 0 not.
    /// </summary>
    /// <value>The default value is "PredictedLabels".</value>
    public string PredictedLabelsColumnName { get; init; } = "PredictedLabels";

    /// <summary>The true annotation: text, tokens joined by one blank; empty text where there is none.</summary>
    /// <value>The default value is "Caption".</value>
    public string CaptionColumnName { get; init; } = "Caption";

    /// <summary>
    /// The emitted annotation: text, tokens joined by one blank. Null where the view comes from a classifier alone: its annotation figures are then
    /// undefined.
    /// </summary>
    /// <value>The default value is "AnnotationTokens".</value>
    public string? AnnotationTokensColumnName { get; init; } = "AnnotationTokens";

    /// <summary>
    /// Each vocabulary word's probability to occur in the annotation: a vector of Single whose slot names are the words. Under its default name it
    /// may be absent.
    /// </summary>
    /// <value>The default value is "WordProbability".</value>
    public string WordProbabilityColumnName { get; init; } = DefaultWordProbability;

    /// <summary>
    /// The text column within whose values all figures are computed too, and by which the source-only baseline predicts. Under its default name it
    /// may be absent.
    /// </summary>
    /// <value>The default value is "Source".</value>
    public string GroupColumnName { get; init; } = DefaultGroup;

    /// <summary>The text column by which the view-only baseline predicts. Under its default name it may be absent.</summary>
    /// <value>The default value is "View".</value>
    public string ViewColumnName { get; init; } = DefaultView;

    /// <summary>
    /// The text column whose values are drawn whole for the intervals. Under its default name it may be absent or empty: "StudyId" takes its place,
    /// and where that is empty too, each row stands for itself.
    /// </summary>
    /// <value>The default value is "PatientId".</value>
    public string IntervalGroupColumnName { get; init; } = DefaultIntervalGroup;

    /// <summary>The name of the label and word that mean nothing abnormal.</summary>
    /// <value>The default value is "normal".</value>
    public string NormalLabel { get; init; } = MeshAnnotation.Normal;

    /// <summary>The number of bootstrap resamples for the 95 % intervals, from 0 (no intervals) up.</summary>
    /// <value>The default value is 1000.</value>
    public int Resamples { get; init; } = 1000;

    /// <summary>Metrics that are computed besides those of the library, with intervals, on every set of cases.</summary>
    /// <value>The default value is an empty list.</value>
    public IReadOnlyList<EvaluationMetric> Metrics { get; init; } = [];

    /// <summary>The seed of the resamples.</summary>
    /// <value>The default value is 1.</value>
    public int Seed { get; init; } = 1;

    /// <summary>
    /// The rows that the model was trained on (label and caption columns; source and view where present): gives the baselines that know the training
    /// set.
    /// Without it, only those that need none are reported.
    /// </summary>
    /// <value>The default value is null.</value>
    public IDataView? TrainingData { get; init; }

    /// <summary>Stops the evaluation.</summary>
    /// <value>The default value is a token that is never cancelled.</value>
    public CancellationToken CancellationToken { get; init; }

    /// <summary>The registry of an evaluation: the metrics of the library, then the added ones.</summary>
    internal IReadOnlyList<EvaluationMetric> AllMetrics => [.. EvaluationMetric.BuiltIn, .. Metrics];

    internal void Check()
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(LabelColumnName);
        ArgumentException.ThrowIfNullOrWhiteSpace(ScoreColumnName);
        ArgumentException.ThrowIfNullOrWhiteSpace(PredictedLabelColumnName);
        ArgumentException.ThrowIfNullOrWhiteSpace(PredictedLabelsColumnName);
        ArgumentException.ThrowIfNullOrWhiteSpace(CaptionColumnName);
        ArgumentException.ThrowIfNullOrWhiteSpace(WordProbabilityColumnName);
        ArgumentException.ThrowIfNullOrWhiteSpace(GroupColumnName);
        ArgumentException.ThrowIfNullOrWhiteSpace(ViewColumnName);
        ArgumentException.ThrowIfNullOrWhiteSpace(IntervalGroupColumnName);
        ArgumentException.ThrowIfNullOrWhiteSpace(NormalLabel);
        ArgumentOutOfRangeException.ThrowIfNegative(Resamples);
        ArgumentNullException.ThrowIfNull(Metrics);
        if (AllMetrics.GroupBy(metric => metric.Name, StringComparer.Ordinal).FirstOrDefault(same => same.Count() > 1) is { } twice)
            throw new ArgumentException(
                ErrorCode.OptionOutOfRange.Message($"Two metrics are named '{twice.Key}'. Each of {nameof(Metrics)} needs a name of its own."),
                nameof(Metrics)
            );
    }
}
