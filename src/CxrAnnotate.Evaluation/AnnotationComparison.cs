namespace CxrAnnotate;

/// <summary>
/// The result of <c>ChestXrayCatalog.Compare</c>: every figure of the second model minus that of the first on the same cases. A difference is
/// significant where its interval excludes 0.
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
