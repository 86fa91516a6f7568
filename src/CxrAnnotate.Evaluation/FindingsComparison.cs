namespace CxrAnnotate;

/// <summary>
/// What <c>ChestXrayCatalog.CompareFindings</c> finds: every figure of a second model minus that of a first on the same cases of several findings. An
/// interval that excludes 0 is a difference.
/// Estimates are differences; counts (support, detections, elements) are the second model's.
/// </summary>
public sealed record FindingsComparison
{
    /// <summary>Over all cases.</summary>
    public required FindingsFigures Whole { get; init; }

    /// <summary>The number of bootstrap resamples behind each interval; 0: no intervals.</summary>
    public required int Resamples { get; init; }

    /// <summary>The seed of the resamples.</summary>
    public required int Seed { get; init; }

    /// <summary>The differences in reading order. Undefined ones are left out.</summary>
    public IEnumerable<AnnotationReportRow> Rows() => FindingsReport.Section("all", Whole).Where(row => row.Metric != "cases");
}
