using System.CommandLine;

namespace CxrAnnotate.Cli;

/// <summary><c>cxr phantom</c>: writes a data set of drawn radiographs.</summary>
internal sealed class PhantomVerb : Verb
{
    private static readonly ChestPhantomOptions Defaults = new();

    private readonly Option<DirectoryInfo> _out = new("--out")
    {
        HelpName = "DIR",
        Description = "The folder to write: images/, annotations.csv, regions.csv, and with --masks masks/.",
        Required = true,
    };

    private readonly Option<int> _studies = new Option<int>("--studies")
    {
        HelpName = "N",
        Description = "The number of studies to draw.",
        DefaultValueFactory = _ => Defaults.Studies,
    }.Within(1);

    private readonly Option<int> _size = new Option<int>("--size")
    {
        HelpName = "PIXELS",
        Description = "Width and height of an image.",
        DefaultValueFactory = _ => Defaults.Size,
    }.Within(64, 512);

    private readonly Option<int> _seed = new("--seed")
    {
        HelpName = "N",
        Description = "The same seed draws the same images.",
        DefaultValueFactory = _ => Defaults.Seed,
    };

    private readonly Option<string> _views = new Option<string>("--views")
    {
        HelpName = "frontal|both",
        Description = "One frontal image per study, or a lateral one as well.",
        DefaultValueFactory = _ => "frontal",
    }.AcceptOnlyFromAmong("frontal", "both");

    private readonly Option<int> _findings = new Option<int>("--findings")
    {
        HelpName = "N",
        Description = "Maximum number of findings of an abnormal study, 1 to 3; their number is random.",
        DefaultValueFactory = _ => Defaults.FindingsPerStudy,
    }.Within(1, 3);

    private readonly Option<string> _format = new Option<string>("--format")
    {
        HelpName = "png|dicom",
        Description = "The format of the images.",
        DefaultValueFactory = _ => "png",
    }.AcceptOnlyFromAmong("png", "dicom");

    private readonly Option<bool> _masks = new("--masks")
    {
        Description = "Write a mask of each finding, too: masks/, and a column of regions.csv.",
    };

    private readonly Option<bool> _force = OutputPath.ForceOption();

    internal PhantomVerb()
        : base(
            "phantom",
            "Draw chest phantoms: radiographs with findings whose place, side and severity are known because they were drawn. A test object, no "
                + "evidence about patients."
        )
    {
        foreach (Option option in (Option[])[_out, _studies, _size, _seed, _views, _findings, _format, _masks, _force])
            Add(option);
    }

    internal override IReadOnlyList<Example> Examples { get; } =
    [
        new("2,000 studies in a folder", "cxr phantom --out phantom"),
        new("DICOM files to try an import with", "cxr phantom --out dicom --studies 50 --format dicom"),
        new("A small set with two views per study", "cxr phantom --out small --studies 200 --size 128 --views both --seed 7"),
    ];

    internal override void Run(ParseResult parsed, Session session, CancellationToken cancellation)
    {
        string folder = parsed.GetRequiredValue(_out).ToString();
        ChestPhantomOptions options = new()
        {
            Studies = parsed.GetValue(_studies),
            Size = parsed.GetValue(_size),
            Seed = parsed.GetValue(_seed),
            FindingsPerStudy = parsed.GetValue(_findings),
            Masks = parsed.GetValue(_masks),
            Format = parsed.GetValue(_format) == "dicom" ? PhantomFormat.Dicom : PhantomFormat.Png,
            Views = parsed.GetValue(_views) == "both" ? PhantomViews.FrontalAndLateral : PhantomViews.Frontal,
        };
        OutputPath.ClaimFolder(folder, "--out", DataCatalog.IsPhantomFile, "a set of phantoms", parsed.GetValue(_force)).Clear();
        int images;
        using (ProgressStep step = session.Progress.Begin("Drawing", options.Studies, "studies"))
            images = session.CreateContext().ChestXray().Data.WritePhantom(folder, options, progress: step, cancellationToken: cancellation);
        if (session.WantsJson)
        {
            session.WriteJson(
                new
                {
                    folder,
                    annotationFile = Path.Combine(folder, "annotations.csv"),
                    options.Studies,
                    images,
                    imageSize = options.Size,
                    options.Seed,
                }
            );
            return;
        }
        session.Progress.Finish();
        string list = Path.Combine(folder, "annotations.csv");
        session.Console.Say($"{images:N0} images of {options.Studies:N0} studies are in [bold]{folder}[/]; [bold]{list}[/] lists them.");
    }
}
