using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace CxrAnnotate;

/// <summary>A trained decoder: network, vocabulary and search. Inference is deterministic, thread-safe and touches no global random state.</summary>
internal sealed class DecoderModel : IDisposable
{
    /// <summary>The batch size for context vectors and searches.</summary>
    internal const int RowsAtOnce = 256;

    private const int ImagesAtOnce = 32;

    private readonly Tensor _mask;
    private readonly int[] _reported;
    private readonly Dictionary<string, int> _reportedSlots;

    /// <summary>A decoder with random weights, to load trained ones into.</summary>
    internal DecoderModel(DecoderConfiguration configuration)
        : this(configuration, CreateModule(configuration), null) { }

    /// <summary>Takes ownership of a trained network.</summary>
    internal DecoderModel(DecoderConfiguration configuration, RecurrentDecoder module, TrainingHistory? history)
        : this(configuration, module, history, null) { }

    /// <param name="configuration">The configuration, including the search.</param>
    /// <param name="module">The network.</param>
    /// <param name="history">The history of the training.</param>
    /// <param name="owner">The lifetime of the network's owner; null if this model owns it.</param>
    private DecoderModel(DecoderConfiguration configuration, RecurrentDecoder module, TrainingHistory? history, Lifetime? owner)
    {
        Configuration = configuration;
        Vocabulary = configuration.CreateVocabulary();
        Module = module;
        History = history;
        module.eval();
        Grammar = configuration.Grammar is { } grammar ? new GrammarTables(grammar, Vocabulary) : null;
        _reported = Vocabulary.Reported;
        _reportedSlots = _reported.Select((id, slot) => (id, slot)).ToDictionary(p => Vocabulary.Words[p.id], p => p.slot, StringComparer.Ordinal);
        float[] mask = new float[Vocabulary.Words.Count];
        for (int id = 0; id < Vocabulary.FirstPrintable; id++)
            mask[id] = id == ReservedWords.EndId ? 0 : float.NegativeInfinity;
        _mask = tensor(mask).DetachFromDisposeScope();
        Lifetime = new Lifetime(typeof(DecodeContextTransformer), Free, owner);

        void Free()
        {
            _mask.Dispose();
            if (owner is null)
                module.Dispose();
        }
    }

    /// <summary>Must be entered before using the network; <see cref="Annotate"/> and <see cref="ContextVectors"/> do so themselves.</summary>
    internal Lifetime Lifetime { get; }

    internal DecoderConfiguration Configuration { get; }

    internal DecoderVocabulary Vocabulary { get; }

    /// <summary>The grammar that its searches obey; null if they may write any words.</summary>
    internal GrammarTables? Grammar { get; }

    /// <summary>The network, in eval mode; its weights are <c>Module.state_dict()</c>.</summary>
    internal RecurrentDecoder Module { get; }

    /// <summary>The history of the training; null for a loaded decoder.</summary>
    internal TrainingHistory? History { get; }

    /// <summary>The words whose probability of occurring is reported, in the order of <see cref="AnnotatedImage.WordProbabilities"/>.</summary>
    internal IReadOnlyList<string> ReportedWords => [.. _reported.Select(id => Vocabulary.Words[id])];

