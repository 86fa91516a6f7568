using Microsoft.ML;
using Microsoft.ML.Data;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace CxrAnnotate.Tests;

/// <summary>Networks that users register.</summary>
[Collection(nameof(CustomNetworkTests))]
public sealed class CustomNetworkTests
{
    private const int Size = 6;
    private static readonly string[] Names = ["nodule", "normal"];

    /// <summary>One layer of every kind that can be exported to ONNX.</summary>
    private static readonly CnnArchitecture Layered = CnnArchitecture.Register("test-layered", 2 * Size, CreateLayered);

    /// <summary>The same with an input of its own.</summary>
    private static readonly CnnArchitecture Own = CnnArchitecture.Register(
        "test-own-input",
        2 * Size,
        CreateLayered,
        inputScale: 100,
        inputChannels: 3,
        standardizesInput: false,
        sizeMultiple: 16
    );

    /// <summary>A forward pass that cannot be exported.</summary>
    private static readonly CnnArchitecture Opaque = CnnArchitecture.Register("test-opaque", Size, channels => new OpaqueModule(channels));

    [Theory]
    [InlineData(1, true)]
    [InlineData(3, false)]
    public void The_graph_of_a_sequence_of_layers_computes_what_the_module_computes(int channels, bool fold) =>
        NetworkGraphTests.Check(Layered, channels, batchNorm: true, fold);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_graph_of_a_network_with_an_input_of_its_own_computes_what_the_module_computes(bool fold) =>
        NetworkGraphTests.Check(Own, channels: 3, batchNorm: true, fold);

    [Fact]
    public void A_registered_network_has_the_input_that_it_was_given()
    {
        Assert.Equal((3, false, 16, 100.0), (Own.InputChannels, Own.StandardizesInput, Own.SizeMultiple, Own.InputScale));
        foreach (var (channels, multiple) in ((int?, int)[])[(2, 1), (3, 0)])
        {
            Assert.Throws<ArgumentOutOfRangeException>(() =>
                CnnArchitecture.Register("test-refused", 2 * Size, CreateLayered, inputChannels: channels, sizeMultiple: multiple)
            );
        }
    }

    [Fact]
    public void A_registered_network_is_found_by_its_name_and_described_by_its_module()
    {
        Assert.Same(Layered, CnnArchitecture.Parse("TEST-LAYERED"));
        Assert.Contains(Layered, CnnArchitecture.All);
        Assert.Equal(["body.stem", "body.norm", "body.separable", "body.inner", "body.last"], Layered.Layers);
        Assert.Equal(["body.convolution", "body.gain"], Opaque.Layers.Order());
    }

    [Fact]
    public void A_seed_gives_one_network_and_leaves_the_process_wide_generator_unchanged()
    {
        using var scope = NewDisposeScope();
        using ImageNetwork first = ImageNetwork.Create(Layered, 1, 4, seed: 3),
            third = ImageNetwork.Create(Layered, 1, 4, seed: 4),
            second = ImageNetwork.Create(Layered, 1, 4, seed: 3);
        var (a, b, c) = (first.state_dict(), second.state_dict(), third.state_dict());
        Assert.All(a, t => Assert.Equal(t.Value.Bytes(), b[t.Key].Bytes()));
        Assert.All(a.Where(t => t.Key.EndsWith("weight", StringComparison.Ordinal) && t.Value.dim() > 1), t =>
            Assert.NotEqual(t.Value.Bytes(), c[t.Key].Bytes()));
    }

    [Fact]
    public void A_cascade_on_a_registered_network_is_trained_saved_and_loaded()
    {
        var ml = new MLContext(seed: 1);
        IDataView rows = Rows(ml);
        foreach (CnnArchitecture architecture in (CnnArchitecture[])[Layered, Opaque])
        {
            using var folder = new ScratchFolder();
            using RecurrentCascadeTransformer trained = ml.ChestXray().RecurrentCascade(Options(architecture)).Fit(rows);
            trained.Save(folder.Path);
            using RecurrentCascadeTransformer loaded = ml.ChestXray().LoadCascade(folder.Path);
            Assert.Equal(Scores(trained, rows), Scores(loaded, rows));
            Assert.Equal(architecture == Layered, File.Exists(Path.Combine(folder.Path, "cascade.onnx")));
        }
    }

    [Fact]
    public void A_module_without_a_graph_cannot_be_written_as_a_model()
    {
        var ml = new MLContext(seed: 1);
        IDataView rows = Rows(ml);
        using RecurrentCascadeTransformer trained = ml.ChestXray().RecurrentCascade(Options(Opaque)).Fit(rows);
        using var stream = new MemoryStream();
        string message = Assert.Throws<NotSupportedException>(() => ml.Model.Save(trained, rows.Schema, stream)).Message;
        Assert.Contains(nameof(OpaqueModule), message, StringComparison.Ordinal);
    }

