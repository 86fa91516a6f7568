namespace CxrAnnotate;

/// <summary>
/// The clusters in which a model does worst: groups of cases that look alike, are of one label, and are read wrong more often than the other cases of
/// that label. Such a slice points to what the model goes by in place of the finding (a drain, a mark in a corner), or to what it has seen too little
/// of.
/// </summary>
/// <remarks>
/// <para>The cases of each true label are clustered by their vectors as relabeling does it (k-means), into 2, 3, ... clusters; the errors play no
/// part in that. Every cluster is then held against the other cases of its label by Fisher's exact test (one-sided), and the tests of all clusters
/// of all labels are corrected together (Benjamini and Hochberg, 1995). So a label that is difficult as a whole is no slice, and where errors have
/// nothing to do with the vectors, the chance that any slice is listed is at most the rate of false discoveries.</para>
/// <para>The cases must be ones that the model was not trained on: of others it makes no errors to find. Context vectors must be those of the true
/// annotations (<see cref="ContextVectorsEstimator"/>): vectors of what was read say which cases are wrong.</para>
/// </remarks>
public static class ErrorSlices
{
    /// <summary>Finds the slices.</summary>
    /// <param name="vectors">The vector of each case: joint context vectors, or features. Cases with a value that is not finite are ignored.</param>
    /// <param name="labels">The true label of each case; null if it has none, and is ignored.</param>
    /// <param name="wrong">Whether the model read the case wrong.</param>
    /// <param name="options">How to look; null for the defaults.</param>
    /// <returns>
    /// The slices, the worst first: by the lower end of the interval of their error rate, minus the error rate of the rest of the label. Of slices
    /// that share half of the cases of the smaller one, only the first is listed. Empty if there are none.
    /// </returns>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    public static IReadOnlyList<ErrorSlice> Find(
        IReadOnlyList<float[]> vectors,
        IReadOnlyList<string?> labels,
        IReadOnlyList<bool> wrong,
        ErrorSlicesOptions? options = null
    )
    {
        ArgumentNullException.ThrowIfNull(vectors);
        ArgumentNullException.ThrowIfNull(labels);
        ArgumentNullException.ThrowIfNull(wrong);
        options ??= new();
        options.Check();
        if (vectors.Count != labels.Count || vectors.Count != wrong.Count)
            throw new ArgumentException(
                ErrorCode.LengthMismatch.Message($"There are {vectors.Count} vectors, {labels.Count} labels and {wrong.Count} decisions."),
                nameof(labels)
            );
        List<(string Label, int[] Cases, int[] All)> clusters = [];
        foreach (
            IGrouping<string, int> label in Enumerable
                .Range(0, vectors.Count)
                .Where(i => labels[i] is not null && Array.TrueForAll(vectors[i], float.IsFinite))
                .GroupBy(i => labels[i]!, StringComparer.Ordinal)
                .OrderBy(group => group.Key, StringComparer.Ordinal)
        )
        {
            int[] all = [.. label];
            // Without an error, or with nothing else, no cluster differs from the rest, whatever it has.
            if (Array.Exists(all, i => wrong[i]) && Array.Exists(all, i => !wrong[i]))
                clusters.AddRange(Clusters(vectors, all, options).Select(cases => (label.Key, cases, all)));
        }

        double[] tails = [.. clusters.Select(c => Tail(c.Cases.Count(i => wrong[i]), c.Cases.Length, c.All.Count(i => wrong[i]), c.All.Length))];
        double[] adjusted = BenjaminiHochberg(tails);
        List<ErrorSlice> found = [];
        foreach (
            ErrorSlice slice in clusters
                .Select((c, k) => Slice(c.Label, c.Cases, c.All, vectors, wrong, adjusted[k]))
                .Where(slice => slice.Significance <= options.FalseDiscoveryRate)
                .OrderByDescending(slice => slice.ErrorRate.Low - slice.OtherErrorRate)
                .ThenBy(slice => slice.Cases[0])
        )
        {
            if (found.TrueForAll(other => 2 * slice.Cases.Intersect(other.Cases).Count() < Math.Min(slice.Cases.Count, other.Cases.Count)))
                found.Add(slice);
        }

        return found;
    }

    /// <summary>
    /// The probability that so many cases of a slice, or more, are wrong if the wrong ones of the label are anywhere in it (the upper tail of the
    /// hypergeometric distribution).
    /// </summary>
    /// <param name="errors">The wrong cases of the slice.</param>
    /// <param name="cases">The cases of the slice.</param>
    /// <param name="allErrors">The wrong cases of the label.</param>
    /// <param name="all">The cases of the label.</param>
    internal static double Tail(int errors, int cases, int allErrors, int all)
    {
        double[] logs = new double[all + 1];
        for (int i = 2; i <= all; i++)
            logs[i] = logs[i - 1] + Math.Log(i);
        double Choose(int n, int k) => logs[n] - logs[k] - logs[n - k];
        double tail = 0,
            whole = Choose(all, cases);
        for (int k = Math.Max(errors, cases + allErrors - all); k <= Math.Min(cases, allErrors); k++)
            tail += Math.Exp(Choose(allErrors, k) + Choose(all - allErrors, cases - k) - whole);
        return Math.Min(tail, 1);
    }

    /// <summary>For each p-value the smallest rate of false discoveries at which it is a discovery.</summary>
    internal static double[] BenjaminiHochberg(IReadOnlyList<double> values)
    {
        int[] order = [.. Enumerable.Range(0, values.Count).OrderByDescending(i => values[i])];
        double[] adjusted = new double[values.Count];
        double least = 1;
        for (int rank = 0; rank < order.Length; rank++)
            adjusted[order[rank]] = least = Math.Min(least, values[order[rank]] * values.Count / (values.Count - rank));
        return adjusted;
    }

    /// <summary>The clusters of all levels, none twice.</summary>
    private static IEnumerable<int[]> Clusters(IReadOnlyList<float[]> vectors, int[] all, ErrorSlicesOptions options)
    {
        float[][] points = [.. all.Select(i => vectors[i])];
        HashSet<string> known = new(StringComparer.Ordinal);
        for (int count = 2; count <= options.MaximumClusters && count * options.MinimumCases <= all.Length; count++)
        {
            KMeansResult clusters = KMeans.Fit(points, count, Seeds.Mix(options.Seed, count), cancellation: options.Cancellation);
            for (int cluster = 0; cluster < clusters.Centroids.Length; cluster++)
            {
                int[] cases = [.. all.Where((_, place) => clusters.Assignment[place] == cluster)];
                if (cases.Length >= options.MinimumCases && cases.Length < all.Length && known.Add(string.Join(' ', cases)))
                    yield return cases;
            }
        }
    }

    private static ErrorSlice Slice(
        string label,
        int[] cases,
        int[] all,
        IReadOnlyList<float[]> vectors,
        IReadOnlyList<bool> wrong,
        double significance
    )
    {
        int errors = cases.Count(i => wrong[i]);
        return new ErrorSlice(
            label,
            cases,
            errors,
            Intervals.Wilson(errors, cases.Length),
            (all.Count(i => wrong[i]) - errors) / (double)(all.Length - cases.Length),
            significance,
            Medoids.Of(vectors, cases)
        );
    }
}
