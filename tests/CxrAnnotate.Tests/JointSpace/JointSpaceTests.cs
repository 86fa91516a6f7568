using System.Text.Json;
using CsCheck;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace CxrAnnotate.Tests;

public sealed class JointSpaceTests
{
    private static readonly ContextClusteringOptions _small = new() { MinimumClusterSize = 10, Seed = 1 };

    [Fact]
    public void Labels_are_divided_where_their_cases_lie_apart_and_say_other_words()
    {
        JointSpace space = Space();
        Assert.Equal(
            [("nodule#1", 40), ("nodule#2", 20), ("normal", 30)],
            space.Clusters.Select(cluster => (cluster.Name, cluster.Cases))
        );
        // 20 of 90 cases say left, all of them in the second part.
        TypicalWord left = space.Clusters[1].Words[0];
        Assert.Equal(("left", 1.0, 4.5), (left.Word, left.Share, left.Lift));
        Assert.DoesNotContain(space.Clusters[1].Words, word => word.Word is "|" or "right");
        Assert.All(space.Clusters, cluster => Assert.InRange(cluster.MeanSilhouette, 0.8, 1));
        Assert.InRange(space.ClusterSilhouette, 0.8, 1);
        Assert.True(space.LabelSilhouette < space.ClusterSilhouette);
        Assert.InRange(space.VarianceShares.Sum(), 0.9, 1);
    }

    [Fact]
    public void A_medoid_has_the_smallest_sum_of_squared_distances_in_its_cluster()
    {
        (float[][] vectors, _, _) = Cases();
        JointSpace space = Space();
        for (int c = 0; c < space.Clusters.Count; c++)
        {
            int[] own = [.. space.Points.Where(point => point.Cluster == c).Select(point => point.Case)];
            Assert.Equal(own.MinBy(i => own.Sum(j => SquaredDistance(vectors[i], vectors[j]))), space.Clusters[c].Medoid);
        }
    }

    [Fact]
    public void Cases_without_a_vector_or_a_label_are_left_out()
    {
        (float[][] vectors, string?[] labels, string[][] captions) = Cases();
        vectors[3] = [float.NaN, 0, 0, 0];
        labels[4] = null;
        JointSpace space = SpaceProjection.Of(vectors, labels, captions, _small, TestContext.Current.CancellationToken);
        Assert.Equal(Enumerable.Range(0, 90).Except([3, 4]), space.Points.Select(point => point.Case));
        Assert.Empty(Projected([], [], []).Points);
        JointSpace one = Projected([[1, 2]], ["normal"], [["normal"]]);
        Assert.True(double.IsNaN(one.LabelSilhouette));
        Assert.Equal((0, 0), (one.Points[0].X, one.Points[0].Y));
        Assert.Throws<ArgumentException>(() => Projected(vectors, [], captions));
    }

    [Fact]
    public void Its_json_has_every_point_and_null_where_there_is_no_silhouette()
    {
        JsonElement json = JsonElement.Parse(Space().ToJson());
        Assert.Equal(90, json.GetProperty("points").GetArrayLength());
        Assert.Equal("nodule#2", json.GetProperty("clusters")[1].GetProperty("name").GetString());
        Assert.Equal(
            JsonValueKind.Null,
            JsonElement.Parse(Projected([[1, 2]], ["normal"], [["normal"]]).ToJson()).GetProperty("labelSilhouette").ValueKind
        );
    }

