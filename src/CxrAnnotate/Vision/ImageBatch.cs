namespace CxrAnnotate;

/// <summary>The images of a batch of rows, as read ahead. One that could not be read is black, and known to be missing.</summary>
/// <param name="column">The images.</param>
/// <param name="read">Reads the current row's.</param>
/// <param name="size">The most rows of a batch.</param>
/// <param name="watch">Told of every image that is there; null where nothing is known to hold it against.</param>
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

    /// <summary>Says what was seen, at the end of the rows.</summary>
    internal void Tell() => watch?.Tell();

    internal bool IsMissing(int slot) => !_present[slot];

    internal void CopyTo(int slot, Memory<float> pixels) => _images[slot].CopyTo(pixels);
}
