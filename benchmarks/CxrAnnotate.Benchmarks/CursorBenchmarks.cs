using BenchmarkDotNet.Attributes;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace CxrAnnotate.Benchmarks;

/// <summary>
/// The cost of the look-ahead cursor beside the computation: 10,000 rows with a vector of 1024 numbers through a stage that only adds 1, in batches,
/// against the view itself.
/// </summary>
public class CursorBenchmarks
{
    private const int Count = 10_000;

    private IDataView _source = null!;
    private IDataView _staged = null!;

    [Params(1, 16)]
    public int BatchSize { get; set; }

    [GlobalSetup]
    public void SetUp()
    {
        var context = new MLContext(1);
        var vector = new float[1024];
        _source = context.Data.LoadFromEnumerable(Enumerable.Range(0, Count).Select(i => new Row { Value = i, Features = vector }));
        _staged = new AddOne(context, BatchSize).Transform(_source);
    }

    [Benchmark(Baseline = true)]
    public float Plain() => Sum(_source, "Value");

    [Benchmark]
    public float LookAhead() => Sum(_staged, "More");

    private static float Sum(IDataView view, string name)
    {
        using DataViewRowCursor cursor = view.GetRowCursor([view.Schema[name], view.Schema["Features"]]);
        ValueGetter<float> value = cursor.GetGetter<float>(cursor.Schema[name]);
        ValueGetter<VBuffer<float>> features = cursor.GetGetter<VBuffer<float>>(cursor.Schema["Features"]);
        float sum = 0,
            one = 0;
        VBuffer<float> vector = default;
        while (cursor.MoveNext())
        {
            value(ref one);
            features(ref vector);
            sum += one + vector.Length;
        }

        return sum;
    }

    private sealed class Row
    {
        public float Value { get; set; }

        [VectorType(1024)]
        public float[] Features { get; set; } = [];
    }

    private sealed class AddOne(MLContext context, int batchSize) : StageTransformer(context)
    {
        private protected override BoundMapper Bind(DataViewSchema input) => new Mapper(input["Value"], batchSize);
    }

    private sealed class Mapper(DataViewSchema.Column value, int batchSize) : BoundMapper
    {
        internal override int BatchSize => batchSize;

        internal override IReadOnlyList<DataViewSchema.DetachedColumn> Outputs { get; } = [new("More", NumberDataViewType.Single)];

        internal override IEnumerable<DataViewSchema.Column> InputsFor(ReadOnlySpan<bool> wanted) => [value];

        internal override BatchComputation Open(DataViewRow input, ReadOnlySpan<bool> wanted) =>
            new Computation(input.GetGetter<float>(input.Schema[value.Index]), batchSize);
    }

    private sealed class Computation(ValueGetter<float> read, int batchSize) : BatchComputation
    {
        private readonly float[] _values = new float[batchSize];

        internal override void Read(int slot) => read(ref _values[slot]);

        internal override void Compute(int count)
        {
            for (int i = 0; i < count; i++)
                _values[i]++;
        }

        internal override Delegate Getter(int output, Func<int> slot) => (ValueGetter<float>)((ref float value) => value = _values[slot()]);
    }
}
