using System.Buffers.Binary;
using System.Text;

namespace CxrAnnotate;

/// <summary>What precedes the value of an element.</summary>
/// <param name="Tag">Group and element.</param>
/// <param name="Representation">The value representation; "UN" if none is stated or known.</param>
/// <param name="Length">The length of the value; <see cref="DicomHeads.Undefined"/> if delimiters end it.</param>
/// <param name="Value">The position of the value.</param>
internal readonly record struct DicomHead(uint Tag, string Representation, uint Length, int Value);

/// <summary>
/// Reads the heads of elements (PS3.5, 7.1). Where an element is not written as its data set is, or states a representation that does not exist, the
/// elements that follow decide: exactly one way of writing must lead to a plausible next element.
/// </summary>
internal readonly struct DicomHeads(ReadOnlyMemory<byte> content)
{
    internal const uint Undefined = 0xFFFF_FFFF;

    private const int ShortHead = 8,
        LongHead = 12;

    /// <summary>The elements that must be plausible after one in doubt.</summary>
    private const int Looked = 3;

    /// <summary>In place of a number of elements: the next one must be written as its data set is.</summary>
    private const int None = -1;

    /// <summary>The group that the first element of a data set cannot exceed.</summary>
    private const uint LastFirstGroup = 0x0028;

    internal uint Tag(int at, bool bigEndian) => ((uint)Number16(at, bigEndian) << 16) | Number16(at + 2, bigEndian);

    internal ushort Number16(int at, bool bigEndian) =>
        bigEndian ? BinaryPrimitives.ReadUInt16BigEndian(content.Span[at..]) : BinaryPrimitives.ReadUInt16LittleEndian(content.Span[at..]);

    internal uint Number32(int at, bool bigEndian) =>
        bigEndian ? BinaryPrimitives.ReadUInt32BigEndian(content.Span[at..]) : BinaryPrimitives.ReadUInt32LittleEndian(content.Span[at..]);

    /// <summary>Whether a data set in an encoding begins at a position: its first element leads to others of this encoding.</summary>
    internal bool Begins(int at, DicomEncoding encoding) =>
        content.Length - at >= ShortHead
        && AsDeclared(at, encoding, content.Length) is { } head
        && Leads(head, encoding, content.Length, Looked, None);

    /// <summary>Whether a data set in another encoding than the declared one begins at a position, with a group that it can begin with.</summary>
    internal bool BeginsOther(int at, DicomEncoding encoding) =>
        content.Length - at >= ShortHead && Tag(at, encoding.BigEndian) >> 16 is > 0 and <= LastFirstGroup && Begins(at, encoding);

    /// <summary>Whether an element of a larger tag, written as declared, can begin at a position.</summary>
    internal bool Continues(int at, DicomEncoding encoding, int end, uint after) =>
        end - at >= ShortHead
        && Tag(at, encoding.BigEndian) > after
        && AsDeclared(at, encoding, end) is { } head
        && (head.Tag == DicomTags.PixelData || Leads(head, encoding, end, Looked, None));

    /// <summary>Reads the head of an element that is not a delimiter; at least eight bytes are left.</summary>
    /// <returns>Null if it has no representation and none can be inferred, or if it is cut off.</returns>
    internal DicomHead? Read(int at, DicomEncoding encoding, int end, DicomNotes notes)
    {
        DicomHead? declared = AsDeclared(at, encoding, end);
        if (encoding.Explicit ? declared is not null || HasRepresentation(at) : !HasRepresentation(at))
            return declared;
        return encoding.Explicit ? Inferred(at, encoding, end, notes) : ExplicitInImplicit(declared!.Value, at, encoding, end, notes);
    }

    /// <summary>The length of an implicit element may look like letters: it is taken for explicit only if it makes no sense as implicit.</summary>
    private DicomHead ExplicitInImplicit(DicomHead declared, int at, DicomEncoding encoding, int end, DicomNotes notes)
    {
        var other = encoding with { Explicit = true };
        if (
            Leads(declared, encoding, end, Looked, None)
            || AsDeclared(at, other, end) is not { } written
            || !(Leads(written, other, end, Looked, None) || Leads(written, encoding, end, Looked, None))
        )
            return declared;
        notes.Deviates(
            $"its element {DicomTags.Write(written.Tag)} states its representation, which implicit elements do not",
            "it is read as explicit",
            ErrorCode.ImageDamaged
        );
        return written;
    }

    private DicomHead? Inferred(int at, DicomEncoding encoding, int end, DicomNotes notes)
    {
        string letters = Letters(at).ToUpperInvariant();
        bool big = encoding.BigEndian;
        DicomHead?[] ways = DicomRepresentations.Exists(letters)
            ? [Stated(at, letters, DicomRepresentations.HasLongLength(letters), big, end)]
            : Ways(at, big, end);
        DicomHead[] found = Leading(ways, encoding, end, None);
        if (found.Length == 0)
            found = Leading(ways, encoding, end, Looked);
        if (found is not [var one, ..] || Array.Exists(found, head => head != one))
            return null;
        notes.Deviates(
            $"its element {DicomTags.Write(one.Tag)} has no value representation, which the transfer syntax requires",
            one.Representation != DicomRepresentations.Unknown ? $"{one.Representation} is taken"
                : one == ways[0] ? "it is read as implicit"
                : "its length is taken from what follows it",
            ErrorCode.ImageDamaged
        );
        return one;
    }

    /// <summary>The ways of reading an element with an unknown representation: the implicit one first.</summary>
    private DicomHead?[] Ways(int at, bool bigEndian, int end) =>
        [
            Implicit(at, bigEndian),
            Stated(at, DicomRepresentations.Unknown, isLong: false, bigEndian, end),
            // Two bytes of zero precede a long length.
            Number16(at + 6, bigEndian) == 0 ? Stated(at, DicomRepresentations.Unknown, isLong: true, bigEndian, end) : null,
        ];

    private DicomHead[] Leading(DicomHead?[] ways, DicomEncoding encoding, int end, int doubtful)
    {
        var found = new List<DicomHead>();
        foreach (DicomHead? way in ways)
        {
            if (way is { } head && Leads(head, encoding, end, Looked, doubtful))
                found.Add(head);
        }

        return [.. found];
    }

    /// <summary>The head in the declared encoding; null if its representation does not exist, or if it is cut off.</summary>
    private DicomHead? AsDeclared(int at, DicomEncoding encoding, int end) =>
        !encoding.Explicit ? Implicit(at, encoding.BigEndian)
        : DicomRepresentations.Exists(Letters(at)) ? Stated(at, Letters(at), DicomRepresentations.HasLongLength(Letters(at)), encoding.BigEndian, end)
        : null;

    /// <summary>Whether a head's value fits, and plausible elements follow it.</summary>
    /// <param name="head">The head.</param>
    /// <param name="encoding">The encoding of its data set.</param>
    /// <param name="end">The end of its data set.</param>
    /// <param name="looked">How many implicit elements after it must be plausible.</param>
    /// <param name="doubtful">How many explicit elements after it may lack a representation; <see cref="None"/> for none.</param>
    private bool Leads(DicomHead head, DicomEncoding encoding, int end, int looked, int doubtful)
    {
        if (head.Length == Undefined)
            return end - head.Value >= ShortHead && Tag(head.Value, encoding.BigEndian) is DicomTags.Item or DicomTags.SequenceDelimitation;
        if (head.Length > end - head.Value)
            return false;
        int next = head.Value + (int)head.Length;
        if (next == end || looked == 0 || doubtful == 0)
            return true;
        if (end - next < ShortHead)
            return false;
        uint tag = Tag(next, encoding.BigEndian);
        if (tag is DicomTags.ItemDelimitation or DicomTags.SequenceDelimitation or DicomTags.Item)
            return true;
        if (tag <= head.Tag)
            return false;
        // Pixel data may be longer than the part of the file that is at hand.
        if (AsDeclared(next, encoding, end) is { } following)
            return tag == DicomTags.PixelData || Leads(following, encoding, end, encoding.Explicit ? 0 : looked - 1, doubtful);
        if (!encoding.Explicit || doubtful == None)
            return false;
        foreach (DicomHead? way in Ways(next, encoding.BigEndian, end))
        {
            if (way is { } unknown && Leads(unknown, encoding, end, looked, doubtful - 1))
                return true;
        }

        return false;
    }

    private DicomHead Implicit(int at, bool bigEndian) =>
        new(Tag(at, bigEndian), DicomRepresentations.Unknown, Number32(at + 4, bigEndian), at + ShortHead);

    private DicomHead? Stated(int at, string representation, bool isLong, bool bigEndian, int end)
    {
        if (!isLong)
            return new(Tag(at, bigEndian), representation, Number16(at + 6, bigEndian), at + ShortHead);
        return end - at < LongHead ? null : new(Tag(at, bigEndian), representation, Number32(at + 8, bigEndian), at + LongHead);
    }

    internal bool HasRepresentation(int at) => DicomRepresentations.Exists(Letters(at));

    private string Letters(int at) => Encoding.Latin1.GetString(content.Span.Slice(at + 4, 2));
}
