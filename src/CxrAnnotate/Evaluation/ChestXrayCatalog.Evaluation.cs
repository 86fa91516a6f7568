using Microsoft.ML;
using Microsoft.ML.Runtime;

namespace CxrAnnotate;

public sealed partial class ChestXrayCatalog
{
    /// <summary>
    /// Measures how well radiographs were read: classification, annotation and slot figures over all and over the abnormal cases, within each source, beside the
    /// trivial baselines, with 95 % intervals by the bootstrap over patients.
    /// </summary>
    /// <param name="scored">A view with the model's output and the truth: <c>Label, Score, PredictedLabel, Caption, AnnotationTokens</c>, and where present <c>WordProbability, Source, View, PatientId, StudyId</c>. It is read once.</param>
    /// <param name="options">Column names, resamples, training rows for the baselines; null: the defaults.</param>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or of the wrong type.</exception>
    /// <exception cref="InvalidOperationException">The view is empty, or a score is not a number.</exception>
    public AnnotationReport Evaluate(IDataView scored, EvaluateOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(scored);
        options ??= new EvaluateOptions();
        options.Check();
        TrivialBaselines trivial = options.TrainingData is { } training ? EvaluationReader.ReadTraining(training, options) : new TrivialBaselines();
        (EvaluationCases cases, string? group, string? unit) = ReadScored(scored, options);
        return Evaluation.Report(cases, trivial, options.Resamples, options.Seed, options.CancellationToken) with { GroupColumn = group, IntervalGroupColumn = unit };
    }

    /// <summary>
    /// Measures by how much a second model reads the same radiographs better than a first (for example the cascade's second iteration than its first): every figure's
    /// difference with its 95 % interval by the paired bootstrap, which is far narrower than the distance of two separate intervals.
    /// </summary>
    /// <param name="first">The first model's view.</param>
    /// <param name="second">The second model's view of the same rows in the same order.</param>
    /// <param name="options">Column names and resamples; null: the defaults.</param>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or of the wrong type.</exception>
    /// <exception cref="InvalidOperationException">A view is empty, a score is not a number, or the rows are not the same.</exception>
    public AnnotationComparison Compare(IDataView first, IDataView second, EvaluateOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        options ??= new EvaluateOptions();
        options.Check();
        return Evaluation.Compare(
            ReadScored(first, options).Cases,
            ReadScored(second, options).Cases,
            options.Resamples,
            options.Seed,
            options.CancellationToken);
    }

    private (EvaluationCases Cases, string? Group, string? Unit) ReadScored(IDataView view, EvaluateOptions options)
    {
        using IChannel channel = ((IHostEnvironment)Context).Start(nameof(Evaluate));
        (EvaluationCases cases, string? group, string? unit) = EvaluationReader.Read(view, options);
        if (cases.Truth.Count(t => t < 0) is > 0 and int unlabelled)
            channel.Warning(MessageSensitivity.None, $"{unlabelled} of {cases.Count} rows have no true label ('{options.LabelColumnName}'): they count for the annotation figures only.");
        if (cases.Emitted is not null && cases.Captions.Count(string.IsNullOrWhiteSpace) is > 0 and int silent)
            channel.Warning(MessageSensitivity.None, $"{silent} of {cases.Count} rows have no true annotation ('{options.CaptionColumnName}'): they count for the classification figures only.");
        if (!cases.Labels.Contains(cases.NormalLabel))
            channel.Warning(MessageSensitivity.None, $"No label is named '{cases.NormalLabel}': every case counts as abnormal. Name the normal one with {nameof(EvaluateOptions)}.{nameof(EvaluateOptions.NormalLabel)}.");
        return (cases, group, unit);
    }
}
