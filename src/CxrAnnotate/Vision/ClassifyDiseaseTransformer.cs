using Microsoft.ML;

namespace CxrAnnotate;

/// <summary>
/// A trained image network: adds Features (the embedding), Score (label probabilities), ScoreEntropy (how undecided these are) and PredictedLabel to
/// rows with an image; one of several findings adds PredictedLabels in its place.
/// Images are scored in batches.
/// </summary>
public sealed class ClassifyDiseaseTransformer : StageTransformer, IDisposable
{
    private readonly ClassifyDiseaseOptions _options;
    private readonly ImageSource _source;
    private readonly InputWatchLog _watched;

    internal ClassifyDiseaseTransformer(
        MLContext context,
        ClassifyDiseaseOptions options,
        ClassifierModel model,
        TrainingHistory history,
        ImageSource source
    )
        : base(context)
    {
        _source = source;
        _options = options;
        Model = model;
        _watched = new InputWatchLog(message => StageLog.Warn(context, nameof(ClassifyDiseaseTransformer), message));
        History = history;
        ParameterCount = model.Network.ParameterCount;
    }

    /// <summary>The label names, in the order of Score's slots.</summary>
    public IReadOnlyList<string> Labels => Model.Configuration.Labels;

    /// <summary>
    /// For a multi-label network the probability at or above which each finding is detected, in the order of <see cref="Labels"/>; otherwise null.
    /// </summary>
    public IReadOnlyList<float>? Thresholds => Model.Configuration.Thresholds;

    /// <summary>The history of the training.</summary>
    public TrainingHistory History { get; }

    /// <summary>The number of trainable parameters of the network.</summary>
    public long ParameterCount { get; }

    internal ClassifierModel Model { get; }

