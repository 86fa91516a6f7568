using System.Text.Json;
using CsCheck;

namespace CxrAnnotate.Tests;

public sealed class MultiLabelFiguresTests
{
    private const float Unknown = float.NaN;

    [Fact]
    public void Areas_and_F1_of_one_finding_in_each_case_equal_the_oracle()
    {
        using JsonDocument oracle = JsonDocument.Parse(File.ReadAllText(TestData.Require("oracles/classification-metrics.json")));
        foreach (JsonElement set in oracle.RootElement.EnumerateArray())
        {
            int[] truth = set.GetProperty("labels").Deserialize<int[]>()!;
            double[][] scores = set.GetProperty("scores").Deserialize<double[][]>()!;
            int labels = scores[0].Length;
            AnnotationFigures figures = Figures(
                Cases(
                    [.. truth.Select(t => Enumerable.Range(0, labels).Select(k => k == t ? 1f : 0).ToArray())],
                    scores,
                    [.. scores.Select(s => Enumerable.Range(0, labels).Select(k => k == Array.IndexOf(s, s.Max()) ? 1f : 0).ToArray())]
                )
            );
            for (int k = 0; k < labels; k++)
            {
                Assert.Equal(set.GetProperty("auroc")[k].GetDouble(), figures.Labels[k].Auroc.Value, 1e-6);
                Assert.Equal(set.GetProperty("auprc")[k].GetDouble(), figures.Labels[k].Auprc.Value, 1e-6);
            }

            Assert.Equal(set.GetProperty("macroF1").GetDouble(), figures.MacroF1.Value, 1e-9);
            // With exactly one true and one predicted finding per case, micro precision, recall, F1 and the subset accuracy all equal the accuracy.
            foreach (Estimate same in (Estimate[])[figures.MicroF1, figures.MicroPrecision, figures.MicroRecall, figures.AllFindingsRight])
                Assert.Equal(set.GetProperty("accuracy").GetDouble(), same.Value, 1e-9);
        }
    }

    [Fact]
    public void Hand_computed_figures_of_decisions()
    {
        // a: 1 hit, 1 wrong, 1 missed; b: 1 hit, 0 wrong, 1 missed, one case unknown; c: in neither truth nor decisions.
        AnnotationFigures f = Figures(
            Cases(
                [
                    [1, 1, 0],
                    [1, Unknown, 0],
                    [0, 1, 0],
                    [0, 0, 0],
                ],
                [
                    [0.9f, 0.8f, 0.1f],
                    [0.2f, 0.9f, 0.1f],
                    [0.7f, 0.3f, 0.1f],
                    [0.1f, 0.2f, 0.2f],
                ],
                [
                    [1, 1, 0],
                    [0, 1, 0],
                    [1, 0, 0],
                    [0, 0, 0],
                ]
            )
        );
        Assert.Equal((0.5, 0.5, 0.5), (f.Labels[0].Precision.Value, f.Labels[0].Recall.Value, f.Labels[0].F1.Value));
        Assert.Equal((1.0, 0.5, 2.0 / 3), (f.Labels[1].Precision.Value, f.Labels[1].Recall.Value, f.Labels[1].F1.Value));
        Assert.True(double.IsNaN(f.Labels[2].F1.Value) && double.IsNaN(f.Labels[2].Auroc.Value));
        Assert.Equal((2, 1, 1), (f.Labels[1].Support, f.Labels[1].Unknown, f.Labels[1].Predicted));
        Assert.Equal((0.5 + (2.0 / 3)) / 2, f.MacroF1.Value, 1e-12);
        Assert.Equal((2.0 / 3, 0.5, 4.0 / 7), (f.MicroPrecision.Value, f.MicroRecall.Value, f.MicroF1.Value));
        Assert.Equal(0.5, f.AllFindingsRight.Value);
        // a: 0.9 and 0.2 present, 0.7 and 0.1 absent: three of four pairs in order.
        Assert.Equal(0.75, f.Labels[0].Auroc.Value, 1e-12);
        Assert.Equal((1 + (2.0 / 3)) / 2, f.Labels[0].Auprc.Value, 1e-12);
        Assert.Equal((0.75 + 1) / 2, f.MacroAuroc.Value, 1e-12);
        // Squared errors of the eleven known pairs, a, b and c in turn.
        Assert.Equal(
            (0.01 + 0.64 + 0.49 + 0.01 + (0.04 + 0.49 + 0.04) + (0.01 + 0.01 + 0.01 + 0.04)) / 11,
            f.Metrics["microBrier"].Value,
            1e-7
        );
    }

