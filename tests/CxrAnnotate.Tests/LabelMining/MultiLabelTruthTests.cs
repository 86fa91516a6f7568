using Microsoft.ML;
using Microsoft.ML.Data;

namespace CxrAnnotate.Tests;

public sealed class MultiLabelTruthTests
{
    private const float Unknown = float.NaN;

    private sealed class Row
    {
        public string Mesh { get; set; } = "";

        public string UncertainLabels { get; set; } = "";

        public string AbsentLabels { get; set; } = "";
    }

    private static readonly Row[] Rows =
    [
        new() { Mesh = "normal" },
        new() { Mesh = "Opacity/lung/left|Nodule", UncertainLabels = "Cardiomegaly/mild" },
        new() { Mesh = "Opacity/lung/right|Opacity/lung/left|Mass", AbsentLabels = "Nodule" },
        new()
        {
            Mesh = "Nodule|Cardiomegaly",
            UncertainLabels = "Nodule|Opacity",
            AbsentLabels = "Cardiomegaly",
        },
        new()
        {
            Mesh = "",
            UncertainLabels = "Nodule",
            AbsentLabels = "Opacity",
        },
        new() { Mesh = "Cardiomegaly|normal", AbsentLabels = "nodule" },
    ];

    private static MineLabelsOptions Options(bool uncertain = false, bool absent = false) =>
        new()
        {
            Task = LabelTask.MultiLabel,
            MinimumCases = 1,
            UncertainColumnName = uncertain ? "UncertainLabels" : null,
            AbsentColumnName = absent ? "AbsentLabels" : null,
        };

    [Theory]
    [InlineData(false, false), InlineData(true, false), InlineData(false, true), InlineData(true, true)]
    public void The_stage_conforms(bool uncertain, bool absent)
    {
        MLContext context = new(seed: 1);
        string[] inputs = ["Mesh", .. uncertain ? (string[])["UncertainLabels"] : [], .. absent ? (string[])["AbsentLabels"] : []];
        StageConformance.Check(
            context,
            context.ChestXray().MineLabels(Options(uncertain, absent)),
            context.Data.LoadFromEnumerable(Rows),
            new()
            {
                FitInputs = inputs,
                ScoreInputs = inputs[1..],
                Tolerance = 0,
                Saved = SavedStage.Nothing,
            }
        );
    }

    [Fact]
    public void Every_finding_of_an_annotation_counts_and_rare_ones_are_reported()
    {
        MLContext context = new(seed: 1);
        IDataView rows = context.Data.LoadFromEnumerable(Rows);
        MineLabelsTransformer mining = context.ChestXray().MineLabels(Options()).Fit(rows);
        Assert.Equal(["cardiomegaly", "nodule", "opacity"], mining.Labels);
        Assert.Equal([2, 2, 2], mining.Labels.Select(label => mining.Cases[label]));
        Assert.Equal(new Dictionary<string, int> { ["mass"] = 1 }, mining.RareFindings);
        Assert.Equal(mining.Labels, TextAnnotations.Read(mining.Transform(rows).Schema["Label"], TextAnnotations.SlotNamesKind)!);
        float[][] expected =
        [
            [0, 0, 0],
            [0, 1, 1],
            [0, 0, 1],
            [1, 1, 0],
            [Unknown, Unknown, Unknown],
            [1, 0, 0],
        ];
        Assert.Equal(expected, mining.Transform(rows).GetColumn<float[]>("Label"));
        Assert.Equal(
            ["normal", "opacity lung left | nodule", "opacity lung right | opacity lung left | mass", "nodule | cardiomegaly", "", "cardiomegaly"],
            mining.Transform(rows).GetColumn<string>("Caption")
        );
    }

    [Fact]
    public void An_uncertain_finding_is_unknown_unless_the_annotation_has_it()
    {
        MLContext context = new(seed: 1);
        IDataView rows = context.Data.LoadFromEnumerable(Rows);
        float[][] expected =
        [
            [0, 0, 0],
            [Unknown, 1, 1],
            [0, 0, 1],
            [1, 1, Unknown],
            [Unknown, Unknown, Unknown],
            [1, 0, 0],
        ];
        Assert.Equal(expected, context.ChestXray().MineLabels(Options(uncertain: true)).Fit(rows).Transform(rows).GetColumn<float[]>("Label"));
    }

