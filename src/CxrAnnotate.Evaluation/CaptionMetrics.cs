namespace CxrAnnotate;

/// <summary>
/// Overlap of emitted annotations with true ones, over blank-separated words. The term separators (<c>|</c>) of a sequence are not words:
/// <see cref="Words"/> drops them before anything is counted, so that they earn no credit; only <see cref="ExactMatch"/> compares terms.
/// </summary>
/// <remarks>
/// BLEU is Papineni's corpus BLEU (cumulative, uniform weights, closest reference length), ROUGE-L and CIDEr are those of the COCO caption evaluation
/// (beta 1.2;
/// CIDEr-D's clipping and length penalty with sigma 6, times 10, document frequencies from the references of the evaluated corpus).
/// Where they differ from that tool: it adds 1e-15 to matches and 1e-9 to totals, so a BLEU-n without any matching n-gram is a tiny positive number
/// there and 0 here.
/// A candidate without words has no n-grams: it scores 0 in every metric, and its reference's length still counts for the brevity penalty.
/// </remarks>
internal static class CaptionMetrics
{
    /// <summary>The largest n for which n-grams are counted.</summary>
    internal const int MaximumOrder = 4;

    /// <summary>The token that separates the terms of a sequence.</summary>
    internal const string Separator = "|";

    private const double RougeBeta = 1.2;
    private const double CiderSigma = 6;
    private const double CiderScale = 10;

    /// <summary>The words of a blank-separated token sequence, without term separators.</summary>
    internal static string[] Words(string tokens) =>
        [.. tokens.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Where(t => t != Separator)];

    /// <summary>The n-gram counts of one candidate against its references, from which BLEU and the mean precision are computed.</summary>
    internal static NgramMatch Match(IReadOnlyList<string> candidate, IReadOnlyList<IReadOnlyList<string>> references)
    {
        int[] matched = new int[MaximumOrder],
            possible = new int[MaximumOrder];
        for (int n = 1; n <= MaximumOrder; n++)
        {
            Dictionary<string, int> wanted = [];
            foreach (IReadOnlyList<string> reference in references)
                foreach ((string gram, int count) in Ngrams(reference, n))
                    wanted[gram] = Math.Max(count, wanted.GetValueOrDefault(gram));
            foreach ((string gram, int count) in Ngrams(candidate, n))
            {
                matched[n - 1] += Math.Min(count, wanted.GetValueOrDefault(gram));
                possible[n - 1] += count;
            }
        }

        int closest = references.Select(r => r.Count).OrderBy(length => Math.Abs(length - candidate.Count)).ThenBy(length => length).First();
        return new NgramMatch(matched, possible, candidate.Count, closest);
    }

    /// <summary>Cumulative corpus BLEU-1 to BLEU-4.</summary>
    /// <param name="matches">One entry per example.</param>
    /// <param name="weights">How often each example counts; empty: once each.</param>
    /// <returns>Four values in [0, 1]; NaN if all weights are 0.</returns>
    internal static double[] Bleu(IReadOnlyList<NgramMatch> matches, ReadOnlySpan<int> weights = default)
    {
        long candidate = 0,
            reference = 0,
            examples = 0;
        Span<long> matched = stackalloc long[MaximumOrder],
            possible = stackalloc long[MaximumOrder];
        for (int i = 0; i < matches.Count; i++)
        {
            int weight = weights.IsEmpty ? 1 : weights[i];
            if (weight == 0)
                continue;
            NgramMatch match = matches[i];
            examples += weight;
            candidate += (long)weight * match.CandidateLength;
            reference += (long)weight * match.ReferenceLength;
            for (int n = 0; n < MaximumOrder; n++)
            {
                matched[n] += (long)weight * match.Matched[n];
                possible[n] += (long)weight * match.Possible[n];
            }
        }

        double[] bleu = new double[MaximumOrder];
        if (examples == 0)
        {
            Array.Fill(bleu, double.NaN);
            return bleu;
        }

        double logPrecision = 0;
        double logBrevity = candidate >= reference ? 0 : 1 - (double)reference / candidate;
        for (int n = 0; n < MaximumOrder && matched[n] > 0; n++)
        {
            logPrecision += Math.Log((double)matched[n] / possible[n]);
            bleu[n] = Math.Exp(logBrevity + logPrecision / (n + 1));
        }

        return bleu;
    }

