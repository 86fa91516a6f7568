using Microsoft.ML;

namespace CxrAnnotate;

/// <summary>The scoring stage of a cascade: adds features, scores and annotation to rows with an image column, in batches.</summary>
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
        private readonly IReadOnlyList<CascadeColumn> _columns = CascadeColumn.All(model);
        private readonly StageOutput<CascadeReading>[] _outputs =
        [
            .. CascadeColumn.All(model).Select(column => column.Of(model)),
        ];

        internal override int BatchSize => batchSize;

        internal override IReadOnlyList<DataViewSchema.DetachedColumn> Outputs => [.. _outputs.Select(output => output.Column)];

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
            return new Computation(model, _outputs, images, withWords, withAnnotation);
        }
    }

    private sealed class Computation(
        CascadeModel model,
        StageOutput<CascadeReading>[] outputs,
        ImageBatch images,
        bool withWords,
        bool withAnnotation
    ) : BatchComputation
    {
        private CascadeReading[] _readings = [];

        internal override void Read(int slot) => images.Read(slot);

        internal override void Compute(int count)
        {
            _readings = model.Read(count, images.CopyTo, withWords, withAnnotation);
            for (int i = 0; i < count; i++)
            {
                if (images.IsMissing(i))
                    _readings[i] = _readings[i].Missing();
            }
        }

        internal override Delegate Getter(int output, Func<int> slot) =>
            outputs[output].Getter(() =>
            {
                // Requesting the slot computes the batch, so it must precede reading the results.
                int row = slot();
                return _readings[row];
            });

        public override void Dispose()
        {
            images.ReportUnusual();
            base.Dispose();
        }
    }
}
