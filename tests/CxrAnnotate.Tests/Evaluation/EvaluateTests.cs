using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace CxrAnnotate.Tests;

public sealed class EvaluateTests
{
    private static readonly string[] Labels = ["normal", "nodule", "opacity"];
    private static readonly string[] Words = ["normal", "nodule", "opacity", "lung", "left", "right", "upper_lobe", "base"];
    private readonly MLContext _ml = new(seed: 1);

    [Fact]
    public void A_perfect_reader_has_perfect_figures()
    {
        AnnotationReport report = _ml.ChestXray().Evaluate(View(Perfect(60)), new EvaluateOptions { Resamples = 50 });
        Assert.Equal(60, report.Whole.Cases);
        Assert.Equal(40, report.Abnormal.Cases);
        foreach (AnnotationFigures figures in (AnnotationFigures[])[report.Whole, report.Abnormal])
        {
            Estimate[] ones =
            [
                figures.Accuracy,
                figures.BalancedAccuracy,
                figures.MacroF1,
                figures.Kappa,
                figures.MacroAuroc,
                figures.MacroAuprc,
                figures.ExactMatch,
                figures.RougeL,
                .. figures.Bleu,
                .. figures.Slots.Where(s => s.Slot != "severity").Select(s => s.Accuracy),
                figures.Slots.Single(s => s.Slot == "side").Auroc,
                figures.Slots.Single(s => s.Slot == "zone").Auroc,
            ];
            Assert.All(
                ones,
                one => Assert.Equal(new Estimate(1, 1, 1), new Estimate(Math.Round(one.Value, 9), Math.Round(one.Low, 9), Math.Round(one.High, 9)))
            );
        }

        Assert.Equal(1, report.Whole.AbnormalAuroc.Value);
        Assert.True(double.IsNaN(report.Abnormal.AbnormalAuroc.Value));
        Assert.True(double.IsNaN(report.Abnormal.Labels[0].Auroc.Value));
        Assert.True(double.IsNaN(report.Whole.Slots.Single(s => s.Slot == "severity").Accuracy.Value));
        Assert.Equal(5, report.Whole.DistinctTrue);
        Assert.Equal("PatientId", report.IntervalGroupColumn);
    }

    [Fact]
    public void Figures_of_a_mixed_view_equal_a_count_by_hand()
    {
        Row[] rows =
        [
            Make(1, 1, "normal", "normal", 0.9f, "jsrt", "p1"),
            Make(1, 2, "normal", "nodule lung left", 0.4f, "jsrt", "p2"),
            Make(2, 2, "nodule lung left", "nodule lung right", 0.3f, "jsrt", "p3", right: 0.6f, left: 0.2f),
            Make(2, 2, "nodule lung right", "nodule lung right", 0.2f, "shenzhen", "p4", right: 0.3f, left: 0.3f),
            Make(3, 1, "opacity lung base left", "normal", 0.6f, "shenzhen", "p5", right: 0.1f, left: 0.3f),
            Make(0, 1, "opacity lung base right", "opacity lung base right", 0.5f, "shenzhen", "p6", right: 0.4f, left: 0.4f),
        ];
        AnnotationReport report = _ml.ChestXray().Evaluate(View(rows), new EvaluateOptions { Resamples = 0 });
        AnnotationFigures whole = report.Whole,
            abnormal = report.Abnormal;
        Assert.Equal((6, 5, 6), (whole.Cases, whole.LabelledCases, whole.AnnotatedCases));
        Assert.Equal((4, 3, 4), (abnormal.Cases, abnormal.LabelledCases, abnormal.AnnotatedCases));
        Assert.Equal(3 / 5.0, whole.Accuracy.Value, 1e-12);
        Assert.Equal(2 / 3.0, abnormal.Accuracy.Value, 1e-12);
        Assert.Equal((0.5 + 1 + 0) / 3, whole.BalancedAccuracy.Value, 1e-12);
        // P(normal) is 0.9 and 0.4 for the normals, 0.3, 0.2, 0.6 and 0.5 for the others: six of eight pairs are in order.
        Assert.Equal(6 / 8.0, whole.AbnormalAuroc.Value, 1e-12);
        Assert.Equal(3 / 6.0, whole.ExactMatch.Value, 1e-12);
        Assert.Equal(2 / 4.0, abnormal.ExactMatch.Value, 1e-12);
        SlotFigures side = abnormal.Slots.Single(s => s.Slot == "side");
        Assert.Equal((4, 4), (side.Cases, side.RankedCases));
        Assert.Equal(2 / 4.0, side.Accuracy.Value, 1e-12);
        // Relative probabilities of "right": 0.5 and 0.5 for right, 0.75 and 0.25 for left.
        Assert.Equal(0.5, side.Auroc.Value, 1e-9);
        Assert.True(double.IsNaN(side.Auroc.Low));
        Assert.Equal(["jsrt", "shenzhen"], report.Groups.Select(g => g.Group));
        Assert.Equal(2 / 3.0, report.Groups[0].Whole.Accuracy.Value, 1e-12);
        Assert.Equal(
            [
                [1, 1, 0],
                [0, 2, 0],
                [1, 0, 0],
            ],
            whole.ConfusionMatrix
        );
        Assert.Equal([2, 2, 1], whole.Labels.Select(l => l.Support));
    }

