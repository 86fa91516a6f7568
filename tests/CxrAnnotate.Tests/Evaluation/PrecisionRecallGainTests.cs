using CsCheck;

namespace CxrAnnotate.Tests;

public sealed class PrecisionRecallGainTests
{
    private static readonly Gen<(int Score, bool Positive, int Weight)[]> _scored = Gen.Select(Gen.Int[0, 6], Gen.Bool, Gen.Int[0, 3]).Array[2, 14];

    /// <summary>
    /// From the top: hit, wrong, hit, wrong. The points (recall gain, precision gain) are (0, 1), (0, 0), (1, 1/2), (1, 0): the area is that of a
    /// triangle with the sides 1 and 1/2.
    /// </summary>
    [Fact]
    public void The_area_equals_a_hand_computed_one() => Assert.Equal(0.25, Area((4, true, 1), (3, false, 1), (2, true, 1), (1, false, 1)), 1e-15);

    [Fact]
    public void A_perfect_ranking_has_1_equal_scores_have_0_and_a_single_class_is_undefined()
    {
        Assert.Equal(1, Area((3, true, 1), (2, true, 1), (1, false, 1), (0, false, 5)), 1e-12);
        Assert.Equal(0, Area((3, true, 1), (3, true, 2), (3, false, 1), (3, false, 5)), 1e-12);
        Assert.Equal(double.NaN, Area((1, true, 1), (2, true, 1)));
        Assert.Equal(double.NaN, Area((1, false, 1), (2, false, 1), (3, true, 0)));
    }

    /// <summary>
    /// The paper's definition integrated numerically: precision gain (precision - p) / ((1 - p) precision) as a function of recall gain, with tied
    /// cases split in proportion between thresholds.
    /// </summary>
    [Fact]
    public void The_area_equals_the_integral_of_the_definition() =>
        _scored
            .Where(cases => cases.Any(c => c.Positive && c.Weight > 0) && cases.Any(c => !c.Positive && c.Weight > 0))
            .Sample(
                cases =>
                {
                    const int steps = 20000;
                    double positives = cases.Where(c => c.Positive).Sum(c => c.Weight),
                        all = cases.Sum(c => c.Weight),
                        share = positives / all,
                        sum = 0;
                    (double Positive, double Negative)[] groups =
                    [
                        .. cases
                            .GroupBy(c => c.Score)
                            .OrderByDescending(g => g.Key)
                            .Select(g => ((double)g.Where(c => c.Positive).Sum(c => c.Weight), (double)g.Where(c => !c.Positive).Sum(c => c.Weight))),
                    ];
                    for (int i = 0; i < steps; i++)
                    {
                        double recallGain = (i + 0.5) / steps,
                            recall = share / (1 - ((1 - share) * recallGain)),
                            hits = 0,
                            wrong = 0;
                        foreach ((double positive, double negative) in groups)
                        {
                            if (hits + positive >= recall * positives)
                            {
                                double part = positive == 0 ? 0 : ((recall * positives) - hits) / positive;
                                (hits, wrong) = (hits + (part * positive), wrong + (part * negative));
                                break;
                            }

                            (hits, wrong) = (hits + positive, wrong + negative);
                        }

                        double precision = hits / (hits + wrong);
                        sum += (precision - share) / ((1 - share) * precision);
                    }

                    Assert.Equal(sum / steps, Area(cases), 5e-3);
                },
                iter: 60
            );

    [Fact]
    public void The_macro_figure_is_the_mean_over_the_labels_for_which_it_is_defined()
    {
        EvaluationCases cases = new()
        {
            Scheme = LabelScheme.Exclusive,
            Labels = ["a", "b", "c"],
            Truth = OneHot.Truth(3, 0, 1, 0, 1, -1),
            Decisions = OneHot.Decisions(3, 0, 0, 0, 0, 0),
            Scores = [[0.4, 0.9, 0], [0.3, 0.8, 0], [0.2, 0.7, 0], [0.1, 0.6, 0], [1, 1, 1]],
            Captions = ["", "", "", "", ""],
            Emitted = null,
            Units = ["1", "2", "3", "4", "5"],
            NormalLabel = "a",
        };
        // a: hit, wrong, hit, wrong, as above; b: the opposite; c occurs nowhere.
        MetricComputation macro = EvaluationMetric.BuiltIn.Single(m => m.Name == "macroAuprg").On(new MetricCases(cases));
        Assert.Equal((0.25 + Area((4, false, 1), (3, true, 1), (2, false, 1), (1, true, 1))) / 2, macro([1, 1, 1, 1, 1]), 1e-12);
    }

    private static double Area(params (int Score, bool Positive, int Weight)[] cases) =>
        new Ranking([.. Enumerable.Range(0, cases.Length)], [.. cases.Select(c => (double)c.Score)], [.. cases.Select(c => c.Positive)])
            .PrecisionRecallGainArea([.. cases.Select(c => c.Weight)]);
}
