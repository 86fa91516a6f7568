namespace CxrAnnotate;

/// <content>The annotation of several findings; see <see cref="DecoderModel.Annotate"/>, whose arithmetic it repeats.</content>
internal sealed partial class DecoderGraph
{
    /// <summary>Writes the decoder of several findings.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="model">The decoder.</param>
    /// <param name="features">The images' features, [N, F].</param>
    /// <param name="scores">Probabilities of the findings, [N, B].</param>
    /// <param name="detected">1 where a finding is detected, 0 where not, [N, B].</param>
    /// <param name="labels">The findings' names.</param>
    /// <returns>
    /// Annotation (those of the detected findings in the MeSH grammar, joined by <c>|</c>), AnnotationTokens (their words), AnnotationProbability (of
    /// the whole), WordProbability [N, reported words], FindingProbability (of each written finding with its words, 0 for the others, [N, B]), and of
    /// the search BeamFindings (the findings that words were searched for, by index, the detected ones first and each group the most probable first,
    /// [N, findings searched]), BeamWords (their annotations' word ids, best first, [N, findings searched, width, T]) and BeamLogProbability [N,
    /// findings searched, width].
    /// </returns>
    /// <exception cref="NotSupportedException">The decoder draws its words at random.</exception>
    internal static IReadOnlyList<GraphOutput> WriteFindings(
        OnnxGraph graph,
        DecoderModel model,
        OnnxValue features,
        OnnxValue scores,
        OnnxValue detected,
        IReadOnlyList<string> labels
    )
    {
        RequireSearch(model);
        using Lifetime.Use use = model.Lifetime.Enter();
        return new DecoderGraph(graph, model, labels).WriteFindings(features, scores, detected);
    }

    /// <summary>Findings that were split, put together: the highest of their parts' values; NaN in a row that has any.</summary>
    internal static OnnxValue FoldFindings(OnnxGraph graph, OnnxValue values, IReadOnlyList<string> labels)
    {
        int[] baseOf = BaseLabels.Indices(labels);
        int bases = baseOf.Max() + 1;
        if (bases == labels.Count)
            return values;
        OnnxValue[] folded =
        [
            .. Enumerable
                .Range(0, bases)
                .Select(b =>
                {
                    long[] parts = [.. Enumerable.Range(0, labels.Count).Where(label => baseOf[label] == b).Select(label => (long)label)];
                    OnnxValue own = graph.Gather(values, graph.Integers(parts), 1);
                    return parts.Length == 1 ? own : graph.Maximum(own, keep: true, 1);
                }),
        ];
        return graph.Where(graph.Node("IsNaN", [graph.Sum(values, keep: true, 1)]), graph.Scalar(float.NaN), graph.Concat(1, folded));
    }

