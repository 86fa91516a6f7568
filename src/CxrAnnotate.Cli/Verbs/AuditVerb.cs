using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.ML;
using Spectre.Console;

namespace CxrAnnotate.Cli;

/// <summary><c>cxr audit</c>: looks at a data set before anything is learnt from it.</summary>
internal sealed class AuditVerb : Verb
{
    /// <summary>The rows of a printed table; the JSON has all.</summary>
    private const int Shown = 10;

    private readonly Argument<FileSystemInfo> _data = new Argument<FileSystemInfo>("DATA")
    {
        Description = "The annotation table or data set, as for --data of 'cxr train'.",
    }.AcceptExistingOnly();

    private readonly Option<int> _minimumCases = new Option<int>("--minimum-cases")
    {
        HelpName = "N",
        Description = "A class counts as learnt if more than N images have it.",
        DefaultValueFactory = _ => TrainingDefaults.MinimumCases,
    }.Within(0);

    private readonly Option<bool> _multiLabel = new("--multi-label") { Description = "Count every finding of an image, not one label per image." };

    private readonly Option<string> _pretrained = new("--pretrained")
    {
        HelpName = "imagenet|none|PATH",
        Description =
            "Weights whose features the reader of the whole image gets, which shortcuts are compared with: as for 'cxr train'. Any but none needs "
            + "libtorch.",
        DefaultValueFactory = _ => TrainingDefaults.NotPretrained,
    };

    private readonly Option<int> _seed = new("--seed")
    {
        HelpName = "N",
        Description = "Random seed of folds and intervals.",
        DefaultValueFactory = _ => 0,
    };

    private readonly TableOptions _table = new();

    private readonly LoadingOptions _loading = new();

    private readonly Option<bool> _anyModality = ReadingOptions.AnyModalityOption();

    private readonly Option<FileInfo?> _out = new("--out") { HelpName = "FILE", Description = "Also write the whole audit as JSON to this file." };

    private readonly Option<bool> _force = OutputPath.ForceOption();

    internal AuditVerb()
        : base(
            "audit",
            "Audit a data set before training: unreadable files, copies, contradicting annotations, patients on two sides of the split, shortcuts, "
                + "doubtful labels."
        )
    {
        Add(_data);
        Add([_minimumCases, _multiLabel, _pretrained, _seed, _out, _force, .. _table.Options, .. _loading.Options, _anyModality]);
    }

    internal override IReadOnlyList<Example> Examples { get; } =
    [
        new("Look at a data set before training on it", "cxr audit annotations.csv"),
        new(
            "Compare shortcuts with the features of a pretrained network, and keep all that is found",
            "cxr audit annotations.csv --pretrained imagenet --out audit.json"
        ),
    ];

    internal override void Run(ParseResult parsed, Session session, CancellationToken cancellation)
    {
        string data = parsed.GetRequiredValue(_data).ToString();
        string? file = parsed.GetValue(_out)?.ToString();
        if (file is not null)
            OutputPath.ClaimFile(file, "--out", OutputKind.Text, parsed.GetValue(_force), data);
        MLContext context = session.CreateContext(parsed.GetValue(_seed));
        ChestXrayCatalog cxr = context.ChestXray();
        AnnotationTable table = AnnotationTable.Read(context, data, _table.Read(parsed));
        LoadingSettings loading = _loading.Read(parsed);
        string pretrained = parsed.GetRequiredValue(_pretrained);
        DataAuditReport report;
        using (AuditSteps steps = new(session.Progress))
        {
            report = cxr.Audit(
                cxr.Data.LoadRecords(table.Rows),
                new DataAuditOptions
                {
                    Mining = new()
                    {
                        MinimumCases = parsed.GetValue(_minimumCases),
                        Task = parsed.GetValue(_multiLabel) ? LabelTask.MultiLabel : LabelTask.SingleLabel,
                    },
                    Loading = new()
                    {
                        Range = loading.Range,
                        Photometric = loading.Photometric,
                        Dicom = new()
                        {
                            Frame = loading.Frame,
                            Window = loading.Window,
                            AcceptAnyModality = parsed.GetValue(_anyModality),
                        },
                    },
                    Pretrained = pretrained == TrainingDefaults.NotPretrained ? null : pretrained,
                    Seed = parsed.GetValue(_seed),
                    Progress = steps,
                    Cancellation = cancellation,
                }
            );
        }

        session.IsIncomplete = report.UnreadableRows.Count > 0;
        var document = (JsonObject)JsonNode.Parse(report.ToJson())!;
        if (file is not null)
            DurableFile.WriteText(file, CxrJson.Document(Name, document) + "\n");
        session.Progress.Finish();
        if (session.WantsJson)
        {
            session.WriteJson(document);
            return;
        }

        Print(report, session);
        if (file is not null)
            session.Console.Say($"The whole audit is in [bold]{file}[/].");
    }

