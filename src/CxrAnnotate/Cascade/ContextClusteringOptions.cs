namespace CxrAnnotate;

/// <summary>How the cases of each label are clustered into new labels by their context vectors (location and severity of the finding).</summary>
public sealed record ContextClusteringOptions
{
    /// <value>How the number of clusters of a label is chosen. The default value is <see cref="ClusterRule.Silhouette"/>.</value>
    public ClusterRule Rule { get; init; } = ClusterRule.Silhouette;

    /// <value>The maximum number of clusters of a label, at least 2 (<see cref="ClusterRule.Silhouette"/> only). The default value is 8.</value>
    public int MaximumClusters { get; init; } = 8;

    /// <value>
    /// The mean silhouette, from -1 to below 1, that the best split of a label must reach; otherwise the label is not split
    /// (<see cref="ClusterRule.Silhouette"/> only). The default value is 0.25, below which Kaufman and Rousseeuw (1990) see no substantial structure.
    /// </value>
    public double MinimumSilhouette { get; init; } = 0.25;

    /// <value>
    /// The minimum number of cases in a cluster, at least 1; the cases of smaller clusters join the nearest ones
    /// (<see cref="ClusterRule.Silhouette"/> only). The default value is 25, the cases per cluster of the paper's rule.
    /// </value>
    public int MinimumClusterSize { get; init; } = 25;

    /// <value>Labels that are never split and that <see cref="ClusterRule.Paper"/> does not count. The default value is <c>normal</c>.</value>
    public IReadOnlyList<string> NormalLabels { get; init; } = [MeshAnnotation.Normal];

    /// <value>The number of k-means runs from different initial centroids, at least 1. The default value is 10.</value>
    public int Restarts { get; init; } = KMeans.DefaultRestarts;

    /// <value>Seed of the clustering; null derives one from the context's seed. The default value is null.</value>
    public int? Seed { get; init; }

    /// <exception cref="ArgumentOutOfRangeException">A value is out of its range; the parameter name is the option's.</exception>
    internal void Check()
    {
        if (!Enum.IsDefined(Rule))
            throw new ArgumentOutOfRangeException(
                nameof(Rule),
                Rule,
                ErrorCode.OptionOutOfRange.Message($"{nameof(Rule)} must be one of {string.Join(", ", Enum.GetNames<ClusterRule>())}.")
            );
        ArgumentOutOfRangeException.ThrowIfLessThan(MaximumClusters, 2);
        if (!(MinimumSilhouette is >= -1 and < 1))
            throw new ArgumentOutOfRangeException(
                nameof(MinimumSilhouette),
                MinimumSilhouette,
                ErrorCode.OptionOutOfRange.Message($"{nameof(MinimumSilhouette)} must be from -1 to below 1.")
            );
        ArgumentOutOfRangeException.ThrowIfLessThan(MinimumClusterSize, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(Restarts, 1);
        ArgumentNullException.ThrowIfNull(NormalLabels);
    }
}
