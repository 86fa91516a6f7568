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

    /// <summary>A column of a reading: the image network's own, or one of the annotation.</summary>
    /// <param name="Output">The column.</param>
    /// <param name="OfAnnotation">Whether it needs the annotation.</param>
    /// <param name="OfWords">Whether it needs the word probabilities.</param>
    private sealed record ReadingColumn(StageOutput<CascadeReading> Output, bool OfAnnotation, bool OfWords)
    {
        internal static ReadingColumn[] All(CascadeModel model)
        {
            IReadOnlyList<string> labels = model.BaseLabels;
            return
            [
                OfImage(StageOutput<CascadeReading>.Vector("Features", model.Classifier.Network.EmbeddingSize, r => r.Features)),
                OfImage(StageOutput<CascadeReading>.Vector("Score", labels, r => r.Scores)),
                OfImage(
                    model.IsMultiLabel
                        ? StageOutput<CascadeReading>.Vector("PredictedLabels", labels, r => r.Decisions)
                        : StageOutput<CascadeReading>.Key("PredictedLabel", labels, r => r.Label)
                ),
                .. AnnotationColumn
                    .All(new(), model.Classifier.Configuration.LabelScheme)
                    .Select(column =>
                    {
                        StageOutput<AnnotatedImage> of = column.Of(model.Decoder, labels);
                        return new ReadingColumn(
                            new(of.Column, row => of.Getter(() => row().Annotation!)),
                            OfAnnotation: !column.OfWords,
                            column.OfWords
                        );
                    }),
            ];
        }

        private static ReadingColumn OfImage(StageOutput<CascadeReading> output) => new(output, OfAnnotation: false, OfWords: false);
    }

    private sealed class Mapper(CascadeModel model, ImageColumn image, int batchSize, ViewColumn view, InputWatchLog log) : BoundMapper
    {
        private readonly ReadingColumn[] _columns = ReadingColumn.All(model);

        internal override int BatchSize => batchSize;

        internal override IReadOnlyList<DataViewSchema.DetachedColumn> Outputs => [.. _columns.Select(column => column.Output.Column)];

        internal override IEnumerable<DataViewSchema.Column> InputsFor(ReadOnlySpan<bool> wanted) => [image.Column, .. view.Columns];

        internal override BatchComputation Open(DataViewRow input, ReadOnlySpan<bool> wanted)
        {
            bool withAnnotation = false,
                withWords = false;
            for (int i = 0; i < wanted.Length; i++)
            {
                withAnnotation |= wanted[i] && _columns[i].OfAnnotation;
                withWords |= wanted[i] && _columns[i].OfWords;
            }

            var images = new ImageBatch(image, image.Open(input), batchSize, view.Watch(input, model.Classifier.Configuration.Trained, log));
            return new Computation(model, _columns, images, withWords, withAnnotation);
        }
    }

    private sealed class Computation(CascadeModel model, ReadingColumn[] columns, ImageBatch images, bool withWords, bool withAnnotation)
        : BatchComputation
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
                AnnotatedImage? empty = _readings[i].Annotation is { } a ? a with { Label = "", Tokens = [], Probability = double.NaN } : null;
                float[]?[] numbers =
                [
                    _readings[i].Features,
                    _readings[i].Scores,
                    _readings[i].Decisions,
                    empty?.LabelProbabilities,
                    empty?.WordProbabilities,
                ];
                foreach (float[]? values in numbers)
                {
                    if (values is not null)
                        Array.Fill(values, float.NaN);
                }

                _readings[i] = _readings[i] with { Annotation = empty };
            }
        }

        internal override Delegate Getter(int output, Func<int> slot) =>
            columns[output]
                .Output.Getter(() =>
                {
                    // Asking for the slot is what computes the batch: it comes before the readings are looked at.
                    int row = slot();
                    return _readings[row];
                });

        public override void Dispose()
        {
            images.Tell();
            base.Dispose();
        }
    }
}
