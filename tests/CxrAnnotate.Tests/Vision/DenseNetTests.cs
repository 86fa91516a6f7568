using static CxrAnnotate.Tests.ReferenceLayers;
using static TorchSharp.torch;

namespace CxrAnnotate.Tests;

public sealed class DenseNetTests
{
    /// <summary>The count that torchvision publishes for densenet121 (7,978,856) without its head of 1000 classes.</summary>
    [Theory]
    [InlineData(3, 6_953_856)]
    [InlineData(1, 6_953_856 - (2 * 64 * 7 * 7))]
    public void Without_its_head_the_network_has_the_published_number_of_parameters(int channels, long parameters)
    {
        using ImageNetwork network = ImageNetwork.Create(CnnArchitecture.DenseNet121, channels, 17);
        Assert.Equal(parameters + (1024 * 17) + 17, network.ParameterCount);
    }

    [Fact]
    public void Tensors_have_the_names_and_shapes_of_torchvision()
    {
        using var scope = NewDisposeScope();
        using ImageNetwork network = ImageNetwork.Create(CnnArchitecture.DenseNet121, 3, 1000);
        var tensors = network.state_dict();
        // 120 convolutions, 121 normalisations of five tensors, and the head.
        Assert.Equal(120 + (121 * 5) + 2, tensors.Count);
        Assert.Equal([64L, 3L, 7L, 7L], tensors["features.conv0.weight"].shape);
        Assert.Equal([128L, 64L, 1L, 1L], tensors["features.denseblock1.denselayer1.conv1.weight"].shape);
        Assert.Equal([32L, 128L, 3L, 3L], tensors["features.denseblock4.denselayer16.conv2.weight"].shape);
        Assert.Equal([992L], tensors["features.denseblock4.denselayer16.norm1.running_var"].shape);
        Assert.Equal([512L, 1024L, 1L, 1L], tensors["features.transition3.conv.weight"].shape);
        Assert.Equal([1024L], tensors["features.norm5.bias"].shape);
        Assert.Equal([1000L, 1024L], tensors["classifier.weight"].shape);
    }

    [Theory]
    [InlineData(1, 0.2)]
    [InlineData(3, 0)]
    public void Forward_pass_equals_plain_loops_on_fixed_weights(int channels, double dropout)
    {
        const int Size = 70;
        using var scope = NewDisposeScope();
        using ImageNetwork network = ImageNetwork.Create(CnnArchitecture.DenseNet121, channels, 5, dropout: dropout);
        ImageNetworkTests.Randomise(network);
        network.eval();
        var random = new Random(3);
        Map image = Create(channels, Size, Size, (_, _, _) => (random.NextDouble() * 2) - 1);
        using var _ = no_grad();
        var (embedding, logits) = network.call(tensor(image.Values).to_type(ScalarType.Float32).reshape(1, channels, Size, Size));

        var layers = new ReferenceLayers(network);
        Map x = MaxPool(Relu(layers.Norm(layers.Conv(image, "features.conv0", 2, 3), "features.norm0", 1e-5)), 3, 2, 1);
        int[] blocks = [6, 12, 24, 16];
        for (int block = 1; block <= blocks.Length; block++)
        {
            for (int layer = 1; layer <= blocks[block - 1]; layer++)
            {
                string name = $"features.denseblock{block}.denselayer{layer}";
                Map y = layers.Conv(Relu(layers.Norm(x, $"{name}.norm1", 1e-5)), $"{name}.conv1");
                x = Concatenate(x, layers.Conv(Relu(layers.Norm(y, $"{name}.norm2", 1e-5)), $"{name}.conv2", 1, 1));
            }

            string transition = $"features.transition{block}";
            if (block < blocks.Length)
                x = AveragePool(layers.Conv(Relu(layers.Norm(x, $"{transition}.norm", 1e-5)), $"{transition}.conv"), 2, 2, 0);
        }

        double[] expected = Regions(Relu(layers.Norm(x, "features.norm5", 1e-5)), 1, 1);
        ImageNetworkTests.AssertClose(expected, embedding);
        ImageNetworkTests.AssertClose(layers.Linear(expected, "classifier"), logits);
    }

    [Theory]
    [InlineData(1, true)]
    [InlineData(3, false)]
    public void The_graph_computes_what_the_network_computes(int channels, bool fold) =>
        new NetworkGraphTests().The_graph_of_a_network_computes_what_the_network_computes("DenseNet121", channels, batchNorm: true, fold);
}
