using Microsoft.ML;
using Microsoft.ML.Data;

namespace CxrAnnotate;

/// <summary>
/// A trained image network: adds Features (the embedding), Score (label probabilities) and PredictedLabel to rows with an image; one of several
/// findings adds PredictedLabels in its place.
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
    /// For a network of several findings the probability at or above which each is detected, in the order of <see cref="Labels"/>; null for single
    /// labels.
    /// </summary>
    public IReadOnlyList<float>? Thresholds => Model.Configuration.Thresholds;

    /// <summary>How the training went.</summary>
    public TrainingHistory History { get; }

    /// <summary>The number of trainable parameters of the network.</summary>
    public long ParameterCount { get; }

    internal ClassifierModel Model { get; }

    /// <summary>
    /// Writes the network, with all that is done to an image before it, as an ONNX model: input <c>Image</c> (Single [N, 1, H, W], grey values in [0,
    /// 1]), outputs <c>Features</c> (Single [N, E], E being <see cref="CnnArchitecture.EmbeddingSize"/>), <c>Score</c> (Single [N, K]) and
    /// <c>Label</c> (text [N]), or for several findings <c>PredictedLabels</c> (Single [N, K]: 1 detected, 0 not).
    /// </summary>
    /// <param name="path">The file to write.</param>
    /// <param name="foldNormalization">Whether batch normalisation becomes part of the convolutions before it, which is faster, or stays as nodes of
    /// its own.</param>
    public void SaveOnnx(string path, bool foldNormalization = true)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var graph = new OnnxGraph("classifier");
        WriteGraph(
            graph,
            graph.Input("Image", OnnxType.Single, null, 1, Model.Configuration.Height, Model.Configuration.Width),
            "Features",
            "Score",
            Thresholds is null ? "Label" : "PredictedLabels",
            foldNormalization
        );
        DurableFile.Write(path, OnnxWriter.Write(graph, Info));
    }

    /// <summary>
    /// Frees the network's memory. A batch that is being computed ends first; whatever is asked of this transformer, its views and its prediction
    /// engines afterwards is answered by <see cref="ObjectDisposedException"/>. Disposing twice does nothing.
    /// </summary>
    public void Dispose() => Model.Dispose();

    private OnnxModelInfo Info =>
        new(
            "classifier",
            "Label probabilities and embedding of a chest radiograph.",
            new Dictionary<string, string> { ["labels"] = string.Join('\n', Labels) }
        );

    private void WriteGraph(OnnxGraph graph, OnnxValue image, string features, string score, string label, bool foldNormalization)
    {
        var (embedding, scores) = ClassifierGraph.Write(graph, Model, image, foldNormalization);
        graph.Output(features, embedding, OnnxType.Single, null, Model.Network.EmbeddingSize);
        graph.Output(score, scores, OnnxType.Single, null, Labels.Count);
        if (Thresholds is { } thresholds)
        {
            graph.Output(label, ClassifierGraph.Decide(graph, scores, thresholds), OnnxType.Single, null, Labels.Count);
            return;
        }

        OnnxValue missing = graph.Node("IsNaN", [graph.Sum(scores, keep: false, 1)]);
        OnnxValue sound = graph.Where(graph.Unsqueeze(missing, 1), graph.Scalar(0f), scores);
        OnnxValue names = graph.Gather(graph.Constant("labels", [.. Labels], Labels.Count), graph.ArgMax(sound, 1));
        graph.Output(label, graph.Where(missing, graph.Constant("nothing", [""]), names), OnnxType.Text, (long?)null);
    }

    /// <summary>Writes an ONNX graph, and what makes its label a key.</summary>
    private protected override void SaveModel(ModelSaveContext context)
    {
        ClassifierConfiguration configuration = Model.Configuration;
        var graph = new OnnxGraph("classifier");
        SavedImageColumn input = SavedImageColumn.Of(_options.ImageColumnName, _source, configuration.Height, configuration.Width);
        string label = Thresholds is null ? SavedLabelMapping.Input : _options.PredictedLabelsColumnName;
        WriteGraph(
            graph,
            ImageGraph.Input(graph, input.GraphInput, input.Channels, configuration.Height, configuration.Width),
            _options.FeaturesColumnName,
            _options.ScoreColumnName,
            label,
            foldNormalization: true
        );
        SavedChain chain = input
            .Prepare(Context, new SavedChain(Context))
            .Graph(OnnxWriter.Write(graph, Info), [input.GraphInput], [_options.FeaturesColumnName, _options.ScoreColumnName, label]);
        (Thresholds is null ? chain.Label(_options.PredictedLabelColumnName, Labels) : chain).Save(context, (_options.ImageColumnName, input.Type));
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
            model.Configuration.Thresholds is { } thresholds
                ? StageOutput<Scored>.Vector(
                    options.PredictedLabelsColumnName,
                    model.Configuration.Labels,
                    row => LabelThresholds.Decide(row.Scores, thresholds)
                )
                : StageOutput<Scored>.Key(options.PredictedLabelColumnName, model.Configuration.Labels, row => row.Best),
        ];

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

    /// <summary>What the network says of an image; NaN where the image is missing.</summary>
    private readonly record struct Scored(float[] Features, float[] Scores)
    {
        /// <summary>Index of the most probable label, the first of equals; -1 where the image is missing.</summary>
        internal int Best => Array.TrueForAll(Scores, float.IsFinite) ? Array.IndexOf(Scores, Scores.Max()) : -1;
    }

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
                // What could not be read has no score; NaN says so, as ML.NET's own missing numbers do.
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
                // Asking for the slot is what computes the batch: it comes before the arrays are looked at.
                int row = slot();
                return new Scored(_features[row], _scores[row]);
            });

        public override void Dispose()
        {
            images.Tell();
            base.Dispose();
        }
    }
}
