using System.Globalization;

namespace CxrAnnotate;

/// <summary>Writes an evaluation report as HTML, section by section.</summary>
internal sealed class ReportHtml
{
    /// <summary>The cases that are shown without script, and in print.</summary>
    private const int StaticCases = 24;

    /// <summary>The cases beside the summary.</summary>
    private const int ExamplesShown = 6;

    private static readonly string _script = PageHtml.Resource("report.js");

    private static readonly string[] _trivial =
    [
        BaselineFigures.AlwaysNormal,
        BaselineFigures.LabelPrior,
        BaselineFigures.AlwaysPresent,
        BaselineFigures.SourceOnly,
        BaselineFigures.ViewOnly,
    ];

    private readonly TextWriter _html;
    private readonly AnnotationReport _report;
    private readonly ReportPage _page;
    private readonly PageCases _cases;
    private readonly ReportFigures _figures;
    private readonly CaseComparison[] _compared;
    private readonly List<(string Id, string Title)> _sections = [];

    internal ReportHtml(
        TextWriter html,
        AnnotationReport report,
        ReportPage page,
        PageCases cases,
        ReportFigures figures,
        CaseComparison[] compared
    ) => (_html, _report, _page, _cases, _figures, _compared) = (html, report, page, cases, figures, compared);

    internal static string Verdict(CaseVerdict verdict) =>
        verdict switch
        {
            CaseVerdict.Right => "right",
            CaseVerdict.Partly => "partly",
            _ => "wrong",
        };

    internal void Write()
    {
        // The sections are known by their titles only when they are written, and the navigation stands above them.
        using StringWriter body = new() { NewLine = "\n" };
        PageHtml.Head(_html, _page.Title, _script);
        ReportHtml sections = new(body, _report, _page, _cases, _figures, _compared);
        sections.Sections();
        Navigation(sections._sections);
        _html.WriteLine("<main id=\"top\">");
        Summary();
        _html.Write(body.ToString());
        Cases();
        Footer();
        _html.WriteLine("</main>");
        Dialog();
        new CaseData(_html, _page, _cases, _compared).Write();
        _html.WriteLine($"<script>{_script}</script></body></html>");
    }

    private void Navigation(IEnumerable<(string Id, string Title)> sections)
    {
        _html.WriteLine("<a class=\"skip\" href=\"#cases\">Skip to the cases</a>");
        _html.Write("<header class=\"bar\"><nav aria-label=\"Sections\"><ul><li><a href=\"#top\">Summary</a></li>");
        foreach ((string id, string title) in sections.Append(("cases", "Cases")))
            _html.Write($"<li><a href=\"#{id}\">{Text(title)}</a></li>");
        _html.WriteLine(
            "</ul></nav><label class=\"theme\"><span>Theme</span> <select id=\"theme\"><option value=\"\">as the system</option>"
                + "<option value=\"light\">light</option><option value=\"dark\">dark</option></select></label></header>"
        );
    }

    private void Summary()
    {
        _html.WriteLine("<section class=\"summary\" aria-labelledby=\"title\"><div class=\"head\">");
        _html.WriteLine($"<p class=\"warning\">{PageHtml.Disclaimer}</p><h1 id=\"title\">{Text(_page.Title)}</h1>");
        _html.WriteLine($"<p class=\"lead\">{Text(string.Join(' ', new ReportSummary(_report, _page, _figures).Sentences()))}</p>");
        _html.WriteLine("</div>");
        int[] shown = [.. Examples().Where(i => Picture(i) is not null)];
        if (shown.Length > 0)
        {
            _html.WriteLine("<div class=\"examples\">");
            foreach (int i in shown)
            {
                ReportCase one = _page.Cases[i];
                _html.WriteLine(
                    $"<figure class=\"{Verdict(_compared[i].Verdict)}\"><a href=\"#case-{i}\">"
                        + $"{PageHtml.Image(Picture(i)!(), $"Radiograph {one.Name}")}</a>"
                        + $"<figcaption>{Badge(_compared[i].Verdict)} <span>{Text(Said(one, _compared[i].Verdict))}</span></figcaption></figure>"
                );
            }
            _html.WriteLine("<p class=\"caption\">The first ones of each kind; mistakes are over-represented. Open one to look closer.</p></div>");
        }
        _html.WriteLine("<ul class=\"tiles\">");
        foreach (SummaryTile tile in new ReportSummary(_report, _page, _figures).Tiles())
            _html.WriteLine(
                $"<li><a href=\"#{tile.Section}\"><span class=\"name\">{Text(tile.Name)}</span><b>{Text(tile.Value)}</b>"
                    + $"<span class=\"interval\">{Text(tile.Interval)}</span><span class=\"baseline\">{Text(tile.Baseline)}</span></a></li>"
            );
        _html.WriteLine("</ul><div class=\"notes\">");
        foreach (string note in _page.Notes)
            _html.WriteLine($"<p class=\"note\">{Text(note)}</p>");
        _html.WriteLine("</div>");
        _html.WriteLine("</section>");
    }

