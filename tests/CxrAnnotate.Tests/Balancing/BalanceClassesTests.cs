using Microsoft.ML;
using Microsoft.ML.Data;

namespace CxrAnnotate.Tests;

public sealed class BalanceClassesTests
{
    private static readonly string[] Kinds = [.. Enumerable.Repeat("normal", 40), .. Enumerable.Repeat("opacity", 5), "nodule", "nodule"];

    private sealed class Row
    {
        public string Kind { get; set; } = "";
        public string Name { get; set; } = "";
    }

    private static IDataView View(MLContext context, IEnumerable<string> kinds, params string[] labels)
    {
        IDataView view = context.Data.LoadFromEnumerable(kinds.Select((kind, i) => new Row { Kind = kind, Name = $"{i}" }).ToArray());
        IDataView keys = context.Data.LoadFromEnumerable(labels.Select(label => new Row { Kind = label }).ToArray());
        return context
            .Transforms.Conversion.MapValueToKey(
                "Label",
                "Kind",
                keyData: labels.Length == 0 ? null : context.Transforms.SelectColumns("Kind").Fit(keys).Transform(keys)
            )
            .Fit(view)
            .Transform(view);
    }

    [Fact]
    public void The_stage_conforms()
    {
        MLContext context = new(seed: 1);
        StageConformance.Check(
            context,
            context.ChestXray().BalanceClasses(),
            View(context, Kinds),
            new()
            {
                FitInputs = ["Label"],
                ScoreInputs = [],
                Tolerance = 0,
                Saved = SavedStage.Nothing,
            }
        );
    }

    [Fact]
    public void Rows_get_the_weight_of_their_label()
    {
        MLContext context = new(seed: 1);
        IDataView data = View(context, Kinds);
        BalanceClassesTransformer transformer = context.ChestXray().BalanceClasses("W").Fit(data);
        Assert.Equal(
            new Dictionary<string, int>
            {
                ["normal"] = 40,
                ["opacity"] = 5,
                ["nodule"] = 2,
            },
            transformer.ClassCounts
        );
        Assert.Equal(
            new Dictionary<string, double>
            {
                ["normal"] = 0.5,
                ["opacity"] = 4,
                ["nodule"] = 10,
            },
            transformer.Weights
        );
        Assert.Equal(Kinds.Select(kind => (float)transformer.Weights[kind]), transformer.Transform(data).GetColumn<float>("W"));
    }

    [Fact]
    public void Rows_without_a_label_are_never_drawn()
    {
        MLContext context = new(seed: 1);
        IDataView data = View(context, ["normal", "opacity", "mass", "normal"], "normal", "opacity");
        Assert.Equal([1, 2, 0, 1], context.ChestXray().BalanceClasses().Fit(data).Transform(data).GetColumn<float>("SamplingWeight"));
    }

    [Fact]
    public void Labels_are_matched_by_name_however_another_view_numbers_them()
    {
        MLContext context = new(seed: 1);
        BalanceClassesTransformer transformer = context.ChestXray().BalanceClasses().Fit(View(context, Kinds));
        IDataView other = View(context, ["mass", "nodule", "normal"], "nodule", "mass", "normal");
        Assert.Equal([1, 10, 0.5f], transformer.Transform(other).GetColumn<float>("SamplingWeight"));
    }

    [Fact]
    public void Scoring_needs_no_label()
    {
        MLContext context = new(seed: 1);
        BalanceClassesTransformer transformer = context.ChestXray().BalanceClasses().Fit(View(context, Kinds));
        IDataView unlabelled = context.Data.LoadFromEnumerable(
            new[]
            {
                new Row { Name = "a" },
                new Row { Name = "b" },
            }
        );
        IDataView scored = transformer.Transform(unlabelled);
        Assert.Equal(["Kind", "Name"], scored.Schema.Select(c => c.Name));
        Assert.Equal(["a", "b"], scored.GetColumn<string>("Name"));
        using PredictionEngine<Row, Row> engine = context.Model.CreatePredictionEngine<Row, Row>(transformer);
        Assert.Equal("c", engine.Predict(new Row { Name = "c" }).Name);
        Assert.Equal(
            "inputSchema",
            Assert
                .Throws<ArgumentOutOfRangeException>(() =>
                    transformer.GetOutputSchema(Shapes.Retyped(unlabelled.Schema, "Label", NumberDataViewType.Single))
                )
                .ParamName
        );
    }

    [Fact]
    public void Data_without_labels_are_refused()
    {
        MLContext context = new(seed: 1);
        IDataView data = View(context, ["mass", "mass"], "normal", "opacity");
        Assert.Contains(
            "'Label' (2 rows read)",
            Assert.Throws<InvalidOperationException>(() => context.ChestXray().BalanceClasses().Fit(data)).Message,
            StringComparison.Ordinal
        );
        Assert.Throws<InvalidOperationException>(() => context.ChestXray().BalanceClasses().Fit(new EmptyView(data.Schema)));
    }

    [Theory]
    [InlineData("normal"), InlineData("opacity")]
    public void A_single_class_has_weight_one_and_a_warning(string kind)
    {
        MLContext context = new(seed: 1);
        IDataView data = View(context, [kind, kind, kind]);
        List<string> warnings = Warnings(context);
        Assert.Equal([1, 1, 1], context.ChestXray().BalanceClasses().Fit(data).Transform(data).GetColumn<float>("SamplingWeight"));
        Assert.Contains($"'{kind}'", Assert.Single(warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void Data_dropout_without_normals_warns_which_labels_it_looked_for()
    {
        MLContext context = new(seed: 1);
        IDataView data = View(context, ["opacity", "opacity", "nodule"]);
        List<string> warnings = Warnings(context);
        Assert.Equal([1, 1, 2], context.ChestXray().BalanceClasses().Fit(data).Transform(data).GetColumn<float>("SamplingWeight"));
        Assert.Contains("'normal'", Assert.Single(warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void Options_are_checked_and_copied_when_the_stage_is_created()
    {
        MLContext context = new(seed: 1);
        Assert.Throws<ArgumentOutOfRangeException>("Beta", () => context.ChestXray().BalanceClasses(new BalanceClassesOptions { Beta = 2 }));
        Assert.Throws<ArgumentException>("OutputColumnName", () => context.ChestXray().BalanceClasses(" "));
        List<string> normals = ["normal"];
        BalanceClassesEstimator estimator = context.ChestXray().BalanceClasses(new BalanceClassesOptions { NormalLabels = normals });
        normals[0] = "opacity";
        Assert.Equal(0.5, estimator.Fit(View(context, Kinds)).Weights["normal"]);
    }

    [Fact]
    public void Fitting_stops_when_it_is_cancelled()
    {
        MLContext context = new(seed: 1);
        BalanceClassesEstimator estimator = context
            .ChestXray()
            .BalanceClasses(new BalanceClassesOptions { Cancellation = new CancellationToken(canceled: true) });
        Assert.Throws<OperationCanceledException>(() => estimator.Fit(View(context, Kinds)));
    }

    private static List<string> Warnings(MLContext context)
    {
        List<string> warnings = [];
        context.Log += (_, e) =>
        {
            if (e.Kind == Microsoft.ML.Runtime.ChannelMessageKind.Warning)
                warnings.Add(e.RawMessage);
        };
        return warnings;
    }
}
