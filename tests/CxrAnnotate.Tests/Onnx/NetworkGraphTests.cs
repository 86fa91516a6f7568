using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using static TorchSharp.torch;

namespace CxrAnnotate.Tests;

/// <summary>ONNX Runtime on the exported graphs against torch on the networks.</summary>
public sealed class NetworkGraphTests
{
    [Theory]
    [InlineData("NetworkInNetwork", 3, true, true)]
    [InlineData("NetworkInNetwork", 1, true, false)]
    [InlineData("NetworkInNetwork", 1, false, true)]
    [InlineData("GoogLeNet", 3, true, true)]
    [InlineData("GoogLeNet", 1, true, false)]
    [InlineData("GoogLeNet", 1, false, true)]
    [InlineData("ResNet18", 1, true, true)]
    [InlineData("ResNet18", 3, true, false)]
    [InlineData("ResNet18Slim", 1, true, true)]
    [InlineData("ResNet18Slim", 1, true, false)]
    [InlineData("ResNet18ImageNet", 3, true, true)]
    [InlineData("TorchvisionResNet18", 3, true, false)]
    [InlineData("TorchvisionResNet34", 3, true, true)]
    [InlineData("TorchvisionResNet50", 3, true, true)]
    [InlineData("TorchvisionResNet50", 3, true, false)]
    [InlineData("TorchvisionDenseNet121", 3, true, true)]
    [InlineData("XrvDenseNet121", 1, true, true)]
    public void The_graph_of_a_network_computes_what_the_network_computes(string architecture, int channels, bool batchNorm, bool fold) =>
        Check(CnnArchitecture.Parse(architecture), channels, batchNorm, fold);

    internal static void Check(CnnArchitecture architecture, int channels, bool batchNorm, bool fold)
    {
        foreach (int crops in (int[])[1, 5])
        {
            // 92 / 32 rounds up to 3: the regions of the residual networks overlap. 96 / 32 is 3, too.
            var configuration = new ClassifierConfiguration
            {
                Architecture = architecture,
                Labels = ["normal", "nodule#1", "nodule#2", "opacity"],
                Height = 108,
                Width = 120,
                CropSize = architecture.SizeMultiple == 1 ? 92 : 96,
                Channels = channels,
                BatchNormalization = batchNorm,
                Dropout = 0.3,
                ScoringCrops = crops,
                LogitShift = [0.5f, -0.25f, 0, 1],
            };
            ImageNetwork network = configuration.CreateNetwork(seed: 5);
            ImageNetworkTests.Randomise(network);
            using var model = new ClassifierModel(configuration, network, CPU);
            var graph = new OnnxGraph("classifier");
            OnnxValue image = graph.Input("image", OnnxType.Single, null, 1, 108, 120);
            var (features, scores) = ClassifierGraph.Write(graph, model, image, fold);
            graph.Output("features", features, OnnxType.Single, null, network.EmbeddingSize);
            graph.Output("scores", scores, OnnxType.Single, null, 4);
            byte[] bytes = OnnxWriter.Write(graph, new OnnxModelInfo("classifier", "test", new Dictionary<string, string>()));
            OnnxStructure.Check(bytes);
            Assert.Equal(fold, !OnnxStructure.Operations(bytes).Contains("BatchNormalization"));
            using var session = new InferenceSession(bytes);
            var random = new Random(9);
            foreach (int count in (int[])[1, 3])
            {
                float[][] images =
                [
                    .. Enumerable.Range(0, count).Select(_ => Enumerable.Range(0, 108 * 120).Select(_ => random.NextSingle()).ToArray()),
                ];
                var (expectedFeatures, expectedScores) = model.Score(count, (i, pixels) => images[i].CopyTo(pixels));
                using var results = session.Run([
                    NamedOnnxValue.CreateFromTensor("image", new DenseTensor<float>(images.SelectMany(p => p).ToArray(), [count, 1, 108, 120])),
                ]);
                Close(expectedFeatures, results[0].AsEnumerable<float>());
                Close(expectedScores, results[1].AsEnumerable<float>());
            }
        }
    }

    /// <summary>Equal to 1e-4 of the largest value.</summary>
    internal static void Close(IEnumerable<float[]> expected, IEnumerable<float> actual)
    {
        float[] e = [.. expected.SelectMany(x => x)],
            a = [.. actual];
        Assert.Equal(e.Length, a.Length);
        float scale = e.Max(MathF.Abs);
        for (int i = 0; i < e.Length; i++)
            Assert.InRange(a[i], e[i] - (1e-4f * scale), e[i] + (1e-4f * scale));
    }
}
