using Microsoft.ML;

namespace CxrAnnotate;

/// <summary>The options of <see cref="ChestXrayCatalog.Evaluate"/>.</summary>
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
    /// The detected findings, used in place of <see cref="PredictedLabelColumnName"/> for multi-label cases: a vector of Single with the findings as
    /// slot names, 1 detected, 0 not.
    /// </summary>
    /// <value>The default value is "PredictedLabels".</value>
    public string PredictedLabelsColumnName { get; init; } = "PredictedLabels";

    /// <summary>The true annotation: text, tokens joined by one blank; empty if there is none.</summary>
    /// <value>The default value is "Caption".</value>
    public string CaptionColumnName { get; init; } = "Caption";

    /// <summary>
    /// The emitted annotation: text, tokens joined by one blank. Null for the view of a classifier without a decoder; the annotation figures are then
    /// undefined.
    /// </summary>
    /// <value>The default value is "AnnotationTokens".</value>
    public string? AnnotationTokensColumnName { get; init; } = "AnnotationTokens";

    /// <summary>
    /// Each vocabulary word's probability to occur in the annotation: a vector of Single whose slot names are the words. The column may be absent
    /// under its default name.
    /// </summary>
    /// <value>The default value is "WordProbability".</value>
    public string WordProbabilityColumnName { get; init; } = DefaultWordProbability;

    /// <summary>
    /// The text column for each of whose values all figures are also computed, and by which the source-only baseline predicts. The column may be
    /// absent under its default name.
    /// </summary>
    /// <value>The default value is "Source".</value>
    public string GroupColumnName { get; init; } = DefaultGroup;

    /// <summary>The text column by which the view-only baseline predicts. The column may be absent under its default name.</summary>
    /// <value>The default value is "View".</value>
    public string ViewColumnName { get; init; } = DefaultView;

    /// <summary>
    /// The text column whose groups of rows are resampled whole for the intervals. Under its default name the column may be absent or empty:
    /// "StudyId" takes its place, and if that is empty too, each row is its own group.
    /// </summary>
    /// <value>The default value is "PatientId".</value>
    public string IntervalGroupColumnName { get; init; } = DefaultIntervalGroup;

    /// <summary>The label and word of a normal image.</summary>
    /// <value>The default value is "normal".</value>
    public string NormalLabel { get; init; } = MeshAnnotation.Normal;

    /// <summary>The number of bootstrap resamples for the 95 % intervals, from 0 (no intervals) up.</summary>
    /// <value>The default value is 1000.</value>
    public int Resamples { get; init; } = 1000;

    /// <summary>Custom metrics, computed in addition to the built-in ones, with intervals, on every set of cases.</summary>
    /// <value>The default value is an empty list.</value>
    public IReadOnlyList<EvaluationMetric> Metrics { get; init; } = [];

    /// <summary>The seed of the resamples.</summary>
    /// <value>The default value is 1.</value>
    public int Seed { get; init; } = 1;

    /// <summary>
    /// The rows that the model was trained on (label and caption columns; source and view where present): adds the baselines that use the training
    /// set.
    /// Without it, only the other baselines are reported.
    /// </summary>
    /// <value>The default value is null.</value>
    public IDataView? TrainingData { get; init; }

    /// <summary>Stops the evaluation.</summary>
    /// <value>The default value is a token that is never cancelled.</value>
    public CancellationToken CancellationToken { get; init; }

    /// <summary>The built-in metrics, then the custom ones.</summary>
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
                ErrorCode.OptionOutOfRange.Message($"Two metrics are named '{twice.Key}'. Each of {nameof(Metrics)} needs a unique name."),
                nameof(Metrics)
            );
    }
}
