using System.CommandLine;
using System.Globalization;
using Spectre.Console;

namespace CxrAnnotate.Cli;

/// <summary><c>cxr train</c>: trains the whole cascade.</summary>
internal sealed class TrainVerb : Verb
{
    private static readonly Dictionary<string, CnnArchitecture> Architectures = new(StringComparer.OrdinalIgnoreCase)
    {
        ["resnet18-slim"] = CnnArchitecture.ResNet18Slim,
        ["resnet18"] = CnnArchitecture.ResNet18,
        ["nin"] = CnnArchitecture.NetworkInNetwork,
        ["googlenet"] = CnnArchitecture.GoogLeNet,
    };

    private static readonly Dictionary<string, ValueRange> Ranges = new(StringComparer.OrdinalIgnoreCase)
    {
        ["full-scale"] = ValueRange.FullScale,
        ["bits-used"] = ValueRange.BitsUsed,
        ["percentiles"] = ValueRange.Percentiles,
    };

    private static readonly Dictionary<string, PhotometricHandling> Photometrics = new(StringComparer.OrdinalIgnoreCase)
    {
        ["as-stored"] = PhotometricHandling.AsStored,
        ["inverted"] = PhotometricHandling.Inverted,
        ["automatic"] = PhotometricHandling.Automatic,
    };

    private readonly Option<FileSystemInfo> _data = new Option<FileSystemInfo>("--data")
    {
        HelpName = "PATH",
        Description = "The annotation table (CSV or Parquet): columns image (path, relative to the table) and annotation (MeSH grammar); study, patient, view, source and split (train, val, test) are used where present. "
            + "Or the folder of NIH ChestX-ray14, CheXpert, MIMIC-CXR, PadChest or Open-i as it was obtained, or of DICOM files with an annotations.csv.",
    }.AcceptExistingOnly();

    private readonly Option<int?> _phantom = new Option<int?>("--phantom")
    {
        HelpName = "N",
        Description = "Draw and use N phantom studies instead of a table.",
    }.Within(10);

    private readonly Option<DirectoryInfo> _out = new("--out") { HelpName = "DIR", Description = "The folder of the run: model, checkpoints, settings, figures.", Required = true };

    private readonly Option<int> _iterations = new Option<int>("--iterations")
    {
        HelpName = "N",
        Description = "Iterations of the cascade: 1 trains classifier and decoder once, each further one relabels by context and trains them again.",
        DefaultValueFactory = _ => 2,
    }.Within(1, 10);

    private readonly Option<string> _architecture = new Option<string>("--architecture")
    {
        HelpName = string.Join('|', Architectures.Keys),
        Description = "The image network.",
        DefaultValueFactory = _ => "resnet18-slim",
    }.AcceptOnlyFromAmong(StringComparer.OrdinalIgnoreCase, [.. Architectures.Keys]);

    private readonly Option<int> _imageSize = new Option<int>("--image-size") { HelpName = "PIXELS", Description = "Radiographs are fitted into a square of this side.", DefaultValueFactory = _ => TrainingDefaults.ImageSize }.Within(32, 2048);

    private readonly Option<string> _range = new Option<string>("--range")
    {
        HelpName = string.Join('|', Ranges.Keys),
        Description = "Which stored values are black and white: what the file type holds, the bits that are used, or the 0.5th to the 99.5th percentile of each radiograph.",
        DefaultValueFactory = _ => "bits-used",
    }.AcceptOnlyFromAmong(StringComparer.OrdinalIgnoreCase, [.. Ranges.Keys]);

    private readonly Option<string> _photometric = new Option<string>("--photometric")
    {
        HelpName = string.Join('|', Photometrics.Keys),
        Description = "Whether radiographs are turned over so that lungs are dark: none, all, or those whose margins are brighter than their middle.",
        DefaultValueFactory = _ => "as-stored",
    }.AcceptOnlyFromAmong(StringComparer.OrdinalIgnoreCase, [.. Photometrics.Keys]);

    private readonly Option<int> _frame = new Option<int>("--frame") { HelpName = "N", Description = "The frame of multi-frame DICOM images; 0 is the first.", DefaultValueFactory = _ => 0 }.Within(0);

    private readonly Option<string> _window = new("--window")
    {
        HelpName = "N|none",
        Description = "Which of a DICOM file's look-up tables and windows is applied; 0 is the first. With none, grey is from the darkest to the brightest value.",
        DefaultValueFactory = _ => "0",
    };

    private readonly Option<bool> _anyModality = new("--any-modality") { Description = "Read DICOM images that are no radiographs, too." };