    [Fact]
    public void Layers_of_the_module_can_be_frozen()
    {
        var ml = new MLContext(seed: 1);
        IDataView rows = Rows(ml);
        using ClassifyDiseaseTransformer shorter = ml.ChestXray().ClassifyDisease(Frozen(epochs: 1)).Fit(rows),
            longer = ml.ChestXray().ClassifyDisease(Frozen(epochs: 3)).Fit(rows);
        var (before, after) = (shorter.Model.Network.state_dict(), longer.Model.Network.state_dict());
        foreach (string tensor in (string[])["body.stem.weight", "body.norm.weight", "body.norm.running_mean"])
            Assert.Equal(before[tensor].Bytes(), after[tensor].Bytes());
        Assert.NotEqual(before["body.last.weight"].Bytes(), after["body.last.weight"].Bytes());

        static ClassifyDiseaseOptions Frozen(int epochs) =>
            Classifier(Layered) with
            {
                FineTuning = new() { Frozen = ["body.stem", "body.norm"] },
                Optimization = new() { Epochs = epochs, BatchSize = 4 },
            };
    }

    [Fact]
    public void Invalid_networks_are_refused_on_registration()
    {
        Assert.Contains(
            "[2, 7]",
            Assert.Throws<ArgumentException>(() => CnnArchitecture.Register("test-other", 7, channels => new OpaqueModule(channels))).Message,
            StringComparison.Ordinal
        );
        Assert.False(CnnArchitecture.TryParse("test-other", out _));
        Assert.Throws<ArgumentException>("name", () => CnnArchitecture.Register("ResNet18-Slim", Size, channels => new OpaqueModule(channels)));
        Assert.Throws<ArgumentOutOfRangeException>("name", () => CnnArchitecture.Register("a b", Size, channels => new OpaqueModule(channels)));
        Assert.Throws<ArgumentOutOfRangeException>("embeddingSize", () => CnnArchitecture.Register("x", 0, channels => new OpaqueModule(channels)));
    }

    private static Module<Tensor, Tensor> CreateLayered(int channels) =>
        Sequential(
            ("stem", Conv2d(channels, 8, 3, stride: 2, padding: 1, bias: false)),
            ("norm", CnnArchitecture.BatchNorm2d(8)),
            ("relu", ReLU()),
            ("pool", MaxPool2d(3, stride: 2, padding: 1)),
            ("separable", Conv2d(8, 8, 3, padding: 2, dilation: 2, groups: 8)),
            ("mean", AvgPool2d(2)),
            ("same", Identity()),
            ("inner", Sequential(("conv", Conv2d(8, Size, 1)), ("relu", ReLU()))),
            ("everywhere", AdaptiveAvgPool2d(1)),
            ("flat", Flatten()),
            ("last", Linear(Size, 2 * Size, hasBias: false))
        );

    private static ClassifyDiseaseOptions Classifier(CnnArchitecture architecture) =>
        new()
        {
            Architecture = architecture,
            CropSize = 32,
            Augmentation = AugmentationOptions.None,
            Optimization = new() { Epochs = 2, BatchSize = 4 },
            Seed = 3,
        };

    private static RecurrentCascadeOptions Options(CnnArchitecture architecture) =>
        new()
        {
            Iterations = 1,
            ValidationFraction = 0,
            Classifier = Classifier(architecture),
            Decoder = new() { HiddenSize = 8, Optimization = new() { Epochs = 1, BatchSize = 8 } },
            Seed = 6,
        };

    private static IDataView Rows(MLContext ml) =>
        ConstantNetwork.Rows(ml, Names, [.. Enumerable.Repeat((0, "nodule left"), 6), .. Enumerable.Repeat((1, "normal"), 6)]);

    private static float[][] Scores(RecurrentCascadeTransformer model, IDataView rows) => [.. model.Transform(rows).GetColumn<float[]>("Score")];

    private sealed class OpaqueModule : Module<Tensor, Tensor>
    {
        private readonly TorchSharp.Modules.Conv2d convolution;
        private readonly TorchSharp.Modules.Parameter gain;

        internal OpaqueModule(int channels)
            : base(nameof(OpaqueModule))
        {
            convolution = Conv2d(channels, Size, 5, stride: 3);
            gain = new TorchSharp.Modules.Parameter(ones(Size));
            RegisterComponents();
        }

        public override Tensor forward(Tensor input) => functional.relu(convolution.call(input)).mean([2, 3]).mul(gain);
    }
}
