namespace CxrAnnotate.Cli;

/// <summary>
/// The tool's training defaults: the presets of <see cref="RecurrentCascadeOptions"/>, and the numbers of the demo.
/// </summary>
internal static class TrainingDefaults
{
    /// <summary>The value of <c>--pretrained</c> for random weights.</summary>
    internal const string NotPretrained = "none";

    /// <summary>A label must have more cases than this.</summary>
    internal const int MinimumCases = 30;

    /// <summary>Studies of <c>cxr demo</c>: enough for two iterations in a few minutes on two cores.</summary>
    internal const int DemoStudies = 4000;

    /// <summary>Side of the demo's phantoms.</summary>
    internal const int DemoImageSize = 96;

    /// <summary>The demo has few studies: rare findings must still become labels.</summary>
    internal const int DemoMinimumCases = 15;

    /// <summary>Findings are drawn a quarter stronger than by default: at the demo's size the smallest are three pixels wide.</summary>
    internal const double DemoFindingContrast = 1.25;

    /// <summary>The maximum number of findings of a phantom study in multi-label training.</summary>
    internal const int PhantomFindings = 3;

    /// <summary>The fractions of the demo's studies used to choose the iteration, and for the final figures only.</summary>
    internal const double DemoValidation = 0.1,
        DemoTest = 0.2;

    /// <summary>The options of a training, for radiographs or phantoms, with initial weights if given.</summary>
    internal static RecurrentCascadeOptions Of(TrainSettings settings, bool phantoms) =>
        WithStart(settings, phantoms ? ForPhantoms(settings) : ForRadiographs(settings));

    /// <summary>Side of the images of a training on phantoms.</summary>
    internal static int PhantomSize(TrainSettings settings) => settings.ImageSize ?? RecurrentCascadeOptions.ForPhantoms.Loading.Height;

    /// <summary>A preset of the library with the options of the command line.</summary>
    private static RecurrentCascadeOptions ForRadiographs(TrainSettings settings)
    {
        RecurrentCascadeOptions preset =
            settings.Pretrained is not null ? OfPretrained(RecurrentCascadeOptions.FromScratch, RecurrentCascadeOptions.FromImageNet, settings)
            : settings.Architecture is null && settings.StartFrom is null ? RecurrentCascadeOptions.ForRadiographs
            : RecurrentCascadeOptions.FromScratch;
        return With(settings.MultiLabel ? preset.WithSeveralFindings() : preset, settings);
    }

    /// <inheritdoc cref="ForRadiographs"/>
    private static RecurrentCascadeOptions ForPhantoms(TrainSettings settings)
    {
        RecurrentCascadeOptions preset = OfPretrained(
            RecurrentCascadeOptions.ForPhantoms,
            RecurrentCascadeOptions.ForPhantoms with
            {
                Classifier = RecurrentCascadeOptions.FromImageNet.Classifier with { WordWeight = 0 },
                Loading = RecurrentCascadeOptions.FromImageNet.Loading,
            },
            settings
        );
        return With(settings.MultiLabel ? preset.WithSeveralFindings() : preset, settings);
    }

    private static RecurrentCascadeOptions OfPretrained(
        RecurrentCascadeOptions without,
        RecurrentCascadeOptions with,
        TrainSettings settings
    ) =>
        settings.Pretrained is null or NotPretrained
            ? without
            : with with
            {
                Classifier = with.Classifier with { Pretrained = settings.Pretrained },
            };

    /// <summary>The network that a training continues, if it starts from a run or from checkpoints and no other is given.</summary>
    private static CnnArchitecture? OfStart(TrainSettings settings)
    {
        if (settings.Architecture is not null || settings.StartFrom is not { } start || !Directory.Exists(start))
            return null;
        try
        {
            return CnnArchitecture.Recognize(start);
        }
        catch (FileNotFoundException)
        {
            // The training says that there are no weights.
            return null;
        }
    }

    private static RecurrentCascadeOptions With(RecurrentCascadeOptions preset, TrainSettings settings)
    {
        CnnArchitecture? start = OfStart(settings);
        LoadRadiographsOptions loading = start?.InputChannels is null ? preset.Loading : RecurrentCascadeOptions.FromImageNet.Loading;
        return preset with
        {
            Iterations = settings.Iterations,
            Mining = preset.Mining with { MinimumCases = settings.MinimumCases },
            Loading = loading with
            {
                Height = settings.ImageSize ?? loading.Height,
                Width = settings.ImageSize ?? loading.Width,
                Range = settings.Range,
                Photometric = settings.Photometric,
                Dicom = settings.Dicom,
                CacheFolder = settings.CacheFolder,
            },
            Classifier = preset.Classifier with
            {
                Architecture = settings.Architecture ?? start ?? preset.Classifier.Architecture,
                CropSize = settings.CropSize,
                Transfer = preset.Classifier.Transfer with { Mode = settings.Transfer ?? preset.Classifier.Transfer.Mode },
                Optimization = With(preset.Classifier.Optimization, settings),
                Device = settings.Compute.Device,
                Threads = settings.Compute.Threads,
            },
            Refinement = With(preset.Refinement!, settings),
            Decoder = preset.Decoder with { Cell = settings.Cell },
            AttendsRegions = settings.Attention,
            IterationChoice = settings.IterationChoice,
            Seed = settings.Seed,
        };
    }

    /// <summary>Adds the initial weights. A run has weights for image network and decoder; a file only for the image network.</summary>
    private static RecurrentCascadeOptions WithStart(TrainSettings settings, RecurrentCascadeOptions options)
    {
        if (settings.StartFrom is null && settings.Freeze.Count == 0)
            return options;
        bool whole = settings.StartFrom is { } start && File.Exists(Path.Combine(start, "cascade.json"));
        return options with
        {
            Classifier = options.Classifier with
            {
                FineTuning = new() { Weights = settings.StartFrom, Frozen = settings.Freeze },
            },
            Decoder = whole ? options.Decoder with { FineTuning = new() { Weights = settings.StartFrom } } : options.Decoder,
        };
    }

    private static OptimizationOptions With(OptimizationOptions preset, TrainSettings settings) =>
        preset with
        {
            Epochs = settings.Epochs ?? preset.Epochs,
            BatchSize = settings.BatchSize ?? preset.BatchSize,
            LearningRate = settings.LearningRate ?? preset.LearningRate,
        };
}
