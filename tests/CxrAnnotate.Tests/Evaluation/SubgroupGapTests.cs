namespace CxrAnnotate.Tests;

public sealed class SubgroupGapTests
{
    private static SubgroupGap Share(string[] groups, int[] right, string[]? units = null, int resamples = 0, int minimum = 2) =>
        SubgroupGap.Of(
            groups,
            units ?? [.. groups.Select((_, i) => $"p{i}")],
            Weighted.Mean([.. Enumerable.Range(0, right.Length)], [.. right.Select(one => (double)one)]),
            minimum,
            resamples
        );

    /// <summary>a: 3 of 4, b: 1 of 4, c: one case only, which is not compared. All of a and b: 4 of 8.</summary>
    [Fact]
    public void The_gap_is_that_of_the_worst_group_that_is_large_enough()
    {
        SubgroupGap gap = Share(["a", "a", "a", "a", "b", "b", "b", "b", "c", ""], [1, 1, 1, 0, 1, 0, 0, 0, 0, 1]);
        Assert.Equal("b", gap.Worst);
        Assert.Equal(0.5, gap.All.Value, 1e-12);
        Assert.Equal(0.25, gap.Gap.Value, 1e-12);
        Assert.Equal(
            [("a", 4, 0.75, true), ("b", 4, 0.25, true), ("c", 1, 0, false)],
            gap.Groups.Select(g => (g.Group, g.Cases, g.Figure.Value, g.IsCompared))
        );
        Assert.True(double.IsNaN(gap.ChanceGap));
    }

    [Fact]
    public void Fewer_than_two_groups_have_no_gap()
    {
        SubgroupGap gap = Share(["a", "a", "b"], [1, 0, 1], resamples: 20);
        Assert.Null(gap.Worst);
        Assert.True(double.IsNaN(gap.Gap.Value) && double.IsNaN(gap.ChanceGap));
        Assert.Equal(0.5, gap.All.Value);
    }

    [Fact]
    public void A_true_gap_exceeds_what_chance_makes_and_none_does_not()
    {
        string[] groups = [.. Enumerable.Range(0, 400).Select(i => i % 2 == 0 ? "a" : "b")];
        SubgroupGap real = Share(groups, [.. groups.Select((group, i) => i % 10 < (group == "a" ? 10 : 4) ? 1 : 0)], resamples: 400);
        Assert.True(real.Gap.Low > real.ChanceGapHigh, $"{real.Gap} against {real.ChanceGapHigh}");
        SubgroupGap none = Share(groups, [.. groups.Select((_, i) => i / 2 % 2)], resamples: 400);
        Assert.Equal(0, none.Gap.Value, 1e-12);
        Assert.InRange(none.ChanceGap, 0.005, 0.05);
        Assert.True(none.ChanceGap < none.ChanceGapHigh);
    }

    /// <summary>Both views of a patient agree: dealing them apart would make chance look smaller than it is.</summary>
    [Fact]
    public void Chance_deals_whole_patients()
    {
        string[] groups = [.. Enumerable.Range(0, 200).Select(i => i / 10 % 2 == 0 ? "a" : "b")];
        int[] right = [.. groups.Select((_, i) => i / 10 % 4 < 2 ? 1 : 0)];
        double alone = Share(groups, right, resamples: 400).ChanceGap,
            together = Share(groups, right, [.. groups.Select((_, i) => $"p{i / 10}")], resamples: 400).ChanceGap;
        Assert.True(together > 2 * alone, $"{together} against {alone}");
    }
}