    private IReadOnlyList<GraphOutput> WriteFindings(OnnxValue features, OnnxValue scores, OnnxValue detected)
    {
        OnnxGraph g = _graph;
        int covered = _configuration.Searched(_labels.Count);
        OnnxValue missing = g.Node(
            "IsNaN",
            [g.Add(g.Add(g.Sum(scores, keep: false, 1), g.Sum(detected, keep: false, 1)), g.Sum(features, keep: false, 1))]
        );
        OnnxValue missingColumn = g.Unsqueeze(missing, 1);
        OnnxValue probabilities = g.Where(missingColumn, g.Scalar(0f), scores);
        detected = g.Where(missingColumn, g.Scalar(0f), detected);
        features = g.Where(missingColumn, g.Scalar(0f), features);
        OnnxValue ranked = g.TopK(g.Add(probabilities, detected), covered).Indices;
        OnnxValue likely = g.GatherElements(probabilities, ranked, 1);
        OnnxValue written = g.Less(g.Scalar(0.5f), g.GatherElements(detected, ranked, 1));
        OnnxValue flat = g.Reshape(ranked, -1);
        OnnxValue embedded = Repeat(Embed(features), covered);
        Beams beams = Search(embedded, flat, _configuration.BeamWidth);
        Beams best = _configuration.Search == DecodingSearch.Beam ? beams : Search(embedded, flat, 1);
        var (annotations, tokens) = Print(flat, g.Reshape(g.Slice(best.Words, (1, 0, 1)), -1, _configuration.MaximumLength));
        OnnxValue joint = g.Mul(likely, g.Reshape(g.Cast(g.Node("Exp", [g.Slice(best.LogProbability, (1, 0, 1))]), OnnxType.Single), -1, covered));
        OnnxValue nil = g.Mul(probabilities, g.Scalar(0f));
        OnnxValue own = Scatter(nil, ranked, g.Where(written, joint, g.Scalar(0f)));
        OnnxValue isWritten = g.Less(g.Scalar(0.5f), Scatter(nil, ranked, g.Cast(written, OnnxType.Single)));
        OnnxValue probability = g.Product(g.Where(isWritten, own, g.Sub(g.Scalar(1f), probabilities)), keep: false, 1);
        OnnxValue nothing = g.Constant("nothing", [""]),
            unknown = g.Scalar(float.NaN);
        OnnxValue annotation = Join(
            annotations,
            written,
            covered,
            DecoderVocabulary.Separator,
            CaptionText.Print([_configuration.NormalWord!], _vocabulary.DisplayForms)
        );
        int width = _configuration.BestWidth,
            length = _configuration.MaximumLength;
        return
        [
            new("Annotation", g.Where(missing, nothing, annotation), OnnxType.Text),
            new(
                "AnnotationTokens",
                g.Where(missing, nothing, Join(tokens, written, covered, $" {DecoderVocabulary.Separator} ", _configuration.NormalWord!)),
                OnnxType.Text
            ),
            new("AnnotationProbability", g.Where(missing, unknown, probability), OnnxType.Single),
            new(
                "WordProbability",
                g.Where(missingColumn, unknown, FindingWords(probabilities, likely, ranked, beams, covered)),
                OnnxType.Single,
                _vocabulary.Reported.Length
            ),
            new("FindingProbability", g.Where(missingColumn, unknown, own), OnnxType.Single, _labels.Count),
            new("BeamFindings", ranked, OnnxType.Int64, covered),
            new("BeamWords", g.Reshape(best.Words, -1, covered, width, length), OnnxType.Int64, covered, width, length),
            new("BeamLogProbability", g.Reshape(best.LogProbability, -1, covered, width), OnnxType.Double, covered, width),
        ];
    }

    private OnnxValue Scatter(OnnxValue into, OnnxValue indices, OnnxValue values) =>
        _graph.Node("ScatterElements", [into, indices, values], ("axis", 1));

    /// <summary>The texts of a row's written findings with something between them, or another text where none is written.</summary>
    private OnnxValue Join(OnnxValue texts, OnnxValue written, int covered, string between, string none)
    {
        OnnxGraph g = _graph;
        OnnxValue rows = g.Reshape(texts, -1, covered),
            empty = g.Constant("nothing", [""]),
            separator = covered > 1 ? g.Constant("between", [between]) : empty;
        OnnxValue Column(OnnxValue of, long k) => g.Gather(of, g.Scalar(k), 1);
        OnnxValue any = Column(written, 0),
            joined = g.Where(any, Column(rows, 0), empty);
        for (long k = 1; k < covered; k++)
        {
            OnnxValue here = Column(written, k);
            joined = g.Node("StringConcat", [joined, g.Where(g.And(here, any), separator, empty)]);
            joined = g.Node("StringConcat", [joined, g.Where(here, Column(rows, k), empty)]);
            any = g.Or(any, here);
        }

        return g.Where(any, joined, g.Constant("none", [none]));
    }

    private OnnxValue FindingWords(OnnxValue probabilities, OnnxValue likely, OnnxValue ranked, Beams beams, int covered)
    {
        OnnxGraph g = _graph;
        OnnxValue absent = g.Product(g.Sub(g.Scalar(1f), g.Mul(WordShares(ranked, beams, covered), g.Unsqueeze(likely, 2))), keep: false, 1);
        if (covered < _labels.Count)
        {
            OnnxValue others = Scatter(probabilities, ranked, g.Mul(likely, g.Scalar(0f)));
            OnnxValue left = g.Node("Log", [g.Max(g.Sub(g.Scalar(1f), others), g.Scalar(IndependentFindings.LeastAbsence))]);
            absent = g.Mul(absent, g.Node("Exp", [g.MatMul(left, g.Constant("label_headings", Table(label => [label]), _labels.Count, _words))]));
        }

        OnnxValue words = g.Node("Clip", [g.Sub(g.Scalar(1f), absent), g.Scalar(0f), g.Scalar(1f)]);
        return g.Gather(words, g.Constant("reported", [.. _vocabulary.Reported.Select(id => (long)id)], _vocabulary.Reported.Length), 1);
    }
}
