using System.IO.Compression;
using Microsoft.ML;
using TorchSharp;
using static TorchSharp.torch;

namespace CxrAnnotate.Tests;

/// <summary>Two small cascades on phantoms, single-label and multi-label, trained once for the golden tests.</summary>
public sealed class GoldenCascades : IDisposable
{
    private readonly ScratchFolder _folder = new();
    private readonly Dictionary<bool, RecurrentCascadeTransformer> _trained = [];

    internal MLContext Context { get; } = new(seed: 1);

    /// <summary>The name of a label task in the golden files.</summary>
    internal static string NameOf(bool multiLabel) => multiLabel ? "findings" : "labels";

    /// <summary>The cascade, with all layers trained.</summary>
    internal RecurrentCascadeTransformer Trained(bool multiLabel)
    {
        if (!_trained.TryGetValue(multiLabel, out RecurrentCascadeTransformer? cascade))
            _trained.Add(multiLabel, cascade = Context.ChestXray().RecurrentCascade(Options(multiLabel)).Fit(Phantoms(multiLabel)));
        return cascade;
    }

    /// <summary>The training phantoms of a cascade.</summary>
    internal IDataView Phantoms(bool multiLabel)
    {
        string place = Path.Combine(_folder.Path, NameOf(multiLabel));
        if (!Directory.Exists(place))
            Context
                .ChestXray()
                .Data.WritePhantom(
                    place,
                    new ChestPhantomOptions
                    {
                        Studies = multiLabel ? 90 : 60,
                        Size = 64,
                        NormalFraction = 0.3,
                        FindingsPerStudy = multiLabel ? 2 : 1,
                        FindingContrast = 1.5,
                        Headings = ["Cardiomegaly", "Pleural Effusion", "Lung/hypoinflation"],
                        Seed = 5,
                    }
                );
        return Context.ChestXray().Data.LoadCsv(Path.Combine(place, "annotations.csv"));
    }

    internal static RecurrentCascadeOptions Options(bool multiLabel) =>
        new()
        {
            Iterations = 2,
            ValidationFraction = 0.25,
            FeatureViews = 1,
            Mining = new() { Task = multiLabel ? LabelTask.MultiLabel : LabelTask.SingleLabel, MinimumCases = 3 },
            Loading = new() { Height = 64, Width = 64 },
            Relabeling = new() { MinimumClusterSize = 4, MinimumSilhouette = 0 },
            Classifier = new()
            {
                CropSize = 56,
                Threads = 1,
                ScoringBatchSize = 8,
                Optimization = new() { Epochs = 2, BatchSize = 16 },
                MultiLabel = new() { MinimumThresholdCases = 2 },
            },
            Decoder = new()
            {
                HiddenSize = 16,
                Threads = 1,
                Optimization = new()
                {
                    Epochs = 6,
                    BatchSize = 16,
                    LearningRate = 1e-2,
                },
            },
            Seed = 6,
        };

    /// <summary>
    /// Saves a cascade as a folder (zipped) and as an ML.NET model. Its image network keeps repeating weights, so that the files are small.
    /// </summary>
    internal void WriteSaved(bool multiLabel, string destination)
    {
        string weights = Path.Combine(_folder.Path, "repeating.safetensors"),
            run = Path.Combine(_folder.Path, "saved " + NameOf(multiLabel));
        WriteRepeatingWeights(weights);
        RecurrentCascadeOptions options = Options(multiLabel);
        using RecurrentCascadeTransformer cascade = Context
            .ChestXray()
            .RecurrentCascade(
                options with
                {
                    Decoder = options.Decoder with { HiddenSize = 4 },
                    Classifier = options.Classifier with
                    {
                        FineTuning = new() { Weights = weights, Frozen = ["stem", "stem_norm", "stages"] },
                    },
                }
            )
            .Fit(Phantoms(multiLabel));
        cascade.Save(run);
        string zip = Path.Combine(destination, $"{NameOf(multiLabel)}.folder.zip");
        File.Delete(zip);
        ZipFile.CreateFromDirectory(run, zip, CompressionLevel.SmallestSize, includeBaseDirectory: false);
        Context.Model.Save(cascade, Phantoms(multiLabel).Schema, Path.Combine(destination, $"{NameOf(multiLabel)}.model.zip"));
    }

    private static void WriteRepeatingWeights(string path)
    {
        using ImageNetwork network = ImageNetwork.Create(CnnArchitecture.ResNet18Slim, 1, 2, seed: 1);
        var random = new Random(3);
        float[] pattern = [.. Enumerable.Range(0, 61).Select(_ => (float)((random.NextDouble() - 0.5) * 3.4))];
        using var _ = no_grad();
        using var __ = NewDisposeScope();
        foreach (var (name, tensor) in network.state_dict())
        {
            if (tensor.dim() != 4)
            {
                // Normalisations initialized to zero would make every block the identity.
                if (name.EndsWith("norm2.weight", StringComparison.Ordinal))
                    tensor.copy_(torch.tensor([.. Enumerable.Repeat(0.5f, checked((int)tensor.numel()))]));
                continue;
            }

            float scale = MathF.Sqrt(2f / (tensor.shape[1] * tensor.shape[2] * tensor.shape[3]));
            float[] values = [.. Enumerable.Range(0, checked((int)tensor.numel())).Select(i => pattern[i % pattern.Length] * scale)];
            tensor.copy_(torch.tensor(values).reshape(tensor.shape));
        }

        SafeTensors.Save(path, network.state_dict().Where(pair => !network.Architecture.IsHead(pair.Key)));
    }

    public void Dispose()
    {
        foreach (RecurrentCascadeTransformer cascade in _trained.Values)
            cascade.Dispose();
        _folder.Dispose();
    }
}
