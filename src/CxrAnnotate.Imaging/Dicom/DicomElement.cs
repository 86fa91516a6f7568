namespace CxrAnnotate;

/// <summary>One element of a data set.</summary>
/// <param name="Tag">Group and element.</param>
/// <param name="Representation">The value representation, two letters; "UN" in an implicit syntax, which does not state it.</param>
/// <param name="Value">The value's bytes; empty for a sequence.</param>
/// <param name="Items">A sequence's items, else null.</param>
/// <param name="Fragments">The fragments of encapsulated pixel data, the offset table first; else null.</param>
/// <param name="IsCut">Whether the value is shorter than its length, because the file ends in it.</param>
internal sealed record DicomElement(
    uint Tag,
    string Representation,
    ReadOnlyMemory<byte> Value,
    IReadOnlyList<DicomDataSet>? Items = null,
    IReadOnlyList<ReadOnlyMemory<byte>>? Fragments = null,
    bool IsCut = false
);
