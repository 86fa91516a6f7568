namespace CxrAnnotate;

/// <summary>Options of <see cref="RelabelByContextEstimator"/>.</summary>
public sealed record RelabelByContextOptions
{
    /// <value>The output label column: a key, or if multi-label a vector. The default value is <c>Label</c>, which hides the base labels.</value>
    public string OutputColumnName { get; init; } = "Label";

    /// <value>The column of base labels: a key with text names, or a vector of Single with findings as slot names. The default value is
    /// <c>Label</c>.</value>
    public string LabelColumnName { get; init; } = "Label";

    /// <value>The column of joint image/text context vectors, as <see cref="ContextVectorsEstimator"/> writes it: a vector of Single of known size,
    /// or if multi-label a matrix with a row for each finding. The default value is <c>ContextVector</c>.</value>
    public string ContextColumnName { get; init; } = "ContextVector";

    /// <value>How labels are split. The default value is <see cref="ClusterRule.Silhouette"/> with its defaults.</value>
    public ContextClusteringOptions Clustering { get; init; } = new();

    /// <value>Cancels the clustering, which then throws <see cref="OperationCanceledException"/>. The default value is none.</value>
    public CancellationToken Cancellation { get; init; }

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
