using static CxrAnnotate.Tests.ReferenceLayers;
using static TorchSharp.torch;

namespace CxrAnnotate.Tests;

public sealed class ImageNetworkTests
{
    /// <summary>Parameter counts of docs/method.md, sections 2.1 and 2.2.</summary>
    [Theory]
    [InlineData("NetworkInNetwork", 17, true, 6_596_147)]
    [InlineData("NetworkInNetwork", 57, true, 6_637_227)]
    [InlineData("NetworkInNetwork", 17, false, 6_587_635)]
    [InlineData("NetworkInNetwork", 57, false, 6_628_715)]
    [InlineData("GoogLeNet", 17, true, 15_704_305)]
    [InlineData("GoogLeNet", 57, true, 15_745_305)]
    [InlineData("GoogLeNet", 1000, true, 16_711_880)]
    public void Networks_have_the_number_of_parameters_of_the_paper_s(string architecture, int labels, bool batchNorm, long parameters)
    {
        using ImageNetwork network = ImageNetwork.Create(CnnArchitecture.Parse(architecture), 3, labels, batchNorm);
        Assert.Equal(parameters, network.ParameterCount);
    }

    [Theory]
    [InlineData("NetworkInNetwork", 3, true, 0.5)]
    [InlineData("NetworkInNetwork", 1, false, 0)]
    [InlineData("GoogLeNet", 3, true, 0.4)]
    [InlineData("GoogLeNet", 1, false, 0)]
    [InlineData("ResNet18", 3, true, 0)]
    [InlineData("ResNet18Slim", 1, true, 0.2)]
    public void Forward_pass_equals_plain_loops_on_fixed_weights(string architecture, int channels, bool batchNorm, double dropout)
    {
        const int Size = 70; // odd sizes inside, so that ceiling pools and partial windows matter
        using var scope = NewDisposeScope();
        using ImageNetwork network = ImageNetwork.Create(CnnArchitecture.Parse(architecture), channels, 5, batchNorm, dropout);
        Randomise(network);
        network.eval();
        int size = architecture == "NetworkInNetwork" ? Size + 9 : 64;
        var random = new Random(3);
        Map image = Create(channels, size, size, (_, _, _) => (random.NextDouble() * 2) - 1);
        using var _ = no_grad();
        var (embedding, logits) = network.call(tensor(image.Values).to_type(ScalarType.Float32).reshape(1, channels, size, size));

        var layers = new ReferenceLayers(network);
        var (expectedEmbedding, expectedLogits) = architecture switch
        {
            "NetworkInNetwork" => NetworkInNetwork(layers, image, batchNorm),
            "GoogLeNet" => GoogLeNet(layers, image),
            "ResNet18" => ResNet(layers, image, 1, 2),
            _ => ResNet(layers, image, 2, 2),
        };
        AssertClose(expectedEmbedding, embedding);
        AssertClose(expectedLogits, logits);
    }

    [Theory]
    [InlineData("ResNet18Slim")]
    [InlineData("ResNet18")]
    [InlineData("NetworkInNetwork")]
    [InlineData("GoogLeNet")]
    public void Gradients_reach_every_parameter(string architecture)
    {
        using var scope = NewDisposeScope();
        random.manual_seed(7);
        using ImageNetwork network = ImageNetwork.Create(CnnArchitecture.Parse(architecture), 1, 4);
        Randomise(network);
        network.train();
        var (_, logits) = network.call(randn(4, 1, 80, 80));
        nn.functional.cross_entropy(logits, tensor((long[])[0, 1, 2, 3])).backward();
        foreach (var (name, parameter) in network.named_parameters())
        {
            // A batch normalisation cancels the bias before it, whose gradient is zero except for rounding.
            if (!name.EndsWith("bias", StringComparison.Ordinal))
                Assert.True(parameter.grad is { } gradient && gradient.abs().max().Number() > 0, $"no gradient reaches {name}");
        }
    }

