using System.Buffers.Binary;

namespace CxrAnnotate;

/// <summary>What compressed data are, by their first bytes, whatever the transfer syntax says.</summary>
/// <param name="Name">The name of the coding.</param>
/// <param name="Coding">Who decodes it.</param>
/// <param name="Uid">A transfer syntax of this coding, under which a decoder may be registered.</param>
internal sealed record DicomCoding(string Name, DicomPixelCoding Coding, string Uid)
{
    /// <summary>Bytes that may precede compressed data.</summary>
    private const int MostBefore = 512;

    private static readonly DicomCoding _jpeg = new("JPEG", DicomPixelCoding.Jpeg, "1.2.840.10008.1.2.4.50"),
        _jpegLs = new("JPEG-LS", DicomPixelCoding.Foreign, "1.2.840.10008.1.2.4.80"),
        _jpeg2000 = new("JPEG 2000", DicomPixelCoding.Foreign, "1.2.840.10008.1.2.4.90"),
        _rle = new("RLE", DicomPixelCoding.Rle, "1.2.840.10008.1.2.5");

    /// <summary>The coding of data, after bytes that do not belong to them; null if it is none of those that can be recognized.</summary>
    internal static DicomCoding? Of(ReadOnlyMemory<byte> data) => Begins(data.Span) ?? Begins(data.Span[Before(data.Span)..]);

    /// <summary>The coding of data from their first byte on.</summary>
    internal static DicomCoding? Begins(ReadOnlySpan<byte> data) =>
        data switch
        {
            [0xFF, 0xD8, 0xFF, ..] => IsJpegLs(data) ? _jpegLs : _jpeg,
            [0xFF, 0x4F, 0xFF, 0x51, ..] or [0, 0, 0, 12, (byte)'j', (byte)'P', ..] => _jpeg2000,
            // The number of segments, at most fifteen, and where the first begins (PS3.5, annex G).
            [> 0 and < 16, 0, 0, 0, 64, 0, 0, 0, ..] when data.Length > 64 => _rle,
            _ => null,
        };

    /// <summary>The number of bytes before JPEG data: fill bytes, or remains of something else. Zero if there are no such data.</summary>
    internal static int Before(ReadOnlySpan<byte> data)
    {
        if (Begins(data) is not null)
            return 0;
        int start = data[..Math.Min(data.Length, MostBefore)].IndexOf((ReadOnlySpan<byte>)[0xFF, 0xD8, 0xFF]);
        return Math.Max(start, 0);
    }

    /// <summary>
    /// Whether data show themselves that they are whole. The decoder of JPEG here refuses what is cut off; those of others may not, so that the end
    /// marker must be there.
    /// </summary>
    internal bool ShowsItsEnd(ReadOnlySpan<byte> data) =>
        Coding == DicomPixelCoding.Jpeg || (Coding == DicomPixelCoding.Foreign && data.TrimEnd((byte)0) is [.., 0xFF, 0xD9]);

    /// <summary>Whether the frame of a JPEG stream is that of JPEG-LS (SOF55).</summary>
    private static bool IsJpegLs(ReadOnlySpan<byte> image)
    {
        for (int at = 2; image.Length - at >= 4 && image[at] == 0xFF;)
        {
            int marker = image[at + 1];
            if (marker == 0xF7)
                return true;
            // The frames of JPEG; the other markers of this range are those of tables.
            if (marker == 0xFF)
                at++;
            else if (marker is (>= 0xC0 and <= 0xCF and not (0xC4 or 0xCC)) or 0xDA)
                return false;
            else
                at += 2 + BinaryPrimitives.ReadUInt16BigEndian(image[(at + 2)..]);
        }

        return false;
    }
}
