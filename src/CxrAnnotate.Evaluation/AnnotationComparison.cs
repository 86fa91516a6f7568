namespace CxrAnnotate;

/// <summary>
/// What <c>ChestXrayCatalog.Compare</c> finds: every figure of a second model minus that of a first on the same cases. An interval that excludes 0 is
/// a difference.
/// Estimates are differences; counts, distinct annotations and the confusion matrix are the second model's.
/// </summary>
public sealed record AnnotationComparison
{
    /// <summary>Over all cases.</summary>
    public required AnnotationFigures Whole { get; init; }

    /// <summary>Over the abnormal cases.</summary>
    public required AnnotationFigures Abnormal { get; init; }

    /// <summary>Whether a case may have several labels; which figures are defined depends on it.</summary>
    public bool IsMultiLabel { get; init; }

    /// <summary>The number of bootstrap resamples behind each interval; 0: no intervals.</summary>
    public required int Resamples { get; init; }

    /// <summary>The seed of the resamples.</summary>
    public required int Seed { get; init; }

    /// <summary>The differences in reading order. Undefined ones are left out.</summary>
    public IEnumerable<AnnotationReportRow> Rows() =>
        [.. AnnotationReport.Section("all", Whole, counts: false), .. AnnotationReport.Section("abnormal", Abnormal, counts: false)];
}
