namespace CxrAnnotate;

/// <summary>The images of a batch of rows, read ahead. An unreadable image is black and flagged as missing.</summary>
/// <param name="column">The images.</param>
/// <param name="read">Reads the current row's image.</param>
/// <param name="size">The maximum batch size.</param>
/// <param name="watch">Compares every image with the training images; null if these are unknown.</param>
internal sealed class ImageBatch(ImageColumn column, ImageReader read, int size, InputWatch? watch)
{
    private readonly float[][] _images = [.. Enumerable.Range(0, size).Select(_ => new float[column.Height * column.Width])];
    private readonly bool[] _present = new bool[size];

    internal void Read(int slot)
    {
        _present[slot] = read(_images[slot]);
        if (_present[slot])
            watch?.Look(_images[slot], column.Width);
        else
            Array.Clear(_images[slot]);
    }

    /// <summary>Reports unusual images, at the end of the rows.</summary>
    internal void ReportUnusual() => watch?.Report();

    internal bool IsMissing(int slot) => !_present[slot];

    internal void CopyTo(int slot, Memory<float> pixels) => _images[slot].CopyTo(pixels);
}
