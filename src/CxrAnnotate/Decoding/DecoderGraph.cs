namespace CxrAnnotate;

/// <summary>
/// The context decoder as an ONNX graph, search and printing included: from features and base label probabilities to the annotation's text. Beam
/// search is the one of <see cref="BeamSearch"/> (greedy search is its width 1), written as a loop over the words; hypotheses are ranked in double
/// precision, as there.
/// </summary>
internal sealed partial class DecoderGraph
{
    private readonly OnnxGraph _graph;
    private readonly DecoderModel _model;
    private readonly IReadOnlyList<string> _labels;
    private readonly DecoderConfiguration _configuration;
    private readonly DecoderVocabulary _vocabulary;
    private readonly int _words;

    private DecoderGraph(OnnxGraph graph, DecoderModel model, IReadOnlyList<string> labels)
    {
        (_graph, _model, _labels) = (graph, model, labels);
        _configuration = model.Configuration;
        _vocabulary = model.Vocabulary;
        _words = _vocabulary.Words.Count;
    }

    /// <summary>Writes the decoder.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="model">The decoder.</param>
    /// <param name="features">The images' features, [N, F].</param>
    /// <param name="scores">Probabilities of the base labels, [N, B].</param>
    /// <param name="labels">The base labels' names.</param>
    /// <returns>
    /// Label (the base label of the highest probability), Annotation (in the MeSH grammar), AnnotationTokens (its words), AnnotationProbability,
    /// WordProbability [N, reported words], and of the search BeamWords (the ids of the words after the label, best annotation first, [N, width, T])
    /// and BeamLogProbability (given the label, [N, width]).
    /// </returns>
    /// <exception cref="NotSupportedException">The decoder draws its words at random.</exception>
    internal static IReadOnlyList<GraphOutput> Write(
        OnnxGraph graph,
        DecoderModel model,
        OnnxValue features,
        OnnxValue scores,
        IReadOnlyList<string> labels
    )
    {
        RequireSearch(model);
        using Lifetime.Use use = model.Lifetime.Enter();
        return new DecoderGraph(graph, model, labels).Write(features, scores);
    }

    private static void RequireSearch(DecoderModel model)
    {
        if (model.Configuration.Search == DecodingSearch.Sample)
        {
            throw new NotSupportedException(
                ErrorCode.CannotBeSaved.Message(
                    "A decoder that samples its annotations cannot be written as a graph: its random draws belong to this library. "
                        + $"Set {nameof(DecodeContextOptions)}.{nameof(DecodeContextOptions.Search)} to {nameof(DecodingSearch.Beam)} or "
                        + $"{nameof(DecodingSearch.Greedy)}."
                )
            );
        }
    }

    /// <summary>Probabilities of the base labels: those of their parts added up.</summary>
    internal static OnnxValue Fold(OnnxGraph graph, OnnxValue scores, IReadOnlyList<string> labels)
    {
        int[] baseOf = BaseLabels.Indices(labels);
        int bases = baseOf.Max() + 1;
        if (bases == labels.Count)
            return scores;
        float[] matrix = new float[labels.Count * bases];
        for (int label = 0; label < labels.Count; label++)
            matrix[(label * bases) + baseOf[label]] = 1;
        return graph.MatMul(scores, graph.Constant("base_labels", matrix, labels.Count, bases));
    }

