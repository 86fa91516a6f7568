namespace CxrAnnotate;

/// <summary>
/// The last step of reading: values of the file's full scale to the asked range, inverted where asked. It comes after resampling, whose weights sum
/// to one, so that shift and scale may come after it and the file is read once.
/// </summary>
internal static class GreyScale
{
    internal const double LowestPercentile = 0.005,
        HighestPercentile = 0.995;

    private const int FewestBits = 8;

    /// <param name="values">What the file's values were; null where the full scale is the range.</param>
    /// <param name="geometry">The part of the result that the radiograph takes; the rest, padding, stays black.</param>
    /// <param name="format">What is asked.</param>
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

        bool turn =
            format.Photometric == PhotometricHandling.Inverted
            || (format.Photometric == PhotometricHandling.Automatic && LooksInverted(part, pixels));
        if (!turn)
            return;
        for (int y = 0; y < part.Height; y++)
        {
            foreach (ref float value in part.Row(pixels, y))
                value = 1 - value;
        }
    }

    /// <summary>
    /// Whether the upper halves of the left and right margins (3/32 of the width each) are brighter in the mean than where heart and spine are (rows
    /// from 1/4 to 7/8, columns from 13/32 to 19/32).
    /// </summary>
    /// <param name="part">The part of the image that the radiograph takes.</param>
    /// <param name="pixels">The image.</param>
    internal static bool LooksInverted(GreyRegion part, ReadOnlySpan<float> pixels)
    {
        int side = part.Width * 3 / 32;
        double sides = Mean(pixels, 0, part.Height / 2, 0, side) + Mean(pixels, 0, part.Height / 2, part.Width - side, part.Width);
        return sides / 2 > Mean(pixels, part.Height / 4, part.Height * 7 / 8, part.Width * 13 / 32, part.Width * 19 / 32);

        // Nothing to compare in an image of a few pixels: NaN, which is not brighter than anything.
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
