using Microsoft.ML;
using Microsoft.ML.Data;

namespace CxrAnnotate.Tests;

public sealed class EvaluationMetricTests
{
    private static readonly EvaluationMetric _detected = new(
        "detectedShare",
        "predictions for each case",
        cases =>
        {
            int[] said = [.. Enumerable.Range(0, cases.Count).Select(i => cases.Decisions(i).ToArray().Count(d => d == 1))];
            return weights =>
            {
                double sum = 0,
                    total = 0;
                for (int i = 0; i < said.Length; i++)
                {
                    sum += weights[i] * said[i];
                    total += weights[i];
                }

                return sum / total;
            };
        }
    );

    private readonly MLContext _ml = new(seed: 1);

    [Fact]
    public void A_custom_multi_label_metric_has_figure_interval_row_and_JSON()
    {
        AnnotationReport report = _ml.ChestXray().Evaluate(View(40), new EvaluateOptions { Resamples = 200, Metrics = [_detected] });
        Estimate figure = report.Whole.Metrics["detectedShare"];
        // Two findings: both detected in every fourth row, the first in every second.
        Assert.Equal(0.75, figure.Value, 1e-12);
        Assert.True(figure.Low < 0.75 && 0.75 < figure.High);
        Assert.Contains(report.Rows(), row => (row.Section, row.Metric, row.Value) == ("all", "detectedShare", figure.Value));
        Assert.Equal(2, report.Baselines.Single(b => b.Name == "always present").Whole.Metrics["detectedShare"].Value);
        Assert.Equal(figure, AnnotationReport.FromJson(report.ToJson()).Whole.Metrics["detectedShare"]);
        AnnotationComparison same = _ml.ChestXray().Compare(View(40), View(40), new EvaluateOptions { Resamples = 0, Metrics = [_detected] });
        Assert.Equal(0, same.Whole.Metrics["detectedShare"].Value);
    }

    [Fact]
    public void Single_label_truth_is_a_matrix_with_one_true_label_in_each_known_row()
    {
        EvaluationCases cases = Cases([0, 2, -1], [1, -1, 0]);
        MetricCases seen = new(cases);
        Assert.Equal([1f, 0, 0], seen.Truth(0).ToArray());
        Assert.Equal([0f, 0, 1], seen.Truth(1).ToArray());
        Assert.All(seen.Truth(2).ToArray(), value => Assert.Equal(float.NaN, value));
        Assert.Equal([0f, 1, 0], seen.Decisions(0).ToArray());
        Assert.Equal([0f, 0, 0], seen.Decisions(1).ToArray());
        Assert.False(seen.IsMultiLabel);
        Measures measures = new(cases, [_detected]);
        AnnotationFigures figures = measures.Figures(
            Intervals.Bootstrap(cases.Units, measures.Count, measures.Compute, 0, 1, TestContext.Current.CancellationToken)
        );
        Assert.Equal(2 / 3.0, figures.Metrics["detectedShare"].Value, 1e-12);
    }

    [Fact]
    public void A_metric_of_annotations_is_undefined_without_a_decoder()
    {
        EvaluationMetric metric = new("words", "words", (MetricCases _) => throw new InvalidOperationException("called")) { NeedsAnnotations = true };
        Assert.Equal(double.NaN, metric.On(new MetricCases(Cases([0], [0])))([1]));
    }

    [Fact]
    public void Names_are_valid_in_JSON_and_unique()
    {
        foreach (string name in (string[])["", "two words", "1st", "a-b", "a\n"])
            Assert.Throws<ArgumentException>(() => new EvaluationMetric(name, "description", (MetricCases _) => _ => 0));
        ArgumentException twice = Assert.Throws<ArgumentException>(() =>
            _ml.ChestXray().Evaluate(View(4), new EvaluateOptions { Metrics = [_detected, _detected] })
        );
        Assert.Contains("detectedShare", twice.Message, StringComparison.Ordinal);
    }

    private static EvaluationCases Cases(int[] truth, int[] predicted) =>
        new()
        {
            Scheme = LabelScheme.Exclusive,
            Labels = ["a", "b", "c"],
            Truth = OneHot.Truth(3, truth),
            Decisions = OneHot.Decisions(3, predicted),
            Scores = [.. truth.Select(_ => new[] { 0.5, 0.3, 0.2 })],
            Captions = [.. truth.Select(_ => "")],
            Emitted = null,
            Units = [.. truth.Select((_, i) => $"{i}")],
            NormalLabel = "a",
        };

    private IDataView View(int count)
    {
        SchemaDefinition schema = SchemaDefinition.Create(typeof(Row));
        string[] names = ["nodule", "opacity"];
        foreach (string column in (string[])["Label", "PredictedLabels", "Score"])
        {
            schema[column].ColumnType = new VectorDataViewType(NumberDataViewType.Single, names.Length);
            schema[column]
                .AddAnnotation(
                    "SlotNames",
                    new VBuffer<ReadOnlyMemory<char>>(names.Length, [.. names.Select(name => name.AsMemory())]),
                    new VectorDataViewType(TextDataViewType.Instance, names.Length)
                );
        }

        return _ml.Data.LoadFromEnumerable(
            Enumerable
                .Range(0, count)
                .Select(i => new Row
                {
                    Label = [i % 2, i % 3 == 0 ? 1 : 0],
                    PredictedLabels = [i % 2, i % 4 == 1 ? 1 : 0],
                    Score = [0.5f, i % 4 / 4f],
                }),
            schema
        );
    }

    private sealed class Row
    {
        public float[] Label { get; set; } = [];

        public float[] PredictedLabels { get; set; } = [];

        public float[] Score { get; set; } = [];

        public string Caption { get; set; } = "";

        public string AnnotationTokens { get; set; } = "";
    }
}
