namespace CxrAnnotate.Cli;

/// <summary>What the tool trains with where the command line says nothing: the one place of the numbers.</summary>
internal static class TrainingDefaults
{
    /// <summary>Side of the square that radiographs are fitted into.</summary>
    internal const int ImageSize = 144;

    /// <summary>Studies of <c>cxr demo</c>: as many as leave time for two iterations in some minutes on two cores.</summary>
    internal const int DemoStudies = 2000;

    /// <summary>Side of the demo's phantoms.</summary>
    internal const int DemoImageSize = 96;

    /// <summary>The demo has few studies: rare findings must be labels all the same.</summary>
    internal const int DemoMinimumCases = 8;

    /// <summary>What <c>cxr demo</c> trains with.</summary>
    internal static TrainSettings Demo(string table, string run, int seed) => new()
    {
        Data = table,
        Out = run,
        Iterations = 2,
        Architecture = CnnArchitecture.ResNet18Slim,
        ImageSize = DemoImageSize,
        Cell = RecurrentCell.Gru,
        MinimumCases = DemoMinimumCases,
        Seed = seed,
        Device = ComputeDevice.Cpu,
        Validation = 0.1,
    };

    /// <summary>Real radiographs: hundreds to thousands, shot in many ways.</summary>
    internal static RecurrentCascadeOptions ForRadiographs(TrainSettings settings) => new()
    {
        Iterations = settings.Iterations,
        Mining = new() { MinimumCases = settings.MinimumCases, UnlabelledPatterns = UnlabelledPatterns.MostFrequentTerm },
        Loading = new() { Height = settings.ImageSize, Width = settings.ImageSize },
        Classifier = new()
        {
            Architecture = settings.Architecture,
            CropSize = settings.CropSize,
            LabelSmoothing = 0,
            WordWeight = 0.1,
            Augmentation = AugmentationOptions.None with { Shift = 1 },
            Optimization = new()
            {
                Epochs = settings.Epochs ?? 30,
                BatchSize = settings.BatchSize ?? 32,
                LearningRate = settings.LearningRate ?? 1e-3,
                WeightDecay = 0.01,
                WeightAverage = 0.99,
            },
            Device = settings.Device,
            Threads = settings.Threads,
        },
        Refinement = new()
        {
            Epochs = settings.Epochs ?? 20,
            BatchSize = settings.BatchSize ?? 32,
            LearningRate = (settings.LearningRate ?? 1e-3) / 2,
            WeightDecay = 0.01,
            WeightAverage = 0.99,
        },
        Decoder = new()
        {
            Cell = settings.Cell,
            HiddenSize = 256,
            Optimization = new() { Epochs = 20, BatchSize = 64, LearningRate = 2e-3 },
        },
        Relabeling = new() { MinimumClusterSize = 12 },
        Seed = settings.Seed,
    };

    /// <summary>Phantoms: drawn all in one way, so that less variation and fewer passes are enough.</summary>
    internal static RecurrentCascadeOptions ForPhantoms(TrainSettings settings) => ForRadiographs(settings);
}
