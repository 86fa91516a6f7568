using Microsoft.ML;
using Microsoft.ML.Data;

namespace CxrAnnotate.Tests;

/// <summary>Relabeling of multi-label rows: nodules in two groups, opacities in one.</summary>
public sealed class RelabelFindingsTests
{
    private static readonly MLContext _context = new(seed: 3);
    private static readonly RelabelByContextOptions _separate = new()
    {
        OutputColumnName = "Parts",
        Clustering = new() { MinimumClusterSize = 10, Seed = 1 },
    };

    private sealed class Row
    {
        [VectorType(3)]
        public float[] Label { get; set; } = [];

        [VectorType(3, 4)]
        public float[] ContextVector { get; set; } = [];

        public int Group { get; set; }
    }

    [Fact]
    public void It_conforms() =>
        StageConformance.Check(
            _context,
            _context.ChestXray().RelabelByContext(_separate),
            View(Rows(), ["nodule", "normal", "opacity"]),
            new()
            {
                FitInputs = ["Label", "ContextVector"],
                ScoreInputs = ["ContextVector"],
                Tolerance = 0,
                Saved = SavedStage.Nothing,
            }
        );

    [Fact]
    public void A_present_finding_is_assigned_to_a_part_and_unknown_findings_stay_unknown()
    {
        Row[] rows = Rows();
        IDataView view = View(rows, ["nodule", "normal", "opacity"]);
        RelabelByContextTransformer stage = _context.ChestXray().RelabelByContext(_separate).Fit(view);
        Assert.Equal(["nodule#1", "nodule#2", "normal", "opacity"], stage.Clusters.Select(c => c.Name));
        Assert.Equal([24, 16, 0, 15], stage.Clusters.Select(c => c.Cases));

        IDataView relabelled = stage.Transform(view);
        Assert.Equal(stage.Clusters.Select(c => c.Name), TextAnnotations.Read(relabelled.Schema["Parts"], TextAnnotations.SlotNamesKind)!);
        float[][] parts = [.. relabelled.GetColumn<float[]>("Parts")];
        for (int i = 0; i < rows.Length; i++)
        {
            float[] nodule = rows[i].Label[0] switch
            {
                1 when float.IsNaN(rows[i].ContextVector[0]) => [float.NaN, float.NaN],
                1 => rows[i].Group == 0 ? [1, 0] : [0, 1],
                var other => [other, other],
            };
            Assert.Equal([.. nodule, rows[i].Label[1], rows[i].Label[2]], parts[i]);
        }
    }

    [Fact]
    public void Findings_are_matched_by_name_if_their_order_differs()
    {
        Row[] rows = Rows();
        RelabelByContextTransformer stage = _context.ChestXray().RelabelByContext(_separate).Fit(View(rows, ["nodule", "normal", "opacity"]));
        Row[] turned =
        [
            .. rows.Select(r => new Row
            {
                Label = [r.Label[2], r.Label[0], 0],
                ContextVector = [.. r.ContextVector[8..], .. r.ContextVector[..4], .. new float[4]],
            }),
        ];
        float[][] expected = [.. stage.Transform(View(rows, ["nodule", "normal", "opacity"])).GetColumn<float[]>("Parts")],
            actual = [.. stage.Transform(View(turned, ["opacity", "nodule", "mass"])).GetColumn<float[]>("Parts")];
        Assert.All(
            expected.Zip(actual),
            pair => Assert.Equal([pair.First[0], pair.First[1], float.NaN, pair.First[3]], pair.Second)
        );
    }

    [Fact]
    public void Keys_and_contexts_that_are_not_matrices_are_refused_by_a_multi_label_stage()
    {
        IDataView view = View(Rows(), ["nodule", "normal", "opacity"]);
        RelabelByContextTransformer stage = _context.ChestXray().RelabelByContext(_separate).Fit(view);
        DataViewSchema keys = Shapes.Retyped(view.Schema, "Label", new KeyDataViewType(typeof(uint), 3));
        Assert.Contains(
            "'Label'",
            Assert.Throws<ArgumentOutOfRangeException>(() => stage.GetOutputSchema(keys)).Message,
            StringComparison.Ordinal
        );
        DataViewSchema odd = Shapes.Retyped(view.Schema, "ContextVector", new VectorDataViewType(NumberDataViewType.Single, 7));
        Assert.Contains(
            "each of the 3 findings",
            Assert
                .Throws<ArgumentOutOfRangeException>(() => _context.ChestXray().RelabelByContext(_separate).Fit(new EmptyView(odd)))
                .Message,
            StringComparison.Ordinal
        );
    }

    /// <summary>40 rows with a nodule, in two groups, and 15 with an opacity; one nodule has no vector, one is unknown.</summary>
    private static Row[] Rows()
    {
        (float[][] nodule, int[] groups) = Blobs.Make(1, 4, 1, 24, 16);
        (float[][] opacity, _) = Blobs.Make(2, 4, 0.001f, 15);
        float[] none = [.. Enumerable.Repeat(float.NaN, 4)];
        Row[] rows =
        [
            .. nodule.Select(
                (v, i) =>
                    new Row
                    {
                        Label = [1, 0, 0],
                        ContextVector = [.. v, .. none, .. none],
                        Group = groups[i],
                    }
            ),
            .. opacity.Select(
                (v, i) => new Row { Label = [i == 0 ? float.NaN : 0, 0, 1], ContextVector = [.. none, .. none, .. v] }
            ),
            new Row { Label = [1, 0, 0], ContextVector = [.. none, .. none, .. none] },
        ];
        new Random(1).Shuffle(rows);
        return rows;
    }

    private static IDataView View(Row[] rows, string[] findings)
    {
        var definition = SchemaDefinition.Create(typeof(Row));
        definition["Label"]
            .AddAnnotation(
                "SlotNames",
                new VBuffer<ReadOnlyMemory<char>>(findings.Length, [.. findings.Select(n => n.AsMemory())]),
                new VectorDataViewType(TextDataViewType.Instance, findings.Length)
            );
        return _context.Data.LoadFromEnumerable(rows, definition);
    }
}
