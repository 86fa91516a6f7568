namespace CxrAnnotate;

/// <content>Annotations of several findings: each detected finding's own words, decoded under its own start word.</content>
internal sealed partial class DecoderModel
{
    /// <summary>
    /// The least that is left of 1 - p in the word probabilities of findings that are not searched, so that a logarithm of it exists.
    /// </summary>
    internal const float LeastAbsence = 1e-12f;

    /// <summary>
    /// Annotates images of which several findings are told: one annotation for each that is detected, the most probable first, at most as many as the
    /// configuration says; the normal word where none is.
    /// </summary>
    /// <param name="features">The images' features.</param>
    /// <param name="scores">Each finding's probability.</param>
    /// <param name="detected">1 where the finding is detected, 0 where not.</param>
    /// <param name="labels">The names of the findings; parts of one (<c>nodule#2</c>) are put together.</param>
    /// <param name="withWords">Whether word probabilities are wanted.</param>
    /// <param name="withAnnotation">Whether the annotation is wanted.</param>
    internal AnnotatedImage[] AnnotateFindings(
        IReadOnlyList<float[]> features,
        IReadOnlyList<float[]> scores,
        IReadOnlyList<float[]> detected,
        IReadOnlyList<string> labels,
        bool withWords = true,
        bool withAnnotation = true
    )
    {
        using Lifetime.Use use = Lifetime.Enter();
        int[] baseOf = BaseLabels.Indices(labels);
        IReadOnlyList<string> names = BaseLabels.Names(labels);
        var annotated = new AnnotatedImage[features.Count];
        for (int i = 0; i < annotated.Length; i++)
            annotated[i] = new AnnotatedImage("", [], double.NaN, withWords ? Missing(_reported.Length) : null)
            {
                FindingProbabilities = Missing(names.Count),
            };
        int[] sound = [.. Enumerable.Range(0, features.Count).Where(i => IsFinite(features[i]) && IsFinite(scores[i]) && IsFinite(detected[i]))];
        foreach (int[] part in sound.Chunk(ImagesAtOnce))
        {
            AnnotatedImage[] done = FindingsPart(
                [.. part.Select(i => features[i])],
                [.. part.Select(i => BaseLabels.FoldFindings(baseOf, scores[i]))],
                [.. part.Select(i => BaseLabels.FoldFindings(baseOf, detected[i]))],
                names,
                withWords,
                withAnnotation
            );
            for (int i = 0; i < part.Length; i++)
                annotated[part[i]] = done[i];
        }

        return annotated;
    }

