namespace CxrAnnotate;

/// <summary>Options of multi-label image networks. Used if the label column is a vector of Single (1 present, 0 absent, NaN unknown).</summary>
public sealed record MultiLabelOptions
{
    /// <value>The loss of a finding; unknown findings have none. The default value is <see cref="BinaryLoss.CrossEntropy"/>.</value>
    public BinaryLoss Loss { get; init; }

    /// <value>The exponent of <see cref="BinaryLoss.Focal"/>, 0 or more. The default value is 2, as in its paper.</value>
    public double FocalExponent { get; init; } = 2;

    /// <value>The exponent of <see cref="BinaryLoss.Asymmetric"/> for findings that are present, 0 or more. The default value is 0.</value>
    public double PositiveExponent { get; init; }

    /// <value>The exponent of <see cref="BinaryLoss.Asymmetric"/> for findings that are absent, 0 or more. The default value is 4.</value>
    public double NegativeExponent { get; init; } = 4;

    /// <value>Margin by which <see cref="BinaryLoss.Asymmetric"/> lowers the probability of an absent finding, 0 to below 1. The default value is
    /// 0.05.</value>
    public double ProbabilityMargin { get; init; } = 0.05;

    /// <value>
    /// A present finding's loss is weighted by (absent rows / present rows) to this power: 0 does not reweight, 1 balances presence and absence. With
    /// cross-entropy, <see cref="ClassifyDiseaseOptions.PriorCorrection"/> corrects the probabilities for the weight. From 0 to 1. The default value
    /// is 0.5.
    /// </value>
    public double PositiveBalance { get; init; } = 0.5;

    /// <value>The largest such weight, at least 1. The default value is 20.</value>
    public double MaximumPositiveWeight { get; init; } = 20;

    /// <value>
    /// Minimum number of validation rows with a finding, and without it, for its threshold to be chosen by F1; otherwise the threshold is 0.5. At
    /// least 1. The default value is 5.
    /// </value>
    public int MinimumThresholdCases { get; init; } = 5;

    internal void Check()
    {
        OptionChecks.Require(Enum.IsDefined(Loss), nameof(Loss), Loss, "one of the values of the enumeration");
        OptionChecks.Require(FocalExponent >= 0 && double.IsFinite(FocalExponent), nameof(FocalExponent), FocalExponent, "0 or more");
        OptionChecks.Require(PositiveExponent >= 0 && double.IsFinite(PositiveExponent), nameof(PositiveExponent), PositiveExponent, "0 or more");
        OptionChecks.Require(NegativeExponent >= 0 && double.IsFinite(NegativeExponent), nameof(NegativeExponent), NegativeExponent, "0 or more");
        OptionChecks.Require(ProbabilityMargin is >= 0 and < 1, nameof(ProbabilityMargin), ProbabilityMargin, "from 0 to below 1");
        OptionChecks.Require(PositiveBalance is >= 0 and <= 1, nameof(PositiveBalance), PositiveBalance, "from 0 to 1");
        OptionChecks.Require(
            MaximumPositiveWeight >= 1 && double.IsFinite(MaximumPositiveWeight),
            nameof(MaximumPositiveWeight),
            MaximumPositiveWeight,
            "at least 1"
        );
        OptionChecks.Require(MinimumThresholdCases >= 1, nameof(MinimumThresholdCases), MinimumThresholdCases, "at least 1");
    }
}
