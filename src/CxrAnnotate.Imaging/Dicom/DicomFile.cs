using System.Text;

namespace CxrAnnotate;

/// <summary>A DICOM file (PS3.10), or a bare data set without its preamble or its meta information: its elements, and how they are written.</summary>
/// <param name="Data">The data set.</param>
/// <param name="Syntax">How it is written.</param>
/// <param name="SyntaxIsGuessed">Whether the syntax was guessed because the file does not state it.</param>
/// <param name="Notes">What it says wrong and is read nevertheless.</param>
internal sealed record DicomFile(DicomDataSet Data, DicomTransferSyntax Syntax, bool SyntaxIsGuessed, DicomNotes Notes)
{
    private const int PreambleLength = 128;
    private const int MarkLength = 4;

    /// <summary>The first bytes of a file or a deflated data set, which hold most headers.</summary>
    internal const int FirstBytes = 1 << 16;

    /// <summary>
    /// Whether the first bytes of a file are those of DICOM: DICM after the preamble or without it, or an element of a group that a file begins with.
    /// </summary>
    internal static bool Looks(ReadOnlySpan<byte> start)
    {
        if (Mark(start) > 0)
            return true;
        return start.Length >= 8 && (start[..2].SequenceEqual((ReadOnlySpan<byte>)[2, 0]) && HasRepresentation(start) || Guess(start) is not null);
    }

    /// <summary>Reads a file.</summary>
    /// <param name="radiograph">The file.</param>
    /// <param name="limits">The limits of its size; null for the defaults.</param>
    /// <param name="frames">How many frames, from the first on, will be decoded; the pixels of later ones may be missing.</param>
    /// <param name="strict">Whether what could be read with a note is refused; see <see cref="DicomOptions.Strict"/>.</param>
    /// <exception cref="InvalidDataException">It is too large or damaged.</exception>
    internal static DicomFile Open(RadiographFile radiograph, RadiographLimits? limits = null, long frames = int.MaxValue, bool strict = false)
    {
        using Stream file = radiograph.Open();
        RadiographLimits allowed = limits ?? RadiographLimits.Default;
        return Read(Content(file, allowed, long.MaxValue), new(allowed, frames, strict), headerOnly: false, out _);
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
                DicomFile header = Read(content, new(limits, 0, Strict: false), headerOnly: true, out bool whole);
                if (whole)
                    return header;
            }
            catch (InvalidDataException)
            {
                // Perhaps only cut off at the end of these bytes; a damaged file fails again when it is read in full.
            }

            content = Content(file, limits, long.MaxValue);
        }

        return Read(content, new(limits, 0, Strict: false), headerOnly: true, out _);
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
    internal static DicomFile Read(ReadOnlyMemory<byte> content, bool strict = false) =>
        Read(content, new(RadiographLimits.Default, int.MaxValue, strict), headerOnly: false, out _);

    private static DicomFile Read(ReadOnlyMemory<byte> content, Wanted wanted, bool headerOnly, out bool reachedPixels)
    {
        ReadOnlySpan<byte> bytes = content.Span;
        var notes = new DicomNotes(wanted.Strict);
        int at = Mark(bytes);
        if (at == MarkLength)
            notes.Deviates("it begins with DICM, without the 128 bytes that precede it in a file", "it is read from there", ErrorCode.NotDicom);
        DicomTransferSyntax? syntax = null;
        if (bytes.Length - at >= 8 && bytes.Slice(at, 2).SequenceEqual((ReadOnlySpan<byte>)[2, 0]))
        {
            // The group length is not relied on: files without it, or with a wrong one, are common.
            DicomDataSet meta = new DicomParser(content, notes).Parse(
                ref at,
                new DicomEncoding(HasRepresentation(bytes[at..]), BigEndian: false),
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
        var file = new DicomFile(new DicomDataSet(syntax.BigEndian), syntax, guessed, notes);
        if (syntax.Deflated && !IsPlain(bytes[at..]))
            return DicomDeflated.Read(content[at..], file, wanted.Limits, headerOnly ? 0 : wanted.Frames, out reachedPixels);
        if (syntax.Deflated)
            notes.Deviates($"its transfer syntax is {syntax.Name}, but its data set is not deflated", "it is read as it is", ErrorCode.ImageDamaged);
        return file.Parse(content, ref at, headerOnly, out reachedPixels);
    }

    /// <summary>Reads the data set at a position.</summary>
    /// <param name="content">The content.</param>
    /// <param name="at">Where the data set begins; then, where reading stopped.</param>
    /// <param name="headerOnly">Whether reading stops before the pixels.</param>
    /// <param name="reachedPixels">Whether it stopped there.</param>
    internal DicomFile Parse(ReadOnlyMemory<byte> content, ref int at, bool headerOnly, out bool reachedPixels)
    {
        bool reached = false;
        DicomEncoding encoding = DicomEncoding.Of(content, at, Syntax.Encoding, Notes);
        DicomDataSet data = new DicomParser(content, Notes).Parse(
            ref at,
            encoding,
            headerOnly ? tag => reached = tag == DicomTags.PixelData : null
        );
        reachedPixels = reached;
        return this with { Data = data, Syntax = Syntax with { Explicit = encoding.Explicit, BigEndian = encoding.BigEndian } };
    }

    /// <summary>The position after DICM: after the preamble, at the first byte, or nowhere (0).</summary>
    private static int Mark(ReadOnlySpan<byte> start) =>
        start.Length >= PreambleLength + MarkLength && start.Slice(PreambleLength, MarkLength).SequenceEqual("DICM"u8) ? PreambleLength + MarkLength
        : start.StartsWith("DICM"u8) ? MarkLength
        : 0;

    /// <summary>Whether a data set that should be deflated begins with an element as it is.</summary>
    private static bool IsPlain(ReadOnlySpan<byte> start) => start is [8, 0, _, 0, ..] && HasRepresentation(start);

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
        element.Length >= 6 && DicomRepresentations.Exists(Encoding.Latin1.GetString(element.Slice(4, 2)));

    /// <summary>What is read of a file, and how.</summary>
    /// <param name="Limits">The limits of its size.</param>
    /// <param name="Frames">How many frames, from the first on, will be decoded.</param>
    /// <param name="Strict">Whether deviations are refused.</param>
    private readonly record struct Wanted(RadiographLimits Limits, long Frames, bool Strict);
}
