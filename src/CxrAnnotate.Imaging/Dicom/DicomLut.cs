namespace CxrAnnotate;

/// <summary>
/// A look-up table of DICOM (PS3.3, C.11.1.1 and C.11.2.1.1): values below the first map to the first entry, values above the last to the last entry.
/// </summary>
/// <param name="First">The first value mapped.</param>
/// <param name="Bits">Bits per entry.</param>
/// <param name="Entries">The entries.</param>
internal sealed record DicomLut(int First, int Bits, ushort[] Entries)
{
    internal int LargestEntry => (1 << Bits) - 1;

    internal int Of(double value) => Entries[(int)Math.Clamp(Math.Round(value) - First, 0, Entries.Length - 1)];

    /// <summary>Reads a table.</summary>
    /// <param name="item">The data set that holds it.</param>
    /// <param name="name">Its name in messages.</param>
    /// <param name="signed">Whether the values that it maps, and so the first, can be negative.</param>
    /// <param name="descriptorTag">The tag of its descriptor.</param>
    /// <param name="dataTag">The tag of its entries.</param>
    /// <exception cref="InvalidDataException">Its descriptor and its data do not match.</exception>
    internal static DicomLut Read(
        DicomDataSet item,
        string name,
        bool signed,
        uint descriptorTag = DicomTags.LutDescriptor,
        uint dataTag = DicomTags.LutData
    )
    {
        ushort[] descriptor = item.Words(descriptorTag, name + " descriptor");
        if (descriptor.Length != 3)
            throw new InvalidDataException(
                ErrorCode.DicomAttribute.Message($"the descriptor of its {name} has {descriptor.Length} numbers, not three")
            );
        int count = descriptor[0] == 0 ? 65536 : descriptor[0],
            bits = descriptor[2];
        if (bits is < 1 or > 16)
            throw new InvalidDataException(ErrorCode.DicomAttribute.Message($"the entries of its {name} have {bits} bits"));
        int bytes = item.Find(dataTag)?.Value.Length ?? 0;
        ushort[] entries;
        if (bytes >= 2 * count)
            entries = item.Words(dataTag, name)[..count];
        else if (bytes >= count && bits <= 8)
            entries = Packed(item.Find(dataTag)!, item.BigEndian, count);
        else
            throw new InvalidDataException(ErrorCode.DicomAttribute.Message($"its {name} declares {count} entries but has {bytes} bytes"));
        // A file with explicit representations may declare the sign itself.
        bool negative = signed || item.Find(descriptorTag)!.Representation == "SS";
        return new DicomLut(negative ? (short)descriptor[1] : descriptor[1], bits, entries);
    }

    /// <summary>Entries of eight bits, two in a word: in a big-endian file the second comes first.</summary>
    private static ushort[] Packed(DicomElement data, bool bigEndian, int count)
    {
        ReadOnlySpan<byte> bytes = data.Value.Span;
        bool swapped = bigEndian && data.Representation is ("OW" or "US");
        ushort[] entries = new ushort[count];
        for (int i = 0; i < count; i++)
            entries[i] = bytes[swapped ? Math.Min(i ^ 1, bytes.Length - 1) : i];
        return entries;
    }
}
