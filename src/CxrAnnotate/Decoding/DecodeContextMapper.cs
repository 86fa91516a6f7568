using Microsoft.ML;
using Microsoft.ML.Data;

namespace CxrAnnotate;

/// <summary>The decoder bound to a schema: batches of features and scores in, annotations and word probabilities out.</summary>
internal sealed class DecodeContextMapper : BoundMapper
{
    private const int WordProbability = 3;

    private readonly DecoderModel _model;
    private readonly DataViewSchema.Column _features;
    private readonly DataViewSchema.Column _scores;
    private readonly string[] _labels;

    internal DecodeContextMapper(DecoderModel model, DecodeContextOptions options, DataViewSchema input)
    {
        _model = model;
        _features = SchemaChecks.RequireVector(input, options.FeaturesColumnName, model.Configuration.FeatureSize, "feature");
        _scores = SchemaChecks.RequireVector(input, options.ScoreColumnName, "score");
        _labels =
            TextAnnotations.Read(_scores, TextAnnotations.SlotNamesKind)
            ?? throw SchemaChecks.Mismatch(
                options.ScoreColumnName,
                "Vector<Single> with label names as SlotNames",
                $"{_scores.Type} without them",
                "score"
            );
        IReadOnlyList<string> words = model.ReportedWords;
        Outputs =
        [
            new(options.AnnotationColumnName, TextDataViewType.Instance, null),
            new(options.TokensColumnName, TextDataViewType.Instance, null),
            new(options.ProbabilityColumnName, NumberDataViewType.Single, null),
            new(options.WordProbabilityColumnName, new VectorDataViewType(NumberDataViewType.Single, words.Count), TextAnnotations.SlotNames(words)),
        ];
    }

    internal override IReadOnlyList<DataViewSchema.DetachedColumn> Outputs { get; }

    internal override int BatchSize => 32;

    internal override IEnumerable<DataViewSchema.Column> InputsFor(ReadOnlySpan<bool> wanted) => wanted.Contains(true) ? [_features, _scores] : [];

    internal override BatchComputation Open(DataViewRow input, ReadOnlySpan<bool> wanted) =>
        new Computation(this, input, withAnnotation: wanted[..WordProbability].Contains(true), withWords: wanted[WordProbability]);

    private sealed class Computation(DecodeContextMapper mapper, DataViewRow input, bool withAnnotation, bool withWords) : BatchComputation
    {
        private readonly ValueGetter<VBuffer<float>> _getFeatures = input.GetGetter<VBuffer<float>>(input.Schema[mapper._features.Index]);
        private readonly ValueGetter<VBuffer<float>> _getScores = input.GetGetter<VBuffer<float>>(input.Schema[mapper._scores.Index]);
        private readonly float[][] _features = new float[mapper.BatchSize][];
        private readonly float[][] _scores = new float[mapper.BatchSize][];
        private AnnotatedImage[] _annotated = [];
        private VBuffer<float> _buffer;

        internal override void Read(int slot)
        {
            _getFeatures(ref _buffer);
            _features[slot] = [.. _buffer.DenseValues()];
            _getScores(ref _buffer);
            _scores[slot] = [.. _buffer.DenseValues()];
        }

        internal override void Compute(int count) =>
            _annotated = mapper._model.Annotate(
                new ArraySegment<float[]>(_features, 0, count),
                new ArraySegment<float[]>(_scores, 0, count),
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
                _ => (ValueGetter<VBuffer<float>>)((ref VBuffer<float> value) => DenseVector.Set(At(slot).WordProbabilities!, ref value)),
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