    private readonly Option<DirectoryInfo?> _cache = new("--cache")
    {
        HelpName = "DIR",
        Description = "A folder for decoded radiographs, at most 10 GiB: each is decoded once, for this run and the next ones. The model is the same with and without.",
    };

    private readonly Option<int> _cropSize = new Option<int>("--crop-size") { HelpName = "PIXELS", Description = "Side of the crop that the network sees; 0 is seven eighths of the image size.", DefaultValueFactory = _ => 0 }.Within(0, 2048);

    private readonly Option<int?> _epochs = new Option<int?>("--epochs") { HelpName = "N", Description = "Passes of the image network over the rebalanced rows, in each iteration. [default: as the library sees fit]" }.Within(1);

    private readonly Option<int?> _batchSize = new Option<int?>("--batch-size") { HelpName = "N", Description = "Images in a mini-batch. [default: as the library sees fit]" }.Within(1);

    private readonly Option<double?> _learningRate = new Option<double?>("--learning-rate") { HelpName = "RATE", Description = "Peak learning rate of the image network. [default: as the library sees fit]" }.Within(double.Epsilon, 10);

    private readonly Option<string> _cell = new Option<string>("--cell") { HelpName = "gru|lstm", Description = "The recurrent cell of the context decoder.", DefaultValueFactory = _ => "gru" }
        .AcceptOnlyFromAmong(StringComparer.OrdinalIgnoreCase, "gru", "lstm");

    private readonly Option<int> _minimumCases = new Option<int>("--minimum-cases") { HelpName = "N", Description = "A pattern of findings becomes a label if more than N images have it.", DefaultValueFactory = _ => 30 }.Within(0);

    private readonly Option<string> _uncertainty = UncertaintyOption.OfLabels();

    private readonly Option<bool> _multiLabel = new("--multi-label")
    {
        Description = "Learn every finding of an image, each with its own probability and annotation, instead of one label per image. A finding is told of if more than --minimum-cases images have it.",
    };

    private readonly Option<int> _seed = new("--seed") { HelpName = "N", Description = "Seed of everything random. The same seed, machine and number of threads give the same model.", DefaultValueFactory = _ => 2016 };

    private readonly Option<int> _threads = new Option<int>("--threads") { HelpName = "N", Description = "Threads to compute with; 0 is one for each core.", DefaultValueFactory = _ => 0 }.Within(0, 1024);

    private readonly Option<string> _device = new Option<string>("--device") { HelpName = "cpu|cuda", Description = "Where the networks are computed.", DefaultValueFactory = _ => "cpu" }
        .AcceptOnlyFromAmong(StringComparer.OrdinalIgnoreCase, "cpu", "cuda");

    private readonly Option<double> _validation = new Option<double>("--validation")
    {
        HelpName = "FRACTION",
        Description = "Part of the training studies to choose the best epoch and iteration by, where the table names no val rows.",
        DefaultValueFactory = _ => 0.1,
    }.Within(0, 0.5);

    private readonly Option<bool> _resume = new("--resume")
    {
        Description = "Go on with the training that was interrupted in --out, from its newest sound checkpoint: give the same data and options again. On the CPU the model comes out as if nothing had happened, to the last bit.",
    };

    private readonly Option<int> _checkpoints = new Option<int>("--checkpoints")
    {
        HelpName = "N",
        Description = "Epochs from one checkpoint to the next; 0 writes none. The last two are in checkpoints/ of --out until the run is finished, then removed.",
        DefaultValueFactory = _ => 1,
    }.Within(0);

    private readonly Option<string?> _startFrom = new("--start-from")
    {
        HelpName = "PATH",
        Description = "Start from trained weights: a run, a folder of checkpoints, or a safetensors file for the image network. What does not fit starts from random weights, with a warning.",
    };

    private readonly Option<string[]> _freeze = new("--freeze")
    {
        HelpName = "LAYER",
        Description = "A layer of the image network that is not trained, as 'stem' or 'stages.stage0_0'; may be given several times.",
    };

    private readonly Option<bool> _force = OutputPath.ForceOption();

    private readonly ICascadeRuns _runs;