    [Fact]
    public void Baselines_know_the_training_rows_that_are_given()
    {
        Row[] rows = Perfect(30);
        AnnotationReport without = _ml.ChestXray().Evaluate(View(rows), new EvaluateOptions { Resamples = 0 });
        Assert.Equal([BaselineFigures.AlwaysNormal, BaselineFigures.TrueLabelWord], without.Baselines.Select(b => b.Name));
        Assert.Equal(1 / 3.0, without.Baselines[0].Whole.Accuracy.Value, 1e-12);
        Assert.Equal(0.5, without.Baselines[0].Whole.AbnormalAuroc.Value, 1e-12);
        Assert.Equal(0, without.Baselines[0].Abnormal.ExactMatch.Value);

        AnnotationReport with = _ml.ChestXray().Evaluate(View(rows), new EvaluateOptions { Resamples = 20, TrainingData = View(Perfect(90)) });
        Assert.Equal(
            [
                BaselineFigures.AlwaysNormal,
                BaselineFigures.LabelPrior,
                BaselineFigures.SourceOnly,
                BaselineFigures.TrueLabelWord,
                BaselineFigures.TrueLabelMode,
                BaselineFigures.PredictedLabelMode,
            ],
            with.Baselines.Select(b => b.Name)
        );
        Assert.Equal(0.5, with.Baselines[1].Whole.MacroAuroc.Value, 1e-12);
        Assert.Equal(0.5, with.Baselines[4].Abnormal.ExactMatch.Value, 1e-12);
        Assert.All(with.Groups, g => Assert.Equal(with.Baselines.Count, g.Baselines.Count));
    }

    [Fact]
    public void A_report_survives_json_with_undefined_figures_as_null()
    {
        AnnotationReport report = _ml.ChestXray().Evaluate(View(Perfect(12)), new EvaluateOptions { Resamples = 10 });
        string json = report.ToJson();
        Assert.DoesNotContain("NaN", json, StringComparison.Ordinal);
        using JsonDocument document = JsonDocument.Parse(json);
        Assert.Equal(1, document.RootElement.GetProperty("whole").GetProperty("accuracy").GetProperty("value").GetDouble());
        Assert.Equal(JsonValueKind.Null, document.RootElement.GetProperty("abnormal").GetProperty("abnormalAuroc").GetProperty("value").ValueKind);
        AnnotationReport read = AnnotationReport.FromJson(json);
        Assert.Equal(report.Rows(), read.Rows());
        Assert.Equal(json, read.ToJson());
        Assert.Throws<FormatException>(() => AnnotationReport.FromJson("{}"));
    }

    [Fact]
    public void A_null_in_place_of_anything_but_a_figure_is_rejected()
    {
        AnnotationReport report = _ml.ChestXray().Evaluate(View(Perfect(12)), new EvaluateOptions { Resamples = 0 });
        string json = report.ToJson();
        foreach (string list in (string[])["baselines", "whole.bleu", "whole.labels", "whole.confusionMatrix", "abnormal.slots"])
        {
            JsonNode damaged = JsonNode.Parse(json)!,
                at = list.Split('.').Aggregate(damaged, (node, name) => node[name]!);
            at.AsArray().Add(null);
            FormatException error = Assert.Throws<FormatException>(() => AnnotationReport.FromJson(damaged.ToJsonString()));
            Assert.Equal("CXR3404", CxrError.CodeOf(error));
        }

        foreach (string name in (string[])["whole", "baselines"])
        {
            JsonNode damaged = JsonNode.Parse(json)!;
            damaged[name] = null;
            Assert.Throws<FormatException>(() => AnnotationReport.FromJson(damaged.ToJsonString()));
        }
    }

    [Fact]
    public void Rows_list_the_sections_in_reading_order()
    {
        AnnotationReportRow[] rows = [.. _ml.ChestXray().Evaluate(View(Perfect(12)), new EvaluateOptions { Resamples = 0 }).Rows()];
        Assert.Equal(
            [
                "all",
                "abnormal",
                "jsrt: all",
                "jsrt: abnormal",
                "shenzhen: all",
                "shenzhen: abnormal",
                "all, always normal",
                "abnormal, always normal",
            ],
            rows.Select(r => r.Section).Distinct().Take(8)
        );
        Assert.Equal("accuracy", rows[0].Metric);
        Assert.DoesNotContain(rows, r => double.IsNaN(r.Value));
        Assert.Equal(rows.Length, rows.DistinctBy(r => (r.Section, r.Metric)).Count());
    }

