namespace CxrAnnotate;

/// <summary>A point of a risk-coverage curve.</summary>
/// <param name="Coverage">The share of the cases that are answered.</param>
/// <param name="Risk">The share of these that are answered wrongly.</param>
public sealed record RiskCoveragePoint(double Coverage, double Risk);

/// <summary>
/// Selective prediction: what is wrong among the cases that a reader is surest of, the others being left to somebody else (El-Yaniv and Wiener, JMLR
/// 2010).
/// </summary>
public sealed class RiskCoverageCurve
{
    private RiskCoverageCurve(IReadOnlyList<RiskCoveragePoint> points, double area, double random, double ideal) =>
        (Points, Area, RandomArea, IdealArea) = (points, area, random, ideal);

    /// <summary>A point for each distinct confidence, from the fewest cases to all.</summary>
    public IReadOnlyList<RiskCoveragePoint> Points { get; }

    /// <summary>The area under the curve (AURC), the mean risk over all numbers of answered cases; lower is better. NaN without cases.</summary>
    public double Area { get; }

    /// <summary>The area of a reader that knows nothing of its errors: the share of wrong cases.</summary>
    public double RandomArea { get; }

    /// <summary>The area of a reader that is less sure of every wrong case than of every right one.</summary>
    public double IdealArea { get; }

    /// <summary>Orders cases by confidence; cases of the same confidence count as if their order were random.</summary>
    /// <param name="confidence">How sure the reader is of each case.</param>
    /// <param name="right">Whether it is right.</param>
    /// <exception cref="ArgumentException">The numbers of cases differ.</exception>
    public static RiskCoverageCurve Of(IReadOnlyList<double> confidence, IReadOnlyList<bool> right)
    {
        ArgumentNullException.ThrowIfNull(confidence);
        ArgumentNullException.ThrowIfNull(right);
        if (confidence.Count != right.Count)
            throw new ArgumentException(
                ErrorCode.LengthMismatch.Message($"There are {confidence.Count} confidences and {right.Count} cases."),
                nameof(right)
            );
        int all = right.Count,
            wrong = right.Count(one => !one);
        int[][] ties = Ties(confidence);
        var points = new List<RiskCoveragePoint>();
        int answered = 0,
            failed = 0;
        foreach (int[] tie in ties)
        {
            (answered, failed) = (answered + tie.Length, failed + tie.Count(i => !right[i]));
            points.Add(new RiskCoveragePoint((double)answered / all, (double)failed / answered));
        }

        int[] once = new int[all];
        Array.Fill(once, 1);
        double ideal = Enumerable.Range(1, wrong).Sum(i => (double)i / (all - wrong + i));
        return new RiskCoverageCurve(points, AreaOf(ties, right, once), (double)wrong / all, ideal / all);
    }

    /// <summary>The area with its 95 % interval by the bootstrap over units.</summary>
    internal static Estimate AreaOf(
        IReadOnlyList<double> confidence,
        IReadOnlyList<bool> right,
        IReadOnlyList<string> units,
        int resamples,
        int seed,
        CancellationToken cancellation
    )
    {
        int[][] ties = Ties(confidence);
        return Intervals.Bootstrap(units, 1, (weights, values) => values[0] = AreaOf(ties, right, weights), resamples, seed, cancellation)[0];
    }

    /// <summary>The cases of each confidence, the highest first.</summary>
    private static int[][] Ties(IReadOnlyList<double> confidence) =>
        [
            .. Enumerable
                .Range(0, confidence.Count)
                .GroupBy(i => confidence[i])
                .OrderByDescending(tie => tie.Key)
                .Select(tie => tie.ToArray()),
        ];

    private static double AreaOf(int[][] ties, IReadOnlyList<bool> right, ReadOnlySpan<int> weights)
    {
        double sum = 0;
        long answered = 0,
            failed = 0;
        foreach (int[] tie in ties)
        {
            long size = 0,
                own = 0;
            foreach (int i in tie)
                (size, own) = (size + weights[i], own + (right[i] ? 0 : weights[i]));
            for (long i = 1; i <= size; i++)
                sum += (failed + ((double)own * i / size)) / (answered + i);
            (answered, failed) = (answered + size, failed + own);
        }

        return sum / answered;
    }
}
