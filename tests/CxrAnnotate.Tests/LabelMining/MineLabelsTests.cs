using Microsoft.ML;
using Microsoft.ML.Data;

namespace CxrAnnotate.Tests;

public sealed class MineLabelsTests
{
    private static readonly string[] Annotations =
    [
        "normal",
        "normal",
        "normal",
        "Catheters, Indwelling/left",
        "Catheters, Indwelling/right",
        "Opacity/lung/base/left|Nodule",
        "Nodule|Opacity/lung",
        "Mass/lung",
        "",
        "/left",
    ];

    private sealed class Row
    {
        public string Mesh { get; set; } = "";
        public string MeshTop { get; set; } = "";
        public string Name { get; set; } = "";
    }

    private sealed class Mined
    {
        public string Name { get; set; } = "";
        public string Caption { get; set; } = "";
        public uint Label { get; set; }
    }

    private static IDataView View(MLContext context, params string[] annotations) =>
        context.Data.LoadFromEnumerable(
            annotations
                .Select(
                    (mesh, i) =>
                        new Row
                        {
                            Mesh = mesh,
                            MeshTop = string.Join('|', mesh.Split('|').Select(t => t.Split('/')[0])),
                            Name = $"{i}",
                        }
                )
                .ToArray()
        );

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

    [Theory]
    [InlineData(MiningProtocol.Strict), InlineData(MiningProtocol.Paper)]
    public void The_stage_conforms(MiningProtocol protocol)
    {
        MLContext context = new(seed: 1);
        bool paper = protocol == MiningProtocol.Paper;
        StageConformance.Check(
            context,
            context.ChestXray().MineLabels(minimumCases: 1, protocol: protocol),
            View(context, Annotations),
            new()
            {
                FitInputs = paper ? ["Mesh", "MeshTop"] : ["Mesh"],
                ScoreInputs = paper ? ["MeshTop"] : [],
                Tolerance = 0,
                Saved = SavedStage.Nothing,
            }
        );
    }

    [Fact]
    public void Labels_are_keys_with_names_and_captions_are_tokens()
    {
        MLContext context = new(seed: 1);
        List<string> warnings = Warnings(context);
        IDataView data = View(context, Annotations);
        MineLabelsTransformer transformer = context.ChestXray().MineLabels(minimumCases: 1).Fit(data);
        Assert.Equal(["normal", "catheters_indwelling", "nodule+opacity"], transformer.Labels);
        Assert.Equal(
            new Dictionary<string, int>
            {
                ["normal"] = 3,
                ["catheters_indwelling"] = 2,
                ["nodule+opacity"] = 2,
            },
            transformer.Cases
        );
        IDataView mined = transformer.Transform(data);
        Assert.Equal(transformer.Labels, TextAnnotations.Read(mined.Schema["Label"], TextAnnotations.KeyValuesKind));
        Assert.Equal([1, 1, 1, 2, 2, 3, 3, 0, 0, 0], mined.GetColumn<uint>("Label"));
        Assert.Equal(
            [
                "normal",
                "normal",
                "normal",
                "catheters_indwelling left",
                "catheters_indwelling right",
                "opacity lung base left | nodule",
                "nodule | opacity lung",
                "mass lung",
                "",
                "",
            ],
            mined.GetColumn<string>("Caption")
        );
        string warning = warnings[0];
        Assert.Contains("2 of 10 rows have no readable annotation in column 'Mesh'", warning, StringComparison.Ordinal);
    }

    [Fact]
    public void The_caption_column_says_how_tokens_are_written()
    {
        MLContext context = new(seed: 1);
        IDataView data = View(context, Annotations);
        MineLabelsTransformer transformer = context.ChestXray().MineLabels(minimumCases: 1).Fit(data);
        IDataView mined = transformer.Transform(data);
        string[] entries = TextAnnotations.Read(mined.Schema["Caption"], "WordForms")!;
        Assert.Contains("catheters_indwelling\tCatheters, Indwelling", entries);
        Assert.Equal(
            Annotations.SkipLast(2),
            mined.GetColumn<string>("Caption").SkipLast(2).Select(caption => CaptionText.Print(caption.Split(' '), transformer.DisplayForms))
        );
    }

    [Fact]
    public void The_terms_of_the_label_come_first_in_the_caption()
    {
        MLContext context = new(seed: 1);
        IDataView data = View(context, "Nodule/left|Opacity/lung|Opacity/base", "Opacity", "Opacity/right", "Mass|Nodule");
        IDataView mined = context
            .ChestXray()
            .MineLabels(new MineLabelsOptions { MinimumCases = 2, UnlabelledPatterns = UnlabelledPatterns.MostFrequentTerm })
            .Fit(data)
            .Transform(data);
        Assert.Equal([1, 1, 1, 0], mined.GetColumn<uint>("Label"));
        Assert.Equal("opacity lung | opacity base | nodule left", mined.GetColumn<string>("Caption").First());
    }

