using System.Buffers;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace CxrAnnotate;

/// <summary>
/// Antialiased bilinear resampling: a triangle filter as wide as the reduction (one source pixel if there is none), separable, over pixel centres.
/// One pass over the rows, so that a radiograph of any size costs a strip of memory. Plain arithmetic in a fixed order gives the same result on every
/// machine.
/// </summary>
internal static class Resampler
{
    private const int MostStripRows = 64;

    /// <summary>A strip of a very wide image has fewer rows.</summary>
    private const int StripPixels = 1 << 20;

    /// <summary>Fills the destination rectangle of <paramref name="result"/>; the rest is unchanged.</summary>
    /// <param name="source">The image.</param>
    /// <param name="geometry">The source and destination rectangles.</param>
    /// <param name="result">The result, row-major.</param>
    /// <param name="stride">The number of values in a row of the result.</param>
    internal static void Resample(IGreyRows source, ImageGeometry geometry, Span<float> result, int stride)
    {
        Taps across = Taps.Over(source.Width, geometry.SourceX, geometry.SourceWidth, geometry.Width);
        Taps down = Taps.Over(source.Height, geometry.SourceY, geometry.SourceHeight, geometry.Height);
        int stripRows = Math.Clamp(StripPixels / source.Width, 1, Math.Min(MostStripRows, source.Height));
        float[] strip = ArrayPool<float>.Shared.Rent(stripRows * source.Width);
        float[] narrow = new float[geometry.Width];
        int open = 0; // The first row of the result that can still grow.
        for (int top = 0; top < source.Height; top += stripRows)
        {
            int rows = Math.Min(stripRows, source.Height - top);
            source.Read(top, rows, strip.AsSpan(0, rows * source.Width));
            for (int i = 0; i < rows; i++)
            {
                int y = top + i;
                while (open < geometry.Height && down.Ends[open] <= y)
                    open++;
                if (open == geometry.Height || down.Starts[open] > y)
                    continue;
                across.Apply(strip.AsSpan(i * source.Width, source.Width), narrow);
                for (int j = open; j < geometry.Height && down.Starts[j] <= y; j++)
                {
                    if (down.Ends[j] <= y)
                        continue;
                    float weight = down.Weights[down.Offsets[j] + y - down.Starts[j]];
                    Span<float> row = result.Slice(((geometry.Y + j) * stride) + geometry.X, geometry.Width);
                    for (int x = 0; x < row.Length; x++)
                        row[x] += weight * narrow[x];
                }
            }
        }

        ArrayPool<float>.Shared.Return(strip);
        for (int j = 0; j < geometry.Height; j++)
        {
            foreach (ref float value in result.Slice(((geometry.Y + j) * stride) + geometry.X, geometry.Width))
                value = Math.Clamp(value, 0f, 1f);
        }
    }

    /// <summary>The source pixels and weights of each result pixel, along one axis.</summary>
    private sealed class Taps
    {
        private Taps(int count)
        {
            Starts = new int[count];
            Ends = new int[count];
            Offsets = new int[count];
        }

        internal int[] Starts { get; }

        internal int[] Ends { get; }

        internal int[] Offsets { get; }

        internal float[] Weights { get; private set; } = [];

        internal static Taps Over(int length, double start, double extent, int count)
        {
            var taps = new Taps(count);
            var weights = new List<float>();
            var row = new List<double>();
            double step = extent / count;
            double reach = Math.Max(step, 1);
            for (int i = 0; i < count; i++)
            {
                double centre = start + ((i + 0.5) * step);
                taps.Starts[i] = Math.Clamp((int)Math.Floor(centre - reach + 0.5), 0, length - 1);
                taps.Ends[i] = Math.Clamp((int)Math.Floor(centre + reach + 0.5), taps.Starts[i] + 1, length);
                row.Clear();
                for (int x = taps.Starts[i]; x < taps.Ends[i]; x++)
                    row.Add(Math.Max(0, 1 - (Math.Abs(x + 0.5 - centre) / reach)));
                double sum = row.Sum();
                taps.Offsets[i] = weights.Count;
                weights.AddRange(row.Select(weight => (float)(weight / sum)));
            }

            taps.Weights = [.. weights];
            return taps;
        }

        internal void Apply(ReadOnlySpan<float> source, Span<float> result)
        {
            for (int i = 0; i < result.Length; i++)
            {
                ReadOnlySpan<float> values = source[Starts[i]..Ends[i]];
                ReadOnlySpan<float> weights = Weights.AsSpan(Offsets[i], values.Length);
                result[i] = Dot(values, weights);
            }
        }

        /// <summary>Four partial sums, added at the end: the order of the additions is the same on every processor.</summary>
        private static float Dot(ReadOnlySpan<float> values, ReadOnlySpan<float> weights)
        {
            ref float value = ref MemoryMarshal.GetReference(values),
                weight = ref MemoryMarshal.GetReference(weights);
            Vector128<float> sums = Vector128<float>.Zero;
            int x = 0;
            for (; x + Vector128<float>.Count <= values.Length; x += Vector128<float>.Count)
                sums += Vector128.LoadUnsafe(ref value, (nuint)x) * Vector128.LoadUnsafe(ref weight, (nuint)x);
            float sum = sums[0] + sums[1] + (sums[2] + sums[3]);
            for (; x < values.Length; x++)
                sum += weights[x] * values[x];
            return sum;
        }
    }
}
