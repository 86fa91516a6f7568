using System.Text.Json.Serialization;

namespace CxrAnnotate;

/// <summary>
/// The map from a network's probabilities to calibrated ones, fitted on rows that it was not trained on: of the images that are given 80 %, about
/// 80 % should have the label. Exclusive labels share one temperature (Guo et al., "On Calibration of Modern Neural Networks", ICML 2017): p becomes
/// p^(1/T), normalised. A finding of several has the logit map a * logit(p) + b (Platt, 1999), or, with few cases, the slope that all findings share.
/// The order of an image's exclusive labels, and that of the images for each independent finding, stay as they are; so do decisions.
/// </summary>
public sealed record ProbabilityCalibration
{
    /// <summary>The fewest validation rows with a known label that a temperature is fitted to.</summary>
    internal const int FewestCases = 50;

    /// <summary>The fewest rows with a finding, and without it, that a map of its own is fitted to.</summary>
    internal const int FewestOfFinding = 20;

    /// <summary>Slopes outside this range are a sign of too few rows, not of a badly calibrated network.</summary>
    private const double LeastSlope = 0.125,
        MostSlope = 8;

    /// <summary>Probabilities are held between these, so that their logits exist in single precision.</summary>
    internal const float Least = 1e-30f,
        Most = 0.99999994f;

    /// <summary>The temperature of exclusive labels: above 1 where the network was too sure. Null for independent findings.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? Temperature { get; init; }

    /// <summary>The slope of each independent finding's logit, above 0, in the order of Score; null for exclusive labels.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<double>? Slopes { get; init; }

    /// <summary>What is added to each independent finding's logit; null for exclusive labels.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<double>? Intercepts { get; init; }

    /// <summary>The number of rows that it was fitted to.</summary>
    public required int Cases { get; init; }

    /// <summary>Whether values read from a file are possible ones for this many labels of this scheme.</summary>
    internal bool Fits(LabelScheme scheme, int labels) =>
        Cases > 0
        && (
            scheme == LabelScheme.Exclusive
                ? Temperature is > 0 and < 1000 && Slopes is null && Intercepts is null
                : Temperature is null
                    && Slopes is { } slopes
                    && Intercepts is { } intercepts
                    && slopes.Count == labels
                    && intercepts.Count == labels
                    && slopes.All(slope => slope is > 0 and < 1000)
                    && intercepts.All(double.IsFinite)
        );

    /// <summary>Calibrates the probabilities of an image; NaN stays NaN.</summary>
    /// <param name="probabilities">The network's probability of each label, 0 to 1, in the order of Score.</param>
    public float[] Apply(ReadOnlySpan<float> probabilities) =>
        Temperature is { } temperature ? Power(probabilities, 1 / temperature) : Logistic(probabilities, undo: false);

    /// <summary>
    /// The network's probabilities from calibrated ones, so that a report can show both. Exact up to rounding, and to probabilities below 1e-30.
    /// </summary>
    /// <param name="calibrated">The calibrated probability of each label, 0 to 1, in the order of Score.</param>
    public float[] Undo(ReadOnlySpan<float> calibrated) =>
        Temperature is { } temperature ? Power(calibrated, temperature) : Logistic(calibrated, undo: true);

    /// <summary>The calibrated threshold of a finding, at which the same images are detected.</summary>
    internal float Threshold(int finding, float threshold) => (float)Mapped(threshold, Slopes![finding], Intercepts![finding]);

    /// <summary>Fits the calibration that gives the truth the highest likelihood; null if there are too few rows.</summary>
    /// <param name="scheme">How the labels relate.</param>
    /// <param name="probabilities">The network's probabilities by row and label; rows with NaN are left out.</param>
    /// <param name="truth">1 present, 0 absent, NaN unknown, by row and label.</param>
    internal static ProbabilityCalibration? Fit(LabelScheme scheme, IReadOnlyList<float[]> probabilities, IReadOnlyList<float[]> truth)
    {
        int[] sound = [.. Enumerable.Range(0, truth.Count).Where(i => Array.TrueForAll(probabilities[i], float.IsFinite))];
        return scheme == LabelScheme.Exclusive
            ? FitTemperature([.. sound.Select(i => probabilities[i])], [.. sound.Select(i => truth[i])])
            : FitFindings([.. sound.Select(i => probabilities[i])], [.. sound.Select(i => truth[i])]);
    }

    private static ProbabilityCalibration? FitTemperature(float[][] probabilities, float[][] truth)
    {
        (double[] Logs, int Label)[] rows =
        [
            .. probabilities
                .Zip(truth, (p, t) => (Logs: p.Select(Log).ToArray(), Label: Array.IndexOf(t, 1f)))
                .Where(row => row.Label >= 0),
        ];
        return rows.Length < FewestCases
            ? null
            : new ProbabilityCalibration
            {
                Temperature = 1 / Root(slope => rows.Sum(row => Expected(row.Logs, slope) - row.Logs[row.Label])),
                Cases = rows.Length,
            };
    }

