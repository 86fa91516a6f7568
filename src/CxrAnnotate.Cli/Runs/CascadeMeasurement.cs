using Microsoft.ML;

namespace CxrAnnotate.Cli;

/// <summary>Every iteration of a cascade measured on the same rows.</summary>
/// <param name="Reports">One report for each iteration.</param>
/// <param name="Chosen">The iteration (from 1) that annotates.</param>
/// <param name="Comparison">The last iteration minus the first on the same images; null if there is only one iteration.</param>
/// <param name="Scored">The readings of the chosen iteration.</param>
internal sealed record CascadeMeasurement(IReadOnlyList<AnnotationReport> Reports, int Chosen, AnnotationComparison? Comparison, ScoredRows Scored)
{
    /// <summary>The last iteration of the control, and the cascade's minus it on the same images; null without a control.</summary>
    internal (AnnotationReport Report, AnnotationComparison Difference)? Control { get; init; }

    /// <summary>How the cascade was trained; empty if unknown.</summary>
    internal IReadOnlyList<CascadeIterationReport> Iterations { get; init; } = [];

    /// <summary>What the probabilities of <see cref="Scored"/> were calibrated by; null if they were not.</summary>
    internal ProbabilityCalibration? Calibration { get; init; }

    /// <summary>Whether the task is multi-label.</summary>
    internal bool IsMultiLabel => Scored.IsMultiLabel;

    internal int Images => Scored.Rows.Count;

    internal int Studies => Scored.Rows.Select(row => row.StudyId).Distinct(StringComparer.Ordinal).Count();

    internal int Views => Scored.Rows.Select(row => row.View).Distinct(StringComparer.Ordinal).Count();

    /// <summary>Measures a cascade.</summary>
    /// <param name="context">The context, whose log names the rows that are left out.</param>
    /// <param name="cascade">The cascade.</param>
    /// <param name="control">Its control; null if it has none.</param>
    /// <param name="rows">The annotated rows.</param>
    /// <param name="training">The rows that it was trained on, for the baselines; null if unknown.</param>
    /// <param name="by">The column for each of whose values to compute figures, too; null: the source.</param>
    /// <param name="groupOf">The value of that column by row, if it is neither the source nor the view; null if it is.</param>
    /// <param name="progress">Shows the progress.</param>
    /// <param name="cancellation">Stops the work.</param>
    /// <exception cref="InvalidDataException">No image can be read.</exception>
    internal static CascadeMeasurement Measure(
        MLContext context,
        RecurrentCascadeTransformer cascade,
        RecurrentCascadeTransformer? control,
        IDataView rows,
        IDataView? training,
        string? by,
        Func<int, string>? groupOf,
        ProgressReporter progress,
        CancellationToken cancellation
    )
    {
        ChestXrayCatalog cxr = context.ChestXray();
        EvaluateOptions options = new()
        {
            GroupColumnName =
                groupOf is not null ? nameof(ScoredRow.Group)
                : by is null || by.Equals("source", StringComparison.OrdinalIgnoreCase) ? "Source"
                : "View",
            TrainingData = training is null ? null : cascade.Transform(training),
            CancellationToken = cancellation,
        };
        long total = rows.GetRowCount() ?? 0;
        List<ScoredRows> scored = [];
        List<AnnotationReport> reports = [];
        int last = cascade.Iterations.Count;
        for (int iteration = 1; iteration <= last; iteration++)
        {
            scored.Add(Read($"iteration {iteration}", cascade.AtIteration(iteration), withFeatures: iteration == cascade.ChosenIteration));
            if (scored[^1].Rows.Count == 0)
                throw new InvalidDataException(
                    ErrorCode.NoImageReadable.Message("None of the images could be read, so there is nothing to measure. The warnings name them.")
                );
            AnnotationReport report = cxr.Evaluate(scored[^1].ToView(context), options);
            reports.Add(groupOf is null ? report : report with { GroupColumn = by });
        }

        AnnotationComparison? comparison = scored.Count > 1 ? cxr.Compare(scored[0].ToView(context), scored[^1].ToView(context), options) : null;
        return new CascadeMeasurement(reports, cascade.ChosenIteration, comparison, scored[cascade.ChosenIteration - 1])
        {
            Iterations = cascade.Iterations,
            Calibration = cascade.Calibration,
            Control = control is null
                ? null
                : Against(cxr, scored[^1].ToView(context), Read("control", control.AtIteration(last)).ToView(context), options),
        };

        ScoredRows Read(string what, RecurrentCascadeTransformer reader, bool withFeatures = false)
        {
            using ProgressStep step = progress.Begin($"Reading, {what}", total, "images");
            ScoredRows read = ScoredRows.Read(reader, rows, withWords: true, step, cancellation, withFeatures: withFeatures);
            foreach (ScoredRow row in read.Rows)
                row.Group = groupOf?.Invoke(row.Index) ?? "";
            return read;
        }
    }

    /// <summary>The joint space of the measured rows and the slices of it in which the cascade does worst; no image is read again.</summary>
    internal (JointSpace Space, IReadOnlyList<ErrorSlice> Slices) Describe(
        MLContext context,
        RecurrentCascadeTransformer cascade,
        CancellationToken cancellation
    )
    {
        IDataView view = Scored.ToView(context);
        ChestXrayCatalog cxr = context.ChestXray();
        return (
            cxr.DescribeJointSpace(cascade, view, cancellation: cancellation),
            cxr.FindErrorSlices(cascade, view, new ErrorSlicesOptions { Cancellation = cancellation })
        );
    }

    /// <summary>The figures of a control, and those of the cascade's last iteration minus them.</summary>
    internal static (AnnotationReport Report, AnnotationComparison Difference) Against(
        ChestXrayCatalog cxr,
        IDataView last,
        IDataView control,
        EvaluateOptions options
    ) => (cxr.Evaluate(control, options), cxr.Compare(control, last, options));
}
