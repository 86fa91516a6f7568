using System.Text.Json;
using CsCheck;

namespace CxrAnnotate.Tests;

public sealed class ContextClusteringTests
{
    private static readonly ContextClusteringOptions Default = new();

    [Fact]
    public void The_rule_of_the_paper_makes_57_labels_of_the_36_of_the_published_list()
    {
        using JsonDocument rows = JsonDocument.Parse(File.ReadAllText(TestData.Require("openi/split.json")));
        string[] firstWords =
        [
            .. rows
                .RootElement.EnumerateArray()
                .Where(row => row.GetProperty("split").GetString() is "train" or "val" && row.GetProperty("mesh_top").GetString() != "normal")
                .Select(row => row.GetProperty("terms_raw").GetString()!.Split(' ')[0]),
        ];
        string[] labels = [.. firstWords.Distinct()];
        int[] clusters = ContextClustering.PaperClusters([.. labels.Select(label => firstWords.Count(word => word == label))]);
        Assert.Equal(1513, firstWords.Length);
        Assert.Equal(36, labels.Length);
        Assert.Equal(57, 1 + clusters.Sum());
        Assert.Equal(
            new Dictionary<string, int>
            {
                ["calcified_granuloma"] = 8,
                ["lung_hypoinflation"] = 5,
                ["thoracic_vertebrae_degenerative"] = 4,
                ["calcinosis"] = 4,
                ["opacity"] = 4,
            },
            labels.Zip(clusters).Where(p => p.Second > 1).ToDictionary(p => p.First, p => p.Second)
        );
    }

    [Fact]
    public void The_rule_of_the_paper_splits_only_by_counts()
    {
        (float[][] points, _) = Blobs.Make(1, 2, 5, 207);
        string[] names = ["large", "small", "none", "normal"];
        int[] labels = [.. Enumerable.Repeat(0, 207), .. Enumerable.Repeat(1, 10), .. Enumerable.Repeat(3, 500)];
        float[][] vectors = [.. points, .. Enumerable.Range(0, 510).Select(i => new float[] { i, i })];
        ContextClusters result = Fit(names, labels, vectors, Default with { Rule = ClusterRule.Paper }, seed: 1);
        Assert.Equal([.. Enumerable.Range(1, 8).Select(i => $"large#{i}"), "small", "none", "normal"], result.Names);
        Assert.Equal(207, result.Clusters.Take(8).Sum(c => c.Cases));
        Assert.Equal([10, 0, 500], result.Clusters.Skip(8).Select(c => c.Cases));
    }

    [Fact]
    public void The_silhouette_finds_the_groups_and_names_the_largest_first()
    {
        Gen.Select(Gen.Int[0, 1000], Gen.Int[2, 5])
            .Sample(
                (seed, groups) =>
                {
                    int[] sizes = [.. Enumerable.Range(0, groups).Select(i => 30 + 5 * i)];
                    (float[][] points, int[] truth) = Blobs.Make(seed, 4, 2, sizes);
                    ContextClusters result = Fit(["opacity"], new int[points.Length], points, Default, seed);
                    Assert.Equal([.. Enumerable.Range(1, groups).Select(i => $"opacity#{i}")], result.Names);
                    Assert.Equal(sizes.Reverse(), result.Clusters.Select(c => c.Cases));
                    Assert.True(Blobs.SamePartition(truth, [.. points.Select(p => result.Assign(0, p))]));
                },
                iter: 20
            );
    }

    [Fact]
    public void Cases_without_structure_few_cases_and_normal_cases_are_not_split()
    {
        Random random = new(1);
        float[][] noise = [.. Enumerable.Range(0, 200).Select(_ => Enumerable.Range(0, 64).Select(_ => (float)random.NextDouble()).ToArray())];
        Assert.Equal(["opacity"], Fit(["opacity"], new int[200], noise, Default, 1).Names);

        (float[][] few, _) = Blobs.Make(1, 4, 1, 25, 24);
        Assert.Equal(["opacity"], Fit(["opacity"], new int[49], few, Default, 1).Names);

        (float[][] many, _) = Blobs.Make(1, 4, 1, 100, 100);
        Assert.Equal(["normal"], Fit(["normal"], new int[200], many, Default, 1).Names);
        Assert.Equal(["normal#1", "normal#2"], Fit(["normal"], new int[200], many, Default with { NormalLabels = [] }, 1).Names);
    }