    /// <summary>Runs a search with the network: one input per (image, label).</summary>
    /// <param name="features">The images' features.</param>
    /// <param name="imageOf">The index of each input's image.</param>
    /// <param name="labels">The label of each input.</param>
    /// <param name="search">A search over these inputs, which receives the results.</param>
    internal void Run(IReadOnlyList<float[]> features, IReadOnlyList<int> imageOf, IReadOnlyList<string> labels, SequenceSearch search)
    {
        using var _ = no_grad();
        using var __ = NewDisposeScope();
        Tensor mask = _mask;
        int vocabulary = Vocabulary.Words.Count;
        DecoderState images = Module.InitialState(Stack(features, Configuration.FeatureSize));
        DecoderState state = images.Select(tensor(imageOf.Select(i => (long)i).ToArray()));
        long[] words = [.. labels.Select(l => (long)Vocabulary.StartOf(l))];
        GrammarState? grammar = Grammar?.Begin([.. words.Select(word => (int)word)]);
        while (true)
        {
            using var step = NewDisposeScope();
            DecoderState advanced = state.Copy();
            Tensor hidden = Module.Hidden(tensor(words, 1, words.Length), advanced)[0];
            Tensor logits = Module.Logits(hidden).Plus(mask);
            if (grammar is not null)
                logits = logits.Plus(tensor(grammar.Mask(), words.Length, vocabulary));
            Tensor next = nn.functional.log_softmax(logits, 1);
            next.Read(bytes => search.Advance(MemoryMarshal.Cast<byte, float>(bytes)[..(words.Length * vocabulary)]));
            if (search.Parents.Length == 0)
                break;
            grammar?.Advance(search.Parents, search.Words);
            words = [.. search.Words.Select(w => (long)w)];
            DecoderState selected = advanced.Select(tensor(search.Parents.Select(p => (long)p).ToArray())).MoveToOuterDisposeScope();
            state.Dispose();
            state = selected;
        }
    }

    /// <summary>The best annotations of images given their labels, best first: the words after the label and their log-probability.</summary>
    internal IReadOnlyList<Hypothesis>[] Beam(
        IReadOnlyList<float[]> features,
        IReadOnlyList<string> labels,
        int width,
        double lengthNormalization = 0
    ) =>
        Batched(
            features,
            labels,
            (count, _) => new BeamSearch(count, width, Configuration.MaximumLength, ReservedWords.EndId, lengthNormalization)
        );

    /// <summary>The most probable word at every step.</summary>
    internal Hypothesis[] Greedy(IReadOnlyList<float[]> features, IReadOnlyList<string> labels) => [.. Beam(features, labels, 1).Select(h => h[0])];

    /// <summary>A random annotation for each image, drawn with its own seed.</summary>
    internal Hypothesis[] Sample(IReadOnlyList<float[]> features, IReadOnlyList<string> labels, IReadOnlyList<int> seeds, double temperature = 1) =>
        [
            .. Batched(
                    features,
                    labels,
                    (count, first) =>
                        new SamplingSearch([.. seeds.Skip(first).Take(count)], temperature, Configuration.MaximumLength, ReservedWords.EndId)
                )
                .Select(h => h[0]),
        ];

    /// <summary>
    /// Annotates images from their features and label probabilities by the configured search: one annotation for each detected label, the most
    /// probable first, up to the configured maximum; the normal word if no label is detected.
    /// </summary>
    /// <param name="features">The images' features.</param>
    /// <param name="scores">The images' label probabilities.</param>
    /// <param name="labels">The labels of the probabilities; parts of a label (<c>nodule#2</c>) are merged.</param>
    /// <param name="withWords">Whether to compute word probabilities.</param>
    /// <param name="withAnnotation">Whether to compute the annotation.</param>
    /// <param name="decisions">1 for each detected label, 0 for the others; null leaves the decision to the label scheme.</param>
    internal AnnotatedImage[] Annotate(
        IReadOnlyList<float[]> features,
        IReadOnlyList<float[]> scores,
        IReadOnlyList<string> labels,
        bool withWords = true,
        bool withAnnotation = true,
        IReadOnlyList<float[]>? decisions = null
    )
    {
        using Lifetime.Use use = Lifetime.Enter();
        LabelScheme scheme = Configuration.LabelScheme;
        int[] baseOf = BaseLabels.Indices(labels);
        IReadOnlyList<string> names = BaseLabels.Names(labels);
        var annotated = new AnnotatedImage[features.Count];
        for (int i = 0; i < annotated.Length; i++)
            annotated[i] = new AnnotatedImage(
                "",
                [],
                double.NaN,
                Missing(names.Count),
                withWords ? Missing(_reported.Length) : null,
                withAnnotation && Configuration.Attention is { } regions ? Missing(_reported.Length * regions.Count) : null,
                withAnnotation ? Missing(Configuration.HiddenSize) : null
            );
        int[] sound =
        [
            .. Enumerable
                .Range(0, features.Count)
                .Where(i => IsFinite(features[i]) && IsFinite(scores[i]) && scores[i].Length > 0 && (decisions is null || IsFinite(decisions[i]))),
        ];
        foreach (int[] part in sound.Chunk(ImagesAtOnce))
        {
            AnnotatedImage[] done = AnnotatePart(
                [.. part.Select(i => features[i])],
                [.. part.Select(i => scheme.Fold(baseOf, scores[i]))],
                [.. part.Select(i => decisions is null ? scheme.Decide(baseOf, scores[i], null) : scheme.Fold(baseOf, decisions[i]))],
                names,
                withWords,
                withAnnotation
            );
            for (int i = 0; i < part.Length; i++)
                annotated[part[i]] = done[i];
        }

        return annotated;
    }