    private static void Print(DataAuditReport report, Session session)
    {
        Table summary = Titled($"{report.Rows:N0} rows of {report.Patients:N0} patients", "", "Finding");
        foreach (AuditFinding finding in report.Findings)
        {
            string mark = finding.Severity switch
            {
                AuditSeverity.Problem => "[red]problem[/]",
                AuditSeverity.Warning => "[yellow]look[/]",
                _ => "[green]passed[/]",
            };
            summary.AddRow(mark, TerminalText.Markup(finding.Text));
        }

        session.Console.Write(summary);
        Write(
            session,
            Titled($"Classes; learnt with more than {report.MinimumCases} rows", "Class", "Rows", "Patients", "Train", "Val", "Test", "Learnt"),
            [
                .. report.Classes.Select(one =>
                    (string[])
                        [
                            one.Name,
                            Count(one.Rows),
                            Count(one.Patients),
                            Count(one.Train),
                            Count(one.Validation),
                            Count(one.Test),
                            one.IsLearnt ? "yes" : "no",
                        ]
                ),
            ],
            2 * Shown
        );
        if (report.Readers.Count > 0)
        {
            Write(
                session,
                Titled(
                    $"What readers tell, {report.ReadRows:N0} rows: AUROC, 95 % intervals",
                    "Reader sees",
                    "Mean",
                    "Finding told best",
                    "AUROC",
                    "Chance",
                    "Verdict"
                ),
                [
                    .. report.Readers.Select(reader =>
                    {
                        ShortcutFigure best = reader.Findings.MaxBy(figure => (figure.Verdict, figure.Auroc.Value))!;
                        return (string[])
                            [
                                reader.Sees,
                                Number(reader.Macro.Value),
                                best.Finding,
                                $"{Number(best.Auroc.Value)} ({Number(best.Auroc.Low)} to {Number(best.Auroc.High)})",
                                Number(best.Chance),
                                best.Verdict.ToString().ToLowerInvariant(),
                            ];
                    }),
                ],
                report.Readers.Count
            );
        }

        foreach (ConfoundedColumn column in report.Columns)
        {
            Write(
                session,
                Titled($"{column.Column}; Cramer's V {Number(column.CramersV)}", "Value", "Rows", "Abnormal", "Commonest class", "Share"),
                [
                    .. column.Values.Select(value =>
                        (string[])[value.Value, Count(value.Rows), Percent(value.Abnormal), value.CommonestClass, Percent(value.CommonestShare)]
                    ),
                ]
            );
        }

        Write(
            session,
            Titled("Pictures that occur more than once", "Kind", "Correlation", "Difference", "Images", "Split", "Patients"),
            [
                .. report
                    .Copies.OrderByDescending(copy => copy.CrossesSplit)
                    .ThenByDescending(copy => copy.CrossesPatients)
                    .Select(copy =>
                        (string[])
                            [
                                copy.Kind == CopyKind.Identical ? "identical" : "near",
                                Number(copy.Correlation),
                                copy.Difference,
                                string.Join(", ", copy.Rows.Select(row => row.Image)),
                                copy.CrossesSplit ? "crossed" : "",
                                copy.CrossesPatients ? "different" : "",
                            ]
                    ),
            ]
        );
        Write(
            session,
            Titled("Pictures with different annotations", "Kind", "Image", "Annotations"),
            [
                .. report.Conflicts.Select(conflict =>
                    (string[])
                        [
                            conflict.IsContradiction ? "contradiction" : "detail",
                            conflict.Rows[0].Image,
                            string.Join(" / ", conflict.Rows.Select(row => row.Annotation).Distinct(StringComparer.Ordinal)),
                        ]
                ),
            ]
        );
        Write(
            session,
            Titled("Patients on more than one side", "Patient", "Sides", "Rows"),
            [.. report.SharedPatients.Select(one => (string[])[one.Patient, string.Join(", ", one.Sides), Count(one.Rows.Count)])]
        );
        Write(
            session,
            Titled("Files that cannot be read", "Image", "Reason"),
            [.. report.UnreadableRows.Select(row => (string[])[row.Image, ToolWording.Of(row.Reason)])]
        );
        Write(
            session,
            Titled("Labels that a reader contradicts", "Image", "Finding", "Annotated", "Probability of that"),
            [
                .. report.Suspects.Select(suspect =>
                    (string[])[suspect.Image, suspect.Finding, suspect.IsPresent ? "present" : "absent", Number(suspect.Probability)]
                ),
            ]
        );
    }

    private static Table Titled(string title, params string[] columns)
    {
        Table table = new Table().Border(TableBorder.Rounded).Title(new TableTitle(TerminalText.Markup(title)));
        foreach (string column in columns)
            table.AddColumn(TerminalText.Markup(column));
        return table;
    }

    private static void Write(Session session, Table table, IReadOnlyList<string[]> rows, int shown = Shown)
    {
        if (rows.Count == 0)
            return;
        foreach (string[] row in rows.Take(shown))
            table.AddRow([.. row.Select(TerminalText.Markup)]);
        if (rows.Count > shown)
            table.Caption = new TableTitle($"and {Amount.Of(rows.Count - shown, "more", "more")}; --json or --out has all");
        session.Console.Write(table);
    }

    private static string Count(int count) => count.ToString("N0", CultureInfo.InvariantCulture);

    private static string Number(double value) => double.IsNaN(value) ? "-" : value.ToString("F3", CultureInfo.InvariantCulture);

    private static string Percent(double share) => (100 * share).ToString("F0", CultureInfo.InvariantCulture) + " %";
}
