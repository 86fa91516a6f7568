namespace CxrAnnotate;

/// <summary>The annotation of the single most probable label; see <see cref="ExclusiveLabels"/>.</summary>
internal sealed class ExclusiveDecoderGraph(OnnxGraph graph, DecoderModel model, IReadOnlyList<string> labels) : DecoderGraph(graph, model, labels)
{
    private protected override int Covered => Math.Min(ExclusiveLabels.CoveredLabels, Labels.Count);

    private protected override OnnxValue Rank(OnnxValue probabilities, OnnxValue? decisions) => probabilities;

    private protected override OnnxValue? IsWritten(Searched found) => null;

    private protected override DecoderOutputs Outputs(Searched found)
    {
        OnnxGraph g = Graph;
        OnnxValue label = g.Gather(g.Constant("labels", [.. Labels], Labels.Count), found.Written);
        return new DecoderOutputs(
            new("Label", g.Where(found.Missing, g.Constant("nothing", [""]), label), OnnxType.Text),
            Annotation(found, found.Annotations, found.Tokens, g.Reshape(found.Joint, -1)),
            [
                new("BeamWords", found.Best.Words, OnnxType.Int64, Configuration.BestWidth, Configuration.MaximumLength),
                new("BeamLogProbability", found.Best.LogProbability, OnnxType.Double, Configuration.BestWidth),
            ]
        );
    }

    private protected override OnnxValue Occurs(Searched found, OnnxValue shares)
    {
        OnnxGraph g = Graph;
        // Labels are searched until they cover nearly all probability; of the others the headings are known.
        OnnxValue wide = g.Cast(found.Likely, OnnxType.Double);
        OnnxValue earlier = g.Node("CumSum", [wide, g.Scalar(1L)], ("exclusive", 1));
        OnnxValue enough = g.Mul(
            g.Sum(g.Cast(found.Probabilities, OnnxType.Double), keep: true, 1),
            g.Scalar(ExclusiveLabels.CoveredMass)
        );
        OnnxValue searched = g.Cast(
            g.Or(g.Less(earlier, enough), g.Constant("first", [.. Enumerable.Range(0, Covered).Select(k => k == 0)], 1, Covered)),
            OnnxType.Single
        );
        OnnxValue words = g.Sum(g.Mul(shares, g.Unsqueeze(g.Mul(found.Likely, searched), 2)), keep: false, 1);
        OnnxValue known = Scatter(g.Mul(found.Probabilities, g.Scalar(0f)), found.Ranked, searched);
        OnnxValue rest = g.Mul(found.Probabilities, g.Sub(g.Scalar(1f), known));
        return g.Add(words, g.MatMul(rest, Headings()));
    }
}
