using System.CommandLine;

namespace CxrAnnotate.Cli;

/// <summary><c>cxr evaluate</c>: measures a run on annotated radiographs.</summary>
internal sealed class EvaluateVerb : Verb
{
    private readonly Option<DirectoryInfo> _run = new("--run")
    {
        HelpName = "DIR",
        Description = "The folder that 'cxr train' wrote.",
        Required = true,
    };

    private readonly Option<FileSystemInfo> _data = new Option<FileSystemInfo>("--data")
    {
        HelpName = "PATH",
        Description = "The annotation table or data set, as for 'cxr train'.",
        Required = true,
    }.AcceptExistingOnly();

    private readonly Option<string[]> _by = new("--by")
    {
        HelpName = "COLUMN",
        Description =
            "Also report the metrics within each value of this column: source, view, sex, age, device, or any other column of the table. Can be "
                + "given several times: the first is in all tables, all are on the page of --report. [default: source, if the table has several]",
        DefaultValueFactory = _ => [],
    };

    private readonly Option<string?> _split = new Option<string?>("--split")
    {
        HelpName = "test|val|train|all",
        Description = "The rows to use. [default: test if the table has such rows, otherwise all]",
    }.AcceptOnlyFromAmong("test", "val", "train", "all");

    private readonly TableOptions _table = new();

    private readonly ReadingOptions _reading = new();

    private readonly ComputeOptions _compute = new();

    private readonly Option<string?> _report = new("--report")
    {
        HelpName = "PATH",
        Description =
            "Also write a report: one HTML page with figures, curves, subgroups and every image with its annotation beside the true one; beside it "
                + "metrics.json and cases.csv. PATH is a folder, or the page itself (FILE.html, with FILE.metrics.json and FILE.cases.csv).",
    };

    private readonly Option<FileInfo?> _key = new("--identifier-key")
    {
        HelpName = "FILE",
        Description = "The key that the run was trained with, to recognize images and patients that were trained on.",
    };

    private readonly Option<bool> _names = new("--names")
    {
        Description = "In the report, show the names of files, sources and devices. Without it, they are numbered.",
    };

    private readonly Option<bool> _force = OutputPath.ForceOption();

    private readonly ICascadeRuns _runs;

    internal EvaluateVerb(ICascadeRuns runs)
        : base("evaluate", "Evaluate a run on annotated radiographs: disease, context and words, with confidence intervals and trivial baselines.")
    {
        _runs = runs;
        Add([_run, _data, _by, _split, _report, _names, _key, _force, .. _table.Options, .. _reading.Options, .. _compute.Options]);
    }

    internal override IReadOnlyList<Example> Examples { get; } =
    [
        new("Evaluate on the test rows of the table that the run was trained on", "cxr evaluate --run run --data annotations.csv"),
        new(
            "Evaluate on other radiographs, within each source, and write a page of them",
            "cxr evaluate --run run --data other.csv --split all --by source --report report.html"
        ),
    ];

    internal override void Run(ParseResult parsed, Session session, CancellationToken cancellation)
    {
        string run = parsed.GetRequiredValue(_run).ToString(),
            data = parsed.GetRequiredValue(_data).ToString();
        ReportFiles? files = parsed.GetValue(_report) is { Length: > 0 } path ? ReportFiles.Of(path) : null;
        files?.Claim("--report", parsed.GetValue(_force), run, data);
        EvaluationReport report = _runs.Evaluate(
            new EvaluateSettings(run, data, parsed.GetValue(_by) ?? [], parsed.GetValue(_split))
            {
                Report = files,
                IdentifierKey = parsed.GetValue(_key)?.ToString(),
                WithNames = parsed.GetValue(_names),
                Table = _table.Read(parsed),
                Reading = _reading.Read(parsed),
                Compute = _compute.Read(parsed),
            },
            session,
            cancellation
        );
        session.Progress.Finish();
        if (session.WantsJson)
        {
            session.WriteJson(report.Document);
            return;
        }
        foreach (ResultTable table in report.Tables)
            session.Console.Write(table);
        foreach (string note in report.Notes)
            session.Console.Say($"[grey]{note}[/]");
        if (files is not null)
            session.Console.Say($"The report is [bold]{files.Page}[/].");
    }
}
