using BenchmarkDotNet.Attributes;

namespace CxrAnnotate.Benchmarks;

/// <summary>The ten most similar of a million cases with context vectors of 256 numbers.</summary>
public class SimilarityBenchmarks
{
    private const int Cases = 1_000_000;
    private const int Size = 256;

    private SimilarityIndex _index = null!;
    private float[][] _queries = [];

    [Params(1, 8)]
    public int Queries { get; set; }

    [GlobalSetup]
    public void SetUp()
    {
        var vectors = new float[Cases][];
        Parallel.For(0, Cases, i => vectors[i] = Numbers(new Random(i)));
        _index = SimilarityIndex.Create([.. vectors.Select(_ => new IndexedCase(""))], vectors);
        _queries = [.. Enumerable.Range(0, Queries).Select(q => Numbers(new Random(Cases + q)))];
    }

    [Benchmark]
    public int Nearest() => _index.Nearest(_queries, 10)[0][0].Index;

    private static float[] Numbers(Random random)
    {
        var numbers = new float[Size];
        for (int i = 0; i < numbers.Length; i++)
            numbers[i] = random.NextSingle() - 0.5f;
        return numbers;
    }
}
