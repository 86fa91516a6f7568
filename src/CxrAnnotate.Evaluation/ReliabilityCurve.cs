namespace CxrAnnotate;

/// <summary>A bin of a reliability diagram.</summary>
/// <param name="Lower">The lowest probability of the bin.</param>
/// <param name="Upper">The highest.</param>
/// <param name="Count">The predictions in it.</param>
/// <param name="Predicted">Their mean probability; NaN if there are none.</param>
/// <param name="Observed">The share of them that is right; NaN if there are none.</param>
public sealed record ReliabilityBin(double Lower, double Upper, int Count, double Predicted, double Observed);

/// <summary>
/// How far probabilities are from frequencies. Of exclusive labels the prediction of a case is its most probable label, which is right or wrong (Guo
/// et al., ICML 2017); of independent findings every (case, finding) pair with known truth is one, which is right if the finding is present.
/// </summary>
public sealed class ReliabilityCurve
{
    /// <summary>The number of bins of equal width that the calibration error is defined by here, as in Guo et al.</summary>
    public const int DefaultBins = 15;

    private ReliabilityCurve(IReadOnlyList<ReliabilityBin> bins, double brier, double logLoss)
    {
        Bins = bins;
        Brier = brier;
        LogLoss = logLoss;
        int all = bins.Sum(bin => bin.Count);
        ExpectedCalibrationError =
            all == 0 ? double.NaN : bins.Where(bin => bin.Count > 0).Sum(bin => Math.Abs(bin.Predicted - bin.Observed) * bin.Count / all);
    }

    /// <summary>The bins, from 0 to 1.</summary>
    public IReadOnlyList<ReliabilityBin> Bins { get; }

    /// <summary>The expected calibration error: the mean over the predictions of their bin's |predicted - observed|; NaN without predictions.</summary>
    public double ExpectedCalibrationError { get; }

    /// <summary>The Brier score: of exclusive labels the summed squared errors of a case (0 to 2), of findings the squared error of a pair (0 to 1).</summary>
    public double Brier { get; }

    /// <summary>The mean negative log likelihood of the truth, in nats.</summary>
    public double LogLoss { get; }

    /// <summary>Compares probabilities with the truth.</summary>
    /// <param name="probabilities">By case and label; cases with NaN are left out.</param>
    /// <param name="truth">1 present, 0 absent, NaN unknown, by case and label. A case of exclusive labels without a 1 is left out.</param>
    /// <param name="exclusive">Whether a case has exactly one label.</param>
    /// <param name="bins">The number of bins, 1 or more.</param>
    /// <exception cref="ArgumentException">The numbers of cases differ.</exception>
    public static ReliabilityCurve Of(
        IReadOnlyList<float[]> probabilities,
        IReadOnlyList<float[]> truth,
        bool exclusive,
        int bins = DefaultBins
    )
    {
        ArgumentNullException.ThrowIfNull(probabilities);
        ArgumentNullException.ThrowIfNull(truth);
        ArgumentOutOfRangeException.ThrowIfLessThan(bins, 1);
        if (probabilities.Count != truth.Count)
            throw new ArgumentException(
                ErrorCode.LengthMismatch.Message($"There are {probabilities.Count} cases with probabilities and {truth.Count} with a truth."),
                nameof(truth)
            );
        var predictions = new List<(double Probability, bool Right)>();
        double brier = 0,
            loss = 0;
        int counted = 0;
        for (int i = 0; i < truth.Count; i++)
        {
            float[] p = probabilities[i],
                t = truth[i];
            if (!Array.TrueForAll(p, float.IsFinite))
                continue;
            if (!exclusive)
            {
                for (int k = 0; k < p.Length; k++)
                {
                    if (float.IsNaN(t[k]))
                        continue;
                    predictions.Add((p[k], t[k] == 1));
                    brier += (p[k] - (double)t[k]) * (p[k] - (double)t[k]);
                    loss -= Math.Log(Math.Max(t[k] == 1 ? p[k] : 1 - (double)p[k], 1e-12));
                    counted++;
                }
            }
            else if (Array.IndexOf(t, 1f) is >= 0 and int label)
            {
                int top = Array.IndexOf(p, p.Max());
                predictions.Add((p[top], top == label));
                brier += p.Select((value, k) => (value - (k == label ? 1.0 : 0)) * (value - (k == label ? 1.0 : 0))).Sum();
                loss -= Math.Log(Math.Max((double)p[label], 1e-12));
                counted++;
            }
        }

        ILookup<int, (double Probability, bool Right)> binned = predictions.ToLookup(one => Math.Min((int)(one.Probability * bins), bins - 1));
        return new ReliabilityCurve(
            [
                .. Enumerable
                    .Range(0, bins)
                    .Select(bin => (Bin: bin, Members: binned[bin].ToArray()))
                    .Select(b => new ReliabilityBin(
                        (double)b.Bin / bins,
                        (b.Bin + 1.0) / bins,
                        b.Members.Length,
                        b.Members.Length == 0 ? double.NaN : b.Members.Average(one => one.Probability),
                        b.Members.Length == 0 ? double.NaN : b.Members.Average(one => one.Right ? 1.0 : 0)
                    )),
            ],
            brier / counted,
            loss / counted
        );
    }
}
