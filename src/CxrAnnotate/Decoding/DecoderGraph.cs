namespace CxrAnnotate;

/// <summary>
/// The context decoder as an ONNX graph, including search and printing: from features and base label probabilities to the annotation's text. Beam
/// search is that of <see cref="BeamSearch"/> (greedy search has width 1), written as a loop over the words; hypotheses are ranked in double
/// precision, too. The arithmetic is that of <see cref="DecoderModel.Annotate"/>; derived classes implement the label schemes.
/// </summary>
internal abstract class DecoderGraph
{
    private readonly DecoderModel _model;
    private readonly int _words;

    private protected DecoderGraph(OnnxGraph graph, DecoderModel model, IReadOnlyList<string> labels)
    {
        (Graph, _model, Labels) = (graph, model, labels);
        _words = Vocabulary.Words.Count;
    }

    private protected OnnxGraph Graph { get; }

    private protected IReadOnlyList<string> Labels { get; }

    private protected DecoderConfiguration Configuration => _model.Configuration;

    private protected DecoderVocabulary Vocabulary => _model.Vocabulary;

    /// <summary>The number of labels whose annotations are searched.</summary>
    private protected abstract int Covered { get; }

    /// <summary>Writes the decoder.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="model">The decoder.</param>
    /// <param name="features">The images' features, [N, F].</param>
    /// <param name="scores">Probabilities of the base labels, [N, B].</param>
    /// <param name="decisions">1 for detected labels, otherwise 0, [N, B]; null if the label scheme reads no decisions.</param>
    /// <param name="labels">The base labels' names.</param>
    /// <exception cref="NotSupportedException">The decoder samples its annotations.</exception>
    internal static DecoderOutputs Write(
        OnnxGraph graph,
        DecoderModel model,
        OnnxValue features,
        OnnxValue scores,
        OnnxValue? decisions,
        IReadOnlyList<string> labels
    )
    {
        if (model.Configuration.Search == DecodingSearch.Sample)
        {
            throw new NotSupportedException(
                ErrorCode.CannotBeSaved.Message(
                    "A decoder that samples its annotations cannot be exported as a graph: only this library can reproduce its random draws. "
                        + $"Set {nameof(DecodeContextOptions)}.{nameof(DecodeContextOptions.Search)} to {nameof(DecodingSearch.Beam)} or "
                        + $"{nameof(DecodingSearch.Greedy)}."
                )
            );
        }

        using Lifetime.Use use = model.Lifetime.Enter();
        DecoderGraph decoder = model.Configuration.LabelScheme switch
        {
            ExclusiveLabels => new ExclusiveDecoderGraph(graph, model, labels),
            IndependentFindings => new IndependentDecoderGraph(graph, model, labels),
            _ => throw new System.Diagnostics.UnreachableException(),
        };
        return decoder.Write(features, scores, decisions);
    }

    /// <summary>The ranking key of the labels, [N, B].</summary>
    private protected abstract OnnxValue Rank(OnnxValue probabilities, OnnxValue? decisions);

    /// <summary>The graph's outputs for the search results.</summary>
    private protected abstract DecoderOutputs Outputs(Searched found);

    /// <summary>Whether each of the candidate annotations is written, [N, written]; null if all are.</summary>
    private protected abstract OnnxValue? IsWritten(Searched found);

    /// <summary>Each word's probability of occurring, [N, words]; see <see cref="LabelScheme.Occurs"/>.</summary>
    /// <param name="found">The search results.</param>
    /// <param name="shares">For each searched label the share of its beam that contains each word, [N, covered, words].</param>
    private protected abstract OnnxValue Occurs(Searched found, OnnxValue shares);

    private DecoderOutputs Write(OnnxValue features, OnnxValue scores, OnnxValue? decisions)
    {
        OnnxGraph g = Graph;
        int most = Configuration.LabelScheme.Written(Covered);
        // A missing image is NaN everywhere; its results are replaced at the end.
        OnnxValue[] read = decisions is { } given ? [scores, features, given] : [scores, features];
        OnnxValue missing = g.Node("IsNaN", [read.Select(value => g.Sum(value, keep: false, 1)).Aggregate(g.Add)]);
        OnnxValue missingColumn = g.Unsqueeze(missing, 1);
        OnnxValue Sound(OnnxValue value) => g.Where(missingColumn, g.Scalar(0f), value);
        OnnxValue probabilities = Sound(scores);
        OnnxValue? decided = decisions is { } raw ? Sound(raw) : null;
        OnnxValue ranked = g.TopK(Rank(probabilities, decided), Covered).Indices,
            likely = g.GatherElements(probabilities, ranked, 1);
        Encoded image = Encode(Sound(features));
        OnnxValue written = g.Reshape(First(ranked, most), -1);
        Beams beams = Search(Repeat(image, Covered), g.Reshape(ranked, -1), Configuration.BeamWidth);
        Beams best =
            Configuration.Search != DecodingSearch.Beam ? Search(Repeat(image, most), written, 1)
            : most == Covered ? beams
            : beams.First(g, Covered);
        var (annotations, tokens, hasText, hasTokens) = Print(written, g.Reshape(First(best.Words, 1), -1, Configuration.MaximumLength));
        OnnxValue joint = g.Mul(
            First(likely, most),
            g.Reshape(g.Cast(g.Node("Exp", [First(best.LogProbability, 1)]), OnnxType.Single), -1, most)
        );
        return Outputs(
            new Searched(
                missing,
                probabilities,
                decisions,
                decided,
                ranked,
                likely,
                beams,
                best,
                image,
                written,
                joint,
                annotations,
                tokens,
                hasText,
                hasTokens
            )
        );
    }

