using System.IO.Compression;
using System.Text;

namespace CxrAnnotate;

/// <summary>A DICOM file (PS3.10), or a bare data set without its preamble or its meta information: its elements, and how they are written.</summary>
/// <param name="Data">The data set.</param>
/// <param name="Syntax">How it is written.</param>
/// <param name="SyntaxIsGuessed">Whether the file does not say so.</param>
internal sealed record DicomFile(DicomDataSet Data, DicomTransferSyntax Syntax, bool SyntaxIsGuessed)
{
    private const int PreambleLength = 128;
    private const int FirstBytes = 1 << 16;

    /// <summary>No radiograph is near this size; larger files are refused before they are read.</summary>
    internal const long MaximumBytes = 1L << 30;

    /// <summary>Whether the first bytes of a file are those of DICOM: DICM behind the preamble, or an element of the groups that a file begins with.</summary>
    internal static bool Looks(ReadOnlySpan<byte> start)
    {
        if (start.Length >= PreambleLength + 4 && start.Slice(PreambleLength, 4).SequenceEqual("DICM"u8))
            return true;
        return start.Length >= 8 && (start[..2].SequenceEqual((ReadOnlySpan<byte>)[2, 0]) && HasRepresentation(start) || Guess(start) is not null);
    }

    /// <summary>Reads a file.</summary>
    /// <exception cref="InvalidDataException">It is too large, or broken.</exception>
    internal static DicomFile Open(RadiographFile radiograph)
    {
        using Stream file = radiograph.Open();
        return Read(Content(file, MaximumBytes));
    }

    /// <summary>Reads what stands before the pixel data, which needs but the first bytes of most files.</summary>
    /// <exception cref="InvalidDataException">It is too large, or broken.</exception>
    internal static DicomFile OpenHeader(RadiographFile radiograph)
    {
        using Stream file = radiograph.Open();
        byte[] content = Content(file, FirstBytes);
        if (content.Length < file.Length)
        {
            try
            {
                DicomFile header = Read(content, headerOnly: true, out bool whole);
                if (whole)
                    return header;
            }
            catch (InvalidDataException)
            {
                // It is cut off where the bytes that were read end; if it is broken, that shows again in the whole.
            }

            content = Content(file, MaximumBytes);
        }

        return Read(content, headerOnly: true, out _);
    }

    /// <summary>The bytes of a file from its first on, at most so many.</summary>
    private static byte[] Content(Stream file, long most)
    {
        if (file.Length > MaximumBytes)
            throw new InvalidDataException($"it has {file.Length} bytes, more than a radiograph can have");
        byte[] content = new byte[Math.Min(file.Length, most)];
        file.Position = 0;
        file.ReadExactly(content);
        return content;
    }

    /// <summary>Reads the content of a file.</summary>
    /// <exception cref="InvalidDataException">It is broken; the message says where and why.</exception>
    internal static DicomFile Read(ReadOnlyMemory<byte> content) => Read(content, headerOnly: false, out _);

    private static DicomFile Read(ReadOnlyMemory<byte> content, bool headerOnly, out bool reachedPixels)
    {
        ReadOnlySpan<byte> bytes = content.Span;
        int at = bytes.Length >= PreambleLength + 4 && bytes.Slice(PreambleLength, 4).SequenceEqual("DICM"u8) ? PreambleLength + 4 : 0;
        DicomTransferSyntax? syntax = null;
        if (bytes.Length - at >= 8 && bytes.Slice(at, 2).SequenceEqual((ReadOnlySpan<byte>)[2, 0]))
        {
            // The group length is not relied on: files without it, or with a wrong one, are common.
            DicomDataSet meta = new DicomParser(content).Parse(ref at, HasRepresentation(bytes[at..]), bigEndian: false, until: tag => tag >> 16 != 2);
            if (meta.Code(DicomTags.TransferSyntaxUid) is { Length: > 0 } uid)
                syntax = DicomTransferSyntax.Of(uid);
        }

        bool guessed = syntax is null;
        syntax ??= Guess(bytes[at..]) ?? throw new InvalidDataException("it is no DICOM file, or does not say in which transfer syntax it is written");
        if (syntax.Deflated)
        {
            content = Inflate(content[at..]);
            at = 0;
        }

        bool reached = false;
        DicomDataSet data = new DicomParser(content).Parse(ref at, syntax.Explicit, syntax.BigEndian, headerOnly ? tag => reached = tag == DicomTags.PixelData : null);
        reachedPixels = reached;
        return new DicomFile(data, syntax, guessed);
    }

    /// <summary>How a data set without meta information is written, by its first element: one of group 8 begins every data set that has an image.</summary>
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

    private static bool HasRepresentation(ReadOnlySpan<byte> element) => element.Length >= 6 && DicomParser.IsRepresentation(Encoding.Latin1.GetString(element.Slice(4, 2)));

    private static byte[] Inflate(ReadOnlyMemory<byte> compressed)
    {
        using var source = new MemoryStream(compressed.ToArray(), writable: false);
        using var inflater = new DeflateStream(source, CompressionMode.Decompress);
        using var whole = new MemoryStream();
        byte[] buffer = new byte[1 << 16];
        for (int read; (read = inflater.Read(buffer)) > 0;)
        {
            if (whole.Length + read > MaximumBytes)
                throw new InvalidDataException($"its deflated data set has more than {MaximumBytes} bytes");
            whole.Write(buffer, 0, read);
        }

        return whole.ToArray();
    }
}
