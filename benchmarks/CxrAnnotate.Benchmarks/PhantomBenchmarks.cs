using BenchmarkDotNet.Attributes;

namespace CxrAnnotate.Benchmarks;

/// <summary>Drawing a phantom study.</summary>
public class PhantomBenchmarks
{
    private ChestPhantom _phantom = null!;
    private int _study;

    [Params(128, 256)]
    public int Size { get; set; }

    [GlobalSetup]
    public void SetUp() => _phantom = new ChestPhantom(new ChestPhantomOptions { Size = Size });

    [Benchmark]
    public PhantomImage Frontal() => _phantom.Render(_study++ % 1000);

    [Benchmark]
    public PhantomImage Lateral() => _phantom.Render(_study++ % 1000, lateral: true);
}
