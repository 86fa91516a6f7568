namespace CxrAnnotate;

/// <summary>How strongly two columns of names go together.</summary>
internal static class Association
{
    /// <summary>
    /// Cramer's V with the bias correction of Bergsma (Journal of the Korean Statistical Society 42, 2013): from 0 for columns that have nothing to
    /// do with each other to 1 if one decides the other.
    /// </summary>
    internal static double CramersV(IReadOnlyList<string> first, IReadOnlyList<string> second)
    {
        double n = first.Count;
        Dictionary<string, int> rows = Counts(first),
            columns = Counts(second);
        if (n < 2 || rows.Count < 2 || columns.Count < 2)
            return 0;
        double chi = -n;
        foreach (
            IGrouping<(string, string), int> cell in Enumerable.Range(0, first.Count).GroupBy(i => (first[i], second[i]))
        )
        {
            double count = cell.Count();
            chi += count * count * n / ((double)rows[cell.Key.Item1] * columns[cell.Key.Item2]);
        }

        double phi = Math.Max(0, (chi / n) - ((rows.Count - 1.0) * (columns.Count - 1) / (n - 1))),
            r = rows.Count - ((rows.Count - 1.0) * (rows.Count - 1) / (n - 1)),
            c = columns.Count - ((columns.Count - 1.0) * (columns.Count - 1) / (n - 1)),
            most = Math.Min(r, c) - 1;
        return most <= 0 ? 0 : Math.Min(1, Math.Sqrt(phi / most));
    }

    private static Dictionary<string, int> Counts(IReadOnlyList<string> values) =>
        values.GroupBy(value => value, StringComparer.Ordinal).ToDictionary(value => value.Key, value => value.Count(), StringComparer.Ordinal);
}
