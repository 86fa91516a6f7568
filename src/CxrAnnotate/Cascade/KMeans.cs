using System.Numerics.Tensors;

namespace CxrAnnotate;

/// <summary>A clustering of points around centroids.</summary>
/// <param name="Centroids">The mean of each cluster's points.</param>
/// <param name="Assignment">For each point the index of the nearest centroid (the lowest in case of ties).</param>
/// <param name="Inertia">Sum of the points' squared distances to their centroid.</param>
internal sealed record KMeansResult(float[][] Centroids, int[] Assignment, double Inertia)
{
    internal int[] Sizes()
    {
        int[] sizes = new int[Centroids.Length];
        foreach (int cluster in Assignment)
            sizes[cluster]++;
        return sizes;
    }
}

/// <summary>
/// K-means: greedy k-means++ seeding (Arthur and Vassilvitskii, 2007, with several candidates per step), Lloyd's algorithm with repair of empty
/// clusters, best of several restarts. The result depends only on the points, their order and the seed, not on the number of threads.
/// </summary>
internal static class KMeans
{
    internal const int DefaultRestarts = 10;
    internal const int DefaultMaximumIterations = 300;

    /// <summary>Clusters points. With fewer than <paramref name="clusters"/> distinct points there are fewer clusters.</summary>
    /// <param name="points">At least one point; all finite and of the same length.</param>
    /// <param name="clusters">The number of clusters, at least 1.</param>
    /// <param name="seed">Seed of the initial centroids.</param>
    /// <param name="restarts">The number of runs from different initial centroids.</param>
    /// <param name="maximumIterations">The maximum number of Lloyd iterations per run.</param>
    /// <param name="cancellation">Cancels the clustering.</param>
    internal static KMeansResult Fit(
        IReadOnlyList<float[]> points,
        int clusters,
        int seed,
        int restarts = DefaultRestarts,
        int maximumIterations = DefaultMaximumIterations,
        CancellationToken cancellation = default
    )
    {
        ArgumentOutOfRangeException.ThrowIfZero(points.Count);
        ArgumentOutOfRangeException.ThrowIfLessThan(clusters, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(restarts, 1);
        KMeansResult[] runs = new KMeansResult[restarts];
        Parallel.For(
            0,
            restarts,
            new ParallelOptions { CancellationToken = cancellation },
            run =>
            {
                runs[run] = Refine(points, ChooseCentroids(points, clusters, Seeds.At(seed, run)), maximumIterations, cancellation);
            }
        );
        return runs.MinBy(run => run.Inertia)!;
    }

    /// <summary>Lloyd's algorithm from given centroids. Clusters that remain empty are omitted.</summary>
    internal static KMeansResult Refine(
        IReadOnlyList<float[]> points,
        IReadOnlyList<float[]> centroids,
        int maximumIterations = DefaultMaximumIterations,
        CancellationToken cancellation = default
    )
    {
        float[][] means = [.. centroids.Select(centroid => (float[])centroid.Clone())];
        int[] assignment = new int[points.Count];
        double[] distances = new double[points.Count];
        Array.Fill(assignment, -1);
        bool moved = Assign(points, means, assignment, distances);
        for (int iteration = 0; moved && iteration < maximumIterations; iteration++)
        {
            cancellation.ThrowIfCancellationRequested();
            FillEmptyClusters(means.Length, assignment, distances);
            MoveToMeans(points, assignment, means);
            moved = Assign(points, means, assignment, distances);
        }
        return WithoutEmptyClusters(means, assignment, distances.Sum());
    }

    /// <summary>The index of the centroid nearest to a point; ties go to the lowest index.</summary>
    internal static int Nearest(ReadOnlySpan<float> point, IReadOnlyList<float[]> centroids) => Nearest(point, centroids, out _);

    internal static double SquaredDistance(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        double distance = TensorPrimitives.Distance(a, b);
        return distance * distance;
    }

    private static int Nearest(ReadOnlySpan<float> point, IReadOnlyList<float[]> centroids, out double distance)
    {
        int nearest = 0;
        distance = double.PositiveInfinity;
        for (int c = 0; c < centroids.Count; c++)
        {
            double d = SquaredDistance(point, centroids[c]);
            if (d < distance)
                (nearest, distance) = (c, d);
        }
        return nearest;
    }

    private static List<float[]> ChooseCentroids(IReadOnlyList<float[]> points, int clusters, Random random)
    {
        List<float[]> chosen = [points[random.Next(points.Count)]];
        double[] potential = [.. points.Select(point => SquaredDistance(point, chosen[0]))];
        int candidates = 2 + (int)Math.Log(clusters);
        while (chosen.Count < clusters && potential.Sum() is > 0 and double total)
        {
            int best = -1;
            double[] bestPotential = potential;
            double bestTotal = double.PositiveInfinity;
            for (int trial = 0; trial < candidates; trial++)
            {
                int candidate = Draw(potential, random.NextDouble() * total);
                double[] reduced = new double[points.Count];
                double sum = 0;
                for (int i = 0; i < reduced.Length; i++)
                    sum += reduced[i] = Math.Min(potential[i], SquaredDistance(points[i], points[candidate]));
                if (sum < bestTotal)
                    (best, bestPotential, bestTotal) = (candidate, reduced, sum);
            }
            chosen.Add(points[best]);
            potential = bestPotential;
        }
        return chosen;
    }

    /// <summary>The point at which the cumulative sum of the weights exceeds a target; never a point of weight zero.</summary>
    private static int Draw(double[] weights, double target)
    {
        int last = 0;
        for (int i = 0; i < weights.Length; i++)
        {
            if (weights[i] <= 0)
                continue;
            last = i;
            target -= weights[i];
            if (target < 0)
                return i;
        }
        return last;
    }

    private static bool Assign(IReadOnlyList<float[]> points, float[][] centroids, int[] assignment, double[] distances)
    {
        bool moved = false;
        for (int i = 0; i < assignment.Length; i++)
        {
            int nearest = Nearest(points[i], centroids, out distances[i]);
            moved |= nearest != assignment[i];
            assignment[i] = nearest;
        }
        return moved;
    }

    /// <summary>Gives each empty cluster the point that is farthest from its own centroid, as long as that leaves no other cluster empty.</summary>
    private static void FillEmptyClusters(int clusters, int[] assignment, double[] distances)
    {
        int[] sizes = new int[clusters];
        foreach (int cluster in assignment)
            sizes[cluster]++;
        for (int empty = 0; empty < clusters; empty++)
        {
            if (sizes[empty] > 0)
                continue;
            int farthest = -1;
            for (int i = 0; i < assignment.Length; i++)
            {
                if (sizes[assignment[i]] > 1 && distances[i] > (farthest < 0 ? 0 : distances[farthest]))
                    farthest = i;
            }
            if (farthest < 0)
                return;
            sizes[assignment[farthest]]--;
            sizes[empty]++;
            assignment[farthest] = empty;
            distances[farthest] = 0;
        }
    }

    private static void MoveToMeans(IReadOnlyList<float[]> points, int[] assignment, float[][] centroids)
    {
        double[][] sums = [.. centroids.Select(centroid => new double[centroid.Length])];
        int[] sizes = new int[centroids.Length];
        for (int i = 0; i < assignment.Length; i++)
        {
            double[] sum = sums[assignment[i]];
            float[] point = points[i];
            sizes[assignment[i]]++;
            for (int d = 0; d < sum.Length; d++)
                sum[d] += point[d];
        }
        for (int c = 0; c < centroids.Length; c++)
        {
            for (int d = 0; sizes[c] > 0 && d < centroids[c].Length; d++)
                centroids[c][d] = (float)(sums[c][d] / sizes[c]);
        }
    }

    private static KMeansResult WithoutEmptyClusters(float[][] centroids, int[] assignment, double inertia)
    {
        int[] used = [.. assignment.Distinct().Order()];
        int[] renumbered = new int[centroids.Length];
        for (int c = 0; c < used.Length; c++)
            renumbered[used[c]] = c;
        return new KMeansResult([.. used.Select(c => centroids[c])], [.. assignment.Select(c => renumbered[c])], inertia);
    }
}
