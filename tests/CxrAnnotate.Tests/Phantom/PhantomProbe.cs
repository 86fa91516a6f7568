namespace CxrAnnotate.Tests;

/// <summary>Measures pictures: where two of them differ, and by how much.</summary>
internal static class PhantomProbe
{
    /// <summary>
    /// What a finding changed: centre of the changed brightness in shares of the width and height (weighted by its size), its sum, and how much of it
    /// lies in the image's left half.
    /// </summary>
    internal readonly record struct Change(double X, double Y, double Sum, double Absolute, double LeftShare);

    internal static Change Compare(PhantomImage with, PhantomImage without, Func<int, int, bool>? inside = null)
    {
        double sum = 0,
            absolute = 0,
            x = 0,
            y = 0,
            left = 0;
        int size = with.Width;
        for (int row = 0; row < size; row++)
            for (int column = 0; column < size; column++)
            {
                if (inside?.Invoke(column, row) == false)
                    continue;
                double difference = with.Pixels[row * size + column] - without.Pixels[row * size + column],
                    weight = Math.Abs(difference);
                sum += difference;
                absolute += weight;
                x += weight * column;
                y += weight * row;
                left += column < size / 2 ? weight : 0;
            }
        return new Change(x / absolute / size, y / absolute / size, sum, absolute, left / absolute);
    }

    /// <summary>The mean of each block of pixels.</summary>
    internal static byte[] Reduce(byte[] pixels, int from, int to)
    {
        int block = from / to;
        byte[] small = new byte[to * to];
        for (int y = 0; y < to; y++)
            for (int x = 0; x < to; x++)
            {
                int sum = 0;
                for (int dy = 0; dy < block; dy++)
                    for (int dx = 0; dx < block; dx++)
                        sum += pixels[(y * block + dy) * from + x * block + dx];
                small[y * to + x] = (byte)(sum / (block * block));
            }
        return small;
    }

    internal static double Correlation(byte[] a, byte[] b)
    {
        double meanA = a.Average(value => (double)value),
            meanB = b.Average(value => (double)value),
            ab = 0,
            aa = 0,
            bb = 0;
        for (int i = 0; i < a.Length; i++)
        {
            ab += (a[i] - meanA) * (b[i] - meanB);
            aa += (a[i] - meanA) * (a[i] - meanA);
            bb += (b[i] - meanB) * (b[i] - meanB);
        }
        return ab / Math.Sqrt(aa * bb);
    }
}
