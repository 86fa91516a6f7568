namespace CxrAnnotate.Cli;

/// <summary>A measurement as tables: the iterations side by side, with the trivial baselines.</summary>
internal static class MeasurementTables
{
    /// <summary>Built-in metrics that only JSON and reports show.</summary>
    private static readonly string[] _omitted =
    [
        "majorityAccuracy",
        "kappa",
        "brier",
        "microPrecision",
        "microRecall",
        "ngramPrecision1",
        "ngramPrecision2",
        "ngramPrecision3",
        "ngramPrecision4",
    ];

    /// <summary>Metrics that the many tables of groups leave out as well.</summary>
    private static readonly string[] _omittedFromGroups =
    [
        "bleu2",
        "bleu3",
        "bleu4",
        "rougeL",
        "cider",
    ];

    private static readonly Row[] Slots =
    [
        .. AnnotationSlots.Names.Select(slot => new Row(
            $"{Capital(slot)} right",
            $"{slot} as annotated, if any",
            f => Slot(f, slot)?.Accuracy ?? Undefined
        )),
        new("AUROC side", "right against left", f => Slot(f, "side")?.Auroc ?? Undefined, FigureKind.Number),
        new("AUROC zone", "mean over the zones", f => Slot(f, "zone")?.Auroc ?? Undefined, FigureKind.Number),
        new("AUROC severity", "mean over the grades", f => Slot(f, "severity")?.Auroc ?? Undefined, FigureKind.Number),
    ];

    private static readonly Row[] Sets =
    [
        .. AnnotationSetFigures.Levels.Select(
            (level, i) =>
                new Row(
                    $"F1, {level}",
                    i == 0 ? "annotations as sets of whole terms" : "the same, of less detail",
                    f => Set(f, i)?.F1 ?? Undefined
                )
        ),
        new("Precision, term", "emitted terms that are true", f => Set(f, 0)?.Precision ?? Undefined),
        new("Recall, term", "true terms that are emitted", f => Set(f, 0)?.Recall ?? Undefined),
    ];

    private static readonly Row[] Compared = [.. Metrics(_omitted), .. Slots, .. Sets];

    private static readonly Row[] OfGroups = [.. Metrics([.. _omitted, .. _omittedFromGroups]), .. Slots, .. Sets];

    private static readonly Row[] All =
    [
        .. Compared,
        new("Annotations", "distinct annotations read", f => new Estimate(f.DistinctEmitted), FigureKind.Count, HigherIsBetter: null),
    ];

    private static Estimate Undefined => new(double.NaN);

    /// <summary>All tables: all images, the abnormal ones, the findings, the differences of the iterations, each group.</summary>
    internal static IReadOnlyList<ResultTable> Of(CascadeMeasurement measured, string rows)
    {
        AnnotationReport chosen = measured.Reports[measured.Chosen - 1];
        bool grouped = chosen.Groups.Count > 1;
        // With only one source or one view, their baselines equal the label prior.
        bool bySource = grouped && chosen.GroupColumn == "Source";
        List<ResultTable> tables =
        [
            Table($"All {chosen.Whole.Cases:N0} {rows}", measured, All, report => report.Whole, Baselines(chosen.Baselines, bySource), b => b.Whole),
        ];
        if (chosen.Abnormal.Cases > 0 && chosen.Abnormal.Cases < chosen.Whole.Cases)
            tables.Add(
                Table(
                    $"The {chosen.Abnormal.Cases:N0} abnormal ones",
                    measured,
                    All,
                    report => report.Abnormal,
                    Baselines(chosen.Baselines, bySource),
                    baseline => baseline.Abnormal
                )
            );
        if (measured.IsMultiLabel)
            tables.Add(FindingByFinding(chosen.Whole));
        int last = measured.Reports.Count;
        if (measured.Comparison is { } comparison)
            tables.Add(Difference($"Iteration {last} minus iteration 1, on the same images", comparison));
        if (measured.Control is { } control)
            tables.Add(Difference($"Iteration {last} minus its control: what relabeling adds, on the same images", control.Difference));
        if (grouped)
            tables.AddRange(
                chosen.Groups.Select(group =>
                    Table(
                        $"{chosen.GroupColumn} {group.Group}: {group.Whole.Cases:N0} {rows}",
                        measured,
                        OfGroups,
                        report => report.Groups.Single(g => g.Group == group.Group).Whole,
                        Baselines(group.Baselines, bySource: false),
                        baseline => baseline.Whole
                    )
                )
            );
        return tables;

        IEnumerable<BaselineFigures> Baselines(IReadOnlyList<BaselineFigures> all, bool bySource) =>
            all.Where(baseline =>
                baseline.Name switch
                {
                    BaselineFigures.SourceOnly => bySource,
                    BaselineFigures.ViewOnly => measured.Views > 1,
                    BaselineFigures.TrueLabelWord or BaselineFigures.TrueLabelMode => false,
                    _ => true,
                }
            );
    }

