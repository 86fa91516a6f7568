namespace CxrAnnotate;

/// <summary>
/// What a cascade learns contexts of: a label that a training row has, with what the row's caption says of it. The labels of later iterations are
/// those of pairs.
/// </summary>
/// <param name="Row">The row.</param>
/// <param name="Label">Index of the base label.</param>
/// <param name="Words">The words of the caption that are about it.</param>
internal readonly record struct CascadePair(int Row, int Label, string[] Words)
{
    /// <summary>The pairs of rows, row by row.</summary>
    internal static CascadePair[] Of(LabelledImages rows, IReadOnlyList<string> labels) =>
        [
            .. Enumerable
                .Range(0, rows.Count)
                .SelectMany(i => rows.Scheme.Pairs(labels, rows.Truth[i], rows.Captions![i]).Select(p => new CascadePair(i, p.Label, p.Words))),
        ];

    /// <summary>
    /// The truth of rows over the labels of an iteration. Which part of a label a row has that the caption has no words for is not known.
    /// </summary>
    /// <param name="truth">Each row over the base labels.</param>
    /// <param name="baseOf">For each label of the iteration the index of its base label.</param>
    /// <param name="pairs">The pairs of the rows.</param>
    /// <param name="parts">For each pair the index of its label in the iteration.</param>
    internal static float[][] Truth(float[][] truth, int[] baseOf, CascadePair[] pairs, int[] parts)
    {
        int[][] known = [.. truth.Select(row => Enumerable.Repeat(-1, row.Length).ToArray())];
        foreach (var (pair, part) in pairs.Zip(parts))
            known[pair.Row][pair.Label] = part;
        return [.. truth.Select((row, i) => BaseLabels.Unfold(baseOf, row, known[i]))];
    }
}
