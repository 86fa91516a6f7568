namespace CxrAnnotate;

/// <summary>One kind of mistake.</summary>
/// <param name="True">The true label.</param>
/// <param name="Named">The label that was named instead.</param>
/// <param name="Cases">How often.</param>
/// <param name="Share">The share of the cases with the true label.</param>
public sealed record Confusion(string True, string Named, int Cases, double Share);

/// <summary>Single-label cases by true label (rows) and named label (columns).</summary>
public sealed record ConfusionMatrix
{
    /// <summary>Creates a matrix.</summary>
    /// <param name="labels">The labels.</param>
    /// <param name="counts">A row for each true label: cases by named label, 0 or more.</param>
    /// <exception cref="ArgumentException">The matrix is not square, or not of that many labels.</exception>
    public ConfusionMatrix(IReadOnlyList<string> labels, IReadOnlyList<IReadOnlyList<int>> counts)
    {
        ArgumentNullException.ThrowIfNull(labels);
        ArgumentNullException.ThrowIfNull(counts);
        if (counts.Count != labels.Count || counts.Any(row => row.Count != labels.Count))
            throw new ArgumentException(
                ErrorCode.LengthMismatch.Message($"{labels.Count} labels need as many rows and columns."),
                nameof(counts)
            );
        (Labels, Counts) = (labels, counts);
    }

    /// <summary>The labels, in the order of rows and columns.</summary>
    public IReadOnlyList<string> Labels { get; }

    /// <summary>Cases by true label (outer) and named label (inner).</summary>
    public IReadOnlyList<IReadOnlyList<int>> Counts { get; }

    /// <summary>The number of cases.</summary>
    public int Cases => Counts.Sum(row => row.Sum());

    /// <summary>The share of the cases of a true label that were given a label; 0 without such cases.</summary>
    /// <param name="truth">The row.</param>
    /// <param name="named">The column.</param>
    public double Share(int truth, int named) => Counts[truth].Sum() is > 0 and int cases ? (double)Counts[truth][named] / cases : 0;

    /// <summary>The most frequent mistakes, in the order of their number and then of the labels.</summary>
    /// <param name="most">How many at most.</param>
    public IReadOnlyList<Confusion> MostFrequent(int most) =>
        [
            .. (
                from truth in Enumerable.Range(0, Labels.Count)
                from named in Enumerable.Range(0, Labels.Count)
                where truth != named && Counts[truth][named] > 0
                orderby Counts[truth][named] descending
                select new Confusion(Labels[truth], Labels[named], Counts[truth][named], Share(truth, named))
            ).Take(most),
        ];

    /// <summary>The labels that occur, in truth or named; of many, this is what a reader wants to see.</summary>
    public ConfusionMatrix WithoutUnused()
    {
        int[] used = [.. Enumerable.Range(0, Labels.Count).Where(k => Counts[k].Any(cases => cases > 0) || Counts.Any(row => row[k] > 0))];
        return new ConfusionMatrix([.. used.Select(k => Labels[k])], [.. used.Select(i => used.Select(j => Counts[i][j]).ToArray())]);
    }
}
