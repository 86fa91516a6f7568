namespace CxrAnnotate;

public sealed partial class ChestXrayCatalog
{
    /// <summary>Adds a sampling weight to each row by its label, so that trainers see diseases as often as normal studies (data dropout of the paper).</summary>
    /// <param name="outputColumnName">The weight column to add: Single, the expected number of draws of the row in an epoch.</param>
    /// <param name="labelColumnName">The label column: a key with text names.</param>
    /// <param name="method">The rule from class sizes to weights.</param>
    /// <exception cref="ArgumentException">A column name is empty.</exception>
    public BalanceClassesEstimator BalanceClasses(
        string outputColumnName = "SamplingWeight", string labelColumnName = "Label", BalancingMethod method = BalancingMethod.DataDropout) =>
        BalanceClasses(new BalanceClassesOptions { OutputColumnName = outputColumnName, LabelColumnName = labelColumnName, Method = method });

    /// <summary>Adds a sampling weight to each row by its label.</summary>
    /// <param name="options">The method and its numbers.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range; the parameter name is the option's.</exception>
    public BalanceClassesEstimator BalanceClasses(BalanceClassesOptions options) => new(Context, options);
}
