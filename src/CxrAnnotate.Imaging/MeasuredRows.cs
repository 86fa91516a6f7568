namespace CxrAnnotate;

/// <summary>Passes rows through and counts their values.</summary>
/// <param name="rows">The image, in [0, 1].</param>
/// <param name="fullScale">The stored value that maps to 1: 255 or 65535.</param>
internal sealed class MeasuredRows(IGreyRows rows, int fullScale) : IGreyRows
{
    private readonly long[] _counts = new long[fullScale + 1];
    private long _total;

    public int Width => rows.Width;

    public int Height => rows.Height;

    /// <summary>The stored value that maps to 1.</summary>
    internal int FullScale => fullScale;

    /// <summary>The highest stored value seen so far; 0 before the first.</summary>
    internal int Highest => Math.Max(Array.FindLastIndex(_counts, count => count > 0), 0);

    public void Read(int first, int count, Span<float> grey)
    {
        rows.Read(first, count, grey);
        foreach (float value in grey)
            _counts[(int)((value * fullScale) + 0.5f)]++;
        _total += grey.Length;
    }

    /// <summary>The smallest stored value that at least this share of the pixels does not exceed.</summary>
    /// <param name="part">The share, in (0, 1].</param>
    internal int Quantile(double part)
    {
        long wanted = Math.Max((long)Math.Ceiling(part * _total), 1),
            seen = 0;
        for (int value = 0; value < _counts.Length; value++)
        {
            seen += _counts[value];
            if (seen >= wanted)
                return value;
        }

        return fullScale;
    }
}