    /// <summary>The outputs common to all label schemes, with the values of missing images replaced.</summary>
    private protected GraphOutput[] Annotation(Searched found, OnnxValue annotation, OnnxValue tokens, OnnxValue probability)
    {
        OnnxGraph g = Graph;
        OnnxValue nothing = g.Constant("nothing", [""]),
            unknown = g.Scalar(float.NaN);
        OnnxValue words = g.Node("Clip", [Occurs(found, WordShares(found)), g.Scalar(0f), g.Scalar(1f)]);
        OnnxValue reported = g.Constant("reported", [.. Vocabulary.Reported.Select(id => (long)id)], Vocabulary.Reported.Length);
        words = g.Gather(words, reported, 1);
        return
        [
            new("Annotation", g.Where(found.Missing, nothing, annotation), OnnxType.Text),
            new("AnnotationTokens", g.Where(found.Missing, nothing, tokens), OnnxType.Text),
            new("AnnotationProbability", g.Where(found.Missing, unknown, probability), OnnxType.Single),
            new(
                "WordProbability",
                g.Where(g.Unsqueeze(found.Missing, 1), unknown, words),
                OnnxType.Single,
                Vocabulary.Reported.Length
            ),
            new(
                "ContextVector",
                g.Where(g.Unsqueeze(found.Missing, 1), unknown, ContextVector(found)),
                OnnxType.Single,
                Configuration.HiddenSize
            ),
            .. Configuration.Attention is not { } regions
                ? (GraphOutput[])[]
                :
                [
                    new(
                        "WordAttention",
                        g.Where(
                            g.Unsqueeze(found.Missing, 1),
                            unknown,
                            g.Reshape(g.Gather(WordAttention(found), reported, 1), -1, Vocabulary.Reported.Length * regions.Count)
                        ),
                        OnnxType.Single,
                        Vocabulary.Reported.Length * regions.Count
                    ),
                ],
        ];
    }

    private protected OnnxValue Scatter(OnnxValue into, OnnxValue indices, OnnxValue values) =>
        Graph.Node("ScatterElements", [into, indices, values], ("axis", 1));

    /// <summary>The words of labels whose annotations are not searched, [B, words]: only their headings.</summary>
    private protected OnnxValue Headings() => Graph.Constant("label_headings", Table(label => label.Split('+')), Labels.Count, _words);

    private OnnxValue First(OnnxValue values, int count) => Graph.Slice(values, (1, 0, count));

    /// <summary>What the decoder starts from, and the regions that it attends to.</summary>
    private Encoded Encode(OnnxValue features)
    {
        OnnxGraph g = Graph;
        var weights = _model.Module.Weights();
        OnnxValue standard = g.Mul(g.Sub(features, Weight("feature_mean", weights)), Weight("feature_scale", weights));
        OnnxValue state = weights.ContainsKey("projection")
            ? g.Node("Gemm", [standard, Weight("projection", weights), Weight("projection_bias", weights)])
            : standard;
        if (Configuration.Attention is not { } regions)
            return new Encoded(state, null);
        OnnxValue values = g.Node(
            "Transpose",
            [g.Reshape(g.Slice(standard, (1, regions.Offset, regions.Offset + regions.Length)), -1, regions.Channels, regions.Count)],
            ("perm", (long[])[0, 2, 1])
        );
        OnnxValue keys = g.Add(g.MatMul(values, Weight("attention.region", weights)), Weight("attention.bias", weights));
        // Read inside the loop, so that they are written once.
        return new Encoded(
            state,
            new Attended(
                keys,
                values,
                Weight("attention.hidden", weights),
                g.Constant("attention.score", weights["attention.score"].Values, weights["attention.score"].Shape[0], 1),
                Weight("attention.context", weights)
            )
        );
    }

