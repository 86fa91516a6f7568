using System.Runtime.InteropServices;

namespace CxrAnnotate;

/// <summary>
/// How far the features of an image are from those of the training images: the Mahalanobis distance with a covariance of low rank (the leading
/// principal axes have their own variances, all other directions share one; Lee et al., NeurIPS 2018, use the full covariance). It is divided by the
/// distance that 99 % of the validation rows do not exceed, so that 1 is where images begin to be unlike those the model knows.
/// </summary>
internal sealed record FeatureDistance
{
    /// <summary>The share of the validation rows below a score of 1.</summary>
    internal const double Usual = 0.99;

    /// <summary>The fewest validation rows that the bound is taken from.</summary>
    internal const int FewestHeld = 50;

    /// <summary>The fewest training rows that a distance is fitted to.</summary>
    internal const int FewestTrained = 30;

    /// <summary>More training rows than this do not change the axes much.</summary>
    private const int MostRows = 1000;

    private const int MostAxes = 16,
        Rounds = 8;

    private float[]? _mean,
        _scale,
        _axes;

    /// <summary>The number of features.</summary>
    public required int Size { get; init; }

    /// <summary>The mean of each feature, as the bytes of single-precision numbers.</summary>
    public required byte[] Mean { get; init; }

    /// <summary>What each centred feature is multiplied by.</summary>
    public required byte[] Scale { get; init; }

    /// <summary>The principal axes of the scaled features, one after the other.</summary>
    public required byte[] Axes { get; init; }

    /// <summary>What the square of the projection to each axis is multiplied by, besides its part in the length.</summary>
    public required IReadOnlyList<double> Weights { get; init; }

    /// <summary>The variance of all other directions.</summary>
    public required double Rest { get; init; }

    /// <summary>The distance that has the score 1.</summary>
    public required double Bound { get; init; }

    /// <summary>Whether values read from a file are possible.</summary>
    internal bool IsSound =>
        Size > 0
        && Mean.Length == Size * sizeof(float)
        && Scale.Length == Mean.Length
        && Axes.Length == (long)Mean.Length * Weights.Count
        && Weights.All(double.IsFinite)
        && Rest is > 0 and < double.PositiveInfinity
        && Bound is > 0 and < double.PositiveInfinity;

    /// <summary>The score of an image: 0 for the most usual one, above 1 for one unlike the training images; NaN for missing features.</summary>
    internal double Score(ReadOnlySpan<float> features) => Distance(features) / Bound;

    /// <summary>Fits the distance; null if there are too few rows.</summary>
    /// <param name="train">Features of training rows.</param>
    /// <param name="held">Features of rows that were not trained on.</param>
    internal static FeatureDistance? Fit(IReadOnlyList<float[]> train, IReadOnlyList<float[]> held)
    {
        float[][] known = [.. held.Where(row => Array.TrueForAll(row, float.IsFinite))];
        float[][] rows = [.. train.Where(row => Array.TrueForAll(row, float.IsFinite))];
        if (rows.Length > MostRows)
            rows = [.. Enumerable.Range(0, MostRows).Select(i => rows[(int)((long)i * rows.Length / MostRows)])];
        if (rows.Length < FewestTrained || known.Length < FewestHeld)
            return null;
        int size = rows[0].Length,
            axes = Math.Min(MostAxes, Math.Min(size - 1, rows.Length / 4));
        var mean = new float[size];
        var scale = new float[size];
        for (int j = 0; j < size; j++)
        {
            double sum = 0,
                squares = 0;
            foreach (float[] row in rows)
            {
                sum += row[j];
                squares += (double)row[j] * row[j];
            }

            mean[j] = (float)(sum / rows.Length);
            double deviation = Math.Sqrt(Math.Max((squares / rows.Length) - (sum / rows.Length * sum / rows.Length), 0));
            // A feature that never changes says nothing, unless it does: then it counts as if it had changed a little.
            scale[j] = (float)(1 / Math.Max(deviation, 1e-3 + (1e-2 * Math.Abs(mean[j]))));
        }

        float[][] scaled = [.. rows.Select(row => row.Select((value, j) => (value - mean[j]) * scale[j]).ToArray())];
        var (basis, variances) = LeadingAxes(scaled, Math.Max(axes, 0));
        double all = scaled.Sum(row => row.Sum(value => (double)value * value)) / rows.Length;
        double rest = Math.Max((all - variances.Sum()) / (size - variances.Length), 1e-6);
        var fitted = new FeatureDistance
        {
            Size = size,
            Mean = Bytes(mean),
            Scale = Bytes(scale),
            Axes = Bytes([.. basis.SelectMany(axis => axis)]),
            Weights = [.. variances.Select(variance => (1 / Math.Max(variance, rest)) - (1 / rest))],
            Rest = rest,
            Bound = 1,
        };
        double[] ascending = [.. known.Select(row => fitted.Distance(row)).Order()];
        int rank = Math.Min((int)Math.Ceiling(((ascending.Length + 1) * Usual) - 1e-9), ascending.Length);
        return ascending[rank - 1] is > 0 and var bound ? fitted with { Bound = bound } : null;
    }

