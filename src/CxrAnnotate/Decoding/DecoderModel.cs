using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace CxrAnnotate;

/// <summary>
/// A trained decoder: network, words and search. Inference is deterministic, touches no global random state and may be called from several threads at
/// once.
/// </summary>
internal sealed partial class DecoderModel : IDisposable
{
    /// <summary>Annotated rows whose context vectors are computed at once.</summary>
    internal const int RowsAtOnce = 256;

    private const int ImagesAtOnce = 32;

    private readonly Tensor _mask;
    private readonly int[] _reported;
    private readonly Dictionary<string, int> _reportedSlots;

    /// <summary>A decoder with fresh weights, to load trained ones into.</summary>
    internal DecoderModel(DecoderConfiguration configuration)
        : this(configuration, CreateModule(configuration), null) { }

    /// <summary>Takes the ownership of a trained network.</summary>
    internal DecoderModel(DecoderConfiguration configuration, RecurrentDecoder module, TrainingHistory? history)
        : this(configuration, module, history, null) { }

    /// <param name="configuration">What it searches for.</param>
    /// <param name="module">The network.</param>
    /// <param name="history">How it was trained.</param>
    /// <param name="owner">Whose network it is; null where it is this one's own.</param>
    private DecoderModel(DecoderConfiguration configuration, RecurrentDecoder module, TrainingHistory? history, Lifetime? owner)
    {
        Configuration = configuration;
        Vocabulary = configuration.CreateVocabulary();
        Module = module;
        History = history;
        module.eval();
        _reported = Vocabulary.Reported;
        _reportedSlots = _reported.Select((id, slot) => (id, slot)).ToDictionary(p => Vocabulary.Words[p.id], p => p.slot, StringComparer.Ordinal);
        float[] mask = new float[Vocabulary.Words.Count];
        for (int id = 0; id < Vocabulary.FirstPrintable; id++)
            mask[id] = id == DecoderVocabulary.EndId ? 0 : float.NegativeInfinity;
        _mask = tensor(mask).DetachFromDisposeScope();
        Lifetime = new Lifetime(typeof(DecodeContextTransformer), Free, owner);

        void Free()
        {
            _mask.Dispose();
            if (owner is null)
                module.Dispose();
        }
    }

    /// <summary>
    /// To be entered by whoever touches the network; <see cref="Annotate"/>, <see cref="AnnotateFindings"/> and <see cref="ContextVectors"/> do so
    /// themselves.
    /// </summary>
    internal Lifetime Lifetime { get; }

    internal DecoderConfiguration Configuration { get; }

    internal DecoderVocabulary Vocabulary { get; }

    /// <summary>The network, in eval mode; its weights are <c>Module.state_dict()</c>.</summary>
    internal RecurrentDecoder Module { get; }

    /// <summary>How it was trained; null for a decoder that was loaded.</summary>
    internal TrainingHistory? History { get; }

    /// <summary>The words whose probability to occur is reported, in the order of <see cref="AnnotatedImage.WordProbabilities"/>.</summary>
    internal IReadOnlyList<string> ReportedWords => [.. _reported.Select(id => Vocabulary.Words[id])];

    /// <summary>Drives a search through the network: one input per (image, label).</summary>
    /// <param name="features">The images' features.</param>
    /// <param name="imageOf">For each input which image it is of.</param>
    /// <param name="labels">For each input its label's name.</param>
    /// <param name="search">A search over as many inputs; its results are filled.</param>
    internal void Run(IReadOnlyList<float[]> features, IReadOnlyList<int> imageOf, IReadOnlyList<string> labels, SequenceSearch search)
    {
        using var _ = no_grad();
        using var __ = NewDisposeScope();
        Tensor mask = _mask;
        int vocabulary = Vocabulary.Words.Count;
        DecoderState images = Module.InitialState(Stack(features, Configuration.FeatureSize));
        DecoderState state = images.Select(tensor(imageOf.Select(i => (long)i).ToArray()));
        long[] words = [.. labels.Select(l => (long)Vocabulary.StartOf(l))];
        while (true)
        {
            using var step = NewDisposeScope();
            DecoderState advanced = state.Copy();
            Tensor hidden = Module.Hidden(tensor(words, 1, words.Length), advanced)[0];
            Tensor next = nn.functional.log_softmax(Module.Logits(hidden).Plus(mask), 1);
            next.Read(bytes => search.Advance(MemoryMarshal.Cast<byte, float>(bytes)[..(words.Length * vocabulary)]));
            if (search.Parents.Length == 0)
                break;
            state.Dispose();
            words = [.. search.Words.Select(w => (long)w)];
            state = advanced.Select(tensor(search.Parents.Select(p => (long)p).ToArray())).MoveToOuterDisposeScope();
        }
    }

    /// <summary>The best annotations of images under given labels, best first: the words that follow the label and their log-probability.</summary>
    internal IReadOnlyList<Hypothesis>[] Beam(
        IReadOnlyList<float[]> features,
        IReadOnlyList<string> labels,
        int width,
        double lengthNormalization = 0
    ) =>
        Batched(
            features,
            labels,
            (count, _) => new BeamSearch(count, width, Configuration.MaximumLength, DecoderVocabulary.EndId, lengthNormalization)
        );

