namespace CxrAnnotate;

/// <summary>
/// Cases of one yes-or-no question with the scores that answer it, for curves, operating points and reliability diagrams.
/// </summary>
public sealed record BinaryCases
{
    /// <summary>Creates cases.</summary>
    /// <param name="scores">The score of each case; higher means more likely positive. Finite.</param>
    /// <param name="positive">The truth of each case.</param>
    /// <param name="units">The unit (patient) of each case, by which intervals draw; null: each case is its own.</param>
    /// <exception cref="ArgumentException">The lists differ in length, or a score is not finite.</exception>
    public BinaryCases(IReadOnlyList<double> scores, IReadOnlyList<bool> positive, IReadOnlyList<string>? units = null)
    {
        ArgumentNullException.ThrowIfNull(scores);
        ArgumentNullException.ThrowIfNull(positive);
        if (positive.Count != scores.Count || (units is not null && units.Count != scores.Count))
            throw new ArgumentException(
                ErrorCode.LengthMismatch.Message($"{scores.Count} scores need as many truths and units, not {positive.Count} and {units?.Count}."),
                nameof(positive)
            );
        for (int i = 0; i < scores.Count; i++)
            if (!double.IsFinite(scores[i]))
                throw new ArgumentException(ErrorCode.ScoreNotFinite.Message($"The score of case {i} is {scores[i]}."), nameof(scores));
        (Scores, Positive) = (scores, positive);
        Units = units ?? [.. Enumerable.Range(0, scores.Count).Select(i => i.ToString(System.Globalization.CultureInfo.InvariantCulture))];
    }

    /// <summary>The score of each case.</summary>
    public IReadOnlyList<double> Scores { get; }

    /// <summary>The truth of each case.</summary>
    public IReadOnlyList<bool> Positive { get; }

    /// <summary>The unit (patient) of each case.</summary>
    public IReadOnlyList<string> Units { get; }

    /// <summary>The number of cases.</summary>
    public int Count => Scores.Count;

    /// <summary>The number of positive cases.</summary>
    public int Positives => Positive.Count(positive => positive);

    /// <summary>The number of negative cases.</summary>
    public int Negatives => Count - Positives;

    internal Ranking Ranking() => new([.. Enumerable.Range(0, Count)], Scores, Positive);
}
