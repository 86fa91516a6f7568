using System.Numerics.Tensors;

namespace CxrAnnotate;

/// <summary>How a copy differs from its original besides its grey values.</summary>
/// <param name="Left">The share of the original's width that is missing at the left.</param>
/// <param name="Top">The share of its height that is missing at the top.</param>
/// <param name="Right">The share that is missing at the right.</param>
/// <param name="Bottom">The share that is missing at the bottom.</param>
/// <param name="IsMirrored">Whether left and right are swapped before it is cropped.</param>
internal readonly record struct CopyGeometry(float Left, float Top, float Right, float Bottom, bool IsMirrored = false)
{
    /// <summary>A crop by the same share at each side; mirrored or not.</summary>
    internal static CopyGeometry Crop(float share, bool mirrored = false) => new(share, share, share, share, mirrored);

    /// <summary>The largest share that is missing at a side.</summary>
    internal float Largest => Math.Max(Math.Max(Left, Right), Math.Max(Top, Bottom));
}

/// <summary>Small pictures of radiographs: <see cref="Side"/> x <see cref="Side"/> bytes, row-major.</summary>
internal static class AuditThumbnail
{
    /// <summary>The side of a thumbnail.</summary>
    internal const int Side = 64;

    /// <summary>The side at which thumbnails are compared.</summary>
    internal const int Compared = 32;

    /// <summary>The mean of each block of <paramref name="factor"/> x <paramref name="factor"/> pixels of a square image.</summary>
    internal static float[] Shrink(ReadOnlySpan<float> pixels, int side, int factor)
    {
        int small = side / factor;
        float[] result = new float[small * small];
        for (int y = 0; y < small * factor; y++)
        {
            for (int x = 0; x < small * factor; x++)
                result[(y / factor * small) + (x / factor)] += pixels[(y * side) + x];
        }

        TensorPrimitives.Multiply(result, 1f / (factor * factor), result);
        return result;
    }

    /// <summary>
    /// A part of a thumbnail, resampled to <see cref="Compared"/> x <see cref="Compared"/> by a mean of four bilinear samples a pixel.
    /// </summary>
    internal static void Sample(ReadOnlySpan<byte> thumbnail, CopyGeometry geometry, Span<float> result)
    {
        const int Samples = 2 * Compared;
        Span<int> columns = stackalloc int[Samples],
            rows = stackalloc int[Samples];
        Span<float> across = stackalloc float[Samples],
            down = stackalloc float[Samples];
        Axis(geometry.Left, geometry.Right, geometry.IsMirrored, columns, across);
        Axis(geometry.Top, geometry.Bottom, mirrored: false, rows, down);
        result.Clear();
        for (int y = 0; y < Samples; y++)
        {
            ReadOnlySpan<byte> upper = thumbnail.Slice(rows[y] * Side, Side),
                lower = thumbnail.Slice((rows[y] + 1) * Side, Side);
            Span<float> target = result.Slice(y / 2 * Compared, Compared);
            float v = down[y];
            for (int x = 0; x < Samples; x++)
            {
                int c = columns[x];
                float u = across[x],
                    above = upper[c] + (u * (upper[c + 1] - upper[c])),
                    below = lower[c] + (u * (lower[c + 1] - lower[c]));
                target[x / 2] += above + (v * (below - above));
            }
        }
    }

    /// <summary>Scales values to mean 0 and length 1; values without any variation become 0.</summary>
    internal static void Normalize(Span<float> values)
    {
        TensorPrimitives.Subtract(values, TensorPrimitives.Sum<float>(values) / values.Length, values);
        float norm = TensorPrimitives.Norm<float>(values);
        if (norm > 1e-3f)
            TensorPrimitives.Divide(values, norm, values);
        else
            values.Clear();
    }

    /// <summary>
    /// Subtracts from each pixel the mean of its neighbourhood of 7 x 7, so that what is left is detail: ribs, borders of organs, devices, letters.
    /// What all radiographs have in common, dark lungs between bright shoulders, is gone. Then scales as <see cref="Normalize"/>.
    /// </summary>
    internal static void Detail(Span<float> image)
    {
        const int Reach = 3;
        Span<float> sums = stackalloc float[(Compared + 1) * (Compared + 1)];
        sums.Clear();
        for (int y = 0; y < Compared; y++)
        {
            float row = 0;
            for (int x = 0; x < Compared; x++)
            {
                row += image[(y * Compared) + x];
                sums[((y + 1) * (Compared + 1)) + x + 1] = sums[(y * (Compared + 1)) + x + 1] + row;
            }
        }

        for (int y = 0; y < Compared; y++)
        {
            int top = Math.Max(y - Reach, 0),
                bottom = Math.Min(y + Reach + 1, Compared);
            for (int x = 0; x < Compared; x++)
            {
                int left = Math.Max(x - Reach, 0),
                    right = Math.Min(x + Reach + 1, Compared);
                float sum =
                    sums[(bottom * (Compared + 1)) + right]
                    - sums[(top * (Compared + 1)) + right]
                    - sums[(bottom * (Compared + 1)) + left]
                    + sums[(top * (Compared + 1)) + left];
                image[(y * Compared) + x] -= sum / ((bottom - top) * (right - left));
            }
        }

        Normalize(image);
    }

    private static void Axis(float before, float after, bool mirrored, Span<int> places, Span<float> fractions)
    {
        float start = before * Side,
            step = (1 - before - after) * Side / places.Length;
        for (int i = 0; i < places.Length; i++)
        {
            float at = Math.Clamp(start + ((i + 0.5f) * step) - 0.5f, 0, Side - 1);
            at = mirrored ? Side - 1 - at : at;
            places[i] = Math.Min((int)at, Side - 2);
            fractions[i] = at - places[i];
        }
    }
}
