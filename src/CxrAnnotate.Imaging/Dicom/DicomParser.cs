using System.Buffers.Binary;
using System.Text;

namespace CxrAnnotate;

/// <summary>
/// Reads the elements of a data set (PS3.5, chapter 7). Every length is checked against the remaining bytes before it is used, and depth and number
/// of elements are bounded, so that memory stays within a small multiple of the file's size. Values are views of the file's bytes, not copies.
/// </summary>
internal sealed class DicomParser(ReadOnlyMemory<byte> content)
{
    private const uint Undefined = 0xFFFF_FFFF;
    private const int MaximumDepth = 32;
    private const int MaximumElements = 200_000;

    private int _elements;

    /// <summary>
    /// Whether the content ends within or after the pixel data, whatever length they declare: the bytes present are taken, and reading stops there.
    /// </summary>
    internal bool EndsInPixels { get; init; }

    /// <summary>Reads elements to the end of the content, or until <paramref name="until"/> holds for the next tag.</summary>
    internal DicomDataSet Parse(ref int at, bool isExplicit, bool bigEndian, Func<uint, bool>? until = null)
    {
        var into = new DicomDataSet(bigEndian);
        while (content.Length - at > 0)
        {
            // Padding after the last element: some writers fill up the file with zeros. No element has the tag (0000,0000) in a file.
            bool ends = content.Length - at < 8;
            if ((ends || Tag(at, bigEndian) == 0) && !content.Span[at..].ContainsAnyExcept((byte)0))
                break;
            if (ends)
                throw Broken(at, "the file ends within an element");

            if (until is not null && until(Tag(at, bigEndian)))
                break;
            int before = at;
            if (Element(ref at, isExplicit, bigEndian, content.Length, 0) is not { } element)
                throw Broken(before, "a delimiter occurs outside a sequence");
            into.Add(element);
            if (EndsInPixels && element.Tag == DicomTags.PixelData)
                break;
        }

        return into;
    }

    /// <summary>Reads an element; null for a delimiter, which is skipped.</summary>
    private DicomElement? Element(ref int at, bool isExplicit, bool bigEndian, int end, int depth)
    {
        if (++_elements > MaximumElements)
            throw Broken(at, $"there are more than {MaximumElements} elements");
        int start = at;
        Need(at, 8, end);
        uint tag = Tag(at, bigEndian);
        if (tag is DicomTags.ItemDelimitation or DicomTags.SequenceDelimitation)
        {
            at += 8;
            return null;
        }

        string representation = "UN";
        uint length;
        if (isExplicit)
        {
            representation = Encoding.Latin1.GetString(content.Span.Slice(at + 4, 2));
            if (!IsRepresentation(representation))
                throw Broken(start, $"element {DicomTags.Write(tag)} has no value representation, which the transfer syntax requires");
            if (HasLongLength(representation))
            {
                Need(at, 12, end);
                length = Number32(at + 8, bigEndian);
                at += 12;
            }
            else
            {
                length = Number16(at + 6, bigEndian);
                at += 8;
            }
        }
        else
        {
            length = Number32(at + 4, bigEndian);
            at += 8;
        }

        if (length == Undefined && tag == DicomTags.PixelData && EndsInPixels && depth == 0)
            throw Broken(start, "the pixel data are encapsulated, which a deflated data set does not allow");
        if (length == Undefined && tag == DicomTags.PixelData)
            return new DicomElement(tag, representation, default, Fragments: Fragments(ref at, bigEndian, end));
        bool sequence =
            representation == "SQ" || length == Undefined || (!isExplicit && tag is DicomTags.ModalityLutSequence or DicomTags.VoiLutSequence);
        if (sequence)
        {
            // An unknown element of undefined length is a sequence in implicit little endian (PS3.5, 6.2.2, note 4).
            bool unknown = isExplicit && representation == "UN";
            return new DicomElement(tag, "SQ", default, Sequence(ref at, length, isExplicit && !unknown, bigEndian && !unknown, end, depth + 1));
        }

        if (EndsInPixels && tag == DicomTags.PixelData && depth == 0)
            length = Math.Min(length, (uint)(end - at));
        if (length > end - at)
            throw Broken(start, $"element {DicomTags.Write(tag)} declares {length} bytes, but {end - at} are left");
        ReadOnlyMemory<byte> value = content.Slice(at, (int)length);
        at += (int)length;
        return new DicomElement(tag, representation, value);
    }

