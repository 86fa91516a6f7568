namespace CxrAnnotate;

/// <summary>Grey values in memory, row-major.</summary>
internal sealed class GreyPixels(float[] pixels, int width) : IGreyRows
{
    public int Width => width;

    public int Height => pixels.Length / width;

    public void Read(int first, int count, Span<float> grey) => pixels.AsSpan(first * width, count * width).CopyTo(grey);

    /// <summary>Reads rows of any numbers, scaled from the smallest to the largest. What is not a number is black.</summary>
    internal static GreyPixels Scaled(IGreyRows rows)
    {
        float[] pixels = new float[rows.Width * rows.Height];
        rows.Read(0, rows.Height, pixels);
        (float low, float high) = (float.PositiveInfinity, float.NegativeInfinity);
        foreach (float value in pixels)
        {
            if (float.IsFinite(value))
                (low, high) = (Math.Min(low, value), Math.Max(high, value));
        }

        double range = (double)high - low;
        foreach (ref float value in pixels.AsSpan())
            value = range > 0 && !float.IsNaN(value) ? (float)Math.Clamp((value - (double)low) / range, 0, 1) : 0;
        return new GreyPixels(pixels, rows.Width);
    }
}
