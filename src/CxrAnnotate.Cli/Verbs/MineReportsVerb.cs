using System.CommandLine;
using Microsoft.ML;
using Spectre.Console;

namespace CxrAnnotate.Cli;

/// <summary><c>cxr mine-reports</c>: extracts annotations from free-text reports, and evaluates them on annotated reports.</summary>
internal sealed class MineReportsVerb : Verb
{
    private readonly Argument<FileSystemInfo> _input = new Argument<FileSystemInfo>("INPUT")
    {
        Description =
            "The report archive of the Open-i collection (.tgz, or the folder of its XML files), or a CSV file with a column findings, impression, "
            + "or report (whole reports are split at their headings); study, language and annotation are used if present.",
    }.AcceptExistingOnly();

    private readonly Option<FileInfo?> _rules = new Option<FileInfo?>("--rules")
    {
        HelpName = "FILE",
        Description = "Rules to use in place of the built-in ones.",
    };

    private readonly Option<FileInfo[]> _more = new("--add-rules")
    {
        HelpName = "FILE",
        Description = "Rules to add to them; may be given several times.",
        DefaultValueFactory = _ => [],
    };

    private readonly Option<string> _sections = new Option<string>("--sections")
    {
        HelpName = "both|findings|impression",
        Description = "The sections to read.",
        DefaultValueFactory = _ => "both",
    }.AcceptOnlyFromAmong("both", "findings", "impression");

    private readonly Option<string> _conflict = new Option<string>("--conflict")
    {
        HelpName = "mentioned|impression|findings",
        Description = "Which section takes precedence if they differ; mentioned: what either calls present is present.",
        DefaultValueFactory = _ => "mentioned",
    }.AcceptOnlyFromAmong("mentioned", "impression", "findings");

    private readonly Option<string> _uncertainty = UncertaintyOption.Create("How to treat findings that a report calls uncertain.");

    private readonly Option<string> _half = new Option<string>("--half")
    {
        HelpName = "all|development|held-out",
        Description =
            "Read all reports, or one half of them, split by a hash of the study. The built-in rules were developed on the development half only.",
        DefaultValueFactory = _ => "all",
    }.AcceptOnlyFromAmong("all", "development", "held-out");

    private readonly Option<string?> _findingsColumn = TableOptions.Column("findings", "the findings, or the whole reports"),
        _impressionColumn = TableOptions.Column("impression", "the impressions"),
        _studyColumn = TableOptions.Column("study", "the studies"),
        _annotationColumn = TableOptions.Column("annotation", "the annotations to evaluate against");

    private readonly Option<FileInfo?> _out = new("--out")
    {
        HelpName = "FILE.csv",
        Description = "Write the annotations to a table, with the other columns of the input; of an archive, one row for each image.",
    };

    private readonly Option<string> _format = new Option<string>("--format")
    {
        HelpName = "annotations|chexpert",
        Description = "What --out has of a report: its annotation, or the 14 labels of CheXpert (1.0, 0.0, -1.0 uncertain, empty).",
        DefaultValueFactory = _ => "annotations",
    }.AcceptOnlyFromAmong("annotations", "chexpert");

    private readonly Option<FileInfo?> _review = new("--review")
    {
        HelpName = "FILE.html",
        Description =
            "Write an HTML page for review: every report with its findings, cues, places and sides marked, and its differences from the "
            + "annotation.",
    };

    private readonly Option<bool> _force = OutputPath.ForceOption();

    internal MineReportsVerb()
        : base(
            "mine-reports",
            "Extract findings from free-text reports: present, absent or uncertain, with place, side and severity; and evaluate them where the "
                + "reports are annotated."
        )
    {
        Add(_input);
        Add([
            _rules,
            _more,
            _sections,
            _conflict,
            _uncertainty,
            _half,
            _findingsColumn,
            _impressionColumn,
            _studyColumn,
            _annotationColumn,
            _out,
            _format,
            _review,
            _force,
        ]);
    }

