namespace CxrAnnotate;

/// <summary>What an audit keeps of a radiograph that it has read.</summary>
internal sealed class AuditedRadiograph
{
    /// <summary>The side at which radiographs are read, whatever their shape.</summary>
    private const int ReadSide = 2 * AuditThumbnail.Side;

    /// <summary>Bins of the histogram of grey values.</summary>
    internal const int Bins = 32;

    private AuditedRadiograph(RadiographContents contents, byte[] thumbnail, float[] histogram)
    {
        (PixelHash, Kind, Width, Height) = (contents.PixelHash, contents.Kind, contents.Width, contents.Height);
        (IsDeep, Bytes, Manufacturer, Tags) = (contents.IsDeep, contents.Bytes, contents.Manufacturer, contents.Tags);
        (Thumbnail, Histogram) = (thumbnail, histogram);
    }

    internal string PixelHash { get; }

    internal string Kind { get; }

    internal int Width { get; }

    internal int Height { get; }

    internal bool IsDeep { get; }

    internal long Bytes { get; }

    internal string Manufacturer { get; }

    internal IReadOnlyList<uint> Tags { get; }

    internal byte[] Thumbnail { get; }

    /// <summary>The shares of grey values in equal bins from black to white.</summary>
    internal float[] Histogram { get; }

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="format">How grey values are made; size and fit are replaced.</param>
    /// <exception cref="InvalidDataException">The file cannot be read.</exception>
    internal static AuditedRadiograph Read(string path, RadiographFormat format)
    {
        float[] pixels = new float[ReadSide * ReadSide];
        using RadiographContents contents = new();
        RadiographReader.Read(
            new RadiographFile(path),
            format with { Height = ReadSide, Width = ReadSide, Fit = ImageFit.Squeeze },
            pixels,
            contents
        );
        contents.Bytes = new FileInfo(path).Length;
        float[] histogram = new float[Bins];
        foreach (float value in pixels)
            histogram[Math.Min((int)(value * Bins), Bins - 1)] += 1f / pixels.Length;
        return new(contents, RadiographWriter.ToBytes(AuditThumbnail.Shrink(pixels, ReadSide, 2)), histogram);
    }
}