    private Func<byte[]>? Picture(int i) => _page.Cases[i].Image ?? _page.Cases[i].Thumbnail;

    /// <summary>What was read, and the truth where it differs.</summary>
    private static string Said(ReportCase one, CaseVerdict verdict)
    {
        string read = Plain(one.Read),
            truth = Plain(one.Truth);
        return truth.Length == 0 || verdict == CaseVerdict.Right ? read : $"read {read}; true {truth}";
    }

    /// <summary>Cases of every verdict and of different findings, in the order of the cases.</summary>
    private IEnumerable<int> Examples()
    {
        IEnumerable<int> Of(CaseVerdict verdict, bool normal, int most) =>
            Enumerable
                .Range(0, _compared.Length)
                .Where(i => _compared[i].Verdict == verdict && IsNormal(i) == normal)
                .DistinctBy(i => string.Join('|', _page.Cases[i].TrueLabels ?? []))
                .Take(most);
        int[] chosen =
        [
            .. Of(CaseVerdict.Right, normal: false, 2),
            .. Of(CaseVerdict.Partly, normal: false, 2),
            .. Of(CaseVerdict.Wrong, normal: false, 1),
            .. Of(CaseVerdict.Right, normal: true, 1),
        ];
        return chosen.Concat(Enumerable.Range(0, _compared.Length).Except(chosen)).Take(ExamplesShown);
    }

    private bool IsNormal(int i) => string.Equals(_page.Cases[i].Truth.Trim(), MeshAnnotation.Normal, StringComparison.OrdinalIgnoreCase);

    private void Sections()
    {
        foreach (PageSection section in _page.LeadingSections)
            Section(section);
        Curves();
        Calibration();
        Mistakes();
        Slices();
        Findings();
        Parts();
        Subgroups();
        Training();
        Space();
        foreach (PageSection section in _page.FurtherSections)
            Section(section);
        if (_page.Tables.Count > 0)
        {
            Open("tables", "All figures");
            foreach (PageTable table in _page.Tables)
            {
                _html.WriteLine($"<details><summary>{Text(table.Title)}</summary>");
                Table(table);
                _html.WriteLine("</details>");
            }
            Close();
        }
    }

    private void Open(string id, string title, string says = "")
    {
        _sections.Add((id, title));
        _html.WriteLine($"<section id=\"{id}\" aria-labelledby=\"{id}-title\"><h2 id=\"{id}-title\">{Text(title)}</h2>");
        if (says.Length > 0)
            _html.WriteLine($"<p class=\"says\">{Text(says)}</p>");
    }

    private void Close() => _html.WriteLine("</section>");

    private void Section(PageSection section)
    {
        Open($"part-{_sections.Count + 1}", section.Title);
        PageHtml.Content(_html, section);
        Close();
    }

    private void Curves()
    {
        QuestionFigures main = _figures.Main;
        if (main.Roc.Points.Count == 0)
            return;
        bool pooled = main.Question != "abnormal";
        Open(
            "curves",
            "Ranking",
            (
                pooled
                    ? "All pairs of a radiograph and a label are ranked together by the label's probability. "
                    : "Radiographs are ranked by the probability of any finding (one minus that of normal). "
            )
                + $"{Plural.Of(main.Roc.Positives, "positive", "positives")}, {Plural.Of(main.Roc.Negatives, "negative", "negatives")}. "
                + "Bands are pointwise 95 % intervals, drawn anew from whole patients; dashed is a reader that does not look at the image."
        );
        _html.WriteLine("<div class=\"charts\">");
        Chart(ReportCharts.Roc(main), "ROC curve", $"Area {Shown(main.Roc.Area)}; chance 0.5.");
        Chart(
            ReportCharts.PrecisionRecall(main),
            "Precision-recall curve",
            $"Average precision {Shown(main.PrecisionRecall.Area)}; chance {Number(main.PrecisionRecall.Prevalence)}."
        );
        _html.WriteLine("</div>");
        Table(
            new PageTable(
                "Operating points",
                [new("Sensitivity"), new("Specificity"), new("Positive predictive value"), new("Threshold")],
                [.. main.OperatingPoints.Select(OperatingRow)],
                "Rings on the curves; the disc is the model's own decision. Thresholds of the first two rows are chosen on these cases, and anew in "
                    + "every resample: on other cases they will do a little worse. The predictive value holds for the share of positives here."
            )
            {
                Of = "Operating point",
            }
        );
        if (_figures.Labels.Count > 1)
        {
            _html.WriteLine("<h3>Label by label, the worst first</h3><div class=\"small charts\">");
            foreach (QuestionFigures label in _figures.Labels.OrderBy(label => label.Roc.Area.Value))
                Chart(
                    ReportCharts.Roc(label, small: true),
                    Plain(label.Question),
                    $"AUROC {Shown(label.Roc.Area)}; {Plural.Of(label.Roc.Positives, "radiograph", "radiographs")}"
                );
            _html.WriteLine("</div>");
        }
        Close();
    }

