using CsCheck;

namespace CxrAnnotate.Tests;

public sealed class EpochSamplerTests
{
    private static readonly Gen<(float[] Weights, int[] Labels)> Rows = Gen.Select(Gen.Float[0, 4], Gen.Int[-1, 4])
        .Array[0, 120]
        .Select(rows => (rows.Select(r => r.Item1).ToArray(), rows.Select(r => r.Item2).ToArray()));

    private static readonly Gen<int> Seeds = Gen.Int;

    private static (float[] Weights, int[] Labels) Paper()
    {
        double[] weights = ClassWeights.Compute(ClassWeightsTests.PaperNames, ClassWeightsTests.PaperCounts, new BalanceClassesOptions());
        int[] labels = [.. ClassWeightsTests.PaperCounts.SelectMany((n, label) => Enumerable.Repeat(label, n))];
        return (Array.ConvertAll(labels, label => (float)weights[label]), labels);
    }

    [Fact]
    public void Every_row_is_drawn_its_weight_rounded_down_or_up()
    {
        Gen.Select(Rows, Seeds, Gen.Int[0, 100])
            .Sample(
                (rows, seed, epoch) =>
                {
                    int[] drawn = Count(EpochSampler.Draw(rows.Weights, rows.Labels, seed, epoch), rows.Weights.Length);
                    for (int i = 0; i < drawn.Length; i++)
                        Assert.InRange(drawn[i], Math.Floor(rows.Weights[i]), Math.Ceiling(rows.Weights[i]));
                }
            );
    }

    [Fact]
    public void Rows_of_weight_0_change_nothing_for_the_others()
    {
        Gen.Select(Rows, Seeds)
            .Sample(
                (rows, seed) =>
                    Assert.Equal(
                        EpochSampler.Draw(rows.Weights, rows.Labels, seed, 2),
                        EpochSampler.Draw(
                            [.. rows.Weights, .. rows.Labels.Select(_ => 0f)],
                            [.. rows.Labels, .. rows.Labels],
                            seed,
                            2
                        )
                    )
            );
    }

    [Fact]
    public void Every_class_is_drawn_its_expected_number_of_times_within_one()
    {
        Gen.Select(Rows, Seeds)
            .Sample(
                (rows, seed) =>
                {
                    int[] order = EpochSampler.Draw(rows.Weights, rows.Labels, seed, 0);
                    foreach (int label in rows.Labels.Distinct())
                    {
                        double expected = rows.Weights.Where((_, i) => rows.Labels[i] == label).Sum(w => (double)w);
                        Assert.InRange(order.Count(i => rows.Labels[i] == label), Math.Floor(expected - 1e-6), Math.Ceiling(expected + 1e-6));
                    }
                }
            );
    }

    [Fact]
    public void Over_many_epochs_draws_match_the_weights_within_binomial_bounds()
    {
        const int Epochs = 2000;
        float[] weights = [0, 0.25f, 0.25f, 0.26f, 0.5f, 0.9f, 1, 1.5f, 4, 7.3f, 0.01f, 0.25f];
        int[] labels = [0, 0, 0, 0, 1, 1, 1, 2, 2, 2, -1, -1],
            total = new int[weights.Length];
        for (int epoch = 0; epoch < Epochs; epoch++)
        {
            foreach (int row in EpochSampler.Draw(weights, labels, 7, epoch))
                total[row]++;
        }
        for (int i = 0; i < weights.Length; i++)
        {
            double fraction = weights[i] - Math.Floor(weights[i]),
                fiveSigma = 5 * Math.Sqrt(Epochs * fraction * (1 - fraction));
            Assert.InRange(total[i], Epochs * (double)weights[i] - fiveSigma - 1e-3, Epochs * (double)weights[i] + fiveSigma + 1e-3);
        }
    }

