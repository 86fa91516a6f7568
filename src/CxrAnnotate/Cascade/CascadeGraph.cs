using System.Text.Json;

namespace CxrAnnotate;

/// <summary>A cascade's scoring as one ONNX graph: from images to features, probabilities and annotations in text.</summary>
internal static class CascadeGraph
{
    /// <summary>The entry of the model's metadata that says how its images are loaded and what its numbers stand for.</summary>
    internal const string MetadataKey = "cxrannotate";

    /// <summary>The version of that entry.</summary>
    internal const int Version = 2;

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
                    [MetadataKey] = JsonSerializer.Serialize(info with { Outputs = names.Renamed() }, CascadeGraphJson.Default.CascadeGraphInfo),
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

/// <summary>What has to be known beside the graph to read a file with it.</summary>
internal sealed record CascadeGraphInfo
{
    public required int Version { get; init; }

    /// <summary>How files are loaded.</summary>
    public required LoadingFile Loading { get; init; }

    /// <summary>The annotation of an image without findings, for a model of several findings; null for one of single labels.</summary>
    public string? NormalWord { get; init; }

    /// <summary>The labels, in the order of Score.</summary>
    public required IReadOnlyList<string> Labels { get; init; }

    /// <summary>The decoder's words by id.</summary>
    public required IReadOnlyList<string> Words { get; init; }

    /// <summary>The words of WordProbability, in order.</summary>
    public required IReadOnlyList<string> ReportedWords { get; init; }

    /// <summary>How words are written in an annotation.</summary>
    public required IReadOnlyDictionary<string, string> DisplayForms { get; init; }

    /// <summary>What the training images were like; null in models of before that was kept.</summary>
    public TrainedImages? Trained { get; init; }

    /// <summary>The graph's names of the outputs, where they are others than those of <see cref="RecurrentCascadeTransformer.SaveOnnx"/>.</summary>
    public IReadOnlyDictionary<string, string>? Outputs { get; init; }

    /// <summary>Reads the metadata of a model.</summary>
    /// <param name="json">The text of the entry <see cref="CascadeGraph.MetadataKey"/>.</param>
    /// <param name="path">The model's file, for messages.</param>
    /// <exception cref="InvalidDataException">The text is no such metadata.</exception>
    internal static CascadeGraphInfo Read(string json, string path) =>
        ModelJson.Parse(
            System.Text.Encoding.UTF8.GetBytes(json),
            path,
            CascadeGraphJson.Default.CascadeGraphInfo,
            read =>
                read.Version > CascadeGraph.Version ? null
                : read.Version < (read.NormalWord is null ? 1 : 2) ? "the version that it says is out of range"
                : read.Loading.Problem() is { } problem ? problem
                : !ModelJson.AreNames(read.Labels) ? "its labels are incomplete"
                : !ModelJson.AreNames(read.Words)
                || read.ReportedWords.Any(string.IsNullOrEmpty)
                || read.ReportedWords.Distinct(StringComparer.Ordinal).Count() != read.ReportedWords.Count
                || !read.ReportedWords.All(read.Words.ToHashSet(StringComparer.Ordinal).Contains)
                    ? "its words are incomplete"
                : !ModelJson.AreTexts(read.DisplayForms) ? "its written forms are incomplete"
                : read.NormalWord is { Length: 0 } ? "its word for images without findings is none"
                : read.Trained is { IsSound: false } ? "what it says of the training images is out of range"
                : read.Outputs is { } outputs && outputs.Values.Any(string.IsNullOrEmpty) ? "the names of its outputs are incomplete"
                : null
        );
}

[System.Text.Json.Serialization.JsonSourceGenerationOptions(
    UseStringEnumConverter = true,
    RespectNullableAnnotations = true,
    PropertyNamingPolicy = System.Text.Json.Serialization.JsonKnownNamingPolicy.CamelCase
)]
[System.Text.Json.Serialization.JsonSerializable(typeof(CascadeGraphInfo))]
internal sealed partial class CascadeGraphJson : System.Text.Json.Serialization.JsonSerializerContext;