    /// <summary>
    /// The mean over examples of the clipped n-gram precision, for n = 1 to 4, which the paper's tables appear to report. An example without n-grams
    /// counts as 0.
    /// </summary>
    internal static double[] MeanPrecision(IReadOnlyList<NgramMatch> matches, ReadOnlySpan<int> weights = default)
    {
        double[] sum = new double[MaximumOrder];
        long examples = 0;
        for (int i = 0; i < matches.Count; i++)
        {
            int weight = weights.IsEmpty ? 1 : weights[i];
            examples += weight;
            for (int n = 0; n < MaximumOrder; n++)
                sum[n] += weight * matches[i].Precision(n + 1);
        }

        for (int n = 0; n < MaximumOrder; n++)
            sum[n] /= examples;
        return sum;
    }

    /// <summary>
    /// The sentence score of the <c>bleu.py</c> in the authors' repository (NLTK of 2013), kept to reproduce the paper's baselines: orders without a
    /// match are left out of the geometric mean, and the brevity penalty compares the candidate's length with the smallest difference of lengths. It
    /// rewards nonsensical output; do not report it.
    /// </summary>
    internal static double AuthorsBleu(IReadOnlyList<string> candidate, IReadOnlyList<IReadOnlyList<string>> references, int order)
    {
        if (candidate.Count == 0)
            return 0;
        NgramMatch match = Match(candidate, references);
        double log = 0;
        for (int n = 1; n <= order; n++)
        {
            double precision = match.Precision(n);
            if (precision > 0)
                log += Math.Log(precision) / order;
        }

        int difference = references.Min(r => Math.Abs(r.Count - candidate.Count));
        double logBrevity = candidate.Count > difference ? 0 : 1 - (double)difference / candidate.Count;
        return Math.Exp(log + logBrevity);
    }

    /// <summary>
    /// ROUGE-L of one example: the F-measure (beta 1.2) of the longest common subsequence, precision and recall each the best over the references.
    /// </summary>
    internal static double RougeL(IReadOnlyList<string> candidate, IReadOnlyList<IReadOnlyList<string>> references)
    {
        double precision = 0,
            recall = 0;
        foreach (IReadOnlyList<string> reference in references)
        {
            int common = LongestCommonSubsequence(candidate, reference);
            if (common == 0)
                continue;
            precision = Math.Max(precision, (double)common / candidate.Count);
            recall = Math.Max(recall, (double)common / reference.Count);
        }

        const double beta2 = RougeBeta * RougeBeta;
        return precision == 0 || recall == 0 ? 0 : (1 + beta2) * precision * recall / (recall + beta2 * precision);
    }