    private List<DicomDataSet> Sequence(ref int at, uint length, bool isExplicit, bool bigEndian, int end, int depth)
    {
        if (depth > MaximumDepth)
            throw Broken(at, $"sequences are nested more than {MaximumDepth} deep");
        int stop = End(at, length, end, "a sequence");
        var items = new List<DicomDataSet>();
        while (length == Undefined || at < stop)
        {
            Need(at, 8, stop);
            uint tag = Tag(at, bigEndian);
            uint itemLength = Number32(at + 4, bigEndian);
            int start = at;
            at += 8;
            if (tag == DicomTags.SequenceDelimitation && length == Undefined)
                return items;
            if (tag != DicomTags.Item)
                throw Broken(start, $"{DicomTags.Write(tag)} occurs in a sequence instead of an item");
            items.Add(Item(ref at, itemLength, isExplicit, bigEndian, stop, depth));
        }

        return items;
    }

    private DicomDataSet Item(ref int at, uint length, bool isExplicit, bool bigEndian, int end, int depth)
    {
        int stop = End(at, length, end, "an item");
        if (++_elements > MaximumElements)
            throw Broken(at, $"there are more than {MaximumElements} elements");
        var item = new DicomDataSet(bigEndian);
        while (length == Undefined || at < stop)
        {
            if (Element(ref at, isExplicit, bigEndian, stop, depth) is { } element)
                item.Add(element);
            else if (length == Undefined)
                return item;
            else
                throw Broken(at - 8, "a delimiter occurs in an item of defined length");
        }

        return item;
    }

    private List<ReadOnlyMemory<byte>> Fragments(ref int at, bool bigEndian, int end)
    {
        var fragments = new List<ReadOnlyMemory<byte>>();
        while (true)
        {
            if (end - at < 8)
                throw Broken(at, "the file ends within the pixel data");
            uint tag = Tag(at, bigEndian),
                length = Number32(at + 4, bigEndian);
            int start = at;
            at += 8;
            if (tag == DicomTags.SequenceDelimitation)
                return fragments;
            if (tag != DicomTags.Item)
                throw Broken(start, $"{DicomTags.Write(tag)} occurs in the pixel data instead of a fragment");
            if (++_elements > MaximumElements)
                throw Broken(start, $"there are more than {MaximumElements} elements");
            if (length > end - at)
                throw Broken(start, $"a fragment of the pixel data declares {length} bytes, but {end - at} are left");
            fragments.Add(content.Slice(at, (int)length));
            at += (int)length;
        }
    }

    private static int End(int at, uint length, int end, string what)
    {
        if (length == Undefined)
            return end;
        if (length > end - at)
            throw Broken(at - 8, $"{what} declares {length} bytes, but {end - at} are left");
        return at + (int)length;
    }

    private static void Need(int at, int bytes, int end)
    {
        if (end - at < bytes)
            throw Broken(at, "the file ends within an element");
    }

    private uint Tag(int at, bool bigEndian) => ((uint)Number16(at, bigEndian) << 16) | Number16(at + 2, bigEndian);

    private ushort Number16(int at, bool bigEndian) =>
        bigEndian ? BinaryPrimitives.ReadUInt16BigEndian(content.Span[at..]) : BinaryPrimitives.ReadUInt16LittleEndian(content.Span[at..]);

    private uint Number32(int at, bool bigEndian) =>
        bigEndian ? BinaryPrimitives.ReadUInt32BigEndian(content.Span[at..]) : BinaryPrimitives.ReadUInt32LittleEndian(content.Span[at..]);

    private static InvalidDataException Broken(int at, string reason) =>
        new(ErrorCode.ImageDamaged.Message($"its data set is broken at byte {at}: {reason}"));

    /// <summary>The value representations of PS3.5, table 6.2-1.</summary>
    internal static bool IsRepresentation(string two) =>
        two
            is "AE"
                or "AS"
                or "AT"
                or "CS"
                or "DA"
                or "DS"
                or "DT"
                or "FD"
                or "FL"
                or "IS"
                or "LO"
                or "LT"
                or "OB"
                or "OD"
                or "OF"
                or "OL"
                or "OV"
                or "OW"
                or "PN"
                or "SH"
                or "SL"
                or "SQ"
                or "SS"
                or "ST"
                or "SV"
                or "TM"
                or "UC"
                or "UI"
                or "UL"
                or "UN"
                or "UR"
                or "US"
                or "UT"
                or "UV";

    private static bool HasLongLength(string two) =>
        two is "OB" or "OD" or "OF" or "OL" or "OV" or "OW" or "SQ" or "SV" or "UC" or "UN" or "UR" or "UT" or "UV";
}
