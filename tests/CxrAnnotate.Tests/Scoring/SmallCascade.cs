using Microsoft.ML;

namespace CxrAnnotate.Tests;

/// <summary>A cascade that trains in a second, for tests that need a trained one.</summary>
internal static class SmallCascade
{
    /// <summary>Writes 40 phantoms and loads their table.</summary>
    internal static IDataView WritePhantoms(MLContext context, string folder)
    {
        var options = new ChestPhantomOptions
        {
            Studies = 40,
            Size = 64,
            NormalFraction = 0.4,
            Headings = ["Cardiomegaly", "Pleural Effusion"],
            Seed = 5,
        };
        string place = Path.Combine(folder, "phantom");
        context.ChestXray().Data.WritePhantom(place, options);
        return context.ChestXray().Data.LoadCsv(Path.Combine(place, "annotations.csv"));
    }

    internal static RecurrentCascadeOptions Options() =>
        new()
        {
            ValidationFraction = 0,
            Mining = new() { MinimumCases = 5 },
            Loading = new() { Height = 64, Width = 64 },
            FeatureViews = 0,
            Relabeling = new() { MinimumClusterSize = 4, MinimumSilhouette = 0 },
            Classifier = new()
            {
                CropSize = 56,
                ScoringCrops = 5,
                Optimization = new() { Epochs = 2 },
            },
            Decoder = new()
            {
                HiddenSize = 16,
                Optimization = new()
                {
                    Epochs = 6,
                    BatchSize = 16,
                    LearningRate = 1e-2,
                },
            },
            Seed = 6,
        };
}
