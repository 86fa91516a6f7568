using Microsoft.ML;
using Microsoft.ML.Data;

namespace CxrAnnotate;

/// <summary>The scoring half of a cascade: an image column in, features, scores and annotation out. Images are read in batches.</summary>
internal sealed class ReadRadiographsTransformer(MLContext context, CascadeModel model, string imageColumnName, string? viewColumnName, int batchSize)
    : StageTransformer(context)
{
    private readonly InputWatchLog _watched = new(message => StageLog.Warn(context, nameof(RecurrentCascadeTransformer), message));

    private protected override BoundMapper Bind(DataViewSchema input)
    {
        var column = new ImageColumn(input, imageColumnName);
        column.RequireSize(model.Classifier.Configuration.Height, model.Classifier.Configuration.Width);
        return new Mapper(model, column, batchSize, new ViewColumn(input, viewColumnName), _watched);
    }

    private sealed class Mapper(CascadeModel model, ImageColumn image, int batchSize, ViewColumn view, InputWatchLog log) : BoundMapper
    {
        internal override int BatchSize => batchSize;

        internal override IReadOnlyList<DataViewSchema.DetachedColumn> Outputs { get; } =
        [
            new("Features", new VectorDataViewType(NumberDataViewType.Single, model.Classifier.Network.EmbeddingSize)),
            new("Score", new VectorDataViewType(NumberDataViewType.Single, model.BaseLabels.Count), TextAnnotations.SlotNames(model.BaseLabels)),
            model.IsMultiLabel
                ? new(
                    "PredictedLabels",
                    new VectorDataViewType(NumberDataViewType.Single, model.BaseLabels.Count),
                    TextAnnotations.SlotNames(model.BaseLabels)
                )
                : new("PredictedLabel", new KeyDataViewType(typeof(uint), model.BaseLabels.Count), TextAnnotations.KeyValues(model.BaseLabels)),
            new("Annotation", TextDataViewType.Instance),
            new("AnnotationTokens", TextDataViewType.Instance),
            new("AnnotationProbability", NumberDataViewType.Single),
            new(
                "WordProbability",
                new VectorDataViewType(NumberDataViewType.Single, model.Decoder.ReportedWords.Count),
                TextAnnotations.SlotNames(model.Decoder.ReportedWords)
            ),
            .. model.IsMultiLabel
                ? (DataViewSchema.DetachedColumn[])
                    [
                        new(
                            "FindingProbability",
                            new VectorDataViewType(NumberDataViewType.Single, model.BaseLabels.Count),
                            TextAnnotations.SlotNames(model.BaseLabels)
                        ),
                    ]
                : [],
        ];

        internal override IEnumerable<DataViewSchema.Column> InputsFor(ReadOnlySpan<bool> wanted) => [image.Column, .. view.Columns];

        internal override BatchComputation Open(DataViewRow input, ReadOnlySpan<bool> wanted) =>
            new Computation(
                model,
                new ImageBatch(image, image.Open(input), batchSize, view.Watch(input, model.Classifier.Configuration.Trained, log)),
                withWords: wanted[6],
                withAnnotation: wanted[3] || wanted[4] || wanted[5] || (model.IsMultiLabel && wanted[7])
            );
    }

    private sealed class Computation(CascadeModel model, ImageBatch images, bool withWords, bool withAnnotation) : BatchComputation
    {
        private CascadeReading[] _readings = [];

        internal override void Read(int slot) => images.Read(slot);

        internal override void Compute(int count)
        {
            _readings = model.Read(count, images.CopyTo, withWords, withAnnotation);
            for (int i = 0; i < count; i++)
            {
                if (!images.IsMissing(i))
                    continue;
                // An image that could not be read says nothing: NaN and empty text.
                Array.Fill(_readings[i].Features, float.NaN);
                Array.Fill(_readings[i].Scores, float.NaN);
                AnnotatedImage? empty = _readings[i].Annotation is { } a ? a with { Tokens = [], Probability = double.NaN } : null;
                if (empty?.WordProbabilities is { } words)
                    Array.Fill(words, float.NaN);
                if (empty?.FindingProbabilities is { } findings)
                    Array.Fill(findings, float.NaN);
                if (_readings[i].Detected is { } detected)
                    Array.Fill(detected, float.NaN);
                _readings[i] = _readings[i] with { Label = -1, Annotation = empty };
            }
        }

        internal override Delegate Getter(int output, Func<int> slot) =>
            output switch
            {
                0 => (ValueGetter<VBuffer<float>>)((ref VBuffer<float> value) => DenseVector.Set(At(slot()).Features, ref value)),
                1 => (ValueGetter<VBuffer<float>>)((ref VBuffer<float> value) => DenseVector.Set(At(slot()).Scores, ref value)),
                2 when model.IsMultiLabel => (ValueGetter<VBuffer<float>>)(
                    (ref VBuffer<float> value) => DenseVector.Set(At(slot()).Detected!, ref value)
                ),
                7 => (ValueGetter<VBuffer<float>>)(
                    (ref VBuffer<float> value) => DenseVector.Set(At(slot()).Annotation!.FindingProbabilities!, ref value)
                ),
                2 => (ValueGetter<uint>)((ref uint value) => value = (uint)(At(slot()).Label + 1)),
                3 => (ValueGetter<ReadOnlyMemory<char>>)(
                    (ref ReadOnlyMemory<char> value) =>
                        value = CaptionText.Print(At(slot()).Annotation!.Tokens, model.Decoder.Vocabulary.DisplayForms).AsMemory()
                ),
                4 => (ValueGetter<ReadOnlyMemory<char>>)(
                    (ref ReadOnlyMemory<char> value) => value = string.Join(' ', At(slot()).Annotation!.Tokens).AsMemory()
                ),
                5 => (ValueGetter<float>)((ref float value) => value = (float)At(slot()).Annotation!.Probability),
                _ => (ValueGetter<VBuffer<float>>)(
                    (ref VBuffer<float> value) => DenseVector.Set(At(slot()).Annotation!.WordProbabilities!, ref value)
                ),
            };

        public override void Dispose()
        {
            images.Tell();
            base.Dispose();
        }

        /// <summary>Asking for the slot is what computes the batch: it comes before the readings are looked at.</summary>
        private CascadeReading At(int slot) => _readings[slot];
    }
}
