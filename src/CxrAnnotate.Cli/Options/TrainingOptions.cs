using System.CommandLine;
using System.Text.Json.Nodes;

namespace CxrAnnotate.Cli;

/// <summary>How a cascade is trained: the options that <c>train</c>, <c>cross-validate</c> and <c>demo</c> share.</summary>
internal sealed class TrainingOptions : OptionGroup<TrainSettings>
{
    private static readonly Dictionary<string, TransferMode> Modes = new(StringComparer.OrdinalIgnoreCase)
    {
        ["frozen"] = TransferMode.Frozen,
        ["fine-tuned"] = TransferMode.FineTuned,
    };

    private const string Pretrained = "--pretrained";

    private static readonly string[] Architectures = [.. CnnArchitecture.All.Select(architecture => architecture.ShortName)];

    private readonly Option<int> _iterations = new Option<int>("--iterations")
    {
        HelpName = "N",
        Description = "Iterations of the cascade: 1 trains classifier and decoder once, each further one relabels by context and trains them again.",
        DefaultValueFactory = _ => 2,
    }.Within(1, 10);

    private readonly Option<string> _choice = new Option<string>("--iteration-choice")
    {
        HelpName = "evidence|best|last",
        Description =
            "Which iteration annotates, by the validation rows: the later one unless an earlier one is better by more than chance, the one with the "
            + "highest score, or the last.",
        DefaultValueFactory = _ => "evidence",
    }.AcceptOnlyFromAmong(StringComparer.OrdinalIgnoreCase, "evidence", "best", "last");

    private readonly Option<bool> _control = new("--control")
    {
        Description =
            "Also train the control: the further iterations without relabeling. Figures show it beside the cascade, so that the gain of relabeling "
            + "can be told from that of longer training.",
    };

    private readonly Option<string?> _architecture = new Option<string?>("--architecture")
    {
        HelpName = string.Join('|', Architectures),
        Description = $"The image network, from random weights. [default: that of --pretrained; without it {CnnArchitecture.ResNet18Slim.ShortName}]",
    }.AcceptOnlyFromAmong(StringComparer.OrdinalIgnoreCase, Architectures);

    private readonly Option<string?> _pretrained = new(Pretrained)
    {
        HelpName = "imagenet|none|PATH",
        Description =
            "Pretrained weights of the image network: those of ImageNet that come with the tool, none, a file of weights of a known network "
            + "(safetensors, PyTorch, ONNX), or a run. [default: imagenet for radiographs, none for phantoms]",
    };

    private readonly Option<string?> _transfer = new Option<string?>("--transfer")
    {
        HelpName = string.Join('|', Modes.Keys),
        Description =
            "What is trained of a network with pretrained weights: only what follows its features (minutes), or then its later layers, too, with "
            + "--epochs, --batch-size and --learning-rate. "
            + $"[default: {Modes.First(mode => mode.Value == new TransferOptions().Mode).Key}]",
    }.AcceptOnlyFromAmong(StringComparer.OrdinalIgnoreCase, [.. Modes.Keys]);

    private readonly Option<int?> _imageSize;

    private readonly Option<int> _cropSize = new Option<int>("--crop-size")
    {
        HelpName = "PIXELS",
        Description =
            "Side of the crop that the network sees; 0 is seven eighths of the image size, and with pretrained weights the whole image.",
        DefaultValueFactory = _ => 0,
    }.Within(0, 2048);

    private readonly Option<int?> _epochs = new Option<int?>("--epochs")
    {
        HelpName = "N",
        Description = $"Epochs of the image network over the rebalanced rows, in each iteration. {Presets(o => o.Epochs)}",
    }.Within(1);

    private readonly Option<int?> _batchSize = new Option<int?>("--batch-size")
    {
        HelpName = "N",
        Description = $"Images in a mini-batch. {Presets(o => o.BatchSize)}",
    }.Within(1);

    private readonly Option<double?> _learningRate = new Option<double?>("--learning-rate")
    {
        HelpName = "RATE",
        Description = $"Peak learning rate of the image network. {Presets(o => o.LearningRate)}",
    }.Within(double.Epsilon, 10);

    private readonly Option<string> _cell = new Option<string>("--cell")
    {
        HelpName = "gru|lstm",
        Description = "The recurrent cell of the context decoder.",
        DefaultValueFactory = _ => "gru",
    }.AcceptOnlyFromAmong(StringComparer.OrdinalIgnoreCase, "gru", "lstm");

    private readonly Option<bool> _attention = new("--attention")
    {
        Description =
            "The decoder attends to the regions of the image network's features when it writes a word, and the model tells where it looked. Needs a "
            + "network whose features have regions, such as a residual one.",
    };

    private readonly Option<int> _minimumCases;

    private readonly Option<bool> _multiLabel;

    private readonly Option<int> _seed = new("--seed")
    {
        HelpName = "N",
        Description = "Random seed. The same seed, machine and number of threads give the same model.",
        DefaultValueFactory = _ => 2016,
    };

    private readonly Option<FileSystemInfo?> _startFrom = new("--start-from")
    {
        HelpName = "PATH",
        Description =
            "Start from trained weights: a run, a folder of checkpoints, or a file of weights (safetensors, PyTorch, ONNX) for the image network. "
            + "What does not fit starts from random weights, with a warning.",
    };

    private readonly Option<string[]> _freeze = new("--freeze")
    {
        HelpName = "LAYER",
        Description = "A layer of the image network to freeze, such as 'stem' or 'stages.stage0_0'; may be given several times.",
    };

    private readonly LoadingOptions _loading = new();
    private readonly ReadingOptions _reading = new();
    private readonly ComputeOptions _compute = new();

