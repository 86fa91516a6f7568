using CsCheck;

namespace CxrAnnotate.Tests;

public sealed class ProbabilityCalibrationTests
{
    [Theory]
    [InlineData(0.5)]
    [InlineData(1)]
    [InlineData(2.5)]
    public void A_temperature_that_was_put_into_the_logits_is_found_again(double temperature)
    {
        // Labels are drawn from the true probabilities; the network says the same at another temperature.
        var (probabilities, truth) = Exclusive(4000, temperature, seed: 3);
        ProbabilityCalibration fitted = ProbabilityCalibration.Fit(LabelScheme.Exclusive, probabilities, truth)!;
        Assert.Equal(1, fitted.Temperature!.Value / temperature, 0.08);
        Assert.Equal(4000, fitted.Cases);
    }

    [Fact]
    public void No_temperature_of_a_grid_gives_the_truth_a_higher_likelihood()
    {
        var (probabilities, truth) = Exclusive(300, 1.7, seed: 4);
        ProbabilityCalibration fitted = ProbabilityCalibration.Fit(LabelScheme.Exclusive, probabilities, truth)!;
        double Loss(double temperature)
        {
            ProbabilityCalibration at = new() { Temperature = temperature, Cases = 1 };
            return -probabilities.Zip(truth, (p, t) => Math.Log(at.Apply(p)[Array.IndexOf(t, 1f)])).Average();
        }

        double best = Loss(fitted.Temperature!.Value);
        Assert.All(Enumerable.Range(1, 70).Select(i => i * 0.1), temperature => Assert.True(Loss(temperature) >= best - 1e-6));
        Assert.True(best < Loss(1));
    }

    [Fact]
    public void Slope_and_intercept_that_were_put_into_the_logits_of_a_finding_are_found_again()
    {
        var (probabilities, truth) = Findings(8000, [(1, 0), (2, 1), (0.5, -0.5)], seed: 5);
        ProbabilityCalibration fitted = ProbabilityCalibration.Fit(LabelScheme.Independent, probabilities, truth)!;
        // The network's logit is a * z + b, so that the calibration is (logit - b) / a.
        Assert.All(fitted.Slopes!.Zip([1, 0.5, 2.0]), pair => Assert.Equal(pair.Second, pair.First, 0.15));
        Assert.All(fitted.Intercepts!.Zip([0, -0.5, 1.0]), pair => Assert.Equal(pair.Second, pair.First, 0.15));
        double before = Ece(probabilities),
            after = Ece([.. probabilities.Select(p => fitted.Apply(p))]);
        Assert.True(after < before / 2, $"{before} -> {after}");

        double Ece(float[][] given) =>
            ReliabilityDiagram
                .Of(
                    new([.. given.SelectMany(row => row.Select(p => (double)p))], [.. truth.SelectMany(row => row.Select(value => value == 1))]),
                    resamples: 0
                )
                .Ece.Value;
    }

    [Fact]
    public void A_finding_with_few_cases_has_the_slope_that_all_findings_share()
    {
        var (probabilities, truth) = Findings(2000, [(2, 0), (2, 0)], seed: 6);
        float[][] rare = [.. truth.Select((row, i) => (float[])[row[0], i < 30 ? row[1] : float.NaN])];
        ProbabilityCalibration fitted = ProbabilityCalibration.Fit(LabelScheme.Independent, probabilities, rare)!;
        Assert.Equal(0, fitted.Intercepts![1]);
        Assert.NotEqual(0, fitted.Intercepts[0]);
        Assert.Equal(0.5, fitted.Slopes![1], 0.1);
    }

    [Fact]
    public void Too_few_rows_calibrate_nothing()
    {
        var (probabilities, truth) = Exclusive(ProbabilityCalibration.FewestCases - 1, 2, seed: 7);
        Assert.Null(ProbabilityCalibration.Fit(LabelScheme.Exclusive, probabilities, truth));
        Assert.Null(ProbabilityCalibration.Fit(LabelScheme.Independent, [], []));
        // Of enough rows nothing is left if none of their labels is known, or no image was readable.
        var (more, known) = Exclusive(100, 2, seed: 7);
        Assert.Null(ProbabilityCalibration.Fit(LabelScheme.Exclusive, more, [.. known.Select(row => row.Select(_ => float.NaN).ToArray())]));
        Assert.Null(ProbabilityCalibration.Fit(LabelScheme.Exclusive, [.. more.Select(row => row.Select(_ => float.NaN).ToArray())], known));
    }

