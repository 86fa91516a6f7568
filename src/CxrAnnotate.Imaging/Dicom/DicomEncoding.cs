namespace CxrAnnotate;

/// <summary>How the elements of a data set are written.</summary>
/// <param name="Explicit">Whether they state their value representation.</param>
/// <param name="BigEndian">Whether their numbers are big endian.</param>
internal readonly record struct DicomEncoding(bool Explicit, bool BigEndian)
{
    private static readonly DicomEncoding[] _all = [new(true, false), new(false, false), new(true, true), new(false, true)];

    /// <summary>The encoding of sequences in elements of unknown representation (PS3.5, 6.2.2, note 4).</summary>
    internal static DicomEncoding ImplicitLittle { get; } = new(false, false);

    /// <summary>The name that PS3.6 gives to the syntax.</summary>
    internal string Name => $"{(Explicit ? "Explicit" : "Implicit")} VR {(BigEndian ? "Big" : "Little")} Endian";

    /// <summary>
    /// The encoding of a data set as its first elements show it: the declared one unless these can be read only in another. Where nothing fits, it is
    /// the declared one, and reading says what is wrong.
    /// </summary>
    /// <param name="content">The content.</param>
    /// <param name="at">Where the data set begins.</param>
    /// <param name="declared">What the transfer syntax says.</param>
    /// <param name="notes">Receives a deviation.</param>
    internal static DicomEncoding Of(ReadOnlyMemory<byte> content, int at, DicomEncoding declared, DicomNotes notes)
    {
        var heads = new DicomHeads(content);
        if (heads.Begins(at, declared))
            return declared;
        foreach (DicomEncoding other in _all)
        {
            if (!heads.BeginsOther(at, other))
                continue;
            notes.Deviates(
                $"its transfer syntax declares {declared.Name}, but its data set is written in {other.Name}",
                "it is read as it is written",
                ErrorCode.ImageDamaged
            );
            return other;
        }

        return declared;
    }
}