    [Fact]
    public void Starting_from_another_network_copies_all_but_the_head_if_the_labels_differ()
    {
        using var scope = NewDisposeScope();
        using ImageNetwork four = ImageNetwork.Create(CnnArchitecture.ResNet18Slim, 1, 4);
        using ImageNetwork nine = ImageNetwork.Create(CnnArchitecture.ResNet18Slim, 1, 9);
        nine.CopyFrom(four);
        four.eval();
        nine.eval();
        using var _ = no_grad();
        Tensor image = randn(2, 1, 64, 64);
        var (a, x) = four.call(image);
        var (b, y) = nine.call(image);
        Assert.Equal(a.Bytes(), b.Bytes());
        Assert.Equal([2L, 4L], x.shape);
        Assert.Equal([2L, 9L], y.shape);
    }

    [Fact]
    public void A_blob_on_one_side_changes_that_side_s_half_of_the_residual_embedding_most()
    {
        using var scope = NewDisposeScope();
        random.manual_seed(5);
        using ImageNetwork network = ImageNetwork.Create(CnnArchitecture.ResNet18, 1, 2);
        Randomise(network);
        network.eval();
        using var _ = no_grad();
        Tensor blank = zeros(1, 1, 128, 128);
        Tensor left = blank.clone();
        left[0, 0, 40..60, 10..30] = 3;
        Tensor change = (network.call(left).Embedding - network.call(blank).Embedding).abs().reshape(512, 2).sum([0L]);
        Assert.True(change[0].Number() > change[1].Number());
    }

    private static (double[] Embedding, double[] Logits) NetworkInNetwork(ReferenceLayers layers, Map x, bool batchNorm)
    {
        int[][] convolutions =
        [
            [4, 0, 3],
            [1, 2, 3],
            [1, 1, 3],
            [1, 1, 2],
        ];
        for (int block = 0; block < 4; block++)
        {
            if (block > 0)
                x = MaxPool(x, 3, 2, ceiling: true);
            for (int i = 0; i < convolutions[block][2]; i++)
            {
                x = layers.Conv(x, $"blocks.{block}.conv{i}", i == 0 ? convolutions[block][0] : 1, i == 0 ? convolutions[block][1] : 0);
                if (block == 3 && i == 1)
                    break;
                if (batchNorm)
                    x = layers.Norm(x, $"blocks.{block}.norm{i}", 1e-3);
                x = Relu(x);
            }
        }

        double[] embedding = Regions(x, 1, 1);
        if (batchNorm)
            x = Relu(layers.Norm(x, "last_norm", 1e-3));
        return (embedding, Regions(Relu(layers.Norm(layers.Conv(x, "head"), "head_norm", 1e-3)), 1, 1));
    }

    private static (double[] Embedding, double[] Logits) GoogLeNet(ReferenceLayers layers, Map image)
    {
        Map x = Normalised(layers, Scale(image, 0.02), "stem.conv1", 2, 3, relu: true);
        x = MaxPool(x, 3, 2, ceiling: true);
        x = Normalised(layers, x, "stem.conv2", 1, 0, relu: true);
        x = Normalised(layers, x, "stem.conv3", 1, 1, relu: true);
        x = MaxPool(x, 3, 2, ceiling: true);
        foreach (string module in (string[])["3a", "3b", "3c", "down3", "4a", "4b", "4c", "4d", "4e", "down4", "5a", "5b"])
        {
            x = module.StartsWith("down", StringComparison.Ordinal)
                ? Normalised(layers, x, $"body.{module}", 2, 0, relu: false)
                : Inception(layers, x, $"body.{module}", maximum: module is "3c" or "4e" or "5b");
        }

        double[] embedding = Regions(x, 1, 1);
        return (embedding, layers.Linear(embedding, "head"));
    }

