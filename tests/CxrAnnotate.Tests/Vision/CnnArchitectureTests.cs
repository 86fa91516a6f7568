using System.Text.Json;
using static TorchSharp.torch;

namespace CxrAnnotate.Tests;

/// <summary>Properties of every network in the list, including new ones.</summary>
public sealed class CnnArchitectureTests
{
    public static TheoryData<string> Names => [.. CnnArchitecture.All.Select(architecture => architecture.Name)];

    [Theory]
    [InlineData("ResNet18Slim", "resnet18-slim")]
    [InlineData("ResNet18", "resnet18")]
    [InlineData("NetworkInNetwork", "nin")]
    [InlineData("GoogLeNet", "googlenet")]
    [InlineData("DenseNet121", "densenet121")]
    [InlineData("ResNet18ImageNet", "resnet18-imagenet")]
    [InlineData("TorchvisionResNet18", "torchvision-resnet18")]
    [InlineData("TorchvisionResNet34", "torchvision-resnet34")]
    [InlineData("TorchvisionResNet50", "torchvision-resnet50")]
    [InlineData("TorchvisionDenseNet121", "torchvision-densenet121")]
    [InlineData("XrvDenseNet121", "xrv-densenet121")]
    public void Networks_keep_the_names_that_saved_models_and_command_lines_have(string name, string shortName)
    {
        CnnArchitecture architecture = CnnArchitecture.Parse(shortName.ToUpperInvariant());
        Assert.Equal(name, architecture.Name);
        Assert.Equal(name, architecture.ToString());
        Assert.Same(architecture, CnnArchitecture.Parse(name.ToLowerInvariant()));
    }

    [Fact]
    public void Names_and_short_names_are_distinct()
    {
        string[] names = [.. CnnArchitecture.All.SelectMany(a => (string[])[a.Name, a.ShortName]).Select(name => name.ToUpperInvariant()).Distinct()];
        // A name and its short name may differ only in case.
        Assert.Equal(CnnArchitecture.All.Sum(a => a.Name.Equals(a.ShortName, StringComparison.OrdinalIgnoreCase) ? 1 : 2), names.Length);
    }