    [Fact]
    public void Hand_computed_figures_of_annotations_as_sets()
    {
        EvaluationCases cases = Cases(
            [
                [1],
                [1],
                [0],
                [0],
            ],
            [
                [1],
                [1],
                [0],
                [0],
            ],
            [
                [1],
                [1],
                [0],
                [0],
            ]
        ) with
        {
            Captions = ["opacity lung left | nodule right", "opacity lung base right", "normal", ""],
            Emitted = ["opacity left lung | nodule left | mass", "opacity lung left", "normal", "nodule"],
        };
        AnnotationFigures f = Figures(cases);
        Assert.Equal(["term", "heading", "heading and location", "heading and side"], f.Sets.Select(s => s.Level));
        Assert.All(f.Sets, s => Assert.Equal((3, 4), (s.TrueElements, s.EmittedElements)));
        // Terms: opacity lung left. Headings: opacity, nodule, opacity. With location: opacity lung, nodule. With side: opacity left.
        Assert.Equal([1.0 / 4, 3.0 / 4, 2.0 / 4, 1.0 / 4], f.Sets.Select(s => s.Precision.Value));
        Assert.Equal([1.0 / 3, 1, 2.0 / 3, 1.0 / 3], f.Sets.Select(s => s.Recall.Value));
        Assert.Equal([2.0 / 7, 6.0 / 7, 4.0 / 7, 2.0 / 7], f.Sets.Select(s => s.F1.Value));
        Assert.Equal(1.0 / 3, f.ExactMatch.Value, 1e-12);
        Assert.Equal(3, f.AnnotatedCases);
    }

    [Fact]
    public void A_weight_counts_as_that_many_copies() =>
        Gen.Select(Gen.Int[0, 5], Gen.Int[0, 2], Gen.Int[0, 3])
            .Array[3, 20]
            .Sample(rows =>
            {
                float[][] truth = [.. rows.Select(r => new[] { r.Item2 == 2 ? Unknown : r.Item2, 1f })];
                double[][] scores = [.. rows.Select(r => new[] { r.Item1 / 5.0, 0.5 })];
                float[][] decided = [.. scores.Select(s => s.Select(v => v >= 0.5 ? 1f : 0).ToArray())];
                Measures once = new(Cases(truth, scores, decided), []);
                int[] copies = [.. rows.SelectMany((r, i) => Enumerable.Repeat(i, r.Item3))];
                if (copies.Length == 0)
                    return;
                Measures repeated = new(
                    Cases([.. copies.Select(i => truth[i])], [.. copies.Select(i => scores[i])], [.. copies.Select(i => decided[i])]),
                    []
                );
                double[] weighted = new double[once.Count],
                    copied = new double[once.Count];
                once.Compute([.. rows.Select(r => r.Item3)], weighted);
                repeated.Compute([.. copies.Select(_ => 1)], copied);
                for (int k = 0; k < copied.Length; k++)
                    Assert.Equal(copied[k], weighted[k], 1e-12);
            });