    /// <param name="imageSize">The default image size; null: that of the preset.</param>
    /// <param name="minimumCases">The default number of cases that a label must exceed; null: that of radiographs.</param>
    /// <param name="multiLabel">The description of <c>--multi-label</c>.</param>
    internal TrainingOptions(
        int? imageSize = null,
        int? minimumCases = null,
        string multiLabel =
            "Learn every finding of an image, each with its own probability and annotation, instead of one label per image. A finding is learnt if "
            + "more than --minimum-cases images have it."
    )
    {
        _imageSize = new Option<int?>("--image-size")
        {
            HelpName = "PIXELS",
            Description =
                "Radiographs are fitted into a square of this side."
                + (
                    imageSize is null
                        ? $" [default: {RecurrentCascadeOptions.FromImageNet.Loading.Height} with pretrained weights, otherwise "
                            + $"{RecurrentCascadeOptions.FromScratch.Loading.Height}]"
                        : ""
                ),
            DefaultValueFactory = _ => imageSize,
        }.Within(32, 2048);
        _minimumCases = new Option<int>("--minimum-cases")
        {
            HelpName = "N",
            Description = "A pattern of findings becomes a label if more than N images have it.",
            DefaultValueFactory = _ => minimumCases ?? TrainingDefaults.MinimumCases,
        }.Within(0);
        _multiLabel = new Option<bool>("--multi-label") { Description = multiLabel };
    }

    internal override IReadOnlyList<Option> Options =>
        [
            _iterations,
            _choice,
            _control,
            _architecture,
            _pretrained,
            _transfer,
            _imageSize,
            _cropSize,
            _epochs,
            _batchSize,
            _learningRate,
            _cell,
            _attention,
            _minimumCases,
            _multiLabel,
            _seed,
            _startFrom,
            _freeze,
            .. _loading.Options,
            .. _reading.Options,
            .. _compute.Options,
        ];

    /// <summary>Whether the value of an option is the path of pretrained weights, rather than a name.</summary>
    internal static bool IsPathOfWeights(Option option, JsonNode value) =>
        option.Name == Pretrained
        && value.GetValue<string>() is var text
        && !text.Equals(PretrainedWeights.ImageNet, StringComparison.OrdinalIgnoreCase)
        && text != TrainingDefaults.NotPretrained;

    /// <summary>The preset values for the first iteration and for further ones.</summary>
    private static string Presets(Func<OptimizationOptions, double> value)
    {
        return $"[default: {Of(RecurrentCascadeOptions.FromImageNet)}; without pretrained weights {Of(RecurrentCascadeOptions.FromScratch)}; of "
            + $"phantoms {Of(RecurrentCascadeOptions.ForPhantoms)}]";

        string Of(RecurrentCascadeOptions preset)
        {
            (double first, double further) = (value(preset.Classifier.Optimization), value(preset.Refinement!));
            return FormattableString.Invariant($"{first}") + (first == further ? "" : FormattableString.Invariant($", then {further}"));
        }
    }

    /// <summary>The settings except for the data and the output folder.</summary>
    internal override TrainSettings Read(ParseResult parsed)
    {
        int? imageSize = parsed.GetValue(_imageSize);
        int cropSize = parsed.GetValue(_cropSize);
        if (cropSize > imageSize)
            throw new UsageException(ErrorCode.OptionConflict.Message($"--crop-size {cropSize} is larger than --image-size {imageSize}."));
        string? architecture = parsed.GetValue(_architecture),
            pretrained = parsed.GetValue(_pretrained),
            startFrom = parsed.GetValue(_startFrom)?.ToString();
        if (pretrained is not (null or TrainingDefaults.NotPretrained) && (architecture ?? startFrom) is not null)
            throw new UsageException(
                ErrorCode.OptionConflict.Message(
                    architecture is not null
                        ? "Give either --pretrained, whose network is that of its weights, or --architecture, not both."
                        : "Give either --pretrained or --start-from, not both."
                )
            );
        LoadingSettings loading = _loading.Read(parsed);
        ReadingSettings reading = _reading.Read(parsed);
        return new TrainSettings
        {
            Out = "",
            Iterations = parsed.GetValue(_iterations),
            IterationChoice = Enum.Parse<IterationChoice>(parsed.GetRequiredValue(_choice), ignoreCase: true),
            Control = parsed.GetValue(_control) && parsed.GetValue(_iterations) > 1,
            Architecture = architecture is null ? null : CnnArchitecture.Parse(architecture),
            Pretrained = pretrained,
            Transfer = parsed.GetValue(_transfer) is { } mode ? Modes[mode] : null,
            ImageSize = imageSize,
            Range = loading.Range,
            Photometric = loading.Photometric,
            Dicom = new()
            {
                Frame = loading.Frame,
                Window = loading.Window,
                AcceptAnyModality = reading.AcceptAnyModality,
                Strict = reading.Strict,
            },
            CacheFolder = reading.CacheFolder,
            CropSize = cropSize,
            Epochs = parsed.GetValue(_epochs),
            BatchSize = parsed.GetValue(_batchSize),
            LearningRate = parsed.GetValue(_learningRate),
            Cell = Enum.Parse<RecurrentCell>(parsed.GetRequiredValue(_cell), ignoreCase: true),
            Attention = parsed.GetValue(_attention),
            MinimumCases = parsed.GetValue(_minimumCases),
            MultiLabel = parsed.GetValue(_multiLabel),
            Seed = parsed.GetValue(_seed),
            Compute = _compute.Read(parsed),
            StartFrom = startFrom,
            Freeze = parsed.GetValue(_freeze) ?? [],
        };
    }
}
