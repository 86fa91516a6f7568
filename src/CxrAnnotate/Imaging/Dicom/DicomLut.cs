namespace CxrAnnotate;

/// <summary>A look-up table of DICOM (PS3.3, C.11.1.1 and C.11.2.1.1): values below the first have its entry, values above the last the last one's.</summary>
/// <param name="First">The value that the first entry belongs to.</param>
/// <param name="Bits">Bits of an entry.</param>
/// <param name="Entries">The entries.</param>
internal sealed record DicomLut(int First, int Bits, ushort[] Entries)
{
    internal int LargestEntry => (1 << Bits) - 1;

    internal int Of(double value) => Entries[(int)Math.Clamp(Math.Round(value) - First, 0, Entries.Length - 1)];

    /// <summary>Reads a table.</summary>
    /// <exception cref="InvalidDataException">Its descriptor and its data do not fit.</exception>
    internal static DicomLut Read(DicomDataSet item, string name, bool signed, uint descriptorTag = DicomTags.LutDescriptor, uint dataTag = DicomTags.LutData)
    {
        ushort[] descriptor = item.Words(descriptorTag, name + " descriptor");
        if (descriptor.Length != 3)
            throw new InvalidDataException($"the descriptor of its {name} has {descriptor.Length} numbers, not three");
        int count = descriptor[0] == 0 ? 65536 : descriptor[0], bits = descriptor[2];
        if (bits is < 1 or > 16)
            throw new InvalidDataException($"the entries of its {name} have {bits} bits");
        int bytes = item.Find(dataTag)?.Value.Length ?? 0;
        ushort[] entries;
        if (bytes >= 2 * count)
            entries = item.Words(dataTag, name)[..count];
        else if (bytes >= count && bits <= 8)
            entries = [.. item.Find(dataTag)!.Value[..count].ToArray().Select(b => (ushort)b)];
        else
            throw new InvalidDataException($"its {name} says that it has {count} entries, and has {bytes} bytes");
        return new DicomLut(signed ? (short)descriptor[1] : descriptor[1], bits, entries);
    }
}
