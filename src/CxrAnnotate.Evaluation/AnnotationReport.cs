namespace CxrAnnotate;

/// <summary>
/// The result of <c>ChestXrayCatalog.Evaluate</c>: classification, annotation and slot figures over all and over the abnormal cases, per group, with
/// the trivial baselines.
/// </summary>
/// <remarks>
/// Most radiographs are normal, and "normal" is one word: figures over all cases mostly measure normality (a constant "normal" has 71 % accuracy and
/// unigram precision on the paper's test set). Judge descriptions by the abnormal cases and by the slots.
/// A case is abnormal if it has any true label other than the normal one; if its labels are unknown, it is abnormal if its true annotation is
/// anything other than that one word.
/// </remarks>
public sealed record AnnotationReport
{
    /// <summary>Over all cases.</summary>
    public required AnnotationFigures Whole { get; init; }

    /// <summary>Over the abnormal cases.</summary>
    public required AnnotationFigures Abnormal { get; init; }

    /// <summary>The trivial baselines on the same cases.</summary>
    public required IReadOnlyList<BaselineFigures> Baselines { get; init; }

    /// <summary>The figures for each value of the group column, in ordinal order; empty if the view has no such column.</summary>
    public required IReadOnlyList<GroupFigures> Groups { get; init; }

    /// <summary>Whether a case may have several labels; which figures are defined depends on it.</summary>
    public bool IsMultiLabel { get; init; }

    /// <summary>The column that defines <see cref="Groups"/>; null if there is none.</summary>
    public string? GroupColumn { get; init; }

    /// <summary>The column whose values were resampled for the intervals; null if each row was its own unit.</summary>
    public string? IntervalGroupColumn { get; init; }

    /// <summary>The number of bootstrap resamples behind each interval; 0: no intervals.</summary>
    public required int Resamples { get; init; }

    /// <summary>The seed of the resamples.</summary>
    public required int Seed { get; init; }

    /// <summary>The figures in reading order: all cases, abnormal cases, each group, then the baselines. Undefined figures are left out.</summary>
    public IEnumerable<AnnotationReportRow> Rows() =>
        [
            .. Section("all", Whole),
            .. Section("abnormal", Abnormal),
            .. Groups.SelectMany(g =>
                (IEnumerable<AnnotationReportRow>)[.. Section($"{g.Group}: all", g.Whole), .. Section($"{g.Group}: abnormal", g.Abnormal)]
            ),
            .. BaselineRows("", Baselines),
            .. Groups.SelectMany(g => BaselineRows($"{g.Group}: ", g.Baselines)),
        ];

    /// <summary>The report as JSON: camelCase names, undefined figures null.</summary>
    public string ToJson() => ReportJson.Write(this);

    /// <summary>Reads what <see cref="ToJson"/> wrote.</summary>
    /// <exception cref="FormatException">The text is not such a report.</exception>
    public static AnnotationReport FromJson(string json) => ReportJson.Read<AnnotationReport>(json, "an annotation report");

    internal static IEnumerable<AnnotationReportRow> Section(string section, AnnotationFigures figures, bool counts = true) =>
        figures.Rows(counts).Select(r => new AnnotationReportRow(section, r.Metric, r.Estimate.Value, r.Estimate.Low, r.Estimate.High));

    private static IEnumerable<AnnotationReportRow> BaselineRows(string group, IReadOnlyList<BaselineFigures> baselines) =>
        baselines.SelectMany(b =>
            (IEnumerable<AnnotationReportRow>)[.. Section($"{group}all, {b.Name}", b.Whole), .. Section($"{group}abnormal, {b.Name}", b.Abnormal)]
        );
}
