using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using static TorchSharp.torch;

namespace CxrAnnotate.Tests;

/// <summary>Runs alone: it slows everything else in the process down.</summary>
[CollectionDefinition(nameof(CollectorStressTests), DisableParallelization = true)]
public sealed class CollectorStressCollection;

/// <summary>
/// The proof of docs/adr/0009: every network, decoder, loss and optimizer is trained, scored and saved beside threads that only collect garbage, and
/// gives the same bits as without. CXR_STRESS_MINUTES stretches it (0.5 if not set), CXR_STRESS_BUSY adds as many processes that compete for the
/// processor.
/// </summary>
[Collection(nameof(CollectorStressTests))]
public sealed class CollectorStressTests
{
    private static readonly string[] _labels = ["bright", "dark", "left", "right"];

    private static readonly DecoderExamples _sided = DecoderTrainerTests.Sided(24, 1),
        _held = DecoderTrainerTests.Sided(8, 2);

    public CollectorStressTests() => NativeRuntime.EnsureLoaded();

    [Fact]
    public void Garbage_collections_of_other_threads_change_no_bit()
    {
        double minutes = Setting("CXR_STRESS_MINUTES", 0.5);
        var expected = new Dictionary<string, string>(StringComparer.Ordinal);
        (string Name, Func<string> Run)[] trainings = [.. Trainings()];
        foreach (var (name, run) in trainings)
            expected.Add(name, run());
        Assert.True(
            expected.Values.Distinct(StringComparer.Ordinal).Count() == expected.Count,
            "Two trainings are the same: one of them tests nothing."
        );

        var clock = Stopwatch.StartNew();
        int done = 0;
        using (var stress = new CollectorStress((int)Setting("CXR_STRESS_BUSY", 0)))
        {
            do
            {
                foreach (var (name, run) in trainings)
                {
                    Assert.True(
                        run() == expected[name],
                        $"{name} came to other bits beside the collector (training {done + 1}, {stress.Collections} collections)"
                    );
                    done++;
                }
            } while (clock.Elapsed.TotalMinutes < minutes);
            TestContext.Current.TestOutputHelper?.WriteLine(
                $"{done} trainings of {trainings.Length} kinds in {clock.Elapsed.TotalMinutes:F1} minutes, {stress.Collections} collections of "
                    + $"generation 0"
            );
        }
    }

    private static IEnumerable<(string Name, Func<string> Run)> Trainings()
    {
        OptimizerKind[] optimizers = Enum.GetValues<OptimizerKind>();
        BinaryLoss?[] losses = [null, .. Enum.GetValues<BinaryLoss>().Cast<BinaryLoss?>()];
        // Of networks with the same layers the smallest is enough.
        CnnArchitecture[] networks =
        [
            .. CnnArchitecture.All.Except([
                CnnArchitecture.ResNet18,
                CnnArchitecture.ResNet18ImageNet,
                CnnArchitecture.TorchvisionResNet34,
                CnnArchitecture.TorchvisionResNet50,
                CnnArchitecture.TorchvisionDenseNet121,
                CnnArchitecture.XrvDenseNet121,
            ]),
        ];
        // The stretched test has every network with every loss; otherwise each network has one loss, and each loss a network. The optimizers come in
        // turn, so that each meets every network and every loss.
        bool all = Environment.GetEnvironmentVariable("CXR_STRESS_MINUTES") is { Length: > 0 };
        for (int n = 0; n < networks.Length; n++)
        {
            for (int l = 0; l < losses.Length; l++)
            {
                if (!all && l != n % losses.Length)
                    continue;
                var (network, loss, optimizer) = (networks[n], losses[l], optimizers[(n + l) % optimizers.Length]);
                yield return ($"{network}, {loss?.ToString() ?? "one label"}, {optimizer}", () => Images(network, loss, optimizer));
            }
        }

        foreach (RecurrentCell cell in Enum.GetValues<RecurrentCell>())
        {
            foreach (OptimizerKind optimizer in optimizers)
                yield return ($"{cell}, {optimizer}", () => Annotations(cell, optimizer));
        }
    }