    [Fact]
    public void If_absence_is_stated_an_unmentioned_finding_is_unknown_except_in_a_normal_row()
    {
        MLContext context = new(seed: 1);
        IDataView rows = context.Data.LoadFromEnumerable(Rows);
        float[][] expected =
        [
            [0, 0, 0],
            [Unknown, 1, 1],
            [Unknown, 0, 1],
            [1, 1, Unknown],
            [Unknown, Unknown, 0],
            [1, 0, Unknown],
        ];
        Assert.Equal(expected, context.ChestXray().MineLabels(Options(absent: true)).Fit(rows).Transform(rows).GetColumn<float[]>("Label"));
    }

    [Fact]
    public void The_state_recreates_the_stage()
    {
        MLContext context = new(seed: 1);
        IDataView rows = context.Data.LoadFromEnumerable(Rows);
        MineLabelsTransformer mining = context.ChestXray().MineLabels(Options(uncertain: true, absent: true)).Fit(rows),
            again = MineLabelsTransformer.FromState(context, mining.ToState());
        Assert.Equal(mining.Transform(rows).GetColumn<float[]>("Label"), again.Transform(rows).GetColumn<float[]>("Label"));
        Assert.Equal(mining.RareFindings, again.RareFindings);
    }

    [Fact]
    public void The_papers_protocol_has_single_labels_only() =>
        Assert.Equal(
            "Protocol",
            Assert
                .Throws<ArgumentOutOfRangeException>(() => new MLContext().ChestXray().MineLabels(Options() with { Protocol = MiningProtocol.Paper }))
                .ParamName
        );

    [Fact]
    public void Too_few_cases_report_what_to_lower()
    {
        MLContext context = new(seed: 1);
        var error = Assert.Throws<InvalidOperationException>(() =>
            context.ChestXray().MineLabels(Options() with { MinimumCases = 9 }).Fit(context.Data.LoadFromEnumerable(Rows))
        );
        Assert.Contains("MinimumCases", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_thirds_of_the_abnormal_images_of_the_collection_have_several_findings()
    {
        MLContext context = new(seed: 1);
        IDataView rows = context.ChestXray().Data.LoadOpenI(TestData.Require("openi/openi.mesh"));
        int abnormal = 0,
            terms = 0,
            headings = 0,
            tops = 0;
        foreach ((string mesh, string top) in rows.GetColumn<string>("Mesh").Zip(rows.GetColumn<string>("MeshTop")))
        {
            MeshAnnotation annotation = MeshAnnotation.Parse(mesh);
            if (annotation.IsNormal)
                continue;
            abnormal++;
            terms += annotation.Terms.Count > 1 ? 1 : 0;
            headings += annotation.Terms.Select(term => term.Heading.ToUpperInvariant()).Distinct().Count() > 1 ? 1 : 0;
            tops += top.Split('|', StringSplitOptions.RemoveEmptyEntries).Distinct().Count() > 1 ? 1 : 0;
        }

        // The published count is of the authors' top terms, which join a place with its attribute; a finding may also be annotated twice, in two
        // places.
        Assert.Equal((4588, 3025, 3088, 3020), (abnormal, tops, terms, headings));
        MineLabelsTransformer mining = context.ChestXray().MineLabels(new MineLabelsOptions { Task = LabelTask.MultiLabel }).Fit(rows);
        float[][] targets = [.. mining.Transform(rows).GetColumn<float[]>("Label")];
        // Nothing is lost: a finding without a slot is reported.
        Assert.Equal(mining.Labels.Select((_, k) => targets.Count(t => t[k] == 1)), mining.Labels.Select(label => mining.Cases[label]));
        Assert.All(mining.Cases.Values, cases => Assert.True(cases > 30));
        Assert.All(mining.RareFindings.Values, cases => Assert.InRange(cases, 1, 30));
        Assert.True(targets.Count(t => t.Contains(1f)) > 4400);
    }
}
