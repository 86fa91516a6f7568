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

    private protected override BoundMapper Bind(DataViewSchema input)
    {
        _decoder.Lifetime.Check();
        // Without a label column the rows are unannotated.
        return input.GetColumnOrNull(_options.LabelColumnName) is null ? PassThrough.Instance : new Mapper(_options, _decoder, input);
    }

    /// <summary>Writes an empty chain: rows to be scored have no annotation.</summary>
    private protected override void SaveModel(ModelSaveContext context) => SavedChain.SaveNothing(context);

    private sealed class Mapper : BoundMapper
    {
        private readonly DecoderModel _decoder;
        private readonly DataViewSchema.Column _features;
        private readonly DataViewSchema.Column _label;
        private readonly DataViewSchema.Column _caption;
        private readonly string[] _names;

        internal Mapper(ContextVectorsOptions options, DecoderModel decoder, DataViewSchema input)
        {
            _decoder = decoder;
            _features = SchemaChecks.RequireVector(input, options.FeaturesColumnName, decoder.Configuration.FeatureSize, "feature");
            Shape = LabelShape.Of(decoder.Configuration.LabelScheme);
            _label = Shape.Require(input, options.LabelColumnName);
            _caption = SchemaChecks.RequireText(input, options.CaptionColumnName, "caption");
            _names = Shape.Names(_label);
            Labels = BaseLabels.Names(_names);
            Outputs = [new(options.OutputColumnName, Shape.Vectors(Labels.Count, Size))];
        }

        internal LabelShape Shape { get; }

        /// <summary>The base labels.</summary>
        internal IReadOnlyList<string> Labels { get; }

        internal int Size => _decoder.Configuration.HiddenSize;

        internal override int BatchSize => DecoderModel.RowsAtOnce;

        internal override IReadOnlyList<DataViewSchema.DetachedColumn> Outputs { get; }

        internal override IEnumerable<DataViewSchema.Column> InputsFor(ReadOnlySpan<bool> wanted) =>
            wanted.Contains(true) ? [_features, _label, _caption] : [];

        internal override BatchComputation Open(DataViewRow input, ReadOnlySpan<bool> wanted) =>
            new Computation(
                this,
                _decoder,
                Shape.Open(input, _label, _names.Length),
                BaseLabels.Indices(_names),
                input.GetGetter<VBuffer<float>>(input.Schema[_features.Index]),
                input.GetGetter<ReadOnlyMemory<char>>(input.Schema[_caption.Index])
            );
    }

    private sealed class Computation(
        Mapper mapper,
        DecoderModel decoder,
        Func<float[]> label,
        int[] baseOf,
        ValueGetter<VBuffer<float>> features,
        ValueGetter<ReadOnlyMemory<char>> caption
    ) : BatchComputation
    {
        private readonly List<(int Slot, int Place, float[] Features, string Label, string[] Words)> _pairs = [];
        private readonly LabelScheme _scheme = mapper.Shape.Scheme;
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
            float[] truth = _scheme.Fold(baseOf, label());
            foreach (var (k, words) in _scheme.Pairs(mapper.Labels, truth, DecoderVocabulary.Split(_caption.Span)))
                _pairs.Add((slot, _scheme.PlaceOf(k), dense, mapper.Labels[k], words));
        }

        internal override void Compute(int count)
        {
            for (int i = 0; i < count; i++)
                Array.Fill(_vectors[i] = new float[mapper.Size * _scheme.Written(mapper.Labels.Count)], float.NaN);
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
                    // Requesting the slot computes the batch, so it must precede reading the array.
                    int row = slot();
                    DenseVector.Set(_vectors[row], ref value);
                }
            );
    }
}