    internal override IReadOnlyList<Example> Examples { get; } =
    [
        new(
            "Evaluate on the annotated reports of the Open-i collection, and review the differences",
            "cxr mine-reports reports.tgz --review review.html"
        ),
        new("Annotate your own reports, with rules of your own", "cxr mine-reports reports.csv --add-rules our.rules --out annotations.csv"),
        new("The labels of CheXpert of a table of reports", "cxr mine-reports reports.csv --format chexpert --out labels.csv"),
    ];

    internal override void Run(ParseResult parsed, Session session, CancellationToken cancellation)
    {
        string input = parsed.GetRequiredValue(_input).ToString(),
            half = parsed.GetRequiredValue(_half);
        string? own = parsed.GetValue(_rules)?.ToString();
        string[] more = [.. parsed.GetRequiredValue(_more).Select(file => file.ToString())];
        bool labels = parsed.GetRequiredValue(_format) == "chexpert";
        if (labels && parsed.GetValue(_out) is null)
            throw new UsageException(ErrorCode.CommandLine.Message("--format chexpert is the form of a table; name it with --out."));
        string?[] inputs = [input, own, .. more];
        if (parsed.GetValue(_out) is { } first)
            OutputPath.ClaimFile(
                first.ToString(),
                "--out",
                OutputKind.Text,
                parsed.GetValue(_force),
                [.. inputs, parsed.GetValue(_review)?.ToString()]
            );
        if (parsed.GetValue(_review) is { } second)
            OutputPath.ClaimFile(second.ToString(), "--review", OutputKind.Page, parsed.GetValue(_force), inputs);
        ReportRules rules = ReportRules.Read(own, more);
        ReportMiner miner = MinerOf(parsed, rules);
        ReportMiningEvaluation evaluation = new();
        MLContext context = session.CreateContext();
        ReportTable source = context.ChestXray().Data.ReadReports(input, Columns(parsed));
        Dictionary<(string, string, string), ReviewedReport?> known = [];
        List<MinedReport?> rows = [];
        List<ReviewedReport> reports = [];
        int unreadable = 0,
            foreign = 0;
        foreach (RadiographRecord report in source.Rows)
        {
            cancellation.ThrowIfCancellationRequested();
            (string, string, string) key = (report.StudyId, report.Findings, report.Impression);
            if (!known.TryGetValue(key, out ReviewedReport? one))
            {
                if (half == "all" || ReportMiningEvaluation.IsDevelopment(report.StudyId) == (half == "development"))
                {
                    bool isForeign = !IsEnglish(report.Language);
                    foreign += isForeign ? 1 : 0;
                    MinedReport mined = isForeign ? miner.Mine("", "") : miner.Mine(report.Findings, report.Impression);
                    MeshAnnotation? truth = !isForeign && MeshAnnotation.TryParse(report.Mesh, out MeshAnnotation? annotation) ? annotation : null;
                    unreadable += truth is null && !isForeign && report.Mesh.Length > 0 ? 1 : 0;
                    one = new ReviewedReport(report, mined, truth, []);
                    one = truth is null ? one : one with { Differences = evaluation.Add(truth, one.Read) };
                    reports.Add(one);
                }
                known.Add(key, one);
            }
            rows.Add(one?.Mined);
        }
        if (reports.Count == 0)
            throw new InvalidDataException(ErrorCode.NoReport.Message($"'{input}' has no report in the half '{half}'."));
        if (unreadable > 0)
            session.Progress.Warn(
                $"{Amount.Of(unreadable, "annotation cannot be read and is", "annotations cannot be read and are")} left out of the evaluation. An "
                    + $"annotation is Heading/qualifier|Heading, or normal."
            );
        if (foreign > 0)
            session.Progress.Warn(
                $"{Amount.Of(foreign, "report is", "reports are")} not in English by the column 'language' and not mined."
            );
        if (parsed.GetValue(_out) is { } table)
        {
            if (labels)
                CheXpertReportTable.Write(table.ToString(), reports, rules);
            else
                source.WriteMined(table.ToString(), rows, rules);
        }
        if (parsed.GetValue(_review) is { } page)
            ReviewPage.Write(page.ToString(), Path.GetFileName(input), reports);
        FindingTotal[] totals = Totals(rules, reports);
        if (session.WantsJson)
        {
            session.WriteJson(Document(rules, half, reports, totals, evaluation));
            return;
        }
        if (evaluation.Reports > 0)
            ReportMiningPrinter.WriteEvaluation(session.Console, evaluation, $"Mined findings against annotations, {evaluation.Reports:N0} reports");
        else
            ReportMiningPrinter.WriteCounts(session.Console, totals, reports.Count);
        if (parsed.GetValue(_out) is { } written)
            session.Console.Say($"The {(labels ? "labels" : "annotations")} are in [bold]{written.ToString()}[/].");
        if (parsed.GetValue(_review) is { } reviewed)
            session.Console.Say($"The page is [bold]{reviewed.ToString()}[/].");
    }

