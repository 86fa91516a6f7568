using CsCheck;

namespace CxrAnnotate.Tests;

public sealed class SilhouetteTests
{
    [Fact]
    public void It_equals_its_definition_written_with_plain_loops()
    {
        Gen.Select(Gen.Int[3, 14], Gen.Int[1, 3], Gen.Int[2, 4])
            .SelectMany(
                (count, dimension, clusters) =>
                    Gen.Select(Gen.Int[-8, 8].Select(v => v / 2f).Array[dimension].Array[count], Gen.Int[0, clusters - 1].Array[count])
            )
            .Where((_, assignment) => assignment.Distinct().Count() > 1)
            .Sample((points, assignment) => Assert.Equal(Naive(points, assignment), Silhouette.Mean(points, assignment), 1e-5));
    }

    [Fact]
    public void Several_clusterings_at_once_give_the_same_as_one_by_one()
    {
        (float[][] points, int[] groups) = Blobs.Make(2, 3, 4, 10, 12, 9);
        int[] coarse = [.. groups.Select(g => Math.Min(g, 1))];
        Assert.Equal(
            [Silhouette.Mean(points, groups), Silhouette.Mean(points, coarse)],
            Silhouette.Means(points, [groups, coarse], cancellation: TestContext.Current.CancellationToken)
        );
    }

    [Fact]
    public void A_sample_of_the_points_is_close_to_all_points_and_repeatable()
    {
        (float[][] points, int[] groups) = Blobs.Make(2, 3, 6, 300, 200, 100);
        double sampled = Silhouette.Mean(points, groups, seed: 4, maximumPoints: 200);
        Assert.Equal(sampled, Silhouette.Mean(points, groups, seed: 4, maximumPoints: 200));
        Assert.Equal(Silhouette.Mean(points, groups), sampled, 0.05);
    }

    [Fact]
    public void One_cluster_has_no_silhouette() =>
        Assert.Throws<ArgumentException>(() =>
            Silhouette.Mean(
                [
                    [1f],
                    [2f],
                ],
                [0, 0]
            )
        );

    private static double Naive(float[][] points, int[] assignment)
    {
        double total = 0;
        for (int i = 0; i < points.Length; i++)
        {
            Dictionary<int, List<double>> distances = [];
            for (int j = 0; j < points.Length; j++)
            {
                if (i == j)
                    continue;
                double distance = Math.Sqrt(points[i].Zip(points[j]).Sum(p => Math.Pow(p.First - p.Second, 2)));
                if (!distances.TryGetValue(assignment[j], out List<double>? list))
                    distances[assignment[j]] = list = [];
                list.Add(distance);
            }
            if (!distances.Remove(assignment[i], out List<double>? own))
                continue;
            double a = own.Average(),
                b = distances.Values.Min(list => list.Average());
            total += Math.Max(a, b) > 0 ? (b - a) / Math.Max(a, b) : 0;
        }
        return total / points.Length;
    }
}