    private static PageRow OperatingRow(OperatingPoint point) =>
        new(
            point.Given switch
            {
                "specificity" => $"Specificity of at least {100 * point.AtLeast:0} %",
                "sensitivity" => $"Sensitivity of at least {100 * point.AtLeast:0} %",
                _ => "The model's own decision",
            },
            point.Given switch
            {
                "specificity" => "few false alarms",
                "sensitivity" => "few missed",
                _ => "chosen on its training and validation rows",
            },
            [
                Cell(point.Sensitivity, percent: true),
                Cell(point.Specificity, percent: true),
                Cell(point.Precision, percent: true),
                double.IsFinite(point.Threshold) ? new PageCell(Number(point.Threshold)) : null,
            ]
        );

    private void Calibration()
    {
        ReliabilityDiagram now = _figures.Reliability;
        if (now.Cases == 0)
            return;
        Open(
            "calibration",
            "Calibration",
            (
                _report.IsMultiLabel
                    ? "Of all findings that are given a probability of 70 %, 70 % should be there."
                    : "Of all labels that are named with a probability of 70 %, 70 % should be right."
            )
                + " Points are tenths of the probability, with Wilson intervals; grey bars count their cases."
        );
        string what = _report.IsMultiLabel ? "all findings" : "the named label";
        _html.WriteLine("<div class=\"charts\">");
        if (_figures.ReliabilityBefore is { } before)
            Chart(ReportCharts.Reliability(before, $"{what}, before calibration"), "Before calibration", $"ECE {Shown(before.Ece)}.");
        Chart(
            ReportCharts.Reliability(now, what),
            _figures.ReliabilityBefore is null ? "Reliability" : "After calibration",
            $"ECE {Shown(now.Ece)}."
        );
        if (_figures.RiskCoverage is { } selective)
            Chart(
                ReportCharts.RiskCoverage(selective),
                "Risk and coverage",
                $"Share wrong among the radiographs that the model is surest of. Area {Shown(_figures.RiskCoverageArea)} (AURC); "
                    + $"{Number(selective.RandomArea)} if its probabilities told nothing of its mistakes (dashed), "
                    + $"{Number(selective.IdealArea)} if it "
                    + "were least sure of all of them."
            );
        _html.WriteLine("<div>");
        PageRow Row(string name, ReliabilityDiagram diagram) =>
            new(name, "", [Cell(diagram.Ece), Cell(diagram.Brier), new PageCell(Number(diagram.BrierOfPrevalence))]);
        Table(
            new PageTable(
                "Calibration error",
                [new("ECE"), new("Brier score"), new("Brier score of the mean", IsBaseline: true)],
                _figures.ReliabilityBefore is { } earlier
                    ? [Row("Before calibration", earlier), Row("After calibration", now)]
                    : [Row("Probabilities of the model", now)],
                "0 is best. ECE is the mean distance from the diagonal, which chance alone makes greater than 0. The Brier score of the mean is that "
                    + "of giving every case the share of positives."
                    + (
                        _figures.ReliabilityBefore is null
                            ? ""
                            : " The calibration was fitted on the validation rows of the training, not on these cases."
                    )
            )
            {
                Of = "Probabilities",
            }
        );
        _html.WriteLine("</div></div>");
        Close();
    }

