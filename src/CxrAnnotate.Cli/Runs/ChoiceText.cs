using System.Globalization;

namespace CxrAnnotate.Cli;

/// <summary>How sure the choice of the iteration is, in words.</summary>
internal static class ChoiceText
{
    /// <summary>One sentence; null with a single iteration or without validation rows.</summary>
    internal static string? Of(IReadOnlyList<IterationSummary> iterations, int chosen)
    {
        // What the choice rests on: the comparison that the chosen iteration won, or else the one that a later iteration lost.
        IterationSummary? compared =
            iterations.LastOrDefault(one => one.Iteration == chosen && one.Evidence is not null)
            ?? iterations.LastOrDefault(one => one.Evidence?.Against == chosen);
        if (compared?.Evidence is not { } evidence)
            return null;
        string groups = Amount.Of(evidence.Groups, "patient", "patients");
        string lead = string.Create(
            CultureInfo.InvariantCulture,
            $"Iteration {compared.Iteration} minus iteration {evidence.Against} on {evidence.Rows:N0} validation images of {groups}: "
                + $"{evidence.Difference:+0.000;-0.000;0.000}"
        );
        return evidence is not { Low: { } low, High: { } high, ProbabilityBetter: { } better }
            ? $"{lead}. There are too few patients for an interval."
            : lead
                + string.Create(
                    CultureInfo.InvariantCulture,
                    $" ({low:+0.000;-0.000;0.000} to {high:+0.000;-0.000;0.000}), ahead in {100 * better:F0} % of the resamples: "
                        + $"{(evidence.IsConclusive ? "more than chance" : "not more than chance")}."
                );
    }
}
