using BenchmarkDotNet.Attributes;

namespace CxrAnnotate.Benchmarks;

/// <summary>Annotating 32 images with a decoder of 256 units over a vocabulary of 96 words: greedy search, and beam search.</summary>
public class DecoderBenchmarks
{
    private const int Images = 32;

    private readonly string[] _labels = [.. Enumerable.Range(0, 17).Select(i => FormattableString.Invariant($"finding{i}"))];
    private DecoderModel _model = null!;
    private float[][] _features = [];
    private string[] _imageLabels = [];

    [Params(RecurrentCell.Gru, RecurrentCell.Lstm)]
    public RecurrentCell Cell { get; set; }

    [Params(1, 8)]
    public int BeamWidth { get; set; }

    [GlobalSetup]
    public void SetUp()
    {
        NativeRuntime.EnsureLoaded();
        var random = new Random(1);
        string[] words = [.. Enumerable.Range(0, 79).Select(i => FormattableString.Invariant($"word{i}"))];
        float[][] features = [.. Enumerable.Range(0, 256).Select(_ => Numbers(random))];
        string[] labels = [.. features.Select((_, i) => _labels[i % _labels.Length])];
        string[] captions = [.. labels.Select(label => $"{label} {string.Join(' ', random.GetItems(words, random.Next(1, 6)))}")];
        var options = new DecodeContextOptions
        {
            Cell = Cell,
            Optimization = new() { Epochs = 1, BatchSize = 32 },
        };
        _model = new DecoderTrainer(options, 1).Train(DecoderExamples.Of(features, labels, captions));
        _features = features[..Images];
        _imageLabels = labels[..Images];
    }

    [GlobalCleanup]
    public void CleanUp() => _model.Dispose();

    [Benchmark]
    public int Beam() => _model.Beam(_features, _imageLabels, BeamWidth).Sum(found => found[0].Words.Length);

    private static float[] Numbers(Random random)
    {
        var numbers = new float[CnnArchitecture.ResNet18Slim.EmbeddingSize];
        for (int i = 0; i < numbers.Length; i++)
            numbers[i] = random.NextSingle();
        return numbers;
    }
}
