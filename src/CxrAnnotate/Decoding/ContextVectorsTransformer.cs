using Microsoft.ML;
using Microsoft.ML.Data;

namespace CxrAnnotate;

/// <summary>Adds the context vector of each annotated row, or of each of its findings. Made by <see cref="ContextVectorsEstimator"/>.</summary>
public sealed class ContextVectorsTransformer : StageTransformer
{
    private readonly ContextVectorsOptions _options;
    private readonly DecoderModel _decoder;

    internal ContextVectorsTransformer(MLContext context, ContextVectorsOptions options, DecoderModel decoder)
        : base(context)
    {
        _options = options;
        _decoder = decoder;
    }

    /// <summary>The size R of a context vector: the decoder's hidden size.</summary>
    public int Size => _decoder.Configuration.HiddenSize;

    /// <summary>Checks that a schema has all input columns.</summary>
    internal void Require(DataViewSchema input) => _ = new Mapper(_options, _decoder, input);

    internal static ArgumentOutOfRangeException NotFindings(string column, string actual) =>
        SchemaChecks.Mismatch(column, "a vector of Single with findings as SlotNames, which the decoder was trained on", actual, "label");

    private protected override BoundMapper Bind(DataViewSchema input)
    {
        _decoder.Lifetime.Check();
        // Without labels the rows are not annotated.
        return input.GetColumnOrNull(_options.LabelColumnName) is null ? PassThrough.Instance : new Mapper(_options, _decoder, input);
    }

    /// <summary>Writes a chain of no stages: rows to be scored have no annotation.</summary>
    private protected override void SaveModel(ModelSaveContext context) => SavedChain.SaveNothing(context);

    private sealed class Mapper : BoundMapper
    {
        private readonly DecoderModel _decoder;
        private readonly DataViewSchema.Column _features;
        private readonly DataViewSchema.Column _label;
        private readonly DataViewSchema.Column _caption;

        internal Mapper(ContextVectorsOptions options, DecoderModel decoder, DataViewSchema input)
        {
            _decoder = decoder;
            _features = SchemaChecks.RequireVector(input, options.FeaturesColumnName, decoder.Configuration.FeatureSize, "feature");
            IsMultiLabel = decoder.Configuration.NormalWord is not null;
            if (!IsMultiLabel)
                _label = SchemaChecks.RequireTextKey(input, options.LabelColumnName);
            else if (LabelShape.IsMultiLabel(input, options.LabelColumnName))
                _label = input[options.LabelColumnName];
            else
                throw input.GetColumnOrNull(options.LabelColumnName) is { } other
                    ? NotFindings(options.LabelColumnName, other.Type.ToString()!)
                    : SchemaChecks.Missing(options.LabelColumnName, "label");
            _caption = SchemaChecks.RequireText(input, options.CaptionColumnName, "caption");
            Slots = TextAnnotations.Read(_label, IsMultiLabel ? TextAnnotations.SlotNamesKind : TextAnnotations.KeyValuesKind)!;
            Bases = BaseLabels.Names(Slots);
            Outputs =
            [
                new(
                    options.OutputColumnName,
                    IsMultiLabel
                        ? new VectorDataViewType(NumberDataViewType.Single, Bases.Count, Size)
                        : new VectorDataViewType(NumberDataViewType.Single, Size)
                ),
            ];
        }

        internal bool IsMultiLabel { get; }

        /// <summary>The names of the label column's values or slots.</summary>
        internal string[] Slots { get; }

        internal IReadOnlyList<string> Bases { get; }

        internal int Size => _decoder.Configuration.HiddenSize;

        internal override int BatchSize => DecoderModel.RowsAtOnce;

        internal override IReadOnlyList<DataViewSchema.DetachedColumn> Outputs { get; }

        internal override IEnumerable<DataViewSchema.Column> InputsFor(ReadOnlySpan<bool> wanted) =>
            wanted.Contains(true) ? [_features, _label, _caption] : [];