    private IReadOnlyList<GraphOutput> Write(OnnxValue features, OnnxValue scores)
    {
        OnnxGraph g = _graph;
        int covered = Math.Min(ExclusiveLabels.CoveredLabels, _labels.Count);
        int width = _configuration.BeamWidth;
        // A missing image says NaN everywhere; what is computed of it is thrown away at the end.
        OnnxValue missing = g.Or(g.Node("IsNaN", [g.Sum(scores, keep: false, 1)]), g.Node("IsNaN", [g.Sum(features, keep: false, 1)]));
        OnnxValue missingColumn = g.Unsqueeze(missing, 1);
        OnnxValue sound = g.Where(missingColumn, g.Scalar(0f), scores);
        features = g.Where(missingColumn, g.Scalar(0f), features);
        var (probabilities, ranked) = g.TopK(sound, covered);
        OnnxValue embedded = Embed(features);

        Beams beams = Search(Repeat(embedded, covered), g.Reshape(ranked, -1), width);
        Beams best =
            _configuration.Search == DecodingSearch.Beam ? beams.First(g, covered) : Search(embedded, g.Reshape(g.Slice(ranked, (1, 0, 1)), -1), 1);

        OnnxValue label = g.Reshape(g.Slice(ranked, (1, 0, 1)), -1);
        OnnxValue likeliest = g.Reshape(g.Slice(best.Words, (1, 0, 1)), -1, _configuration.MaximumLength);
        var (annotation, tokens) = Print(label, likeliest);
        OnnxValue probability = g.Mul(
            g.Cast(g.Node("Exp", [g.Reshape(g.Slice(best.LogProbability, (1, 0, 1)), -1)]), OnnxType.Single),
            g.Reshape(g.Slice(probabilities, (1, 0, 1)), -1)
        );
        OnnxValue nothing = g.Constant("nothing", [""]);
        OnnxValue unknown = g.Scalar(float.NaN);
        return
        [
            new("Label", g.Where(missing, nothing, g.Gather(g.Constant("labels", [.. _labels], _labels.Count), label)), OnnxType.Text),
            new("Annotation", g.Where(missing, nothing, annotation), OnnxType.Text),
            new("AnnotationTokens", g.Where(missing, nothing, tokens), OnnxType.Text),
            new("AnnotationProbability", g.Where(missing, unknown, probability), OnnxType.Single),
            new(
                "WordProbability",
                g.Where(missingColumn, unknown, Marginals(sound, probabilities, ranked, beams, covered)),
                OnnxType.Single,
                _vocabulary.Reported.Length
            ),
            new("BeamWords", best.Words, OnnxType.Int64, _configuration.BestWidth, _configuration.MaximumLength),
            new("BeamLogProbability", best.LogProbability, OnnxType.Double, _configuration.BestWidth),
        ];
    }

    private OnnxValue Embed(OnnxValue features)
    {
        OnnxGraph g = _graph;
        var weights = _model.Module.Weights();
        OnnxValue standard = g.Mul(g.Sub(features, Weight("feature_mean", weights)), Weight("feature_scale", weights));
        return weights.ContainsKey("projection")
            ? g.Node("Gemm", [standard, Weight("projection", weights), Weight("projection_bias", weights)])
            : standard;
    }

    /// <summary>Rows [n, ...] to [n * times, ...], each repeated.</summary>
    private OnnxValue Repeat(OnnxValue rows, int times) =>
        times == 1 ? rows : _graph.Reshape(_graph.Expand(_graph.Unsqueeze(rows, 1), _graph.Integers(1, times, 1)), -1, _configuration.HiddenSize);

