namespace CxrAnnotate;

/// <summary>The image network as an ONNX graph, including the preparation of its input and the activation of its logits.</summary>
internal static class ClassifierGraph
{
    /// <summary>Writes the graph from images [N, 1, H, W] (values in [0, 1]) to embeddings [N, E] and label probabilities [N, K].</summary>
    internal static (OnnxValue Features, OnnxValue Scores) Write(OnnxGraph graph, ClassifierModel model, OnnxValue images, bool foldNormalization)
    {
        using Lifetime.Use use = model.Lifetime.Enter();
        ClassifierConfiguration configuration = model.Configuration;
        OnnxValue input = Prepare(graph, configuration, images);
        var (features, logits) = model.Network.Write(new OnnxLayers(graph, foldNormalization, configuration.CropSize), input);
        if (configuration.LogitShift is { } shift)
            logits = graph.Add(logits, graph.Constant("logit_shift", [.. shift], shift.Count));
        OnnxValue scores = LabelActivation.Of(configuration.LabelScheme).Write(graph, logits);
        int crops = configuration.ScoringCrops;
        return crops == 1
            ? (features, scores)
            : (
                graph.Mean(graph.Reshape(features, crops, -1, model.Network.EmbeddingSize), keep: false, 0),
                graph.Mean(graph.Reshape(scores, crops, -1, configuration.Labels.Count), keep: false, 0)
            );
    }

    /// <summary>The crops of all images, crop by crop, as the network wants them: [crops * N, C, S, S].</summary>
    private static OnnxValue Prepare(OnnxGraph graph, ClassifierConfiguration configuration, OnnxValue images)
    {
        ImagePreparer preparer = configuration.Preparer();
        int size = preparer.Size;
        OnnxValue[] crops =
        [
            .. Enumerable
                .Range(0, configuration.ScoringCrops)
                .Select(preparer.Corner)
                .Select(at => graph.Slice(images, (2, at.Top, at.Top + size), (3, at.Left, at.Left + size))),
        ];
        OnnxValue grey = crops.Length == 1 ? crops[0] : graph.Concat(0, crops);
        if (!preparer.Standardizes)
            return Channels(graph.Mul(graph.Sub(grey, graph.Scalar(0.5f)), graph.Scalar(2f)));
        OnnxValue centred = graph.Sub(grey, graph.Mean(grey, keep: true, 1, 2, 3));
        OnnxValue deviation = graph.Node("Sqrt", [graph.Mean(graph.Mul(centred, centred), keep: true, 1, 2, 3)]);
        OnnxValue standard = graph.Div(centred, graph.Max(deviation, graph.Scalar(1e-3f)));
        return Channels(standard);

        OnnxValue Channels(OnnxValue image) =>
            preparer.Channels == 1 ? image : graph.Concat(1, preparer.OneGrey ? image : Contrast(graph, grey, size), image, image);
    }

    private static OnnxValue Contrast(OnnxGraph graph, OnnxValue grey, int size)
    {
        float[] kernel = LocalContrast.Weights();
        int width = kernel.Length;
        OnnxValue window = graph.Constant("gaussian", [.. kernel.SelectMany(a => kernel.Select(b => a * b))], 1, 1, width, width);
        OnnxValue Smooth(OnnxValue x) =>
            graph.Node("Conv", [x, window], ("kernel_shape", (long[])[width, width]), ("pads", [.. Enumerable.Repeat((long)(width / 2), 4)]));
        OnnxValue covered = Smooth(graph.Constant("ones", [.. Enumerable.Repeat(1f, size * size)], 1, 1, size, size));
        OnnxValue centred = graph.Sub(grey, graph.Div(Smooth(grey), covered));
        OnnxValue deviation = graph.Node("Sqrt", [graph.Div(Smooth(graph.Mul(centred, centred)), covered)]);
        OnnxValue floor = graph.Max(graph.Mean(deviation, keep: true, 1, 2, 3), graph.Scalar(1e-4f));
        return graph.Div(centred, graph.Max(deviation, floor));
    }
}