    /// <summary>Repeats each row: [n, ...] to [n * times, ...].</summary>
    private Encoded Repeat(Encoded image, int times)
    {
        return new Encoded(
            Rows(image.State, Configuration.HiddenSize),
            image.Attended is not { } attended || Configuration.Attention is not { } regions
                ? null
                : attended with
                {
                    Keys = Rows(attended.Keys, regions.Count, _model.Module.Weights()["attention.bias"].Shape[0]),
                    Values = Rows(attended.Values, regions.Count, regions.Channels),
                }
        );

        OnnxValue Rows(OnnxValue rows, params long[] shape) =>
            times == 1
                ? rows
                : Graph.Reshape(
                    Graph.Expand(Graph.Unsqueeze(rows, 1), Graph.Integers([1, times, .. shape.Select(_ => 1L)])),
                    [-1, .. shape]
                );
    }

    /// <summary>The weights of the regions [M, regions] by hidden states [M, R].</summary>
    private static OnnxValue Weigh(OnnxGraph g, OnnxValue hidden, Attended attended, int regions)
    {
        OnnxValue compared = Tanh(g, g.Add(attended.Keys, g.Unsqueeze(g.MatMul(hidden, attended.Hidden), 1)));
        return g.Node("Softmax", [g.Reshape(g.MatMul(compared, attended.Score), -1, regions)], ("axis", 1));
    }

    /// <summary>The hidden states [M, R] with what they attend to.</summary>
    private OnnxValue Attend(OnnxGraph g, OnnxValue hidden, Attended? attended)
    {
        if (attended is null || Configuration.Attention is not { } regions)
            return hidden;
        OnnxValue seen = g.MatMul(g.Unsqueeze(Weigh(g, hidden, attended, regions.Count), 1), attended.Values);
        return g.Add(hidden, g.MatMul(g.Reshape(seen, -1, regions.Channels), attended.Context));
    }

    /// <summary>
    /// The mean weights of the regions when each word of the vocabulary was written, zeros for those that were not, [N, words, regions].
    /// </summary>
    private OnnxValue WordAttention(Searched found)
    {
        OnnxGraph g = Graph;
        int most = Configuration.LabelScheme.Written(Covered),
            length = Configuration.MaximumLength,
            regions = Configuration.Attention!.Count,
            states = Configuration.Layers * (Configuration.Cell == RecurrentCell.Lstm ? 2 : 1);
        var weights = _model.Module.Weights();
        Encoded image = Repeat(found.Image, most);
        LayerWeights[] layers = [.. Enumerable.Range(0, Configuration.Layers).Select(l => Layer(weights, l))];
        OnnxValue words = g.Reshape(First(found.Best.Words, 1), -1, length);
        OnnxValue start = g.Gather(StartWords(), found.Written);
        OnnxValue read = length == 1 ? g.Unsqueeze(start, 1) : g.Concat(1, g.Unsqueeze(start, 1), g.Slice(words, (1, 0, length - 1)));

        OnnxGraph b = g.Subgraph("attended_word");
        OnnxValue step = b.Input("step", OnnxType.Int64);
        OnnxValue go = b.Input("go_on", OnnxType.Boolean);
        OnnxValue[] before = [.. Enumerable.Range(0, states).Select(_ => b.Input("state", OnnxType.Single, null, Configuration.HiddenSize))];
        OnnxValue[] after = Advance(b, layers, b.Reshape(b.Gather(read, step, 1), -1), before, out OnnxValue top);
        b.Output("go_on_next", go, OnnxType.Boolean);
        foreach (OnnxValue value in after)
            b.Output("state_next", value, OnnxType.Single, null, Configuration.HiddenSize);
        b.Output("weights", Weigh(b, top, image.Attended!, regions), OnnxType.Single, null, regions);
        OnnxValue[] result = g.Outputs(
            "Loop",
            [g.Scalar((long)length), g.Constant("true", [true]), .. Enumerable.Repeat(image.State, states)],
            states + 1,
            ("body", b)
        );

        OnnxValue occurs = g.Node("OneHot", [words, g.Scalar((long)_words), g.Constant("off_on", [0f, 1f], 2)]);
        OnnxValue sums = g.MatMul(
            g.Node("Transpose", [occurs], ("perm", (long[])[0, 2, 1])),
            g.Node("Transpose", [result[states]], ("perm", (long[])[1, 0, 2]))
        );
        sums = g.Reshape(sums, -1, most, _words, regions);
        OnnxValue counts = g.Reshape(g.Sum(occurs, keep: false, 1), -1, most, _words);
        if (IsWritten(found) is { } written)
        {
            OnnxValue taken = g.Cast(written, OnnxType.Single);
            sums = g.Mul(sums, g.Unsqueeze(g.Unsqueeze(taken, 2), 3));
            counts = g.Mul(counts, g.Unsqueeze(taken, 2));
        }

        return g.Div(g.Sum(sums, keep: false, 1), g.Unsqueeze(g.Max(g.Sum(counts, keep: false, 1), g.Scalar(1f)), 2));
    }

