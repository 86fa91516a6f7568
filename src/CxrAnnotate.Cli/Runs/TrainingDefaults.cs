namespace CxrAnnotate.Cli;

/// <summary>What the tool trains with where the command line says nothing: the one place of the numbers.</summary>
internal static class TrainingDefaults
{
    /// <summary>Side of the square that radiographs are fitted into.</summary>
    internal const int ImageSize = 144;

    /// <summary>A label has more cases than this.</summary>
    internal const int MinimumCases = 30;

    /// <summary>Studies of <c>cxr demo</c>: as many as leave time for two iterations in some minutes on two cores.</summary>
    internal const int DemoStudies = 4000;

    /// <summary>Side of the demo's phantoms.</summary>
    internal const int DemoImageSize = 112;

    /// <summary>The demo has few studies: rare findings must be labels all the same.</summary>
    internal const int DemoMinimumCases = 15;

    /// <summary>Findings are drawn a quarter stronger than by default: at the demo's size the smallest are three pixels wide.</summary>
    internal const double DemoFindingContrast = 1.25;

    /// <summary>The most findings of a phantom study that several findings are learnt from.</summary>
    internal const int PhantomFindings = 3;

    /// <summary>The parts of the demo's studies that the iteration is chosen by, and that nothing but the final figures is made of.</summary>
    internal const double DemoValidation = 0.1, DemoTest = 0.2;

    /// <summary>What a training is done with: of radiographs or of phantoms, from given weights if there are any.</summary>
    internal static RecurrentCascadeOptions Of(TrainSettings settings, bool phantoms) => WithStart(settings, phantoms ? ForPhantoms(settings) : ForRadiographs(settings));

    /// <summary>
    /// Real radiographs, hundreds to thousands: random crops and mirrored images (sides exchanged in their annotations) are the only variation, stronger ones did worse
    /// in cross-validation; the words of the annotations are learnt beside the labels; five crops are averaged when reading.
    /// </summary>
    private static RecurrentCascadeOptions ForRadiographs(TrainSettings settings) => new()
    {
        Iterations = settings.Iterations,
        Mining = new() { MinimumCases = settings.MinimumCases, UnlabelledPatterns = UnlabelledPatterns.MostFrequentTerm, Task = settings.MultiLabel ? LabelTask.MultiLabel : LabelTask.SingleLabel },
        Loading = new() { Height = settings.ImageSize, Width = settings.ImageSize, Range = settings.Range, Photometric = settings.Photometric, Dicom = settings.Dicom, CacheFolder = settings.CacheFolder },
        Balancing = new() { NormalRatio = 1, MaximumWeight = 8 },
        Classifier = new()
        {
            Architecture = settings.Architecture,
            CropSize = settings.CropSize,
            LabelSmoothing = 0,
            WordWeight = 0.2,
            PriorCorrection = settings.MultiLabel ? 1 : 0.5,
            ScoringCrops = 5,
            Augmentation = AugmentationOptions.RandomCrop with { Mirror = 0.5 },
            Optimization = Optimization(settings, epochs: 24, batchSize: 32, learningRate: 1e-3),
            Device = settings.Compute.Device,
            Threads = settings.Compute.Threads,
        },
        Refinement = Optimization(settings, epochs: 14, batchSize: 32, learningRate: 5e-4),
        ContextWordWeight = 0.4,
        FeatureViews = 3,
        Decoder = new()
        {
            Cell = settings.Cell,
            HiddenSize = 256,
            Optimization = new() { Epochs = 20, BatchSize = 64, LearningRate = 2e-3 },
        },
        Relabeling = new() { MinimumClusterSize = 12, MinimumSilhouette = 0.05 },
        Seed = settings.Seed,
    };

    /// <summary>Phantoms, drawn by the thousand and all in one way: fewer passes, no mirroring, and a first iteration that learns from the labels alone, as in the paper.</summary>
    private static RecurrentCascadeOptions ForPhantoms(TrainSettings settings)
    {
        RecurrentCascadeOptions real = ForRadiographs(settings);
        return real with
        {
            Balancing = real.Balancing with { RowsPerEpoch = 1600 },
            Classifier = real.Classifier with
            {
                WordWeight = 0,
                ScoringCrops = 1,
                Augmentation = AugmentationOptions.RandomCrop,
                Optimization = Optimization(settings, epochs: 12, batchSize: 16, learningRate: 2e-3),
            },
            Refinement = Optimization(settings, epochs: 8, batchSize: 16, learningRate: 1e-3),
            ContextWordWeight = 0.3,
            FeatureViews = 2,
            Relabeling = real.Relabeling with { MinimumSilhouette = 0.25 },
        };
    }

    /// <summary>What the networks start from. A whole run has a decoder as well as an image network; a file is the image network's.</summary>
    private static RecurrentCascadeOptions WithStart(TrainSettings settings, RecurrentCascadeOptions options)
    {
        if (settings.StartFrom is null && settings.Freeze.Count == 0)
            return options;
        bool whole = settings.StartFrom is { } start && File.Exists(Path.Combine(start, "cascade.json"));
        return options with
        {
            Classifier = options.Classifier with { FineTuning = new() { Weights = settings.StartFrom, Frozen = settings.Freeze } },
            Decoder = whole ? options.Decoder with { FineTuning = new() { Weights = settings.StartFrom } } : options.Decoder,
        };
    }

    private static OptimizationOptions Optimization(TrainSettings settings, int epochs, int batchSize, double learningRate) => new()
    {
        Epochs = settings.Epochs ?? epochs,
        BatchSize = settings.BatchSize ?? batchSize,
        LearningRate = settings.LearningRate ?? learningRate,
        WeightDecay = 0.02,
        WeightAverage = 0.99,
    };
}