    /// <summary>Of normal points scaled by known factors along known axes; the other directions of the space spread less.</summary>
    [Fact]
    public void Axes_are_orthonormal_and_no_direction_spreads_more_than_the_first() =>
        Gen.Int[0, 1000]
            .Sample(
                seed =>
                {
                    var random = new Random(seed);
                    float[] scales = [3, 2, 1, 0.5f, 0.1f];
                    float[][] points =
                    [
                        .. Enumerable.Range(0, 60).Select(_ => scales.Select(s => s * (float)(random.NextDouble() - 0.5)).ToArray()),
                    ];
                    PrincipalAxes axes = PrincipalAxes.Of(points, 3);
                    for (int a = 0; a < 3; a++)
                    {
                        for (int b = 0; b <= a; b++)
                            Assert.Equal(a == b ? 1 : 0, axes.Axes[a].Zip(axes.Axes[b], (x, y) => (double)x * y).Sum(), 1e-4);
                    }

                    double Spread(double[] along) => along.Sum(x => x * x);
                    double[][] projected = [.. points.Select(axes.Project)];
                    double first = Spread([.. projected.Select(p => p[0])]),
                        second = Spread([.. projected.Select(p => p[1])]);
                    Assert.True(first >= second * 0.999);
                    for (int other = 0; other < 20; other++)
                    {
                        double[] direction = [.. scales.Select(_ => random.NextDouble() - 0.5)];
                        double length = Math.Sqrt(direction.Sum(x => x * x));
                        double[] along = [.. points.Select(p => p.Select((x, d) => (x - axes.Mean[d]) * direction[d] / length).Sum())];
                        Assert.True(Spread(along) <= first * 1.001);
                    }

                    double whole = points.Sum(p => p.Select((x, d) => (double)(x - axes.Mean[d]) * (x - axes.Mean[d])).Sum());
                    Assert.Equal(first / whole, axes.Shares[0], 1e-4);
                },
                iter: 30
            );