    /// <summary>The best annotations [M, width, T] of M images and labels, best first.</summary>
    private Beams Search(OnnxValue embedded, OnnxValue labels, int width)
    {
        OnnxGraph g = _graph;
        int length = _configuration.MaximumLength;
        var weights = _model.Module.Weights();
        OnnxValue start = g.Gather(g.Constant("start_words", [.. _labels.Select(l => (long)_vocabulary.StartOf(l))], _labels.Count), labels);
        OnnxValue rows = g.Node("Shape", [start]);
        OnnxValue rowCount = g.Reshape(rows, []);
        OnnxValue wide = g.Concat(0, rows, g.Integers(width));
        OnnxValue wideWords = g.Concat(0, rows, g.Integers(width, length));
        OnnxValue offsets = g.Unsqueeze(g.Mul(g.Node("Range", [g.Scalar(0L), rowCount, g.Scalar(1L)]), g.Scalar((long)width)), 1);
        OnnxValue nothing = g.Scalar(double.NegativeInfinity);

        OnnxValue firstOpen = g.Constant("first_open", [.. Enumerable.Range(0, width).Select(i => i == 0 ? 0 : double.NegativeInfinity)], 1, width);
        OnnxValue none = g.Expand(nothing, wide);
        OnnxValue noWords = g.Expand(g.Scalar(0L), wideWords);
        OnnxValue state = Repeat(embedded, width);
        int states = _configuration.Layers * (_configuration.Cell == RecurrentCell.Lstm ? 2 : 1);
        OnnxValue feed = width == 1 ? start : g.Reshape(g.Expand(g.Unsqueeze(start, 1), g.Integers(1, width)), -1);

        // Read inside the loop, so that it is written once and not for every word.
        OnnxValue mask = g.Constant(
            "mask",
            [
                .. Enumerable
                    .Range(0, _words)
                    .Select(id => id == ReservedWords.EndId || id >= _vocabulary.FirstPrintable ? 0 : float.NegativeInfinity),
            ],
            _words
        );
        var layers = Enumerable.Range(0, _configuration.Layers).Select(l => Layer(weights, l)).ToArray();
        OnnxValue output = Weight("output", weights),
            outputBias = Weight("output_bias", weights);

        OnnxGraph b = g.Subgraph("next_word");
        OnnxValue step = b.Input("step", OnnxType.Int64);
        b.Input("go_on", OnnxType.Boolean);
        OnnxValue words = b.Input("words", OnnxType.Int64, (long?)null);
        OnnxValue logProbability = b.Input("log_probability", OnnxType.Double, null, width);
        OnnxValue openWords = b.Input("open_words", OnnxType.Int64, null, width, length);
        OnnxValue foundScore = b.Input("found_score", OnnxType.Double, null, width);
        OnnxValue foundLog = b.Input("found_log_probability", OnnxType.Double, null, width);
        OnnxValue foundWords = b.Input("found_words", OnnxType.Int64, null, width, length);
        OnnxValue[] before = [.. Enumerable.Range(0, states).Select(_ => b.Input("state", OnnxType.Single, null, _configuration.HiddenSize))];

        OnnxValue[] after = Advance(b, layers, words, before, out OnnxValue top);
        OnnxValue next = b.LogSoftmax(b.Add(b.Node("Gemm", [top, output, outputBias]), mask));
        OnnxValue total = b.Add(b.Reshape(b.Cast(next, OnnxType.Double), -1, width, _words), b.Unsqueeze(logProbability, 2));
        var (score, place) = b.TopK(b.Reshape(total, -1, width * _words), 2 * width);
        OnnxValue parent = b.Div(place, b.Scalar((long)_words));
        OnnxValue word = b.Sub(place, b.Mul(parent, b.Scalar((long)_words)));
        OnnxValue ended = b.Equal(word, b.Scalar((long)ReservedWords.EndId));
        OnnxValue open = b.Not(ended);
        OnnxValue last = b.Equal(step, b.Scalar((long)(length - 1)));
        OnnxValue here = b.Equal(b.Constant("places", [.. Enumerable.Range(0, length).Select(i => (long)i)], 1, 1, length), step);
        OnnxValue candidates = b.Where(b.And(here, b.Unsqueeze(open, 2)), b.Unsqueeze(word, 2), Take(b, openWords, parent, length));

        // An ended sequence is kept when it is among the best; at the last word every sequence ends.
        OnnxValue among = b.Constant("among_the_best", [.. Enumerable.Range(0, 2 * width).Select(i => i < width)], 1, 2 * width);
        OnnxValue openRank = b.Node("CumSum", [b.Cast(open, OnnxType.Int64), b.Scalar(1L)]);
        OnnxValue cut = b.And(last, b.And(open, b.Less(openRank, b.Scalar((long)width + 1))));
        OnnxValue keep = b.Or(b.And(ended, among), cut);
        OnnxValue normalised =
            _configuration.LengthNormalization == 0
                ? score
                : b.Div(score, b.Node("Pow", [b.Cast(b.Add(step, b.Scalar(1L)), OnnxType.Double), b.Scalar(_configuration.LengthNormalization)]));
        OnnxValue low = b.Scalar(double.NegativeInfinity);
        var (keptScore, kept) = b.TopK(b.Concat(1, foundScore, b.Where(keep, normalised, low)), width);
        OnnxValue keptLog = b.GatherElements(b.Concat(1, foundLog, score), kept, 1);
        OnnxValue keptWords = Take(b, b.Concat(1, foundWords, candidates), kept, length);

        var (openScore, chosen) = b.TopK(b.Where(ended, low, score), width);
        OnnxValue rowsOfParents = b.Reshape(b.Add(b.GatherElements(parent, chosen, 1), offsets), -1);

        // Nothing that is still open can get ahead of what was found.
        double bound = _configuration.LengthNormalization == 0 ? 1 : Math.Pow(length, _configuration.LengthNormalization);
        OnnxValue hope = b.Node("Greater", [b.Div(b.Slice(openScore, (1, 0, 1)), b.Scalar(bound)), b.Slice(keptScore, (1, width - 1, width))]);
        OnnxValue any = b.Node("Greater", [b.Reshape(b.Maximum(b.Cast(hope, OnnxType.Int64), keep: false, 0, 1), []), b.Scalar(0L)]);
        b.Output("go_on_next", b.And(any, b.Not(last)), OnnxType.Boolean);
        b.Output("words_next", b.Reshape(b.GatherElements(word, chosen, 1), -1), OnnxType.Int64, (long?)null);
        b.Output("log_probability_next", openScore, OnnxType.Double, null, width);
        b.Output("open_words_next", Take(b, candidates, chosen, length), OnnxType.Int64, null, width, length);
        b.Output("found_score_next", keptScore, OnnxType.Double, null, width);
        b.Output("found_log_probability_next", keptLog, OnnxType.Double, null, width);
        b.Output("found_words_next", keptWords, OnnxType.Int64, null, width, length);
        foreach (OnnxValue value in after)
            b.Output("state_next", b.Gather(value, rowsOfParents), OnnxType.Single, null, _configuration.HiddenSize);

        OnnxValue[] result = g.Outputs(
            "Loop",
            [
                g.Scalar((long)length),
                g.Constant("true", [true]),
                feed,
                g.Expand(firstOpen, wide),
                noWords,
                none,
                none,
                noWords,
                .. Enumerable.Repeat(state, states),
            ],
            6 + states,
            ("body", b)
        );
        return new Beams(result[5], result[4]);
    }

