namespace CxrAnnotate;

/// <summary>Options of <see cref="RelabelByContextEstimator"/>.</summary>
public sealed record RelabelByContextOptions
{
    /// <value>The key column to write. The default value is <c>Label</c>, which hides the base labels.</value>
    public string OutputColumnName { get; init; } = "Label";

    /// <value>The key column of base labels. The default value is <c>Label</c>.</value>
    public string LabelColumnName { get; init; } = "Label";

    /// <value>The column of joint image/text context vectors (a vector of Single of known size). The default value is <c>ContextVector</c>.</value>
    public string ContextColumnName { get; init; } = "ContextVector";

    /// <value>How labels are split. The default value is <see cref="ClusterRule.Silhouette"/> with its defaults.</value>
    public ContextClusteringOptions Clustering { get; init; } = new();

    /// <exception cref="ArgumentOutOfRangeException">A value is out of its range; the parameter name is the option's.</exception>
    /// <exception cref="ArgumentException">A column name is empty.</exception>
    internal void Check()
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(OutputColumnName);
        ArgumentException.ThrowIfNullOrWhiteSpace(LabelColumnName);
        ArgumentException.ThrowIfNullOrWhiteSpace(ContextColumnName);
        ArgumentNullException.ThrowIfNull(Clustering);
        Clustering.Check();
    }
}
