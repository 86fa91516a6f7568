namespace CxrAnnotate;

/// <summary>Every figure of several findings per image. Undefined figures are NaN, never 0.</summary>
public sealed record FindingsFigures
{
    /// <summary>The number of cases.</summary>
    public required int Cases { get; init; }

    /// <summary>
    /// The cases with a true annotation, over which <see cref="Sets"/> and <see cref="ExactSets"/> are computed; 0 where nothing was decoded.
    /// </summary>
    public required int AnnotatedCases { get; init; }

    /// <summary>One entry per finding, in the order of the score's slots.</summary>
    public required IReadOnlyList<FindingFigures> Labels { get; init; }

    /// <summary>The mean F1 over the findings that occur in truth or detections.</summary>
    public required Estimate MacroF1 { get; init; }

    /// <summary>The mean AUROC over the findings for which it is defined.</summary>
    public required Estimate MacroAuroc { get; init; }

    /// <summary>The mean average precision over the findings for which it is defined.</summary>
    public required Estimate MacroAuprc { get; init; }

    /// <summary>Precision over all (case, finding) pairs.</summary>
    public required Estimate MicroPrecision { get; init; }

    /// <summary>Recall over all (case, finding) pairs.</summary>
    public required Estimate MicroRecall { get; init; }

    /// <summary>F1 over all (case, finding) pairs.</summary>
    public required Estimate MicroF1 { get; init; }

    /// <summary>AUROC of all (case, finding) pairs ranked together. It gains from knowing which findings are frequent.</summary>
    public required Estimate MicroAuroc { get; init; }

    /// <summary>Average precision of all (case, finding) pairs ranked together.</summary>
    public required Estimate MicroAuprc { get; init; }

    /// <summary>The share of cases in which every known finding is decided rightly (subset accuracy).</summary>
    public required Estimate AllFindingsRight { get; init; }

    /// <summary>Precision, recall and F1 of annotations as sets, level by level.</summary>
    public required IReadOnlyList<AnnotationSetFigures> Sets { get; init; }

    /// <summary>The share of cases whose annotation has exactly the true terms; a case without findings is right with "normal".</summary>
    public required Estimate ExactSets { get; init; }

    /// <summary>
    /// The figures of <see cref="EvaluationMetric.BuiltIn"/> and of <c>EvaluateOptions.Metrics</c> by the names of their metrics.
    /// </summary>
    public IReadOnlyDictionary<string, Estimate> Metrics { get; init; } = new Dictionary<string, Estimate>();

    /// <summary>The defined figures in reading order, for a table.</summary>
    internal IEnumerable<(string Metric, Estimate Estimate)> Rows()
    {
        IEnumerable<(string, Estimate)> rows =
        [
            ("macro AUROC", MacroAuroc),
            ("macro AUPRC", MacroAuprc),
            ("macro-F1", MacroF1),
            ("micro AUROC", MicroAuroc),
            ("micro AUPRC", MicroAuprc),
            ("micro precision", MicroPrecision),
            ("micro recall", MicroRecall),
            ("micro-F1", MicroF1),
            ("all findings right", AllFindingsRight),
            .. Labels.Select(l => ($"AUROC {l.Label}", l.Auroc)),
            .. Labels.Select(l => ($"AUPRC {l.Label}", l.Auprc)),
            .. Labels.Select(l => ($"F1 {l.Label}", l.F1)),
            .. Sets.SelectMany(s =>
                (IEnumerable<(string, Estimate)>)[($"{s.Level} precision", s.Precision), ($"{s.Level} recall", s.Recall), ($"{s.Level} F1", s.F1)]
            ),
            ("exact sets", ExactSets),
            .. MetricBlock.Rows(Metrics),
            ("cases", new Estimate(Cases)),
        ];
        return rows.Where(r => !double.IsNaN(r.Item2.Value));
    }
}
