using BenchmarkDotNet.Attributes;
using static TorchSharp.torch;

namespace CxrAnnotate.Benchmarks;

/// <summary>
/// An image network's forward pass as in scoring, and one training step (forward, backward, AdamW), at the paper's 224 x 224. Times are per batch.
/// </summary>
public class NetworkBenchmarks
{
    private const int Side = 224;
    private const int Labels = 17;

    private ImageNetwork _network = null!;
    private WeightOptimizer _optimizer = null!;
    private Tensor _images = null!;
    private Tensor _targets = null!;

    [ParamsSource(nameof(Architectures))]
    public CnnArchitecture Architecture { get; set; } = null!;

    public static IReadOnlyList<CnnArchitecture> Architectures => CnnArchitecture.All;

    [Params(1, 8, 32)]
    public int Batch { get; set; }

    [GlobalSetup]
    public void SetUp()
    {
        NativeRuntime.EnsureLoaded();
        random.manual_seed(1);
        _network = ImageNetwork.Create(Architecture, channels: 1, Labels);
        _optimizer = new WeightOptimizer(_network.named_parameters(), new OptimizationOptions());
        _images = randn(Batch, 1, Side, Side);
        _targets = randint(0, Labels, [Batch], dtype: ScalarType.Int64);
    }

    [GlobalCleanup]
    public void CleanUp()
    {
        _optimizer.Dispose();
        _network.Dispose();
        _images.Dispose();
        _targets.Dispose();
    }

    [Benchmark]
    public long Forward()
    {
        _network.eval();
        using var _ = no_grad();
        using var __ = NewDisposeScope();
        return _network.call(_images).Logits.numel();
    }

    [Benchmark]
    public void TrainingStep()
    {
        _network.train();
        using var _ = NewDisposeScope();
        _optimizer.ZeroGradients();
        nn.functional.cross_entropy(_network.call(_images).Logits, _targets).backward();
        _optimizer.Step(1e-4);
    }
}