    /// <summary>The likeliest word at every step.</summary>
    internal Hypothesis[] Greedy(IReadOnlyList<float[]> features, IReadOnlyList<string> labels) => [.. Beam(features, labels, 1).Select(h => h[0])];

    /// <summary>A random annotation for each image, drawn by its own seed.</summary>
    internal Hypothesis[] Sample(IReadOnlyList<float[]> features, IReadOnlyList<string> labels, IReadOnlyList<int> seeds, double temperature = 1) =>
        [
            .. Batched(
                    features,
                    labels,
                    (count, first) =>
                        new SamplingSearch([.. seeds.Skip(first).Take(count)], temperature, Configuration.MaximumLength, DecoderVocabulary.EndId)
                )
                .Select(h => h[0]),
        ];

    /// <summary>
    /// Annotates images from their features and label probabilities by the configured search. The label is the base label of the highest summed
    /// probability.
    /// </summary>
    /// <param name="features">The images' features.</param>
    /// <param name="scores">The images' label probabilities.</param>
    /// <param name="labels">The names of the labels that the probabilities are of; those that the cascade split (<c>nodule#2</c>) are added
    /// up.</param>
    /// <param name="withWords">Whether word probabilities are wanted.</param>
    /// <param name="withAnnotation">Whether the annotation is wanted.</param>
    internal AnnotatedImage[] Annotate(
        IReadOnlyList<float[]> features,
        IReadOnlyList<float[]> scores,
        IReadOnlyList<string> labels,
        bool withWords = true,
        bool withAnnotation = true
    )
    {
        using Lifetime.Use use = Lifetime.Enter();
        var annotated = new AnnotatedImage[features.Count];
        int[] sound = [.. Enumerable.Range(0, features.Count).Where(i => IsFinite(features[i]) && IsFinite(scores[i]) && scores[i].Length > 0)];
        for (int i = 0; i < annotated.Length; i++)
            annotated[i] = new AnnotatedImage("", [], double.NaN, withWords ? Missing(_reported.Length) : null);
        int[] baseOf = BaseLabels.Indices(labels);
        IReadOnlyList<string> names = BaseLabels.Names(labels);
        foreach (int[] part in sound.Chunk(ImagesAtOnce))
        {
            AnnotatedImage[] done = AnnotatePart(
                [.. part.Select(i => features[i])],
                [.. part.Select(i => BaseLabels.Fold(baseOf, scores[i]))],
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
    /// over the annotation's words, the image being the initial state.
    /// </summary>
    /// <param name="features">The images' features.</param>
    /// <param name="labels">Their labels' names.</param>
    /// <param name="captions">Their captions' words; out-of-vocabulary words are left out.</param>
    /// <returns>One vector of R values per image.</returns>
    /// <remarks>
    /// The word of a label that is a heading counts among the annotation's words; the start symbol of a pattern does not, unless there is no other
    /// word.
    /// </remarks>
    internal float[][] ContextVectors(IReadOnlyList<float[]> features, IReadOnlyList<string> labels, IReadOnlyList<IReadOnlyList<string>> captions)
    {
        using Lifetime.Use use = Lifetime.Enter();
        var vectors = new float[features.Count][];
        foreach (int[] part in Enumerable.Range(0, features.Count).Chunk(RowsAtOnce))
        {
            (float[] Features, int Start, int[] Targets)[] rows =
            [
                .. part.Select(i => (features[i], Vocabulary.StartOf(labels[i]), Vocabulary.Targets(labels[i], captions[i]))),
            ];
            DecoderBatch batch = DecoderBatch.Create(rows);
            float[] weights = new float[batch.Steps * part.Length];
            for (int r = 0; r < part.Length; r++)
            {
                int first = rows[r].Start >= Vocabulary.FirstPrintable || rows[r].Targets.Length == 0 ? 0 : 1;
                int last = rows[r].Targets.Length;
                for (int t = first; t <= last; t++)
                    weights[(t * part.Length) + r] = 1f / (last - first + 1);
            }

            using var _ = no_grad();
            using var __ = NewDisposeScope();
            Tensor weighted = batch.Hidden(Module) * tensor(weights, weights.Length, 1);
            float[] values = weighted.view(batch.Steps, part.Length, -1).sum([0]).Floats();
            for (int r = 0; r < part.Length; r++)
                vectors[part[r]] = values.AsSpan(r * Configuration.HiddenSize, Configuration.HiddenSize).ToArray();
        }

        return vectors;
    }

    /// <summary>The same network, searching as another configuration says. It can be used as long as this one.</summary>
    internal DecoderModel Searching(DecoderConfiguration configuration) => new(configuration, Module, History, Lifetime);

    /// <summary>Frees the network when nobody uses it any more.</summary>
    public void Dispose() => Lifetime.End();

    private AnnotatedImage[] AnnotatePart(
        float[][] features,
        float[][] probabilities,
        IReadOnlyList<string> names,
        bool withWords,
        bool withAnnotation
    )
    {
        int[] best = [.. probabilities.Select(p => Array.IndexOf(p, p.Max()))];
        string[] labels = [.. best.Select(b => names[b])];
        var written = new Hypothesis?[features.Length];
        var words = new float[features.Length][];
        if (withWords)
        {
            var (found, likeliest) = WordMarginals(features, probabilities, names);
            words = found;
            if (Configuration.Search == DecodingSearch.Beam)
                written = likeliest;
        }

        if (withAnnotation && !(withWords && Configuration.Search == DecodingSearch.Beam))
        {
            written = Configuration.Search switch
            {
                DecodingSearch.Greedy => Greedy(features, labels),
                DecodingSearch.Sample => Sample(
                    features,
                    labels,
                    [.. features.Select(f => SeedOf(f, Configuration.SampleSeed))],
                    Configuration.Temperature
                ),
                _ => [.. Beam(features, labels, Configuration.BeamWidth, Configuration.LengthNormalization).Select(h => h[0])],
            };
        }

        return
        [
            .. features.Select(
                (_, i) =>
                    written[i] is { } hypothesis
                        ? new AnnotatedImage(
                            labels[i],
                            Vocabulary.Tokens(labels[i], hypothesis.Words),
                            Math.Exp(hypothesis.LogProbability) * probabilities[i][best[i]],
                            withWords ? words[i] : null
                        )
                        : new AnnotatedImage(labels[i], [], double.NaN, withWords ? words[i] : null)
            ),
        ];
    }

    // P(word occurs) = sum over labels of P(label) * the share of the label's beam that has the word. Labels beyond the covered ones say at least
    // which headings their annotations have.
    private (float[][] Words, Hypothesis[] Likeliest) WordMarginals(float[][] features, float[][] probabilities, IReadOnlyList<string> names)
    {
        var pairs = new List<(int Image, int Label)>();
        int[] first = new int[features.Length];
        var words = new float[features.Length][];
        for (int i = 0; i < features.Length; i++)
        {
            first[i] = pairs.Count;
            words[i] = new float[_reported.Length];
            double total = probabilities[i].Sum();
            double covered = 0;
            int[] order = [.. Enumerable.Range(0, names.Count).OrderByDescending(l => probabilities[i][l])];
            for (int k = 0; k < order.Length; k++)
            {
                if (k == 0 || (k < CoveredLabels && covered < CoveredMass * total))
                    pairs.Add((i, order[k]));
                else
                    AddHeadings(words[i], names[order[k]], probabilities[i][order[k]]);
                covered += probabilities[i][order[k]];
            }
        }

        IReadOnlyList<Hypothesis>[] beams = Batched(
            features,
            [.. pairs.Select(p => p.Image)],
            [.. pairs.Select(p => names[p.Label])],
            (count, _) =>
                new BeamSearch(
                    count,
                    Configuration.BeamWidth,
                    Configuration.MaximumLength,
                    DecoderVocabulary.EndId,
                    Configuration.LengthNormalization
                )
        );
        for (int p = 0; p < pairs.Count; p++)
        {
            var (image, label) = pairs[p];
            double mass = beams[p].Sum(h => Math.Exp(h.LogProbability - beams[p][0].LogProbability));
            foreach (Hypothesis hypothesis in beams[p])
            {
                double share = probabilities[image][label] * Math.Exp(hypothesis.LogProbability - beams[p][0].LogProbability) / mass;
                foreach (string word in Vocabulary.Tokens(names[label], hypothesis.Words).Distinct(StringComparer.Ordinal))
                {
                    if (_reportedSlots.TryGetValue(word, out int slot))
                        words[image][slot] += (float)share;
                }
            }
        }

        foreach (float[] row in words)
        {
            for (int slot = 0; slot < row.Length; slot++)
                row[slot] = Math.Clamp(row[slot], 0, 1);
        }

        return (words, [.. first.Select(p => beams[p][0])]);
    }

    private void AddHeadings(float[] words, string label, float probability)
    {
        foreach (string heading in label.Split('+'))
        {
            if (_reportedSlots.TryGetValue(heading, out int slot))
                words[slot] += probability;
        }
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

    /// <summary>The most labels whose annotations are searched for word probabilities.</summary>
    internal const int CoveredLabels = 8;

    /// <summary>The share of the probability that is enough to have searched.</summary>
    internal const double CoveredMass = 0.99;

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

    // FNV-1a over the features' bits: a draw belongs to the image, so views give the same rows however they are read, in whatever batches.
    private static int SeedOf(float[] features, int seed)
    {
        uint hash = 2166136261 ^ unchecked((uint)seed);
        foreach (byte part in MemoryMarshal.AsBytes(features.AsSpan()))
            hash = unchecked((hash ^ part) * 16777619);
        return unchecked((int)hash);
    }
}