    private void Mistakes()
    {
        if (_figures.Confusion is not { Cases: > 0 } all)
        {
            if (_report.IsMultiLabel && _figures.Labels.Count > 0)
            {
                Open("mistakes", "Mistakes", "What the model decides on each finding.");
                Table(
                    new PageTable(
                        "Decisions by finding",
                        [new("Found"), new("Missed"), new("False alarms"), new("Rightly absent")],
                        [
                            .. _figures.Labels.Select(label => new PageRow(
                                Plain(label.Question),
                                "",
                                [
                                    new(Count(label.Decisions.Found)),
                                    new(Count(label.Decisions.Missed)),
                                    new(Count(label.Decisions.FalseAlarms)),
                                    new(Count(label.Decisions.RightlyNegative)),
                                ]
                            )),
                        ]
                    )
                    {
                        Of = "Finding",
                    }
                );
                Close();
            }
            return;
        }
        ConfusionMatrix matrix = all.WithoutUnused();
        IReadOnlyList<Confusion> frequent = matrix.MostFrequent(12);
        Open(
            "mistakes",
            "Mistakes",
            frequent.Count == 0
                ? "No label was named wrongly."
                : "Colours and shares are of the radiographs with the true label. A cell leads to its cases."
        );
        _html.WriteLine("<div class=\"beside\">");
        _html.WriteLine(
            $"{PageHtml.Scroll("Confusion matrix")}<table class=\"confusion\"><caption>Radiographs by true label (rows) and label "
                + "read (columns)</caption><thead><tr><th scope=\"col\">True label</th>"
        );
        foreach (string label in matrix.Labels)
            _html.Write($"<th scope=\"col\"><span>{Text(Plain(label))}</span></th>");
        _html.WriteLine("</tr></thead><tbody>");
        for (int i = 0; i < matrix.Labels.Count; i++)
        {
            _html.Write($"<tr><th scope=\"row\">{Text(Plain(matrix.Labels[i]))}</th>");
            for (int j = 0; j < matrix.Labels.Count; j++)
            {
                int count = matrix.Counts[i][j];
                if (count == 0)
                {
                    _html.Write("<td class=\"none\">0</td>");
                    continue;
                }
                int shade = (int)Math.Ceiling(9 * matrix.Share(i, j));
                string told = $"{Plain(matrix.Labels[i])} read as {Plain(matrix.Labels[j])}: {count}";
                _html.Write(
                    $"<td class=\"{(i == j ? "hit" : "miss")} s{shade}\"><a href=\"#cases\" data-true=\"{Index(matrix.Labels[i])}\" "
                        + $"data-read=\"{Index(matrix.Labels[j])}\" aria-label=\"{Text(told)}\">{Count(count)}</a></td>"
                );
            }
            _html.WriteLine("</tr>");
        }
        _html.WriteLine("</tbody></table></div>");
        if (frequent.Count > 0)
        {
            _html.WriteLine("<div><h3>The most frequent mistakes</h3><ol class=\"frequent\">");
            foreach (Confusion one in frequent)
                _html.WriteLine(
                    $"<li><a href=\"#cases\" data-true=\"{Index(one.True)}\" data-read=\"{Index(one.Named)}\">{Text(Plain(one.True))} read as "
                        + $"{Text(Plain(one.Named))}</a> {Count(one.Cases)} ({Percent(one.Share)})</li>"
                );
            _html.WriteLine("</ol></div>");
        }
        _html.WriteLine("</div>");
        Close();
    }

    private void Slices()
    {
        if (_page.Slices is not { } slices)
            return;
        Open(
            "slices",
            "Where it fails",
            "Radiographs of a label that look alike, are described alike, and are read wrong more often than the label's others, beyond chance. What "
                + "they have in common is for people to see; a slice does not say why."
        );
        _html.WriteLine(JointSpaceSection.Html(slices, NameOf, Thumbnail, Address));
        Close();
    }

    private void Space()
    {
        if (_page.Space is not { Points.Count: > 0 } space)
            return;
        Open(
            "space",
            "Joint space",
            "Where the model puts radiograph and true annotation together: what lies near each other looks alike to it and is described alike."
        );
        _html.WriteLine(JointSpaceSection.Html(space, NameOf, Thumbnail, Address));
        Close();
    }

    private string NameOf(int i) => _page.Cases[i].Name;

    private static string Address(int i) => $"#case-{i.ToString(CultureInfo.InvariantCulture)}";

    private string? Thumbnail(int i) => _page.Cases[i].Thumbnail is { } thumbnail ? PageHtml.Source(thumbnail()) : null;

    private int Index(string label) => Array.IndexOf(_cases.Labels, label);