    [Fact]
    public void A_second_model_is_compared_on_the_same_rows()
    {
        Row[] second = Perfect(60),
            first = Perfect(60);
        foreach (Row row in first.Where((_, i) => i % 4 == 0))
        {
            row.PredictedLabel = row.Label % 3 + 1;
            row.AnnotationTokens = "normal";
        }

        AnnotationComparison comparison = _ml.ChestXray().Compare(View(first), View(second), new EvaluateOptions { Resamples = 200 });
        Assert.Equal(0.25, comparison.Whole.Accuracy.Value, 1e-12);
        Assert.InRange(comparison.Whole.Accuracy.Low, 0.05, 0.25);
        Assert.True(comparison.Abnormal.ExactMatch.Low > 0);
        Assert.Equal(0, comparison.Whole.AbnormalAuroc.Value);
        Assert.Contains(comparison.Rows(), r => r.Section == "abnormal" && r.Metric == "BLEU-1" && r.Value > 0);

        second[7].Caption = "opacity";
        InvalidOperationException unlike = Assert.Throws<InvalidOperationException>(() => _ml.ChestXray().Compare(View(first), View(second)));
        Assert.Contains("row 7", unlike.Message, StringComparison.Ordinal);
        Assert.Throws<InvalidOperationException>(() => _ml.ChestXray().Compare(View(first), View(second[..59])));
    }

    [Fact]
    public void Relabelled_scores_are_judged_by_their_base_labels()
    {
        Row[] rows = Perfect(12);
        foreach (Row row in rows)
            row.Score = row.Label == 2 ? [0.3f, 0.25f, 0.1f, 0.35f] : [row.Score[0], row.Score[1], row.Score[2], 0];
        AnnotationReport report = _ml.ChestXray()
            .Evaluate(View(rows, scoreNames: ["normal", "nodule#1", "opacity", "nodule#2"]), new EvaluateOptions { Resamples = 0 });
        Assert.Equal(Labels, report.Whole.Labels.Select(l => l.Label));
        Assert.All(report.Whole.Labels, l => Assert.Equal(1, l.Auroc.Value));
    }

    [Fact]
    public void A_classifier_without_a_decoder_is_evaluated_without_annotations()
    {
        IDataView view = _ml
            .Transforms.DropColumns("AnnotationTokens", "Caption", "WordProbability", "Source", "PatientId")
            .Fit(View(Perfect(9)))
            .Transform(View(Perfect(9)));
        AnnotationReport report = _ml.ChestXray().Evaluate(view, new EvaluateOptions { Resamples = 20, AnnotationTokensColumnName = null });
        Assert.Equal(1, report.Whole.Accuracy.Value);
        Assert.True(double.IsNaN(report.Whole.Bleu[0].Value));
        Assert.Equal(0, report.Whole.AnnotatedCases);
        Assert.Empty(report.Groups);
        Assert.Equal((null, "StudyId"), (report.GroupColumn, report.IntervalGroupColumn));
    }

    [Fact]
    public void Wrong_columns_are_reported_with_the_errors_of_ML_NET()
    {
        ChestXrayCatalog cxr = _ml.ChestXray();
        IDataView view = View(Perfect(3));
        ArgumentOutOfRangeException missing = Assert.Throws<ArgumentOutOfRangeException>(() =>
            cxr.Evaluate(view, new EvaluateOptions { ScoreColumnName = "Nowhere" })
        );
        Assert.Equal("inputSchema", missing.ParamName);
        Assert.Contains("Could not find input column 'Nowhere'", missing.Message, StringComparison.Ordinal);
        ArgumentOutOfRangeException type = Assert.Throws<ArgumentOutOfRangeException>(() =>
            cxr.Evaluate(view, new EvaluateOptions { LabelColumnName = "Caption" })
        );
        Assert.Contains("'Caption'", type.Message, StringComparison.Ordinal);
        Assert.Contains("got String", type.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => cxr.Evaluate(view, new EvaluateOptions { GroupColumnName = "Hospital" }));
        Assert.Throws<ArgumentOutOfRangeException>(() => cxr.Evaluate(view, new EvaluateOptions { Resamples = -1 }));
    }