    [Fact]
    public void Baselines_ignore_the_images_and_reports_round_trip_through_json()
    {
        EvaluationCases cases = Cases(
            [
                [1, 0],
                [0, 0],
                [1, 1],
                [0, 0],
            ],
            [
                [0.9f, 0.1f],
                [0.1f, 0.1f],
                [0.8f, 0.7f],
                [0.2f, 0.4f],
            ],
            [
                [1, 0],
                [0, 0],
                [1, 1],
                [0, 0],
            ]
        );
        AnnotationReport report = Evaluation.Report(
            cases,
            new TrivialBaselines(
                new TrainingCases
                {
                    Labels = cases.Labels,
                    Truth =
                    [
                        [1, 0],
                        [1, 1],
                        [0, 0],
                    ],
                    Captions = ["a", "a", "normal"],
                }
            ),
            resamples: 20,
            seed: 3,
            cancellation: TestContext.Current.CancellationToken
        );
        Assert.Equal(["label prior", "always present"], report.Baselines.Select(b => b.Name));
        Assert.All(report.Baselines, b => Assert.Equal(0.5, b.Whole.MacroAuroc.Value));
        Assert.Equal(2 * 0.5 / 1.5, report.Baselines[1].Whole.Labels[0].F1.Value, 1e-12);
        Assert.Equal(report.ToJson(), AnnotationReport.FromJson(report.ToJson()).ToJson());
        Assert.Throws<FormatException>(() => AnnotationReport.FromJson("[]"));
        Assert.Contains(report.Rows(), row => row is { Section: "all", Metric: "macro-F1", Value: 1 });
    }

    [Fact]
    public void Priors_are_fractions_of_the_rows_with_known_findings_and_decide_at_one_half()
    {
        EvaluationCases cases = Cases(
            [
                [1, 0],
                [0, 1],
            ],
            [
                [0, 0],
                [0, 0],
            ],
            [
                [0, 0],
                [0, 0],
            ]
        ) with
        {
            Emitted = ["", ""],
            Sources = ["x", "y"],
        };
        TrivialBaselines trivial = new(
            new TrainingCases
            {
                Labels = ["b", "a"],
                Truth =
                [
                    [0, 1],
                    [0, Unknown],
                    [1, 0],
                    [1, 0],
                    [0, 1],
                ],
                Captions = ["a", "a", "b", "b", "b | a"],
                Sources = ["x", "x", "y", "y", "y"],
            }
        );
        Dictionary<string, EvaluationCases> outputs = trivial.On(cases).ToDictionary(o => o.Name, o => o.Cases);
        Assert.Equal([[0.5, 0.4], [0.5, 0.4]], outputs[BaselineFigures.LabelPrior].Scores);
        Assert.Equal([[1, 0], [1, 0]], outputs[BaselineFigures.LabelPrior].Decisions);
        Assert.Equal([[1, 0], [1 / 3.0, 2 / 3.0]], outputs[BaselineFigures.SourceOnly].Scores);
        Assert.Equal([[1, 0], [0, 1]], outputs[BaselineFigures.SourceOnly].Decisions);
        Assert.Equal(["a", "b"], outputs[BaselineFigures.SourceOnly].Emitted!);
        Assert.DoesNotContain(BaselineFigures.AlwaysNormal, outputs.Keys);
    }

    [Fact]
    public void A_case_is_abnormal_by_any_finding_or_by_its_annotation_if_findings_are_unknown()
    {
        EvaluationCases cases = Cases(
            [
                [0, 0],
                [Unknown, 1],
                [Unknown, Unknown],
                [Unknown, Unknown],
                [Unknown, Unknown],
            ],
            [.. Enumerable.Repeat(new double[] { 0, 0 }, 5)],
            [.. Enumerable.Repeat(new float[] { 0, 0 }, 5)]
        ) with
        {
            Captions = ["", "", "normal", "nodule", ""],
        };
        Assert.Equal(["1", "3"], cases.Abnormal().Units);
    }