    private TableColumns Columns(ParseResult parsed) =>
        new()
        {
            Findings = parsed.GetValue(_findingsColumn),
            Impression = parsed.GetValue(_impressionColumn),
            Study = parsed.GetValue(_studyColumn),
            Annotation = parsed.GetValue(_annotationColumn),
        };

    /// <summary>Whether the language is English or not given: "en", "en-GB", "English".</summary>
    private static bool IsEnglish(string language) => language.Length == 0 || language.StartsWith("en", StringComparison.OrdinalIgnoreCase);

    private ReportMiner MinerOf(ParseResult parsed, ReportRules rules) =>
        new(
            rules,
            parsed.GetRequiredValue(_sections) switch
            {
                "findings" => ReportSections.Findings,
                "impression" => ReportSections.Impression,
                _ => ReportSections.FindingsAndImpression,
            },
            parsed.GetRequiredValue(_conflict) switch
            {
                "impression" => SectionConflict.ImpressionWins,
                "findings" => SectionConflict.FindingsWins,
                _ => SectionConflict.Mentioned,
            },
            parsed.PolicyOf(_uncertainty)
        );

    private static FindingTotal[] Totals(ReportRules rules, List<ReviewedReport> reports) =>
        [
            .. rules
                .FindingNames.Select(
                    (finding, i) =>
                        new FindingTotal(
                            finding,
                            Count(reports, i, FindingState.Present),
                            Count(reports, i, FindingState.Uncertain),
                            Count(reports, i, FindingState.Absent)
                        )
                )
                .Where(total => total.Present + total.Uncertain + total.Absent > 0)
                .OrderByDescending(total => total.Present),
        ];

    private static int Count(List<ReviewedReport> reports, int finding, FindingState state) =>
        reports.Count(report => report.Mined.States[finding] == state);

    private static object Document(
        ReportRules rules,
        string half,
        List<ReviewedReport> reports,
        FindingTotal[] totals,
        ReportMiningEvaluation evaluation
    ) =>
        new
        {
            rules = new
            {
                rules.Version,
                findingCount = rules.FindingNames.Count,
                rules.PhraseCount,
            },
            half,
            reports = reports.Count,
            findings = totals.Select(total => new
            {
                finding = total.Name,
                presentReports = total.Present,
                uncertainReports = total.Uncertain,
                absentReports = total.Absent,
            }),
            evaluation = evaluation.Reports == 0
                ? null
                : new
                {
                    evaluation.Reports,
                    exactReports = evaluation.Exact,
                    figures = MeasurementDocument.Figures([("microF1", new(evaluation.MicroF1)), ("macroF1", new(evaluation.MacroF1))]),
                    findings = evaluation.Counts.Select(Figures),
                    total = Figures(evaluation.Sum),
                },
        };

    private static object Figures(FindingCounts count) =>
        new
        {
            finding = count.Name,
            reports = count.TruePositive + count.FalseNegative,
            truePositiveReports = count.TruePositive,
            falsePositiveReports = count.FalsePositive,
            falseNegativeReports = count.FalseNegative,
            figures = MeasurementDocument.Figures([
                ("precision", new(count.Precision)),
                ("recall", new(count.Recall)),
                ("f1", new(count.F1)),
                ("placeRight", new(count.PlaceAccuracy)),
                ("placeRightWhereNamed", new(count.PlaceAccuracyWhereNamed)),
                ("sideRight", new(count.SideAccuracy)),
                ("sideRightWhereNamed", new(count.SideAccuracyWhereNamed)),
            ]),
        };
}
