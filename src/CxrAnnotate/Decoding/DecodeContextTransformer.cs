using Microsoft.ML;
using Microsoft.ML.Data;

namespace CxrAnnotate;

/// <summary>
/// A trained decoder: from an image's features and label probabilities (with label names as slot names) it computes the annotation, its words, its
/// probability and each word's probability of occurring. A multi-label decoder also reads the detected findings, writes an annotation for each,
/// joined by <c>|</c>, and outputs the probability of each. Rows with missing features or probabilities (NaN) get an empty annotation and NaN
/// probabilities.
/// </summary>
/// <remarks>
/// The probability of an annotation is P(label | image) * P(words | label, image); the probabilities of a label's parts are added up first.
/// </remarks>
public sealed class DecodeContextTransformer : StageTransformer, IDisposable
{
    private readonly DecodeContextOptions _options;
    private readonly IReadOnlyList<string> _scoreLabels;

    internal DecodeContextTransformer(MLContext context, DecoderModel model, DecodeContextOptions options, IReadOnlyList<string> scoreLabels)
        : base(context)
    {
        _scoreLabels = scoreLabels;
        Model = model;
        _options = options;
    }

    /// <summary>The epochs of the training; null for a loaded decoder.</summary>
    public TrainingHistory? History => Model.History;

    /// <summary>The words of the column of word probabilities, in the order of its slots.</summary>
    public IReadOnlyList<string> Words => Model.ReportedWords;

    internal DecoderModel Model { get; }

    /// <summary>
    /// Frees the network's memory, after any batch in progress. Using this transformer, its views or its prediction engines afterwards throws
    /// <see cref="ObjectDisposedException"/>. Disposing twice does nothing.
    /// </summary>
    public void Dispose() => Model.Dispose();

    /// <summary>
    /// Writes the decoder with its search as an ONNX model: inputs <c>Features</c> (Single [N, F]) and <c>Score</c> (Single [N, K], the labels in the
    /// order of the training), outputs <c>Annotation</c>, <c>AnnotationTokens</c> (text [N]), <c>AnnotationProbability</c> (Single [N]) and
    /// <c>WordProbability</c> (Single [N, words]). A multi-label decoder also has the input <c>PredictedLabels</c> (Single [N, K]) and the output
    /// <c>FindingProbability</c> (Single [N, findings]), a decoder that attends to regions <c>WordAttention</c> (Single [N, words * regions]).
    /// </summary>
    /// <param name="path">The file to write.</param>
    /// <exception cref="NotSupportedException">The decoder samples its annotations.</exception>
    public void SaveOnnx(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        DurableFile.Write(path, Graph(new() { FeaturesColumnName = "Features" }, new Dictionary<string, string>()));
    }

    private LabelScheme Scheme => Model.Configuration.LabelScheme;

    private IReadOnlyList<AnnotationColumn> Columns => AnnotationColumn.All(_options, Scheme, Model.Configuration.Attention is not null);

    /// <summary>The columns that the decoder reads, and their sizes.</summary>
    private (string Name, int Size)[] Inputs(DecodeContextOptions columns) =>
        [
            (columns.FeaturesColumnName, Model.Configuration.FeatureSize),
            (columns.ScoreColumnName, _scoreLabels.Count),
            .. Scheme.ReadsDecisions ? ((string, int)[])[(columns.PredictedLabelsColumnName, _scoreLabels.Count)] : [],
        ];

    /// <summary>Writes the graph; its inputs are named like the columns.</summary>
    private byte[] Graph(DecodeContextOptions columns, IReadOnlyDictionary<string, string> names)
    {
        var graph = new OnnxGraph("decoder");
        OnnxValue[] read = [.. Inputs(columns).Select(input => graph.Input(input.Name, OnnxType.Single, null, input.Size))];
        OnnxValue[] ofLabels = [.. read.Skip(1).Select(values => LabelGraph.Of(Scheme).Fold(graph, values, _scoreLabels))];
        DecoderOutputs decoded = DecoderGraph.Write(
            graph,
            Model,
            read[0],
            ofLabels[0],
            ofLabels.Length > 1 ? ofLabels[1] : null,
            BaseLabels.Names(_scoreLabels)
        );
        graph.Output(decoded.Annotation, names);
        return OnnxWriter.Write(graph, Info);
    }

    private OnnxModelInfo Info =>
        new(
            "decoder",
            "The annotation of a chest radiograph.",
            new Dictionary<string, string> { ["labels"] = string.Join('\n', _scoreLabels), ["words"] = string.Join('\n', Words) }
        );

    /// <summary>Writes an ONNX graph and the mapping of its text outputs to scalars.</summary>
    private protected override void SaveModel(ModelSaveContext context)
    {
        (string Name, int Size)[] inputs = Inputs(_options);
        new SavedChain(Context)
            .Graph(
                names => Graph(_options, names),
                [.. inputs.Select(input => input.Name)],
                [.. Columns.Select(column => (column.Output, column.Shape.Name))],
                labels: []
            )
            .Save(
                context,
                [.. inputs.Select(input => (input.Name, (DataViewType)new VectorDataViewType(NumberDataViewType.Single, input.Size)))]
            );
    }

    private protected override BoundMapper Bind(DataViewSchema input)
    {
        Model.Lifetime.Check();
        return new DecodeContextMapper(Model, _options, input);
    }
}
