namespace CxrAnnotate;

/// <summary>How <see cref="BalanceClassesEstimator"/> weights rows.</summary>
public sealed record BalanceClassesOptions
{
    /// <value>The output column: Single, the expected number of draws of a row per epoch. The default value is <c>SamplingWeight</c>.</value>
    public string OutputColumnName { get; init; } = "SamplingWeight";

    /// <value>The label column: a key with text names. The default value is <c>Label</c>.</value>
    public string LabelColumnName { get; init; } = "Label";

    /// <value>The rule from class sizes to weights. The default value is <see cref="BalancingMethod.DataDropout"/>.</value>
    public BalancingMethod Method { get; init; } = BalancingMethod.DataDropout;

    /// <value>
    /// The labels of studies without findings, compared ignoring case; of a name like <c>normal#2</c>, only the part before <c>#</c> is compared.
    /// Only <see cref="BalancingMethod.DataDropout"/> treats them specially. The default value is <c>normal</c>.
    /// </value>
    public IReadOnlyList<string> NormalLabels { get; init; } = [MeshAnnotation.Normal];

    /// <value>
    /// Draws of each class in an epoch, as a multiple of the rows of the most frequent disease, as long as there are enough normal rows to drop;
    /// above 0. The default value is 4, as in the paper, which kept 4 * 139 / 2157 = 26 % of the normal rows.
    /// </value>
    public double NormalRatio { get; init; } = 4;

    /// <value>
    /// Whether rows of a disease are repeated an integer number of times (rounded, at least once), as in the paper's lists of files. Normal rows keep
    /// their fraction. The default value is false: fractions are kept, so that classes are drawn equally often.
    /// </value>
    public bool WholeCopies { get; init; }

    /// <value>Beta of <see cref="BalancingMethod.EffectiveNumber"/>, from 0 (no rebalancing) to below 1 (towards inverse frequency). The default
    /// value is 0.999.</value>
    public double Beta { get; init; } = 0.999;

    /// <value>The largest weight of a row, above 0: bounds how often one radiograph of a rare disease is seen in an epoch. The default value is
    /// infinity.</value>
    public double MaximumWeight { get; init; } = double.PositiveInfinity;

    /// <value>
    /// The expected number of rows in an epoch, at least 1, to which all weights are scaled (as far as <see cref="MaximumWeight"/> allows); null lets
    /// the method decide. The default value is null.
    /// </value>
    public int? RowsPerEpoch { get; init; }

    /// <value>Cancels Fit. The default value is none.</value>
    public CancellationToken Cancellation { get; init; }

    /// <summary>Checks every value.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of its range; the parameter name is the option's.</exception>
    internal void Check()
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(OutputColumnName);
        ArgumentException.ThrowIfNullOrWhiteSpace(LabelColumnName);
        ArgumentNullException.ThrowIfNull(NormalLabels);
        OptionChecks.Require(Enum.IsDefined(Method), nameof(Method), Method, "one of the methods");
        OptionChecks.Require(NormalRatio > 0 && double.IsFinite(NormalRatio), nameof(NormalRatio), NormalRatio, "above 0 and finite");
        OptionChecks.Require(Beta is >= 0 and < 1, nameof(Beta), Beta, "from 0 to below 1");
        OptionChecks.Require(MaximumWeight > 0, nameof(MaximumWeight), MaximumWeight, "above 0");
        OptionChecks.Require(RowsPerEpoch is null or >= 1, nameof(RowsPerEpoch), RowsPerEpoch, "at least 1, or null");
    }
}