    private void Findings()
    {
        if (_figures.Labels.Count == 0)
            return;
        Open("findings", "Findings", "Each label against its absence, the most frequent first. Decisions are the model's own.");
        QuestionFigures[] labels = [.. _figures.Labels.OrderByDescending(label => label.Roc.Positives)];
        Table(
            new PageTable(
                "Finding by finding",
                [
                    new("Radiographs"),
                    new("AUROC"),
                    new("Average precision"),
                    new("its chance", IsBaseline: true),
                    new("Sensitivity"),
                    new("Specificity"),
                    new("Sens. at 90 % spec."),
                    new("ECE"),
                ],
                [
                    .. labels.Select(label => new PageRow(
                        Plain(label.Question),
                        "",
                        [
                            new PageCell(Count(label.Roc.Positives)),
                            Cell(label.Roc.Area),
                            Cell(label.PrecisionRecall.Area),
                            new PageCell(Number(label.PrecisionRecall.Prevalence)),
                            Cell(label.OperatingPoints[2].Sensitivity, percent: true),
                            Cell(label.OperatingPoints[2].Specificity, percent: true),
                            Cell(label.OperatingPoints[0].Sensitivity, percent: true),
                            Cell(label.Reliability.Ece),
                        ]
                    )),
                ],
                "Below the figures: 95 % intervals. Figures of labels with few radiographs say little; their intervals show it."
            )
            {
                Of = "Finding",
            }
        );
        _html.WriteLine("<details><summary>Precision, recall and reliability of each finding</summary>");
        foreach (QuestionFigures label in labels)
        {
            string name = Plain(label.Question);
            _html.WriteLine($"<h3>{Text(name)}</h3><div class=\"small charts\">");
            Chart(ReportCharts.Roc(label, small: true), "ROC curve", $"Area {Shown(label.Roc.Area)}");
            Chart(ReportCharts.PrecisionRecall(label, small: true), "Precision-recall", $"Average precision {Shown(label.PrecisionRecall.Area)}");
            Chart(ReportCharts.Reliability(label.Reliability, name, small: true), "Reliability", $"ECE {Shown(label.Reliability.Ece)}");
            _html.WriteLine("</div>");
        }
        _html.WriteLine("</details>");
        Close();
    }

    private void Parts()
    {
        SlotFigures[] slots = [.. _report.Whole.Slots.Where(slot => slot.Cases > 0)];
        if (slots.Length > 0)
        {
            Open("parts", "Annotation", "How well each part of the annotation is filled, over the radiographs whose true annotation fills it.");
            Table(
                new PageTable(
                    "Part by part",
                    [new("Radiographs"), new("Right"), new("Right without the image", IsBaseline: true), new("AUROC")],
                    [
                        .. slots.Select(slot => new PageRow(
                            Capital(slot.Slot),
                            "",
                            [
                                new PageCell(Count(slot.Cases)),
                                Cell(slot.Accuracy, percent: true),
                                new ReportSummary(_report, _page, _figures).MostFrequent(slot.Slot) is { } usual
                                    ? new PageCell(Percent(usual.Share), usual.Value)
                                    : null,
                                double.IsNaN(slot.Auroc.Value) ? null : Cell(slot.Auroc),
                            ]
                        )),
                        .. _report.Whole.Metrics.TryGetValue("exactMatch", out Estimate exact)
                            ? (PageRow[])
                                [
                                    new(
                                        "Whole annotation",
                                        "every word",
                                        [
                                            new PageCell(Count(_report.Whole.AnnotatedCases)),
                                            Cell(exact, percent: true),
                                            BestCell(figures => figures.ExactMatch.Value),
                                            null,
                                        ]
                                    ),
                                ]
                            : [],
                    ],
                    "The baseline of a part always says its most frequent value, that of the whole annotation is the best of the trivial ones. "
                        + "AUROC: how well the words of the part are ranked, given that it is filled; 0.5 is chance."
                )
                {
                    Of = "Part",
                }
            );
            Close();
        }
        else if (_report.Whole.Sets.Count > 0)
        {
            Open("parts", "Annotation", "Annotations as sets of terms, over all radiographs together.");
            Table(
                new PageTable(
                    "Term by term",
                    [new("True terms"), new("Read terms"), new("Precision"), new("Recall"), new("F1"), new("F1 without the image", IsBaseline: true)],
                    [
                        .. _report.Whole.Sets.Select(set => new PageRow(
                            Capital(set.Level),
                            "",
                            [
                                new PageCell(Count(set.TrueElements)),
                                new PageCell(Count(set.EmittedElements)),
                                Cell(set.Precision, percent: true),
                                Cell(set.Recall, percent: true),
                                Cell(set.F1, percent: true),
                                BestCell(figures => figures.Sets.FirstOrDefault(one => one.Level == set.Level)?.F1.Value ?? double.NaN),
                            ]
                        )),
                    ],
                    "The baseline is the best of those that do not look at the image."
                )
                {
                    Of = "Level of detail",
                }
            );
            Close();
        }
    }

    private PageCell? BestCell(Func<AnnotationFigures, double> figure) =>
        BestBaseline(_report, figure, abnormal: false) is { } best ? new PageCell(Percent(best.Value), best.Name) : null;

