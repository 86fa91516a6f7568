namespace CxrAnnotate;

/// <summary>Computes the picture of a joint image/text space.</summary>
internal static class SpaceProjection
{
    /// <summary>Projects and clusters cases.</summary>
    /// <param name="vectors">The context vector of each case; cases with a value that is not finite are left out.</param>
    /// <param name="labels">The label of each case; null leaves it out.</param>
    /// <param name="captions">The words of each case's annotation.</param>
    /// <param name="clustering">How labels are divided; null for the defaults. Its seed is 2016 if it is not set.</param>
    /// <param name="cancellation">Cancels the clustering.</param>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    internal static JointSpace Of(
        IReadOnlyList<float[]> vectors,
        IReadOnlyList<string?> labels,
        IReadOnlyList<IReadOnlyList<string>> captions,
        ContextClusteringOptions? clustering = null,
        CancellationToken cancellation = default
    )
    {
        ArgumentNullException.ThrowIfNull(vectors);
        ArgumentNullException.ThrowIfNull(labels);
        ArgumentNullException.ThrowIfNull(captions);
        clustering ??= new();
        clustering.Check();
        if (vectors.Count != labels.Count || vectors.Count != captions.Count)
            throw new ArgumentException(
                ErrorCode.LengthMismatch.Message($"There are {vectors.Count} vectors, {labels.Count} labels and {captions.Count} captions."),
                nameof(labels)
            );
        int[] cases = [.. Enumerable.Range(0, vectors.Count).Where(i => labels[i] is not null && Array.TrueForAll(vectors[i], float.IsFinite))];
        if (cases.Length == 0)
            return new JointSpace([], [], [0, 0], double.NaN, double.NaN);
        float[][] points = [.. cases.Select(i => vectors[i])];
        string[] names = [.. cases.Select(i => labels[i]!).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        int[] label = [.. cases.Select(i => Array.IndexOf(names, labels[i]))];
        int seed = clustering.Seed ?? 2016;
        ContextClusters clusters = ContextClustering.Fit(names, label, points, clustering, seed, cancellation);
        int[] cluster = [.. points.Select((point, p) => clusters.Assign(label[p], point))];
        PrincipalAxes axes = PrincipalAxes.Of(points, 2);
        double[][] places = [.. points.Select(axes.Project)];
        IReadOnlySet<string>[] words = [.. cases.Select(i => TypicalWord.In(captions[i]))];
        double[]? silhouettes = Silhouettes(points, cluster, seed, cancellation);
        return new JointSpace(
            [.. cases.Select((i, p) => new JointSpacePoint(i, places[p][0], places[p][1], labels[i]!, cluster[p]))],
            [.. clusters.Clusters.Select((one, c) => Cluster(one, [.. Enumerable.Range(0, cases.Length).Where(p => cluster[p] == c)]))],
            axes.Shares,
            Mean(Silhouettes(points, label, seed, cancellation)),
            Mean(silhouettes)
        );

        JointSpaceCluster Cluster(ContextCluster of, int[] own) =>
            new(
                of.Name,
                of.BaseLabel,
                own.Length,
                silhouettes is null ? double.NaN : Mean([.. own.Select(p => silhouettes[p])]),
                cases[Medoids.Of(points, own)],
                TypicalWord.Of(own, words, TypicalWord.Most)
            );
    }

    /// <summary>The silhouette of each point that is not NaN; null with fewer than two clusters.</summary>
    private static double[]? Silhouettes(IReadOnlyList<float[]> points, int[] assignment, int seed, CancellationToken cancellation) =>
        assignment.Distinct().Skip(1).Any() ? Silhouette.OfPoints(points, assignment, seed, cancellation: cancellation) : null;

    private static double Mean(double[]? silhouettes) => silhouettes is null ? double.NaN : Statistic.MeanOfDefined(silhouettes);
}
