namespace CxrAnnotate;

/// <summary>
/// How sure it is that an iteration reads the validation rows better than the earlier iteration that would be kept without it: the difference of
/// their validation scores by the paired bootstrap, in which whole patients (or studies) are drawn, each draw once for both.
/// </summary>
/// <param name="Against">The earlier iteration, from 1.</param>
/// <param name="Difference">The validation score of this iteration minus that of the earlier one, from -1 to 1.</param>
/// <param name="Low">The lower end of its 95 % interval; null if there are fewer than two patients.</param>
/// <param name="High">The upper end.</param>
/// <param name="ProbabilityBetter">The share of the resamples in which this iteration has the higher score, from 0 to 1; equal scores count half.
/// Null if there are fewer than two patients.</param>
/// <param name="Rows">The number of validation rows.</param>
/// <param name="Groups">The number of patients (or studies) that they belong to.</param>
/// <param name="Resamples">The number of resamples.</param>
public sealed record IterationEvidence(
    int Against,
    double Difference,
    double? Low,
    double? High,
    double? ProbabilityBetter,
    int Rows,
    int Groups,
    int Resamples
)
{
    /// <value>Whether the earlier iteration is better by more than chance: the interval is below 0.</value>
    [System.Text.Json.Serialization.JsonIgnore]
    public bool FavoursEarlier => High < 0;

    /// <value>Whether the difference is more than chance: the interval excludes 0.</value>
    [System.Text.Json.Serialization.JsonIgnore]
    public bool IsConclusive => High < 0 || Low > 0;
}
