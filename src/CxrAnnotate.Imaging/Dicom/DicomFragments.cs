namespace CxrAnnotate;

/// <summary>
/// Reads the fragments of encapsulated pixel data (PS3.5, A.4). What follows the last fragment may be damaged: whether the image is whole is decided
/// where it is decoded.
/// </summary>
internal static class DicomFragments
{
    private const int HeadLength = 8,
        MostFragments = 200_000;

    /// <summary>Whether a value of defined length consists of fragments, with or without a delimiter at its end.</summary>
    internal static bool Are(ReadOnlyMemory<byte> value, bool bigEndian)
    {
        var heads = new DicomHeads(value);
        int at = 0;
        while (value.Length - at >= HeadLength && heads.Tag(at, bigEndian) == DicomTags.Item)
        {
            uint length = heads.Number32(at + 4, bigEndian);
            if (length > value.Length - at - HeadLength)
                return false;
            at += HeadLength + (int)length;
        }

        return at > 0 && (at == value.Length || (value.Length - at >= HeadLength && heads.Tag(at, bigEndian) == DicomTags.SequenceDelimitation));
    }

    /// <summary>Reads fragments up to their delimiter, or to the end of the content.</summary>
    /// <param name="content">The content.</param>
    /// <param name="at">Where the first fragment begins; then, where the next element does.</param>
    /// <param name="bigEndian">Whether lengths are big endian.</param>
    /// <param name="end">The end of the content.</param>
    /// <param name="notes">Receives what is wrong.</param>
    /// <param name="isDefined">Whether a length ends them, so that no delimiter need follow.</param>
    /// <exception cref="InvalidDataException">They are damaged.</exception>
    internal static List<ReadOnlyMemory<byte>> Read(
        ReadOnlyMemory<byte> content,
        ref int at,
        bool bigEndian,
        int end,
        DicomNotes notes,
        bool isDefined = false
    )
    {
        var heads = new DicomHeads(content);
        var fragments = new List<ReadOnlyMemory<byte>>();
        while (true)
        {
            ReadOnlyMemory<byte> rest = content[at..end];
            // No fragment begins with zeros: its tag is none.
            if (rest.Length < HeadLength || heads.Tag(at, bigEndian) == 0)
            {
                if (fragments.Count == 0 || !IsEnd(rest.Span, bigEndian) || IsUnfinished(fragments))
                    throw DicomParser.Broken(at, "the file ends within the pixel data");
                if (!isDefined)
                    notes.Deviates("its pixel data lack the delimiter that ends them", "they end with the file", ErrorCode.ImageDamaged);
                at = end;
                return fragments;
            }

            uint tag = heads.Tag(at, bigEndian),
                length = heads.Number32(at + 4, bigEndian);
            int start = at;
            at += HeadLength;
            if (tag == DicomTags.SequenceDelimitation)
                return fragments;
            if (tag == DicomTags.ItemDelimitation && fragments.Count > 0 && notes.Tolerates)
            {
                notes.Deviates("its pixel data end with the delimiter of an item", "it is taken for that of a sequence");
                return fragments;
            }

            if (tag != DicomTags.Item)
                throw DicomParser.Broken(start, $"{DicomTags.Write(tag)} occurs in the pixel data instead of a fragment");
            if (fragments.Count >= MostFragments)
                throw DicomParser.Broken(start, $"there are more than {MostFragments} elements");
            if (length > end - at || !IsFollowed(heads, at + (int)length, bigEndian, content[..end]))
                length = Corrected(content, at, bigEndian, end, length, notes);
            fragments.Add(content.Slice(at, (int)length));
            at += (int)length;
        }
    }

    /// <summary>Whether nothing follows but zeros, or the first bytes of a delimiter that are not those of a fragment as well.</summary>
    private static bool IsEnd(ReadOnlySpan<byte> rest, bool bigEndian) =>
        !rest.ContainsAnyExcept((byte)0) || (rest.Length > 3 && Delimiter(bigEndian).StartsWith(rest));

    /// <summary>Whether images whose decoder may not notice that they are cut off lack their end marker.</summary>
    private static bool IsUnfinished(List<ReadOnlyMemory<byte>> fragments)
    {
        DicomCoding? coding = fragments.Select(fragment => DicomCoding.Begins(fragment.Span)).FirstOrDefault(found => found is not null);
        return coding is { Coding: DicomPixelCoding.Foreign } && !coding.ShowsItsEnd(fragments[^1].Span);
    }

    private static ReadOnlySpan<byte> Delimiter(bool bigEndian) =>
        bigEndian ? [0xFF, 0xFE, 0xE0, 0xDD, 0, 0, 0, 0] : [0xFE, 0xFF, 0xDD, 0xE0, 0, 0, 0, 0];

    /// <summary>Whether a fragment ends where another begins, where a delimiter is, or where nothing but zeros follows.</summary>
    private static bool IsFollowed(DicomHeads heads, int next, bool bigEndian, ReadOnlyMemory<byte> content) =>
        content.Length - next < HeadLength
        || heads.Tag(next, bigEndian) is DicomTags.Item or DicomTags.SequenceDelimitation or DicomTags.ItemDelimitation
        || (heads.Tag(next, bigEndian) == 0 && !content.Span[next..].ContainsAnyExcept((byte)0));

    /// <summary>
    /// The length of a fragment whose own length is wrong: to the delimiter, which cannot occur within JPEG data, or to the end of the content. Only
    /// data that state their own end are read so.
    /// </summary>
    private static uint Corrected(ReadOnlyMemory<byte> content, int at, bool bigEndian, int end, uint length, DicomNotes notes)
    {
        ReadOnlySpan<byte> rest = content.Span[at..end];
        int ends = rest.IndexOf(Delimiter(bigEndian));
        uint present = (uint)(ends < 0 ? rest.Length : ends);
        if ((ends < 0 && length <= rest.Length) || DicomCoding.Of(content[at..end])?.ShowsItsEnd(rest[..(int)present]) is not true)
            throw DicomParser.Broken(
                at - HeadLength,
                length > rest.Length
                    ? $"a fragment of the pixel data declares {length} bytes, but {rest.Length} are left"
                    : "a fragment of the pixel data is not followed by another one or by a delimiter"
            );
        notes.Deviates(
            $"a fragment of its pixel data declares {length} bytes, but has {present}",
            "those present are decoded",
            ErrorCode.ImageDamaged
        );
        return present;
    }
}
