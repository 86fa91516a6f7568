namespace CxrAnnotate;

/// <summary>How <see cref="ErrorSlices"/> looks for the clusters in which a model does worst.</summary>
public sealed record ErrorSlicesOptions
{
    /// <value>The largest number of clusters that the cases of a label are divided into, at least 2. The default value is 8.</value>
    public int MaximumClusters { get; init; } = 8;

    /// <value>The least number of cases of a slice, at least 1. The default value is 10.</value>
    public int MinimumCases { get; init; } = 10;

    /// <value>
    /// The expected share of slices that are listed by chance among those listed (Benjamini and Hochberg, 1995), above 0 and below 1. The default
    /// value is 0.05.
    /// </value>
    public double FalseDiscoveryRate { get; init; } = 0.05;

    /// <value>Seed of the clustering. The default value is 2016.</value>
    public int Seed { get; init; } = 2016;

    /// <value>Cancels the search. The default value is none.</value>
    public CancellationToken Cancellation { get; init; }

    /// <exception cref="ArgumentOutOfRangeException">A value is out of its range; the parameter name is the option's.</exception>
    internal void Check()
    {
        OptionChecks.Require(MaximumClusters >= 2, nameof(MaximumClusters), MaximumClusters, "at least 2");
        OptionChecks.Require(MinimumCases >= 1, nameof(MinimumCases), MinimumCases, "at least 1");
        OptionChecks.Require(FalseDiscoveryRate is > 0 and < 1, nameof(FalseDiscoveryRate), FalseDiscoveryRate, "above 0 and below 1");
    }
}
