using System.CommandLine;

namespace CxrAnnotate.Cli;

/// <summary><c>cxr cross-validate</c>: evaluates on a table without test rows.</summary>
internal sealed class CrossValidateVerb : Verb
{
    private readonly Option<FileSystemInfo> _data = new Option<FileSystemInfo>("--data")
    {
        HelpName = "PATH",
        Description = "The annotation table or data set; its split column is ignored.",
        Required = true,
    }.AcceptExistingOnly();

    private readonly Option<DirectoryInfo> _out = new("--out")
    {
        HelpName = "DIR",
        Description = "The folder to write cross-validation.json into.",
        Required = true,
    };

    private readonly Option<int> _folds = new Option<int>("--folds")
    {
        HelpName = "N",
        Description = "Number of folds; each training leaves out one part of the patients and scores it.",
        DefaultValueFactory = _ => 5,
    }.Within(2, 100);

    private readonly TrainingOptions _training = new();

    private readonly TableOptions _table = new();

    private readonly Option<double> _validation = new Option<double>("--validation")
    {
        HelpName = "FRACTION",
        Description = "Fraction of each training's patients used to choose the iteration.",
        DefaultValueFactory = _ => 0.1,
    }.Within(0, 0.5);

    private readonly Option<bool> _force = OutputPath.ForceOption();

    private readonly ICascadeRuns _runs;

    internal CrossValidateVerb(ICascadeRuns runs)
        : base(
            "cross-validate",
            "Evaluate the cascade on a table without test rows: train several times, each time leaving out one part of the patients, and score "
                + "that part."
        )
    {
        _runs = runs;
        Add([_data, _out, _folds, _validation, _force, .. _table.Options, .. _training.Options]);
    }

    internal override IReadOnlyList<Example> Examples { get; } =
    [
        new("Five folds: every image is scored by a model that has not seen its patient", "cxr cross-validate --data annotations.csv --out "
            + "validation"),
        new("The same for all findings of each radiograph", "cxr cross-validate --data annotations.csv --out validation --multi-label"),
    ];

    internal override void Run(ParseResult parsed, Session session, CancellationToken cancellation)
    {
        CrossValidationReport report = _runs.CrossValidate(
            _training.Read(parsed) with
            {
                Data = parsed.GetRequiredValue(_data).ToString(),
                Out = parsed.GetRequiredValue(_out).ToString(),
                Table = _table.Read(parsed),
                Validation = parsed.GetValue(_validation),
                Force = parsed.GetValue(_force),
            },
            parsed.GetValue(_folds),
            session,
            cancellation
        );
        if (session.WantsJson)
        {
            session.WriteJson(report.Document);
            return;
        }
        session.Progress.Finish();
        foreach (ResultTable table in report.Tables)
            session.Console.Write(table);
        session.Console.Say($"Took {ProgressMeter.FormatTime(TimeSpan.FromSeconds(report.Seconds))}. All figures are in [bold]{report.Figures}[/].");
    }
}
