namespace CxrAnnotate;

/// <summary>The order of colour samples, and conversions between RGB and YCbCr of full range (PS3.3, C.7.6.3.1.2).</summary>
internal static class DicomColour
{
    /// <summary>Three samples of every pixel, from two pixels that share their colour: Y Y Cb Cr.</summary>
    internal static int[] Doubled(int[] values, int pixels)
    {
        int[] whole = new int[pixels * 3];
        for (int pixel = 0; pixel < pixels; pixel++)
        {
            int pair = pixel / 2 * 4;
            (whole[3 * pixel], whole[(3 * pixel) + 1], whole[(3 * pixel) + 2]) = (
                values[pair + (pixel % 2)],
                values[Math.Min(pair + 2, values.Length - 1)],
                values[Math.Min(pair + 3, values.Length - 1)]
            );
        }

        return whole;
    }

    /// <summary>Samples pixel by pixel, from planes.</summary>
    internal static int[] Interleaved(int[] planes, int samples)
    {
        int pixels = planes.Length / samples;
        int[] values = new int[planes.Length];
        for (int s = 0; s < samples; s++)
        {
            for (int i = 0; i < pixels; i++)
                values[(i * samples) + s] = planes[(s * pixels) + i];
        }

        return values;
    }

    /// <summary>Converts YCbCr to RGB, in place.</summary>
    internal static void ToRgb(Span<int> values, int full)
    {
        double middle = (full + 1) / 2;
        for (int i = 0; i + 2 < values.Length; i += 3)
        {
            double y = values[i],
                cb = values[i + 1] - middle,
                cr = values[i + 2] - middle;
            values[i] = Rounded(y + (1.402 * cr), full);
            values[i + 1] = Rounded(y - (0.344136 * cb) - (0.714136 * cr), full);
            values[i + 2] = Rounded(y + (1.772 * cb), full);
        }
    }

    /// <summary>Converts RGB to YCbCr, in place.</summary>
    internal static void ToYbr(Span<int> values, int full)
    {
        double middle = (full + 1) / 2;
        for (int i = 0; i + 2 < values.Length; i += 3)
        {
            double red = values[i],
                green = values[i + 1],
                blue = values[i + 2];
            values[i] = Rounded((0.299 * red) + (0.587 * green) + (0.114 * blue), full);
            values[i + 1] = Rounded(middle - (0.168736 * red) - (0.331264 * green) + (0.5 * blue), full);
            values[i + 2] = Rounded(middle + (0.5 * red) - (0.418688 * green) - (0.081312 * blue), full);
        }
    }

    private static int Rounded(double value, int full) => (int)Math.Clamp(Math.Round(value), 0, full);
}