    /// <summary>
    /// The joint context vectors of the images and their annotations, [N, R]; see <see cref="DecoderModel.ContextVectors"/>. Without an annotated
    /// label it is what the decoder starts from.
    /// </summary>
    private OnnxValue ContextVector(Searched found)
    {
        OnnxGraph g = Graph;
        int most = Configuration.LabelScheme.Written(Covered),
            length = Configuration.MaximumLength,
            size = Configuration.HiddenSize,
            states = Configuration.Layers * (Configuration.Cell == RecurrentCell.Lstm ? 2 : 1);
        var weights = _model.Module.Weights();
        Encoded image = Repeat(found.Image, most);
        LayerWeights[] layers = [.. Enumerable.Range(0, Configuration.Layers).Select(l => Layer(weights, l))];
        OnnxValue words = g.Reshape(First(found.Best.Words, 1), -1, length);
        OnnxValue read = g.Concat(1, g.Unsqueeze(g.Gather(StartWords(), found.Written), 1), words);

        // The start word counts if it is printed, or if there is no other: so does the state after it.
        OnnxValue isWord = g.Cast(g.Not(g.Equal(words, g.Scalar((long)ReservedWords.PaddingId))), OnnxType.Single);
        OnnxValue wordCount = g.Sum(isWord, keep: true, 1);
        OnnxValue isStart = g.Max(
            g.Unsqueeze(
                g.Gather(
                    g.Constant(
                        "start_is_printed",
                        [.. Labels.Select(l => Vocabulary.StartOf(l) >= Vocabulary.FirstPrintable ? 1f : 0f)],
                        Labels.Count
                    ),
                    found.Written
                ),
                1
            ),
            g.Sub(g.Scalar(1f), g.Node("Clip", [wordCount, g.Scalar(0f), g.Scalar(1f)]))
        );
        OnnxValue share = g.Div(g.Concat(1, isStart, isWord), g.Add(isStart, wordCount));

        OnnxGraph b = g.Subgraph("context_word");
        OnnxValue step = b.Input("step", OnnxType.Int64);
        OnnxValue go = b.Input("go_on", OnnxType.Boolean);
        OnnxValue sum = b.Input("sum", OnnxType.Single, null, size);
        OnnxValue[] before = [.. Enumerable.Range(0, states).Select(_ => b.Input("state", OnnxType.Single, null, size))];
        OnnxValue[] after = Advance(b, layers, b.Reshape(b.Gather(read, step, 1), -1), before, out OnnxValue top);
        top = Attend(b, top, image.Attended);
        b.Output("go_on_next", go, OnnxType.Boolean);
        b.Output("sum_next", b.Add(sum, b.Mul(top, b.Reshape(b.Gather(share, step, 1), -1, 1))), OnnxType.Single, null, size);
        foreach (OnnxValue value in after)
            b.Output("state_next", value, OnnxType.Single, null, size);
        OnnxValue[] result = g.Outputs(
            "Loop",
            [
                g.Scalar((long)length + 1),
                g.Constant("true", [true]),
                g.Mul(image.State, g.Scalar(0f)),
                .. Enumerable.Repeat(image.State, states),
            ],
            states + 1,
            ("body", b)
        );
        if (IsWritten(found) is not { } written)
            return result[0];
        OnnxValue taken = g.Cast(written, OnnxType.Single),
            count = g.Sum(taken, keep: true, 1);
        OnnxValue sums = g.Sum(g.Mul(g.Reshape(result[0], -1, most, size), g.Unsqueeze(taken, 2)), keep: false, 1);
        return g.Where(g.Less(g.Scalar(0f), count), g.Div(sums, g.Max(count, g.Scalar(1f))), found.Image.State);
    }

    private OnnxValue StartWords() => Graph.Constant("start_words", [.. Labels.Select(l => (long)Vocabulary.StartOf(l))], Labels.Count);

