using System.CommandLine;

namespace CxrAnnotate.Cli;

/// <summary><c>cxr train</c>: trains the whole cascade.</summary>
internal sealed class TrainVerb : Verb
{
    private readonly Option<FileSystemInfo> _data = new Option<FileSystemInfo>("--data")
    {
        HelpName = "PATH",
        Description =
            "The annotation table (CSV or Parquet): columns image (path, relative to the table) and annotation (MeSH grammar); study, patient, "
            + "view, source and split (train, val, test) are used where present. "
            + "Or the folder of a data set that is known by name (docs/datasets.md), as it was obtained, or of DICOM files with an "
            + "annotations.csv.",
    }.AcceptExistingOnly();

    private readonly Option<int?> _phantom = new Option<int?>("--phantom")
    {
        HelpName = "N",
        Description = "Draw and use N phantom studies instead of a table.",
    }.Within(10);

    private readonly Option<DirectoryInfo> _out = new("--out")
    {
        HelpName = "DIR",
        Description = "The folder of the run: model, checkpoints, settings, figures.",
        Required = true,
    };

    private readonly TrainingOptions _training = new();

    private readonly TableOptions _table = new();

    private readonly Option<double> _validation = new Option<double>("--validation")
    {
        HelpName = "FRACTION",
        Description = "Fraction of the training studies used to choose the best epoch and iteration, if the table has no val rows.",
        DefaultValueFactory = _ => 0.1,
    }.Within(0, 0.5);

    private readonly Option<bool> _resume = new("--resume")
    {
        Description =
            "Resume the training that was interrupted in --out from its newest valid checkpoint, with the same data and options. On the CPU the "
                + "resulting model is bit-identical to that of an uninterrupted training.",
    };

    private readonly Option<int> _checkpoints = new Option<int>("--checkpoints")
    {
        HelpName = "N",
        Description =
            "Epochs from one checkpoint to the next; 0 writes none. The last two are kept in checkpoints/ of --out until the run is finished.",
        DefaultValueFactory = _ => 1,
    }.Within(0);

    private readonly Option<DirectoryInfo?> _fallback = new("--fallback")
    {
        HelpName = "DIR",
        Description = "Where to save the model if --out cannot be written when the training is done. [default: a temporary folder]",
    };

    private readonly Option<FileInfo?> _key = new("--identifier-key")
    {
        HelpName = "FILE",
        Description =
            "A file with a secret key of 16 bytes or more. The run keeps hashes of patients, studies, sources and images under it, so that 'cxr "
            + "evaluate' with the key recognizes what was trained on. Without it, the run keeps only hashes of the image files.",
    };

    private readonly Option<DirectoryInfo?> _tensorBoard = new("--tensorboard")
    {
        HelpName = "DIR",
        Description = "Also write the epochs as event files for TensorBoard into this folder.",
    };

    private readonly Option<bool> _force = OutputPath.ForceOption();

    private readonly ICascadeRuns _runs;

    internal TrainVerb(ICascadeRuns runs)
        : base("train", "Train the recurrent cascade: label mining, rebalancing, image network, context decoder, relabelling by context, and again.")
    {
        _runs = runs;
        Add([_data, _phantom, _out, _validation, _resume, _checkpoints, _fallback, _key, _tensorBoard, _force, .. _table.Options,
            .. _training.Options]);
        Validators.Add(result =>
        {
            bool data = result.GetResult(_data) is not null,
                phantom = result.GetResult(_phantom) is not null;
            if (data == phantom)
                result.AddError(
                    data
                        ? "Give either --data or --phantom, not both."
                        : "Nothing to train on: give --data PATH, or --phantom N to train on phantoms."
                );
        });
    }

    internal override IReadOnlyList<Option> Alternatives => [_data, _phantom];

    internal override IReadOnlyList<Example> Examples { get; } =
    [
        new("Train on your own radiographs", "cxr train --data annotations.csv --out run"),
        new("Train on a public data set, from the folder that holds its tables and images", "cxr train --data ChestX-ray14 --out run --multi-label"),
        new("Resume after an interruption", "cxr train --data annotations.csv --out run --resume"),
        new(
            "Fine-tune another model on your own radiographs, with its first layers frozen",
            "cxr train --data annotations.csv --out mine --start-from run --freeze stem --freeze stem_norm"
        ),
        new("Multi-label: several findings per radiograph", "cxr train --data annotations.csv --out run --multi-label"),
        new("Try the whole method without data", "cxr train --phantom 2000 --out run --image-size 128"),
        new(
            "As in the paper: GoogLeNet on 224 of 256 pixels, a gated recurrent unit, two iterations",
            "cxr train --data annotations.csv --out run --architecture googlenet --image-size 256 --crop-size 224 --cell gru --iterations 2"
        ),
    ];

    internal override void Run(ParseResult parsed, Session session, CancellationToken cancellation)
    {
        TrainReport report = _runs.Train(
            _training.Read(parsed) with
            {
                Data = parsed.GetValue(_data)?.ToString(),
                PhantomStudies = parsed.GetValue(_phantom),
                Out = parsed.GetRequiredValue(_out).ToString(),
                Table = _table.Read(parsed),
                Validation = parsed.GetValue(_validation),
                Resume = parsed.GetValue(_resume),
                Checkpoints = parsed.GetValue(_checkpoints),
                Fallback = parsed.GetValue(_fallback)?.ToString(),
                IdentifierKey = parsed.GetValue(_key)?.ToString(),
                TensorBoard = parsed.GetValue(_tensorBoard)?.ToString(),
                Force = parsed.GetValue(_force),
            },
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
        string trained = Amount.Of(report.Iterations.Count, "iteration", "iterations");
        string time = ProgressMeter.FormatTime(TimeSpan.FromSeconds(report.Seconds));
        if (ChoiceText.Of(report.Iterations, report.ChosenIteration) is { } choice)
            session.Console.Say($"{choice}");
        session.Console.Say($"Trained {trained} in {time}; iteration {report.ChosenIteration} annotates. The run is in [bold]{report.Run}[/].");
    }
}
