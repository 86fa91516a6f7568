using Microsoft.ML;
using Microsoft.ML.Data;

namespace CxrAnnotate.Tests;

public sealed class RelabelByContextTests
{
    private static readonly MLContext Context = new(seed: 3);

    private sealed class Row
    {
        public string Name { get; set; } = "";

        [VectorType(4)]
        public float[] ContextVector { get; set; } = [];

        public int Group { get; set; }
    }

    private sealed class Scored
    {
        [VectorType(4)]
        public float[] ContextVector { get; set; } = [];
    }

    private static readonly RelabelByContextOptions Separate = new()
    {
        OutputColumnName = "ContextLabel",
        Clustering = new() { MinimumClusterSize = 10, Seed = 1 },
    };

    /// <summary>Opacities in two groups, nodules in one, normals in two, some rows without a label.</summary>
    private static IDataView Rows()
    {
        (float[][] opacity, int[] groups) = Blobs.Make(1, 4, 1, 30, 20);
        (float[][] nodule, _) = Blobs.Make(2, 4, 0.001f, 15);
        (float[][] normal, _) = Blobs.Make(3, 4, 1, 20, 20);
        Row[] rows =
        [
            .. opacity.Select(
                (v, i) =>
                    new Row
                    {
                        Name = "opacity",
                        ContextVector = v,
                        Group = groups[i],
                    }
            ),
            .. nodule.Select(v => new Row { Name = "nodule", ContextVector = v }),
            .. normal.Select(v => new Row { Name = "normal", ContextVector = v }),
            new Row { Name = "", ContextVector = [1, 2, 3, 4] },
        ];
        new Random(1).Shuffle(rows);
        IDataView keys = Context.Data.LoadFromEnumerable(new[] { "opacity", "normal", "nodule" }.Select(name => new Row { Name = name }));
        IDataView view = Context.Data.LoadFromEnumerable(rows);
        return Context
            .Transforms.Conversion.MapValueToKey("Label", "Name", keyData: Context.Transforms.SelectColumns("Name").Fit(keys).Transform(keys))
            .Fit(view)
            .Transform(view);
    }

    [Fact]
    public void It_conforms() =>
        StageConformance.Check(
            Context,
            Context.ChestXray().RelabelByContext(Separate),
            Rows(),
            new()
            {
                FitInputs = ["Label", "ContextVector"],
                ScoreInputs = ["ContextVector"],
                Tolerance = 0,
                Saved = SavedStage.Nothing,
            }
        );

    [Fact]
    public void It_conforms_if_it_replaces_the_label() =>
        StageConformance.Check(
            Context,
            Context.ChestXray().RelabelByContext(minimumClusterSize: 10, seed: 1),
            Rows(),
            new()
            {
                FitInputs = ["Label", "ContextVector"],
                ScoreInputs = ["ContextVector"],
                Tolerance = 0,
                Saved = SavedStage.Nothing,
            }
        );

    [Fact]
    public void A_label_whose_cases_form_groups_is_split_into_them_and_the_others_are_not()
    {
        IDataView rows = Rows();
        RelabelByContextTransformer transformer = Context.ChestXray().RelabelByContext(Separate).Fit(rows);
        Assert.Equal(["opacity#1", "opacity#2", "normal", "nodule"], transformer.Clusters.Select(c => c.Name));
        Assert.Equal(["opacity", "opacity", "normal", "nodule"], transformer.Clusters.Select(c => c.BaseLabel));
        Assert.Equal([30, 20, 40, 15], transformer.Clusters.Select(c => c.Cases));

        IDataView relabelled = transformer.Transform(rows);
        Assert.Equal(
            ["opacity#1", "opacity#2", "normal", "nodule"],
            TextAnnotations.Read(relabelled.Schema["ContextLabel"], TextAnnotations.KeyValuesKind)!
        );
        RowTable table = RowTable.Read(relabelled, "Name", "Group", "ContextLabel");
        Assert.All(
            table.Rows,
            row =>
                Assert.Equal(
                    row[0] switch
                    {
                        "opacity" => 1u + (uint)(int)row[1],
                        "normal" => 3u,
                        "nodule" => 4u,
                        _ => 0u,
                    },
                    row[2]
                )
        );
    }

