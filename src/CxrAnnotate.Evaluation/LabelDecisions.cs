namespace CxrAnnotate;

/// <summary>
/// The cases that matter for the decisions on one label, listed once: the cost of a resample then grows with the occurrences of the label, not with
/// the number of cases. Cases in which the label is unknown are excluded.
/// </summary>
internal sealed class LabelDecisions
{
    private readonly int[] _present,
        _predicted,
        _hits;

    internal LabelDecisions(EvaluationCases cases, int label)
    {
        int[] known = [.. Enumerable.Range(0, cases.Count).Where(i => !float.IsNaN(cases.Truth[i][label]))];
        _present = [.. known.Where(i => cases.Truth[i][label] == 1)];
        _predicted = [.. known.Where(i => cases.Decisions[i][label] == 1)];
        _hits = [.. _present.Where(i => cases.Decisions[i][label] == 1)];
    }

    /// <summary>The counts of the original cases.</summary>
    internal DecisionCounts Unweighted => new(_hits.Length, _predicted.Length, _present.Length);

    /// <summary>The counts of a weighted sample.</summary>
    internal DecisionCounts On(ReadOnlySpan<int> weights) => new(Sum(_hits, weights), Sum(_predicted, weights), Sum(_present, weights));

    private static long Sum(int[] cases, ReadOnlySpan<int> weights)
    {
        long sum = 0;
        foreach (int i in cases)
            sum += weights[i];
        return sum;
    }
}
