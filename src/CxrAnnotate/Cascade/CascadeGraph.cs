using System.Text.Json;

namespace CxrAnnotate;

/// <summary>A cascade's scoring as a single ONNX graph: from images to features, probabilities and annotation texts.</summary>
internal static class CascadeGraph
{
    /// <summary>Writes a cascade.</summary>
    /// <param name="model">The cascade.</param>
    /// <param name="input">The images that the graph reads.</param>
    /// <param name="names">New names of outputs by their default names.</param>
    /// <param name="info">The metadata.</param>
    /// <param name="foldNormalization">Whether batch normalisation is folded into the preceding convolutions.</param>
    internal static byte[] Write(
        CascadeModel model,
        SavedImageColumn input,
        IReadOnlyDictionary<string, string> names,
        CascadeGraphInfo info,
        bool foldNormalization
    )
    {
        var graph = new OnnxGraph("cascade");
        ClassifierConfiguration configuration = model.Classifier.Configuration;
        OnnxValue image = ImageGraph.Input(graph, input.GraphInput, input.Channels, configuration.Height, configuration.Width);
        var (features, parts) = ClassifierGraph.Write(graph, model.Classifier, image, foldNormalization);
        IReadOnlyList<string> labels = configuration.Labels;
        LabelGraph scheme = LabelGraph.Of(model.Scheme);
        OnnxValue scores = scheme.Fold(graph, parts, labels);
        if (model.Reliability?.Calibration is { } calibration)
            scores = CalibrationGraph.Write(graph, scores, calibration);
        OnnxValue? decisions = model.Scheme.ReadsDecisions
            ? scheme.Fold(graph, scheme.Decide(graph, parts, labels, configuration.Thresholds).Value, labels)
            : null;
        DecoderOutputs decoded = DecoderGraph.Write(graph, model.Decoder, features, scores, decisions, model.BaseLabels);
        GraphOutput[] outputs =
        [
            new("Features", features, OnnxType.Single, model.Classifier.Network.EmbeddingSize),
            new("Score", scores, OnnxType.Single, model.BaseLabels.Count),
            scheme.Entropy(graph, scores, model.BaseLabels.Count),
            decoded.Decision,
            .. decoded.Annotation,
            .. decoded.Beams,
        ];
        graph.Output(outputs, names);
        string metadata = JsonSerializer.Serialize(
            info with
            {
                Outputs = outputs.ToDictionary(output => output.Name, output => names.GetValueOrDefault(output.Name, output.Name)),
            },
            CascadeGraphJson.Default.CascadeGraphInfo
        );
        return OnnxWriter.Write(
            graph,
            new OnnxModelInfo(
                "cascade",
                "Reads a chest radiograph: label probabilities and an annotation in the MeSH grammar.",
                new Dictionary<string, string> { [CascadeGraphInfo.MetadataKey] = metadata }
            )
        );
    }
}