    /// <summary>
    /// The joint context vectors of images and their annotations (section 4.1 of the paper's specification): the top layer's hidden states, averaged
    /// over the annotation's words, with the image as the initial state.
    /// </summary>
    /// <param name="features">The images' features.</param>
    /// <param name="labels">Their labels' names.</param>
    /// <param name="captions">Their captions' words; out-of-vocabulary words are ignored.</param>
    /// <returns>One vector of R values per image.</returns>
    /// <remarks>
    /// A label's word counts if the label is a heading; the start symbol of a pattern counts only if there is no other word.
    /// </remarks>
    internal float[][] ContextVectors(IReadOnlyList<float[]> features, IReadOnlyList<string> labels, IReadOnlyList<IReadOnlyList<string>> captions)
    {
        using Lifetime.Use use = Lifetime.Enter();
        return StatesOver([
            .. features.Select((f, i) => (f, Vocabulary.StartOf(labels[i]), Vocabulary.Targets(labels[i], captions[i]))),
        ]);
    }

    /// <summary>The same of each image's features, start word and words after it.</summary>
    private float[][] StatesOver(IReadOnlyList<(float[] Features, int Start, int[] Words)> images)
    {
        var vectors = new List<float[]>(images.Count);
        foreach ((float[] Features, int Start, int[] Words)[] rows in images.Chunk(RowsAtOnce))
        {
            DecoderBatch batch = DecoderBatch.Create(rows);
            float[] weights = new float[batch.Steps * rows.Length];
            for (int r = 0; r < rows.Length; r++)
            {
                int first = rows[r].Start >= Vocabulary.FirstPrintable || rows[r].Words.Length == 0 ? 0 : 1;
                int last = rows[r].Words.Length;
                for (int t = first; t <= last; t++)
                    weights[(t * rows.Length) + r] = 1f / (last - first + 1);
            }

            using var _ = no_grad();
            using var __ = NewDisposeScope();
            Tensor weighted = batch.Hidden(Module) * tensor(weights, weights.Length, 1);
            float[] values = weighted.view(batch.Steps, rows.Length, -1).sum([0]).Floats();
            for (int r = 0; r < rows.Length; r++)
                vectors.Add(values.AsSpan(r * Configuration.HiddenSize, Configuration.HiddenSize).ToArray());
        }

        return [.. vectors];
    }

    /// <summary>
    /// The joint context vectors of images and the annotations that were written of them: the mean over the annotated labels. Without any there is no
    /// text, and the vector is the image's alone: what the decoder starts from.
    /// </summary>
    private float[][] WrittenContexts(
        float[][] features,
        int[][] written,
        IReadOnlyList<string> names,
        Dictionary<(int Image, int Label), Hypothesis> best
    )
    {
        (int Image, int Label)[] pairs = [.. written.SelectMany((labels, i) => labels.Select(k => (i, k)))];
        float[][] own = StatesOver([
            .. pairs.Select(p => (features[p.Image], Vocabulary.StartOf(names[p.Label]), best[p].Words)),
        ]);
        var vectors = new float[features.Length][];
        foreach (var of in pairs.Zip(own).GroupBy(p => p.First.Image, p => p.Second))
            vectors[of.Key] = [.. of.First().Select((_, d) => of.Average(vector => vector[d]))];

        int[] none = [.. Enumerable.Range(0, vectors.Length).Where(i => vectors[i] is null)];
        if (none.Length > 0)
        {
            using var _ = no_grad();
            using var __ = NewDisposeScope();
            float[] start = Module.Embed(Stack([.. none.Select(i => features[i])], Configuration.FeatureSize)).Floats();
            for (int n = 0; n < none.Length; n++)
                vectors[none[n]] = start.AsSpan(n * Configuration.HiddenSize, Configuration.HiddenSize).ToArray();
        }

        return vectors;
    }

