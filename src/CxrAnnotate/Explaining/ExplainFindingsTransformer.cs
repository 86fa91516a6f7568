using Microsoft.ML;
using Microsoft.ML.Data;

namespace CxrAnnotate;

/// <summary>Adds heat maps of what each image was read from. Made by <see cref="ExplainFindingsEstimator"/>.</summary>
public sealed class ExplainFindingsTransformer : StageTransformer
{
    /// <summary>The annotation of the output columns that names what their maps explain: a vector of text.</summary>
    public const string SubjectsKind = "Subjects";

    private readonly ExplainFindingsOptions _options;
    private readonly FindingExplainer _explainer;

    internal ExplainFindingsTransformer(MLContext context, ExplainFindingsOptions options, ClassifierModel classifier, CascadeModel? cascade)
        : base(context) => (_options, _explainer) = (options, new FindingExplainer(classifier, cascade, options));

    /// <summary>The findings, in the order of their maps.</summary>
    public IReadOnlyList<string> Findings => _explainer.Findings;

    /// <summary>The words, in the order of their maps; empty unless the stage explains a cascade.</summary>
    public IReadOnlyList<string> Words => _explainer.Words;

    /// <summary>The maps in a value of an output column, without those that are missing.</summary>
    /// <param name="values">The value.</param>
    /// <param name="subjects"><see cref="Findings"/> or <see cref="Words"/>.</param>
    /// <exception cref="ArgumentException">The value has another length.</exception>
    public IReadOnlyList<HeatMap> ToHeatMaps(in VBuffer<float> values, IReadOnlyList<string> subjects)
    {
        ArgumentNullException.ThrowIfNull(subjects);
        int cells = _options.Rows * _options.Columns;
        if (values.Length != subjects.Count * cells)
            throw new ArgumentException(
                ErrorCode.LengthMismatch.Message($"{values.Length} values do not make {subjects.Count} maps of {cells} cells."),
                nameof(values)
            );
        float[][] maps = [.. values.DenseValues().Chunk(cells)];
        return
        [
            .. subjects
                .Select((subject, k) => new HeatMap(subject, _options.Rows, _options.Columns, maps[k]))
                .Where(map => !float.IsNaN(map.Values[0])),
        ];
    }

    private protected override BoundMapper Bind(DataViewSchema input)
    {
        _explainer.Check();
        var image = new ImageColumn(input, _options.ImageColumnName);
        image.RequireSize(_explainer.Height, _explainer.Width);
        return new Mapper(this, image);
    }

    private protected override void SaveModel(ModelSaveContext context) =>
        throw new NotSupportedException(
            ErrorCode.CannotBeSaved.Message(
                "A stage that explains findings cannot be written by Model.Save: saved models are stock stages, which have no gradients. Save the "
                    + "cascade without it; readings of the saved model can be explained."
            )
        );

    private DataViewSchema.DetachedColumn Column(string name, IReadOnlyList<string> subjects) =>
        new(
            name,
            new VectorDataViewType(NumberDataViewType.Single, subjects.Count, _options.Rows, _options.Columns),
            TextAnnotations.Create((SubjectsKind, subjects))
        );

    private sealed class Mapper(ExplainFindingsTransformer stage, ImageColumn image) : BoundMapper
    {
        internal override int BatchSize => 8;

        internal override IReadOnlyList<DataViewSchema.DetachedColumn> Outputs { get; } =
        [
            stage.Column(stage._options.HeatMapsColumnName, stage.Findings),
            .. stage._explainer.ExplainsWords
                ? (DataViewSchema.DetachedColumn[])[stage.Column(stage._options.WordHeatMapsColumnName, stage.Words)]
                : [],
        ];

        internal override IEnumerable<DataViewSchema.Column> InputsFor(ReadOnlySpan<bool> wanted) => [image.Column];

        internal override BatchComputation Open(DataViewRow input, ReadOnlySpan<bool> wanted) =>
            new Computation(
                stage,
                new ImageBatch(image, image.Open(input), BatchSize, null),
                ofFindings: wanted[0],
                ofWords: wanted.Length > 1 && wanted[1]
            );
    }

    private sealed class Computation(ExplainFindingsTransformer stage, ImageBatch images, bool ofFindings, bool ofWords) : BatchComputation
    {
        private ExplainedImage[] _explained = [];

        internal override void Read(int slot) => images.Read(slot);

        internal override void Compute(int count) =>
            _explained = stage._explainer.Explain(count, images.CopyTo, images.IsMissing, ofFindings, ofWords);

        internal override Delegate Getter(int output, Func<int> slot) =>
            (ValueGetter<VBuffer<float>>)(
                (ref VBuffer<float> value) =>
                {
                    // Requesting the slot computes the batch, so it must precede reading the array.
                    int row = slot();
                    DenseVector.Set(output == 0 ? _explained[row].Findings : _explained[row].Words, ref value);
                }
            );
    }
}
