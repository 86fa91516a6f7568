using BenchmarkDotNet.Attributes;
using Microsoft.ML.OnnxRuntime;
using TorchSharp;

namespace CxrAnnotate.Benchmarks;

/// <summary>
/// Scoring the same images by TorchSharp and by ONNX Runtime: preparation, network and softmax, 224 x 224, one channel. The mean is per image.
/// </summary>
public class ScoringBenchmarks
{
    private const int Images = 32,
        Side = 224;

    private readonly List<float[][]> _batches = [];
    private ClassifierModel _model = null!;
    private InferenceSession _session = null!;

    [ParamsSource(nameof(Architectures))]
    public CnnArchitecture Architecture { get; set; } = null!;

    public static IReadOnlyList<CnnArchitecture> Architectures =>
        [CnnArchitecture.GoogLeNet, CnnArchitecture.NetworkInNetwork, CnnArchitecture.ResNet18Slim];

    [Params(1, 8, 32)]
    public int Batch { get; set; }

    [GlobalSetup]
    public void SetUp()
    {
        NativeRuntime.EnsureLoaded();
        var configuration = new ClassifierConfiguration
        {
            Architecture = Architecture,
            Labels = [.. Enumerable.Range(0, 17).Select(i => $"label{i}")],
            Height = 256,
            Width = 256,
            CropSize = Side,
            Channels = 1,
            BatchNormalization = true,
            Dropout = 0,
            ScoringCrops = 1,
        };
        _model = new ClassifierModel(configuration, configuration.CreateNetwork(seed: 1), torch.CPU);
        var graph = new OnnxGraph("classifier");
        var (features, scores) = ClassifierGraph.Write(
            graph,
            _model,
            graph.Input("Image", OnnxType.Single, null, 1, 256, 256),
            foldNormalization: true
        );
        graph.Output("Features", features, OnnxType.Single, null, _model.Network.EmbeddingSize);
        graph.Output("Score", scores, OnnxType.Single, null, 17);
        _session = new InferenceSession(OnnxWriter.Write(graph, new OnnxModelInfo("classifier", "benchmark", new Dictionary<string, string>())));
        var random = new Random(1);
        foreach (
            float[][] batch in Enumerable
                .Range(0, Images)
                .Select(_ => Enumerable.Range(0, 256 * 256).Select(_ => random.NextSingle()).ToArray())
                .Chunk(Batch)
        )
            _batches.Add(batch);
    }

    [GlobalCleanup]
    public void CleanUp()
    {
        _model.Dispose();
        _session.Dispose();
    }

    [Benchmark(Baseline = true, OperationsPerInvoke = Images)]
    public float TorchSharp() => _batches.Sum(batch => _model.Score(batch.Length, (i, pixels) => batch[i].CopyTo(pixels)).Scores[0][0]);

    [Benchmark(OperationsPerInvoke = Images)]
    public float OnnxRuntime()
    {
        float sum = 0;
        foreach (float[][] batch in _batches)
        {
            float[] pixels = new float[batch.Length * 256 * 256];
            for (int i = 0; i < batch.Length; i++)
                batch[i].CopyTo(pixels, i * 256 * 256);
            using OrtValue input = OrtValue.CreateTensorValueFromMemory(pixels, [batch.Length, 1, 256, 256]);
            using var run = new RunOptions();
            using var results = _session.Run(run, ["Image"], [input], ["Features", "Score"]);
            sum += results[1].GetTensorDataAsSpan<float>()[0];
        }

        return sum;
    }
}
