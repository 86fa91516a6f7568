using CsCheck;
using Microsoft.ML;
using Microsoft.ML.Data;
using static TorchSharp.torch;

namespace CxrAnnotate.Tests;

/// <summary>Training from pretrained weights: heads on features that are computed once, and fine-tuning.</summary>
public sealed class TransferTests
{
    private static readonly string[] _labels = ["bright", "dark", "left", "right"];

    private static readonly ClassifyDiseaseOptions Small = new()
    {
        CropSize = 32,
        Threads = 1,
        LabelSmoothing = 0,
        WordWeight = 0.2,
        PriorCorrection = 0,
        Augmentation = new() { Mirror = 0.5 },
        Optimization = new()
        {
            Epochs = 3,
            BatchSize = 8,
            LearningRate = 1e-2,
        },
        Transfer = new() { Heads = new TransferOptions().Heads with { Epochs = 5 } },
    };

    public TransferTests() => NativeRuntime.EnsureLoaded();

    [Fact]
    public void Frozen_weights_keep_every_bit_and_the_head_is_fitted()
    {
        using var folder = new ScratchFolder();
        using ImageNetwork before = Pretrained(folder, out string path);
        using ClassifierModel after = Train(With(path, TransferMode.Frozen));
        Dictionary<string, Tensor> now = after.Network.state_dict();
        foreach (var (name, tensor) in before.state_dict())
        {
            if (before.Architecture.IsHead(name))
                Assert.NotEqual(tensor.shape, now[name].shape);
            else
                Assert.True(tensor.Bytes().AsSpan().SequenceEqual(now[name].Bytes()), name);
        }
    }

    [Theory]
    [InlineData(0.0, true)]
    [InlineData(0.35, true)]
    [InlineData(0.35, false)]
    [InlineData(1.0, true)]
    public void Fine_tuning_changes_the_later_layers_and_no_held_statistics(double frozenPart, bool held)
    {
        using var folder = new ScratchFolder();
        using ImageNetwork before = Pretrained(folder, out string path);
        ClassifyDiseaseOptions options = With(path, TransferMode.FineTuned);
        using ClassifierModel after = Train(
            options with
            {
                Transfer = options.Transfer with { FrozenPart = frozenPart, HoldStatistics = held },
            }
        );
        Dictionary<string, Tensor> now = after.Network.state_dict();
        string[] still = [.. before.Architecture.Layers.Take((int)Math.Round(frozenPart * before.Architecture.Layers.Count))];
        foreach (var (name, tensor) in before.state_dict())
        {
            if (before.Architecture.IsHead(name) || !tensor.is_floating_point())
                continue;
            bool statistic = name.Contains(".running_", StringComparison.Ordinal);
            bool kept = still.Any(layer => name.StartsWith(layer + ".", StringComparison.Ordinal)) || (statistic && held);
            float[] was = tensor.Floats(),
                has = now[name].Floats();
            if (kept)
                Assert.All(was.Zip(has), pair => Assert.Equal(pair.First, pair.Second, 1e-6f * Math.Max(1, Math.Abs(pair.First))));
            else
                Assert.True(was.Zip(has).Any(pair => Math.Abs(pair.First - pair.Second) > 1e-5), name);
        }
    }

    [Fact]
    public void The_result_lies_between_the_pretrained_and_the_fine_tuned_weights()
    {
        using var folder = new ScratchFolder();
        using ImageNetwork before = Pretrained(folder, out string path);
        ClassifyDiseaseOptions options = With(path, TransferMode.FineTuned);
        ClassifierModel Part(double part) => Train(options with { Transfer = options.Transfer with { FineTunedPart = part } });
        using ClassifierModel whole = Part(1),
            half = Part(0.5);
        const string name = "stages.stage3_1.conv2.weight";
        float[] start = before.state_dict()[name].Floats(),
            end = whole.Network.state_dict()[name].Floats(),
            middle = half.Network.state_dict()[name].Floats();
        Assert.Contains(start.Zip(end), pair => Math.Abs(pair.First - pair.Second) > 1e-3);
        for (int i = 0; i < start.Length; i++)
            Assert.Equal((start[i] + end[i]) / 2, middle[i], 1e-6f);
    }

    [Theory]
    [InlineData(TransferMode.Frozen)]
    [InlineData(TransferMode.FineTuned)]
    public void Equal_seeds_give_equal_bits_and_others_do_not(TransferMode mode)
    {
        using var folder = new ScratchFolder();
        using ImageNetwork _ = Pretrained(folder, out string path);
        using ClassifierModel first = Train(With(path, mode)),
            second = Train(With(path, mode)),
            other = Train(With(path, mode), seed: 6);
        Assert.Equal(ResumedTrainingTests.Bits(first.Network), ResumedTrainingTests.Bits(second.Network));
        Assert.NotEqual(ResumedTrainingTests.Bits(first.Network), ResumedTrainingTests.Bits(other.Network));
    }

