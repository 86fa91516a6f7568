using Microsoft.ML;
using Microsoft.ML.Data;

namespace CxrAnnotate.Tests;

/// <summary>The context vector stage, single-label and multi-label.</summary>
public sealed class ContextVectorsTests
{
    private static readonly string[] _findings = ["nodule", "opacity#1", "cardiomegaly", "opacity#2"];

    private static readonly DecodeContextOptions _small = new()
    {
        HiddenSize = 6,
        Seed = 4,
        Optimization = new() { Epochs = 2, BatchSize = 8 },
    };

    private sealed class Row
    {
        [VectorType(3)]
        public float[] Features { get; set; } = [];

        public string Name { get; set; } = "";

        [VectorType(4)]
        public float[] Findings { get; set; } = [];

        public string Caption { get; set; } = "";
    }

    private static readonly ConformanceOptions _conformance = new()
    {
        FitInputs = ["Features", "Label", "Caption"],
        ScoreInputs = ["Features", "Caption"],
        Tolerance = 1e-5f,
        Saved = SavedStage.Nothing,
    };

    [Fact]
    public void The_single_label_stage_conforms()
    {
        var ml = new MLContext(1);
        IDataView rows = OneLabel(ml, Rows(40));
        using DecodeContextTransformer decoder = ml.ChestXray().DecodeContext(_small).Fit(rows);
        StageConformance.Check(ml, ml.ChestXray().ContextVectors(decoder), rows, _conformance);
    }

    [Fact]
    public void The_multi_label_stage_conforms()
    {
        var ml = new MLContext(1);
        IDataView rows = ManyFindings(ml, Rows(40));
        using DecodeContextTransformer decoder = ml.ChestXray().DecodeContext(_small).Fit(rows);
        StageConformance.Check(ml, ml.ChestXray().ContextVectors(decoder), rows, _conformance);
    }

    [Fact]
    public void A_row_has_the_vector_of_its_annotation_and_none_if_something_is_missing()
    {
        var ml = new MLContext(1);
        Row[] rows = Rows(10);
        rows[1].Name = "";
        rows[2].Caption = "";
        rows[3].Features = [float.NaN, 0, 0];
        IDataView view = OneLabel(ml, rows);
        using DecodeContextTransformer decoder = ml.ChestXray().DecodeContext(_small).Fit(OneLabel(ml, Rows(40)));
        float[][] vectors = [.. ml.ChestXray().ContextVectors(decoder).Fit(view).Transform(view).GetColumn<float[]>("ContextVector")];
        Assert.All(vectors, v => Assert.Equal(6, v.Length));
        for (int i = 0; i < rows.Length; i++)
        {
            if (i is 1 or 2 or 3)
                Assert.All(vectors[i], v => Assert.Equal(float.NaN, v));
            else
                AssertClose(Vector(decoder, rows[i].Features, rows[i].Name, rows[i].Caption), vectors[i]);
        }
    }

    [Fact]
    public void Each_present_finding_with_words_in_the_caption_has_its_own_row()
    {
        var ml = new MLContext(1);
        Row row = new()
        {
            Features = [1, -1, 0.5f],
            // The second part of opacity; cardiomegaly is present but not in the caption, the mass is in the caption but not a finding.
            Findings = [1, 0, 1, 1],
            Caption = "opacity left | nodule lung right | opacity right | mass",
        };
        Row absent = new()
        {
            Features = [1, -1, 0.5f],
            Findings = [0, float.NaN, 0, 0],
            Caption = "nodule lung right",
        };
        IDataView view = ManyFindings(ml, [row, absent]);
        using DecodeContextTransformer decoder = ml.ChestXray().DecodeContext(_small).Fit(ManyFindings(ml, Rows(40)));
        IDataView written = ml.ChestXray().ContextVectors(decoder).Fit(view).Transform(view);
        Assert.Equal([3, 6], ((VectorDataViewType)written.Schema["ContextVector"].Type).Dimensions);
        float[][] matrices = [.. written.GetColumn<float[]>("ContextVector")];
        float[][] vectors = [.. matrices[0].Chunk(6)];
        AssertClose(Vector(decoder, row.Features, "nodule", "nodule lung right"), vectors[0]);
        AssertClose(Vector(decoder, row.Features, "opacity", "opacity left | opacity right"), vectors[1]);
        Assert.All(vectors[2], v => Assert.Equal(float.NaN, v));
        Assert.All(matrices[1], v => Assert.Equal(float.NaN, v));
    }

    [Fact]
    public void A_decoded_annotation_has_the_vector_of_its_label_and_words()
    {
        var ml = new MLContext(1);
        using DecodeContextTransformer decoder = ml.ChestXray().DecodeContext(_small).Fit(OneLabel(ml, Rows(40)));
        float[][] features = [[0.5f, -1, 0], [0.1f, -0.2f, 1]],
            scores = [[0.1f, 0.9f], [0.8f, 0.2f]];
        string[] labels = ["opacity", "nodule"];
        AnnotatedImage[] images = decoder.Model.Annotate(features, scores, labels);
        for (int i = 0; i < images.Length; i++)
            AssertClose(Vector(decoder, features[i], labels[1 - i], string.Join(' ', images[i].Tokens)), images[i].ContextVector!);
    }

