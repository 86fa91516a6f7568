namespace CxrAnnotate;

/// <summary>
/// A precision-recall curve with a pointwise 95 % band, both drawn anew from whole units. Points and area are scikit-learn's
/// (<c>precision_recall_curve</c>, <c>average_precision_score</c>): the curve is a staircase, and is not interpolated.
/// </summary>
public sealed record PrecisionRecallCurve
{
    private const int Steps = 50;

    private PrecisionRecallCurve() { }

    /// <summary>One point for each distinct score at which recall rises, by rising recall.</summary>
    public required IReadOnlyList<CurvePoint> Points { get; init; }

    /// <summary>The interval of the precision at recalls from 0.02 to 1; empty without resamples.</summary>
    public required IReadOnlyList<CurveBand> Band { get; init; }

    /// <summary>The average precision (AUPRC); NaN if no case is positive.</summary>
    public required Estimate Area { get; init; }

    /// <summary>The share of positive cases, which is the precision of calling all of them positive; NaN without cases.</summary>
    public required double Prevalence { get; init; }

    /// <summary>Computes a curve.</summary>
    /// <param name="cases">The cases.</param>
    /// <param name="resamples">Bootstrap resamples of whole units; 0: no intervals.</param>
    /// <param name="seed">The seed of the resamples.</param>
    /// <param name="cancellation">Stops the computation.</param>
    /// <returns>The curve; without points if no case is positive.</returns>
    public static PrecisionRecallCurve Of(BinaryCases cases, int resamples = 1000, int seed = 1, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(cases);
        ThresholdSweep sweep = new(cases);
        SweepCounts counts = sweep.Count();
        bool defined = counts.Positives > 0;
        Estimate[] estimates = defined ? Intervals.Bootstrap(cases.Units, Steps + 1, Compute, resamples, seed, cancellation) : [];
        return new PrecisionRecallCurve
        {
            Points = defined
                ?
                [
                    .. Enumerable
                        .Range(1, sweep.Thresholds.Length - 1)
                        .Where(k => counts.Hits[k] > counts.Hits[k - 1])
                        .Select(k => new CurvePoint(counts.Sensitivity(k), counts.Precision(k), sweep.Thresholds[k])),
                ]
                : [],
            Band =
                defined && resamples > 0
                    ? [.. Enumerable.Range(1, Steps).Select(k => new CurveBand((double)k / Steps, estimates[k]))]
                    : [],
            Area = defined ? estimates[0] : new Estimate(double.NaN),
            Prevalence = cases.Count == 0 ? double.NaN : (double)cases.Positives / cases.Count,
        };

        void Compute(ReadOnlySpan<int> weights, Span<double> values)
        {
            SweepCounts drawn = sweep.Count(weights);
            if (drawn.Positives == 0)
            {
                values.Fill(double.NaN);
                return;
            }
            double area = 0;
            for (int k = 1; k < drawn.Hits.Length; k++)
                area += (drawn.Hits[k] - drawn.Hits[k - 1]) * drawn.Precision(k);
            values[0] = area / drawn.Positives;
            int at = 1;
            for (int step = 1; step <= Steps; step++)
            {
                // The first threshold that reaches the recall; half a case is a margin for rounding.
                while (drawn.Hits[at] < ((double)step / Steps * drawn.Positives) - 1e-9)
                    at++;
                values[step] = drawn.Precision(at);
            }
        }
    }
}