    private static ProbabilityCalibration? FitFindings(float[][] probabilities, float[][] truth)
    {
        if (probabilities.Length == 0)
            return null;
        (double Logit, bool Present)[][] findings =
        [
            .. Enumerable
                .Range(0, probabilities[0].Length)
                .Select(k =>
                    Enumerable
                        .Range(0, truth.Length)
                        .Where(i => !float.IsNaN(truth[i][k]))
                        .Select(i => (Logit(probabilities[i][k]), truth[i][k] == 1))
                        .ToArray()
                ),
        ];
        int cases = truth.Count(row => Array.Exists(row, value => !float.IsNaN(value)));
        (double Logit, bool Present)[] all = [.. findings.SelectMany(rows => rows)];
        if (cases < FewestCases || all.Count(row => row.Present) < FewestOfFinding || all.Count(row => !row.Present) < FewestOfFinding)
            return null;
        double shared = Root(slope => all.Sum(row => row.Logit * (Sigmoid(slope * row.Logit) - (row.Present ? 1 : 0))));
        (double Slope, double Intercept)[] maps = [.. findings.Select(rows => FitFinding(rows) ?? (shared, 0))];
        return new ProbabilityCalibration
        {
            Slopes = [.. maps.Select(map => map.Slope)],
            Intercepts = [.. maps.Select(map => map.Intercept)],
            Cases = cases,
        };
    }

    /// <summary>
    /// Slope and intercept by Newton's method on the likelihood, with Platt's targets in place of 1 and 0, which keep them finite where a probability
    /// divides the rows; null with too few rows, or where a higher probability does not mean that the finding is more likely.
    /// </summary>
    private static (double Slope, double Intercept)? FitFinding((double Logit, bool Present)[] rows)
    {
        int present = rows.Count(row => row.Present),
            absent = rows.Length - present;
        if (present < FewestOfFinding || absent < FewestOfFinding)
            return null;
        double high = (present + 1.0) / (present + 2),
            low = 1 / (absent + 2.0);
        double slope = 1,
            intercept = 0,
            loss = Loss(slope, intercept);
        for (int step = 0; step < 100; step++)
        {
            double gs = 0,
                gi = 0,
                ss = 1e-9,
                si = 0,
                ii = 1e-9;
            foreach (var (z, isPresent) in rows)
            {
                double p = Sigmoid((slope * z) + intercept),
                    error = p - (isPresent ? high : low),
                    weight = p * (1 - p);
                gs += error * z;
                gi += error;
                ss += weight * z * z;
                si += weight * z;
                ii += weight;
            }

            double determinant = (ss * ii) - (si * si),
                ds = ((ii * gs) - (si * gi)) / determinant,
                di = ((ss * gi) - (si * gs)) / determinant;
            if (!(determinant > 0) || Math.Abs(ds) + Math.Abs(di) < 1e-10)
                break;
            double part = 1,
                next;
            while ((next = Loss(slope - (part * ds), intercept - (part * di))) > loss && part > 1e-10)
                part /= 2;
            if (next > loss)
                break;
            (slope, intercept, loss) = (slope - (part * ds), intercept - (part * di), next);
        }

        return slope is >= LeastSlope and <= MostSlope && double.IsFinite(intercept) ? (slope, intercept) : null;

        double Loss(double a, double b)
        {
            double sum = 0;
            foreach (var (z, isPresent) in rows)
            {
                double logit = (a * z) + b;
                sum += Math.Max(logit, 0) + Math.Log(1 + Math.Exp(-Math.Abs(logit))) - ((isPresent ? high : low) * logit);
            }

            return sum;
        }
    }

    /// <summary>Where the derivative of the loss by the slope changes its sign; an end of the range if it does not. The loss is convex.</summary>
    private static double Root(Func<double, double> derivative)
    {
        double low = LeastSlope,
            high = MostSlope;
        for (int step = 0; step < 50; step++)
        {
            double middle = (low + high) / 2;
            if (derivative(middle) > 0)
                high = middle;
            else
                low = middle;
        }

        return (low + high) / 2;
    }

    /// <summary>The mean of the logarithms under the probabilities that a slope makes of them.</summary>
    private static double Expected(double[] logs, double slope)
    {
        double top = logs.Max(),
            mass = 0,
            sum = 0;
        foreach (double log in logs)
        {
            double weight = Math.Exp(slope * (log - top));
            mass += weight;
            sum += weight * log;
        }

        return sum / mass;
    }

    private static float[] Power(ReadOnlySpan<float> probabilities, double slope)
    {
        var logs = new double[probabilities.Length];
        double top = double.NegativeInfinity,
            mass = 0;
        for (int k = 0; k < logs.Length; k++)
            top = Math.Max(top, logs[k] = slope * Log(probabilities[k]));
        for (int k = 0; k < logs.Length; k++)
            mass += logs[k] = Math.Exp(logs[k] - top);
        var powers = new float[logs.Length];
        for (int k = 0; k < logs.Length; k++)
            powers[k] = (float)(logs[k] / mass);
        return powers;
    }

    private float[] Logistic(ReadOnlySpan<float> probabilities, bool undo)
    {
        var mapped = new float[probabilities.Length];
        for (int k = 0; k < mapped.Length; k++)
        {
            var (slope, intercept) = (Slopes![k], Intercepts![k]);
            mapped[k] = (float)(undo ? Mapped(probabilities[k], 1 / slope, -intercept / slope) : Mapped(probabilities[k], slope, intercept));
        }

        return mapped;
    }

    private static double Mapped(float probability, double slope, double intercept) => Sigmoid((slope * Logit(probability)) + intercept);

    private static double Log(float probability) => Math.Log(Math.Max(probability, Least));

    private static double Logit(float probability)
    {
        double held = Math.Clamp(probability, Least, Most);
        return Math.Log(held) - Math.Log(1 - held);
    }

    private static double Sigmoid(double logit) => 1 / (1 + Math.Exp(-logit));
}
