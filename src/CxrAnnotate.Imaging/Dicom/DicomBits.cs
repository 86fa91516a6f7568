namespace CxrAnnotate;

/// <summary>How a sample lies in its cell (PS3.5, 8.1.1).</summary>
/// <param name="Allocated">Bits of a cell: 1, 8, 12, 16 or 32.</param>
/// <param name="Stored">Bits of a sample.</param>
/// <param name="High">The highest of these in the cell.</param>
/// <param name="Inferred">Whether the file contradicts itself, so that the values must be checked against these numbers.</param>
internal readonly record struct DicomBits(int Allocated, int Stored, int High, bool Inferred)
{
    /// <summary>Whether the sample lies in the cell.</summary>
    private bool Fit => Stored >= 1 && Stored <= Allocated && High >= Stored - 1 && High < Allocated;

    /// <summary>Reads the bits; the length of uncompressed pixel data and the other attributes correct one that cannot be right.</summary>
    /// <param name="data">The data set.</param>
    /// <param name="samples">The number of samples of all frames.</param>
    /// <param name="notes">Receives a correction.</param>
    /// <exception cref="InvalidDataException">An attribute is missing, or no correction is certain.</exception>
    internal static DicomBits Of(DicomDataSet data, long samples, DicomNotes notes)
    {
        int allocated =
            data.Unsigned(DicomTags.BitsAllocated, "BitsAllocated")
            ?? throw new InvalidDataException(
                ErrorCode.DicomAttribute.Message($"it has no BitsAllocated {DicomTags.Write(DicomTags.BitsAllocated)}")
            );
        int stored = data.Unsigned(DicomTags.BitsStored, "BitsStored") ?? allocated;
        int high = data.Unsigned(DicomTags.HighBit, "HighBit") ?? stored - 1;
        DicomElement? pixels = data.Find(DicomTags.PixelData);
        long? length = pixels is { Items: null, Fragments: null, IsCut: false } ? pixels.Value.Length : null;
        var said = new DicomBits(allocated, stored, high, Inferred: false);
        // Eight bits cannot hold so many; twelve are rarely packed.
        bool isWord =
            (allocated == 12 && (pixels?.Fragments is not null || length >= 2 * samples))
            || (allocated == 8 && stored is > 8 and <= 16 && length == 2 * samples);
        if (isWord)
        {
            notes.Deviates(
                $"its BitsAllocated {DicomTags.Write(DicomTags.BitsAllocated)} is {allocated}, but a sample has 16 bits",
                "16 is taken"
            );
            said = said with { Allocated = 16 };
        }

        if (said.Allocated is not (1 or 8 or 12 or 16 or 32))
            throw new InvalidDataException(
                ErrorCode.DicomAttribute.Message(
                    $"its BitsAllocated {DicomTags.Write(DicomTags.BitsAllocated)} is {allocated}, not 1, 8, 12, 16 or 32"
                )
            );
        return said.Fit ? said : said.Corrected(length, samples, notes);
    }

    private DicomBits Corrected(long? length, long samples, DicomNotes notes)
    {
        DicomBits? one =
            Stored >= 1 && Stored <= Allocated ? this with { High = Stored - 1, Inferred = true }
            : High < Allocated && High >= 0 ? this with { Stored = High + 1, Inferred = true }
            : length is { } bytes && Allocated is 8 && bytes - samples is 0 or 1
                ? this with { Stored = Allocated, High = Allocated - 1, Inferred = true }
            : null;
        string wrong =
            $"its BitsStored {DicomTags.Write(DicomTags.BitsStored)} is {Stored} and its HighBit {High}, which does not fit {Allocated} bits "
            + "allocated";
        if (one is not { } bits)
            throw new InvalidDataException(ErrorCode.DicomAttribute.Message(wrong));
        notes.Deviates(wrong, $"{bits.Stored} bits up to bit {bits.High} are taken");
        return bits;
    }

    /// <summary>
    /// Reduces values to their stored bits, sign-extended. The other bits may hold anything; old files keep overlays there.
    /// </summary>
    /// <exception cref="InvalidDataException">The numbers are inferred, and a value has other bits, so that they are wrong.</exception>
    internal void Extract(Span<int> values, bool signed)
    {
        int shift = High + 1 - Stored;
        if (Stored == 32 || (shift == 0 && Stored == Allocated))
            return;
        int mask = (int)((1L << Stored) - 1),
            sign = signed ? 1 << (Stored - 1) : 0;
        foreach (ref int value in values)
        {
            int reduced = (((value >> shift) & mask) ^ sign) - sign;
            if (Inferred && reduced != value && (value & ~mask) != 0)
                throw new InvalidDataException(
                    ErrorCode.DicomAttribute.Message(
                        $"its BitsStored {DicomTags.Write(DicomTags.BitsStored)} and HighBit do not fit {Allocated} bits allocated, and its pixels "
                            + $"have more than {Stored} bits"
                    )
                );
            value = reduced;
        }
    }
}