    /// <summary>Rows of [M, n, T] by [M, m] indices along the second axis.</summary>
    private static OnnxValue Take(OnnxGraph g, OnnxValue words, OnnxValue indices, int length) =>
        g.GatherElements(words, g.Expand(g.Unsqueeze(indices, 2), g.Integers(1, 1, length)), 1);

    /// <summary>One step of all layers; <paramref name="top"/> is the uppermost layer's hidden state.</summary>
    private OnnxValue[] Advance(OnnxGraph g, LayerWeights[] layers, OnnxValue words, OnnxValue[] before, out OnnxValue top)
    {
        bool lstm = _configuration.Cell == RecurrentCell.Lstm;
        int size = _configuration.HiddenSize;
        var after = new OnnxValue[before.Length];
        OnnxValue below = default;
        for (int l = 0; l < layers.Length; l++)
        {
            LayerWeights w = layers[l];
            OnnxValue projected = l == 0 ? g.Add(g.Gather(w.Input, words), w.Bias) : g.Node("Gemm", [below, w.Input, w.Bias]);
            OnnxValue h = before[l];
            if (lstm)
            {
                OnnxValue gates = g.Node("Gemm", [h, w.Hidden, projected]);
                OnnxValue Gate(int i) => g.Slice(gates, (1, i * size, (i + 1) * size));
                OnnxValue c = g.Add(g.Mul(Sigmoid(g, Gate(1)), before[layers.Length + l]), g.Mul(Sigmoid(g, Gate(0)), Tanh(g, Gate(3))));
                after[layers.Length + l] = c;
                below = g.Mul(Sigmoid(g, Gate(2)), Tanh(g, c));
            }
            else
            {
                OnnxValue zr = Sigmoid(g, g.Node("Gemm", [h, w.Hidden, g.Slice(projected, (1, 0, 2 * size))]));
                OnnxValue z = g.Slice(zr, (1, 0, size)),
                    r = g.Slice(zr, (1, size, 2 * size));
                OnnxValue candidate = Tanh(g, g.Node("Gemm", [g.Mul(r, h), w.Candidate!.Value, g.Slice(projected, (1, 2 * size, 3 * size))]));
                below = g.Add(h, g.Mul(z, g.Sub(candidate, h)));
            }

            after[l] = below;
        }

        top = below;
        return after;
    }

    private LayerWeights Layer(IReadOnlyDictionary<string, (float[] Values, long[] Shape)> weights, int layer)
    {
        string name = FormattableString.Invariant($"layer{layer}.");
        float[] bias = [.. weights[name + "input_bias"].Values.Zip(weights[name + "hidden_bias"].Values, (a, b) => a + b)];
        OnnxValue input = Weight(name + "input", weights);
        OnnxValue sum = _graph.Constant(name + "bias", bias, bias.Length);
        if (_configuration.Cell == RecurrentCell.Lstm)
            return new LayerWeights(input, sum, Weight(name + "hidden", weights), null);
        int size = _configuration.HiddenSize;
        float[] hidden = weights[name + "hidden"].Values;
        float[] Columns(int from, int count) =>
            [.. Enumerable.Range(0, size).SelectMany(row => hidden.AsSpan((row * 3 * size) + from, count).ToArray())];
        return new LayerWeights(
            input,
            sum,
            _graph.Constant(name + "gates", Columns(0, 2 * size), size, 2 * size),
            _graph.Constant(name + "candidate", Columns(2 * size, size), size, size)
        );
    }

