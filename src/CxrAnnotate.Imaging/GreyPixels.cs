namespace CxrAnnotate;

/// <summary>Grey values in memory, row-major.</summary>
internal sealed class GreyPixels(float[] pixels, int width) : IGreyRows
{
    public int Width => width;

    public int Height => pixels.Length / width;

    public void Read(int first, int count, Span<float> grey) => pixels.AsSpan(first * width, count * width).CopyTo(grey);
}
