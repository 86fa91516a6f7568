namespace CxrAnnotate;

/// <summary>The cases with both a true and an emitted annotation; counts that several metrics share are computed once.</summary>
internal sealed class AnnotationPairs
{
    private readonly int[] _cases;
    private readonly Lazy<NgramMatch[]> _matches;

    internal AnnotationPairs(EvaluationCases cases)
    {
        _cases = cases.Emitted is null ? [] : [.. Enumerable.Range(0, cases.Count).Where(i => !string.IsNullOrWhiteSpace(cases.Captions[i]))];
        Emitted = [.. _cases.Select(i => cases.Emitted![i])];
        True = [.. _cases.Select(i => cases.Captions[i])];
        _matches = new(() => [.. EmittedWords.Zip(TrueWords, CaptionMetrics.Match)]);
    }

    internal int Count => _cases.Length;

    /// <summary>The tokens of the emitted annotations.</summary>
    internal string[] Emitted { get; }

    /// <summary>The tokens of the true annotations.</summary>
    internal string[] True { get; }

    internal string[][] EmittedWords => [.. Emitted.Select(CaptionMetrics.Words)];

    /// <summary>The words of the true annotations, each the only reference.</summary>
    internal string[][][] TrueWords => [.. True.Select(tokens => new[] { CaptionMetrics.Words(tokens) })];

    /// <summary>The matching n-grams.</summary>
    internal NgramMatch[] Matches => _matches.Value;

    /// <summary>The case of a pair.</summary>
    internal int Case(int pair) => _cases[pair];

    /// <summary>The weights of the pairs, from the weights of the cases.</summary>
    internal int[] Weights(ReadOnlySpan<int> weights)
    {
        int[] picked = new int[_cases.Length];
        for (int p = 0; p < picked.Length; p++)
            picked[p] = weights[_cases[p]];
        return picked;
    }

    /// <summary>The mean over all pairs of a value given by pair.</summary>
    internal MetricComputation Mean(Func<int, double> value) => Mean([.. Enumerable.Range(0, Count)], value);

    /// <summary>The mean over some pairs of a value given by pair.</summary>
    internal MetricComputation Mean(int[] pairs, Func<int, double> value) =>
        Weighted.Mean([.. pairs.Select(p => _cases[p])], [.. pairs.Select(value)]);
}
