namespace CxrAnnotate;

/// <summary>
/// A label of a training row with the words of the row's caption about it. The cascade learns contexts from pairs, and later iterations label pairs.
/// </summary>
/// <param name="Row">The row.</param>
/// <param name="Label">The index of the base label.</param>
/// <param name="Words">The caption's words about it.</param>
internal readonly record struct CascadePair(int Row, int Label, string[] Words)
{
    /// <summary>The pairs of rows, row by row.</summary>
    internal static CascadePair[] Of(LabelledImages rows, IReadOnlyList<string> labels) =>
        [
            .. Enumerable
                .Range(0, rows.Count)
                .SelectMany(i => rows.Scheme.Pairs(labels, rows.Truth[i], rows.Captions![i]).Select(p => new CascadePair(i, p.Label, p.Words))),
        ];

    /// <summary>The truth of rows over the labels of an iteration. If the caption has no words for a label, its part is unknown.</summary>
    /// <param name="truth">Each row's base labels.</param>
    /// <param name="baseOf">The index of the base label of each of the iteration's labels.</param>
    /// <param name="pairs">The pairs of the rows.</param>
    /// <param name="parts">The index of each pair's label in the iteration.</param>
    internal static float[][] Truth(float[][] truth, int[] baseOf, CascadePair[] pairs, int[] parts)
    {
        int[][] known = [.. truth.Select(row => Enumerable.Repeat(-1, row.Length).ToArray())];
        foreach (var (pair, part) in pairs.Zip(parts))
            known[pair.Row][pair.Label] = part;
        return [.. truth.Select((row, i) => BaseLabels.Unfold(baseOf, row, known[i]))];
    }
}
