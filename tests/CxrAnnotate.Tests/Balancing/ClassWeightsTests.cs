using CsCheck;

namespace CxrAnnotate.Tests;

public sealed class ClassWeightsTests
{
    /// <summary>The training images of the paper's 17 labels, as printed by the authors' notebook; normal first.</summary>
    internal static readonly int[] PaperCounts = [2157, 139, 94, 94, 67, 65, 64, 51, 49, 37, 33, 31, 31, 30, 29, 29, 26];

    internal static readonly string[] PaperNames = ["normal", .. Enumerable.Range(1, 16).Select(i => $"disease {i}")];

    private static readonly Gen<int[]> Counts = Gen.Int[0, 500].Array[1, 12].Where(counts => counts.Any(n => n > 0));

    private static double[] Compute(int[] counts, BalanceClassesOptions options) =>
        ClassWeights.Compute([.. counts.Select((_, i) => i == 0 ? "normal" : $"d{i}")], counts, options);

    [Fact]
    public void The_papers_normals_are_kept_with_the_papers_probability()
    {
        double[] weights = ClassWeights.Compute(PaperNames, PaperCounts, new BalanceClassesOptions());
        Assert.Equal(0.257765414928, weights[0], 12);
    }

    [Fact]
    public void The_papers_disease_images_are_copied_to_the_papers_list_of_11088()
    {
        double[] weights = ClassWeights.Compute(PaperNames, PaperCounts, new BalanceClassesOptions { WholeCopies = true });
        Assert.Equal([4, 6, 6, 8, 9, 9, 11, 11, 15, 17, 18, 18, 19, 19, 19, 21], weights.Skip(1));
        Assert.Equal(11088, PaperCounts[0] + weights.Zip(PaperCounts, (w, n) => w * n).Skip(1).Sum());
        Assert.Equal(0.257765414928, weights[0], 12);
    }

    [Fact]
    public void Data_dropout_draws_every_class_four_times_as_often_as_the_largest_disease_has_rows()
    {
        double[] weights = ClassWeights.Compute(PaperNames, PaperCounts, new BalanceClassesOptions());
        Assert.All(weights.Zip(PaperCounts, (w, n) => w * n), draws => Assert.Equal(4 * 139, draws, 9));
    }

    [Fact]
    public void Data_dropout_never_repeats_normals_that_abound_nor_favours_a_class()
    {
        Gen.Select(Counts, Gen.Double[0.1, 10])
            .Sample(
                (counts, ratio) =>
                {
                    double[] weights = Compute(counts, new BalanceClassesOptions { NormalRatio = ratio });
                    double[] draws = [.. weights.Zip(counts, (w, n) => w * n).Where(d => d > 0)];
                    Assert.All(draws, d => Assert.Equal(draws[0], d, 1e-9 * draws[0]));
                    if (counts[0] >= counts.Max())
                        Assert.InRange(weights[0], 0, 1 + 1e-12);
                }
            );
    }

    [Fact]
    public void Normals_are_recognized_by_their_base_name_in_any_case()
    {
        string[] normals = ["normal", "No Finding"];
        Assert.All((string[])["normal", "Normal", "no finding", "normal#3"], name => Assert.True(ClassWeights.IsNormal(name, normals)));
        Assert.All((string[])["normality", "ab#normal", "", "#normal"], name => Assert.False(ClassWeights.IsNormal(name, normals)));
    }

    [Fact]
    public void Inverse_frequency_draws_classes_equally_and_as_many_rows_as_there_are()
    {
        Counts.Sample(counts =>
        {
            double[] weights = Compute(counts, new BalanceClassesOptions { Method = BalancingMethod.InverseFrequency });
            double share = (double)counts.Sum() / counts.Count(n => n > 0);
            for (int i = 0; i < counts.Length; i++)
                Assert.Equal(counts[i] > 0 ? share / counts[i] : 0, weights[i], 1e-9);
        });
    }

    [Fact]
    public void Effective_number_weights_by_the_reciprocal_of_the_sum_of_powers_of_beta()
    {
        Gen.Select(Counts, Gen.Double[0, 0.9999])
            .Sample(
                (counts, beta) =>
                {
                    double[] weights = Compute(counts, new BalanceClassesOptions { Method = BalancingMethod.EffectiveNumber, Beta = beta });
                    Assert.Equal(counts.Sum(), weights.Zip(counts, (w, n) => w * n).Sum(), 1e-6 * counts.Sum());
                    // The effective number is the geometric sum 1 + beta + ... + beta^(n-1), here term by term.
                    double[] products =
                    [
                        .. counts
                            .Zip(weights)
                            .Where(p => p.First > 0)
                            .Select(p => p.Second * Enumerable.Range(0, p.First).Sum(k => Math.Pow(beta, k))),
                    ];
                    Assert.All(products, p => Assert.Equal(products[0], p, 1e-6 * products[0]));
                }
            );
    }

    /// <summary>Cui et al. (2019): (1 - 0.999^1000) / (1 - 0.999^10) is 63.515.</summary>
    [Fact]
    public void By_default_the_effective_number_has_a_beta_of_999_in_1000()
    {
        double[] weights = Compute([1000, 10], new BalanceClassesOptions { Method = BalancingMethod.EffectiveNumber });
        Assert.Equal(63.515, weights[1] / weights[0], 1e-2);
    }

    [Fact]
    public void Without_balancing_every_row_is_drawn_once() =>
        Assert.Equal([1, 0, 1], Compute([7, 0, 2], new BalanceClassesOptions { Method = BalancingMethod.None }));

    [Fact]
    public void Rows_per_epoch_and_the_cap_are_met_if_both_can_be()
    {
        Gen.Select(Counts, Gen.Enum<BalancingMethod>(), Gen.Int[1, 20_000], Gen.Double[0.01, 50])
            .Sample(
                (counts, method, rows, cap) =>
                {
                    double[] weights = Compute(
                        counts,
                        new BalanceClassesOptions
                        {
                            Method = method,
                            RowsPerEpoch = rows,
                            MaximumWeight = cap,
                        }
                    );
                    Assert.All(weights, w => Assert.InRange(w, 0, cap));
                    double drawn = weights.Zip(counts, (w, n) => w * n).Sum();
                    Assert.Equal(Math.Min(rows, cap * counts.Sum()), drawn, 1e-6 * drawn);
                }
            );
    }

    [Fact]
    public void Options_out_of_range_are_refused_by_name()
    {
        (BalanceClassesOptions, string)[] wrong =
        [
            (new() { NormalRatio = 0 }, "NormalRatio"),
            (new() { NormalRatio = double.NaN }, "NormalRatio"),
            (new() { Beta = 1 }, "Beta"),
            (new() { Beta = -0.1 }, "Beta"),
            (new() { MaximumWeight = 0 }, "MaximumWeight"),
            (new() { RowsPerEpoch = 0 }, "RowsPerEpoch"),
            (new() { Method = (BalancingMethod)9 }, "Method"),
        ];
        foreach ((BalanceClassesOptions options, string name) in wrong)
            Assert.Equal(name, Assert.Throws<ArgumentOutOfRangeException>(options.Check).ParamName);
        new BalanceClassesOptions().Check();
    }
}
