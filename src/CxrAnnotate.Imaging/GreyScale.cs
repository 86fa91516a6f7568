namespace CxrAnnotate;

/// <summary>
/// The last step of reading: maps the full-scale values to the requested range and inverts them if requested. Since the resampling weights sum to
/// one, it can follow resampling, so that the file is read only once.
/// </summary>
internal static class GreyScale
{
    internal const double LowestPercentile = 0.005,
        HighestPercentile = 0.995;

    private const int FewestBits = 8;

    /// <param name="values">The file's values; null if the range is the full scale.</param>
    /// <param name="geometry">The part of the result that the radiograph covers; the padding stays black.</param>
    /// <param name="format">The requested format.</param>
    /// <param name="pixels">The result, row-major.</param>
    internal static void Apply(MeasuredRows? values, ImageGeometry geometry, RadiographFormat format, Span<float> pixels)
    {
        var part = new GreyRegion(format.Width, geometry.X, geometry.Y, geometry.Width, geometry.Height);
        (float black, float scale) = Window(values, format.Range);
        if (black != 0 || scale != 1)
        {
            for (int y = 0; y < part.Height; y++)
            {
                foreach (ref float value in part.Row(pixels, y))
                    value = Math.Clamp((value - black) * scale, 0f, 1f);
            }
        }

        bool invert =
            format.Photometric == PhotometricHandling.Inverted
            || (format.Photometric == PhotometricHandling.Automatic && LooksInverted(part, pixels));
        if (!invert)
            return;
        for (int y = 0; y < part.Height; y++)
        {
            foreach (ref float value in part.Row(pixels, y))
                value = 1 - value;
        }
    }

    /// <summary>
    /// Whether the upper halves of the left and right margins (3/32 of the width each) are on average brighter than the region of heart and spine
    /// (rows from 1/4 to 7/8, columns from 13/32 to 19/32).
    /// </summary>
    /// <param name="part">The part of the image that the radiograph covers.</param>
    /// <param name="pixels">The image.</param>
    internal static bool LooksInverted(GreyRegion part, ReadOnlySpan<float> pixels)
    {
        int side = part.Width * 3 / 32;
        double sides = Mean(pixels, 0, part.Height / 2, 0, side) + Mean(pixels, 0, part.Height / 2, part.Width - side, part.Width);
        return sides / 2 > Mean(pixels, part.Height / 4, part.Height * 7 / 8, part.Width * 13 / 32, part.Width * 19 / 32);

        // In an image of a few pixels a region may be empty: its mean is NaN, and every comparison false.
        double Mean(ReadOnlySpan<float> pixels, int top, int bottom, int left, int right)
        {
            double sum = 0;
            for (int y = top; y < bottom; y++)
            {
                foreach (float value in part.Row(pixels, y)[left..right])
                    sum += value;
            }

            return sum / ((double)(bottom - top) * (right - left));
        }
    }

    private static (float Black, float Scale) Window(MeasuredRows? values, ValueRange range)
    {
        switch (range)
        {
            case ValueRange.BitsUsed when values is { FullScale: > byte.MaxValue }:
                int highest = values.Highest,
                    bits = FewestBits;
                while ((1 << bits) - 1 < highest)
                    bits++;
                return (0, (float)(values.FullScale / (double)((1 << bits) - 1)));
            case ValueRange.Percentiles when values is not null:
                int low = values.Quantile(LowestPercentile),
                    high = values.Quantile(HighestPercentile);
                return ((float)(low / (double)values.FullScale), high > low ? (float)(values.FullScale / (double)(high - low)) : 0);
            default:
                return (0, 1);
        }
    }
}
