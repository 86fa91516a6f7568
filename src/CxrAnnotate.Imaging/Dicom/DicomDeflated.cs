using System.Buffers.Binary;
using System.IO.Compression;
using System.Runtime.InteropServices;

namespace CxrAnnotate;

/// <summary>
/// Reads a deflated data set, which may be a thousand times as large as the file: it inflates the elements before the pixels, and then only the
/// pixels that these declare and the caller needs.
/// </summary>
internal static class DicomDeflated
{
    private const int ElementHead = 12;

    /// <summary>
    /// The limit of the header, the elements before the pixel data. Those of radiographs take some ten thousand bytes, look-up tables and thumbnails
    /// included.
    /// </summary>
    private const int MostHeader = 64 << 20;

    /// <summary>Reads the data set.</summary>
    /// <param name="compressed">The deflated bytes.</param>
    /// <param name="file">The file without its elements.</param>
    /// <param name="limits">The limits of its size.</param>
    /// <param name="frames">How many frames will be decoded; 0 for the elements before the pixels only.</param>
    /// <param name="reachedPixels">Whether it has pixels.</param>
    /// <exception cref="InvalidDataException">It is damaged or exceeds the limits.</exception>
    internal static DicomFile Read(ReadOnlyMemory<byte> compressed, DicomFile file, RadiographLimits limits, long frames, out bool reachedPixels)
    {
        int header = ZlibHeader(compressed.Span);
        if (header > 0)
            file.Notes.Deviates(
                "its deflated data set begins with a header of zlib, which DICOM does not allow",
                "the header is skipped",
                ErrorCode.ImageDamaged
            );
        using Stream source = StreamOf(compressed[header..]);
        using var inflater = new DeflateStream(source, CompressionMode.Decompress);
        byte[] start = new byte[DicomFile.FirstBytes];
        int length = 0;
        while (true)
        {
            length += Inflate(inflater, start.AsSpan(length));
            bool ended = length < start.Length;
            int at = 0;
            DicomFile read;
            try
            {
                read = (file with { Notes = file.Notes.Again() }).Parse(start.AsMemory(0, length), ref at, headerOnly: true, out reachedPixels);
            }
            catch (InvalidDataException) when (!ended)
            {
                // Perhaps only cut off at the end of the inflated bytes.
                Grow(ref start);
                continue;
            }

            if (reachedPixels)
                return frames == 0 ? read : WithPixels(file, read, start.AsSpan(0, length), at, inflater, limits, frames);
            if (ended)
                return read;
            Grow(ref start);
        }

        static void Grow(ref byte[] start)
        {
            if (start.Length >= MostHeader)
                throw new InvalidDataException(
                    ErrorCode.DicomWithoutImage.Message($"the first {MostHeader} bytes of its deflated data set hold no image")
                );
            Array.Resize(ref start, start.Length * 4);
        }
    }

    /// <summary>Inflates the pixels after a header and reads the whole.</summary>
    private static DicomFile WithPixels(
        DicomFile file,
        DicomFile header,
        ReadOnlySpan<byte> start,
        int pixelsAt,
        DeflateStream inflater,
        RadiographLimits limits,
        long frames
    )
    {
        DicomImage image = DicomImage.Describe(header, limits);
        // More bytes than all frames need are not inflated; if a file of as many would be too large, this one is, too.
        long declared = DeclaredLength(start[pixelsAt..], header.Syntax.Encoding) ?? 0;
        if (declared > ((double)image.LargestFrameBytes * image.Frames) + 1)
            limits.CheckFile(declared);
        double pixels = (double)image.LargestFrameBytes * Math.Min(image.Frames, frames);
        limits.CheckMemory(pixels, $"for {Math.Min(image.Frames, frames)} frames of {image.Columns} x {image.Rows} pixels");
        // The element's tag, representation and length precede its value, and a value of odd length is padded by a byte.
        byte[] content = new byte[Math.Max(pixelsAt + ElementHead + (long)pixels + 1, start.Length)];
        start.CopyTo(content);
        int length = start.Length + Inflate(inflater, content.AsSpan(start.Length));
        int at = 0;
        DicomFile whole = file with { Notes = file.Notes.Again() };
        DicomEncoding encoding = DicomEncoding.Of(content.AsMemory(0, length), at, file.Syntax.Encoding, whole.Notes);
        return whole with
        {
            Syntax = header.Syntax,
            Data = new DicomParser(content.AsMemory(0, length), whole.Notes) { EndsInPixels = true }.Parse(ref at, encoding),
        };
    }

    /// <summary>The length that an element of pixel data declares; null if it is undefined or cut off.</summary>
    private static long? DeclaredLength(ReadOnlySpan<byte> element, DicomEncoding encoding)
    {
        int at = encoding.Explicit ? 8 : 4;
        if (element.Length < at + sizeof(uint))
            return null;
        uint length = encoding.BigEndian
            ? BinaryPrimitives.ReadUInt32BigEndian(element[at..])
            : BinaryPrimitives.ReadUInt32LittleEndian(element[at..]);
        return length == DicomHeads.Undefined ? null : length;
    }

    private static int Inflate(DeflateStream inflater, Span<byte> into)
    {
        try
        {
            return inflater.ReadAtLeast(into, into.Length, throwOnEndOfStream: false);
        }
        catch (InvalidDataException error)
        {
            throw new InvalidDataException(ErrorCode.ImageDamaged.Message("its deflated data set is damaged: it cannot be inflated"), error);
        }
    }

    /// <summary>The bytes of a header of zlib (RFC 1950), unless the data are a stored block of deflate (RFC 1951), which may look alike.</summary>
    private static int ZlibHeader(ReadOnlySpan<byte> data)
    {
        if (data.Length < 5 || (data[0] & 15) != 8 || data[0] >> 4 > 7 || ((data[0] << 8) | data[1]) % 31 != 0 || (data[1] & 0x20) != 0)
            return 0;
        // A stored block has its length, and the length inverted.
        ushort length = BinaryPrimitives.ReadUInt16LittleEndian(data[1..]),
            inverted = BinaryPrimitives.ReadUInt16LittleEndian(data[3..]);
        return (ushort)~length == inverted ? 0 : 2;
    }

    private static MemoryStream StreamOf(ReadOnlyMemory<byte> bytes) =>
        MemoryMarshal.TryGetArray(bytes, out ArraySegment<byte> array)
            ? new MemoryStream(array.Array!, array.Offset, array.Count, writable: false)
            : new MemoryStream(bytes.ToArray(), writable: false);
}
