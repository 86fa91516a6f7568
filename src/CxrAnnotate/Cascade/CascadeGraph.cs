using System.Text.Json;

namespace CxrAnnotate;

/// <summary>A cascade's scoring as one ONNX graph: from images to features, probabilities and annotations in text.</summary>
internal static class CascadeGraph
{
    /// <summary>The version that a model is written as: one of single labels as before there were others.</summary>
    internal static int VersionOf(CascadeModel model) => model.IsMultiLabel ? 2 : 1;

    internal static byte[] Write(CascadeModel model, CascadeGraphNames names, CascadeGraphInfo info, bool foldNormalization)
    {
        var graph = new OnnxGraph("cascade");
        ClassifierConfiguration configuration = model.Classifier.Configuration;
        OnnxValue image = ImageGraph.Input(graph, names.Image, names.Channels, configuration.Height, configuration.Width);
        var (features, parts) = ClassifierGraph.Write(graph, model.Classifier, image, foldNormalization);
        if (configuration.Thresholds is { } thresholds)
        {
            WriteFindings(graph, model, names, features, parts, thresholds);
            return Finish(graph, names, info);
        }

        OnnxValue scores = DecoderGraph.Fold(graph, parts, configuration.Labels);
        DecoderOutputs decoded = DecoderGraph.Write(graph, model.Decoder, features, scores, model.BaseLabels);
        DecoderConfiguration decoder = model.Decoder.Configuration;
        graph.Output(names.Features, features, OnnxType.Single, null, model.Classifier.Network.EmbeddingSize);
        graph.Output(names.Score, scores, OnnxType.Single, null, model.BaseLabels.Count);
        graph.Output(names.Label, decoded.Label, OnnxType.Text, (long?)null);
        graph.Output(names.Annotation, decoded.Annotation, OnnxType.Text, (long?)null);
        graph.Output(names.Tokens, decoded.Tokens, OnnxType.Text, (long?)null);
        graph.Output(names.Probability, decoded.Probability, OnnxType.Single, (long?)null);
        graph.Output(names.WordProbability, decoded.WordProbability, OnnxType.Single, null, model.Decoder.Vocabulary.Reported.Length);
        graph.Output("BeamWords", decoded.BeamWords, OnnxType.Int64, null, decoder.BestWidth, decoder.MaximumLength);
        graph.Output("BeamLogProbability", decoded.BeamLogProbability, OnnxType.Double, null, decoder.BestWidth);
        return Finish(graph, names, info);
    }

    private static void WriteFindings(
        OnnxGraph graph,
        CascadeModel model,
        CascadeGraphNames names,
        OnnxValue features,
        OnnxValue parts,
        IReadOnlyList<float> thresholds
    )
    {
        IReadOnlyList<string> labels = model.Classifier.Configuration.Labels;
        OnnxValue scores = DecoderGraph.FoldFindings(graph, parts, labels);
        OnnxValue detected = DecoderGraph.FoldFindings(graph, ClassifierGraph.Decide(graph, parts, thresholds), labels);
        FindingOutputs found = DecoderGraph.WriteFindings(graph, model.Decoder, features, scores, detected, model.BaseLabels);
        graph.Output(names.Features, features, OnnxType.Single, null, model.Classifier.Network.EmbeddingSize);
        graph.Output(names.Score, scores, OnnxType.Single, null, model.BaseLabels.Count);
        graph.Output(names.PredictedLabels, detected, OnnxType.Single, null, model.BaseLabels.Count);
        graph.Output(names.Annotation, found.Annotation, OnnxType.Text, (long?)null);
        graph.Output(names.Tokens, found.Tokens, OnnxType.Text, (long?)null);
        graph.Output(names.Probability, found.Probability, OnnxType.Single, (long?)null);
        graph.Output(names.WordProbability, found.WordProbability, OnnxType.Single, null, model.Decoder.Vocabulary.Reported.Length);
        graph.Output(names.FindingProbability, found.FindingProbability, OnnxType.Single, null, model.BaseLabels.Count);
        DecoderConfiguration decoder = model.Decoder.Configuration;
        int searched = decoder.Searched(model.BaseLabels.Count);
        graph.Output("BeamFindings", found.BeamFindings, OnnxType.Int64, null, searched);
        graph.Output("BeamWords", found.BeamWords, OnnxType.Int64, null, searched, decoder.BestWidth, decoder.MaximumLength);
        graph.Output("BeamLogProbability", found.BeamLogProbability, OnnxType.Double, null, searched, decoder.BestWidth);
    }

    private static byte[] Finish(OnnxGraph graph, CascadeGraphNames names, CascadeGraphInfo info) =>
        OnnxWriter.Write(
            graph,
            new OnnxModelInfo(
                "cascade",
                "Reads a chest radiograph: label probabilities and an annotation in the MeSH grammar.",
                new Dictionary<string, string>
                {
                    [CascadeGraphInfo.MetadataKey] = JsonSerializer.Serialize(
                        info with
                        {
                            Outputs = names.Renamed(),
                        },
                        CascadeGraphJson.Default.CascadeGraphInfo
                    ),
                }
            )
        );
}

/// <summary>The names of the graph's input and outputs.</summary>
internal sealed record CascadeGraphNames
{
    public string Image { get; init; } = "Image";

    public int Channels { get; init; } = 1;

    public string Features { get; init; } = "Features";

    public string Score { get; init; } = "Score";

    public string Label { get; init; } = "Label";

    public string Annotation { get; init; } = "Annotation";

    public string Tokens { get; init; } = "AnnotationTokens";

    public string Probability { get; init; } = "AnnotationProbability";

    public string WordProbability { get; init; } = "WordProbability";

    public string PredictedLabels { get; init; } = "PredictedLabels";

    public string FindingProbability { get; init; } = "FindingProbability";

    /// <summary>From the names that outputs have by default to those they have here.</summary>
    internal IReadOnlyDictionary<string, string> Renamed() =>
        new Dictionary<string, string>
        {
            ["Features"] = Features,
            ["Score"] = Score,
            ["Label"] = Label,
            ["Annotation"] = Annotation,
            ["AnnotationTokens"] = Tokens,
            ["AnnotationProbability"] = Probability,
            ["WordProbability"] = WordProbability,
        };
}
