namespace CxrAnnotate.Cli;

/// <summary>A measurement as tables: the iterations side by side, beside baselines that look at no image.</summary>
internal static class MeasurementTables
{
    private const string Normal = "always normal",
        Prior = "label prior",
        Source = "source only",
        View = "view only",
        Usual = "predicted label, its most frequent annotation";

    private static readonly Metric[] Disease =
    [
        new("Accuracy", "labels that are right", f => f.Accuracy),
        new("Balanced accuracy", "mean recall of the labels", f => f.BalancedAccuracy),
        new("Macro-F1", "mean F1 of the labels", f => f.MacroF1),
        new("Macro AUROC", "mean over the labels, each against the rest", f => f.MacroAuroc, FigureKind.Number),
        new("AUROC abnormal", "abnormal against normal", f => f.AbnormalAuroc, FigureKind.Number),
        .. EvaluationMetric.BuiltIn.Select(metric => new Metric(
            metric.Title,
            metric.Description,
            f => f.Metrics.GetValueOrDefault(metric.Name, Undefined),
            FigureKind.Number,
            metric.HigherIsBetter
        )),
    ];

    private static readonly Metric[] Words =
    [
        .. Enumerable
            .Range(0, 4)
            .Select(n => new Metric($"BLEU-{n + 1}", n == 0 ? "words that agree" : $"sequences of up to {n + 1} words", f => f.Bleu[n])),
        new("ROUGE-L", "longest common sequence", f => f.RougeL),
        new("CIDEr", "by how telling words are, 0 to 10", f => f.Cider, FigureKind.Number),
        new("Exact match", "whole annotations that are right", f => f.ExactMatch),
    ];

    private static readonly Metric[] Slots =
    [
        .. ((string[])["finding", "location", "zone", "side", "severity"]).Select(slot => new Metric(
            $"{Capital(slot)} right",
            $"{slot} as annotated, where one is",
            f => Slot(f, slot)?.Accuracy ?? Undefined
        )),
        new("AUROC side", "right against left", f => Slot(f, "side")?.Auroc ?? Undefined, FigureKind.Number),
        new("AUROC zone", "mean over the zones", f => Slot(f, "zone")?.Auroc ?? Undefined, FigureKind.Number),
        new("AUROC severity", "mean over the grades", f => Slot(f, "severity")?.Auroc ?? Undefined, FigureKind.Number),
    ];

    private static readonly Metric[] Variety =
    [
        new("Annotations", "different ones that were read", f => new Estimate(f.DistinctEmitted), FigureKind.Count, HigherIsBetter: null),
    ];

    private static readonly Metric[] DiseaseOfAbnormal = [.. Disease.Where(metric => metric.Name != "AUROC abnormal")];

    private static Estimate Undefined => new(double.NaN);