    [Fact]
    public void Slices_are_shown_with_the_images_that_there_are()
    {
        ErrorSlice slice = new("nodule", [4, 7, 9], 2, new Estimate(2 / 3.0, 0.2, 0.9), 0.1, 0.01, 7)
        {
            Words = [new TypicalWord("left", 1, 4.5)],
        };
        string page = JointSpaceSection.Html([slice], i => $"<case {i}>", i => i == 7 ? "data:image/png;base64,AA" : null);
        Assert.Contains("2 of 3: 67 % (20 % to 90 %)", page, StringComparison.Ordinal);
        Assert.Contains("left (100 %, 4.5)", page, StringComparison.Ordinal);
        Assert.Contains("<img src=\"data:image/png;base64,AA\" alt=\"&lt;case 7&gt;\"", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<case", page, StringComparison.Ordinal);
        Assert.Contains("no cluster", JointSpaceSection.Html([], _ => "", _ => null), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Rows_of_a_view_are_its_cases_with_one_label_and_with_several_findings(bool several)
    {
        var ml = new MLContext(1);
        Row[] rows =
        [
            new() { Name = "nodule", Read = "nodule", Findings = [1, 1, 0], Detected = [1, 0, 1], Caption = "nodule left | opacity" },
            new() { Name = "opacity", Read = "nodule", Findings = [0, 1, 0], Detected = [1, 0, 0], Caption = "opacity right" },
            new() { Name = "", Read = "nodule", Findings = [float.NaN, float.NaN, float.NaN], Detected = [1, 0, 0], Caption = "" },
        ];
        for (int i = 0; i < rows.Length; i++)
            rows[i].Vectors = [.. Enumerable.Range(0, 6).Select(d => (float)((10 * i) + d))];
        IDataView view = several ? Several(ml, rows) : One(ml, rows);
        (int, string, bool)[] expected = several
            ? [(0, "nodule", false), (0, "opacity", false), (1, "opacity", true)]
            : [(0, "nodule", false), (1, "opacity", true)];
        IReadOnlyList<SpaceCase> cases = SpaceCase.Read(view, withDecisions: true, CancellationToken.None);
        Assert.Equal(expected, cases.Select(one => (one.Row, one.Label, one.IsWrong)));
        // With several findings the second one has the second part of the vector; opacity#1 and opacity#2 are one finding.
        Assert.Equal(several ? [[0, 1, 2], [3, 4, 5], [13, 14, 15]] : [rows[0].Vectors, rows[1].Vectors], cases.Select(one => one.Vector));
        Assert.Equal(["nodule", "left"], several ? cases[0].Words : cases[0].Words[..2]);
    }

    [Fact]
    public void The_section_of_a_page_draws_every_case_and_escapes_names()
    {
        string html = JointSpaceSection.Html(Space(), i => $"<b>{i}</b>", _ => null);
        Assert.Equal(90, html.Split("data-case=").Length - 1);
        // The content security policy of pages forbids style and script inside.
        Assert.DoesNotContain("style=", html, StringComparison.Ordinal);
        Assert.DoesNotContain("<style", html, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", html, StringComparison.Ordinal);
        Assert.DoesNotContain(" on", string.Concat(html.Split('<').Select(tag => tag.Split('>')[0])), StringComparison.Ordinal);
        Assert.DoesNotContain("<b>", html, StringComparison.Ordinal);
        Assert.DoesNotContain("NaN", html, StringComparison.Ordinal);
        Assert.DoesNotContain("http", html, StringComparison.Ordinal);
    }

    private static IDataView One(MLContext ml, Row[] rows)
    {
        IDataView view = ml.Data.LoadFromEnumerable(rows);
        return ml
            .Transforms.Conversion.MapValueToKey("Label", "Name")
            .Append(ml.Transforms.Conversion.MapValueToKey("PredictedLabel", "Read"))
            .Append(ml.Transforms.CopyColumns("ContextVector", "Vectors"))
            .Fit(view)
            .Transform(view);
    }

    private static IDataView Several(MLContext ml, Row[] rows)
    {
        var definition = SchemaDefinition.Create(typeof(Row));
        string[] findings = ["nodule", "opacity#1", "opacity#2"];
        foreach (string member in (string[])["Findings", "Detected"])
            definition[member]
                .AddAnnotation(
                    "SlotNames",
                    new VBuffer<ReadOnlyMemory<char>>(findings.Length, [.. findings.Select(name => name.AsMemory())]),
                    new VectorDataViewType(TextDataViewType.Instance, findings.Length)
                );
        definition["Findings"].ColumnName = "Label";
        definition["Detected"].ColumnName = "PredictedLabels";
        definition["Vectors"].ColumnType = new VectorDataViewType(NumberDataViewType.Single, 2, 3);
        definition["Vectors"].ColumnName = "ContextVector";
        return ml.Data.LoadFromEnumerable(rows, definition);
    }

    private sealed class Row
    {
        [VectorType(6)]
        public float[] Vectors { get; set; } = [];

        public string Name { get; set; } = "";

        public string Read { get; set; } = "";

        [VectorType(3)]
        public float[] Findings { get; set; } = [];

        [VectorType(3)]
        public float[] Detected { get; set; } = [];

        public string Caption { get; set; } = "";
    }

    private static JointSpace Projected(float[][] vectors, string?[] labels, string[][] captions) =>
        SpaceProjection.Of(vectors, labels, captions, cancellation: TestContext.Current.CancellationToken);

    private static JointSpace Space()
    {
        (float[][] vectors, string?[] labels, string[][] captions) = Cases();
        return SpaceProjection.Of(vectors, labels, captions, _small, TestContext.Current.CancellationToken);
    }

    /// <summary>40 nodules on the right, 20 on the left, 30 normal images, each group at a place of its own.</summary>
    private static (float[][] Vectors, string?[] Labels, string[][] Captions) Cases()
    {
        var random = new Random(4);
        int[] group = [.. Enumerable.Range(0, 90).Select(i => i < 40 ? 0 : i < 60 ? 1 : 2)];
        return (
            [.. group.Select(g => Enumerable.Range(0, 4).Select(d => (float)(random.NextDouble() + (d == g ? 8 : 0))).ToArray())],
            [.. group.Select(g => g < 2 ? "nodule" : "normal")],
            [.. group.Select(g => (string[])(g == 0 ? ["nodule", "right"] : g == 1 ? ["nodule", "left", "|", "nodule"] : ["normal"]))]
        );
    }

    private static double SquaredDistance(float[] a, float[] b) => a.Zip(b, (x, y) => ((double)x - y) * ((double)x - y)).Sum();
}