    private OnnxValue Weight(string name, IReadOnlyDictionary<string, (float[] Values, long[] Shape)> weights) =>
        _graph.Constant(name, weights[name].Values, weights[name].Shape);

    private static OnnxValue Sigmoid(OnnxGraph g, OnnxValue x) => g.Node("Sigmoid", [x]);

    private static OnnxValue Tanh(OnnxGraph g, OnnxValue x) => g.Node("Tanh", [x]);

    /// <summary>Each reported word's probability to occur; see <see cref="DecoderModel"/>.</summary>
    private OnnxValue Marginals(OnnxValue scores, OnnxValue probabilities, OnnxValue ranked, Beams beams, int covered)
    {
        OnnxGraph g = _graph;
        OnnxValue ofLabel = WordShares(ranked, beams, covered);
        // A label is searched as long as those before it do not cover nearly everything; of the others at least the headings are known.
        OnnxValue wide = g.Cast(probabilities, OnnxType.Double);
        OnnxValue earlier = g.Node("CumSum", [wide, g.Scalar(1L)], ("exclusive", 1));
        OnnxValue enough = g.Mul(g.Sum(g.Cast(scores, OnnxType.Double), keep: true, 1), g.Scalar(ExclusiveLabels.CoveredMass));
        OnnxValue searched = g.Cast(
            g.Or(g.Less(earlier, enough), g.Constant("first", [.. Enumerable.Range(0, covered).Select(k => k == 0)], 1, covered)),
            OnnxType.Single
        );
        OnnxValue words = g.Sum(g.Mul(ofLabel, g.Unsqueeze(g.Mul(probabilities, searched), 2)), keep: false, 1);
        OnnxValue known = g.Node("ScatterElements", [g.Mul(scores, g.Scalar(0f)), ranked, searched], ("axis", 1));
        OnnxValue rest = g.Mul(scores, g.Sub(g.Scalar(1f), known));
        words = g.Add(words, g.MatMul(rest, g.Constant("label_headings", Table(label => label.Split('+')), _labels.Count, _words)));
        words = g.Node("Clip", [words, g.Scalar(0f), g.Scalar(1f)]);
        return g.Gather(words, g.Constant("reported", [.. _vocabulary.Reported.Select(id => (long)id)], _vocabulary.Reported.Length), 1);
    }

    /// <summary>For the searched labels the share of each one's beam that has a word, [N, covered, words].</summary>
    private OnnxValue WordShares(OnnxValue ranked, Beams beams, int covered)
    {
        OnnxGraph g = _graph;
        OnnxValue relative = g.Node("Exp", [g.Sub(beams.LogProbability, g.Slice(beams.LogProbability, (1, 0, 1)))]);
        OnnxValue share = g.Cast(g.Div(relative, g.Sum(relative, keep: true, 1)), OnnxType.Single);
        OnnxValue occurs = g.Maximum(g.Node("OneHot", [beams.Words, g.Scalar((long)_words), g.Constant("off_on", [0f, 1f], 2)]), keep: false, 2);
        OnnxValue heading = g.Constant("label_word", Table(label => BaseLabels.IsHeading(label) ? [label] : []), _labels.Count, _words);
        occurs = g.Max(occurs, g.Unsqueeze(g.Gather(heading, g.Reshape(ranked, -1)), 1));
        return g.Reshape(g.Sum(g.Mul(occurs, g.Unsqueeze(share, 2)), keep: false, 1), -1, covered, _words);
    }

    private float[] Table(Func<string, IReadOnlyList<string>> wordsOf)
    {
        float[] table = new float[_labels.Count * _words];
        for (int label = 0; label < _labels.Count; label++)
        {
            foreach (string word in wordsOf(_labels[label]))
            {
                if (_vocabulary.IdOf(word) is var id and >= 0)
                    table[(label * _words) + id] = 1;
            }
        }

        return table;
    }