    internal TrainVerb(ICascadeRuns runs)
        : base("train", "Train the recurrent cascade: label mining, rebalancing, image network, context decoder, relabelling by context, and again.")
    {
        _runs = runs;
        foreach (Option option in (Option[])[_data, _phantom, _out, _iterations, _architecture, _imageSize, _range, _photometric, _frame, _window, _anyModality, _cache, _cropSize, _epochs, _batchSize, _learningRate, _cell, _minimumCases, _uncertainty, _multiLabel, _seed, _threads, _device, _validation, _resume, _checkpoints, _startFrom, _freeze, _force])
            Add(option);
        Validators.Add(result =>
        {
            bool data = result.GetResult(_data) is not null, phantom = result.GetResult(_phantom) is not null;
            if (data == phantom)
                result.AddError(data ? "Give either --data or --phantom, not both." : "Nothing to train on: give --data PATH, or --phantom N to train on phantoms.");
        });
    }

    internal override IReadOnlyList<Example> Examples { get; } =
    [
        new("Train on your own radiographs", "cxr train --data annotations.csv --out run"),
        new("Train on a public data set, from the folder that holds its tables and images", "cxr train --data ChestX-ray14 --out run --multi-label"),
        new("Go on after an interruption", "cxr train --data annotations.csv --out run --resume"),
        new("Go on from another model with your own radiographs, its first layers as they are", "cxr train --data annotations.csv --out mine --start-from run --freeze stem --freeze stem_norm"),
        new("Several findings in one radiograph", "cxr train --data annotations.csv --out run --multi-label"),
        new("Try the whole method without data", "cxr train --phantom 2000 --out run --image-size 128"),
        new("As in the paper: GoogLeNet on 224 of 256 pixels, a gated recurrent unit, two iterations", "cxr train --data annotations.csv --out run --architecture googlenet --image-size 256 --crop-size 224 --cell gru --iterations 2"),
    ];

    internal override void Run(ParseResult parsed, Session session, CancellationToken cancellation)
    {
        int imageSize = parsed.GetValue(_imageSize), cropSize = parsed.GetValue(_cropSize);
        if (cropSize > imageSize)
            throw new UsageException(ErrorCode.OptionConflict.Message($"--crop-size {cropSize} is larger than --image-size {imageSize}."));
        TrainReport report = _runs.Train(new TrainSettings
        {
            Data = parsed.GetValue(_data)?.FullName,
            PhantomStudies = parsed.GetValue(_phantom),
            Out = parsed.GetRequiredValue(_out).FullName,
            Iterations = parsed.GetValue(_iterations),
            Architecture = Architectures[parsed.GetRequiredValue(_architecture)],
            ImageSize = imageSize,
            Range = Ranges[parsed.GetRequiredValue(_range)],
            Photometric = Photometrics[parsed.GetRequiredValue(_photometric)],
            Dicom = new() { Frame = parsed.GetValue(_frame), Window = WindowOf(parsed.GetRequiredValue(_window)), AcceptAnyModality = parsed.GetValue(_anyModality) },
            CacheFolder = parsed.GetValue(_cache)?.FullName,
            CropSize = cropSize,
            Epochs = parsed.GetValue(_epochs),
            BatchSize = parsed.GetValue(_batchSize),
            LearningRate = parsed.GetValue(_learningRate),
            Cell = Enum.Parse<RecurrentCell>(parsed.GetRequiredValue(_cell), ignoreCase: true),
            MinimumCases = parsed.GetValue(_minimumCases),
            Uncertainty = parsed.PolicyOf(_uncertainty),
            MultiLabel = parsed.GetValue(_multiLabel),
            Seed = parsed.GetValue(_seed),
            Threads = parsed.GetValue(_threads),
            Device = Enum.Parse<ComputeDevice>(parsed.GetRequiredValue(_device), ignoreCase: true),
            Validation = parsed.GetValue(_validation),
            Resume = parsed.GetValue(_resume),
            Checkpoints = parsed.GetValue(_checkpoints),
            StartFrom = parsed.GetValue(_startFrom) is { } start ? Path.GetFullPath(start) : null,
            Freeze = parsed.GetValue(_freeze) ?? [],
            Force = parsed.GetValue(_force),
        }, session, cancellation);
        if (session.WantsJson)
        {
            session.WriteJson(report);
            return;
        }
        session.Progress.Finish();
        foreach (ResultTable table in report.Tables)
            session.Console.Write(table);
        session.Console.Say(
            $"Trained {report.Iterations.Count} iterations in {ProgressMeter.FormatTime(TimeSpan.FromSeconds(report.Seconds))}; iteration {report.BestIteration} annotates. The run is in [bold]{report.Run}[/].");
    }

    private static int? WindowOf(string text)
    {
        if (text.Equals("none", StringComparison.OrdinalIgnoreCase))
            return null;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : throw new UsageException(ErrorCode.CommandLine.Message($"--window is '{text}'; give a number from 0 on, or none."));
    }
}
