namespace CxrAnnotate;

/// <summary>
/// A look-up table of DICOM (PS3.3, C.11.1.1 and C.11.2.1.1): values below the first map to the first entry, values above the last to the last entry.
/// </summary>
/// <param name="First">The first value mapped.</param>
/// <param name="Bits">Bits per entry, as its descriptor says.</param>
/// <param name="Entries">The entries.</param>
internal sealed record DicomLut(int First, int Bits, ushort[] Entries)
{
    private const int FewestBits = 8,
        WordBits = 16;

    /// <summary>The largest entry that the descriptor allows.</summary>
    internal int LargestEntry => (1 << Bits) - 1;

    internal int Of(double value) => Entries[(int)Math.Clamp(Math.Round(value) - First, 0, Entries.Length - 1)];

    /// <summary>
    /// The entry that is white. Some writers give the bits of storage, 16, for entries of 12 bits, and some fewer bits than entries have: then the
    /// largest entry gives their number.
    /// </summary>
    internal int White(string name, DicomNotes notes) => Range(Bits, Entries.Max(), WordBits - 1, name, notes);

    /// <summary>The largest entry of tables whose entries may have another number of bits than their descriptor gives.</summary>
    /// <param name="bits">The number of bits that it gives.</param>
    /// <param name="largest">The largest entry.</param>
    /// <param name="storedIn">Entries of at most so many bits are taken for those of fewer bits in 16.</param>
    /// <param name="name">The name of the tables in messages.</param>
    /// <param name="notes">Receives a contradiction.</param>
    internal static int Range(int bits, int largest, int storedIn, string name, DicomNotes notes)
    {
        int used = FewestBits;
        while ((1 << used) - 1 < largest)
            used++;
        if (used <= bits && (bits < WordBits || used > storedIn))
            return (1 << bits) - 1;
        notes.Deviates($"its {name} declares entries of {bits} bits, but the largest is {largest}", $"its white is that of {used} bits");
        return (1 << used) - 1;
    }

    /// <summary>Whether a table has no entries.</summary>
    internal static bool IsEmpty(DicomDataSet item) => item.Find(DicomTags.LutData) is not { Value.Length: > 0 };

    /// <summary>Reads a table.</summary>
    /// <param name="item">The data set that holds it.</param>
    /// <param name="name">Its name in messages.</param>
    /// <param name="signed">Whether the values that it maps, and so the first, can be negative.</param>
    /// <param name="notes">Receives what is wrong with it.</param>
    /// <param name="descriptorTag">The tag of its descriptor.</param>
    /// <param name="dataTag">The tag of its entries.</param>
    /// <exception cref="InvalidDataException">Its descriptor and its data do not match.</exception>
    internal static DicomLut Read(
        DicomDataSet item,
        string name,
        bool signed,
        DicomNotes notes,
        uint descriptorTag = DicomTags.LutDescriptor,
        uint dataTag = DicomTags.LutData
    )
    {
        (int count, int first, int bits) = DescriptorOf(item, name, signed, descriptorTag);
        int bytes = item.Find(dataTag)?.Value.Length ?? 0;
        ushort[] entries;
        if (bytes >= 2 * count)
            entries = item.Words(dataTag, name)[..count];
        else if (bytes == 2 * (count - 1) && count > 3)
            entries = item.Words(dataTag, name);
        else if (bytes >= count - 1 && count > 1 && bits <= FewestBits)
            entries = Packed(item.Find(dataTag)!, item.BigEndian, Math.Min(count, bytes));
        else
            throw new InvalidDataException(ErrorCode.DicomAttribute.Message($"its {name} declares {count} entries but has {bytes} bytes"));
        if (entries.Length < count)
            notes.Deviates($"its {name} declares {count} entries but has {entries.Length}", "its last entry is repeated");
        return new DicomLut(first, bits, entries);
    }

    /// <summary>The number of entries, the first value mapped, and the bits of an entry.</summary>
    /// <exception cref="InvalidDataException">The descriptor is missing or impossible.</exception>
    internal static (int Count, int First, int Bits) DescriptorOf(DicomDataSet item, string name, bool signed, uint tag)
    {
        ushort[] descriptor = item.Words(tag, name + " descriptor");
        if (descriptor.Length != 3)
            throw new InvalidDataException(
                ErrorCode.DicomAttribute.Message($"the descriptor of its {name} has {descriptor.Length} numbers, not three")
            );
        if (descriptor[2] is < 1 or > WordBits)
            throw new InvalidDataException(ErrorCode.DicomAttribute.Message($"the entries of its {name} have {descriptor[2]} bits"));
        // A file with explicit representations may declare the sign itself.
        bool negative = signed || item.Find(tag)!.Representation == "SS";
        return (descriptor[0] == 0 ? 65536 : descriptor[0], negative ? (short)descriptor[1] : descriptor[1], descriptor[2]);
    }

    /// <summary>Entries of eight bits, two in a word: in a big-endian file the second comes first.</summary>
    internal static ushort[] Packed(DicomElement data, bool bigEndian, int count)
    {
        ReadOnlySpan<byte> bytes = data.Value.Span;
        bool swapped = bigEndian && data.Representation is ("OW" or "US");
        ushort[] entries = new ushort[count];
        for (int i = 0; i < count; i++)
            entries[i] = bytes[swapped ? Math.Min(i ^ 1, bytes.Length - 1) : i];
        return entries;
    }
}