    [Fact]
    public void Labels_are_matched_by_name_if_their_order_differs()
    {
        IDataView rows = Rows();
        RelabelByContextTransformer transformer = Context.ChestXray().RelabelByContext(Separate).Fit(rows);
        IDataView renamed = Context
            .Transforms.DropColumns("Label")
            .Append(Context.Transforms.Conversion.MapValueToKey("Label", "Name"))
            .Fit(rows)
            .Transform(rows);
        Assert.NotEqual(TextAnnotations.Read(rows.Schema["Label"], "KeyValues"), TextAnnotations.Read(renamed.Schema["Label"], "KeyValues"));
        RowTable.AssertEqual(
            RowTable.Read(transformer.Transform(rows), "ContextLabel"),
            RowTable.Read(transformer.Transform(renamed), "ContextLabel"),
            0,
            "renamed"
        );
    }

    [Fact]
    public void A_view_without_labels_passes_through_and_a_prediction_engine_needs_none()
    {
        RelabelByContextTransformer transformer = Context.ChestXray().RelabelByContext(Separate).Fit(Rows());
        IDataView unlabelled = Context.Data.LoadFromEnumerable(new[] { new Scored { ContextVector = [1, 2, 3, 4] } });
        Assert.Equal(["ContextVector"], transformer.Transform(unlabelled).Schema.Select(c => c.Name));
        using PredictionEngine<Scored, Scored> engine = Context.Model.CreatePredictionEngine<Scored, Scored>(transformer);
        Assert.Equal([1, 2, 3, 4], engine.Predict(new Scored { ContextVector = [1, 2, 3, 4] }).ContextVector);
    }

    [Fact]
    public void A_saved_model_passes_rows_through()
    {
        IDataView rows = Rows();
        TransformerChain<ITransformer> model = new(
            Context.Transforms.CopyColumns("Copy", "Name").Fit(rows),
            Context.ChestXray().RelabelByContext(Separate).Fit(rows)
        );
        using MemoryStream stream = new();
        Context.Model.Save(model, rows.Schema, stream);
        stream.Position = 0;
        ITransformer loaded = new MLContext().Model.Load(stream, out _);
        Assert.Equal([.. rows.Schema.Select(c => c.Name), "Copy"], loaded.GetOutputSchema(rows.Schema).Select(c => c.Name));
    }

    [Fact]
    public void A_label_of_the_wrong_type_is_refused_at_transform_too()
    {
        RelabelByContextTransformer transformer = Context.ChestXray().RelabelByContext(Separate).Fit(Rows());
        DataViewSchema wrong = Shapes.Retyped(Rows().Schema, "Label", NumberDataViewType.Single);
        Assert.Contains(
            "'Label'",
            Assert.Throws<ArgumentOutOfRangeException>(() => transformer.GetOutputSchema(wrong)).Message,
            StringComparison.Ordinal
        );
        DataViewSchema shorter = Shapes.Retyped(Rows().Schema, "ContextVector", new VectorDataViewType(NumberDataViewType.Single, 3));
        Assert.Contains(
            "'ContextVector'",
            Assert.Throws<ArgumentOutOfRangeException>(() => transformer.GetOutputSchema(shorter)).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Labels_that_were_split_already_and_views_without_cases_are_refused()
    {
        IDataView once = Context.ChestXray().RelabelByContext(minimumClusterSize: 10, seed: 1).Fit(Rows()).Transform(Rows());
        Assert.Contains(
            "opacity#1",
            Assert.Throws<ArgumentOutOfRangeException>(() => Context.ChestXray().RelabelByContext().Fit(once)).Message,
            StringComparison.Ordinal
        );
        Assert.Throws<InvalidOperationException>(() => Context.ChestXray().RelabelByContext().Fit(new EmptyView(Rows().Schema)));
    }

    [Fact]
    public void Options_out_of_range_are_refused_by_name()
    {
        Refused("MaximumClusters", new() { MaximumClusters = 1 });
        Refused("MinimumClusterSize", new() { MinimumClusterSize = 0 });
        Refused("MinimumSilhouette", new() { MinimumSilhouette = double.NaN });
        Refused("MinimumSilhouette", new() { MinimumSilhouette = 1 });
        Refused("Restarts", new() { Restarts = 0 });
        Refused("Rule", new() { Rule = (ClusterRule)7 });

        static void Refused(string option, ContextClusteringOptions clustering) =>
            Assert.Equal(
                option,
                Assert
                    .Throws<ArgumentOutOfRangeException>(() =>
                        Context.ChestXray().RelabelByContext(new RelabelByContextOptions { Clustering = clustering })
                    )
                    .ParamName
            );
    }
}