    /// <summary>CIDEr of each example of a corpus (0 to 10). A corpus of one example has no document frequencies and scores 0.</summary>
    internal static double[] Cider(IReadOnlyList<IReadOnlyList<string>> candidates, IReadOnlyList<IReadOnlyList<IReadOnlyList<string>>> references)
    {
        Dictionary<string, int> documents = [];
        foreach (IReadOnlyList<IReadOnlyList<string>> example in references)
            foreach (string gram in example.SelectMany(r => Enumerable.Range(1, MaximumOrder).SelectMany(n => Ngrams(r, n).Keys)).Distinct())
                documents[gram] = documents.GetValueOrDefault(gram) + 1;
        double corpus = Math.Log(references.Count);

        (Dictionary<string, double> Weights, double Norm)[] Vectors(IReadOnlyList<string> words)
        {
            var vectors = new (Dictionary<string, double>, double)[MaximumOrder];
            for (int n = 1; n <= MaximumOrder; n++)
            {
                var weights = Ngrams(words, n)
                    .ToDictionary(g => g.Key, g => g.Value * (corpus - Math.Log(Math.Max(1, documents.GetValueOrDefault(g.Key)))));
                vectors[n - 1] = (weights, Math.Sqrt(weights.Values.Sum(w => w * w)));
            }

            return vectors;
        }

        double[] scores = new double[candidates.Count];
        for (int i = 0; i < scores.Length; i++)
        {
            var candidate = Vectors(candidates[i]);
            foreach (IReadOnlyList<string> words in references[i])
            {
                var reference = Vectors(words);
                double delta = candidates[i].Count - words.Count,
                    similarity = 0;
                for (int n = 0; n < MaximumOrder; n++)
                {
                    double dot = 0;
                    foreach ((string gram, double weight) in candidate[n].Weights)
                        if (reference[n].Weights.TryGetValue(gram, out double other))
                            dot += Math.Min(weight, other) * other;
                    double norms = candidate[n].Norm * reference[n].Norm;
                    similarity += norms == 0 ? 0 : dot / norms;
                }

                scores[i] += similarity * Math.Exp(-delta * delta / (2 * CiderSigma * CiderSigma));
            }

            scores[i] *= CiderScale / (MaximumOrder * references[i].Count);
        }

        return scores;
    }

    /// <summary>
    /// Whether two sequences have the same set of terms, whatever their order. A term is its heading and qualifiers in order; without separators the
    /// whole sequence is one term.
    /// </summary>
    internal static bool ExactMatch(string candidate, string reference) => CanonicalTerms(candidate) == CanonicalTerms(reference);

    /// <summary>A sequence with its distinct terms in ordinal order: equal for two sequences exactly when <see cref="ExactMatch"/> holds.</summary>
    internal static string CanonicalTerms(string tokens)
    {
        List<List<string>> terms =
        [
            [],
        ];
        foreach (string token in tokens.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))
            if (token == Separator)
                terms.Add([]);
            else
                terms[^1].Add(token);
        return string.Join(" | ", terms.Where(t => t.Count > 0).Select(t => string.Join(' ', t)).Distinct().Order(StringComparer.Ordinal));
    }

    private static Dictionary<string, int> Ngrams(IReadOnlyList<string> words, int n)
    {
        Dictionary<string, int> grams = [];
        for (int i = 0; i + n <= words.Count; i++)
        {
            string gram = n == 1 ? words[i] : string.Join(' ', words.Skip(i).Take(n));
            grams[gram] = grams.GetValueOrDefault(gram) + 1;
        }

        return grams;
    }

    private static int LongestCommonSubsequence(IReadOnlyList<string> a, IReadOnlyList<string> b)
    {
        int[] row = new int[b.Count + 1];
        foreach (string word in a)
        {
            int diagonal = 0;
            for (int j = 1; j <= b.Count; j++)
            {
                int above = row[j];
                row[j] = word == b[j - 1] ? diagonal + 1 : Math.Max(above, row[j - 1]);
                diagonal = above;
            }
        }

        return row[b.Count];
    }
}

/// <summary>The n-gram counts of one example.</summary>
/// <param name="Matched">Clipped matches for n = 1 to 4.</param>
/// <param name="Possible">N-grams of the candidate for n = 1 to 4.</param>
/// <param name="CandidateLength">Words of the candidate.</param>
/// <param name="ReferenceLength">Words of the reference whose length is closest to the candidate's (the shorter one on a tie).</param>
internal sealed record NgramMatch(int[] Matched, int[] Possible, int CandidateLength, int ReferenceLength)
{
    /// <summary>The clipped precision of order <paramref name="n"/>; 0 if the candidate has fewer than n words.</summary>
    internal double Precision(int n) => Possible[n - 1] == 0 ? 0 : (double)Matched[n - 1] / Possible[n - 1];
}
