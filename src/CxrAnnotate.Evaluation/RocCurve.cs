namespace CxrAnnotate;

/// <summary>
/// A receiver operating characteristic with a pointwise 95 % band, both drawn anew from whole units. Points are those of scikit-learn's
/// <c>roc_curve</c>; between them the curve is straight, so that its area counts ties half.
/// </summary>
public sealed record RocCurve
{
    private const int Steps = 50;

    private RocCurve() { }

    /// <summary>One point for each distinct score, from (0, 0) to (1, 1); points within a straight line are left out.</summary>
    public required IReadOnlyList<CurvePoint> Points { get; init; }

    /// <summary>The interval of the true positive rate at false positive rates from 0 to 1; empty without resamples.</summary>
    public required IReadOnlyList<CurveBand> Band { get; init; }

    /// <summary>The area under the curve (AUROC); NaN if a class is empty.</summary>
    public required Estimate Area { get; init; }

    /// <summary>The number of positive cases.</summary>
    public required int Positives { get; init; }

    /// <summary>The number of negative cases.</summary>
    public required int Negatives { get; init; }

    /// <summary>Computes a curve.</summary>
    /// <param name="cases">The cases.</param>
    /// <param name="resamples">Bootstrap resamples of whole units; 0: no intervals.</param>
    /// <param name="seed">The seed of the resamples.</param>
    /// <param name="cancellation">Stops the computation.</param>
    /// <returns>The curve; without points if a class is empty.</returns>
    public static RocCurve Of(BinaryCases cases, int resamples = 1000, int seed = 1, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(cases);
        ThresholdSweep sweep = new(cases);
        SweepCounts counts = sweep.Count();
        bool defined = cases.Count > 0 && counts.HasBoth;
        Estimate[] estimates = defined ? Intervals.Bootstrap(cases.Units, Steps + 2, Compute, resamples, seed, cancellation) : [];
        return new RocCurve
        {
            Points = defined ? Corners(counts, sweep.Thresholds) : [],
            Band =
                defined && resamples > 0
                    ? [.. Enumerable.Range(0, Steps + 1).Select(k => new CurveBand((double)k / Steps, estimates[k + 1]))]
                    : [],
            Area = defined ? estimates[0] : new Estimate(double.NaN),
            Positives = cases.Positives,
            Negatives = cases.Negatives,
        };

        void Compute(ReadOnlySpan<int> weights, Span<double> values)
        {
            SweepCounts drawn = sweep.Count(weights);
            if (!drawn.HasBoth)
            {
                values.Fill(double.NaN);
                return;
            }
            values[0] = AreaUnder(drawn);
            int at = 0;
            for (int k = 0; k <= Steps; k++)
                values[k + 1] = HeightAt(drawn, (double)k / Steps, ref at);
        }
    }

    private static double AreaUnder(SweepCounts counts)
    {
        double area = 0;
        for (int k = 1; k < counts.Hits.Length; k++)
            area += (double)(counts.Alarms[k] - counts.Alarms[k - 1]) * (counts.Hits[k] + counts.Hits[k - 1]) / 2;
        return area / counts.Positives / counts.Negatives;
    }

    /// <summary>The true positive rate at a false positive rate: the highest where the curve is vertical.</summary>
    /// <param name="counts">The counts.</param>
    /// <param name="rate">The false positive rate; it must not fall from call to call.</param>
    /// <param name="at">The last point that is not to the right of the last rate; 0 for the first call.</param>
    private static double HeightAt(SweepCounts counts, double rate, ref int at)
    {
        double alarms = rate * counts.Negatives;
        while (at + 1 < counts.Alarms.Length && counts.Alarms[at + 1] <= alarms)
            at++;
        if (at + 1 == counts.Alarms.Length || counts.Alarms[at] == alarms)
            return counts.Sensitivity(at);
        double part = (alarms - counts.Alarms[at]) / (counts.Alarms[at + 1] - counts.Alarms[at]);
        return (counts.Hits[at] + (part * (counts.Hits[at + 1] - counts.Hits[at]))) / counts.Positives;
    }

    private static List<CurvePoint> Corners(SweepCounts counts, double[] thresholds)
    {
        List<int> kept = [0];
        for (int k = 1; k < thresholds.Length; k++)
        {
            bool straight =
                kept.Count > 1
                && (counts.Hits[k] - counts.Hits[kept[^1]]) * (counts.Alarms[kept[^1]] - counts.Alarms[kept[^2]])
                    == (counts.Alarms[k] - counts.Alarms[kept[^1]]) * (counts.Hits[kept[^1]] - counts.Hits[kept[^2]]);
            if (straight)
                kept[^1] = k;
            else
                kept.Add(k);
        }

        return [.. kept.Select(k => new CurvePoint(counts.FalsePositiveRate(k), counts.Sensitivity(k), thresholds[k]))];
    }
}