    /// <summary>Runs side by side, and the differences between them.</summary>
    internal static IReadOnlyList<ResultTable> OfRuns(
        IReadOnlyList<(string Name, AnnotationReport Report)> runs,
        IReadOnlyList<(string Title, AnnotationComparison Comparison)> differences
    )
    {
        return
        [
            Side("All held-out images", report => report.Whole),
            Side("The abnormal ones", report => report.Abnormal),
            .. differences.Select(one => Difference(one.Title, one.Comparison)),
        ];

        ResultTable Side(string title, Func<AnnotationReport, AnnotationFigures> part) =>
            Keep(
                new ResultTable(
                    title,
                    [.. runs.Select(run => new ResultColumn(run.Name))],
                    [.. All.Select(row => row.With([.. runs.Select(run => Shown(row.Of(part(run.Report))))]))]
                )
            );
    }

    private static IEnumerable<Row> Metrics(string[] left) =>
        EvaluationMetric
            .BuiltIn.Where(metric => !left.Contains(metric.Name))
            .Select(metric => new Row(
                Capital(metric.Title),
                metric.Description,
                figures => figures.Metrics.GetValueOrDefault(metric.Name, Undefined),
                metric.IsShare ? FigureKind.Percent : FigureKind.Number,
                metric.HigherIsBetter
            ));

    private static ResultTable Difference(string title, AnnotationComparison compared) =>
        Keep(
            new ResultTable(
                title,
                [new("All"), new("Abnormal")],
                [
                    .. Compared.Select(row =>
                        row.With([Shown(row.Of(compared.Whole)), Shown(row.Of(compared.Abnormal))]) with
                        {
                            HigherIsBetter = null,
                        }
                    ),
                ]
            )
        );

    private static ResultTable FindingByFinding(AnnotationFigures figures) =>
        Keep(
            new ResultTable(
                "Finding by finding",
                [new("AUROC"), new("AUPRC"), new("F1"), new("precision"), new("recall")],
                [
                    .. figures.Labels.Select(label => new ResultRow(
                        label.Label.Replace('_', ' '),
                        $"{label.Support:N0} images have it",
                        [Shown(label.Auroc), Shown(label.Auprc), Shown(label.F1), Shown(label.Precision), Shown(label.Recall)],
                        FigureKind.Number,
                        HigherIsBetter: null
                    )),
                ]
            )
        );

    private static ResultTable Table(
        string title,
        CascadeMeasurement measured,
        Row[] rows,
        Func<AnnotationReport, AnnotationFigures> part,
        IEnumerable<BaselineFigures> baselines,
        Func<BaselineFigures, AnnotationFigures> partOfBaseline
    )
    {
        List<(string Name, AnnotationReport Report)> readers = [.. measured.Reports.Select((report, i) => ($"Iteration {i + 1}", report))];
        if (readers.Count > 1)
            readers[measured.Chosen - 1] = ($"Iteration {measured.Chosen}, chosen", readers[measured.Chosen - 1].Report);
        if (measured.Control is { } control)
            readers.Insert(readers.Count - 1, ("Control", control.Report));
        return Keep(
            new ResultTable(
                title,
                [
                    .. readers.Select(reader => new ResultColumn(reader.Name)),
                    .. baselines.Select(baseline => new ResultColumn(
                        baseline.Name == BaselineFigures.PredictedLabelMode ? "label's usual annotation" : baseline.Name,
                        IsBaseline: true
                    )),
                ],
                [
                    .. rows.Select(row =>
                        row.With([
                            .. readers.Select(reader => Shown(row.Of(part(reader.Report)))),
                            .. baselines.Select(baseline => Shown(new Estimate(row.Of(partOfBaseline(baseline)).Value))),
                        ])
                    ),
                ]
            )
        );
    }

    /// <summary>Keeps the rows that have a figure.</summary>
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

    private static AnnotationSetFigures? Set(AnnotationFigures figures, int level) => figures.Sets.ElementAtOrDefault(level);

    private static string Capital(string word) => char.ToUpperInvariant(word[0]) + word[1..];

    /// <summary>A row before its figures.</summary>
    private sealed record Row(
        string Name,
        string Meaning,
        Func<AnnotationFigures, Estimate> Of,
        FigureKind Kind = FigureKind.Percent,
        bool? HigherIsBetter = true
    )
    {
        internal ResultRow With(IReadOnlyList<Figure?> figures) => new(Name, Meaning, figures, Kind, HigherIsBetter);
    }
}