    /// <summary>The best of the baselines that do not look at the image; null if none has the figure.</summary>
    internal static (string Name, double Value)? BestBaseline(AnnotationReport report, Func<AnnotationFigures, double> figure, bool abnormal)
    {
        (string Name, double Value)[] known =
        [
            .. report
                .Baselines.Where(baseline => _trivial.Contains(baseline.Name))
                .Select(baseline => (baseline.Name, Value: figure(abnormal ? baseline.Abnormal : baseline.Whole)))
                .Where(baseline => double.IsFinite(baseline.Value)),
        ];
        return known.Length == 0 ? null : known.MaxBy(baseline => baseline.Value);
    }

    private void Subgroups()
    {
        if (_figures.Subgroups.Count == 0)
            return;
        Open(
            "subgroups",
            "Subgroups",
            "The gap is the figure over all compared radiographs minus that of the worst group. Some group is always the worst: beside the gap "
                + "stands what chance alone makes of groups of these sizes. Groups of fewer than "
                + $"{SubgroupGap.DefaultMinimumCases} radiographs are shown in grey and not compared."
        );
        foreach (SubgroupFigures column in _figures.Subgroups)
        {
            _html.WriteLine($"<h3>{Text(column.Column)}</h3><div class=\"charts\">");
            foreach (NamedGap gap in column.Gaps.Where(gap => gap.Gap.Groups.Any(group => double.IsFinite(group.Figure.Value))))
                Chart(ReportCharts.Forest(gap, column.Column), gap.Figure, GapText(gap.Gap));
            _html.WriteLine("</div>");
            Table(
                new PageTable(
                    $"By {column.Column.ToLowerInvariant()}",
                    [new("Radiographs"), .. column.Gaps.Select(gap => new PageColumn(gap.Figure))],
                    [
                        .. column
                            .Gaps.SelectMany(gap => gap.Gap.Groups.Select(group => group.Group))
                            .Distinct()
                            .Order(StringComparer.Ordinal)
                            .Select(group => new PageRow(
                                group,
                                "",
                                [
                                    new PageCell(
                                        Count(column.Gaps.Max(gap => gap.Gap.Groups.FirstOrDefault(one => one.Group == group)?.Cases ?? 0))
                                    ),
                                    .. column.Gaps.Select(gap =>
                                        gap.Gap.Groups.FirstOrDefault(one => one.Group == group) is { } one ? Cell(one.Figure) : null
                                    ),
                                ]
                            )),
                    ]
                )
                {
                    Of = column.Column,
                }
            );
        }
        Close();
    }

    private static string GapText(SubgroupGap gap) =>
        gap.Worst is null
            ? "Too few radiographs to compare groups."
            : $"Gap {Shown(gap.Gap)} ({gap.Worst})."
                + (
                    double.IsNaN(gap.ChanceGap)
                        ? ""
                        : $" By chance alone {Number(gap.ChanceGap)}, in one of twenty cases more than {Number(gap.ChanceGapHigh)}."
                );

    private void Training()
    {
        if (_page.Training.Count == 0)
            return;
        Open(
            "training",
            "Training",
            "Solid: training loss; dashed: validation loss; orange: validation score (right axis). The vertical line is the epoch that was kept."
        );
        _html.WriteLine("<div class=\"charts\">");
        foreach (TrainingCurve curve in _page.Training)
            Chart(
                ReportCharts.Training(curve),
                curve.Name,
                $"{Plural.Of(curve.TrainLosses.Count, "epoch", "epochs")}" + (curve.BestEpoch > 0 ? $"; epoch {curve.BestEpoch} kept" : "")
            );
        _html.WriteLine("</div>");
        Close();
    }

    private void Cases()
    {
        int[] counts = [.. Enum.GetValues<CaseVerdict>().Select(verdict => _compared.Count(one => one.Verdict == verdict))];
        int mapped = _page.Cases.Count(one => one.HeatMaps.Count > 0);
        _html.WriteLine(
            $"<section id=\"cases\" aria-labelledby=\"cases-title\"><h2 id=\"cases-title\">Cases</h2><p class=\"says\">"
                + $"{Count(counts[0])} right, {Count(counts[1])} partly right, {Count(counts[2])} wrong. "
                + (
                    _report.IsMultiLabel
                        ? "Partly right: at least one finding is there."
                        : "Partly right: the finding, but not all of its place, side and degree."
                )
                + (
                    mapped == 0
                        ? ""
                        : $" The viewer shows heat maps of {Plural.Of(mapped, "case", "cases")}, those under Reading: with heat maps."
                )
                + "</p>"
        );
        Toolbar(counts, mapped);
        _html.WriteLine("<p id=\"shown\" role=\"status\"></p><ol id=\"list\" class=\"cards\" hidden></ol>");
        _html.WriteLine("<ol class=\"cards static\">");
        for (int i = 0; i < Math.Min(StaticCases, _page.Cases.Count); i++)
            Card(i);
        _html.WriteLine("</ol>");
        if (_page.Cases.Count > StaticCases)
            _html.WriteLine(
                $"<p class=\"static caption\">The first {StaticCases} of {Count(_page.Cases.Count)} cases; all of them are in the page, on a screen "
                    + "with script.</p>"
            );
        _html.WriteLine("</section>");
    }

