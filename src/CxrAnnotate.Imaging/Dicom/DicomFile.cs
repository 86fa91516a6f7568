using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Text;

namespace CxrAnnotate;

/// <summary>A DICOM file (PS3.10), or a bare data set without its preamble or its meta information: its elements, and how they are written.</summary>
/// <param name="Data">The data set.</param>
/// <param name="Syntax">How it is written.</param>
/// <param name="SyntaxIsGuessed">Whether the syntax was guessed because the file does not state it.</param>
internal sealed record DicomFile(DicomDataSet Data, DicomTransferSyntax Syntax, bool SyntaxIsGuessed)
{
    private const int PreambleLength = 128;
    private const int FirstBytes = 1 << 16;
    private const int ElementHead = 12;

    /// <summary>
    /// The limit of the header, the elements before the pixel data, of a deflated data set. Those of radiographs take some ten thousand bytes,
    /// look-up tables and thumbnails included.
    /// </summary>
    private const int MostHeader = 64 << 20;

    /// <summary>
    /// Whether the first bytes of a file are those of DICOM: DICM after the preamble, or an element of a group that a file begins with.
    /// </summary>
    internal static bool Looks(ReadOnlySpan<byte> start)
    {
        if (start.Length >= PreambleLength + 4 && start.Slice(PreambleLength, 4).SequenceEqual("DICM"u8))
            return true;
        return start.Length >= 8 && (start[..2].SequenceEqual((ReadOnlySpan<byte>)[2, 0]) && HasRepresentation(start) || Guess(start) is not null);
    }

    /// <summary>Reads a file.</summary>
    /// <param name="radiograph">The file.</param>
    /// <param name="limits">The limits of its size; null for the defaults.</param>
    /// <param name="frames">How many frames, from the first on, will be decoded; the pixels of later ones may be missing.</param>
    /// <exception cref="InvalidDataException">It is too large or damaged.</exception>
    internal static DicomFile Open(RadiographFile radiograph, RadiographLimits? limits = null, long frames = int.MaxValue)
    {
        using Stream file = radiograph.Open();
        RadiographLimits allowed = limits ?? RadiographLimits.Default;
        return Read(Content(file, allowed, long.MaxValue), allowed, frames, headerOnly: false, out _);
    }

    /// <summary>Reads the elements before the pixel data; for most files the first bytes suffice.</summary>
    /// <exception cref="InvalidDataException">It is too large or damaged.</exception>
    internal static DicomFile OpenHeader(RadiographFile radiograph)
    {
        using Stream file = radiograph.Open();
        RadiographLimits limits = RadiographLimits.Default;
        byte[] content = Content(file, limits, FirstBytes);
        if (content.Length < file.Length)
        {
            try
            {
                DicomFile header = Read(content, limits, 0, headerOnly: true, out bool whole);
                if (whole)
                    return header;
            }
            catch (InvalidDataException)
            {
                // Perhaps only cut off at the end of these bytes; a damaged file fails again when it is read in full.
            }

            content = Content(file, limits, long.MaxValue);
        }

        return Read(content, limits, 0, headerOnly: true, out _);
    }

    /// <summary>The first bytes of a file, up to a maximum.</summary>
    private static byte[] Content(Stream file, RadiographLimits limits, long most)
    {
        if (file.Length > most)
        {
            byte[] start = new byte[most];
            file.Position = 0;
            file.ReadExactly(start);
            return start;
        }

        limits.CheckFile(file.Length);
        byte[] content = new byte[file.Length];
        file.Position = 0;
        file.ReadExactly(content);
        return content;
    }

    /// <summary>Reads the content of a file.</summary>
    /// <exception cref="InvalidDataException">It is damaged; the message says where and why.</exception>
    internal static DicomFile Read(ReadOnlyMemory<byte> content) => Read(content, RadiographLimits.Default, int.MaxValue, headerOnly: false, out _);

    private static DicomFile Read(ReadOnlyMemory<byte> content, RadiographLimits limits, long frames, bool headerOnly, out bool reachedPixels)
    {
        ReadOnlySpan<byte> bytes = content.Span;
        int at = bytes.Length >= PreambleLength + 4 && bytes.Slice(PreambleLength, 4).SequenceEqual("DICM"u8) ? PreambleLength + 4 : 0;
        DicomTransferSyntax? syntax = null;
        if (bytes.Length - at >= 8 && bytes.Slice(at, 2).SequenceEqual((ReadOnlySpan<byte>)[2, 0]))
        {
            // The group length is not relied on: files without it, or with a wrong one, are common.
            DicomDataSet meta = new DicomParser(content).Parse(
                ref at,
                HasRepresentation(bytes[at..]),
                bigEndian: false,
                until: tag => tag >> 16 != 2
            );
            if (meta.Code(DicomTags.TransferSyntaxUid) is { Length: > 0 } uid)
                syntax = DicomTransferSyntax.Of(uid);
        }

        bool guessed = syntax is null;
        syntax ??=
            Guess(bytes[at..])
            ?? throw new InvalidDataException(
                ErrorCode.NotDicom.Message("it is not a DICOM file, or does not state its transfer syntax")
            );
        if (syntax.Deflated)
            return Inflate(content[at..], syntax, guessed, limits, headerOnly ? 0 : frames, out reachedPixels);
        DicomDataSet data = Parse(content, ref at, syntax, headerOnly, out reachedPixels);
        return new DicomFile(data, syntax, guessed);
    }

