namespace CxrAnnotate.Cli;

/// <summary>A measurement of several findings per image as tables: the iterations side by side, beside baselines that look at no image.</summary>
internal static class FindingTables
{
    private static readonly Metric[] Overall =
    [
        new("Macro AUROC", "mean over the findings, present against absent", f => f.MacroAuroc, FigureKind.Number),
        new("Macro AUPRC", "mean average precision over the findings", f => f.MacroAuprc, FigureKind.Number),
        .. EvaluationMetric.BuiltIn.Select(metric => new Metric(
            metric.Title,
            metric.Description,
            f => f.Metrics.GetValueOrDefault(metric.Name, new Estimate(double.NaN)),
            FigureKind.Number,
            metric.HigherIsBetter
        )),
        new("Macro-F1", "mean F1 of the findings", f => f.MacroF1),
        new("Micro AUROC", "all findings of all images ranked together", f => f.MicroAuroc, FigureKind.Number),
        new("Micro AUPRC", "the same, average precision", f => f.MicroAuprc, FigureKind.Number),
        new("Micro-F1", "over all findings of all images", f => f.MicroF1),
        new("All right", "images whose findings are all decided rightly", f => f.AllFindingsRight),
        .. AnnotationSets.Levels.Select(
            (level, i) => new Metric($"F1, {level}", i == 0 ? "annotations as sets of whole terms" : "the same, of less detail", f => f.Sets[i].F1)
        ),
        new("Precision, term", "emitted terms that are true", f => f.Sets[0].Precision),
        new("Recall, term", "true terms that are emitted", f => f.Sets[0].Recall),
        new("Exact sets", "images whose annotations are exactly the true ones", f => f.ExactSets),
    ];

    /// <summary>All tables: the whole, and finding by finding for the iteration that annotates.</summary>
    /// <param name="reports">One for each iteration.</param>
    /// <param name="comparison">The last iteration minus the first; null where there is one.</param>
    /// <param name="chosen">The iteration (from 1) that annotates.</param>
    /// <param name="rows">What was measured, in a word.</param>
    internal static IReadOnlyList<ResultTable> Of(IReadOnlyList<FindingsReport> reports, FindingsComparison? comparison, int chosen, string rows)
    {
        FindingsReport report = reports[chosen - 1];
        return
        [
            Keep(
                new ResultTable(
                    $"All {report.Whole.Cases:N0} {rows}",
                    [
                        .. reports.Select((_, i) => new ResultColumn($"Iteration {i + 1}{(i + 1 == chosen && reports.Count > 1 ? ", chosen" : "")}")),
                        .. report.Baselines.Select(baseline => new ResultColumn(baseline.Name, IsBaseline: true)),
                    ],
                    [
                        .. Overall.Select(metric => new ResultRow(
                            metric.Name,
                            metric.Meaning,
                            [
                                .. reports.Select(r => Shown(metric.Of(r.Whole))),
                                .. report.Baselines.Select(b => Shown(new Estimate(metric.Of(b.Figures).Value))),
                            ],
                            metric.Kind,
                            metric.HigherIsBetter
                        )),
                    ]
                )
            ),
            Keep(
                new ResultTable(
                    "Finding by finding",
                    [new("AUROC"), new("AUPRC"), new("F1"), new("precision"), new("recall")],
                    [
                        .. report.Whole.Labels.Select(label => new ResultRow(
                            label.Label.Replace('_', ' '),
                            $"{label.Support:N0} images have it",
                            [Shown(label.Auroc), Shown(label.Auprc), Shown(label.F1), Shown(label.Precision), Shown(label.Recall)],
                            FigureKind.Number,
                            HigherIsBetter: null
                        )),
                    ]
                )
            ),
            .. comparison is null
                ? (ResultTable[])[]
                :
                [
                    Keep(
                        new ResultTable(
                            $"Iteration {reports.Count} minus iteration 1, on the same images",
                            [new("All")],
                            [
                                .. Overall.Select(metric => new ResultRow(
                                    metric.Name,
                                    metric.Meaning,
                                    [Shown(metric.Of(comparison.Whole))],
                                    metric.Kind,
                                    HigherIsBetter: null
                                )),
                            ]
                        )
                    ),
                ],
        ];
    }

    private static ResultTable Keep(ResultTable table) =>
        table with
        {
            Rows = [.. table.Rows.Where(row => row.Figures.Any(figure => figure is not null))],
        };

    private static Figure? Shown(Estimate estimate) =>
        !double.IsFinite(estimate.Value) ? null
        : double.IsFinite(estimate.Low) && double.IsFinite(estimate.High) ? new Figure(estimate.Value, estimate.Low, estimate.High)
        : new Figure(estimate.Value);

    private sealed record Metric(
        string Name,
        string Meaning,
        Func<FindingsFigures, Estimate> Of,
        FigureKind Kind = FigureKind.Percent,
        bool HigherIsBetter = true
    );
}
