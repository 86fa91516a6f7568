namespace CxrAnnotate;

/// <summary>
/// What <c>ChestXrayCatalog.EvaluateFindings</c> finds: how well several findings per radiograph are told and written, beside the trivial baselines.
/// </summary>
public sealed record FindingsReport
{
    /// <summary>Over all cases.</summary>
    public required FindingsFigures Whole { get; init; }

    /// <summary>The trivial baselines on the same cases; those that know the training set only where it was given.</summary>
    public required IReadOnlyList<FindingsBaseline> Baselines { get; init; }

    /// <summary>The column whose values were drawn for the intervals; null where each row was its own unit.</summary>
    public string? IntervalGroupColumn { get; init; }

    /// <summary>The number of bootstrap resamples behind each interval; 0: no intervals.</summary>
    public required int Resamples { get; init; }

    /// <summary>The seed of the resamples.</summary>
    public required int Seed { get; init; }

    /// <summary>The figures in reading order: the model's, then the baselines'. Undefined figures are left out.</summary>
    public IEnumerable<AnnotationReportRow> Rows() => [.. Section("all", Whole), .. Baselines.SelectMany(b => Section($"all, {b.Name}", b.Figures))];

    /// <summary>The report as JSON: camelCase names, undefined figures null.</summary>
    public string ToJson() => ReportJson.Write(this);

    /// <summary>Reads what <see cref="ToJson"/> wrote.</summary>
    /// <param name="json">The text.</param>
    /// <exception cref="FormatException">The text is not such a report.</exception>
    public static FindingsReport FromJson(string json) => ReportJson.Read<FindingsReport>(json, "a report of findings");

    internal static IEnumerable<AnnotationReportRow> Section(string section, FindingsFigures figures) =>
        figures.Rows().Select(r => new AnnotationReportRow(section, r.Metric, r.Estimate.Value, r.Estimate.Low, r.Estimate.High));
}