    [Fact]
    public void Several_findings_have_the_mean_of_their_vectors_and_none_the_images_own()
    {
        var ml = new MLContext(1);
        using DecodeContextTransformer decoder = ml.ChestXray().DecodeContext(_small).Fit(ManyFindings(ml, Rows(40)));
        string[] labels = ["cardiomegaly", "nodule", "opacity"];
        float[] features = [0.5f, -1, 0];
        float[] Context(params float[] decisions) =>
            decoder.Model.Annotate([features], [[0.6f, 0.9f, 0.7f]], labels, decisions: [decisions])[0].ContextVector!;
        float[] nodule = Context(0, 1, 0),
            opacity = Context(0, 0, 1);
        AssertClose([.. nodule.Zip(opacity, (a, b) => (a + b) / 2)], Context(0, 1, 1));
        float[] none = Context(0, 0, 0);
        Assert.All(none, value => Assert.True(float.IsFinite(value)));
        Assert.NotEqual(none, nodule);
        // It is the image's: another image has another.
        features = [-1, 1, 1];
        Assert.NotEqual(none, Context(0, 0, 0));
    }

    [Fact]
    public void Labels_of_the_other_scheme_are_refused_and_rows_without_labels_pass_through()
    {
        var ml = new MLContext(1);
        IDataView one = OneLabel(ml, Rows(40)),
            many = ManyFindings(ml, Rows(40));
        using DecodeContextTransformer ofOne = ml.ChestXray().DecodeContext(_small).Fit(one),
            ofMany = ml.ChestXray().DecodeContext(_small).Fit(many);
        foreach (var (decoder, rows) in new[] { (ofOne, many), (ofMany, one) })
        {
            ContextVectorsEstimator stage = ml.ChestXray().ContextVectors(decoder);
            Assert.Contains("'Label'", Assert.Throws<ArgumentOutOfRangeException>(() => stage.Fit(rows)).Message, StringComparison.Ordinal);
            Assert.Throws<ArgumentOutOfRangeException>(() => stage.GetOutputSchema(Shapes.Of(rows.Schema)));
        }

        ContextVectorsTransformer fitted = ml.ChestXray().ContextVectors(ofOne).Fit(one);
        DataViewSchema bare = Shapes.Without(one.Schema, "Label");
        Assert.Equal(bare.Select(c => c.Name), fitted.GetOutputSchema(bare).Select(c => c.Name));
    }

    private static float[] Vector(DecodeContextTransformer decoder, float[] features, string label, string caption) =>
        decoder.Model.ContextVectors([features], [label], [caption.Split(' ')])[0];

    private static void AssertClose(float[] expected, float[] actual) =>
        Assert.All(expected.Zip(actual), p => Assert.Equal(p.First, p.Second, 1e-5f));

    private static Row[] Rows(int count)
    {
        var random = new Random(count);
        return
        [
            .. Enumerable
                .Range(0, count)
                .Select(i => new Row
                {
                    Features = [random.NextSingle(), random.NextSingle() - 1, i % 2],
                    Name = i % 2 == 0 ? "nodule" : "opacity",
                    Findings = [1 - (i % 2), i % 4 == 1 ? 1 : 0, 0, i % 4 == 3 ? 1 : 0],
                    Caption = (i % 2 == 0 ? "nodule lung " : "opacity ") + (i % 3 == 0 ? "left" : "right"),
                }),
        ];
    }

    private static IDataView OneLabel(MLContext ml, Row[] rows)
    {
        IDataView view = ml.Data.LoadFromEnumerable(rows);
        IDataView keys = ml.Data.LoadFromEnumerable((Key[])[new() { Name = "opacity" }, new() { Name = "nodule" }]);
        return ml
            .Transforms.Conversion.MapValueToKey("Label", "Name", keyData: keys)
            .Append(ml.Transforms.CopyColumns("Score", "Findings"))
            .Append(ml.Transforms.DropColumns("Name", "Findings"))
            .Fit(view)
            .Transform(view);
    }

    private static IDataView ManyFindings(MLContext ml, Row[] rows)
    {
        var definition = SchemaDefinition.Create(typeof(Row));
        definition["Findings"]
            .AddAnnotation(
                "SlotNames",
                new VBuffer<ReadOnlyMemory<char>>(_findings.Length, [.. _findings.Select(n => n.AsMemory())]),
                new VectorDataViewType(TextDataViewType.Instance, _findings.Length)
            );
        definition["Findings"].ColumnName = "Label";
        definition.Remove(definition["Name"]);
        return ml.Data.LoadFromEnumerable(rows, definition);
    }

    private sealed class Key
    {
        public string Name { get; set; } = "";
    }
}
