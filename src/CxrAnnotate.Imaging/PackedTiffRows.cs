namespace CxrAnnotate;

/// <summary>
/// A TIFF whose samples are not whole bytes, such as 12 bits, which libvips does not read. Its compressions are of bytes: libvips decodes the file as
/// one of 8 bits whose rows have as many samples as these have bytes, and the samples are taken out of them.
/// </summary>
internal sealed class PackedTiffRows : SampledRows
{
    private const int NotCompressed = 1,
        Lzw = 5,
        Deflate = 8,
        OldDeflate = 32_946,
        PackBits = 32_773;

    private readonly byte[] _rows;
    private readonly int _stride;
    private readonly bool _whiteIsZero;

    private PackedTiffRows(byte[] rows, int stride, int width, int height, int samples, int bits, bool whiteIsZero)
        : base(width, height, samples, bits)
    {
        _rows = rows;
        _stride = stride;
        _whiteIsZero = whiteIsZero;
    }

    /// <summary>Opens such a file; null if libvips reads its samples.</summary>
    /// <exception cref="InvalidDataException">It is damaged, too large, or of another kind that is not read.</exception>
    internal static PackedTiffRows? Open(RadiographFile file, RadiographLimits limits)
    {
        TiffStructure structure;
        Span<byte> start = stackalloc byte[4];
        using (Stream content = file.Open())
        {
            content.ReadExactly(start);
            structure = TiffStructure.Of(content, start);
            structure.Check(limits);
        }

        ulong bits = structure.Value(TiffStructure.Bits, 1),
            samples = structure.Value(TiffStructure.Samples, 1);
        if (bits is 1 or 2 or 4 or 8 or 16 or 32 or 64)
            return null;
        ulong compression = structure.Value(TiffStructure.Compression, NotCompressed),
            photometric = structure.Value(TiffStructure.Photometric, 1),
            width = structure.Value(TiffStructure.Width, 0),
            height = structure.Value(TiffStructure.Height, 0),
            tile = structure.Value(TiffStructure.TileWidth, 0);
        bool isRead =
            bits < 16
            && (samples, photometric) is (1, 0 or 1) or (3, 2)
            && compression is NotCompressed or Lzw or Deflate or OldDeflate or PackBits
            && structure.Value(TiffStructure.SampleFormat, 1) is 1 or 4
            && (samples == 1 || structure.Value(TiffStructure.Planes, 1) == 1)
            && structure.Value(TiffStructure.Predictor, 1) == 1
            && structure.Value(TiffStructure.ExtraSamples, 0) == 0
            && tile * bits * samples % 8 == 0;
        if (!isRead)
            throw new InvalidDataException(
                ErrorCode.ImageSamplesUnsupported.Message(
                    $"it is a TIFF of {samples} samples of {bits} bits, photometric interpretation {photometric}, compression {compression}, "
                        + "which is not read"
                )
            );
        int stride = (int)(((width * bits * samples) + 7) / 8);
        limits.CheckMemory((double)stride * height, $"for samples of {bits} bits");
        byte[] patched = [.. file.ReadAll(limits)];
        structure.Replace(patched, TiffStructure.Width, (uint)stride);
        structure.Replace(patched, TiffStructure.TileWidth, (uint)(tile * bits * samples / 8));
        structure.Replace(patched, TiffStructure.Bits, 8);
        foreach (
            ushort tag in (ushort[])
                [
                    TiffStructure.Photometric,
                    TiffStructure.Samples,
                    TiffStructure.SampleFormat,
                    TiffStructure.LowestSample,
                    TiffStructure.HighestSample,
                ]
        )
        {
            structure.Replace(patched, tag, 1);
        }

        byte[] rows = VipsRows.Bytes(new RadiographFile(file.Name, patched), stride, (int)height);
        return new PackedTiffRows(rows, stride, (int)width, (int)height, (int)samples, (int)bits, photometric == 0);
    }

    internal override void ReadRow(int y, Span<int> row)
    {
        // The first bit is the highest of the first sample, whatever the byte order of the file.
        ReadOnlySpan<byte> source = _rows.AsSpan(y * _stride, _stride);
        int flip = _whiteIsZero ? FullScale : 0;
        uint held = 0;
        int count = 0;
        for (int i = 0, at = 0; i < row.Length; i++)
        {
            for (; count < Bits; count += 8)
                held = (held << 8) | source[at++];
            count -= Bits;
            row[i] = ((int)(held >> count) & FullScale) ^ flip;
        }
    }
}