    /// <summary>The best annotations [M, width, T] of M images and labels, best first.</summary>
    private Beams Search(Encoded image, OnnxValue labels, int width)
    {
        OnnxGraph g = Graph;
        int length = Configuration.MaximumLength;
        var weights = _model.Module.Weights();
        OnnxValue start = g.Gather(StartWords(), labels);
        OnnxValue rows = g.Node("Shape", [start]);
        OnnxValue rowCount = g.Reshape(rows, []);
        OnnxValue wide = g.Concat(0, rows, g.Integers(width));
        OnnxValue wideWords = g.Concat(0, rows, g.Integers(width, length));
        OnnxValue offsets = g.Unsqueeze(g.Mul(g.Node("Range", [g.Scalar(0L), rowCount, g.Scalar(1L)]), g.Scalar((long)width)), 1);
        OnnxValue nothing = g.Scalar(double.NegativeInfinity);

        OnnxValue firstOpen = g.Constant("first_open", [.. Enumerable.Range(0, width).Select(i => i == 0 ? 0 : double.NegativeInfinity)], 1, width);
        OnnxValue none = g.Expand(nothing, wide);
        OnnxValue noWords = g.Expand(g.Scalar(0L), wideWords);
        Encoded wideImage = Repeat(image, width);
        OnnxValue state = wideImage.State;
        int states = Configuration.Layers * (Configuration.Cell == RecurrentCell.Lstm ? 2 : 1);
        OnnxValue feed = width == 1 ? start : g.Reshape(g.Expand(g.Unsqueeze(start, 1), g.Integers(1, width)), -1);

        // Defined outside the loop and read inside it, so that it is written once and not for every word.
        OnnxValue mask = g.Constant(
            "mask",
            [
                .. Enumerable
                    .Range(0, _words)
                    .Select(id => id == ReservedWords.EndId || id >= Vocabulary.FirstPrintable ? 0 : float.NegativeInfinity),
            ],
            _words
        );
        var layers = Enumerable.Range(0, Configuration.Layers).Select(l => Layer(weights, l)).ToArray();
        OnnxValue output = Weight("output", weights),
            outputBias = Weight("output_bias", weights);
        Grammar? grammar = _model.Grammar is { } tables ? GrammarOf(tables, feed) : null;

        OnnxGraph b = g.Subgraph("next_word");
        OnnxValue step = b.Input("step", OnnxType.Int64);
        b.Input("go_on", OnnxType.Boolean);
        OnnxValue words = b.Input("words", OnnxType.Int64, (long?)null);
        OnnxValue logProbability = b.Input("log_probability", OnnxType.Double, null, width);
        OnnxValue openWords = b.Input("open_words", OnnxType.Int64, null, width, length);
        OnnxValue foundScore = b.Input("found_score", OnnxType.Double, null, width);
        OnnxValue foundLog = b.Input("found_log_probability", OnnxType.Double, null, width);
        OnnxValue foundWords = b.Input("found_words", OnnxType.Int64, null, width, length);
        OnnxValue[] before = [.. Enumerable.Range(0, states).Select(_ => b.Input("state", OnnxType.Single, null, Configuration.HiddenSize))];

        OnnxValue barred = grammar is null ? default : b.Input("barred", OnnxType.Boolean, null, _words);

        OnnxValue[] after = Advance(b, layers, words, before, out OnnxValue top);
        // The sequences of an image change places only among each other, so that the regions of a row stay those of its image.
        top = Attend(b, top, wideImage.Attended);
        OnnxValue logits = b.Add(b.Node("Gemm", [top, output, outputBias]), mask),
            next;
        if (grammar is null)
            next = b.LogSoftmax(logits);
        else
        {
            // Twice, since an unused place of the beam may have nothing to go on with, of which the logarithm would be no number.
            OnnxValue not = b.Or(b.Or(b.Gather(grammar.AfterWord, words), barred), grammar.NoSeparator);
            next = b.Where(not, b.Scalar(float.NegativeInfinity), b.LogSoftmax(b.Where(not, b.Scalar(-1e30f), logits)));
        }

        OnnxValue total = b.Add(b.Reshape(b.Cast(next, OnnxType.Double), -1, width, _words), b.Unsqueeze(logProbability, 2));
        var (score, place) = b.TopK(b.Reshape(total, -1, width * _words), 2 * width);
        OnnxValue parent = b.Div(place, b.Scalar((long)_words));
        OnnxValue word = b.Sub(place, b.Mul(parent, b.Scalar((long)_words)));
        OnnxValue ended = b.Equal(word, b.Scalar((long)ReservedWords.EndId));
        OnnxValue open = b.Not(ended);
        OnnxValue last = b.Equal(step, b.Scalar((long)(length - 1)));
        OnnxValue here = b.Equal(b.Constant("places", [.. Enumerable.Range(0, length).Select(i => (long)i)], 1, 1, length), step);
        OnnxValue candidates = b.Where(b.And(here, b.Unsqueeze(open, 2)), b.Unsqueeze(word, 2), Take(b, openWords, parent, length));

        // A finished sequence is kept if it is among the best; at the last word every sequence ends.
        OnnxValue among = b.Constant("among_the_best", [.. Enumerable.Range(0, 2 * width).Select(i => i < width)], 1, 2 * width);
        OnnxValue openRank = b.Node("CumSum", [b.Cast(open, OnnxType.Int64), b.Scalar(1L)]);
        OnnxValue cut = b.And(last, b.And(open, b.Less(openRank, b.Scalar((long)width + 1))));
        OnnxValue keep = b.Or(b.And(ended, among), cut);
        OnnxValue normalised =
            Configuration.LengthNormalization == 0
                ? score
                : b.Div(score, b.Node("Pow", [b.Cast(b.Add(step, b.Scalar(1L)), OnnxType.Double), b.Scalar(Configuration.LengthNormalization)]));
        OnnxValue low = b.Scalar(double.NegativeInfinity);
        var (keptScore, kept) = b.TopK(b.Concat(1, foundScore, b.Where(keep, normalised, low)), width);
        OnnxValue keptLog = b.GatherElements(b.Concat(1, foundLog, score), kept, 1);
        OnnxValue keptWords = Take(b, b.Concat(1, foundWords, candidates), kept, length);

        var (openScore, chosen) = b.TopK(b.Where(ended, low, score), width);
        OnnxValue rowsOfParents = b.Reshape(b.Add(b.GatherElements(parent, chosen, 1), offsets), -1);

        // Whether an open sequence can still overtake the found ones.
        double bound = Configuration.LengthNormalization == 0 ? 1 : Math.Pow(length, Configuration.LengthNormalization);
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
            b.Output("state_next", b.Gather(value, rowsOfParents), OnnxType.Single, null, Configuration.HiddenSize);
        if (grammar is not null)
        {
            OnnxValue written = b.Reshape(b.GatherElements(word, chosen, 1), -1);
            OnnxValue inTerm = b.Or(b.Gather(barred, rowsOfParents), b.Gather(grammar.Excluded, written));
            OnnxValue opened = b.Unsqueeze(b.Gather(grammar.Opens, b.Gather(words, rowsOfParents)), 1);
            OnnxValue separates = b.Unsqueeze(b.Equal(written, grammar.Separator), 1);
            // ONNX Runtime has no Where of truth values.
            OnnxValue Choose(OnnxValue condition, OnnxValue yes, OnnxValue no) => b.Or(b.And(condition, yes), b.And(b.Not(condition), no));
            OnnxValue barredNext = Choose(separates, grammar.AtLaterTerm, Choose(opened, b.Gather(grammar.AfterHeading, written), inTerm));
            b.Output("barred_next", barredNext, OnnxType.Boolean, null, _words);
        }

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
                .. grammar is null ? (OnnxValue[])[] : [grammar.Barred],
            ],
            6 + states + (grammar is null ? 0 : 1),
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
        bool lstm = Configuration.Cell == RecurrentCell.Lstm;
        int size = Configuration.HiddenSize;
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
        OnnxValue sum = Graph.Constant(name + "bias", bias, bias.Length);
        if (Configuration.Cell == RecurrentCell.Lstm)
            return new LayerWeights(input, sum, Weight(name + "hidden", weights), null);
        int size = Configuration.HiddenSize;
        float[] hidden = weights[name + "hidden"].Values;
        float[] Columns(int from, int count) =>
            [.. Enumerable.Range(0, size).SelectMany(row => hidden.AsSpan((row * 3 * size) + from, count).ToArray())];
        return new LayerWeights(
            input,
            sum,
            Graph.Constant(name + "gates", Columns(0, 2 * size), size, 2 * size),
            Graph.Constant(name + "candidate", Columns(2 * size, size), size, size)
        );
    }

    private OnnxValue Weight(string name, IReadOnlyDictionary<string, (float[] Values, long[] Shape)> weights) =>
        Graph.Constant(name, weights[name].Values, weights[name].Shape);

    private static OnnxValue Sigmoid(OnnxGraph g, OnnxValue x) => g.Node("Sigmoid", [x]);

    private static OnnxValue Tanh(OnnxGraph g, OnnxValue x) => g.Node("Tanh", [x]);

    /// <summary>For each searched label the share of its beam that contains each word, [N, covered, words].</summary>
    private OnnxValue WordShares(Searched found)
    {
        OnnxGraph g = Graph;
        Beams beams = found.Beams;
        OnnxValue relative = g.Node("Exp", [g.Sub(beams.LogProbability, g.Slice(beams.LogProbability, (1, 0, 1)))]);
        OnnxValue share = g.Cast(g.Div(relative, g.Sum(relative, keep: true, 1)), OnnxType.Single);
        OnnxValue occurs = g.Maximum(g.Node("OneHot", [beams.Words, g.Scalar((long)_words), g.Constant("off_on", [0f, 1f], 2)]), keep: false, 2);
        OnnxValue heading = g.Constant("label_word", Table(label => BaseLabels.IsHeading(label) ? [label] : []), Labels.Count, _words);
        occurs = g.Max(occurs, g.Unsqueeze(g.Gather(heading, g.Reshape(found.Ranked, -1)), 1));
        return g.Reshape(g.Sum(g.Mul(occurs, g.Unsqueeze(share, 2)), keep: false, 1), -1, Covered, _words);
    }

    private float[] Table(Func<string, IReadOnlyList<string>> wordsOf)
    {
        float[] table = new float[Labels.Count * _words];
        for (int label = 0; label < Labels.Count; label++)
        {
            foreach (string word in wordsOf(Labels[label]))
            {
                if (Vocabulary.IdOf(word) is var id and >= 0)
                    table[(label * _words) + id] = 1;
            }
        }

        return table;
    }

    /// <summary>
    /// The label's word and the words after it, as <see cref="CaptionText.Print"/> writes them, and as plain words; whether there are any.
    /// </summary>
    private (OnnxValue Annotation, OnnxValue Tokens, OnnxValue HasText, OnnxValue HasTokens) Print(OnnxValue label, OnnxValue words)
    {
        OnnxGraph g = Graph;
        // Labels that occur in no training caption have no word id; they get one here.
        string[] texts = [.. Vocabulary.Words, .. Labels.Where(l => BaseLabels.IsHeading(l) && Vocabulary.IdOf(l) < 0)];
        long[] first = [.. Labels.Select(l => BaseLabels.IsHeading(l) ? (long)Array.IndexOf(texts, l) : ReservedWords.PaddingId)];
        bool[] silent = [.. texts.Select((t, id) => id < ReservedWords.UnknownId || t.AsSpan().Trim('_').IsWhiteSpace())];
        string[] inner = [.. texts.Select(t => CaptionText.Form(t, Vocabulary.DisplayForms))];
        OnnxValue Strings(string name, IEnumerable<string> values) => g.Constant(name, [.. values], texts.Length);
        OnnxValue tokenTexts = Strings("words", texts),
            spaced = Strings("words_after_blank", texts.Select(t => " " + t));
        OnnxValue headings = Strings("headings", inner.Select(CaptionText.AsHeading)),
            nextHeadings = Strings("next_headings", inner.Select(f => "|" + CaptionText.AsHeading(f)));
        OnnxValue qualifiers = Strings("qualifiers", inner.Select(f => "/" + f));
        OnnxValue quiet = g.Constant("silent", silent, silent.Length);
        OnnxValue separator = g.Scalar((long)Vocabulary.IdOf(CaptionText.Separator)),
            noWord = g.Scalar(-1L),
            empty = g.Constant("nothing", [""]);

        OnnxValue all = g.Concat(1, g.Unsqueeze(g.Gather(g.Constant("label_words", first, first.Length), label), 1), words);
        OnnxValue text = g.Expand(empty, g.Node("Shape", [label])),
            tokens = text;
        OnnxValue previous = g.Expand(noWord, g.Node("Shape", [label]));
        OnnxValue written = g.Less(label, g.Scalar(0L)),
            listed = written; // false for every row
        for (int t = 0; t <= Configuration.MaximumLength; t++)
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

        return (text, tokens, written, listed);
    }

    /// <summary>The search results for N images.</summary>
    /// <param name="Missing">Whether an image is missing, [N].</param>
    /// <param name="Probabilities">The labels' probabilities, 0 if the image is missing, [N, B].</param>
    /// <param name="Given">The decisions as given.</param>
    /// <param name="Decisions">The decisions, 0 if the image is missing, [N, B].</param>
    /// <param name="Ranked">The indices of the searched labels, [N, covered].</param>
    /// <param name="Likely">Their probabilities.</param>
    /// <param name="Beams">Their annotations, [N * covered, ...].</param>
    /// <param name="Best">The candidate annotations to write, [N * written, ...].</param>
    /// <param name="Image">What the decoder starts from and attends to, for N images.</param>
    /// <param name="Written">The indices of the labels of the candidate annotations, [N * written].</param>
    /// <param name="Joint">P(label | image) * P(words | label, image) of the best annotation of each, [N, written].</param>
    /// <param name="Annotations">Their texts, [N * written].</param>
    /// <param name="Tokens">Their words, [N * written].</param>
    /// <param name="HasText">Whether the texts are not empty, [N * written].</param>
    /// <param name="HasTokens">Whether there are words, [N * written].</param>
    private protected sealed record Searched(
        OnnxValue Missing,
        OnnxValue Probabilities,
        OnnxValue? Given,
        OnnxValue? Decisions,
        OnnxValue Ranked,
        OnnxValue Likely,
        Beams Beams,
        Beams Best,
        Encoded Image,
        OnnxValue Written,
        OnnxValue Joint,
        OnnxValue Annotations,
        OnnxValue Tokens,
        OnnxValue HasText,
        OnnxValue HasTokens
    );

    /// <summary>The encoded images.</summary>
    /// <param name="State">The initial state of all layers, [M, R].</param>
    /// <param name="Attended">The regions; null for a decoder without attention.</param>
    private protected sealed record Encoded(OnnxValue State, Attended? Attended);

    /// <summary>The regions of M images, and the attention's weights.</summary>
    /// <param name="Keys">What the hidden state is compared with, [M, regions, size].</param>
    /// <param name="Values">The features of the regions, [M, regions, channels].</param>
    /// <param name="Hidden">[R, size].</param>
    /// <param name="Score">[size, 1].</param>
    /// <param name="Context">[channels, R].</param>
    private protected sealed record Attended(OnnxValue Keys, OnnxValue Values, OnnxValue Hidden, OnnxValue Score, OnnxValue Context);

    /// <summary>The tables of the grammar, [words, words], and its rows for the sequences of a search, which those of an image share.</summary>
    private Grammar GrammarOf(GrammarTables tables, OnnxValue starts)
    {
        OnnxGraph g = Graph;
        OnnxValue Table(string name, bool[] values) => g.Constant(name, values, _words, _words);
        OnnxValue afterHeading = Table("barred_by_heading", tables.AfterHeading),
            opens = g.Constant("opens_term", tables.Opens, _words),
            separator = g.Scalar((long)tables.Separator);
        OnnxValue isSeparator = g.Constant("is_separator", [.. Enumerable.Range(0, _words).Select(id => id == tables.Separator)], 1, _words);
        OnnxValue lacks = g.Gather(g.Constant("one_term", [.. tables.HasLaterTerms.Select(has => !has)], _words), starts);
        OnnxValue begins = g.Not(g.Unsqueeze(g.Gather(opens, starts), 1));
        return new Grammar(
            separator,
            opens,
            Table("barred_after_word", tables.AfterWord),
            Table("barred_beside_word", tables.Excluded),
            afterHeading,
            g.Gather(Table("barred_at_later_term", tables.AtLaterTerm), starts),
            g.And(g.Unsqueeze(lacks, 1), isSeparator),
            g.And(begins, g.Gather(afterHeading, starts))
        );
    }

    /// <summary>The grammar in the graph of a search; see <see cref="GrammarTables"/>.</summary>
    /// <param name="Separator">Its id.</param>
    /// <param name="Opens">Whether the word after a word is a heading, [words].</param>
    /// <param name="AfterWord">[words, words].</param>
    /// <param name="Excluded">[words, words].</param>
    /// <param name="AfterHeading">[words, words].</param>
    /// <param name="AtLaterTerm">What may not begin a later term of each sequence, [M * width, words].</param>
    /// <param name="NoSeparator">The separator, where a sequence has one term, [M * width, words].</param>
    /// <param name="Barred">What is barred at the beginning, [M * width, words].</param>
    private sealed record Grammar(
        OnnxValue Separator,
        OnnxValue Opens,
        OnnxValue AfterWord,
        OnnxValue Excluded,
        OnnxValue AfterHeading,
        OnnxValue AtLaterTerm,
        OnnxValue NoSeparator,
        OnnxValue Barred
    );

    private sealed record LayerWeights(OnnxValue Input, OnnxValue Bias, OnnxValue Hidden, OnnxValue? Candidate);

    /// <param name="Words">[M, width, T], padded with 0.</param>
    /// <param name="LogProbability">[M, width], -infinity for unused places.</param>
    private protected sealed record Beams(OnnxValue Words, OnnxValue LogProbability)
    {
        /// <summary>The beams of the first row of each group.</summary>
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

/// <summary>The outputs of the decoder's graph for N images.</summary>
/// <param name="Decision">The most probable base label, or the detected findings.</param>
/// <param name="Annotation">The annotation in the MeSH grammar, its words, its probability and that of each word; if multi-label, also the joint
/// probability of each finding and its words, 0 for findings not in the annotation.</param>
/// <param name="Beams">The ids of the words after the label, best annotation first, and their log-probabilities given the label; if multi-label,
/// those of each searched finding, detected ones first, each group in order of decreasing probability.</param>
internal sealed record DecoderOutputs(GraphOutput Decision, IReadOnlyList<GraphOutput> Annotation, IReadOnlyList<GraphOutput> Beams);
