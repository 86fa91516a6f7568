namespace CxrAnnotate;

/// <summary>
/// A look-up table of DICOM (PS3.3, C.11.1.1 and C.11.2.1.1): values below the first have its entry, values above the last the last one's.
/// </summary>
/// <param name="First">The value that the first entry belongs to.</param>
/// <param name="Bits">Bits of an entry.</param>
/// <param name="Entries">The entries.</param>
internal sealed record DicomLut(int First, int Bits, ushort[] Entries)
{
    internal int LargestEntry => (1 << Bits) - 1;

    internal int Of(double value) => Entries[(int)Math.Clamp(Math.Round(value) - First, 0, Entries.Length - 1)];

    /// <summary>Reads a table.</summary>
    /// <param name="item">The data set that holds it.</param>
    /// <param name="name">What to call it in messages.</param>
    /// <param name="signed">Whether the values that it is applied to can be negative, and so the first.</param>
    /// <param name="descriptorTag">Where its descriptor is.</param>
    /// <param name="dataTag">Where its entries are.</param>
    /// <exception cref="InvalidDataException">Its descriptor and its data do not fit.</exception>
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
            throw new InvalidDataException(ErrorCode.DicomAttribute.Message($"its {name} says that it has {count} entries, and has {bytes} bytes"));
        // A file that says its representations may know better.
        bool negative = signed || item.Find(descriptorTag)!.Representation == "SS";
        return new DicomLut(negative ? (short)descriptor[1] : descriptor[1], bits, entries);
    }

    /// <summary>Entries of eight bits, two in a word: in a big-endian file the second comes first.</summary>
    private static ushort[] Packed(DicomElement data, bool bigEndian, int count)
    {
        ReadOnlySpan<byte> bytes = data.Value.Span;
        bool turned = bigEndian && data.Representation is ("OW" or "US");
        ushort[] entries = new ushort[count];
        for (int i = 0; i < count; i++)
            entries[i] = bytes[turned ? Math.Min(i ^ 1, bytes.Length - 1) : i];
        return entries;
    }
}
