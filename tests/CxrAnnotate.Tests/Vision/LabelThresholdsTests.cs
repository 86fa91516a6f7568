using CsCheck;

namespace CxrAnnotate.Tests;

public sealed class LabelThresholdsTests
{
    private static readonly Gen<(float Score, float Target)[]> Rows = Gen.Select(
        Gen.Int[0, 20].Select(i => i / 20f),
        Gen.Int[0, 2].Select(t => t == 2 ? float.NaN : t)
    ).Array[1, 40];

    [Fact]
    public void No_other_threshold_has_a_higher_F1() =>
        Rows.Sample(rows =>
        {
            float[][] scores = [.. rows.Select(r => new[] { r.Score })],
                targets = [.. rows.Select(r => new[] { r.Target })];
            int present = rows.Count(r => r.Target == 1),
                absent = rows.Count(r => r.Target == 0);
            float chosen = LabelThresholds.Choose(scores, targets, 1, minimumCases: 1)[0];
            if (present == 0 || absent == 0)
            {
                Assert.Equal(0.5f, chosen);
                return;
            }

            double F1(double threshold) =>
                2.0
                * rows.Count(r => r.Target == 1 && r.Score >= threshold)
                / (present + rows.Count(r => !float.IsNaN(r.Target) && r.Score >= threshold));
            Assert.True(Enumerable.Range(0, 101).All(i => F1(i / 100.0) <= F1(chosen) + 1e-12));
            Assert.Equal(F1(chosen), LabelThresholds.BestMacroF1(scores, targets, 1)!.Value, 1e-12);
        });

    [Fact]
    public void Ties_go_to_the_threshold_nearest_to_a_half()
    {
        float[][] scores =
        [
            [0.9f],
            [0.8f],
            [0.4f],
            [0.1f],
        ];
        Assert.Equal(
            0.6f,
            LabelThresholds.Choose(
                scores,
                [
                    [1],
                    [1],
                    [0],
                    [0],
                ],
                1,
                1
            )[0],
            1e-6
        );
        // Detecting only the first and detecting the first four have the same F1: 2 / (1 + 2) and 2 * 2 / (4 + 2). 0.65 is nearer to a half than
        // 0.05.
        float[][] tied =
        [
            [0.9f],
            [0.4f],
            [0.3f],
            [0.1f],
            [0f],
        ];
        Assert.Equal(
            0.65f,
            LabelThresholds.Choose(
                tied,
                [
                    [1],
                    [0],
                    [0],
                    [1],
                    [0],
                ],
                1,
                1
            )[0],
            1e-6
        );
    }

    [Fact]
    public void Too_few_cases_of_either_kind_give_a_threshold_of_a_half()
    {
        float[][] scores = [.. Enumerable.Range(0, 20).Select(i => new[] { i / 20f })],
            targets = [.. Enumerable.Range(0, 20).Select(i => new[] { i >= 17 ? 1f : 0 })];
        Assert.Equal(0.5f, LabelThresholds.Choose(scores, targets, 1, minimumCases: 4)[0]);
        Assert.Equal(0.825f, LabelThresholds.Choose(scores, targets, 1, minimumCases: 3)[0], 1e-6);
        Assert.Equal(0.5f, LabelThresholds.Choose(scores, [.. targets.Select(t => new[] { 1 - t[0] })], 1, minimumCases: 4)[0]);
    }

    [Fact]
    public void Decisions_are_positive_at_or_above_the_threshold_and_missing_without_a_probability() =>
        Assert.Equal([1, 0, float.NaN], LabelScheme.Independent.Decide([0, 1, 2], [0.5f, 0.49f, float.NaN], [0.5f, 0.5f, 0.5f]));

    [Fact]
    public void Presence_is_weighted_by_the_odds_of_absence_to_a_power()
    {
        float[][] targets =
        [
            .. Enumerable
                .Range(0, 100)
                .Select(i =>
                    new[]
                    {
                        i < 10 ? 1f : 0,
                        i < 90 ? 1f : 0,
                        i < 4 ? 1
                        : i < 8 ? float.NaN
                        : 0,
                        0,
                    }
                ),
        ];
        Assert.Equal([9f, 1, 20, 1], LabelThresholds.PositiveWeights(targets, 4, power: 1, maximum: 20));
        Assert.Equal(3f, LabelThresholds.PositiveWeights(targets, 4, power: 0.5, maximum: 20)[0], 1e-6);
        Assert.Equal([1f, 1, 1, 1], LabelThresholds.PositiveWeights(targets, 4, power: 0, maximum: 20));
    }

    [Fact]
    public void Parts_of_a_finding_are_merged()
    {
        int[] baseOf = BaseLabels.Indices(["a#1", "b", "a#2"]);
        Assert.Equal([0.7f, 0.2f], BaseLabels.FoldFindings(baseOf, [0.3f, 0.2f, 0.7f]));
        Assert.Equal([1f, float.NaN], BaseLabels.FoldFindings(baseOf, [float.NaN, float.NaN, 1]));
        Assert.Equal([float.NaN, 0], BaseLabels.FoldFindings(baseOf, [0, 0, float.NaN]));
    }
}
