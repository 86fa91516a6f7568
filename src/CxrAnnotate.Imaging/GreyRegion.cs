namespace CxrAnnotate;

/// <summary>The part of an image that a radiograph covers; the rest is padding.</summary>
/// <param name="Stride">Columns of the image.</param>
/// <param name="X">The first column.</param>
/// <param name="Y">The first row.</param>
/// <param name="Width">Columns of the part.</param>
/// <param name="Height">Rows of the part.</param>
internal readonly record struct GreyRegion(int Stride, int X, int Y, int Width, int Height)
{
    /// <summary>The image without the entirely black rows and columns at its edges; empty for a black image.</summary>
    internal static GreyRegion WithinBlackMargins(ReadOnlySpan<float> pixels, int stride)
    {
        int left = stride,
            right = 0,
            top = -1,
            bottom = 0;
        for (int y = 0; y < pixels.Length / stride; y++)
        {
            ReadOnlySpan<float> row = pixels.Slice(y * stride, stride);
            int first = row.IndexOfAnyExcept(0f);
            if (first < 0)
                continue;
            left = Math.Min(left, first);
            right = Math.Max(right, row.LastIndexOfAnyExcept(0f) + 1);
            top = top < 0 ? y : top;
            bottom = y + 1;
        }

        return top < 0 ? new GreyRegion(stride, 0, 0, 0, 0) : new GreyRegion(stride, left, top, right - left, bottom - top);
    }

    /// <summary>A row of the part.</summary>
    internal ReadOnlySpan<float> Row(ReadOnlySpan<float> pixels, int y) => pixels.Slice(((Y + y) * Stride) + X, Width);

    /// <summary>A row of the part.</summary>
    internal Span<float> Row(Span<float> pixels, int y) => pixels.Slice(((Y + y) * Stride) + X, Width);
}