    private void Toolbar(int[] counts, int mapped)
    {
        _html.WriteLine("<form class=\"tools\" hidden>");
        _html.WriteLine("<label class=\"wide\">Search <input id=\"search\" type=\"search\" autocomplete=\"off\"></label>");
        Select(
            "verdict",
            "Reading",
            [
                ("", $"all ({Count(_page.Cases.Count)})"),
                ("0", $"right ({Count(counts[0])})"),
                ("1", $"partly right ({Count(counts[1])})"),
                ("2", $"wrong ({Count(counts[2])})"),
                ("3", $"not all right ({Count(counts[1] + counts[2])})"),
                .. mapped == 0 ? ((string, string)[])[] : [("4", $"with heat maps ({Count(mapped)})")],
            ]
        );
        Select("true", "True finding", Labels(_cases.TrueLabels));
        Select("read", "Finding read", Labels(_cases.NamedLabels));
        for (int column = 0; column < _page.GroupColumns.Count; column++)
        {
            int at = column;
            (string Group, int Count)[] values =
            [
                .. _page
                    .Cases.Select(one => one.Groups[at])
                    .Where(group => group.Length > 0)
                    .GroupBy(group => group, StringComparer.Ordinal)
                    .OrderBy(group => group.Key, StringComparer.Ordinal)
                    .Select(group => (group.Key, group.Count())),
            ];
            if (values.Length is > 1 and <= 100)
                Select(
                    $"group-{column}",
                    _page.GroupColumns[column],
                    [("", "any"), .. values.Select(value => (value.Group, $"{value.Group} ({Count(value.Count)})"))],
                    $" data-group=\"{column}\""
                );
        }
        Select(
            "sort",
            "Sort",
            [
                ("", "as in the table"),
                ("sure-wrong", "surest mistakes first"),
                ("sure", "surest first"),
                ("unsure", "least sure first"),
                ("name", "by name"),
            ]
        );
        _html.WriteLine("<button type=\"reset\" class=\"reset\">Clear</button></form>");

        (string, string)[] Labels(Func<int, IEnumerable<int>> of)
        {
            int[] labelCounts = new int[_cases.Labels.Length];
            for (int i = 0; i < _cases.Count; i++)
                foreach (int label in of(i))
                    labelCounts[label]++;
            return
            [
                ("", "any"),
                .. labelCounts
                    .Select((count, k) => (count, k))
                    .Where(label => label.count > 0)
                    .OrderByDescending(label => label.count)
                    .Select(label =>
                        (label.k.ToString(CultureInfo.InvariantCulture), $"{Plain(_cases.Labels[label.k])} ({Count(label.count)})")
                    ),
            ];
        }

        void Select(string id, string name, IEnumerable<(string Value, string Name)> options, string more = "")
        {
            _html.Write($"<label>{Text(name)} <select id=\"{id}\"{more}>");
            foreach ((string value, string option) in options)
                _html.Write($"<option value=\"{Text(value)}\">{Text(option)}</option>");
            _html.WriteLine("</select></label>");
        }
    }

