namespace CxrAnnotate;

/// <summary>
/// Reads the elements of a data set (PS3.5, chapter 7). Every length is checked against the remaining bytes before it is used, and depth and number
/// of elements are bounded, so that memory stays within a small multiple of the file's size. Values are views of the file's bytes, not copies.
/// Damage around the pixels that has one sane reading is noted, not refused.
/// </summary>
internal sealed class DicomParser(ReadOnlyMemory<byte> content, DicomNotes notes)
{
    private const uint Undefined = DicomHeads.Undefined;
    private const int MaximumDepth = 32;
    private const int MaximumElements = 200_000;
    private const int HeadLength = 8;

    private readonly DicomHeads _heads = new(content);
    private int _elements;

    /// <summary>
    /// Whether the content ends within or after the pixel data, whatever length they declare: the bytes present are taken, and reading stops there.
    /// </summary>
    internal bool EndsInPixels { get; init; }

    /// <summary>Reads elements to the end of the content, or until <paramref name="until"/> holds for the next tag.</summary>
    internal DicomDataSet Parse(ref int at, DicomEncoding encoding, Func<uint, bool>? until = null)
    {
        var into = new DicomDataSet(encoding.BigEndian);
        while (content.Length - at > 0)
        {
            // Padding after the last element: some writers fill up the file with zeros. No element has the tag (0000,0000) in a file.
            bool ends = content.Length - at < HeadLength;
            if ((ends || _heads.Tag(at, encoding.BigEndian) == 0) && !content.Span[at..].ContainsAnyExcept((byte)0))
                break;
            int before = at;
            try
            {
                if (ends)
                    throw Broken(at, "the file ends within an element");
                uint tag = _heads.Tag(at, encoding.BigEndian);
                if (until is not null && until(tag))
                    break;
                if (Element(ref at, encoding, content.Length, 0) is { } element)
                    into.Add(element);
                else
                    Stray(before, tag, "occurs outside a sequence");
                if (EndsInPixels && tag == DicomTags.PixelData)
                    break;
            }
            catch (InvalidDataException error) when (notes.Tolerates && into.Find(DicomTags.PixelData) is not null)
            {
                // The pixels, and all that describes them, precede this.
                int rest = content.Length - before;
                notes.Deviates(
                    CxrError.TextOf(error.Message),
                    rest == 1 ? "the byte after its image is left out" : $"the {rest} bytes after its image are left out"
                );
                break;
            }
        }

        return into;
    }

    /// <summary>Reads an element; null for a delimiter, which is skipped.</summary>
    private DicomElement? Element(ref int at, DicomEncoding encoding, int end, int depth)
    {
        if (++_elements > MaximumElements)
            throw Broken(at, $"there are more than {MaximumElements} elements");
        int start = at;
        Need(at, HeadLength, end);
        uint tag = _heads.Tag(at, encoding.BigEndian);
        if (tag is DicomTags.ItemDelimitation or DicomTags.SequenceDelimitation)
        {
            at += HeadLength;
            return null;
        }

        if (_heads.Read(at, encoding, end, notes) is not { } head)
            throw Broken(
                start,
                _heads.HasRepresentation(at)
                    ? "the file ends within an element"
                    : $"element {DicomTags.Write(tag)} has no value representation, which the transfer syntax requires"
            );
        (string representation, uint length) = (head.Representation, head.Length);
        at = head.Value;
        if (tag == DicomTags.PixelData && length == Undefined)
        {
            if (EndsInPixels && depth == 0)
                throw Broken(start, "the pixel data are encapsulated, which a deflated data set does not allow");
            return new(tag, representation, default, Fragments: DicomFragments.Read(content, ref at, encoding.BigEndian, end, notes));
        }

        if (representation == "SQ" || length == Undefined || (DicomTags.IsSequence(tag) && length > 0))
            return new(tag, "SQ", default, Sequence(ref at, head, Within(at, head, encoding, end), end, depth + 1));
        bool isCut = tag == DicomTags.PixelData && depth == 0 && length > end - at;
        if (isCut)
            length = Pixels(length, (uint)(end - at));
        if (length > end - at)
            throw Broken(start, $"element {DicomTags.Write(tag)} declares {length} bytes, but {end - at} are left");
        ReadOnlyMemory<byte> value = content.Slice(at, (int)length);
        at += (int)length;
        return new(tag, representation, value, IsCut: isCut && !EndsInPixels);
    }

    /// <summary>The length of pixel data that declare more than is left; whether the image is whole is decided where it is decoded.</summary>
    private uint Pixels(uint declared, uint left)
    {
        if (!EndsInPixels)
            notes.Deviates(
                $"its PixelData {DicomTags.Write(DicomTags.PixelData)} declare {declared} bytes, but {left} are left",
                "those present are decoded",
                ErrorCode.ImageDamaged
            );
        return left;
    }