    /// <summary>
    /// Writes the network, with all that is done to an image before it, as an ONNX model: input <c>Image</c> (Single [N, 1, H, W], grey values in [0,
    /// 1]), outputs <c>Features</c> (Single [N, E], E being <see cref="CnnArchitecture.EmbeddingSize"/>), <c>Score</c> (Single [N, K]),
    /// <c>ScoreEntropy</c> (Single [N]) and <c>Label</c> (text [N]), or for several findings <c>PredictedLabels</c> (Single [N, K]: 1 detected, 0
    /// not).
    /// </summary>
    /// <param name="path">The file to write.</param>
    /// <param name="foldNormalization">Whether batch normalisation is folded into the preceding convolutions, which is faster, or kept as separate
    /// nodes.</param>
    public void SaveOnnx(string path, bool foldNormalization = true)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        DurableFile.Write(path, Graph(ImageOf("Image", ImageSource.Grey), new Dictionary<string, string>(), foldNormalization));
    }

    /// <summary>
    /// Frees the network's memory, after any batch in progress. Using this transformer, its views or its prediction engines afterwards throws
    /// <see cref="ObjectDisposedException"/>. Disposing twice does nothing.
    /// </summary>
    public void Dispose() => Model.Dispose();

    private OnnxModelInfo Info =>
        new(
            "classifier",
            "Label probabilities and embedding of a chest radiograph.",
            new Dictionary<string, string> { ["labels"] = string.Join('\n', Labels) }
        );

    private SavedImageColumn ImageOf(string column, ImageSource source) =>
        SavedImageColumn.Of(column, source, Model.Configuration.Height, Model.Configuration.Width);

    private byte[] Graph(SavedImageColumn input, IReadOnlyDictionary<string, string> names, bool foldNormalization)
    {
        var graph = new OnnxGraph("classifier");
        OnnxValue image = ImageGraph.Input(graph, input.GraphInput, input.Channels, Model.Configuration.Height, Model.Configuration.Width);
        var (features, scores) = ClassifierGraph.Write(graph, Model, image, foldNormalization);
        LabelGraph scheme = LabelGraph.Of(Model.Configuration.LabelScheme);
        graph.Output(
            [
                new("Features", features, OnnxType.Single, Model.Network.EmbeddingSize),
                new("Score", scores, OnnxType.Single, Labels.Count),
                scheme.Entropy(graph, scheme.Fold(graph, scores, Labels), BaseLabels.Names(Labels).Count),
                scheme.Decide(graph, scores, Labels, Thresholds),
            ],
            names
        );
        return OnnxWriter.Write(graph, Info);
    }

    /// <summary>Writes an ONNX graph and the mapping of its label to a key.</summary>
    private protected override void SaveModel(ModelSaveContext context)
    {
        SavedImageColumn input = ImageOf(_options.ImageColumnName, _source);
        LabelShape shape = LabelShape.Of(Model.Configuration.LabelScheme);
        input
            .Prepare(Context, new SavedChain(Context))
            .Graph(
                names => Graph(input, names, foldNormalization: true),
                [input.GraphInput],
                [
                    ("Features", _options.FeaturesColumnName),
                    ("Score", _options.ScoreColumnName),
                    ("ScoreEntropy", _options.ScoreEntropyColumnName),
                    (shape.GraphName, shape.NameOf(_options.PredictedLabelColumnName, _options.PredictedLabelsColumnName)),
                ],
                Labels
            )
            .Save(context, (_options.ImageColumnName, input.Type));
    }

    private protected override BoundMapper Bind(DataViewSchema input)
    {
        Model.Lifetime.Check();
        var column = new ImageColumn(input, _options.ImageColumnName);
        column.RequireSize(Model.Configuration.Height, Model.Configuration.Width);
        return new Mapper(Model, _options, column, new ViewColumn(input, _options.ViewColumnName), _watched);
    }

    private sealed class Mapper(ClassifierModel model, ClassifyDiseaseOptions options, ImageColumn image, ViewColumn view, InputWatchLog log)
        : BoundMapper
    {
        private readonly StageOutput<Scored>[] _outputs =
        [
            StageOutput<Scored>.Vector(options.FeaturesColumnName, model.Network.EmbeddingSize, row => row.Features),
            StageOutput<Scored>.Vector(options.ScoreColumnName, model.Configuration.Labels, row => row.Scores),
            Entropy(options.ScoreEntropyColumnName, model.Configuration),
            LabelShape
                .Of(model.Configuration.LabelScheme)
                .Output<Scored>(
                    options.PredictedLabelColumnName,
                    options.PredictedLabelsColumnName,
                    model.Configuration.Labels,
                    row => model.Configuration.Decide(row.Scores)
                ),
        ];

        private static StageOutput<Scored> Entropy(string name, ClassifierConfiguration configuration)
        {
            LabelScheme scheme = configuration.LabelScheme;
            int[] baseOf = BaseLabels.Indices(configuration.Labels);
            return StageOutput<Scored>.Single(name, row => scheme.Entropy(scheme.Fold(baseOf, row.Scores)));
        }

        internal override int BatchSize => options.ScoringBatchSize ?? model.ScoringBatchSize;

        internal override IReadOnlyList<DataViewSchema.DetachedColumn> Outputs => [.. _outputs.Select(output => output.Column)];

        internal override IEnumerable<DataViewSchema.Column> InputsFor(ReadOnlySpan<bool> wanted) => [image.Column, .. view.Columns];

        internal override BatchComputation Open(DataViewRow input, ReadOnlySpan<bool> wanted) =>
            new Computation(
                model,
                _outputs,
                new ImageBatch(image, image.Open(input), BatchSize, view.Watch(input, model.Configuration.Trained, log))
            );
    }

    /// <summary>The network's outputs for an image; NaN if the image is missing.</summary>
    private readonly record struct Scored(float[] Features, float[] Scores);

    private sealed class Computation(ClassifierModel model, StageOutput<Scored>[] outputs, ImageBatch images) : BatchComputation
    {
        private float[][] _features = [];
        private float[][] _scores = [];

        internal override void Read(int slot) => images.Read(slot);

        internal override void Compute(int count)
        {
            (_features, _scores) = model.Score(count, images.CopyTo);
            for (int i = 0; i < count; i++)
            {
                // An unreadable image has no score: NaN, ML.NET's missing value.
                if (images.IsMissing(i))
                {
                    Array.Fill(_features[i], float.NaN);
                    Array.Fill(_scores[i], float.NaN);
                }
            }
        }

        internal override Delegate Getter(int output, Func<int> slot) =>
            outputs[output].Getter(() =>
            {
                // Requesting the slot computes the batch, so it must precede reading the arrays.
                int row = slot();
                return new Scored(_features[row], _scores[row]);
            });

        public override void Dispose()
        {
            images.ReportUnusual();
            base.Dispose();
        }
    }
}
