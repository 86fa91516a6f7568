namespace CxrAnnotate;

public sealed partial class ChestXrayCatalog
{
    /// <summary>Splits each label into the groups that the context vectors of its cases form. See <see cref="RelabelByContextEstimator"/>.</summary>
    /// <param name="outputColumnName">The key column to write.</param>
    /// <param name="labelColumnName">The key column of base labels.</param>
    /// <param name="contextColumnName">The column of joint image/text context vectors.</param>
    /// <param name="rule">How the number of clusters of a label is chosen.</param>
    /// <param name="maximumClusters">The most clusters a label is split into.</param>
    /// <param name="minimumClusterSize">The fewest cases in a cluster.</param>
    /// <param name="seed">Seed of the clustering; null draws one from the context's seed.</param>
    public RelabelByContextEstimator RelabelByContext(string outputColumnName = "Label", string labelColumnName = "Label", string contextColumnName = "ContextVector",
        ClusterRule rule = ClusterRule.Silhouette, int maximumClusters = 8, int minimumClusterSize = 25, int? seed = null) => RelabelByContext(new RelabelByContextOptions
        {
            OutputColumnName = outputColumnName,
            LabelColumnName = labelColumnName,
            ContextColumnName = contextColumnName,
            Clustering = new() { Rule = rule, MaximumClusters = maximumClusters, MinimumClusterSize = minimumClusterSize, Seed = seed },
        });

    /// <summary>Splits each label into the groups that the context vectors of its cases form. See <see cref="RelabelByContextEstimator"/>.</summary>
    /// <param name="options">Columns and clustering.</param>
    public RelabelByContextEstimator RelabelByContext(RelabelByContextOptions options) => new(Context, options);
}
