namespace CxrAnnotate;

/// <summary>
/// Splits labels by the context of their cases (Shin et al., 2016, section on joint image/text context vectors): the vectors of each label's cases
/// are clustered, and each cluster becomes a label. The result does not depend on the order of the cases.
/// </summary>
internal static class ContextClustering
{
    /// <summary>Clusters the cases of every label.</summary>
    /// <param name="labelNames">The base labels.</param>
    /// <param name="labels">The label of each case, an index into <paramref name="labelNames"/>; -1 if the case has none and is ignored.</param>
    /// <param name="vectors">The context vector of each case, all of the same length; cases with non-finite values are ignored.</param>
    /// <param name="options">The rule.</param>
    /// <param name="seed">Seed of k-means.</param>
    /// <param name="cancellation">Cancels the clustering.</param>
    internal static ContextClusters Fit(
        IReadOnlyList<string> labelNames,
        IReadOnlyList<int> labels,
        IReadOnlyList<float[]> vectors,
        ContextClusteringOptions options,
        int seed,
        CancellationToken cancellation = default
    )
    {
        List<float[]>[] cases = [.. labelNames.Select(_ => new List<float[]>())];
        for (int i = 0; i < labels.Count; i++)
        {
            if (labels[i] >= 0 && IsFinite(vectors[i]))
                cases[labels[i]].Add(vectors[i]);
        }
        bool[] normal = [.. labelNames.Select(options.NormalLabels.Contains)];
        int[] paper = PaperClusters([.. cases.Select((c, label) => normal[label] ? 0 : c.Count)]);
        List<LabelSplit> parts = [];
        int first = 0;
        for (int label = 0; label < cases.Length; label++)
        {
            cancellation.ThrowIfCancellationRequested();
            cases[label].Sort(Compare);
            int labelSeed = Seeds.Mix(seed, label);
            (KMeansResult Clusters, double Silhouette)? split =
                normal[label] ? null
                : options.Rule == ClusterRule.Paper ? SplitInto(cases[label], paper[label], options, labelSeed, cancellation)
                : BestSplit(cases[label], options, labelSeed, cancellation);
            parts.Add(
                split is var (clusters, silhouette)
                    ? Parts(labelNames[label], first, clusters, silhouette)
                    : new LabelSplit(labelNames[label], first, [], [cases[label].Count], null)
            );
            first += parts[^1].Sizes.Length;
        }
        return new ContextClusters(parts, vectors.Count > 0 ? vectors[0].Length : 0);
    }

    /// <summary>The number of clusters of each label under <see cref="ClusterRule.Paper"/>.</summary>
    /// <param name="cases">The number of cases of each label, 0 for normal labels; labels without cases are ignored.</param>
    internal static int[] PaperClusters(IReadOnlyList<int> cases)
    {
        double[] doubled = [.. cases.Where(n => n > 0).Select(n => (double)PaperClusterRule.Passes * n)];
        if (doubled.Length == 0)
            return [.. cases.Select(_ => 1)];
        double mean = doubled.Average();
        double deviation = Math.Sqrt(doubled.Average(n => (n - mean) * (n - mean)));
        int threshold = (int)Math.Round(mean + deviation, MidpointRounding.AwayFromZero);
        return [.. cases.Select(n => PaperClusterRule.Clusters(PaperClusterRule.Passes * n, threshold, PaperClusterRule.RowsPerCluster))];
    }

    private static (KMeansResult, double)? SplitInto(
        List<float[]> cases,
        int clusters,
        ContextClusteringOptions options,
        int seed,
        CancellationToken cancellation
    )
    {
        if (clusters < 2)
            return null;
        KMeansResult result = KMeans.Fit(cases, clusters, seed, options.Restarts, cancellation: cancellation);
        return result.Centroids.Length < 2 ? null : (result, Silhouette.Means(cases, [result.Assignment], seed, cancellation: cancellation)[0]);
    }

    private static (KMeansResult, double)? BestSplit(List<float[]> cases, ContextClusteringOptions options, int seed, CancellationToken cancellation)
    {
        List<KMeansResult> splits = [];
        int most = Math.Min(options.MaximumClusters, cases.Count / options.MinimumClusterSize);
        for (int clusters = 2; clusters <= most; clusters++)
        {
            KMeansResult split = WithMinimumSize(
                cases,
                KMeans.Fit(cases, clusters, seed, options.Restarts, cancellation: cancellation),
                options,
                cancellation
            );
            if (split.Centroids.Length >= 2)
                splits.Add(split);
        }
        if (splits.Count == 0)
            return null;
        double[] silhouettes = Silhouette.Means(cases, [.. splits.Select(split => split.Assignment)], seed, cancellation: cancellation);
        // Ties go to the first, which has the fewest clusters.
        int best = Array.IndexOf(silhouettes, silhouettes.Max());
        return silhouettes[best] >= options.MinimumSilhouette ? (splits[best], silhouettes[best]) : null;
    }

    /// <summary>Removes the smallest cluster while it is too small; its cases join the nearest clusters, whose centroids are updated.</summary>
    private static KMeansResult WithMinimumSize(
        List<float[]> cases,
        KMeansResult clusters,
        ContextClusteringOptions options,
        CancellationToken cancellation
    )
    {
        while (clusters.Centroids.Length > 1)
        {
            int[] sizes = clusters.Sizes();
            int smallest = Array.IndexOf(sizes, sizes.Min());
            if (sizes[smallest] >= options.MinimumClusterSize)
                break;
            clusters = KMeans.Refine(cases, [.. clusters.Centroids.Where((_, c) => c != smallest)], cancellation: cancellation);
        }
        return clusters;
    }

    private static LabelSplit Parts(string name, int first, KMeansResult clusters, double silhouette)
    {
        int[] sizes = clusters.Sizes();
        int[] order =
        [
            .. Enumerable
                .Range(0, sizes.Length)
                .OrderByDescending(c => sizes[c])
                .ThenBy(c => clusters.Centroids[c], Comparer<float[]>.Create(Compare)),
        ];
        return new LabelSplit(name, first, [.. order.Select(c => clusters.Centroids[c])], [.. order.Select(c => sizes[c])], silhouette);
    }

    private static int Compare(float[] a, float[] b) => a.AsSpan().SequenceCompareTo(b);

    private static bool IsFinite(float[] vector) => Array.TrueForAll(vector, float.IsFinite);
}