    [Fact]
    public void Every_prefix_of_an_epoch_has_nearly_the_class_mix_of_the_epoch()
    {
        Gen.Select(Rows, Seeds).Sample((rows, seed) => AssertEven(EpochSampler.Draw(rows.Weights, rows.Labels, seed, 3), rows.Labels));
        (float[] weights, int[] labels) = Paper();
        AssertEven(EpochSampler.Draw(weights, labels, 2016, 0), labels);
    }

    [Fact]
    public void Data_dropout_omits_different_normals_each_epoch()
    {
        (float[] weights, int[] labels) = Paper();
        HashSet<int> seen = [];
        HashSet<int>? last = null;
        for (int epoch = 0; epoch < 80; epoch++)
        {
            HashSet<int> kept = [.. EpochSampler.Draw(weights, labels, 1, epoch).Where(row => labels[row] == 0)];
            Assert.InRange(kept.Count, 555, 557);
            Assert.True(last is null || !kept.SetEquals(last));
            seen.UnionWith(last = kept);
        }
        // A row is missed by 80 independent draws once in 10^10.
        Assert.Equal(2157, seen.Count);
    }

    [Fact]
    public void Copies_of_a_row_are_spread_over_the_epoch()
    {
        float[] weights = [.. Enumerable.Repeat(5f, 20)];
        int[] order = EpochSampler.Draw(weights, null, 3, 0);
        Assert.All(order.Chunk(20), round => Assert.Equal(Enumerable.Range(0, 20), round.Order()));
    }

    [Fact]
    public void The_draw_depends_only_on_seed_and_epoch()
    {
        float[] weights = [.. Enumerable.Repeat(0.5f, 64)];
        int[] first = EpochSampler.Draw(weights, null, 5, 2);
        Assert.Equal(first, EpochSampler.Draw([.. weights], null, 5, 2));
        Assert.NotEqual(first, EpochSampler.Draw(weights, null, 5, 3));
        Assert.NotEqual(first, EpochSampler.Draw(weights, null, 6, 2));
        Assert.NotEqual(EpochSampler.Draw(weights, null, 2, 5), first);
    }

    [Fact]
    public void The_draw_is_the_same_on_every_platform()
    {
        int[] order = EpochSampler.Draw([0.5f, 0.5f, 0.5f, 0.5f, 2, 2, 1.5f, 1], [0, 0, 0, 0, 1, 1, 2, -1], 2016, 1);
        // Computed by the same rule written in Python.
        Assert.Equal("5 7 4 6 0 2 4 5", string.Join(' ', order));
    }

    [Fact]
    public void Unusable_weights_are_refused_with_their_row()
    {
        foreach (float wrong in (float[])[-1, float.NaN, float.PositiveInfinity])
            Assert.Contains(
                "row 1",
                Assert.Throws<ArgumentException>(() => EpochSampler.Draw([1, wrong], [0, 0], 0, 0)).Message,
                StringComparison.Ordinal
            );
        Assert.Throws<ArgumentException>(() => EpochSampler.Draw([1], [0, 0], 0, 0));
    }

    /// <summary>
    /// Draws of a class lie one in each of m equal parts of the epoch, so up to any place t a class has m t draws within one; summed over K classes
    /// the prefix is t of the epoch within K rows. Hence the bound, which a plain shuffle breaks.
    /// </summary>
    private static void AssertEven(int[] order, int[] labels)
    {
        Dictionary<int, int> whole = order.GroupBy(row => labels[row]).ToDictionary(g => g.Key, g => g.Count()),
            sofar = whole.ToDictionary(p => p.Key, _ => 0);
        for (int n = 1; n <= order.Length; n++)
        {
            sofar[labels[order[n - 1]]]++;
            foreach ((int label, int m) in whole)
            {
                double share = (double)m / order.Length;
                Assert.InRange(sofar[label], n * share - 1 - whole.Count * share - 1e-9, n * share + 1 + whole.Count * share + 1e-9);
            }
        }
    }

    private static int[] Count(int[] order, int rows)
    {
        int[] counts = new int[rows];
        foreach (int row in order)
            counts[row]++;
        return counts;
    }
}
