using Microsoft.ML;
using Microsoft.ML.Data;

namespace CxrAnnotate;

/// <summary>The decoder bound to a schema: maps batches of features, scores and (if multi-label) decisions to annotations.</summary>
internal sealed class DecodeContextMapper : BoundMapper
{
    private readonly DecoderModel _model;
    private readonly DataViewSchema.Column[] _inputs;
    private readonly string[] _labels;
    private readonly IReadOnlyList<AnnotationColumn> _columns;
    private readonly StageOutput<AnnotatedImage>[] _outputs;

    internal DecodeContextMapper(DecoderModel model, DecodeContextOptions options, DataViewSchema input)
    {
        _model = model;
        LabelScheme scheme = model.Configuration.LabelScheme;
        DataViewSchema.Column features = SchemaChecks.RequireVector(input, options.FeaturesColumnName, model.Configuration.FeatureSize, "feature");
        DataViewSchema.Column scores = SchemaChecks.RequireVector(input, options.ScoreColumnName, "score");
        _labels =
            TextAnnotations.Read(scores, TextAnnotations.SlotNamesKind)
            ?? throw SchemaChecks.Mismatch(
                options.ScoreColumnName,
                "Vector<Single> with label names as SlotNames",
                $"{scores.Type} without them",
                "score"
            );
        _inputs = scheme.ReadsDecisions
            ? [features, scores, SchemaChecks.RequireVector(input, options.PredictedLabelsColumnName, _labels.Length, "predicted labels")]
            : [features, scores];
        _columns = AnnotationColumn.All(options, scheme, model.Configuration.Attention is not null);
        IReadOnlyList<string> names = BaseLabels.Names(_labels);
        _outputs = [.. _columns.Select(column => column.Of(model, names))];
        Outputs = [.. _outputs.Select(output => output.Column)];
    }

    internal override IReadOnlyList<DataViewSchema.DetachedColumn> Outputs { get; }

    internal override int BatchSize => 32;

    internal override IEnumerable<DataViewSchema.Column> InputsFor(ReadOnlySpan<bool> wanted) => wanted.Contains(true) ? _inputs : [];

    internal override BatchComputation Open(DataViewRow input, ReadOnlySpan<bool> wanted)
    {
        bool withAnnotation = false,
            withWords = false;
        for (int i = 0; i < wanted.Length; i++)
        {
            withAnnotation |= wanted[i] && !_columns[i].OfWords;
            withWords |= wanted[i] && _columns[i].OfWords;
        }

        return new Computation(this, input, withAnnotation, withWords);
    }

    private sealed class Computation(DecodeContextMapper mapper, DataViewRow input, bool withAnnotation, bool withWords) : BatchComputation
    {
        private readonly ValueGetter<VBuffer<float>>[] _getters =
        [
            .. mapper._inputs.Select(column => input.GetGetter<VBuffer<float>>(input.Schema[column.Index])),
        ];
        private readonly float[][][] _values = [.. mapper._inputs.Select(_ => new float[mapper.BatchSize][])];
        private AnnotatedImage[] _annotated = [];
        private VBuffer<float> _buffer;

        internal override void Read(int slot)
        {
            for (int i = 0; i < _getters.Length; i++)
            {
                _getters[i](ref _buffer);
                _values[i][slot] = [.. _buffer.DenseValues()];
            }
        }

        internal override void Compute(int count) =>
            _annotated = mapper._model.Annotate(
                new ArraySegment<float[]>(_values[0], 0, count),
                new ArraySegment<float[]>(_values[1], 0, count),
                mapper._labels,
                withWords,
                withAnnotation,
                _values.Length > 2 ? (IReadOnlyList<float[]>)new ArraySegment<float[]>(_values[2], 0, count) : null
            );

        internal override Delegate Getter(int output, Func<int> slot) =>
            mapper._outputs[output].Getter(() =>
            {
                // Requesting the slot computes the batch, so it must precede reading the array.
                int row = slot();
                return _annotated[row];
            });
    }
}