    private double Distance(ReadOnlySpan<float> features)
    {
        float[] mean = _mean ??= Floats(Mean),
            scale = _scale ??= Floats(Scale),
            axes = _axes ??= Floats(Axes);
        var scaled = new float[Size];
        double square = 0;
        for (int j = 0; j < Size; j++)
        {
            scaled[j] = (features[j] - mean[j]) * scale[j];
            square += (double)scaled[j] * scaled[j];
        }

        square /= Rest;
        for (int a = 0; a < Weights.Count; a++)
        {
            double along = Dot(scaled, axes.AsSpan(a * Size, Size));
            square += along * along * Weights[a];
        }

        return double.IsNaN(square) ? double.NaN : Math.Sqrt(Math.Max(square, 0));
    }

    /// <summary>The leading axes of centred rows, and the variances along them, by orthogonal iteration from a fixed start.</summary>
    private static (float[][] Axes, double[] Variances) LeadingAxes(float[][] rows, int count)
    {
        Random random = new(2016);
        float[][] axes = [.. Enumerable.Range(0, count).Select(_ => rows[0].Select(_ => (float)(random.NextDouble() - 0.5)).ToArray())];
        Orthonormalize(axes);
        for (int round = 0; round < Rounds; round++)
        {
            Parallel.For(
                0,
                count,
                a =>
                {
                    var next = new float[axes[a].Length];
                    foreach (float[] row in rows)
                    {
                        float along = (float)Dot(row, axes[a]);
                        for (int j = 0; j < next.Length; j++)
                            next[j] += along * row[j];
                    }

                    axes[a] = next;
                }
            );
            Orthonormalize(axes);
        }

        return (
            axes,
            [.. axes.Select(axis => rows.Sum(row => Dot(row, axis) is var along ? along * along : 0) / rows.Length)]
        );
    }

    private static void Orthonormalize(float[][] axes)
    {
        for (int a = 0; a < axes.Length; a++)
        {
            for (int b = 0; b < a; b++)
            {
                float along = (float)Dot(axes[a], axes[b]);
                for (int j = 0; j < axes[a].Length; j++)
                    axes[a][j] -= along * axes[b][j];
            }

            double length = Math.Sqrt(Dot(axes[a], axes[a]));
            for (int j = 0; j < axes[a].Length; j++)
                axes[a][j] = length > 0 ? (float)(axes[a][j] / length) : 0;
        }
    }

    private static double Dot(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        double sum = 0;
        for (int j = 0; j < a.Length; j++)
            sum += (double)a[j] * b[j];
        return sum;
    }

    private static byte[] Bytes(float[] values) => MemoryMarshal.AsBytes<float>(values).ToArray();

    private static float[] Floats(byte[] bytes) => MemoryMarshal.Cast<byte, float>(bytes).ToArray();
}
