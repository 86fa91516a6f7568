namespace CxrAnnotate;

/// <summary>
/// The number of clusters that the paper's second iteration makes of each label (section 4.2 of its specification). The program counted images over
/// two passes, so every image twice; the same rule on single counts has half the threshold and half the images per cluster.
/// </summary>
internal static class PaperClusterRule
{
    /// <summary>How often the program counted every image.</summary>
    internal const int Passes = 2;

    private const int Batch = 10;

    /// <summary>Rows per cluster, as the program counted.</summary>
    internal const int RowsPerCluster = 50;

    /// <summary>Applies the rule.</summary>
    /// <param name="counts">First words and their images, most frequent first.</param>
    /// <param name="hasNormal">Whether there is a label without findings, which stays whole.</param>
    internal static ClusteringReport Apply(IReadOnlyList<(string Word, int Images)> counts, bool hasNormal)
    {
        int images = counts.Sum(c => c.Images),
            rows = images / Batch * Batch * Passes;
        double doubled = counts.Count == 0 ? 0 : counts.Average(c => (double)Passes * c.Images);
        double mean = counts.Count == 0 ? 0 : (double)rows / counts.Count;
        double deviation = counts.Count == 0 ? 0 : Math.Sqrt(counts.Average(c => Math.Pow((Passes * c.Images) - doubled, 2)));
        int threshold = (int)Math.Round(mean + deviation, MidpointRounding.ToEven),
            single = (threshold + Passes - 1) / Passes;
        int normal = hasNormal ? 1 : 0;
        return new ClusteringReport
        {
            Images = images,
            CountedRows = rows,
            FirstWords = counts.Count,
            Minimum = counts.Count == 0 ? 0 : Passes * counts.Min(c => c.Images),
            Maximum = counts.Count == 0 ? 0 : Passes * counts.Max(c => c.Images),
            Mean = counts.Count == 0 ? null : mean,
            StandardDeviation = counts.Count == 0 ? null : deviation,
            Threshold = threshold,
            Labels = normal + counts.Sum(c => Clusters(Passes * c.Images, threshold, RowsPerCluster)),
            SingleThreshold = single,
            LabelsBySingleCount = normal + counts.Sum(c => Clusters(c.Images, single, RowsPerCluster / Passes)),
            Words = [.. counts.Select(c => new ClusteredLabel(c.Word, c.Images, Clusters(Passes * c.Images, threshold, RowsPerCluster)))],
        };
    }

    /// <summary>The clusters of a label: one below the threshold, else a whole number of clusters of the given size.</summary>
    internal static int Clusters(int count, int threshold, int perCluster) => count < threshold ? 1 : Math.Max(1, count / perCluster);
}