    /// <summary>The same network with the search of another configuration. It is valid as long as this one.</summary>
    internal DecoderModel Searching(DecoderConfiguration configuration) => new(configuration, Module, History, Lifetime);

    /// <summary>Frees the network once no call uses it.</summary>
    public void Dispose() => Lifetime.End();

    private AnnotatedImage[] AnnotatePart(
        float[][] features,
        float[][] probabilities,
        float[][] decisions,
        IReadOnlyList<string> names,
        bool withWords,
        bool withAnnotation
    )
    {
        LabelScheme scheme = Configuration.LabelScheme;
        // Detected labels before the others, each in order of decreasing probability.
        int[][] ranked =
        [
            .. probabilities.Select((p, i) => Enumerable.Range(0, names.Count).OrderByDescending(k => p[k] + decisions[i][k]).ToArray()),
        ];
        int[][] searched =
        [
            .. ranked.Select((order, i) => order[..scheme.Searched([.. order.Select(k => probabilities[i][k])], Configuration.MaximumFindings)]),
        ];
        int[][] written = [.. searched.Select((order, i) => Array.FindAll(order, k => decisions[i][k] == 1))];
        var best = new Dictionary<(int Image, int Label), Hypothesis>();
        var words = new float[features.Length][];
        if (withWords)
        {
            (int Image, int Label)[] pairs = [.. searched.SelectMany((order, i) => order.Select(k => (i, k)))];
            IReadOnlyList<Hypothesis>[] beams = BeamsOf(pairs, Configuration.BeamWidth, Configuration.LengthNormalization);
            if (Configuration.Search == DecodingSearch.Beam)
                Keep(pairs, [.. beams.Select(b => b[0])]);
            int first = 0;
            for (int i = 0; i < words.Length; i++)
            {
                words[i] = WordProbabilities(searched[i], probabilities[i], names, beams.AsSpan(first, searched[i].Length));
                first += searched[i].Length;
            }
        }

        if (withAnnotation && best.Count == 0)
        {
            (int Image, int Label)[] pairs = [.. written.SelectMany((order, i) => order.Select(k => (i, k)))];
            Keep(
                pairs,
                Configuration.Search switch
                {
                    DecodingSearch.Greedy => [.. BeamsOf(pairs, 1, 0).Select(b => b[0])],
                    DecodingSearch.Sample => Sample(
                        [.. pairs.Select(p => features[p.Image])],
                        [.. pairs.Select(p => names[p.Label])],
                        [
                            .. pairs.Select(p =>
                                SeedOf(
                                    features[p.Image],
                                    scheme.SeedsLabels ? Seeds.Mix(Configuration.SampleSeed, p.Label) : Configuration.SampleSeed
                                )
                            ),
                        ],
                        Configuration.Temperature
                    ),
                    _ => [.. BeamsOf(pairs, Configuration.BeamWidth, Configuration.LengthNormalization).Select(b => b[0])],
                }
            );
        }

        float[][]? attention = withAnnotation && Configuration.Attention is not null ? WordAttention(features, written, names, best) : null;
        float[][]? contexts = withAnnotation ? WrittenContexts(features, written, names, best) : null;
        return
        [
            .. features.Select(
                (_, i) =>
                    withAnnotation
                        ? Written(i, probabilities[i], written[i], names, best) with
                        {
                            WordProbabilities = withWords ? words[i] : null,
                            WordAttention = attention?[i],
                            ContextVector = contexts![i],
                        }
                        : new AnnotatedImage("", [], double.NaN, Missing(names.Count), withWords ? words[i] : null, null, null)
            ),
        ];

        IReadOnlyList<Hypothesis>[] BeamsOf((int Image, int Label)[] pairs, int width, double lengthNormalization) =>
            Batched(
                features,
                [.. pairs.Select(p => p.Image)],
                [.. pairs.Select(p => names[p.Label])],
                (count, _) => new BeamSearch(count, width, Configuration.MaximumLength, ReservedWords.EndId, lengthNormalization)
            );

        void Keep((int Image, int Label)[] pairs, Hypothesis[] found)
        {
            for (int p = 0; p < pairs.Length; p++)
                best[pairs[p]] = found[p];
        }
    }