    [Fact]
    public void The_network_s_own_head_gives_the_logits_of_the_fitted_ones() =>
        Gen.Select(Gen.Int[1, 5], Gen.Int[2, 12], Gen.Int)
            .Sample(
                (labelCount, rows, seed) =>
                {
                    using var scope = NewDisposeScope();
                    using ImageNetwork network = ImageNetwork.Create(CnnArchitecture.ResNet18Slim, 1, labelCount, seed: seed);
                    using var random = new Generator(unchecked((uint)seed));
                    Tensor embedding = randn([rows, network.EmbeddingSize], generator: random);
                    using var heads = new TransferHeads(FeatureViews.Of(RowsOf(embedding, rows)), labelCount, 3);
                    foreach (var (_, parameter) in heads.named_parameters())
                        InitialWeights.Normal(parameter, 1, random);
                    heads.CopyTo(network);
                    var (weight, bias) = network.LinearHead();
                    float[] expected = heads.call(embedding).Logits.Floats(),
                        own = nn.functional.linear(embedding, weight, bias).Floats();
                    return expected.Zip(own).All(pair => Math.Abs(pair.First - pair.Second) < 1e-3);
                },
                iter: 20
            );

    [Fact]
    public void The_fitted_head_is_the_logistic_regression_that_ML_NET_finds()
    {
        const int Size = 6,
            Count = 200;
        var random = new Random(11);
        float[][] features = new float[Count][];
        int[] labels = new int[Count];
        for (int i = 0; i < Count; i++)
        {
            labels[i] = i % 3;
            features[i] = [.. Enumerable.Range(0, Size).Select(k => (float)((random.NextDouble() * 2) - 1 + (k == labels[i] ? 0.8 : 0)) * (k + 1))];
        }

        var views = FeatureViews.Of(features);
        using var heads = new TransferHeads(views, 3, 0);
        var images = new RadiographSet(1, 1);
        for (int i = 0; i < Count; i++)
            images.Add([0]);
        var rows = new LabelledImages(images, LabelScheme.Exclusive, [.. labels.Select(label => ExclusiveLabels.OneHot(label, 3))], null);
        string[] names = ["a", "b", "c"];
        ClassifyDiseaseOptions options = new() { LabelSmoothing = 0, PriorCorrection = 0 };
        LabelObjective objective = LabelObjective.Of(options, names, rows, CPU);
        const double Penalty = 0.01;
        new TrainingLoop(
            heads,
            new HeadProblem(heads, views, rows, new TrainingTargets(rows, names, objective, 0, CPU), 1, CPU),
            new TransferOptions().Heads with
            {
                Epochs = 300,
                BatchSize = Count,
                WeightDecay = Penalty,
            }
        ).Run(TestContext.Current.CancellationToken);

        // The same standardised features, and the same penalty in the terms of ML.NET, which adds half of it to the sum over the rows.
        float[][] scaled = Standardised(features);
        var context = new MLContext(1);
        SchemaDefinition schema = SchemaDefinition.Create(typeof(Row));
        schema[nameof(Row.Features)].ColumnType = new VectorDataViewType(NumberDataViewType.Single, Size);
        IDataView data = context.Data.LoadFromEnumerable(scaled.Select((row, i) => new Row { Features = row, Label = names[labels[i]] }), schema);
        var model = context
            .Transforms.Conversion.MapValueToKey("Label")
            .Append(
                context.MulticlassClassification.Trainers.LbfgsMaximumEntropy(
                    new()
                    {
                        L1Regularization = 0,
                        L2Regularization = (float)(Penalty * Count),
                        OptimizationTolerance = 1e-9f,
                        NumberOfThreads = 1,
                    }
                )
            )
            .Fit(data);
        float[][] theirs = [.. model.Transform(data).GetColumn<float[]>("Score")];
        using var gradients = no_grad();
        using var scope = NewDisposeScope();
        float[] ours = heads.call(tensor(features.SelectMany(row => row).ToArray()).reshape(Count, Size)).Logits.softmax(1).Floats();
        for (int i = 0; i < Count; i++)
        {
            for (int k = 0; k < 3; k++)
                Assert.Equal(theirs[i][k], ours[(i * 3) + k], 0.01);
        }
    }

