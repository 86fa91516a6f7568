using CsCheck;

namespace CxrAnnotate.Tests;

/// <summary>The choice of the iteration by evidence.</summary>
public sealed class IterationChoiceTests
{
    [Fact]
    public void A_lead_on_few_patients_does_not_make_the_earlier_iteration_win_and_the_same_lead_on_many_does()
    {
        // Of every ten rows the earlier iteration reads eight, the later six.
        IterationEvidence few = Compare(Reads(10, 8), Reads(10, 6), 1),
            many = Compare(Reads(1000, 8), Reads(1000, 6), 1);
        Assert.Equal(few.Difference, many.Difference, 9);
        Assert.True(few.Difference < 0);
        Assert.False(few.FavoursEarlier);
        Assert.Equal(2, CascadeChoice.Kept([null, few]));
        Assert.True(many.FavoursEarlier);
        Assert.Equal(0, many.ProbabilityBetter!.Value, 3);
        Assert.Equal(1, CascadeChoice.Kept([null, many]));
        Assert.Equal((1000, 1000), (many.Rows, many.Groups));
    }

    [Fact]
    public void Rows_of_one_patient_are_drawn_together()
    {
        ValidationReadings earlier = Reads(100, 8),
            later = Reads(100, 6);
        string[] four = [.. Enumerable.Range(0, 100).Select(i => $"{i / 25}")];
        IterationEvidence alone = Compare(earlier, later, 1),
            together = Compare(earlier with { Groups = four }, later with { Groups = four }, 1),
            one = Compare(earlier with { Groups = [.. four.Select(_ => "")] }, later with { Groups = [.. four.Select(_ => "")] }, 1);
        Assert.Equal(alone.Difference, together.Difference, 9);
        Assert.Equal(4, together.Groups);
        // One patient says nothing of others: there is no interval, and the later iteration is kept.
        Assert.Null(one.Low);
        Assert.Null(one.ProbabilityBetter);
        Assert.Equal(2, CascadeChoice.Kept([null, one]));
    }

    [Fact]
    public void An_interval_is_that_of_the_mean_of_paired_differences_where_only_contexts_differ()
    {
        // With the same decisions the score differs by half the mean difference of contexts: its bootstrap is that of a mean.
        double[] first = [.. Enumerable.Range(0, 200).Select(i => i % 7 / 7.0)],
            second = [.. Enumerable.Range(0, 200).Select(i => i % 5 / 5.0)];
        ValidationReadings read = Reads(200, 10);
        IterationEvidence evidence = Compare(read with { Context = first }, read with { Context = second }, 3);
        double[] halves = [.. first.Zip(second, (a, b) => (b - a) / 2)];
        double mean = halves.Average(),
            error = Math.Sqrt(halves.Average(h => (h - mean) * (h - mean)) / halves.Length);
        Assert.Equal(mean, evidence.Difference, 9);
        Assert.Equal(mean - (1.96 * error), evidence.Low!.Value, 0.1 * error + 1e-9);
        Assert.Equal(mean + (1.96 * error), evidence.High!.Value, 0.1 * error + 1e-9);
    }

    [Fact]
    public void Weighted_scores_equal_those_of_repeated_rows() =>
        Gen.Select(Gen.Int[0, 3].Array[12], Gen.Int[0, 2].Array[12], Gen.Int[0, 2].Array[12])
            .Where((weights, _, _) => weights.Sum() > 0)
            .Sample(
                (weights, truth, read) =>
                {
                    ValidationReadings one = Of(truth, read);
                    int[] repeated = [.. weights.SelectMany((weight, i) => Enumerable.Repeat(i, weight))];
                    ValidationReadings many = Of([.. repeated.Select(i => truth[i])], [.. repeated.Select(i => read[i])]);
                    Assert.Equal(many.Score(), one.Score(weights), 12);
                },
                iter: 200
            );

    [Theory]
    [InlineData(IterationChoice.Evidence, 1)]
    [InlineData(IterationChoice.Best, 2)]
    [InlineData(IterationChoice.Last, 3)]
    public void Each_rule_chooses_by_its_definition(IterationChoice rule, int chosen)
    {
        CascadeIterationReport[] iterations =
        [
            Report(1, 0.5, null),
            Report(2, 0.9, Against(1, -0.2, -0.1)),
            Report(3, 0.4, Against(1, -0.3, -0.05)),
        ];
        Assert.Equal(chosen, CascadeChoice.Of(rule, iterations));
        Assert.Equal(3, CascadeChoice.Of(rule, [.. iterations.Select(one => one with { ValidationDisease = null, Evidence = null })]));
    }

    [Fact]
    public void An_iteration_that_was_not_kept_is_no_rival_of_later_ones()
    {
        Assert.Equal(3, CascadeChoice.Kept([null, Against(1, -0.2, -0.1), Against(1, -0.1, 0.1)]));
        Assert.Equal(2, CascadeChoice.Kept([null, Against(1, 0.1, 0.2), Against(2, -0.2, -0.1)]));
        Assert.Equal(1, CascadeChoice.Kept([null]));
    }

    private static IterationEvidence Compare(ValidationReadings earlier, ValidationReadings later, int seed) =>
        CascadeChoice.Compare(1, earlier, later, seed, TestContext.Current.CancellationToken);

    private static CascadeIterationReport Report(int iteration, double score, IterationEvidence? evidence) =>
        new(iteration, ["a", "b"], null, null, score, score) { Evidence = evidence };

    private static IterationEvidence Against(int iteration, double low, double high) =>
        new(iteration, (low + high) / 2, low, high, 0.5, 10, 10, 2000);

    /// <summary>Rows of two labels, of whose every ten so many are read rightly.</summary>
    private static ValidationReadings Reads(int rows, int right)
    {
        int[] truth = [.. Enumerable.Range(0, rows).Select(i => i % 2)];
        return Of(truth, [.. truth.Select((label, i) => i % 10 < right ? label : 1 - label)]);
    }

    private static ValidationReadings Of(int[] truth, int[] read) =>
        new(
            [.. truth.Select(label => new float[] { label == 0 ? 1 : 0, label == 1 ? 1 : 0, label == 2 ? 1 : 0 })],
            [.. read.Select(label => new float[] { label == 0 ? 1 : 0, label == 1 ? 1 : 0, label == 2 ? 1 : 0 })],
            [.. truth.Select((label, i) => label == 2 ? double.NaN : label == read[i] ? 1 : 0)],
            [.. truth.Select((_, i) => $"{i}")]
        );
}