    [Fact]
    public void An_empty_view_and_scores_that_are_not_numbers_are_rejected()
    {
        Assert.Throws<InvalidOperationException>(() => _ml.ChestXray().Evaluate(View([])));
        Assert.Throws<InvalidOperationException>(() => _ml.ChestXray().Evaluate(View(Perfect(3)), new EvaluateOptions { TrainingData = View([]) }));
        Row[] rows = Perfect(6);
        rows[4].Score[1] = float.NaN;
        InvalidOperationException error = Assert.Throws<InvalidOperationException>(() => _ml.ChestXray().Evaluate(View(rows)));
        Assert.Contains("Row 4", error.Message, StringComparison.Ordinal);
        Assert.Contains("'nodule'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Rows_without_a_truth_are_named_in_the_log()
    {
        List<string> warnings = [];
        _ml.Log += (_, e) => warnings.Add(e.Message);
        Row[] rows = Perfect(6);
        rows[0].Label = 0;
        rows[1].Caption = "";
        AnnotationReport report = _ml.ChestXray().Evaluate(View(rows), new EvaluateOptions { Resamples = 0 });
        Assert.Equal((6, 5, 5), (report.Whole.Cases, report.Whole.LabelledCases, report.Whole.AnnotatedCases));
        Assert.Contains(warnings, w => w.Contains("1 of 6 rows have no true label", StringComparison.Ordinal));
        Assert.Contains(warnings, w => w.Contains("1 of 6 rows have no true annotation", StringComparison.Ordinal));
    }

    [Fact]
    public void A_cancelled_evaluation_stops()
    {
        using CancellationTokenSource source = new();
        source.Cancel();
        Assert.Throws<OperationCanceledException>(() =>
            _ml.ChestXray().Evaluate(View(Perfect(6)), new EvaluateOptions { CancellationToken = source.Token })
        );
    }

    private static Row[] Perfect(int count)
    {
        string[][] captions =
        [
            ["normal"],
            ["nodule lung upper_lobe left", "nodule lung base right"],
            ["opacity lung base left", "opacity lung upper_lobe right"],
        ];
        return
        [
            .. Enumerable
                .Range(0, count)
                .Select(i =>
                {
                    string[] choice = captions[i % 3];
                    string caption = choice[i / 3 % choice.Length];
                    return new Row
                    {
                        Label = (uint)(i % 3) + 1,
                        PredictedLabel = (uint)(i % 3) + 1,
                        Score = [.. Enumerable.Range(0, 3).Select(k => k == i % 3 ? 0.8f : 0.1f)],
                        Caption = caption,
                        AnnotationTokens = caption,
                        WordProbability = [.. Words.Select(w => caption.Split(' ').Contains(w) ? 0.9f : 0.05f)],
                        Source = i % 2 == 0 ? "jsrt" : "shenzhen",
                        PatientId = $"p{i / 2}",
                        StudyId = $"s{i}",
                    };
                }),
        ];
    }

    private static Row Make(
        uint label,
        uint predicted,
        string caption,
        string tokens,
        float normal,
        string source,
        string patient,
        float right = 0,
        float left = 0
    ) =>
        new()
        {
            Label = label,
            PredictedLabel = predicted,
            Score = [normal, (1 - normal) / 2, (1 - normal) / 2],
            Caption = caption,
            AnnotationTokens = tokens,
            WordProbability =
            [
                .. Words.Select(w =>
                    w == "right" ? right
                    : w == "left" ? left
                    : 0
                ),
            ],
            Source = source,
            PatientId = patient,
        };

    private IDataView View(Row[] rows, string[]? scoreNames = null)
    {
        SchemaDefinition schema = SchemaDefinition.Create(typeof(Row));
        foreach (string key in (string[])["Label", "PredictedLabel"])
        {
            schema[key].ColumnType = new KeyDataViewType(typeof(uint), Labels.Length);
            schema[key].AddAnnotation("KeyValues", Text(Labels), new VectorDataViewType(TextDataViewType.Instance, Labels.Length));
        }

        foreach ((string column, string[] slots) in ((string, string[])[])[("Score", scoreNames ?? Labels), ("WordProbability", Words)])
        {
            schema[column].ColumnType = new VectorDataViewType(NumberDataViewType.Single, slots.Length);
            schema[column].AddAnnotation("SlotNames", Text(slots), new VectorDataViewType(TextDataViewType.Instance, slots.Length));
        }

        // ML.NET reads key members as 0-based; values outside the range are missing.
        return _ml.Data.LoadFromEnumerable(
            rows.Select(r => r with { Label = unchecked(r.Label - 1), PredictedLabel = unchecked(r.PredictedLabel - 1) }),
            schema
        );
    }

    private static VBuffer<ReadOnlyMemory<char>> Text(string[] values) => new(values.Length, [.. values.Select(v => v.AsMemory())]);

    private sealed record Row
    {
        public uint Label { get; set; }

        public uint PredictedLabel { get; set; }

        public float[] Score { get; set; } = [];

        public string Caption { get; set; } = "";

        public string AnnotationTokens { get; set; } = "";

        public float[] WordProbability { get; set; } = [];

        public string Source { get; set; } = "";

        public string PatientId { get; set; } = "";

        public string StudyId { get; set; } = "";
    }
}