    /// <summary>What <see cref="CaptionText.Print"/> writes of the label's word and the words after it, and the words alone.</summary>
    private (OnnxValue Annotation, OnnxValue Tokens) Print(OnnxValue label, OnnxValue words)
    {
        OnnxGraph g = _graph;
        // Labels that no caption of the training had have no id among the words; they get one here.
        string[] texts = [.. _vocabulary.Words, .. _labels.Where(l => BaseLabels.IsHeading(l) && _vocabulary.IdOf(l) < 0)];
        long[] first = [.. _labels.Select(l => BaseLabels.IsHeading(l) ? (long)Array.IndexOf(texts, l) : ReservedWords.PaddingId)];
        bool[] silent = [.. texts.Select((t, id) => id < ReservedWords.UnknownId || t.AsSpan().Trim('_').IsWhiteSpace())];
        string[] inner = [.. texts.Select(t => CaptionText.Form(t, _vocabulary.DisplayForms))];
        OnnxValue Strings(string name, IEnumerable<string> values) => g.Constant(name, [.. values], texts.Length);
        OnnxValue tokenTexts = Strings("words", texts),
            spaced = Strings("words_after_blank", texts.Select(t => " " + t));
        OnnxValue headings = Strings("headings", inner.Select(CaptionText.AsHeading)),
            nextHeadings = Strings("next_headings", inner.Select(f => "|" + CaptionText.AsHeading(f)));
        OnnxValue qualifiers = Strings("qualifiers", inner.Select(f => "/" + f));
        OnnxValue quiet = g.Constant("silent", silent, silent.Length);
        OnnxValue separator = g.Scalar((long)_vocabulary.IdOf(DecoderVocabulary.Separator)),
            noWord = g.Scalar(-1L),
            empty = g.Constant("nothing", [""]);

        OnnxValue all = g.Concat(1, g.Unsqueeze(g.Gather(g.Constant("label_words", first, first.Length), label), 1), words);
        OnnxValue text = g.Expand(empty, g.Node("Shape", [label])),
            tokens = text;
        OnnxValue previous = g.Expand(noWord, g.Node("Shape", [label]));
        OnnxValue written = g.Less(label, g.Scalar(0L)),
            listed = written; // false for every row
        for (int t = 0; t <= _configuration.MaximumLength; t++)
        {
            OnnxValue word = g.Reshape(g.Slice(all, (1, t, t + 1)), -1);
            OnnxValue absent = g.Equal(word, g.Scalar((long)ReservedWords.PaddingId));
            tokens = g.Node("StringConcat", [tokens, g.Where(absent, empty, g.Where(listed, g.Gather(spaced, word), g.Gather(tokenTexts, word)))]);
            listed = g.Or(listed, g.Not(absent));

            OnnxValue passed = g.Or(g.Equal(word, previous), g.Gather(quiet, word));
            OnnxValue separates = g.Equal(word, separator);
            OnnxValue isHeading = g.Or(g.Equal(previous, noWord), g.Equal(previous, separator));
            OnnxValue piece = g.Where(
                isHeading,
                g.Where(written, g.Gather(nextHeadings, word), g.Gather(headings, word)),
                g.Gather(qualifiers, word)
            );
            OnnxValue writes = g.And(g.Not(passed), g.Not(separates));
            text = g.Node("StringConcat", [text, g.Where(writes, piece, empty)]);
            previous = g.Where(passed, previous, g.Where(separates, g.Where(written, word, noWord), word));
            written = g.Or(written, writes);
        }

        return (text, tokens);
    }

    private sealed record LayerWeights(OnnxValue Input, OnnxValue Bias, OnnxValue Hidden, OnnxValue? Candidate);

    /// <param name="Words">[M, width, T], padded with 0.</param>
    /// <param name="LogProbability">[M, width], -infinity where nothing was found.</param>
    private sealed record Beams(OnnxValue Words, OnnxValue LogProbability)
    {
        /// <summary>The beams of every group's first row.</summary>
        internal Beams First(OnnxGraph g, int group)
        {
            OnnxValue First(OnnxValue value, OnnxValue shape) =>
                g.Node("Reshape", [g.Slice(g.Node("Reshape", [value, shape]), (1, 0, 1)), Without(shape)]);
            OnnxValue Without(OnnxValue shape) => g.Concat(0, g.Slice(shape, (0, 0, 1)), g.Slice(shape, (0, 2, long.MaxValue)));
            OnnxValue Grouped(OnnxValue value) => g.Concat(0, g.Integers(-1, group), g.Slice(g.Node("Shape", [value]), (0, 1, long.MaxValue)));
            return new Beams(First(Words, Grouped(Words)), First(LogProbability, Grouped(LogProbability)));
        }
    }
}
