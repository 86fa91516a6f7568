using Microsoft.ML;
using Microsoft.ML.Data;
using static TorchSharp.torch;

namespace CxrAnnotate.Tests;

/// <summary>
/// Files of torchvision's networks, and of torchxrayvision's made from one: recognized, loaded, and computing what Python computes.
/// </summary>
public sealed class TorchvisionWeightsTests(TorchvisionFiles files) : IClassFixture<TorchvisionFiles>
{
    private readonly List<string> _warnings = [];

    [Theory]
    [InlineData("resnet18", "TorchvisionResNet18", ".pth")]
    [InlineData("resnet18", "TorchvisionResNet18", ".module.pt")]
    [InlineData("resnet34", "TorchvisionResNet34", ".pth")]
    [InlineData("resnet50", "TorchvisionResNet50", ".pth")]
    [InlineData("densenet121", "TorchvisionDenseNet121", ".pth")]
    [InlineData("densenet121", "TorchvisionDenseNet121", ".module.pt")]
    [InlineData("xrv", "XrvDenseNet121", ".pth")]
    [InlineData("xrv", "XrvDenseNet121", ".module.pt")]
    public void A_file_is_recognized_and_its_network_computes_what_torchvision_computes(string file, string name, string ending)
    {
        using var scope = NewDisposeScope();
        using var gradients = no_grad();
        string path = files.File(file + ending);
        CnnArchitecture architecture = CnnArchitecture.Recognize(path);
        Assert.Same(CnnArchitecture.Parse(name), architecture);
        var (image, features, outputs) = files.Values(file);
        using ImageNetwork network = ImageNetwork.Create(architecture, architecture.ChannelsOr(0), (int)outputs.shape[1]);
        // Published files have another head, or the buffers of other things; neither is worth a word.
        new WeightSource(path, null).Fill(network.state_dict(), new() { RequireAll = true }, null, _warnings.Add, architecture.Published);
        Assert.Empty(_warnings);
        network.eval();
        var (embedding, logits) = network.call(image);
        Assert.Equal(features.shape, embedding.shape);
        NetworkGraphTests.Close([features.Floats()], embedding.Floats());
        // Torchvision's head of a residual network reads the global mean alone, ours all of the embedding.
        if (architecture.HeadLayers is ["classifier"])
            NetworkGraphTests.Close([outputs.Floats()], logits.Floats());
    }

    [Fact]
    public void A_head_of_other_labels_is_left_out_without_a_word()
    {
        using var scope = NewDisposeScope();
        using ImageNetwork network = ImageNetwork.Create(CnnArchitecture.XrvDenseNet121, 1, 4);
        byte[] head = network.state_dict()["classifier.weight"].Bytes();
        new WeightSource(files.File("xrv.pth"), null).Fill(
            network.state_dict(),
            new() { RequireAll = true },
            null,
            _warnings.Add,
            CnnArchitecture.XrvDenseNet121.Published
        );
        Assert.Empty(_warnings);
        Assert.Equal(head, network.state_dict()["classifier.weight"].Bytes());
    }

    [Theory]
    [InlineData("resnet34.pth", "TorchvisionResNet34", "TorchvisionResNet18")]
    [InlineData("resnet18.pth", "TorchvisionResNet18", "ResNet18ImageNet")]
    [InlineData("resnet18.module.pt", "TorchvisionResNet18", "TorchvisionResNet50")]
    [InlineData("xrv.pth", "XrvDenseNet121", "TorchvisionDenseNet121")]
    [InlineData("densenet121.pth", "TorchvisionDenseNet121", "TorchvisionResNet18")]
    [InlineData("resnet50.pth", "TorchvisionResNet50", "ResNet18Slim")]
    public void Weights_of_another_network_are_one_error_that_names_both(string file, string theirs, string wanted)
    {
        string path = files.File(file);
        CnnArchitecture architecture = CnnArchitecture.Parse(wanted);
        using ImageNetwork network = ImageNetwork.Create(architecture, architecture.ChannelsOr(1), 4);
        string message = Assert
            .Throws<InvalidDataException>(() =>
                new WeightSource(path, null).Fill(network.state_dict(), new(), null, _warnings.Add, architecture.Published)
            )
            .Message;
        Assert.Equal($"CXR4006: '{path}' has the weights of {theirs}, not of {wanted}.", message);
        Assert.Empty(_warnings);
    }

    /// <summary>The library's own DenseNet-121 keeps taking torchvision's file, with its own forms of the channels.</summary>
    [Fact]
    public void The_librarys_network_of_the_same_layout_takes_the_file()
    {
        using var scope = NewDisposeScope();
        using ImageNetwork network = ImageNetwork.Create(CnnArchitecture.DenseNet121, 3, 1000);
        new WeightSource(files.File("densenet121.pth"), null).Fill(
            network.state_dict(),
            new() { RequireAll = true },
            null,
            _warnings.Add,
            CnnArchitecture.DenseNet121.Published
        );
        Assert.Empty(_warnings);
    }

    [Fact]
    public void Features_of_radiographs_come_from_a_file_alone()
    {
        var ml = new MLContext(seed: 1);
        string path = files.File("xrv.module.pt");
        var random = new Random(3);
        var rows = Enumerable.Range(0, 2).Select(_ => new Row { Image = [.. Enumerable.Range(0, 80 * 90).Select(_ => random.NextSingle())] });
        using FeaturizeRadiographsTransformer stage = ml.ChestXray()
            .FeaturizeRadiographs(new FeaturizeRadiographsOptions { Pretrained = path })
            .Fit(ml.Data.LoadFromEnumerable(rows));
        float[][] features = [.. stage.Transform(ml.Data.LoadFromEnumerable(rows)).GetColumn<float[]>("Features")];
        Assert.Equal([1024, 1024], features.Select(row => row.Length));
        Assert.All(features.SelectMany(row => row), value => Assert.True(float.IsFinite(value)));
    }

    private sealed class Row
    {
        [VectorType(1, 80, 90)]
        public float[] Image { get; set; } = [];
    }
}