    [Fact]
    public void Calibration_keeps_the_order_and_can_be_undone() =>
        Gen.Float[0.02f, 0.98f].Array[2, 6].Select(Gen.Double[0.4, 2.5]).Sample(
            (values, slope) =>
            {
                float sum = values.Sum();
                float[] exclusive = [.. values.Select(value => value / sum)];
                var temperature = new ProbabilityCalibration { Temperature = slope, Cases = 1 };
                var findings = new ProbabilityCalibration
                {
                    Slopes = [.. values.Select(_ => slope)],
                    Intercepts = [.. values.Select((_, k) => k - 1.0)],
                    Cases = 1,
                };
                float[] calibrated = temperature.Apply(exclusive);
                Assert.Equal(1, calibrated.Sum(), 1e-5);
                Assert.All(
                    Enumerable.Range(1, values.Length - 1),
                    k => Assert.True((exclusive[k] - exclusive[0]) * (calibrated[k] - calibrated[0]) >= 0)
                );
                Assert.All(temperature.Undo(calibrated).Zip(exclusive), pair => Assert.Equal(pair.Second, pair.First, 1e-4));
                Assert.All(findings.Undo(findings.Apply(values)).Zip(values), pair => Assert.Equal(pair.Second, pair.First, 2e-3));
                for (int k = 0; k < values.Length; k++)
                    Assert.Equal(values[k] >= 0.4f, findings.Apply(values)[k] >= findings.Threshold(k, 0.4f));
            }
        );

    [Fact]
    public void Missing_probabilities_stay_missing_and_certain_ones_stay_finite()
    {
        var temperature = new ProbabilityCalibration { Temperature = 2, Cases = 1 };
        var findings = new ProbabilityCalibration { Slopes = [0.5, 3], Intercepts = [0, 0], Cases = 1 };
        Assert.All(temperature.Apply([float.NaN, float.NaN]), value => Assert.True(float.IsNaN(value)));
        Assert.All(findings.Apply([float.NaN, float.NaN]), value => Assert.True(float.IsNaN(value)));
        Assert.All(temperature.Apply([1, 0]), value => Assert.InRange(value, 0, 1));
        Assert.All(findings.Apply([1, 0]), value => Assert.InRange(value, 0, 1));
    }

    /// <summary>Softmax probabilities of logits that are too large by a temperature, and labels drawn from the true ones.</summary>
    private static (float[][] Probabilities, float[][] Truth) Exclusive(int rows, double temperature, int seed)
    {
        Random random = new(seed);
        var probabilities = new float[rows][];
        var truth = new float[rows][];
        for (int i = 0; i < rows; i++)
        {
            double[] logits = [.. Enumerable.Range(0, 4).Select(_ => 3 * (random.NextDouble() - 0.5) * 2)];
            double[] real = Softmax(logits);
            double draw = random.NextDouble();
            int label = 0;
            while (label < 3 && (draw -= real[label]) > 0)
                label++;
            probabilities[i] = [.. Softmax([.. logits.Select(z => z * temperature)]).Select(p => (float)p)];
            truth[i] = [.. Enumerable.Range(0, 4).Select(k => k == label ? 1f : 0)];
        }

        return (probabilities, truth);
    }

    private static double[] Softmax(double[] logits)
    {
        double[] powers = [.. logits.Select(z => Math.Exp(z - logits.Max()))];
        return [.. powers.Select(p => p / powers.Sum())];
    }

    private static (float[][] Probabilities, float[][] Truth) Findings(int rows, (double Slope, double Intercept)[] maps, int seed)
    {
        Random random = new(seed);
        double Sigmoid(double z) => 1 / (1 + Math.Exp(-z));
        double[][] logits = [.. Enumerable.Range(0, rows).Select(_ => maps.Select(_ => 5 * (random.NextDouble() - 0.5)).ToArray())];
        return (
            [.. logits.Select(row => row.Zip(maps, (z, map) => (float)Sigmoid((map.Slope * z) + map.Intercept)).ToArray())],
            [.. logits.Select(row => row.Select(z => random.NextDouble() < Sigmoid(z) ? 1f : 0).ToArray())]
        );
    }
}