    [Fact]
    public void Earlier_layers_have_lower_rates()
    {
        using var folder = new ScratchFolder();
        using ImageNetwork before = Pretrained(folder, out string path);
        ClassifyDiseaseOptions options = With(path, TransferMode.FineTuned);
        // SGD without momentum's history: one step of one mini-batch, so that the change of a weight is its gradient times its rate.
        ClassifierModel Step(double decay) =>
            Train(
                options with
                {
                    Optimization = new()
                    {
                        Epochs = 1,
                        BatchSize = 24,
                        Optimizer = OptimizerKind.Sgd,
                        Schedule = ScheduleKind.Constant,
                        LearningRate = 1e-2,
                        WeightDecay = 0,
                        GradientClip = 0,
                    },
                    Transfer = options.Transfer with { FrozenPart = 0, LayerDecay = decay, FineTunedPart = 1 },
                }
            );
        using ClassifierModel same = Step(1),
            lower = Step(0.5);
        IReadOnlyList<string> layers = before.Architecture.Layers;
        for (int layer = 0; layer < layers.Count; layer++)
        {
            string name = before.state_dict().Keys.First(key => key.StartsWith(layers[layer] + ".", StringComparison.Ordinal));
            double Change(ClassifierModel model) =>
                before.state_dict()[name].Floats().Zip(model.Network.state_dict()[name].Floats(), (a, b) => Math.Pow(a - (double)b, 2)).Sum();
            double ratio = Math.Sqrt(Change(lower) / Change(same));
            Assert.Equal(Math.Pow(0.5, layers.Count - layer), ratio, 0.01 + (0.02 * ratio));
        }
    }

    [Fact]
    public void A_network_without_a_linear_head_is_refused_by_name()
    {
        using var folder = new ScratchFolder();
        string path = Path.Combine(folder.Path, "nin.safetensors");
        using ImageNetwork network = ImageNetwork.Create(CnnArchitecture.NetworkInNetwork, 1, 4);
        SafeTensors.Save(path, network);
        string message = Assert
            .Throws<InvalidOperationException>(() =>
                Train(With(path, TransferMode.Frozen) with { Architecture = CnnArchitecture.NetworkInNetwork })
            )
            .Message;
        Assert.Contains("NetworkInNetwork", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Weights_of_another_network_are_refused()
    {
        using var folder = new ScratchFolder();
        using ImageNetwork _ = Pretrained(folder, out string path);
        Assert.Throws<InvalidDataException>(() => Train(With(path, TransferMode.Frozen) with { Architecture = CnnArchitecture.ResNet18 }));
    }

    [Fact]
    public void Two_sources_of_initial_weights_are_refused()
    {
        string message = Assert
            .Throws<ArgumentException>(() => new ClassifyDiseaseOptions { Pretrained = "a", FineTuning = new() { Weights = "b" } }.Check())
            .Message;
        Assert.Contains("twice", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Layers_to_freeze_are_refused_where_no_layer_is_trained()
    {
        var options = new ClassifyDiseaseOptions { Pretrained = "a", FineTuning = new() { Frozen = ["conv1"] } };
        string message = Assert.Throws<ArgumentException>(options.Check).Message;
        Assert.Contains("no layer", message, StringComparison.Ordinal);
        (options with { Transfer = new() { Mode = TransferMode.FineTuned } }).Check();
    }

    internal static ImageNetwork Pretrained(ScratchFolder folder, out string path)
    {
        path = Path.Combine(folder.Path, "w.safetensors");
        ImageNetwork network = ImageNetwork.Create(CnnArchitecture.ResNet18Slim, 1, 7, seed: 77);
        // As after a training: no normalisation starts from zero, which would hide the layers before it from the gradient.
        foreach (var (_, tensor) in network.state_dict().Where(p => p.Key.EndsWith("norm2.weight", StringComparison.Ordinal)))
            nn.init.ones_(tensor);
        SafeTensors.Save(path, network);
        return network;
    }

    private static ClassifyDiseaseOptions With(string path, TransferMode mode) =>
        Small with
        {
            Pretrained = path,
            Transfer = Small.Transfer with { Mode = mode },
        };

    private static ClassifierModel Train(ClassifyDiseaseOptions options, int seed = 5) =>
        new ClassifierTrainer(options, _labels, seed, CPU).Train(ResumedTrainingTests.Rows(1), null).Model;

    private static float[][] RowsOf(Tensor tensor, int rows) => [.. tensor.Floats().Chunk((int)(tensor.numel() / rows))];

    private static float[][] Standardised(float[][] rows)
    {
        int size = rows[0].Length;
        double[] mean = [.. Enumerable.Range(0, size).Select(k => rows.Average(row => (double)row[k]))];
        double[] deviation = [.. Enumerable.Range(0, size).Select(k => Math.Sqrt(rows.Average(row => Math.Pow(row[k] - mean[k], 2))))];
        return [.. rows.Select(row => row.Select((v, k) => (float)((v - mean[k]) / deviation[k] / Math.Sqrt(size))).ToArray())];
    }

    private sealed class Row
    {
        public float[] Features { get; set; } = [];

        public string Label { get; set; } = "";
    }
}
