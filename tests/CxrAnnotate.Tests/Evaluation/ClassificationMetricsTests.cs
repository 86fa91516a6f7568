using System.Text.Json;
using CsCheck;

namespace CxrAnnotate.Tests;

public sealed class ClassificationMetricsTests
{
    private static readonly Gen<(int Score, bool Positive)[]> Scored = Gen.Select(Gen.Int[0, 9], Gen.Bool).Array[2, 40];
    private static readonly Gen<(int Truth, int Predicted)[]> Decisions = Gen.Select(Gen.Int[0, 3], Gen.Int[-1, 3]).Array[1, 40];

    [Fact]
    public void Every_figure_equals_the_oracle()
    {
        using JsonDocument oracle = JsonDocument.Parse(File.ReadAllText(TestData.Require("oracles/classification-metrics.json")));
        Assert.NotEqual(0, oracle.RootElement.GetArrayLength());
        foreach (JsonElement set in oracle.RootElement.EnumerateArray())
        {
            int[] truth = set.GetProperty("labels").Deserialize<int[]>()!;
            double[][] scores = set.GetProperty("scores").Deserialize<double[][]>()!;
            int labels = scores[0].Length;
            AnnotationFigures figures = Figures(labels, truth, [.. scores.Select(s => Array.IndexOf(s, s.Max()))], scores);
            for (int k = 0; k < labels; k++)
            {
                Assert.Equal(set.GetProperty("auroc")[k].GetDouble(), figures.Labels[k].Auroc.Value, 1e-9);
                Assert.Equal(set.GetProperty("auprc")[k].GetDouble(), figures.Labels[k].Auprc.Value, 1e-9);
            }

            Assert.Equal(set.GetProperty("macroF1").GetDouble(), figures.MacroF1.Value, 1e-9);
            Assert.Equal(set.GetProperty("accuracy").GetDouble(), figures.Accuracy.Value, 1e-9);
            Assert.Equal(set.GetProperty("kappa").GetDouble(), figures.Kappa.Value, 1e-9);
            Assert.Equal(set.GetProperty("brier").GetDouble(), figures.Brier.Value, 1e-9);
        }
    }

    [Fact]
    public void Auroc_is_the_share_of_pairs_in_the_right_order_ties_half() =>
        Scored.Sample(cases =>
        {
            double pairs = 0,
                right = 0;
            foreach ((int positive, _) in cases.Where(c => c.Positive))
                foreach ((int negative, _) in cases.Where(c => !c.Positive))
                {
                    pairs++;
                    right +=
                        positive > negative ? 1
                        : positive == negative ? 0.5
                        : 0;
                }

            Assert.Equal(right / pairs, Rank(cases).Auroc(), 1e-12);
        });

    [Fact]
    public void Negating_the_scores_reverses_auroc() =>
        Scored
            .Where(c => c.Any(x => x.Positive) && c.Any(x => !x.Positive))
            .Sample(cases => Assert.Equal(1 - Rank(cases).Auroc(), Rank([.. cases.Select(c => (-c.Score, c.Positive))]).Auroc(), 1e-12));

    [Fact]
    public void Average_precision_sums_precision_over_the_steps_of_recall() =>
        Scored
            .Where(c => c.Any(x => x.Positive))
            .Sample(cases =>
            {
                double area = 0,
                    recallBefore = 0,
                    positives = cases.Count(c => c.Positive);
                for (int threshold = 9; threshold >= 0; threshold--)
                {
                    double taken = cases.Count(c => c.Score >= threshold),
                        found = cases.Count(c => c.Score >= threshold && c.Positive);
                    if (taken == 0)
                        continue;
                    area += (found / positives - recallBefore) * found / taken;
                    recallBefore = found / positives;
                }

                Assert.Equal(area, Rank(cases).AveragePrecision(), 1e-12);
            });

    [Fact]
    public void A_weight_counts_as_that_many_copies() =>
        Gen.Select(Scored, Gen.Int[0, 3].Array[40])
            .Sample(
                (cases, weights) =>
                {
                    (int, bool)[] copies = [.. cases.SelectMany((c, i) => Enumerable.Repeat(c, weights[i]))];
                    Assert.Equal(Rank(copies).Auroc(), Rank(cases).Auroc(weights), 1e-12);
                    Assert.Equal(Rank(copies).AveragePrecision(), Rank(cases).AveragePrecision(weights), 1e-12);
                }
            );

