namespace CxrAnnotate;

/// <summary>The annotations of all detected findings, joined; see <see cref="IndependentFindings"/>.</summary>
internal sealed class IndependentDecoderGraph(OnnxGraph graph, DecoderModel model, IReadOnlyList<string> labels)
    : DecoderGraph(graph, model, labels)
{
    private protected override int Covered => Math.Min(Configuration.MaximumFindings, Labels.Count);

    /// <summary>Ranks detected findings before the others.</summary>
    private protected override OnnxValue Rank(OnnxValue probabilities, OnnxValue? decisions) => Graph.Add(probabilities, decisions!.Value);

    private protected override OnnxValue? IsWritten(Searched found) =>
        Graph.Less(Graph.Scalar(0.5f), Graph.GatherElements(found.Decisions!.Value, found.Ranked, 1));

    private protected override DecoderOutputs Outputs(Searched found)
    {
        OnnxGraph g = Graph;
        OnnxValue unknown = g.Scalar(float.NaN),
            nil = g.Mul(found.Probabilities, g.Scalar(0f));
        OnnxValue written = IsWritten(found)!.Value;
        OnnxValue own = Scatter(nil, found.Ranked, g.Where(written, found.Joint, g.Scalar(0f)));
        OnnxValue isWritten = g.Less(g.Scalar(0.5f), Scatter(nil, found.Ranked, g.Cast(written, OnnxType.Single)));
        OnnxValue probability = g.Product(g.Where(isWritten, own, g.Sub(g.Scalar(1f), found.Probabilities)), keep: false, 1);
        string none = CaptionText.Print([Configuration.NormalWord!], Vocabulary.DisplayForms);
        return new DecoderOutputs(
            new("PredictedLabels", found.Given!.Value, OnnxType.Single, Labels.Count),
            [
                .. Annotation(
                    found,
                    Join(found.Annotations, found.HasText, written, CaptionText.Separator, none),
                    Join(found.Tokens, found.HasTokens, written, $" {CaptionText.Separator} ", Configuration.NormalWord!),
                    probability
                ),
                new(
                    "FindingProbability",
                    g.Where(g.Unsqueeze(found.Missing, 1), unknown, own),
                    OnnxType.Single,
                    Labels.Count
                ),
            ],
            [
                new("BeamFindings", found.Ranked, OnnxType.Int64, Covered),
                new(
                    "BeamWords",
                    g.Reshape(found.Best.Words, -1, Covered, Configuration.BestWidth, Configuration.MaximumLength),
                    OnnxType.Int64,
                    Covered,
                    Configuration.BestWidth,
                    Configuration.MaximumLength
                ),
                new(
                    "BeamLogProbability",
                    g.Reshape(found.Best.LogProbability, -1, Covered, Configuration.BestWidth),
                    OnnxType.Double,
                    Covered,
                    Configuration.BestWidth
                ),
            ]
        );
    }

    private protected override OnnxValue Occurs(Searched found, OnnxValue shares)
    {
        OnnxGraph g = Graph;
        OnnxValue absent = g.Product(g.Sub(g.Scalar(1f), g.Mul(shares, g.Unsqueeze(found.Likely, 2))), keep: false, 1);
        if (Covered < Labels.Count)
        {
            OnnxValue others = Scatter(found.Probabilities, found.Ranked, g.Mul(found.Likely, g.Scalar(0f)));
            OnnxValue left = g.Node("Log", [g.Max(g.Sub(g.Scalar(1f), others), g.Scalar(IndependentFindings.LeastAbsence))]);
            absent = g.Mul(absent, g.Node("Exp", [g.MatMul(left, Headings())]));
        }

        return g.Sub(g.Scalar(1f), absent);
    }

    /// <summary>Joins the texts of a row's written findings with a separator, or returns another text if no finding is written.</summary>
    private OnnxValue Join(OnnxValue texts, OnnxValue isText, OnnxValue written, string between, string none)
    {
        OnnxGraph g = Graph;
        OnnxValue rows = g.Reshape(texts, -1, Covered),
            empty = g.Constant("nothing", [""]),
            separator = Covered > 1 ? g.Constant("between", [between]) : empty;
        OnnxValue Column(OnnxValue of, long k) => g.Gather(of, g.Scalar(k), 1);
        // A finding without a word of its own may have no text: then there is nothing to separate.
        OnnxValue shown = g.And(written, g.Reshape(isText, -1, Covered));
        OnnxValue any = Column(shown, 0),
            detected = Column(written, 0),
            joined = g.Where(any, Column(rows, 0), empty);
        for (long k = 1; k < Covered; k++)
        {
            OnnxValue here = Column(shown, k);
            joined = g.Node("StringConcat", [joined, g.Where(g.And(here, any), separator, empty)]);
            joined = g.Node("StringConcat", [joined, g.Where(here, Column(rows, k), empty)]);
            any = g.Or(any, here);
            detected = g.Or(detected, Column(written, k));
        }

        return g.Where(detected, joined, g.Constant("none", [none]));
    }
}
