namespace CxrAnnotate;

/// <summary>The images of a batch of rows, as read ahead. One that could not be read is black, and known to be missing.</summary>
internal sealed class ImageBatch(ImageColumn column, ImageReader read, int size)
{
    private readonly float[][] _images = [.. Enumerable.Range(0, size).Select(_ => new float[column.Height * column.Width])];
    private readonly bool[] _present = new bool[size];

    internal void Read(int slot)
    {
        _present[slot] = read(_images[slot]);
        if (!_present[slot])
            Array.Clear(_images[slot]);
    }

    internal bool IsMissing(int slot) => !_present[slot];

    internal void CopyTo(int slot, Memory<float> pixels) => _images[slot].CopyTo(pixels);
}
