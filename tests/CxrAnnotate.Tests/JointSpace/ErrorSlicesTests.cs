using CsCheck;

namespace CxrAnnotate.Tests;

public sealed class ErrorSlicesTests
{
    [Fact]
    public void A_group_that_is_read_wrong_more_often_than_the_rest_of_its_label_is_the_first_slice()
    {
        var random = new Random(5);
        Cases cases = Cases.Draw(random, 400, i => i % 8 == 0 ? 0.7 : 0.1, isApart: i => i % 8 == 0);
        ErrorSlice slice = ErrorSlices.Find(cases.Vectors, cases.Labels, cases.Wrong)[0];
        int[] planted = [.. Enumerable.Range(0, 400).Where(i => i % 8 == 0)];
        Assert.Equal("effusion", slice.Label);
        Assert.Equal(planted, slice.Cases);
        Assert.Equal(planted.Count(i => cases.Wrong[i]), slice.Errors);
        Assert.Equal(slice.Errors / 50.0, slice.ErrorRate.Value);
        Assert.InRange(slice.ErrorRate.Value, slice.ErrorRate.Low, slice.ErrorRate.High);
        Assert.Equal(cases.Wrong.Where((w, i) => w && i % 8 != 0).Count() / 350.0, slice.OtherErrorRate);
        Assert.InRange(slice.Significance, 0, 0.001);
        Assert.Contains(slice.Medoid, planted);
    }

    [Fact]
    public void Of_errors_that_have_nothing_to_do_with_the_vectors_few_draws_list_a_slice()
    {
        // With a false discovery rate of 5 %, at most 5 % of such draws list anything: of 100 more than 13 with a probability below 0.001.
        int listed = Enumerable
            .Range(0, 100)
            .Count(draw =>
            {
                Cases cases = Cases.Draw(new Random(draw), 160, _ => 0.3, isApart: i => i % 5 == 0);
                return ErrorSlices.Find(cases.Vectors, cases.Labels, cases.Wrong, new ErrorSlicesOptions { MaximumClusters = 4 }).Count > 0;
            });
        Assert.InRange(listed, 0, 13);
    }

    [Fact]
    public void A_label_that_is_difficult_as_a_whole_is_no_slice()
    {
        Cases easy = Cases.Draw(new Random(1), 100, _ => 0, _ => false),
            hard = Cases.Draw(new Random(2), 100, _ => 1, _ => true);
        Assert.Empty(
            ErrorSlices.Find(
                [.. easy.Vectors, .. hard.Vectors],
                [.. easy.Labels, .. hard.Labels.Select(_ => "nodule")],
                [.. easy.Wrong, .. hard.Wrong]
            )
        );
    }

    [Fact]
    public void Cases_without_a_label_or_a_vector_are_ignored()
    {
        Cases cases = Cases.Draw(new Random(5), 200, i => i % 4 == 0 ? 0.8 : 0.1, i => i % 4 == 0);
        cases.Labels[0] = null;
        cases.Vectors[4] = [float.NaN, 0, 0];
        ErrorSlice slice = ErrorSlices.Find(cases.Vectors, cases.Labels, cases.Wrong)[0];
        Assert.Equal(48, slice.Cases.Count);
        Assert.DoesNotContain(0, slice.Cases);
        Assert.DoesNotContain(4, slice.Cases);
        Assert.Empty(ErrorSlices.Find([], [], []));
        Assert.Throws<ArgumentException>(() => ErrorSlices.Find(cases.Vectors, cases.Labels, []));
        Assert.Throws<ArgumentOutOfRangeException>(() =>
            ErrorSlices.Find(cases.Vectors, cases.Labels, cases.Wrong, new ErrorSlicesOptions { MaximumClusters = 1 })
        );
    }

    [Fact]
    public void The_tail_is_the_share_of_all_draws_with_so_many_errors() =>
        (
            from all in Gen.Int[1, 9]
            from cases in Gen.Int[0, 9]
            from wrong in Gen.Int[0, 9]
            from errors in Gen.Int[0, 9]
            select (all, cases, wrong, errors)
        )
            .Where(c => c.cases <= c.all && c.wrong <= c.all)
            .Sample(c =>
            {
                // Every way to choose the cases among all, of which the first ones are wrong.
                int[] chosen = [.. Enumerable.Range(0, 1 << c.all).Where(set => System.Numerics.BitOperations.PopCount((uint)set) == c.cases)];
                int among = chosen.Count(set => System.Numerics.BitOperations.PopCount((uint)set & ((1u << c.wrong) - 1)) >= c.errors);
                Assert.Equal(among / (double)chosen.Length, ErrorSlices.Tail(c.errors, c.cases, c.wrong, c.all), 1e-9);
            });

    [Fact]
    public void Adjusted_values_are_those_of_Benjamini_and_Hochberg()
    {
        // p.adjust(c(0.01, 0.04, 0.03, 0.005, 0.9), "BH") of R.
        double[] adjusted = ErrorSlices.BenjaminiHochberg([0.01, 0.04, 0.03, 0.005, 0.9]);
        Assert.Equal([0.025, 0.05, 0.05, 0.025, 0.9], adjusted, (a, b) => Math.Abs(a - b) < 1e-12);
        Assert.Empty(ErrorSlices.BenjaminiHochberg([]));
    }

    [Theory]
    // The example of Newcombe (1998), table I, method 3: 81 of 263, and 15 of 148; 0 of 20 and 1 of 29.
    [InlineData(81, 263, 0.2553, 0.3662)]
    [InlineData(15, 148, 0.0624, 0.1605)]
    [InlineData(0, 20, 0.0000, 0.1611)]
    [InlineData(1, 29, 0.0061, 0.1718)]
    public void Intervals_of_shares_are_those_of_Wilson(int count, int cases, double low, double high)
    {
        Estimate share = Intervals.Wilson(count, cases);
        Assert.Equal(count / (double)cases, share.Value);
        Assert.Equal(low, share.Low, 5e-5);
        Assert.Equal(high, share.High, 5e-5);
    }

    private sealed record Cases(float[][] Vectors, string?[] Labels, bool[] Wrong)
    {
        internal static Cases Draw(Random random, int count, Func<int, double> errorRate, Func<int, bool> isApart) =>
            new(
                [
                    .. Enumerable
                        .Range(0, count)
                        .Select(i => Enumerable.Range(0, 3).Select(_ => (float)(random.NextDouble() + (isApart(i) ? 4 : 0))).ToArray()),
                ],
                [.. Enumerable.Repeat("effusion", count)],
                [.. Enumerable.Range(0, count).Select(i => random.NextDouble() < errorRate(i))]
            );
    }
}