    /// <summary>All tables: all images, the abnormal ones, the differences of the iterations, each group.</summary>
    internal static IReadOnlyList<ResultTable> Of(CascadeMeasurement measured, string rows)
    {
        if (measured.Findings is { } findings)
            return FindingTables.Of(findings, measured.FindingsComparison, measured.Chosen, rows);
        AnnotationReport chosen = measured.Reports[measured.Chosen - 1];
        bool grouped = chosen.Groups.Count > 1;
        // With only one source or one view, their baselines are the label prior again.
        string[] baselines =
        [
            Normal,
            Prior,
            .. grouped && chosen.GroupColumn == "Source" ? (string[])[Source] : [],
            .. measured.Views > 1 ? (string[])[View] : [],
            Usual,
        ];
        List<ResultTable> tables =
        [
            Table(
                $"All {chosen.Whole.Cases:N0} {rows}",
                measured,
                [.. Disease, .. Words, .. Slots, .. Variety],
                report => report.Whole,
                chosen.Baselines,
                baselines,
                baseline => baseline.Whole
            ),
        ];
        if (chosen.Abnormal.Cases > 0 && chosen.Abnormal.Cases < chosen.Whole.Cases)
            tables.Add(
                Table(
                    $"The {chosen.Abnormal.Cases:N0} abnormal ones",
                    measured,
                    [.. DiseaseOfAbnormal, .. Words, .. Slots, .. Variety],
                    report => report.Abnormal,
                    chosen.Baselines,
                    baselines,
                    baseline => baseline.Abnormal
                )
            );
        if (measured.Comparison is { } comparison)
        {
            Metric[] compared = [.. Disease, .. Words, .. Slots];
            tables.Add(
                Keep(
                    new ResultTable(
                        $"Iteration {measured.Reports.Count} minus iteration 1, on the same images",
                        [new("All"), new("Abnormal")],
                        [
                            .. compared.Select(metric =>
                                metric.Row([Shown(metric.Of(comparison.Whole)), Shown(metric.Of(comparison.Abnormal))]) with
                                {
                                    HigherIsBetter = null,
                                }
                            ),
                        ]
                    )
                )
            );
        }
        if (grouped)
        {
            foreach (GroupFigures group in chosen.Groups)
            {
                tables.Add(
                    Table(
                        $"{chosen.GroupColumn} {group.Group}: {group.Whole.Cases:N0} {rows}",
                        measured,
                        [.. Disease, Words[0], Words[^1], .. Slots],
                        report => report.Groups.Single(g => g.Group == group.Group).Whole,
                        group.Baselines,
                        [.. baselines.Where(name => name is not Source)],
                        baseline => baseline.Whole
                    )
                );
            }
        }
        return tables;
    }

    private static ResultTable Table(
        string title,
        CascadeMeasurement measured,
        IEnumerable<Metric> metrics,
        Func<AnnotationReport, AnnotationFigures> part,
        IReadOnlyList<BaselineFigures> all,
        string[] wanted,
        Func<BaselineFigures, AnnotationFigures> partOfBaseline
    )
    {
        BaselineFigures[] baselines = [.. wanted.Select(name => all.FirstOrDefault(baseline => baseline.Name == name)).OfType<BaselineFigures>()];
        return Keep(
            new ResultTable(
                title,
                [
                    .. measured.Reports.Select(
                        (_, i) => new ResultColumn($"Iteration {i + 1}{(i + 1 == measured.Chosen && measured.Reports.Count > 1 ? ", chosen" : "")}")
                    ),
                    .. baselines.Select(baseline => new ResultColumn(
                        baseline.Name == Usual ? "label's usual annotation" : baseline.Name,
                        IsBaseline: true
                    )),
                ],
                [
                    .. metrics.Select(metric =>
                        metric.Row([
                            .. measured.Reports.Select(report => Shown(metric.Of(part(report)))),
                            .. baselines.Select(baseline => Shown(new Estimate(metric.Of(partOfBaseline(baseline)).Value))),
                        ])
                    ),
                ]
            )
        );
    }

    /// <summary>The rows that say something.</summary>
    private static ResultTable Keep(ResultTable table) =>
        table with
        {
            Rows = [.. table.Rows.Where(row => row.Figures.Any(figure => figure is not null))],
        };

    private static Figure? Shown(Estimate estimate) =>
        !double.IsFinite(estimate.Value) ? null
        : double.IsFinite(estimate.Low) && double.IsFinite(estimate.High) ? new Figure(estimate.Value, estimate.Low, estimate.High)
        : new Figure(estimate.Value);

    private static SlotFigures? Slot(AnnotationFigures figures, string name) => figures.Slots.FirstOrDefault(slot => slot.Slot == name);

    private static string Capital(string word) => char.ToUpperInvariant(word[0]) + word[1..];

    private sealed record Metric(
        string Name,
        string Meaning,
        Func<AnnotationFigures, Estimate> Of,
        FigureKind Kind = FigureKind.Percent,
        bool? HigherIsBetter = true
    )
    {
        internal ResultRow Row(IReadOnlyList<Figure?> figures) => new(Name, Meaning, figures, Kind, HigherIsBetter);
    }
}
