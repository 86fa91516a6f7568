namespace CxrAnnotate;

/// <summary>The parts of one base label: a single one, or several around centroids.</summary>
/// <param name="BaseLabel">The label.</param>
/// <param name="First">The index of its first part among all new labels.</param>
/// <param name="Centroids">One per part; empty if the label was not split.</param>
/// <param name="Sizes">The training cases of each part.</param>
/// <param name="Silhouette">The mean silhouette of the split, null if there is none.</param>
internal sealed record LabelSplit(string BaseLabel, int First, float[][] Centroids, int[] Sizes, double? Silhouette);

/// <summary>The labels of the next iteration, in the order of the base labels, and the assignment of context vectors to them.</summary>
internal sealed class ContextClusters
{
    private readonly LabelSplit[] _labels;

    internal ContextClusters(IEnumerable<LabelSplit> labels, int dimension)
    {
        _labels = [.. labels];
        Dimension = dimension;
        Clusters =
        [
            .. _labels.SelectMany(label =>
                label.Sizes.Select(
                    (cases, i) =>
                        new ContextCluster(
                            label.Centroids.Length > 0 ? BaseLabels.PartName(label.BaseLabel, i + 1) : label.BaseLabel,
                            label.BaseLabel,
                            cases,
                            label.Silhouette
                        )
                )
            ),
        ];
        Names = [.. Clusters.Select(cluster => cluster.Name)];
        BaseNames = [.. _labels.Select(label => label.BaseLabel)];
    }

    /// <summary>The length of a context vector.</summary>
    internal int Dimension { get; }

    internal IReadOnlyList<LabelSplit> Labels => _labels;

    internal IReadOnlyList<ContextCluster> Clusters { get; }

    /// <summary>The names of the new labels.</summary>
    internal IReadOnlyList<string> Names { get; }

    internal string[] BaseNames { get; }

    internal bool IsSplit(int baseLabel) => _labels[baseLabel].Centroids.Length > 0;

    /// <summary>
    /// The index of the new label of a case: the part of its base label with the nearest centroid; -1 if unknown (a vector with NaN).
    /// </summary>
    /// <param name="baseLabel">The index of the base label.</param>
    /// <param name="context">The case's context vector; ignored if the label was not split.</param>
    internal int Assign(int baseLabel, ReadOnlySpan<float> context)
    {
        LabelSplit label = _labels[baseLabel];
        if (label.Centroids.Length == 0)
            return label.First;
        foreach (float value in context)
        {
            if (!float.IsFinite(value))
                return -1;
        }
        return label.First + KMeans.Nearest(context, label.Centroids);
    }
}
