namespace CxrAnnotate;

/// <summary>Cases of similar probability.</summary>
/// <param name="From">The least probability of the bin.</param>
/// <param name="To">The probability that its cases stay below; the last bin includes 1.</param>
/// <param name="Cases">The number of cases in it.</param>
/// <param name="Predicted">Their mean probability.</param>
/// <param name="Observed">The share of them that are positive, with its Wilson interval (95 %).</param>
public sealed record ReliabilityBin(double From, double To, int Cases, double Predicted, Estimate Observed);

/// <summary>
/// Whether probabilities can be taken at their word: of the cases that are given 70 %, 70 % should be positive.
/// </summary>
public sealed record ReliabilityDiagram
{
    private ReliabilityDiagram() { }

    /// <summary>The bins that have cases, by rising probability.</summary>
    public required IReadOnlyList<ReliabilityBin> Bins { get; init; }

    /// <summary>
    /// Expected calibration error: the mean distance of probability and observed share over the bins, weighted by their cases; 0 best. Chance alone
    /// makes it greater than 0, more so with few cases.
    /// </summary>
    public required Estimate Ece { get; init; }

    /// <summary>Mean squared difference of probability and truth; 0 best, 1 worst.</summary>
    public required Estimate Brier { get; init; }

    /// <summary>The Brier score of giving every case the share of positives: what the probabilities must be better than.</summary>
    public required double BrierOfPrevalence { get; init; }

    /// <summary>The number of cases.</summary>
    public required int Cases { get; init; }

    /// <summary>Computes a diagram.</summary>
    /// <param name="cases">The cases; their scores are probabilities.</param>
    /// <param name="bins">Bins of equal width, 1 or more.</param>
    /// <param name="resamples">Bootstrap resamples of whole units; 0: no intervals.</param>
    /// <param name="seed">The seed of the resamples.</param>
    /// <param name="cancellation">Stops the computation.</param>
    /// <exception cref="ArgumentException">A score is not from 0 to 1.</exception>
    public static ReliabilityDiagram Of(
        BinaryCases cases,
        int bins = 10,
        int resamples = 1000,
        int seed = 1,
        CancellationToken cancellation = default
    )
    {
        ArgumentNullException.ThrowIfNull(cases);
        ArgumentOutOfRangeException.ThrowIfLessThan(bins, 1);
        for (int i = 0; i < cases.Count; i++)
            OptionChecks.Require(cases.Scores[i] is >= 0 and <= 1, nameof(cases), cases.Scores[i], "probabilities, from 0 to 1");
        double[] scores = [.. cases.Scores],
            truth = [.. cases.Positive.Select(positive => positive ? 1.0 : 0)];
        int[] bin = [.. scores.Select(score => Math.Min((int)(score * bins), bins - 1))];
        Estimate[] estimates = Intervals.Bootstrap(cases.Units, 2, Compute, resamples, seed, cancellation);
        double share = cases.Count == 0 ? double.NaN : truth.Average();
        return new ReliabilityDiagram
        {
            Bins =
            [
                .. Enumerable
                    .Range(0, scores.Length)
                    .GroupBy(i => bin[i])
                    .OrderBy(cell => cell.Key)
                    .Select(cell => new ReliabilityBin(
                        (double)cell.Key / bins,
                        (double)(cell.Key + 1) / bins,
                        cell.Count(),
                        cell.Average(i => scores[i]),
                        Intervals.Wilson((long)cell.Sum(i => truth[i]), cell.Count())
                    )),
            ],
            Ece = estimates[0],
            Brier = estimates[1],
            BrierOfPrevalence = share * (1 - share),
            Cases = cases.Count,
        };

        void Compute(ReadOnlySpan<int> weights, Span<double> values)
        {
            double[] gap = new double[bins];
            double squares = 0;
            long total = 0;
            for (int i = 0; i < scores.Length; i++)
            {
                double error = scores[i] - truth[i];
                gap[bin[i]] += weights[i] * error;
                squares += weights[i] * error * error;
                total += weights[i];
            }

            // Within a bin, cases times the distance of the means is the sum of the differences.
            values[0] = total == 0 ? double.NaN : gap.Sum(Math.Abs) / total;
            values[1] = total == 0 ? double.NaN : squares / total;
        }
    }
}
