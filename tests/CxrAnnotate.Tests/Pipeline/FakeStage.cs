using Microsoft.ML;
using Microsoft.ML.Data;

namespace CxrAnnotate.Tests;

/// <summary>Faults of a stage, each of which the conformance fixture must detect.</summary>
public enum Fault
{
    None,
    PromisesAnotherType,
    PromisesNoNames,
    ReadsMoreThanItSays,
    MixesUpSlots,
    NeverTheSame,
    LendsItsBuffer,
    TakesAnyInput,
}

/// <summary>The smallest stage that has every kind of output: number, named vector, text, key.</summary>
internal sealed class FakeEstimator(MLContext context, int batchSize, string output = "Twice") : IEstimator<ITransformer>
{
    internal static readonly string[] Sides = ["left", "right"];

    internal Fault Fault { get; init; }

    internal bool Ahead { get; init; }

    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        if (Fault != Fault.TakesAnyInput)
            SchemaShapes.RequireSingle(inputSchema, "Value");
        SchemaShapes.RequireText(inputSchema, "Name");
        return SchemaShapes.With(
            context,
            inputSchema,
            Fault == Fault.PromisesAnotherType ? OutputShape.Text(output) : OutputShape.Single(output),
            Fault == Fault.PromisesNoNames ? OutputShape.Vector("Pair") : OutputShape.NamedVector("Pair"),
            OutputShape.Text("Word", "WordForms"),
            OutputShape.TextKey("Side")
        );
    }

    public ITransformer Fit(IDataView input)
    {
        GetOutputSchema(Shapes.Of(input.Schema));
        return new FakeTransformer(context, batchSize, output) { Fault = Fault, Ahead = Ahead };
    }
}

internal sealed class FakeTransformer(MLContext context, int batchSize, string output = "Twice") : StageTransformer(context)
{
    internal List<int> Batches { get; } = [];

    internal Fault Fault { get; init; }

    /// <summary>Whether the next batch is computed while one is returned.</summary>
    internal bool Ahead { get; init; }

    /// <summary>Called by each computation, with its rows' names and a token that is cancelled when they are no longer needed.</summary>
    internal Action<IReadOnlyList<string>, CancellationToken>? Computing { get; init; }

    internal int Calls;

    internal int Opened;

    internal int Disposed;

    private protected override BoundMapper Bind(DataViewSchema input) =>
        new Mapper(this, batchSize, output, SchemaChecks.RequireSingle(input, "Value"), SchemaChecks.RequireText(input, "Name"));

    private sealed class Mapper(FakeTransformer owner, int batchSize, string output, DataViewSchema.Column value, DataViewSchema.Column name)
        : BoundMapper
    {
        internal override IReadOnlyList<DataViewSchema.DetachedColumn> Outputs { get; } =
        [
            new(output, NumberDataViewType.Single),
            new("Pair", new VectorDataViewType(NumberDataViewType.Single, 2), TextAnnotations.SlotNames(["same", "square"])),
            new("Word", TextDataViewType.Instance, TextAnnotations.Create(("WordForms", ["a\tA", "b\tB", "c\tC"]))),
            new("Side", new KeyDataViewType(typeof(uint), 2), TextAnnotations.KeyValues(FakeEstimator.Sides)),
        ];

        internal override int BatchSize => batchSize;

        internal override IEnumerable<DataViewSchema.Column> InputsFor(ReadOnlySpan<bool> wanted)
        {
            List<DataViewSchema.Column> inputs = [];
            if (wanted[0] || wanted[1] || wanted[3])
                inputs.Add(value);
            if (wanted[2])
                inputs.Add(name);
            if (owner.Fault == Fault.ReadsMoreThanItSays)
                inputs.Clear();
            return inputs;
        }

        internal override BatchComputation Open(DataViewRow input, ReadOnlySpan<bool> wanted)
        {
            Interlocked.Increment(ref owner.Opened);
            return new Computation(
                owner,
                batchSize,
                wanted[0] || wanted[1] || wanted[3] ? input.GetGetter<float>(value) : null,
                wanted[2] ? input.GetGetter<ReadOnlyMemory<char>>(name) : null
            );
        }
    }

    private sealed class Computation(FakeTransformer owner, int batchSize, ValueGetter<float>? value, ValueGetter<ReadOnlyMemory<char>>? name)
        : BatchComputation
    {
        private readonly float[] _values = new float[batchSize];
        private readonly ReadOnlyMemory<char>[] _names = new ReadOnlyMemory<char>[batchSize];
        private readonly float[] _lent = new float[2];
        private readonly CancellationTokenSource _stop = new();
        private int _lentFor = -1;
        private int _computed;

        internal override void Read(int slot)
        {
            _computed = 0;
            if (owner.Fault == Fault.MixesUpSlots)
                slot /= 2;
            value?.Invoke(ref _values[slot]);
            name?.Invoke(ref _names[slot]);
        }

        internal override void Compute(int count)
        {
            Assert.InRange(count, 1, batchSize);
            owner.Computing?.Invoke([.. _names[..count].Select(n => n.ToString())], _stop.Token);
            _computed = count;
            lock (owner.Batches)
                owner.Batches.Add(count);
        }

        internal override Delegate Getter(int output, Func<int> slot) =>
            output switch
            {
                0 => (ValueGetter<float>)((ref float v) => v = 2 * _values[Computed(slot)] + (owner.Fault == Fault.NeverTheSame ? owner.Calls++ : 0)),
                1 => (ValueGetter<VBuffer<float>>)(
                    (ref VBuffer<float> v) =>
                    {
                        int i = Computed(slot);
                        if (owner.Fault == Fault.LendsItsBuffer)
                        {
                            (_lent[0], _lent[1]) = _lentFor == i ? (_lent[0], _lent[1]) : (_values[i], _values[i] * _values[i]);
                            _lentFor = i;
                            v = new VBuffer<float>(2, _lent);
                            return;
                        }
                        VBufferEditor<float> editor = VBufferEditor.Create(ref v, 2);
                        (editor.Values[0], editor.Values[1]) = (_values[i], _values[i] * _values[i]);
                        v = editor.Commit();
                    }
                ),
                2 => (ValueGetter<ReadOnlyMemory<char>>)((ref ReadOnlyMemory<char> v) => v = $"<{_names[Computed(slot)]}>".AsMemory()),
                _ => (ValueGetter<uint>)((ref uint v) => v = _values[Computed(slot)] < 0 ? 1u : 2u),
            };

        internal override BatchComputation? Second()
        {
            if (!owner.Ahead)
                return null;
            Interlocked.Increment(ref owner.Opened);
            return new Computation(owner, batchSize, value, name);
        }

        internal override void Cancel() => _stop.Cancel();

        public override void Dispose()
        {
            _stop.Dispose();
            base.Dispose();
            Interlocked.Increment(ref owner.Disposed);
        }

        private int Computed(Func<int> slot)
        {
            int i = slot();
            Assert.InRange(i, 0, _computed - 1);
            return i;
        }
    }
}