    /// <summary>
    /// The encoding within a sequence. That of an element of unknown representation is implicit little endian (PS3.5, 6.2.2, note 4), but some
    /// writers keep the byte order.
    /// </summary>
    private DicomEncoding Within(int at, DicomHead head, DicomEncoding encoding, int end)
    {
        if (head.Representation == "SQ" || !encoding.Explicit)
            return encoding;
        return end - at >= HeadLength && _heads.Tag(at, bigEndian: true) == DicomTags.Item
            ? new DicomEncoding(Explicit: false, BigEndian: true)
            : DicomEncoding.ImplicitLittle;
    }

    private List<DicomDataSet> Sequence(ref int at, DicomHead head, DicomEncoding encoding, int end, int depth)
    {
        uint length = head.Length;
        if (depth > MaximumDepth)
            throw Broken(at, $"sequences are nested more than {MaximumDepth} deep");
        int stop = End(at, length, end, "a sequence");
        var items = new List<DicomDataSet>();
        while (length == Undefined || at < stop)
        {
            Need(at, HeadLength, stop);
            uint tag = _heads.Tag(at, encoding.BigEndian);
            uint itemLength = _heads.Number32(at + 4, encoding.BigEndian);
            int start = at;
            at += HeadLength;
            switch (tag)
            {
                case DicomTags.Item:
                    items.Add(Item(ref at, itemLength, encoding, stop, depth, out bool endsSequence));
                    if (endsSequence && length == Undefined)
                        return items;
                    break;
                case DicomTags.SequenceDelimitation when length == Undefined:
                    return items;
                case DicomTags.SequenceDelimitation:
                    Stray(start, tag, "occurs in a sequence of defined length");
                    break;
                case DicomTags.ItemDelimitation:
                    Stray(start, tag, "occurs in a sequence instead of an item");
                    // It ends the sequence unless the sequence goes on.
                    if (length == Undefined && !GoesOn(at, encoding, stop))
                        return items;
                    break;
                case var _ when length == Undefined && items.Count > 0 && notes.Tolerates && _heads.Continues(start, encoding, end, head.Tag):
                    notes.Deviates($"its sequence {DicomTags.Write(head.Tag)} lacks the delimiter that ends it", "it ends with its last item");
                    at = start;
                    return items;
                default:
                    throw Broken(start, $"{DicomTags.Write(tag)} occurs in a sequence instead of an item");
            }
        }

        return items;
    }

    /// <param name="at">Where its elements begin; then, where they end.</param>
    /// <param name="length">Its length.</param>
    /// <param name="encoding">How it is written.</param>
    /// <param name="end">The end of its sequence.</param>
    /// <param name="depth">The depth of its sequence.</param>
    /// <param name="endsSequence">Whether the delimiter that ends it is that of its sequence.</param>
    private DicomDataSet Item(ref int at, uint length, DicomEncoding encoding, int end, int depth, out bool endsSequence)
    {
        endsSequence = false;
        int stop = End(at, length, end, "an item");
        if (++_elements > MaximumElements)
            throw Broken(at, $"there are more than {MaximumElements} elements");
        var item = new DicomDataSet(encoding.BigEndian);
        while (length == Undefined || at < stop)
        {
            Need(at, HeadLength, stop);
            uint tag = _heads.Tag(at, encoding.BigEndian);
            int start = at;
            if (tag == DicomTags.Item && length == Undefined)
            {
                Stray(start, tag, "occurs within an item");
                return item;
            }

            if (Element(ref at, encoding, stop, depth) is { } element)
            {
                item.Add(element);
                continue;
            }

            if (length != Undefined)
            {
                Stray(start, tag, "occurs in an item of defined length");
                continue;
            }

            if (tag == DicomTags.SequenceDelimitation)
            {
                Stray(start, tag, "ends an item");
                endsSequence = !GoesOn(at, encoding, end);
            }

            return item;
        }

        return item;
    }

    /// <summary>Whether an item, or the delimiter of the sequence, is next.</summary>
    private bool GoesOn(int at, DicomEncoding encoding, int end) =>
        end - at >= HeadLength && _heads.Tag(at, encoding.BigEndian) is DicomTags.Item or DicomTags.SequenceDelimitation;

    /// <summary>Notes a delimiter, or the beginning of an item, where it does not belong.</summary>
    private void Stray(int at, uint tag, string where) =>
        notes.Deviates(
            $"its data set is broken at byte {at}: the delimiter {DicomTags.Write(tag)} {where}",
            "the elements around it are read",
            ErrorCode.ImageDamaged
        );

    private static int End(int at, uint length, int end, string what)
    {
        if (length == Undefined)
            return end;
        if (length > end - at)
            throw Broken(at - HeadLength, $"{what} declares {length} bytes, but {end - at} are left");
        return at + (int)length;
    }

    private static void Need(int at, int bytes, int end)
    {
        if (end - at < bytes)
            throw Broken(at, "the file ends within an element");
    }

    internal static InvalidDataException Broken(int at, string reason) =>
        new(ErrorCode.ImageDamaged.Message($"its data set is broken at byte {at}: {reason}"));
}