    [Fact]
    public void A_comparison_is_the_difference_of_the_figures_whatever_the_order_of_the_findings() =>
        Gen.Select(Gen.Int[2, 30], Gen.Int[2, 4], Gen.Int[0, 1_000_000])
            .Sample(
                (cases, labels, seed) =>
                {
                    var random = new Random(seed);
                    EvaluationCases first = Drawn(random, cases, labels),
                        second = Drawn(random, cases, labels) with { Truth = first.Truth };
                    string[] turned = [.. first.Labels.Reverse()];
                    AnnotationComparison comparison = Evaluation.Compare(
                            first.Over(turned),
                            second,
                            resamples: 20,
                            seed: 1,
                            cancellation: TestContext.Current.CancellationToken
                        ),
                        back = Evaluation.Compare(second, first, 20, 1, cancellation: TestContext.Current.CancellationToken);
                    (string Metric, Estimate Estimate)[] before = [.. Figures(first).Rows()],
                        after = [.. Figures(second).Rows()];
                    foreach (AnnotationReportRow row in comparison.Rows().Where(row => row.Section == "all"))
                    {
                        Assert.Equal(
                            after.Single(r => r.Metric == row.Metric).Estimate.Value - before.Single(r => r.Metric == row.Metric).Estimate.Value,
                            row.Value,
                            1e-12
                        );
                        AnnotationReportRow opposite = back.Rows().Single(r => (r.Section, r.Metric) == (row.Section, row.Metric));
                        Assert.Equal(-row.Value, opposite.Value, 1e-12);
                        if (!double.IsNaN(row.Low))
                            Assert.Equal(-row.Low, opposite.High, 1e-12);
                    }

                    Assert.All(
                        Evaluation.Compare(first, first, 20, 1, cancellation: TestContext.Current.CancellationToken).Rows(),
                        row => Assert.Equal(0, row.Value)
                    );
                },
                iter: 50
            );

    [Fact]
    public void Different_cases_or_findings_are_not_compared()
    {
        var random = new Random(3);
        EvaluationCases cases = Drawn(random, 6, 3);
        Refused("rows", cases with { Truth = cases.Truth[..5] });
        Refused("only one of them has", cases with { Labels = ["a", "b", "x"] });
        Refused("row 0 has the labels", cases with { Captions = ["other", "", "", "", "", ""] });
        Refused("row 2 has the labels", cases with { Truth = [.. cases.Truth.Select((t, i) => i == 2 ? [.. t.Select(v => 1 - v)] : t)] });

        void Refused(string why, EvaluationCases second) =>
            Assert.Contains(
                why,
                Assert.Throws<InvalidOperationException>(() => Evaluation.Compare(cases, second, 0, 1)).Message,
                StringComparison.Ordinal
            );
    }

    private static EvaluationCases Drawn(Random random, int cases, int labels) =>
        Cases(
            [.. Rows(cases, labels, () => (float)random.Next(2))],
            [.. Rows(cases, labels, random.NextDouble)],
            [.. Rows(cases, labels, () => (float)random.Next(2))]
        );

    private static IEnumerable<T[]> Rows<T>(int cases, int labels, Func<T> draw) =>
        Enumerable.Range(0, cases).Select(_ => Enumerable.Range(0, labels).Select(_ => draw()).ToArray());

    private static AnnotationFigures Figures(EvaluationCases cases)
    {
        Measures measures = new(cases, EvaluationMetric.BuiltIn);
        return measures.Figures(Intervals.Bootstrap(cases.Units, measures.Count, measures.Compute, 0, 1, TestContext.Current.CancellationToken));
    }

    private static EvaluationCases Cases(float[][] truth, double[][] scores, float[][] predicted) =>
        new()
        {
            Scheme = LabelScheme.Independent,
            Labels = [.. "abcdefgh".Take(truth[0].Length).Select(c => c.ToString())],
            Truth = truth,
            Scores = scores,
            Decisions = predicted,
            Captions = [.. truth.Select(_ => "")],
            Emitted = null,
            Units = [.. truth.Select((_, i) => $"{i}")],
            NormalLabel = "normal",
        };
}