    [Fact]
    public void Identical_cases_are_not_split()
    {
        float[][] same = [.. Enumerable.Range(0, 100).Select(_ => new[] { 1f, 2f })];
        foreach (ClusterRule rule in Enum.GetValues<ClusterRule>())
            Assert.Equal(["opacity"], Fit(["opacity"], new int[100], same, Default with { Rule = rule }, 1).Names);
    }

    [Fact]
    public void No_cluster_is_smaller_than_the_minimum_and_assigning_the_training_cases_gives_the_clusters_again()
    {
        Gen.Select(Gen.Int[0, 1000], Gen.Int[2, 30], Gen.Int[20, 90].Array[1, 4], Gen.Float[0.5f, 8f])
            .Sample(
                (seed, minimum, sizes, radius) =>
                {
                    (float[][] points, _) = Blobs.Make(seed, 3, radius, sizes);
                    ContextClusteringOptions options = Default with { MinimumClusterSize = minimum, MinimumSilhouette = 0, Restarts = 3 };
                    ContextClusters result = Fit(["opacity"], new int[points.Length], points, options, seed);
                    Assert.All(result.Clusters, cluster => Assert.True(cluster.Cases >= Math.Min(minimum, points.Length)));
                    Assert.InRange(result.Clusters.Count, 1, options.MaximumClusters);
                    int[] counts = new int[result.Clusters.Count];
                    foreach (float[] point in points)
                        counts[result.Assign(0, point)]++;
                    Assert.Equal(result.Clusters.Select(c => c.Cases), counts);
                },
                iter: 60
            );
    }

    [Fact]
    public void The_order_of_the_cases_does_not_matter()
    {
        Gen.Select(Gen.Int[0, 1000], Gen.Int[1, 1000])
            .Sample(
                (seed, shuffle) =>
                {
                    (float[][] points, _) = Blobs.Make(seed, 3, 6, 60, 40, 30);
                    int[] labels = [.. points.Select((_, i) => i % 3 - 1)];
                    ContextClusteringOptions options = Default with { MinimumSilhouette = 0, MinimumClusterSize = 5 };
                    ContextClusters before = Fit(["a", "b"], labels, points, options, seed);
                    int[] order = [.. Enumerable.Range(0, points.Length)];
                    new Random(shuffle).Shuffle(order);
                    ContextClusters after = Fit(["a", "b"], [.. order.Select(i => labels[i])], [.. order.Select(i => points[i])], options, seed);
                    Assert.Equal(before.Clusters, after.Clusters);
                    Assert.Equal(before.Labels.Select(l => l.Centroids), after.Labels.Select(l => l.Centroids));
                },
                iter: 20
            );
    }

    [Fact]
    public void Cases_without_a_label_or_with_a_non_finite_vector_are_ignored()
    {
        ContextClusters result = Fit(
            ["a", "b"],
            [0, -1, 0, 1],
            [
                [1f],
                [2f],
                [float.NaN],
                [3f],
            ],
            Default,
            1
        );
        Assert.Equal([1, 1], result.Clusters.Select(c => c.Cases));
    }

    [Fact]
    public void The_base_label_is_read_from_the_name_of_a_part() =>
        Assert.Equal("calcified_granuloma", BaseLabels.NameOf(BaseLabels.PartName("calcified_granuloma", 12)));

    private static ContextClusters Fit(string[] names, int[] labels, float[][] vectors, ContextClusteringOptions options, int seed) =>
        ContextClustering.Fit(names, labels, vectors, options, seed, TestContext.Current.CancellationToken);
}
