namespace CxrAnnotate.Tests;

public sealed class IntervalsTests
{
    [Fact]
    public void The_interval_of_a_proportion_has_about_its_nominal_coverage()
    {
        const double truth = 0.3;
        const int experiments = 200,
            cases = 100;
        Random random = new(5);
        int covered = 0;
        for (int e = 0; e < experiments; e++)
        {
            double[] outcome = [.. Enumerable.Range(0, cases).Select(_ => random.NextDouble() < truth ? 1.0 : 0)];
            Estimate estimate = Bootstrap(Units(cases), 1, Mean(outcome), 400, e)[0];
            Assert.Equal(outcome.Average(), estimate.Value, 1e-12);
            covered += estimate.Low <= truth && truth <= estimate.High ? 1 : 0;
        }

        Assert.InRange(covered / (double)experiments, 0.88, 0.99);
    }

    [Fact]
    public void More_images_of_the_same_patients_do_not_narrow_the_interval()
    {
        double[] outcome = [.. Enumerable.Range(0, 30).Select(i => (double)(i * i % 7))];
        Estimate single = Bootstrap(Units(30), 1, Mean(outcome), 300, 3)[0];
        Estimate fourfold = Bootstrap(
            [.. Units(30).SelectMany(u => Enumerable.Repeat(u, 4))],
            1,
            Mean([.. outcome.SelectMany(o => Enumerable.Repeat(o, 4))]),
            300,
            3
        )[0];
        Assert.Equal(single.Low, fourfold.Low, 1e-12);
        Assert.Equal(single.High, fourfold.High, 1e-12);
        Assert.True(single.Low < single.Value && single.Value < single.High);
    }

    [Fact]
    public void The_same_seed_gives_the_same_interval_and_another_seed_another()
    {
        double[] outcome = [.. Enumerable.Range(0, 50).Select(i => Math.Sin(i))];
        Estimate Of(int seed) => Bootstrap(Units(50), 1, Mean(outcome), 500, seed)[0];
        Assert.Equal(Of(1), Of(1));
        Assert.NotEqual(Of(1), Of(2));
    }

    [Fact]
    public void A_paired_difference_sees_what_two_separate_intervals_cannot()
    {
        Random random = new(9);
        double[] first = [.. Enumerable.Range(0, 200).Select(_ => random.NextDouble())];
        double[] second = [.. first.Select(f => f + 0.01)];
        Estimate difference = Intervals.PairedDifference(Units(200), 1, Mean(first), Mean(second), 400, 1, TestContext.Current.CancellationToken)[0];
        Assert.Equal(0.01, difference.Low, 1e-9);
        Assert.Equal(0.01, difference.High, 1e-9);
        Estimate before = Bootstrap(Units(200), 1, Mean(first), 400, 1)[0],
            after = Bootstrap(Units(200), 1, Mean(second), 400, 1)[0];
        Assert.True(after.Low < before.High);
    }

    [Fact]
    public void There_is_no_interval_without_resamples_groups_or_a_defined_figure()
    {
        Assert.Equal(new Estimate(2), Bootstrap(Units(3), 1, Mean([1, 2, 3]), 0, 1)[0]);
        Assert.Equal(new Estimate(2), Bootstrap(["a", "a", "a"], 1, Mean([1, 2, 3]), 100, 1)[0]);
        Estimate rare = Bootstrap(Units(10), 1, (weights, values) => values[0] = weights[0] == 1 ? 1 : double.NaN, 200, 1)[0];
        Assert.Equal(new Estimate(1), rare);
    }

    [Fact]
    public void The_interval_holds_the_middle_nineteen_twentieths_of_the_resamples()
    {
        // The mean of 400 halves of 0 and 1 is nearly normal with standard error 0.5 / 20. The normal quantile of 97.5 % is 1.96; of 95 %, which
        // would end an interval of 90 %, 1.645.
        const int cases = 400;
        double[] outcome = [.. Enumerable.Range(0, cases).Select(i => (double)(i % 2))];
        Estimate estimate = Bootstrap(Units(cases), 1, Mean(outcome), 20000, 11)[0];
        double error = 0.5 / Math.Sqrt(cases);
        Assert.Equal(0.5 - (1.959964 * error), estimate.Low, 0.1 * error);
        Assert.Equal(0.5 + (1.959964 * error), estimate.High, 0.1 * error);
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(0.5, 2.5)]
    [InlineData(0.25, 1.75)]
    [InlineData(1, 4)]
    public void Quantiles_are_interpolated(double q, double expected) => Assert.Equal(expected, Statistic.Quantile([1, 2, 3, 4], q), 1e-12);

    private static string[] Units(int count) => [.. Enumerable.Range(0, count).Select(i => $"patient {i}")];

    private static Estimate[] Bootstrap(IReadOnlyList<string> units, int count, Statistics statistics, int resamples, int seed) =>
        Intervals.Bootstrap(units, count, statistics, resamples, seed, TestContext.Current.CancellationToken);

    private static Statistics Mean(double[] values) =>
        (weights, result) =>
        {
            double sum = 0,
                total = 0;
            for (int i = 0; i < values.Length; i++)
            {
                sum += weights[i] * values[i];
                total += weights[i];
            }

            result[0] = sum / total;
        };
}