    private AnnotatedImage Written(
        int image,
        float[] probabilities,
        int[] labels,
        IReadOnlyList<string> names,
        Dictionary<(int Image, int Label), Hypothesis> best
    )
    {
        var tokens = new List<string>();
        var probabilityOf = new float[names.Count];
        var joint = new List<double>();
        foreach (int k in labels)
        {
            Hypothesis hypothesis = best[(image, k)];
            string[] own = Vocabulary.Tokens(names[k], hypothesis.Words);
            // A pattern has no word of its own, so that there may be nothing to separate.
            if (tokens.Count > 0 && own.Length > 0)
                tokens.Add(CaptionText.Separator);
            tokens.AddRange(own);
            joint.Add(Math.Exp(hypothesis.LogProbability) * probabilities[k]);
            probabilityOf[k] = (float)joint[^1];
        }

        return new AnnotatedImage(
            labels.Length > 0 ? names[labels[0]] : "",
            labels.Length > 0 ? [.. tokens] : [Configuration.NormalWord!],
            Configuration.LabelScheme.Joint(joint, Enumerable.Range(0, names.Count).Except(labels).Select(k => probabilities[k])),
            probabilityOf,
            null,
            null,
            null
        );
    }

    /// <summary>
    /// For each reported word the weights of the regions when it was written, [words, regions] row-major: their mean if it was written more than
    /// once, zeros if it was not, or is the label's own word, which is not written by the network.
    /// </summary>
    private float[][] WordAttention(
        float[][] features,
        int[][] written,
        IReadOnlyList<string> names,
        Dictionary<(int Image, int Label), Hypothesis> best
    )
    {
        int regions = Configuration.Attention!.Count;
        var sums = new float[features.Length][];
        var counts = new int[features.Length][];
        for (int i = 0; i < features.Length; i++)
            (sums[i], counts[i]) = (new float[_reported.Length * regions], new int[_reported.Length]);
        foreach (var pairs in written.SelectMany((labels, i) => labels.Select(k => (Image: i, Label: k))).Chunk(RowsAtOnce))
        {
            using var _ = no_grad();
            using var __ = NewDisposeScope();
            DecoderBatch batch = DecoderBatch.Create([
                .. pairs.Select(p => (features[p.Image], Vocabulary.StartOf(names[p.Label]), best[p].Words)),
            ]);
            float[] weights = batch.Attention(Module).Floats();
            for (int row = 0; row < pairs.Length; row++)
            {
                int image = pairs[row].Image;
                int[] words = best[pairs[row]].Words;
                for (int t = 0; t < words.Length; t++)
                {
                    if (!_reportedSlots.TryGetValue(Vocabulary.Words[words[t]], out int slot))
                        continue;
                    counts[image][slot]++;
                    for (int region = 0; region < regions; region++)
                        sums[image][(slot * regions) + region] += weights[(((t * pairs.Length) + row) * regions) + region];
                }
            }
        }

        for (int i = 0; i < features.Length; i++)
        {
            for (int at = 0; at < sums[i].Length; at++)
                sums[i][at] /= Math.Max(counts[i][at / regions], 1);
        }

        return sums;
    }

