using System.Numerics.Tensors;

namespace CxrAnnotate;

/// <summary>
/// The mean silhouette of a clustering (Rousseeuw, 1987): for each point (b - a) / max(a, b), where a is the mean distance to the other points of its
/// cluster and b the smallest mean distance to the points of another cluster; 0 for the only point of a cluster.
/// </summary>
internal static class Silhouette
{
    internal const int DefaultMaximumPoints = 4000;

    /// <summary>The mean silhouettes of several clusterings of the same points. Distances are computed only once.</summary>
    /// <param name="points">The points.</param>
    /// <param name="assignments">For each clustering the cluster of every point: 0, 1, ..., with at least two non-empty clusters.</param>
    /// <param name="seed">Seed of the sample of points if there are more than <paramref name="maximumPoints"/>.</param>
    /// <param name="maximumPoints">The maximum number of points to average over; distances are still to all points.</param>
    /// <param name="cancellation">Cancels the computation.</param>
    internal static double[] Means(
        IReadOnlyList<float[]> points,
        IReadOnlyList<int[]> assignments,
        int seed = 1,
        int maximumPoints = DefaultMaximumPoints,
        CancellationToken cancellation = default
    )
    {
        int[] sample = Sample(points.Count, maximumPoints, seed);
        double[][] values = Values(points, assignments, sample, cancellation);
        return [.. assignments.Select((_, k) => values.Average(v => v[k]))];
    }

    /// <summary>The silhouette of each point of one clustering; NaN for those that are not in the sample.</summary>
    internal static double[] OfPoints(
        IReadOnlyList<float[]> points,
        int[] assignment,
        int seed = 1,
        int maximumPoints = DefaultMaximumPoints,
        CancellationToken cancellation = default
    )
    {
        int[] sample = Sample(points.Count, maximumPoints, seed);
        double[][] values = Values(points, [assignment], sample, cancellation);
        double[] of = new double[points.Count];
        Array.Fill(of, double.NaN);
        for (int s = 0; s < sample.Length; s++)
            of[sample[s]] = values[s][0];
        return of;
    }

    /// <summary>The mean silhouette of one clustering.</summary>
    internal static double Mean(IReadOnlyList<float[]> points, int[] assignment, int seed = 1, int maximumPoints = DefaultMaximumPoints) =>
        Means(points, [assignment], seed, maximumPoints)[0];

    /// <summary>For each sampled point its silhouette in every clustering.</summary>
    private static double[][] Values(
        IReadOnlyList<float[]> points,
        IReadOnlyList<int[]> assignments,
        int[] sample,
        CancellationToken cancellation
    )
    {
        int[][] sizes = [.. assignments.Select(Sizes)];
        if (sizes.Any(s => s.Count(n => n > 0) < 2))
            throw new ArgumentException(ErrorCode.OptionOutOfRange.Message("A silhouette needs at least two clusters."), nameof(assignments));
        double[][] values = new double[sample.Length][];
        Parallel.For(
            0,
            sample.Length,
            new ParallelOptions { CancellationToken = cancellation },
            s =>
            {
                double[] distances = new double[points.Count];
                for (int j = 0; j < distances.Length; j++)
                    distances[j] = TensorPrimitives.Distance<float>(points[sample[s]], points[j]);
                values[s] = [.. assignments.Select((assignment, k) => OfPoint(sample[s], distances, assignment, sizes[k]))];
            }
        );
        return values;
    }

    private static double OfPoint(int point, double[] distances, int[] assignment, int[] sizes)
    {
        int own = assignment[point];
        if (sizes[own] == 1)
            return 0;
        double[] sums = new double[sizes.Length];
        for (int j = 0; j < distances.Length; j++)
            sums[assignment[j]] += distances[j];
        double inside = sums[own] / (sizes[own] - 1),
            outside = double.PositiveInfinity;
        for (int c = 0; c < sizes.Length; c++)
        {
            if (c != own && sizes[c] > 0)
                outside = Math.Min(outside, sums[c] / sizes[c]);
        }
        double larger = Math.Max(inside, outside);
        return larger > 0 ? (outside - inside) / larger : 0;
    }

    private static int[] Sizes(int[] assignment)
    {
        int[] sizes = new int[assignment.Length == 0 ? 0 : assignment.Max() + 1];
        foreach (int cluster in assignment)
            sizes[cluster]++;
        return sizes;
    }

    private static int[] Sample(int count, int maximum, int seed)
    {
        int[] all = [.. Enumerable.Range(0, count)];
        if (count <= maximum)
            return all;
        new Random(seed).Shuffle(all);
        return all[..maximum];
    }
}
