using System.CommandLine;
using Spectre.Console;

namespace CxrAnnotate.Cli;

/// <summary><c>cxr cross-validate</c>: figures for a table that has no test rows to spare.</summary>
internal sealed class CrossValidateVerb : Verb
{
    private readonly Option<FileSystemInfo> _data = new Option<FileSystemInfo>("--data") { HelpName = "PATH", Description = "The annotation table or data set; its split column is not looked at.", Required = true }.AcceptExistingOnly();

    private readonly Option<DirectoryInfo> _out = new("--out") { HelpName = "DIR", Description = "The folder to write cross-validation.json into.", Required = true };

    private readonly Option<int> _folds = new Option<int>("--folds") { HelpName = "N", Description = "Trainings; each is without one part of the patients, and reads that part.", DefaultValueFactory = _ => 5 }.Within(2, 100);

    private readonly Option<int> _iterations = new Option<int>("--iterations") { HelpName = "N", Description = "Iterations of the cascade.", DefaultValueFactory = _ => 2 }.Within(1, 10);

    private readonly Option<int> _imageSize = new Option<int>("--image-size") { HelpName = "PIXELS", Description = "Radiographs are fitted into a square of this side.", DefaultValueFactory = _ => TrainingDefaults.ImageSize }.Within(32, 2048);

    private readonly Option<int?> _epochs = new Option<int?>("--epochs") { HelpName = "N", Description = "Passes of the image network over the rebalanced rows, in each iteration. [default: as for train]" }.Within(1);

    private readonly Option<int> _minimumCases = new Option<int>("--minimum-cases") { HelpName = "N", Description = "A pattern of findings becomes a label if more than N images have it.", DefaultValueFactory = _ => 30 }.Within(0);

    private readonly Option<string> _uncertainty = UncertaintyOption.OfLabels();

    private readonly Option<bool> _multiLabel = new("--multi-label") { Description = "Learn every finding of an image, each with its own probability and annotation, instead of one label per image." };

    private readonly Option<int> _seed = new("--seed") { HelpName = "N", Description = "Seed of everything random.", DefaultValueFactory = _ => 2016 };

    private readonly Option<int> _threads = new Option<int>("--threads") { HelpName = "N", Description = "Threads to compute with; 0 is one for each core.", DefaultValueFactory = _ => 0 }.Within(0, 1024);

    private readonly Option<double> _validation = new Option<double>("--validation") { HelpName = "FRACTION", Description = "Part of each training's patients that its iteration is chosen by.", DefaultValueFactory = _ => 0.1 }.Within(0, 0.5);

    private readonly Option<bool> _force = OutputPath.ForceOption();

    private readonly ICascadeRuns _runs;

    internal CrossValidateVerb(ICascadeRuns runs)
        : base("cross-validate", "Measure the cascade on a table without test rows: train several times, each time without one part of the patients, and read that part.")
    {
        _runs = runs;
        foreach (Option option in (Option[])[_data, _out, _folds, _iterations, _imageSize, _epochs, _minimumCases, _uncertainty, _multiLabel, _seed, _threads, _validation, _force])
            Add(option);
    }

    internal override IReadOnlyList<Example> Examples { get; } =
    [
        new("Five trainings, every image read by one that had not seen its patient", "cxr cross-validate --data annotations.csv --out validation"),
        new("The same for all findings of each radiograph", "cxr cross-validate --data annotations.csv --out validation --multi-label"),
    ];

    internal override void Run(ParseResult parsed, Session session, CancellationToken cancellation)
    {
        CrossValidationReport report = _runs.CrossValidate(new TrainSettings
        {
            Data = parsed.GetRequiredValue(_data).FullName,
            Out = parsed.GetRequiredValue(_out).FullName,
            Iterations = parsed.GetValue(_iterations),
            ImageSize = parsed.GetValue(_imageSize),
            Epochs = parsed.GetValue(_epochs),
            MinimumCases = parsed.GetValue(_minimumCases),
            Uncertainty = parsed.PolicyOf(_uncertainty),
            MultiLabel = parsed.GetValue(_multiLabel),
            Seed = parsed.GetValue(_seed),
            Threads = parsed.GetValue(_threads),
            Device = ComputeDevice.Cpu,
            Validation = parsed.GetValue(_validation),
            Force = parsed.GetValue(_force),
        }, parsed.GetValue(_folds), session, cancellation);
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