    [Fact]
    public void An_unknown_name_is_refused_with_the_known_ones()
    {
        string message = Assert.Throws<ArgumentException>(() => CnnArchitecture.Parse("alexnet")).Message;
        Assert.StartsWith("CXR5007", message, StringComparison.Ordinal);
        Assert.All(CnnArchitecture.All, architecture => Assert.Contains(architecture.Name, message, StringComparison.Ordinal));
        Assert.False(CnnArchitecture.TryParse(null, out _));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void The_smallest_image_gives_an_embedding_and_logits_of_the_described_sizes(string name)
    {
        using var scope = NewDisposeScope();
        CnnArchitecture architecture = CnnArchitecture.Parse(name);
        foreach (int channels in architecture.InputChannels is { } own ? [own] : (int[])[1, 3])
        {
            using ImageNetwork network = ImageNetwork.Create(architecture, channels, 5);
            network.eval();
            using var _ = no_grad();
            var (embedding, logits) = network.call(ones(2, channels, architecture.SmallestSize, architecture.SmallestSize));
            Assert.Equal([2L, architecture.EmbeddingSize], embedding.shape);
            Assert.Equal([2L, 5L], logits.shape);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void The_described_layers_are_those_that_the_embedding_depends_on(string name)
    {
        using var scope = NewDisposeScope();
        CnnArchitecture architecture = CnnArchitecture.Parse(name);
        using ImageNetwork network = ImageNetwork.Create(architecture, architecture.ChannelsOr(1), 5);
        ImageNetworkTests.Randomise(network);
        network.eval();
        network.call(randn(1, architecture.ChannelsOr(1), architecture.SmallestSize, architecture.SmallestSize)).Embedding.sum().backward();
        string[] reached = [.. network.named_parameters().Where(p => p.parameter.grad is not null).Select(p => p.name)];
        Assert.Equal(reached, reached.Where(tensor => architecture.Layers.Any(layer => IsIn(tensor, layer))));
        Assert.All(architecture.Layers, layer => Assert.Contains(reached, tensor => IsIn(tensor, layer)));
        Assert.DoesNotContain(reached, architecture.IsHead);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Only_the_shapes_of_the_head_depend_on_the_labels(string name)
    {
        using var scope = NewDisposeScope();
        CnnArchitecture architecture = CnnArchitecture.Parse(name);
        using ImageNetwork four = ImageNetwork.Create(architecture, architecture.ChannelsOr(1), 4);
        using ImageNetwork nine = ImageNetwork.Create(architecture, architecture.ChannelsOr(1), 9);
        var others = nine.state_dict();
        string[] different = [.. four.state_dict().Where(t => !t.Value.shape.AsSpan().SequenceEqual(others[t.Key].shape)).Select(t => t.Key)];
        Assert.NotEmpty(different);
        Assert.All(different, tensor => Assert.True(architecture.IsHead(tensor), tensor));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void The_same_seed_gives_the_same_weights_and_another_seed_different_ones(string name)
    {
        using var scope = NewDisposeScope();
        CnnArchitecture architecture = CnnArchitecture.Parse(name);
        using ImageNetwork first = ImageNetwork.Create(architecture, architecture.ChannelsOr(1), 4, seed: 3);
        using ImageNetwork second = ImageNetwork.Create(architecture, architecture.ChannelsOr(1), 4, seed: 3);
        using ImageNetwork third = ImageNetwork.Create(architecture, architecture.ChannelsOr(1), 4, seed: 4);
        var (a, b, c) = (first.state_dict(), second.state_dict(), third.state_dict());
        Assert.All(a, t => Assert.Equal(t.Value.Bytes(), b[t.Key].Bytes()));
        Assert.Contains(a, t => !t.Value.Bytes().SequenceEqual(c[t.Key].Bytes()));
    }

    [Theory]
    [InlineData("ResNet18ImageNet", 3, true, 58, 32, 5632)]
    [InlineData("TorchvisionResNet50", 3, true, 1, 1, 22528)]
    [InlineData("TorchvisionDenseNet121", 3, true, 1, 1, 1024)]
    [InlineData("XrvDenseNet121", 1, false, 1024, 1, 1024)]
    [InlineData("ResNet18Slim", null, true, 1, 1, 1024)]
    public void The_input_belongs_to_the_network(string name, int? channels, bool standardizes, double scale, int multiple, int embedding)
    {
        CnnArchitecture network = CnnArchitecture.Parse(name);
        Assert.Equal(
            (channels, standardizes, scale, multiple, embedding),
            (network.InputChannels, network.StandardizesInput, network.InputScale, network.SizeMultiple, network.EmbeddingSize)
        );
    }

    [Fact]
    public void A_saved_configuration_with_other_channels_than_the_network_has_is_refused()
    {
        using var folder = new ScratchFolder();
        string json = Configuration()
            .Replace("ResNet18Slim", "ResNet18ImageNet", StringComparison.Ordinal)
            .Replace("\"embeddingSize\": 1024", "\"embeddingSize\": 5632", StringComparison.Ordinal);
        string path = folder.Write("one.json", json);
        Assert.StartsWith("CXR5002", Assert.Throws<InvalidDataException>(() => ClassifierConfiguration.Read(path)).Message, StringComparison.Ordinal);
        path = folder.Write("three.json", json.Replace("\"channels\": 1", "\"channels\": 3", StringComparison.Ordinal));
        Assert.Same(CnnArchitecture.ResNet18ImageNet, ClassifierConfiguration.Read(path).Architecture);
    }

    [Theory]
    [InlineData("ResNet18ImageNet", 256, 224, 256)]
    [InlineData("ResNet18ImageNet", 100, 64, 96)]
    [InlineData("ResNet18ImageNet", 40, 32, 32)]
    [InlineData("TorchvisionResNet18", 100, 87, 100)]
    [InlineData("ResNet18Slim", 33, 32, 33)]
    public void Crops_are_multiples_of_what_the_network_wants(string name, int side, int normal, int largest)
    {
        CnnArchitecture network = CnnArchitecture.Parse(name);
        Assert.Equal(normal, ClassifierConfiguration.DefaultCrop(network, side + 7, side));
        Assert.Equal(largest, ClassifierConfiguration.LargestCrop(network, side, side + 7));
    }

    [Fact]
    public void A_crop_that_is_no_multiple_is_refused_with_one_that_is()
    {
        using var folder = new ScratchFolder();
        string path = folder.Write(
            "odd.json",
            Configuration()
                .Replace("ResNet18Slim", "ResNet18ImageNet", StringComparison.Ordinal)
                .Replace("\"embeddingSize\": 1024", "\"embeddingSize\": 5632", StringComparison.Ordinal)
                .Replace("\"channels\": 1", "\"channels\": 3", StringComparison.Ordinal)
        );
        string message = Assert.Throws<InvalidOperationException>(ClassifierConfiguration.Read(path).CheckCrop).Message;
        Assert.Contains("a multiple of 32 for ResNet18ImageNet, such as 64", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_saved_configuration_of_an_unknown_network_is_refused_by_name()
    {
        using var folder = new ScratchFolder();
        string path = folder.Write("classifier.json", Configuration().Replace("ResNet18Slim", "VisionTransformer", StringComparison.Ordinal));
        string message = Assert.Throws<InvalidDataException>(() => ClassifierConfiguration.Read(path)).Message;
        Assert.StartsWith("CXR5007", message, StringComparison.Ordinal);
        Assert.Contains("VisionTransformer", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_saved_configuration_has_the_embedding_size_and_older_ones_imply_1024()
    {
        using var folder = new ScratchFolder();
        string json = Configuration();
        Assert.Equal(1024, JsonDocument.Parse(json).RootElement.GetProperty("embeddingSize").GetInt32());
        string before = json.Replace("\"embeddingSize\": 1024,", "", StringComparison.Ordinal);
        Assert.NotEqual(json, before);
        Assert.Same(CnnArchitecture.ResNet18Slim, ClassifierConfiguration.Read(folder.Write("before.json", before)).Architecture);
        string other = folder.Write("other.json", json.Replace("1024,", "512,", StringComparison.Ordinal));
        Assert.StartsWith(
            "CXR5002",
            Assert.Throws<InvalidDataException>(() => ClassifierConfiguration.Read(other)).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void The_fingerprint_of_a_training_has_the_name_of_the_network_as_before()
    {
        var fingerprint = new SortedDictionary<string, string>(StringComparer.Ordinal);
        TrainingFingerprint.Add(fingerprint, new ClassifyDiseaseOptions { Architecture = CnnArchitecture.GoogLeNet });
        Assert.Equal("GoogLeNet", fingerprint["Architecture"]);
        Assert.Equal("CrossEntropy", fingerprint["MultiLabel.Loss"]);
        Assert.DoesNotContain(fingerprint.Keys, key => key.StartsWith("Architecture.", StringComparison.Ordinal));
    }

    private static bool IsIn(string tensor, string layer) => tensor.StartsWith(layer + ".", StringComparison.Ordinal);

    private static string Configuration() =>
        new ClassifierConfiguration
        {
            Architecture = CnnArchitecture.ResNet18Slim,
            EmbeddingSize = CnnArchitecture.ResNet18Slim.EmbeddingSize,
            Labels = ["normal", "nodule"],
            Height = 64,
            Width = 64,
            CropSize = 56,
            Channels = 1,
            BatchNormalization = true,
            Dropout = 0,
        }.ToJson();
}
