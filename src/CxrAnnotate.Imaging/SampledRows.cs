namespace CxrAnnotate;

/// <summary>A picture whose samples are whole numbers from 0 on.</summary>
/// <param name="width">Pixels in a row.</param>
/// <param name="height">Rows.</param>
/// <param name="samples">Samples of a pixel: fewer than 3 for grey, else red, green and blue.</param>
/// <param name="bits">Bits of a stored sample.</param>
internal abstract class SampledRows(int width, int height, int samples, int bits) : IGreyRows
{
    private int[] _row = [];

    public int Width => width;

    public int Height => height;

    /// <summary>Samples of a pixel.</summary>
    internal int Samples => samples;

    /// <summary>Bits of a stored sample.</summary>
    internal int Bits => bits;

    /// <summary>The stored value that maps to 1.</summary>
    internal virtual int FullScale => (1 << bits) - 1;

    /// <summary>Reads the samples of a row, interleaved by pixel.</summary>
    internal abstract void ReadRow(int y, Span<int> row);

    public void Read(int first, int count, Span<float> grey)
    {
        if (_row.Length == 0)
            _row = new int[width * samples];
        float full = FullScale;
        for (int y = 0; y < count; y++)
        {
            ReadRow(first + y, _row);
            Span<float> target = grey.Slice(y * width, width);
            for (int x = 0, at = 0; x < target.Length; x++, at += samples)
                target[x] = samples < 3 ? _row[at] / full : Luma.Of(_row[at], _row[at + 1], _row[at + 2], FullScale);
        }
    }
}
