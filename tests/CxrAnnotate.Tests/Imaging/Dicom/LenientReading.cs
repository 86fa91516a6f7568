namespace CxrAnnotate.Tests;

/// <summary>Compares a file that does not keep to the standard with one that does: the greys are the same, and a note says what was taken.</summary>
internal static class LenientReading
{
    /// <summary>Six pixels of twelve bits, whose greys differ by every element of the presentation.</summary>
    internal static WrittenImage Grey { get; } =
        new(
            3,
            2,
            [
                [0, 900, 1800, 2300, 3100, 4095],
            ]
        )
        {
            Stored = 12,
        };

    internal static WrittenElement Number(uint tag, string text) => WrittenElement.Text(tag, "DS", text);

    internal static WrittenElement[] Window(string centre, string width) => [Number(0x0028_1050, centre), Number(0x0028_1051, width)];

    /// <summary>The greys of a file, and the sentences about it.</summary>
    internal static (float[] Grey, IReadOnlyList<string> Notes) Read(byte[] content, bool strict = false, int frame = 0)
    {
        DicomFile file = DicomFile.Read(content, strict);
        DicomCharacterSets.Check(file.Data, file.Notes);
        DicomImage image = DicomImage.Of(file, 1 << 20);
        return (DicomPresentation.Grey(file, image, image.Decode(frame), 0, frame), file.Notes.Sentences);
    }

    /// <summary>A deviation is read as the proper file is, with a note, and refused by a strict reading.</summary>
    internal static void Same(byte[] proper, byte[] deviating, string said, double tolerance = 1e-6)
    {
        (float[] wanted, IReadOnlyList<string> none) = Read(proper, strict: true);
        Assert.Empty(none);
        (float[] grey, IReadOnlyList<string> notes) = Read(deviating);
        Equal(wanted, grey, tolerance);
        Assert.Contains(notes, note => note.Contains(said, StringComparison.OrdinalIgnoreCase));
        Assert.All(notes, note => Assert.EndsWith(".", note, StringComparison.Ordinal));
        InvalidDataException refused = Assert.Throws<InvalidDataException>(() => Read(deviating, strict: true));
        Assert.NotNull(CxrError.CodeOf(refused.Message));
    }

    /// <summary>Another way of writing that the standard allows is read the same, without a note.</summary>
    internal static void Allowed(byte[] proper, byte[] other, double tolerance = 1e-6)
    {
        (float[] grey, IReadOnlyList<string> notes) = Read(other, strict: true);
        Equal(Read(proper).Grey, grey, tolerance);
        Assert.Empty(notes);
    }

    /// <summary>A file of elements, with bytes before the first element that has a larger tag.</summary>
    internal static byte[] Insert(uint tag, byte[] bytes, string syntax = DicomWriter.ExplicitLittle, params WrittenElement[] more)
    {
        IReadOnlyList<WrittenElement> elements = Grey.Elements(more);
        bool isExplicit = syntax != DicomWriter.ImplicitLittle;
        return
        [
            .. DicomWriter.File(syntax, []),
            .. DicomWriter.Set(elements.Where(e => e.Tag < tag), isExplicit, false),
            .. bytes,
            .. DicomWriter.Set(elements.Where(e => e.Tag > tag), isExplicit, false),
        ];
    }

    /// <summary>A file whose transfer syntax is not that of its data set.</summary>
    internal static byte[] Claimed(string syntax, IEnumerable<WrittenElement> elements, bool isExplicit, bool bigEndian = false) =>
        [.. DicomWriter.File(syntax, []), .. DicomWriter.Set(elements, isExplicit, bigEndian)];

    private static void Equal(float[] wanted, float[] grey, double tolerance)
    {
        Assert.Equal(wanted.Length, grey.Length);
        for (int i = 0; i < grey.Length; i++)
            Assert.Equal(wanted[i], grey[i], tolerance);
    }
}