    [Fact]
    public void A_label_without_positives_has_an_undefined_area()
    {
        Ranking none = Rank([(1, false), (2, false)]);
        Assert.True(double.IsNaN(none.Auroc()));
        Assert.True(double.IsNaN(none.AveragePrecision()));
        Assert.Equal(0.75, Statistic.MeanOfDefined([double.NaN, 1, 0.5]));
        Assert.True(double.IsNaN(Statistic.MeanOfDefined([double.NaN])));
    }

    [Fact]
    public void Decisions_are_counted_as_a_naive_count_does() =>
        Decisions.Sample(cases =>
        {
            AnnotationFigures figures = Figures(4, [.. cases.Select(c => c.Truth)], [.. cases.Select(c => c.Predicted)]);
            List<double> f1 = [],
                recalls = [];
            for (int k = 0; k < 4; k++)
            {
                double hit = cases.Count(c => c.Truth == k && c.Predicted == k),
                    missed = cases.Count(c => c.Truth == k && c.Predicted != k),
                    wrong = cases.Count(c => c.Truth != k && c.Predicted == k);
                if (hit + missed + wrong == 0)
                {
                    Assert.True(double.IsNaN(figures.Labels[k].F1.Value));
                    continue;
                }

                double precision = hit + wrong == 0 ? 0 : hit / (hit + wrong),
                    recall = hit + missed == 0 ? 0 : hit / (hit + missed);
                f1.Add(precision + recall == 0 ? 0 : 2 * precision * recall / (precision + recall));
                if (hit + missed > 0)
                    recalls.Add(recall);
                Assert.Equal(precision, figures.Labels[k].Precision.Value, 1e-12);
                Assert.Equal(recall, figures.Labels[k].Recall.Value, 1e-12);
                Assert.Equal(f1[^1], figures.Labels[k].F1.Value, 1e-12);
            }

            Assert.Equal(f1.Average(), figures.MacroF1.Value, 1e-12);
            Assert.Equal(recalls.Average(), figures.BalancedAccuracy.Value, 1e-12);
            Assert.Equal(cases.GroupBy(c => c.Truth).Max(g => g.Count()) / (double)cases.Length, figures.MajorityAccuracy.Value, 1e-12);
        });

    [Fact]
    public void Cases_without_a_true_label_are_left_out()
    {
        AnnotationFigures figures = Figures(2, [0, -1, 1], [0, 0, 0]);
        Assert.Equal(2, figures.LabelledCases);
        Assert.Equal(0.5, figures.Accuracy.Value);
        Assert.Equal(2, figures.Labels[0].Predicted);
    }

    [Fact]
    public void Relabelled_names_fold_into_their_base_label()
    {
        string[] labels = ["normal", "nodule#1", "opacity", "nodule#2"];
        Assert.Equal(["normal", "nodule", "opacity"], BaseLabels.Names(labels));
        Assert.Equal([0.5f, 0.375f, 0.125f], BaseLabels.Fold(BaseLabels.Indices(labels), [0.5f, 0.25f, 0.125f, 0.125f]));
    }

    private static AnnotationFigures Figures(int labels, int[] truth, int[] predicted, double[][]? scores = null)
    {
        EvaluationCases cases = new()
        {
            Scheme = LabelScheme.Exclusive,
            Labels = [.. Enumerable.Range(0, labels).Select(k => $"{k}")],
            Truth = OneHot.Truth(labels, truth),
            Decisions = OneHot.Decisions(labels, predicted),
            Scores = scores ?? [.. truth.Select(_ => new double[labels])],
            Captions = [.. truth.Select(_ => "")],
            Emitted = null,
            Units = [.. truth.Select((_, i) => $"{i}")],
            NormalLabel = "normal",
        };
        Measures measures = new(cases, EvaluationMetric.BuiltIn);
        return measures.Figures(Intervals.Bootstrap(cases.Units, measures.Count, measures.Compute, 0, 1, TestContext.Current.CancellationToken));
    }

    private static Ranking Rank((int Score, bool Positive)[] cases) =>
        new([.. Enumerable.Range(0, cases.Length)], [.. cases.Select(c => (double)c.Score)], [.. cases.Select(c => c.Positive)]);
}