    // A label contributes a word by the share of its beam that contains it. Of labels that are not searched, the headings are known.
    private float[] WordProbabilities(
        int[] searched,
        float[] probabilities,
        IReadOnlyList<string> names,
        ReadOnlySpan<IReadOnlyList<Hypothesis>> beams
    )
    {
        var labels = new List<(float Label, double Share)>[_reported.Length];
        for (int slot = 0; slot < labels.Length; slot++)
            labels[slot] = [];
        for (int s = 0; s < searched.Length; s++)
        {
            double[] share = new double[_reported.Length];
            IReadOnlyList<Hypothesis> beam = beams[s];
            double mass = beam.Sum(h => Math.Exp(h.LogProbability - beam[0].LogProbability));
            foreach (Hypothesis hypothesis in beam)
            {
                foreach (string word in Vocabulary.Tokens(names[searched[s]], hypothesis.Words).Distinct(StringComparer.Ordinal))
                {
                    if (_reportedSlots.TryGetValue(word, out int slot))
                        share[slot] += Math.Exp(hypothesis.LogProbability - beam[0].LogProbability) / mass;
                }
            }

            for (int slot = 0; slot < share.Length; slot++)
                labels[slot].Add((probabilities[searched[s]], share[slot]));
        }

        foreach (int k in Enumerable.Range(0, names.Count).Except(searched))
        {
            foreach (string heading in names[k].Split('+'))
            {
                if (_reportedSlots.TryGetValue(heading, out int slot))
                    labels[slot].Add((probabilities[k], 1));
            }
        }

        return [.. labels.Select(of => (float)Configuration.LabelScheme.Occurs(of))];
    }

    private IReadOnlyList<Hypothesis>[] Batched(
        IReadOnlyList<float[]> features,
        IReadOnlyList<string> labels,
        Func<int, int, SequenceSearch> create
    ) => Batched(features, [.. Enumerable.Range(0, features.Count)], labels, create);

    private IReadOnlyList<Hypothesis>[] Batched(
        IReadOnlyList<float[]> features,
        IReadOnlyList<int> imageOf,
        IReadOnlyList<string> labels,
        Func<int, int, SequenceSearch> create
    )
    {
        var found = new IReadOnlyList<Hypothesis>[labels.Count];
        for (int start = 0; start < labels.Count; start += RowsAtOnce)
        {
            int count = Math.Min(RowsAtOnce, labels.Count - start);
            int[] images = [.. Enumerable.Range(start, count).Select(i => imageOf[i])];
            int[] distinct = [.. images.Distinct()];
            SequenceSearch search = create(count, start);
            Run(
                [.. distinct.Select(i => features[i])],
                [.. images.Select(i => Array.IndexOf(distinct, i))],
                [.. labels.Skip(start).Take(count)],
                search
            );
            for (int i = 0; i < count; i++)
                found[start + i] = search.Results(i);
        }

        return found;
    }

    private static RecurrentDecoder CreateModule(DecoderConfiguration configuration)
    {
        NativeRuntime.EnsureLoaded();
        return configuration.CreateModule();
    }

    private static Tensor Stack(IReadOnlyList<float[]> rows, int size)
    {
        float[] all = new float[rows.Count * size];
        for (int i = 0; i < rows.Count; i++)
            rows[i].CopyTo(all, i * size);
        return tensor(all, rows.Count, size);
    }

    private static bool IsFinite(float[] values) => Array.TrueForAll(values, float.IsFinite);

    private static float[] Missing(int count)
    {
        float[] values = new float[count];
        Array.Fill(values, float.NaN);
        return values;
    }

    // FNV-1a over the features' bits: a draw depends only on the image, so rows do not depend on the reading order or the batches.
    private static int SeedOf(float[] features, int seed)
    {
        uint hash = 2166136261 ^ unchecked((uint)seed);
        foreach (byte part in MemoryMarshal.AsBytes(features.AsSpan()))
            hash = unchecked((hash ^ part) * 16777619);
        return unchecked((int)hash);
    }
}
