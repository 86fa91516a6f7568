using CsCheck;

namespace CxrAnnotate.Tests;

public sealed class KMeansTests
{
    private static readonly Gen<float[][]> Points = Gen.Select(Gen.Int[1, 8], Gen.Int[1, 3])
        .SelectMany((count, dimension) => Gen.Int[-6, 6].Select(v => v / 2f).Array[dimension].Array[count]);

    [Fact]
    public void No_clustering_is_better_than_the_best_of_all_partitions_and_separated_groups_reach_it()
    {
        Gen.Select(Points, Gen.Int[1, 4], Gen.Int[0, 1000])
            .Sample(
                (points, clusters, seed) =>
                {
                    KMeansResult result = Fit(points, clusters, seed);
                    Assert.True(result.Inertia >= BestOfAllPartitions(points, clusters) - 1e-4);
                }
            );
        Gen.Select(Gen.Int[1, 3], Gen.Int[1, 3], Gen.Int[1, 3], Gen.Int[0, 1000])
            .Sample(
                (a, b, c, seed) =>
                {
                    (float[][] points, int[] groups) = Blobs.Make(seed, 2, 1, a, b, c);
                    KMeansResult result = Fit(points, 3, seed);
                    Assert.Equal(BestOfAllPartitions(points, 3), result.Inertia, 1e-3);
                    Assert.True(Blobs.SamePartition(groups, result.Assignment));
                }
            );
    }

    [Fact]
    public void Every_point_is_with_its_nearest_centroid_no_cluster_is_empty_and_centroids_are_means()
    {
        Gen.Select(Points, Gen.Int[1, 9], Gen.Int[0, 1000])
            .Sample(
                (points, clusters, seed) =>
                {
                    KMeansResult result = Fit(points, clusters, seed);
                    int distinct = points.Select(p => string.Join(' ', p)).Distinct().Count();
                    Assert.InRange(result.Centroids.Length, 1, Math.Min(clusters, distinct));
                    Assert.All(result.Sizes(), size => Assert.True(size > 0));
                    double inertia = 0;
                    for (int i = 0; i < points.Length; i++)
                    {
                        double own = Naive(points[i], result.Centroids[result.Assignment[i]]);
                        Assert.All(result.Centroids, centroid => Assert.True(own <= Naive(points[i], centroid) + 1e-5));
                        inertia += own;
                    }
                    Assert.Equal(inertia, result.Inertia, 1e-3);
                    for (int c = 0; c < result.Centroids.Length; c++)
                    {
                        float[][] members = [.. points.Where((_, i) => result.Assignment[i] == c)];
                        for (int d = 0; d < points[0].Length; d++)
                            Assert.Equal(members.Average(m => (double)m[d]), result.Centroids[c][d], 1e-5);
                    }
                }
            );
    }

    [Fact]
    public void As_many_clusters_as_distinct_points_have_no_inertia()
    {
        Points.Sample(points =>
        {
            int distinct = points.Select(p => string.Join(' ', p)).Distinct().Count();
            KMeansResult result = Fit(points, distinct, seed: 3);
            Assert.Equal(distinct, result.Centroids.Length);
            Assert.Equal(0, result.Inertia);
        });
    }

    [Fact]
    public void The_same_seed_gives_the_same_bits()
    {
        (float[][] points, _) = Blobs.Make(5, 16, 8, 40, 30, 20);
        KMeansResult first = Fit(points, 7, seed: 11),
            second = Fit(points, 7, seed: 11);
        Assert.Equal(first.Assignment, second.Assignment);
        Assert.Equal(first.Centroids, second.Centroids);
    }

    [Fact]
    public void A_cluster_that_runs_empty_gets_the_farthest_point()
    {
        float[][] points =
        [
            [0f],
            [1f],
            [2f],
            [10f],
        ];
        KMeansResult result = KMeans.Refine(
            points,
            [
                [1f],
                [-100f],
            ],
            cancellation: TestContext.Current.CancellationToken
        );
        Assert.Equal([0, 0, 0, 1], result.Assignment);
    }

    [Fact]
    public void Cancellation_stops_the_work()
    {
        (float[][] points, _) = Blobs.Make(5, 4, 8, 40, 30, 20);
        Assert.ThrowsAny<OperationCanceledException>(() => KMeans.Fit(points, 3, 1, cancellation: new CancellationToken(canceled: true)));
    }

    private static KMeansResult Fit(float[][] points, int clusters, int seed) =>
        KMeans.Fit(points, clusters, seed, cancellation: TestContext.Current.CancellationToken);

    private static double Naive(float[] a, float[] b) => a.Zip(b).Sum(p => ((double)p.First - p.Second) * ((double)p.First - p.Second));

    /// <summary>The smallest inertia over all assignments of points to clusters.</summary>
    private static double BestOfAllPartitions(float[][] points, int clusters)
    {
        double best = double.PositiveInfinity;
        int[] assignment = new int[points.Length];
        Visit(0, 0);
        return best;

        void Visit(int point, int used)
        {
            if (point == points.Length)
            {
                best = Math.Min(best, Inertia());
                return;
            }
            for (int c = 0; c < Math.Min(used + 1, clusters); c++)
            {
                assignment[point] = c;
                Visit(point + 1, Math.Max(used, c + 1));
            }
        }

        double Inertia()
        {
            double sum = 0;
            foreach (IGrouping<int, float[]> group in points.Select((p, i) => (p, i)).GroupBy(p => assignment[p.i], p => p.p))
            {
                for (int d = 0; d < points[0].Length; d++)
                {
                    double mean = group.Average(p => (double)p[d]);
                    sum += group.Sum(p => (p[d] - mean) * (p[d] - mean));
                }
            }
            return sum;
        }
    }
}
