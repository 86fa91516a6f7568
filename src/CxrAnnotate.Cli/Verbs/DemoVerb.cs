using System.CommandLine;

namespace CxrAnnotate.Cli;

/// <summary><c>cxr demo</c>: the whole method on phantoms, with a page of results.</summary>
internal sealed class DemoVerb : Verb
{
    private readonly Option<DirectoryInfo> _out = new("--out")
    {
        HelpName = "DIR",
        Description = "The folder to write: index.html, metrics.json, cases.csv, evaluation.json, phantom/, run/.",
        DefaultValueFactory = _ => new DirectoryInfo("demo"),
    };

    private readonly Option<int> _studies = new Option<int>("--studies")
    {
        HelpName = "N",
        Description = "The number of phantom studies to draw; eight in ten are used for training.",
        DefaultValueFactory = _ => TrainingDefaults.DemoStudies,
    }.Within(50);

    private readonly TrainingOptions _training = new(
        TrainingDefaults.DemoImageSize,
        TrainingDefaults.DemoMinimumCases,
        "Draw up to three findings in a study, and learn each with its own probability and annotation."
    );

    private readonly Option<bool> _force = OutputPath.ForceOption();

    private readonly ICascadeRuns _runs;

    internal DemoVerb(ICascadeRuns runs)
        : base(
            "demo",
            "Demonstrate the method: draw phantoms, train the cascade on them, evaluate both iterations on test images, and write the "
                + "evaluation report."
        )
    {
        _runs = runs;
        Add([_out, _studies, _force, .. _training.Options]);
    }

    internal override IReadOnlyList<Example> Examples { get; } =
    [
        new("Takes a few minutes on two cores; then open demo/index.html", "cxr demo"),
        new("Multi-label: several findings per radiograph", "cxr demo --out several --multi-label"),
        new(
            "Draw other phantoms, and annotate them again with the trained run",
            "cxr demo --out demo7 --seed 7",
            "cxr annotate --run demo7/run demo7/phantom/images/"
        ),
    ];

    internal override void Run(ParseResult parsed, Session session, CancellationToken cancellation)
    {
        TrainSettings training = _training.Read(parsed) with { Force = parsed.GetValue(_force) };
        if (training.ImageSize is < ChestPhantomOptions.SmallestSize or > ChestPhantomOptions.LargestSize)
            throw new UsageException(
                ErrorCode.OptionOutOfRange.Message(
                    $"--image-size is {training.ImageSize}; phantoms are drawn from {ChestPhantomOptions.SmallestSize} to "
                        + $"{ChestPhantomOptions.LargestSize} pixels."
                )
            );
        DemoReport report = _runs.Demo(
            new DemoSettings(parsed.GetRequiredValue(_out).ToString(), parsed.GetValue(_studies), training),
            session,
            cancellation
        );
        if (session.WantsJson)
        {
            session.WriteJson(
                new
                {
                    report.Page,
                    evaluationFile = report.Figures,
                    training = CxrJson.Node("train", report.Training.Document),
                }
            );
            return;
        }
        session.Progress.Finish();
        foreach (ResultTable table in report.Training.Tables)
            session.Console.Write(table);
        string time = ProgressMeter.FormatTime(TimeSpan.FromSeconds(report.Training.Seconds));
        if (ChoiceText.Of(report.Training.Iterations, report.Training.ChosenIteration) is { } choice)
            session.Console.Say($"{choice}");
        session.Console.Say($"Trained in {time}; iteration {report.Training.ChosenIteration} annotates.");
        session.Console.Say($"All figures are in [bold]{report.Figures}[/].");
        session.Console.Say($"Results to browse: [bold]{report.Page}[/]");
    }
}