    private void Card(int i)
    {
        ReportCase one = _page.Cases[i];
        _html.WriteLine(
            $"<li class=\"card {Verdict(_compared[i].Verdict)}\">"
                + $"{(one.Thumbnail is { } thumbnail ? PageHtml.Image(thumbnail(), $"Radiograph {one.Name}") : "<span class=\"blank\"></span>")}"
                + $"<span class=\"about\"><span class=\"row\">{Badge(_compared[i].Verdict)} <span class=\"which\">{Text(one.Name)}</span></span>"
                + $"<span class=\"read\">{Text(Plain(one.Read))}</span><span class=\"truth\">{Text(Plain(one.Truth))}</span></span></li>"
        );
    }

    private static string Badge(CaseVerdict verdict) =>
        verdict switch
        {
            CaseVerdict.Right => "<span class=\"badge right\">✓ right</span>",
            CaseVerdict.Partly => "<span class=\"badge partly\">◐ partly</span>",
            _ => "<span class=\"badge wrong\">✗ wrong</span>",
        };

    private void Dialog()
    {
        _html.WriteLine(
            """
            <dialog id="viewer" aria-labelledby="viewer-name">
            <div class="frame">
            <header><h2 id="viewer-name"></h2><span id="viewer-verdict"></span><span id="viewer-position"></span>
            <span class="turns"><button type="button" id="previous" aria-keyshortcuts="ArrowLeft">← Previous</button>
            <button type="button" id="next" aria-keyshortcuts="ArrowRight" autofocus>Next →</button>
            <button type="button" id="close">Close</button></span></header>
            <div class="look">
            <div class="light-box"><div class="stage"><img id="viewer-image" alt=""><canvas id="viewer-map" aria-hidden="true"></canvas></div>
            <div class="knobs">
            <label id="map-knob">Heat map <select id="map"></select></label>
            <label id="strength-knob">Strength <input id="strength" type="range" min="0" max="100" value="60"></label>
            <label>Brightness <input id="brightness" type="range" min="40" max="200" value="100"></label>
            <label>Contrast <input id="contrast" type="range" min="40" max="300" value="100"></label>
            <label><input id="invert" type="checkbox"> Inverted</label>
            </div><p id="viewer-size" class="caption"></p></div>
            <div class="facts"><dl id="viewer-annotations"></dl>
            <table id="viewer-parts"><caption>Part by part</caption>
            <thead><tr><th scope="col">Part</th><th scope="col">Read</th><th scope="col">True</th></tr></thead><tbody></tbody></table>
            <h3>Probabilities</h3><ol id="viewer-probabilities"></ol><dl id="viewer-groups"></dl></div>
            </div>
            """
        );
        _html.WriteLine($"<p class=\"warning\">{PageHtml.Disclaimer}</p></div></dialog>");
    }

    private void Footer()
    {
        string units = _report.IntervalGroupColumn switch
        {
            "PatientId" => "patients",
            "StudyId" => "studies",
            null => "radiographs",
            string other => $"groups of {other}",
        };
        _html.WriteLine(
            $"<footer><h2>How these figures were made</h2><p>Intervals are 95 % percentile intervals of {Count(_page.Resamples)} bootstrap resamples "
                + $"of whole {Text(units)} (seed {_page.Seed.ToString(CultureInfo.InvariantCulture)}), but those of reliability diagrams, which are "
                + "Wilson's. AUROC counts ties half; average precision is the area of the staircase. Beside each figure stands what a reader reaches "
                + $"who does not look at the image.</p><p class=\"warning\">{PageHtml.Disclaimer}</p></footer>"
        );
    }

    private void Chart(string svg, string title, string caption) =>
        _html.WriteLine($"<figure class=\"plot\">{svg}<figcaption><b>{Text(title)}</b> {Text(caption)}</figcaption></figure>");

    private void Table(PageTable table) => PageHtml.Table(_html, table);

    private static PageCell? Cell(Estimate estimate, bool percent = false) =>
        !double.IsFinite(estimate.Value) ? null
        : percent ? new(Percent(estimate.Value), double.IsFinite(estimate.Low) ? PercentRange(estimate) : "")
        : new(Number(estimate.Value), double.IsFinite(estimate.Low) ? $"{Number(estimate.Low)} to {Number(estimate.High)}" : "");

    internal static string Shown(Estimate estimate) =>
        double.IsFinite(estimate.Low)
            ? $"{Number(estimate.Value)} ({Number(estimate.Low)} to {Number(estimate.High)})"
            : Number(estimate.Value);

    internal static string Number(double value) => double.IsFinite(value) ? value.ToString("F3", CultureInfo.InvariantCulture) : "undefined";

    internal static string Percent(double share) =>
        double.IsFinite(share) ? string.Create(CultureInfo.InvariantCulture, $"{100 * share:F1}\u00a0%") : "undefined";

    internal static string PercentRange(Estimate share) =>
        string.Create(CultureInfo.InvariantCulture, $"{100 * share.Low:F1} to {Percent(share.High)}");

    private static string Count(int count) => count.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>An annotation or a label in words.</summary>
    internal static string Plain(string name) =>
        name.Replace("|", "; ", StringComparison.Ordinal)
            .Replace("+", " + ", StringComparison.Ordinal)
            .Replace("/", ", ", StringComparison.Ordinal)
            .Replace('_', ' ');

    private static string Capital(string word) => char.ToUpperInvariant(word[0]) + word[1..];

    private static string Text(string text) => PageHtml.Text(text);
}