        internal override BatchComputation Open(DataViewRow input, ReadOnlySpan<bool> wanted) =>
            new Computation(
                this,
                _decoder,
                IsMultiLabel ? new MultiLabelReader(this, input, _label) : new SingleLabelReader(this, input, _label),
                input.GetGetter<VBuffer<float>>(input.Schema[_features.Index]),
                input.GetGetter<ReadOnlyMemory<char>>(input.Schema[_caption.Index])
            );
    }

    /// <summary>What the current row has vectors of: the place of each in the output, its label and its words.</summary>
    private abstract class AnnotationReader
    {
        internal abstract IEnumerable<(int Place, string Label, string[] Words)> Read(string[] caption);
    }

    private sealed class SingleLabelReader(Mapper mapper, DataViewRow input, DataViewSchema.Column label) : AnnotationReader
    {
        private readonly ValueGetter<uint> _label = input.GetGetter<uint>(input.Schema[label.Index]);

        internal override IEnumerable<(int Place, string Label, string[] Words)> Read(string[] caption)
        {
            uint key = 0;
            _label(ref key);
            return key == 0 || key > mapper.Slots.Length || caption.Length == 0 ? [] : [(0, mapper.Slots[key - 1], caption)];
        }
    }

    private sealed class MultiLabelReader(Mapper mapper, DataViewRow input, DataViewSchema.Column label) : AnnotationReader
    {
        private readonly ValueGetter<VBuffer<float>> _label = input.GetGetter<VBuffer<float>>(input.Schema[label.Index]);
        private readonly int[] _baseOf = BaseLabels.Indices(mapper.Slots);
        private VBuffer<float> _present;

        internal override IEnumerable<(int Place, string Label, string[] Words)> Read(string[] caption)
        {
            _label(ref _present);
            HashSet<int> present = [.. _present.Items().Where(slot => slot.Value == 1).Select(slot => _baseOf[slot.Key])];
            return FindingCaptions
                .Of(caption)
                .Select(f => (Place: IndexOf(f.Finding), f.Finding, f.Words))
                .Where(f => present.Contains(f.Place))
                .ToArray();
        }

        private int IndexOf(string finding)
        {
            for (int i = 0; i < mapper.Bases.Count; i++)
            {
                if (mapper.Bases[i] == finding)
                    return i;
            }

            return -1;
        }
    }

    private sealed class Computation(
        Mapper mapper,
        DecoderModel decoder,
        AnnotationReader annotation,
        ValueGetter<VBuffer<float>> features,
        ValueGetter<ReadOnlyMemory<char>> caption
    ) : BatchComputation
    {
        private readonly List<(int Slot, int Place, float[] Features, string Label, string[] Words)> _pairs = [];
        private readonly float[][] _vectors = new float[mapper.BatchSize][];
        private VBuffer<float> _features;
        private ReadOnlyMemory<char> _caption;

        internal override void Read(int slot)
        {
            if (slot == 0)
                _pairs.Clear();
            features(ref _features);
            caption(ref _caption);
            float[] dense = [.. _features.DenseValues()];
            if (!Array.TrueForAll(dense, float.IsFinite))
                return;
            foreach (var (place, label, words) in annotation.Read(DecoderVocabulary.Split(_caption.Span)))
                _pairs.Add((slot, place, dense, label, words));
        }

        internal override void Compute(int count)
        {
            for (int i = 0; i < count; i++)
                Array.Fill(_vectors[i] = new float[mapper.Size * (mapper.IsMultiLabel ? mapper.Bases.Count : 1)], float.NaN);
            float[][] vectors = decoder.ContextVectors(
                [.. _pairs.Select(p => p.Features)],
                [.. _pairs.Select(p => p.Label)],
                [.. _pairs.Select(p => p.Words)]
            );
            foreach (var (pair, vector) in _pairs.Zip(vectors))
                vector.CopyTo(_vectors[pair.Slot], pair.Place * mapper.Size);
        }

        internal override Delegate Getter(int output, Func<int> slot) =>
            (ValueGetter<VBuffer<float>>)(
                (ref VBuffer<float> value) =>
                {
                    // Asking for the slot is what computes the batch: it comes before the array is looked at.
                    int row = slot();
                    DenseVector.Set(_vectors[row], ref value);
                }
            );
    }
}