    private static Map Inception(ReferenceLayers layers, Map x, string name, bool maximum)
    {
        var branches = new List<Map>();
        if (layers.Has($"{name}.single.conv0.weight"))
            branches.Add(Relu(layers.Conv(x, $"{name}.single.conv0")));
        branches.Add(Relu(layers.Conv(Relu(layers.Conv(x, $"{name}.triple.conv0")), $"{name}.triple.conv1", 1, 1)));
        branches.Add(
            Relu(
                layers.Conv(Relu(layers.Conv(Relu(layers.Conv(x, $"{name}.twice.conv0")), $"{name}.twice.conv1", 1, 1)), $"{name}.twice.conv2", 1, 1)
            )
        );
        Map pooled = maximum ? MaxPool(x, 3, 1, 1) : AveragePool(x, 3, 1, 1);
        branches.Add(layers.Has($"{name}.projection.conv0.weight") ? Relu(layers.Conv(pooled, $"{name}.projection.conv0")) : pooled);
        return Concatenate([.. branches]);
    }

    private static Map Normalised(ReferenceLayers layers, Map x, string name, int stride, int padding, bool relu)
    {
        x = layers.Conv(x, $"{name}.conv", stride, padding);
        if (layers.Has($"{name}.norm.weight"))
            x = layers.Norm(x, $"{name}.norm", 1e-3);
        return relu ? Relu(x) : x;
    }

    private static (double[] Embedding, double[] Logits) ResNet(ReferenceLayers layers, Map image, int rows, int columns)
    {
        Map x = MaxPool(Relu(layers.Norm(layers.Conv(image, "stem", 2, 3), "stem_norm", 1e-5)), 3, 2, 1);
        for (int stage = 0; stage < 4; stage++)
        {
            for (int block = 0; block < 2; block++)
            {
                string name = $"stages.stage{stage}_{block}";
                int stride = stage > 0 && block == 0 ? 2 : 1;
                Map shortcut = layers.Has($"{name}.shortcut.conv.weight")
                    ? layers.Norm(layers.Conv(x, $"{name}.shortcut.conv", stride), $"{name}.shortcut.norm", 1e-5)
                    : x;
                Map y = Relu(layers.Norm(layers.Conv(x, $"{name}.conv1", stride, 1), $"{name}.norm1", 1e-5));
                x = Relu(Add(layers.Norm(layers.Conv(y, $"{name}.conv2", 1, 1), $"{name}.norm2", 1e-5), shortcut));
            }
        }

        double[] embedding = Regions(x, rows, columns);
        return (embedding, layers.Linear(embedding, "head"));
    }

    /// <summary>Moves weights, gains and statistics away from their initial values, so that a forgotten one shows.</summary>
    internal static void Randomise(ImageNetwork network)
    {
        using var _ = no_grad();
        using var __ = NewDisposeScope();
        random.manual_seed(11);
        foreach (var (name, tensor) in network.state_dict())
        {
            if (name.EndsWith("num_batches_tracked", StringComparison.Ordinal))
                continue;
            if (tensor.dim() > 1)
                tensor.copy_(randn_like(tensor).Times(1.4 / Math.Sqrt(tensor.numel() / tensor.shape[0])));
            else if (name.EndsWith("var", StringComparison.Ordinal) || (name.EndsWith("weight", StringComparison.Ordinal) && tensor.dim() == 1))
                tensor.copy_(rand_like(tensor).Times(0.5).PlusInPlace(0.75));
            else
                tensor.copy_(randn_like(tensor).Times(0.1));
        }
    }

    internal static void AssertClose(double[] expected, Tensor actual)
    {
        double[] values = actual.Doubles();
        Assert.Equal(expected.Length, values.Length);
        double scale = expected.Max(Math.Abs);
        Assert.True(scale > 1e-3, "the reference is almost zero: nothing is compared");
        for (int i = 0; i < values.Length; i++)
            Assert.True(Math.Abs(expected[i] - values[i]) < 2e-4 * scale, $"{i}: expected {expected[i]}, got {values[i]}");
    }
}
