namespace CxrAnnotate.Tests;

public sealed class ConformalThresholdsTests
{
    [Theory]
    [InlineData(0.8)]
    [InlineData(0.9)]
    [InlineData(0.95)]
    public void A_set_holds_the_true_label_as_often_as_was_asked_for_over_200_random_splits(double coverage)
    {
        // A network that knows something, is too sure, and confuses one label more than the others.
        Random random = new(11);
        const int rows = 600,
            labels = 3;
        var probabilities = new float[rows][];
        var truth = new float[rows][];
        for (int i = 0; i < rows; i++)
        {
            int label = random.Next(labels);
            double[] powers = [.. Enumerable.Range(0, labels).Select(k => Math.Exp(3 * random.NextDouble() + (k == label ? 3 - label : 0)))];
            probabilities[i] = [.. powers.Select(p => (float)(p / powers.Sum()))];
            truth[i] = [.. Enumerable.Range(0, labels).Select(k => k == label ? 1f : 0)];
        }

        var held = new int[labels];
        var all = new int[labels];
        for (int split = 0; split < 200; split++)
        {
            int[] order = [.. Enumerable.Range(0, rows).OrderBy(_ => random.Next())];
            float[][] Pick(float[][] of, IEnumerable<int> from) => [.. from.Select(i => of[i])];
            ConformalThresholds fitted = ConformalThresholds.Fit(
                LabelScheme.Exclusive,
                Pick(probabilities, order.Take(rows / 2)),
                Pick(truth, order.Take(rows / 2))
            )!;
            foreach (int i in order.Skip(rows / 2))
            {
                int label = Array.IndexOf(truth[i], 1f);
                held[label] += fitted.Possible(probabilities[i], coverage)[label] ? 1 : 0;
                all[label]++;
            }
        }

        for (int k = 0; k < labels; k++)
        {
            // Of n rows of a label the mean coverage is between the one asked for and that plus 1 / (n + 1). A split tests about 100 rows of a label;
            // the bound is three standard errors of a single split, though the mean of 200 is closer.
            double observed = (double)held[k] / all[k],
                error = 3 * Math.Sqrt(coverage * (1 - coverage) / 100);
            Assert.InRange(observed, coverage - error, coverage + error + 0.01);
        }
    }

    [Fact]
    public void Thresholds_are_those_worked_by_hand()
    {
        // 20 rows of a label with the probabilities 0.05, 0.10, ..., 1: floor(21 * 0.1) = 2, floor(21 * 0.05) = 1, floor(21 * 0.01) = 0.
        float[][] probabilities = [.. Enumerable.Range(1, 20).Select(i => (float[])[i / 20f, 1 - (i / 20f)])];
        float[][] truth = [.. probabilities.Select(_ => (float[])[1, 0])];
        ConformalThresholds fitted = ConformalThresholds.Fit(LabelScheme.Exclusive, probabilities, truth)!;
        Assert.Equal([true, true], fitted.Possible([0.10f, 0.90f], 0.9));
        Assert.Equal([false, true], fitted.Possible([0.09f, 0.91f], 0.9));
        Assert.Equal([true, true], fitted.Possible([0.05f, 0.95f], 0.95));
        // For a coverage that so few rows cannot give, every label is in the set. A label without rows has the threshold of all of them.
        Assert.Equal([true, true], fitted.Possible([0, 1], 0.99));
        Assert.Equal([true, false], fitted.Possible([1, 0], 0.5));
        // A coverage between two is the higher one.
        Assert.Equal(fitted.Possible([0.09f, 0.91f], 0.9), fitted.Possible([0.09f, 0.91f], 0.86));
    }

    [Fact]
    public void Findings_that_may_be_present_and_absent_are_undecided()
    {
        float[] present = [.. Enumerable.Range(1, 40).Select(i => 0.4f + (0.6f * i / 40))],
            absent = [.. Enumerable.Range(1, 40).Select(i => 0.6f * i / 40)];
        float[][] probabilities = [.. present.Concat(absent).Select(p => (float[])[p])],
            truth = [.. present.Select(_ => (float[])[1]), .. absent.Select(_ => (float[])[0])];
        ConformalThresholds fitted = ConformalThresholds.Fit(LabelScheme.Independent, probabilities, truth)!;
        Assert.True(fitted.IsDecided([0.9f], [1], 0.9));
        Assert.True(fitted.IsDecided([0.1f], [0], 0.9));
        Assert.False(fitted.IsDecided([0.5f], [1], 0.9));
        // What was decided otherwise is not decided, either.
        Assert.False(fitted.IsDecided([0.9f], [0], 0.9));
        Assert.True(fitted.Fits(LabelScheme.Independent, 1));
        Assert.False(fitted.Fits(LabelScheme.Exclusive, 1));
        Assert.False(fitted.Fits(LabelScheme.Independent, 2));
    }

    [Fact]
    public void The_areas_under_risk_and_coverage_are_those_worked_by_hand()
    {
        // Right, wrong, right, by falling confidence: risks 0, 1/2, 1/3.
        RiskCoverageCurve curve = RiskCoverageCurve.Of([0.9, 0.5, 0.1], [true, false, true]);
        Assert.Equal((0 + 0.5 + (1 / 3.0)) / 3, curve.Area, 1e-12);
        Assert.Equal(1 / 3.0, curve.RandomArea, 1e-12);
        Assert.Equal(1 / 9.0, curve.IdealArea, 1e-12);
        Assert.Equal([new(1 / 3.0, 0), new(2 / 3.0, 0.5), new(1, 1 / 3.0)], curve.Points);
        // One confidence for all cases knows nothing, whatever their order.
        RiskCoverageCurve constant = RiskCoverageCurve.Of([1, 1, 1, 1], [true, true, false, false]);
        Assert.Equal(constant.RandomArea, constant.Area, 1e-12);
        Assert.Equal(1, Assert.Single(constant.Points).Coverage);
    }
}
