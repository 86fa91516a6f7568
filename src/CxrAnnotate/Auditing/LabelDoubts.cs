namespace CxrAnnotate;

/// <summary>A row and a finding whose label may be wrong.</summary>
/// <param name="Row">The position of the row.</param>
/// <param name="Finding">The finding, by its position.</param>
/// <param name="Probability">The out-of-fold probability of what the row says.</param>
internal readonly record struct LabelDoubt(int Row, int Finding, double Probability);

/// <summary>
/// Finds labels that a reader contradicts which was not fitted to them: confident learning (Northcutt, Jiang and Chuang, JAIR 2021), finding by
/// finding. A label is in doubt if the opposite one is as probable as it usually is where rows are labelled with it, and its own is less probable
/// than usual.
/// </summary>
internal static class LabelDoubts
{
    /// <summary>The doubts, the gravest first: by how far the opposite's probability is above its usual one, relative to what it could be.</summary>
    /// <param name="present">Which rows have each finding.</param>
    /// <param name="probability">The out-of-fold probability of each finding for each row.</param>
    internal static IReadOnlyList<LabelDoubt> Find(IReadOnlyList<bool[]> present, IReadOnlyList<double[]> probability)
    {
        List<(LabelDoubt Doubt, double Margin)> doubts = [];
        for (int k = 0; k < present.Count; k++)
        {
            int[] with = [.. Rows(present[k], true)],
                without = [.. Rows(present[k], false)];
            if (with.Length == 0 || without.Length == 0)
                continue;
            double usualWith = with.Average(row => probability[k][row]),
                usualWithout = without.Average(row => 1 - probability[k][row]);
            for (int row = 0; row < present[k].Length; row++)
            {
                double p = probability[k][row];
                (double own, double usual, double opposite, double usualOpposite) = present[k][row]
                    ? (p, usualWith, 1 - p, usualWithout)
                    : (1 - p, usualWithout, p, usualWith);
                if (own < usual && opposite >= usualOpposite && own < opposite)
                    doubts.Add((new(row, k, own), opposite - own));
            }
        }

        return [.. doubts.OrderByDescending(doubt => doubt.Margin).ThenBy(doubt => doubt.Doubt.Row).Select(doubt => doubt.Doubt)];
    }

    private static IEnumerable<int> Rows(bool[] present, bool value) => Enumerable.Range(0, present.Length).Where(row => present[row] == value);
}