    private static string Images(CnnArchitecture network, BinaryLoss? loss, OptimizerKind optimizer)
    {
        LabelledImages rows = Rows(network, loss is not null);
        var options = new ClassifyDiseaseOptions
        {
            Architecture = network,
            CropSize = network.MinimumSize,
            Dropout = 0.2,
            WordWeight = 0.3,
            Threads = 1,
            MultiLabel = new()
            {
                Loss = loss ?? BinaryLoss.CrossEntropy,
                PositiveExponent = 1,
                MinimumThresholdCases = 1,
            },
            Optimization = new()
            {
                Optimizer = optimizer,
                Epochs = 1,
                BatchSize = 2,
                LearningRate = 1e-4,
                WeightAverage = 0.5,
                GradientClip = 0.1,
                Patience = 2,
            },
        };
        var (model, history) = new ClassifierTrainer(options, _labels, 3, CPU).Train(rows, rows);
        using (model)
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            Add(hash, model.Network);
            Add(hash, history);
            var (features, scores) = model.Score(rows.Images, 3);
            foreach (float[] row in features.Concat(scores))
                hash.AppendData(System.Runtime.InteropServices.MemoryMarshal.AsBytes(row.AsSpan()));
            return Convert.ToHexString(hash.GetHashAndReset());
        }
    }

    private static string Annotations(RecurrentCell cell, OptimizerKind optimizer)
    {
        var options = new DecodeContextOptions
        {
            Cell = cell,
            Layers = 2,
            HiddenSize = 24,
            Dropout = 0.2,
            FeatureDropout = 0.1,
            Optimization = new()
            {
                Optimizer = optimizer,
                Epochs = 3,
                BatchSize = 4,
                LearningRate = 1e-3,
                WeightAverage = 0.9,
                GradientClip = 0.1,
                Patience = 4,
            },
        };
        using DecoderModel model = new DecoderTrainer(options, 3).Train(_sided, _held);
        using var folder = new ScratchFolder();
        string path = Path.Combine(folder.Path, "decoder.safetensors");
        SafeTensors.Save(path, model.Module);
        using var read = new DecoderModel(model.Configuration);
        SafeTensors.Load(path, read.Module);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Add(hash, read.Module);
        Add(hash, model.History!);
        float[][] features = [.. _held.Views.Select(v => v[0])];
        foreach (
            Hypothesis hypothesis in read.Beam(features, _held.Labels, 4)
                .SelectMany(h => h)
                .Concat(read.Sample(features, _held.Labels, [.. Enumerable.Range(0, 8)]))
        )
            hash.AppendData(BitConverter.GetBytes(hypothesis.LogProbability));
        foreach (float[] vector in read.ContextVectors(features, _held.Labels, _held.Captions))
            hash.AppendData(System.Runtime.InteropServices.MemoryMarshal.AsBytes(vector.AsSpan()));
        return Convert.ToHexString(hash.GetHashAndReset());
    }

    private static LabelledImages Rows(CnnArchitecture network, bool several)
    {
        int size = network.MinimumSize + 4;
        var random = new Random(1);
        var images = new RadiographSet(size, size);
        float[] pixels = new float[size * size];
        for (int i = 0; i < 6; i++)
        {
            for (int p = 0; p < pixels.Length; p++)
                pixels[p] = (float)random.NextDouble();
            images.Add(pixels);
        }

        string[][] captions = [.. Enumerable.Range(0, 6).Select(i => (string[])["nodule", _labels[i % 4]])];
        return several
            ? new LabelledImages(
                images,
                LabelScheme.Independent,
                [
                    [1, 0, 0, float.NaN],
                    [0, 1, 1, 0],
                    [0, 0, 0, 0],
                    [1, 1, 0, 1],
                    [float.NaN, 0, 1, 0],
                    [0, 0, 0, 1],
                ],
                captions
            )
            : new LabelledImages(images, LabelScheme.Exclusive, [.. ((int[])[0, 1, 2, 3, 0, 1]).Select(l => ExclusiveLabels.OneHot(l, 4))], captions);
    }

    private static void Add(IncrementalHash hash, nn.Module module)
    {
        foreach (byte[] bits in ResumedTrainingTests.Bits(module))
            hash.AppendData(bits);
    }

    private static void Add(IncrementalHash hash, TrainingHistory history)
    {
        foreach (EpochReport report in history.Epochs)
            hash.AppendData(BitConverter.GetBytes(report.TrainLoss + report.ValidationLoss!.Value));
    }

    private static double Setting(string name, double otherwise) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } text ? double.Parse(text, CultureInfo.InvariantCulture) : otherwise;
}