    private static DicomDataSet Parse(ReadOnlyMemory<byte> content, ref int at, DicomTransferSyntax syntax, bool headerOnly, out bool reachedPixels)
    {
        bool reached = false;
        DicomDataSet data = new DicomParser(content).Parse(
            ref at,
            syntax.Explicit,
            syntax.BigEndian,
            headerOnly ? tag => reached = tag == DicomTags.PixelData : null
        );
        reachedPixels = reached;
        return data;
    }

    /// <summary>
    /// Reads a deflated data set, which may be a thousand times as large as the file: it inflates the elements before the pixels, and then only the
    /// pixels that these declare and the caller needs.
    /// </summary>
    /// <exception cref="InvalidDataException">It is damaged or exceeds the limits.</exception>
    private static DicomFile Inflate(
        ReadOnlyMemory<byte> compressed,
        DicomTransferSyntax syntax,
        bool guessed,
        RadiographLimits limits,
        long frames,
        out bool reachedPixels
    )
    {
        using var source = MemoryMarshal.TryGetArray(compressed, out ArraySegment<byte> bytes)
            ? new MemoryStream(bytes.Array!, bytes.Offset, bytes.Count, writable: false)
            : new MemoryStream(compressed.ToArray(), writable: false);
        using var inflater = new DeflateStream(source, CompressionMode.Decompress);
        byte[] start = new byte[FirstBytes];
        int length = 0;
        while (true)
        {
            length += inflater.ReadAtLeast(start.AsSpan(length), start.Length - length, throwOnEndOfStream: false);
            bool ended = length < start.Length;
            int at = 0;
            DicomDataSet header;
            try
            {
                header = Parse(start.AsMemory(0, length), ref at, syntax, headerOnly: true, out reachedPixels);
            }
            catch (InvalidDataException) when (!ended)
            {
                // Perhaps only cut off at the end of the inflated bytes.
                Grow(ref start);
                continue;
            }

            var file = new DicomFile(header, syntax, guessed);
            if (reachedPixels)
                return frames == 0 ? file : WithPixels(file, start.AsSpan(0, length), at, inflater, limits, frames);
            if (ended)
                return file;
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
        DicomFile header,
        ReadOnlySpan<byte> start,
        int pixelsAt,
        DeflateStream inflater,
        RadiographLimits limits,
        long frames
    )
    {
        DicomImage image = DicomImage.Describe(header, limits);
        double pixels = (double)image.FrameBytes * Math.Min(image.Frames, frames);
        limits.CheckMemory(pixels, $"for {Math.Min(image.Frames, frames)} frames of {image.Columns} x {image.Rows} pixels");
        // The element's tag, representation and length precede its value, and a value of odd length is padded by a byte.
        byte[] content = new byte[Math.Max(pixelsAt + ElementHead + (long)pixels + 1, start.Length)];
        start.CopyTo(content);
        int length = start.Length + inflater.ReadAtLeast(content.AsSpan(start.Length), content.Length - start.Length, throwOnEndOfStream: false);
        int at = 0;
        return header with
        {
            Data = new DicomParser(content.AsMemory(0, length)) { EndsInPixels = true }.Parse(
                ref at,
                header.Syntax.Explicit,
                header.Syntax.BigEndian
            ),
        };
    }

    /// <summary>
    /// Guesses the transfer syntax of a data set without meta information from its first element: every data set with an image begins with group 8.
    /// </summary>
    private static DicomTransferSyntax? Guess(ReadOnlySpan<byte> start)
    {
        if (start.Length < 8)
            return null;
        if (start is [8, 0, _, 0, ..])
        {
            if (HasRepresentation(start))
                return DicomTransferSyntax.ExplicitLittleEndian;
            // The first element of an implicit data set is short.
            return start is [_, _, _, _, _, _, 0, 0, ..] ? DicomTransferSyntax.ImplicitLittleEndian : null;
        }

        return start is [0, 8, 0, _, ..] && HasRepresentation(start) ? DicomTransferSyntax.ExplicitBigEndian : null;
    }

    private static bool HasRepresentation(ReadOnlySpan<byte> element) =>
        element.Length >= 6 && DicomParser.IsRepresentation(Encoding.Latin1.GetString(element.Slice(4, 2)));
}
