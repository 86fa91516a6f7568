using static TorchSharp.torch;

namespace CxrAnnotate;

/// <summary>Maps the logits [N, K] of an image network to probabilities under a label scheme.</summary>
/// <param name="Apply">Computes it with torch.</param>
/// <param name="Write">Writes it to an ONNX graph.</param>
internal sealed record LabelActivation(Func<Tensor, Tensor> Apply, Func<OnnxGraph, OnnxValue, OnnxValue> Write)
{
    private static readonly Dictionary<LabelScheme, LabelActivation> _of = new()
    {
        [LabelScheme.Exclusive] = new(logits => logits.softmax(1), (graph, logits) => graph.Softmax(logits)),
        [LabelScheme.Independent] = new(logits => logits.sigmoid(), (graph, logits) => graph.Node("Sigmoid", [logits])),
    };

    internal static LabelActivation Of(LabelScheme scheme) => _of[scheme];
}
