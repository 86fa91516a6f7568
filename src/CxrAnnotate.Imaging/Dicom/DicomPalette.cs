namespace CxrAnnotate;

/// <summary>The three tables of a palette (PS3.3, C.7.9), whose entries may be given in segments.</summary>
/// <param name="Channels">The tables of red, green and blue.</param>
/// <param name="White">The largest entry.</param>
internal sealed record DicomPalette(DicomLut[] Channels, int White)
{
    private const string Name = "palette";

    /// <exception cref="InvalidDataException">A table is missing or damaged.</exception>
    internal static DicomPalette Read(DicomDataSet data, bool signed, DicomNotes notes)
    {
        DicomLut[] channels =
        [
            .. Enumerable
                .Range(0, 3)
                .Select(i =>
                    data.Has(DicomTags.RedPalette + (uint)i) || !data.Has(DicomTags.SegmentedRedPalette + (uint)i)
                        ? DicomLut.Read(data, Name, signed, notes, DicomTags.RedPaletteDescriptor + (uint)i, DicomTags.RedPalette + (uint)i)
                        : Segmented(data, signed, DicomTags.RedPaletteDescriptor + (uint)i, DicomTags.SegmentedRedPalette + (uint)i)
                ),
        ];
        // A palette may be dark, but hardly darker than eight of sixteen bits.
        return new(channels, DicomLut.Range(channels[0].Bits, channels.Max(channel => channel.Entries.Max()), 8, Name, notes));
    }

    /// <summary>A table of segments (PS3.3, C.7.9.2): discrete entries, lines between entries, and copies of earlier segments.</summary>
    private static DicomLut Segmented(DicomDataSet data, bool signed, uint descriptorTag, uint dataTag)
    {
        (int count, int first, int bits) = DicomLut.DescriptorOf(data, Name, signed, descriptorTag);
        DicomElement element = data.Find(dataTag)!;
        bool isPacked = bits <= 8;
        ushort[] codes = isPacked ? DicomLut.Packed(element, data.BigEndian, element.Value.Length) : data.Words(dataTag, Name);
        var entries = new List<ushort>(count);
        // A padding byte may follow the last segment.
        for (int at = 0; at < codes.Length - (isPacked ? 1 : 0) && entries.Count < count;)
            at = Segment(codes, at, entries, count, isPacked, isCopy: false);
        if (entries.Count != count)
            throw Broken($"gives {entries.Count} entries, and its descriptor declares {count}");
        return new DicomLut(first, bits, [.. entries]);
    }

    /// <summary>Expands a segment; returns where the next one begins.</summary>
    private static int Segment(ushort[] codes, int at, List<ushort> entries, int count, bool isPacked, bool isCopy)
    {
        int code = codes[at],
            length = at + 1 < codes.Length ? codes[at + 1] : 0;
        switch (code)
        {
            case 0 when length > 0 && length <= codes.Length - at - 2 && length <= count - entries.Count:
                entries.AddRange(codes.AsSpan(at + 2, length));
                return at + 2 + length;
            case 1 when at + 2 < codes.Length && entries.Count > 0 && length > 0 && length <= count - entries.Count:
                int from = entries[^1],
                    to = codes[at + 2];
                for (int i = 1; i <= length; i++)
                    entries.Add((ushort)Math.Round(from + ((to - from) * (double)i / length)));
                return at + 3;
            case 2 when !isCopy:
                int parts = isPacked ? 4 : 2;
                if (at + 2 + parts > codes.Length)
                    throw Broken("ends within a segment");
                long offset = 0;
                for (int i = parts - 1; i >= 0; i--)
                    offset = (offset << (isPacked ? 8 : 16)) | codes[at + 2 + i];
                // The offset counts bytes.
                int copied = (int)Math.Min(offset / (isPacked ? 1 : 2), int.MaxValue);
                for (int i = 0; i < length; i++)
                {
                    if (copied >= at)
                        throw Broken("copies a segment that does not precede");
                    copied = Segment(codes, copied, entries, count, isPacked, isCopy: true);
                }

                return at + 2 + parts;
            default:
                throw Broken("has an impossible segment");
        }
    }

    private static InvalidDataException Broken(string reason) => new(ErrorCode.DicomAttribute.Message($"its segmented {Name} {reason}"));
}