    private AnnotatedImage[] FindingsPart(
        float[][] features,
        float[][] probabilities,
        float[][] detected,
        IReadOnlyList<string> names,
        bool withWords,
        bool withAnnotation
    )
    {
        int covered = Configuration.Searched(names.Count);
        // Detected findings before the others, the most probable first.
        int[][] ranked =
        [
            .. probabilities.Select((p, i) => Enumerable.Range(0, names.Count).OrderByDescending(k => p[k] + detected[i][k]).Take(covered).ToArray()),
        ];
        (int Image, int Label)[] all = [.. ranked.SelectMany((labels, i) => labels.Select(k => (i, k)))];
        (int Image, int Label)[] written = [.. all.Where(p => detected[p.Image][p.Label] == 1)];
        var best = new Dictionary<(int Image, int Label), Hypothesis>();
        var words = new float[features.Length][];
        if (withWords)
        {
            IReadOnlyList<Hypothesis>[] beams = BeamsOf(all, Configuration.BeamWidth, Configuration.LengthNormalization);
            if (Configuration.Search == DecodingSearch.Beam)
                Keep(all, [.. beams.Select(b => b[0])]);
            for (int i = 0; i < words.Length; i++)
                words[i] = FindingWords(ranked[i], probabilities[i], names, [.. Enumerable.Range(i * covered, covered).Select(p => beams[p])]);
        }

        if (withAnnotation && best.Count == 0)
        {
            Keep(
                written,
                Configuration.Search switch
                {
                    DecodingSearch.Greedy => [.. BeamsOf(written, 1, 0).Select(b => b[0])],
                    DecodingSearch.Sample => Sample(
                        [.. written.Select(p => features[p.Image])],
                        [.. written.Select(p => names[p.Label])],
                        [.. written.Select(p => SeedOf(features[p.Image], Seeds.Mix(Configuration.SampleSeed, p.Label)))],
                        Configuration.Temperature
                    ),
                    _ => [.. BeamsOf(written, Configuration.BeamWidth, Configuration.LengthNormalization).Select(b => b[0])],
                }
            );
        }

        return
        [
            .. features.Select(
                (_, i) =>
                    withAnnotation
                        ? Written(i, probabilities[i], [.. ranked[i].Where(k => detected[i][k] == 1)], names, best) with
                        {
                            WordProbabilities = withWords ? words[i] : null,
                        }
                        : new AnnotatedImage("", [], double.NaN, withWords ? words[i] : null) { FindingProbabilities = Missing(names.Count) }
            ),
        ];

        IReadOnlyList<Hypothesis>[] BeamsOf((int Image, int Label)[] pairs, int width, double lengthNormalization) =>
            Batched(
                features,
                [.. pairs.Select(p => p.Image)],
                [.. pairs.Select(p => names[p.Label])],
                (count, _) => new BeamSearch(count, width, Configuration.MaximumLength, DecoderVocabulary.EndId, lengthNormalization)
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
        int[] findings,
        IReadOnlyList<string> names,
        Dictionary<(int Image, int Label), Hypothesis> best
    )
    {
        var tokens = new List<string>();
        var own = new float[names.Count];
        double probability = 1;
        foreach (int k in findings)
        {
            Hypothesis hypothesis = best[(image, k)];
            if (tokens.Count > 0)
                tokens.Add(DecoderVocabulary.Separator);
            tokens.AddRange(Vocabulary.Tokens(names[k], hypothesis.Words));
            double joint = Math.Exp(hypothesis.LogProbability) * probabilities[k];
            own[k] = (float)joint;
            probability *= joint;
        }

        foreach (int k in Enumerable.Range(0, names.Count).Except(findings))
            probability *= 1 - (double)probabilities[k];
        return new AnnotatedImage("", tokens.Count > 0 ? [.. tokens] : [Configuration.NormalWord!], probability, null) { FindingProbabilities = own };
    }

    // P(word occurs) = 1 - product over findings of (1 - P(finding) * the share of the finding's beam that has the word). Of findings that are not
    // searched at least the heading is known.
    private float[] FindingWords(int[] searched, float[] probabilities, IReadOnlyList<string> names, IReadOnlyList<Hypothesis>[] beams)
    {
        double[] absent = new double[_reported.Length];
        Array.Fill(absent, 1);
        for (int s = 0; s < searched.Length; s++)
        {
            double[] share = new double[_reported.Length];
            double mass = beams[s].Sum(h => Math.Exp(h.LogProbability - beams[s][0].LogProbability));
            foreach (Hypothesis hypothesis in beams[s])
            {
                foreach (string word in Vocabulary.Tokens(names[searched[s]], hypothesis.Words).Distinct(StringComparer.Ordinal))
                {
                    if (_reportedSlots.TryGetValue(word, out int slot))
                        share[slot] += Math.Exp(hypothesis.LogProbability - beams[s][0].LogProbability) / mass;
                }
            }

            for (int slot = 0; slot < absent.Length; slot++)
                absent[slot] *= 1 - (probabilities[searched[s]] * share[slot]);
        }

        foreach (int k in Enumerable.Range(0, names.Count).Except(searched))
        {
            if (_reportedSlots.TryGetValue(names[k], out int slot))
                absent[slot] *= Math.Max(1 - (double)probabilities[k], LeastAbsence);
        }

        return [.. absent.Select(a => (float)Math.Clamp(1 - a, 0, 1))];
    }
}