    [Fact]
    public void The_paper_protocol_reads_the_top_terms()
    {
        MLContext context = new(seed: 1);
        IDataView data = context.Data.LoadFromEnumerable(
            new[]
            {
                new Row { Mesh = "Lung/hypoinflation|Opacity/left", MeshTop = "Lung/hypoinflation|Opacity" },
                new Row { Mesh = "Opacity|Lung/hypoinflation/mild", MeshTop = "Opacity|Lung/hypoinflation" },
                new Row { Mesh = "Lung/hypoinflation", MeshTop = "" },
            }
        );
        MineLabelsTransformer transformer = context.ChestXray().MineLabels(minimumCases: 1, protocol: MiningProtocol.Paper).Fit(data);
        Assert.Equal(["lung_hypoinflation+opacity"], transformer.Labels);
        Assert.Equal([1, 1, 0], transformer.Transform(data).GetColumn<uint>("Label"));
        Assert.Equal(
            ["lung_hypoinflation opacity left", "opacity lung_hypoinflation mild", ""],
            transformer.Transform(data).GetColumn<string>("Caption")
        );
        Assert.Equal("Lung/hypoinflation", transformer.DisplayForms["lung_hypoinflation"]);
    }

    [Fact]
    public void The_paper_protocol_says_where_top_terms_come_from()
    {
        MLContext context = new(seed: 1);
        IDataView data = context.Data.LoadFromEnumerable(
            new[]
            {
                new Row { Mesh = "Opacity" },
                new Row { Mesh = "Opacity" },
            }
        );
        string message = Assert
            .Throws<InvalidOperationException>(() => context.ChestXray().MineLabels(protocol: MiningProtocol.Paper).Fit(data))
            .Message;
        Assert.Contains("'MeshTop', which is empty in all 2 rows", message, StringComparison.Ordinal);
        Assert.Contains("openi.mesh.top", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Scoring_needs_no_annotation()
    {
        MLContext context = new(seed: 1);
        MineLabelsTransformer transformer = context.ChestXray().MineLabels(minimumCases: 1).Fit(View(context, Annotations));
        IDataView images = context.Transforms.DropColumns("Mesh").Fit(View(context, "normal")).Transform(View(context, "normal"));
        Assert.Equal(images.Schema.Select(c => c.Name), transformer.Transform(images).Schema.Select(c => c.Name));
        using PredictionEngine<Row, Mined> engine = context.Model.CreatePredictionEngine<Row, Mined>(transformer);
        Mined mined = engine.Predict(new Row { Mesh = "Catheters, Indwelling/Left", Name = "c" });
        Assert.Equal(("c", 2u, "catheters_indwelling left"), (mined.Name, mined.Label, mined.Caption));
    }

    [Fact]
    public void Too_high_a_minimum_is_reported_with_the_largest_count()
    {
        MLContext context = new(seed: 1);
        string message = Assert.Throws<InvalidOperationException>(() => context.ChestXray().MineLabels().Fit(View(context, Annotations))).Message;
        Assert.Contains(
            "CXR3302: No label has more than 30 cases. The most frequent of 4 patterns in 10 rows is 'normal' with 3. Lower MinimumCases",
            message,
            StringComparison.Ordinal
        );
        Assert.Contains(
            "no labels to mine",
            Assert.Throws<InvalidOperationException>(() => context.ChestXray().MineLabels().Fit(View(context, "", " "))).Message,
            StringComparison.Ordinal
        );
        Assert.Throws<InvalidOperationException>(() => context.ChestXray().MineLabels().Fit(new EmptyView(View(context, "normal").Schema)));
    }

    [Fact]
    public void Reports_in_place_of_annotations_are_reported()
    {
        MLContext context = new(seed: 1);
        string message = Assert
            .Throws<InvalidOperationException>(() =>
                context.ChestXray().MineLabels().Fit(View(context, "The lungs are clear.", "No acute disease.", "", "normal"))
            )
            .Message;
        Assert.StartsWith("CXR3102: 2 of 4 texts", message, StringComparison.Ordinal);
        Assert.Contains("MineReports", message, StringComparison.Ordinal);
        Assert.Equal(
            "CXR3302",
            CxrError.CodeOf(
                Assert.Throws<InvalidOperationException>(() =>
                    context.ChestXray().MineLabels().Fit(View(context, "The lungs are clear.", "Nodule", "normal"))
                )
            )
        );
    }

    [Fact]
    public void Options_out_of_range_are_named()
    {
        ChestXrayCatalog cxr = new MLContext(seed: 1).ChestXray();
        Assert.Equal("MinimumCases", Assert.Throws<ArgumentOutOfRangeException>(() => cxr.MineLabels(minimumCases: -1)).ParamName);
        Assert.Equal(
            "MaximumLabels",
            Assert.Throws<ArgumentOutOfRangeException>(() => cxr.MineLabels(new MineLabelsOptions { MaximumLabels = -1 })).ParamName
        );
        Assert.Equal("Protocol", Assert.Throws<ArgumentOutOfRangeException>(() => cxr.MineLabels(protocol: (MiningProtocol)7)).ParamName);
        Assert.Equal(
            "NormalTerms",
            Assert.Throws<ArgumentOutOfRangeException>(() => cxr.MineLabels(new MineLabelsOptions { NormalTerms = [" "] })).ParamName
        );
        Assert.Equal("CaptionColumnName", Assert.Throws<ArgumentOutOfRangeException>(() => cxr.MineLabels("A", captionColumnName: "A")).ParamName);
        Assert.Throws<ArgumentException>(() => cxr.MineLabels(""));
    }
}
