using System.Numerics.Tensors;

namespace CxrAnnotate;

/// <summary>
/// The first principal axes of points: the directions in which they spread most, by orthogonal iteration on the covariance, which is never formed.
/// The result depends only on the points and their order.
/// </summary>
/// <param name="Mean">The mean of the points.</param>
/// <param name="Axes">Unit vectors, orthogonal to each other; the value of largest size of each is positive. Zeros where the points do not spread
/// any more.</param>
/// <param name="Shares">For each the share of the whole variance that lies along it, from 0 to 1.</param>
internal sealed record PrincipalAxes(float[] Mean, float[][] Axes, double[] Shares)
{
    private const int MaximumIterations = 1000;
    private const double Tolerance = 1e-10;

    /// <summary>The axes of points.</summary>
    /// <param name="points">At least one point; all finite and of the same length.</param>
    /// <param name="count">The number of axes, at least 1.</param>
    internal static PrincipalAxes Of(IReadOnlyList<float[]> points, int count)
    {
        int size = points[0].Length;
        double[] sums = new double[size];
        foreach (float[] point in points)
        {
            for (int d = 0; d < size; d++)
                sums[d] += point[d];
        }

        float[] mean = [.. sums.Select(sum => (float)(sum / points.Count))];
        float[][] centred = [.. points.Select(point => point.Zip(mean, (value, middle) => value - middle).ToArray())];
        double whole = centred.Sum(point => (double)TensorPrimitives.Dot<float>(point, point));
        List<float[]> axes = [];
        List<double> shares = [];
        for (int axis = 0; axis < count; axis++)
        {
            (float[] direction, double spread) = whole > 0 && axis < size ? Next(centred, axes, axis) : (new float[size], 0);
            axes.Add(direction);
            shares.Add(whole > 0 ? spread / whole : 0);
        }

        return new PrincipalAxes(mean, [.. axes], [.. shares]);
    }

    /// <summary>The coordinates of a point along the axes.</summary>
    internal double[] Project(float[] point)
    {
        float[] centred = [.. point.Zip(Mean, (value, middle) => value - middle)];
        return [.. Axes.Select(axis => (double)TensorPrimitives.Dot<float>(centred, axis))];
    }

    /// <summary>The direction of largest spread that is orthogonal to the earlier ones, and the sum of squares along it.</summary>
    private static (float[] Direction, double Spread) Next(float[][] centred, List<float[]> earlier, int axis)
    {
        // Any start that is not orthogonal to the axis will do; random numbers of a fixed seed are not, whatever the points.
        Random random = Seeds.At(2016, axis);
        double[] direction = [.. centred[0].Select(_ => random.NextDouble() - 0.5)];
        Normalize(direction, earlier);
        double spread = 0;
        for (int iteration = 0; iteration < MaximumIterations; iteration++)
        {
            float[] current = [.. direction.Select(value => (float)value)];
            double[] next = new double[direction.Length];
            double squares = 0;
            foreach (float[] point in centred)
            {
                double along = TensorPrimitives.Dot<float>(point, current);
                squares += along * along;
                for (int d = 0; d < next.Length; d++)
                    next[d] += along * point[d];
            }

            bool settled = Math.Abs(squares - spread) <= Tolerance * squares;
            spread = squares;
            if (!Normalize(next, earlier))
                return (new float[direction.Length], 0);
            direction = next;
            if (settled && iteration > 0)
                break;
        }

        int largest = 0;
        for (int d = 1; d < direction.Length; d++)
        {
            if (Math.Abs(direction[d]) > Math.Abs(direction[largest]))
                largest = d;
        }

        int sign = direction[largest] < 0 ? -1 : 1;
        return ([.. direction.Select(value => (float)(sign * value))], spread);
    }

    /// <summary>Makes a direction orthogonal to others and of length 1; false if nothing is left of it.</summary>
    private static bool Normalize(double[] direction, List<float[]> others)
    {
        double before = Length(direction);
        foreach (float[] other in others)
        {
            double along = direction.Zip(other, (a, b) => a * b).Sum();
            for (int d = 0; d < direction.Length; d++)
                direction[d] -= along * other[d];
        }

        double length = Length(direction);
        if (!(length > 1e-6 * before))
            return false;
        for (int d = 0; d < direction.Length; d++)
            direction[d] /= length;
        return true;
    }

    private static double Length(double[] vector) => Math.Sqrt(vector.Sum(value => value * value));
}
