using Microsoft.ML;
using Microsoft.ML.Data;

namespace CxrAnnotate;

/// <summary>
/// The decoder of several findings bound to a schema: batches of features, scores and detections in, annotations and probabilities out.
/// </summary>
internal sealed class DecodeFindingsMapper : BoundMapper
{
    private readonly DecoderModel _model;
    private readonly DataViewSchema.Column[] _inputs;
    private readonly string[] _labels;

    internal DecodeFindingsMapper(DecoderModel model, DecodeContextOptions options, DataViewSchema input)
    {
        _model = model;
        DataViewSchema.Column scores = SchemaChecks.RequireVector(input, options.ScoreColumnName, "score");
        _labels =
            TextAnnotations.Read(scores, TextAnnotations.SlotNamesKind)
            ?? throw SchemaChecks.Mismatch(
                options.ScoreColumnName,
                "Vector<Single> with label names as SlotNames",
                $"{scores.Type} without them",
                "score"
            );
        _inputs =
        [
            SchemaChecks.RequireVector(input, options.FeaturesColumnName, model.Configuration.FeatureSize, "feature"),
            scores,
            SchemaChecks.RequireVector(input, options.PredictedLabelsColumnName, _labels.Length, "predicted labels"),
        ];
        IReadOnlyList<string> words = model.ReportedWords,
            findings = BaseLabels.Names(_labels);
        Outputs =
        [
            new(options.AnnotationColumnName, TextDataViewType.Instance, null),
            new(options.TokensColumnName, TextDataViewType.Instance, null),
            new(options.ProbabilityColumnName, NumberDataViewType.Single, null),
            new(options.WordProbabilityColumnName, new VectorDataViewType(NumberDataViewType.Single, words.Count), TextAnnotations.SlotNames(words)),
            new(
                options.FindingProbabilityColumnName,
                new VectorDataViewType(NumberDataViewType.Single, findings.Count),
                TextAnnotations.SlotNames(findings)
            ),
        ];
    }

    internal override IReadOnlyList<DataViewSchema.DetachedColumn> Outputs { get; }

    internal override int BatchSize => 32;

    internal override IEnumerable<DataViewSchema.Column> InputsFor(ReadOnlySpan<bool> wanted) => wanted.Contains(true) ? _inputs : [];

    internal override BatchComputation Open(DataViewRow input, ReadOnlySpan<bool> wanted) =>
        new Computation(this, input, withAnnotation: wanted[0] || wanted[1] || wanted[2] || wanted[4], withWords: wanted[3]);

    private sealed class Computation(DecodeFindingsMapper mapper, DataViewRow input, bool withAnnotation, bool withWords) : BatchComputation
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
            _annotated = mapper._model.AnnotateFindings(
                new ArraySegment<float[]>(_values[0], 0, count),
                new ArraySegment<float[]>(_values[1], 0, count),
                new ArraySegment<float[]>(_values[2], 0, count),
                mapper._labels,
                withWords,
                withAnnotation
            );

        internal override Delegate Getter(int output, Func<int> slot) =>
            output switch
            {
                0 => Text(slot, a => CaptionText.Print(a.Tokens, mapper._model.Vocabulary.DisplayForms)),
                1 => Text(slot, a => string.Join(' ', a.Tokens)),
                2 => (ValueGetter<float>)((ref float value) => value = (float)At(slot).Probability),
                3 => (ValueGetter<VBuffer<float>>)((ref VBuffer<float> value) => DenseVector.Set(At(slot).WordProbabilities!, ref value)),
                _ => (ValueGetter<VBuffer<float>>)((ref VBuffer<float> value) => DenseVector.Set(At(slot).FindingProbabilities!, ref value)),
            };

        private ValueGetter<ReadOnlyMemory<char>> Text(Func<int> slot, Func<AnnotatedImage, string> print) =>
            (ref ReadOnlyMemory<char> value) => value = print(At(slot)).AsMemory();

        private AnnotatedImage At(Func<int> slot)
        {
            // Asking for the slot is what computes the batch, so it comes before the array is looked at.
            int row = slot();
            return _annotated[row];
        }
    }
}
