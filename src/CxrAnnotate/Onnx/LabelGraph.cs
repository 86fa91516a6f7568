namespace CxrAnnotate;

/// <summary>What a <see cref="LabelScheme"/> computes, as operators of a graph.</summary>
internal abstract class LabelGraph
{
    private static readonly Dictionary<LabelScheme, LabelGraph> _of = new()
    {
        [LabelScheme.Exclusive] = new ExclusiveGraph(),
        [LabelScheme.Independent] = new IndependentGraph(),
    };

    internal static LabelGraph Of(LabelScheme scheme) => _of[scheme];

    /// <summary>Values [N, B] of the base labels from those [N, K] of their parts; see <see cref="LabelScheme.Fold"/>.</summary>
    internal OnnxValue Fold(OnnxGraph graph, OnnxValue values, IReadOnlyList<string> labels)
    {
        int[] baseOf = BaseLabels.Indices(labels);
        int bases = baseOf.Max() + 1;
        return bases == labels.Count ? values : Fold(graph, values, baseOf, bases);
    }

    /// <summary>What probabilities [N, K] decide; see <see cref="LabelScheme.Decide"/>.</summary>
    internal abstract GraphOutput Decide(OnnxGraph graph, OnnxValue scores, IReadOnlyList<string> labels, IReadOnlyList<float>? thresholds);

    /// <summary>How undecided probabilities [N, B] of the base labels are, [N]; see <see cref="LabelScheme.Entropy"/>.</summary>
    internal GraphOutput Entropy(OnnxGraph graph, OnnxValue probabilities, int bases)
    {
        OnnxValue entropy = graph.Node("Clip", [Undecided(graph, probabilities, bases), graph.Scalar(0f), graph.Scalar(1f)]);
        OnnxValue missing = graph.Node("IsNaN", [graph.Sum(probabilities, keep: false, 1)]);
        return new("ScoreEntropy", graph.Where(missing, graph.Scalar(float.NaN), entropy), OnnxType.Single);
    }

    /// <summary>The entropy up to rounding; anything where the probabilities are missing.</summary>
    private protected abstract OnnxValue Undecided(OnnxGraph graph, OnnxValue probabilities, int bases);

    /// <summary>p log p, the negative of what an outcome adds to an entropy.</summary>
    private protected static OnnxValue Certainty(OnnxGraph graph, OnnxValue p) =>
        graph.Mul(p, graph.Node("Log", [graph.Max(p, graph.Scalar(1e-37f))]));

    private protected abstract OnnxValue Fold(OnnxGraph graph, OnnxValue values, int[] baseOf, int bases);

    private sealed class ExclusiveGraph : LabelGraph
    {
        /// <summary>The name of the most probable label; empty where the probabilities are missing.</summary>
        internal override GraphOutput Decide(OnnxGraph graph, OnnxValue scores, IReadOnlyList<string> labels, IReadOnlyList<float>? thresholds)
        {
            OnnxValue missing = graph.Node("IsNaN", [graph.Sum(scores, keep: false, 1)]);
            OnnxValue sound = graph.Where(graph.Unsqueeze(missing, 1), graph.Scalar(0f), scores);
            OnnxValue names = graph.Gather(graph.Constant("labels", [.. labels], labels.Count), graph.ArgMax(sound, 1));
            return new("Label", graph.Where(missing, graph.Constant("nothing", [""]), names), OnnxType.Text);
        }

        private protected override OnnxValue Undecided(OnnxGraph graph, OnnxValue probabilities, int bases) =>
            graph.Mul(graph.Sum(Certainty(graph, probabilities), keep: false, 1), graph.Scalar((float)-ExclusiveLabels.EntropyScale(bases)));

        private protected override OnnxValue Fold(OnnxGraph graph, OnnxValue values, int[] baseOf, int bases)
        {
            float[] matrix = new float[baseOf.Length * bases];
            for (int label = 0; label < baseOf.Length; label++)
                matrix[(label * bases) + baseOf[label]] = 1;
            return graph.MatMul(values, graph.Constant("base_labels", matrix, baseOf.Length, bases));
        }
    }

    private sealed class IndependentGraph : LabelGraph
    {
        /// <summary>1 for a probability at or above its threshold, 0 below, NaN where there is none.</summary>
        internal override GraphOutput Decide(OnnxGraph graph, OnnxValue scores, IReadOnlyList<string> labels, IReadOnlyList<float>? thresholds)
        {
            OnnxValue detected = graph.Cast(
                graph.Not(graph.Less(scores, graph.Constant("thresholds", [.. thresholds!], labels.Count))),
                OnnxType.Single
            );
            detected = graph.Where(graph.Node("IsNaN", [scores]), graph.Scalar(float.NaN), detected);
            return new("PredictedLabels", detected, OnnxType.Single, labels.Count);
        }

        private protected override OnnxValue Undecided(OnnxGraph graph, OnnxValue probabilities, int bases)
        {
            OnnxValue certainty = graph.Add(Certainty(graph, probabilities), Certainty(graph, graph.Sub(graph.Scalar(1f), probabilities)));
            return graph.Mul(graph.Mean(certainty, keep: false, 1), graph.Scalar((float)(-1 / Math.Log(2))));
        }

        /// <summary>The highest of the parts' values; NaN in a row that has any.</summary>
        private protected override OnnxValue Fold(OnnxGraph graph, OnnxValue values, int[] baseOf, int bases)
        {
            OnnxValue[] folded =
            [
                .. Enumerable
                    .Range(0, bases)
                    .Select(b =>
                    {
                        long[] parts = [.. Enumerable.Range(0, baseOf.Length).Where(label => baseOf[label] == b).Select(label => (long)label)];
                        OnnxValue own = graph.Gather(values, graph.Integers(parts), 1);
                        return parts.Length == 1 ? own : graph.Maximum(own, keep: true, 1);
                    }),
            ];
            return graph.Where(graph.Node("IsNaN", [graph.Sum(values, keep: true, 1)]), graph.Scalar(float.NaN), graph.Concat(1, folded));
        }
    }
}
