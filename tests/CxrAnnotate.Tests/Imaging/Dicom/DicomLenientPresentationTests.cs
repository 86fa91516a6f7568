using static CxrAnnotate.Tests.LenientReading;

namespace CxrAnnotate.Tests;

/// <summary>Windows, tables, rescaling and terms that do not keep to the standard, each with the greys that it means.</summary>
public sealed class DicomLenientPresentationTests
{
    private static readonly byte[] _plain = Grey.File(),
        _windowed = Grey.File(Window("2000", "3000"));

    [Fact]
    public void The_option_decides_whether_the_reader_of_radiographs_is_strict()
    {
        var file = new RadiographFile("window.dcm", Grey.File(Window("2000", "0")));
        float[] pixels = new float[6];
        InputWarning warning = Assert.Single(RadiographReader.Read(file, new RadiographFormat(2, 3), pixels));
        Assert.Equal(
            new(InputWarningKind.ReadLeniently, "Its WindowWidth (0028,1051) is 0: the window is not applied."),
            warning
        );
        InvalidDataException refused = Assert.Throws<InvalidDataException>(() =>
            RadiographReader.Read(file, new RadiographFormat(2, 3, Dicom: new DicomOptions { Strict = true }), pixels)
        );
        Assert.Contains("'window.dcm' cannot be read: its WindowWidth (0028,1051) is 0.", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("2000,0", "3000", "WindowCenter (0028,1050) is '2000,0': 2000 is taken")]
    [InlineData("2000", "3000,0", "WindowWidth (0028,1051) is '3000,0'")]
    [InlineData("2'000", "3000", "'2'000'")]
    [InlineData("2000", "3 000", "'3 000'")]
    [InlineData("2.000,00", "3,000.0", "'2.000,00'")]
    [InlineData("2000 HU", "3000HU", "'2000 HU'")]
    public void Numbers_in_the_notation_of_another_country_are_read(string centre, string width, string said) =>
        Same(_windowed, Grey.File(Window(centre, width)), said);

    [Theory]
    [InlineData("2000", "0", "Its WindowWidth (0028,1051) is 0: the window is not applied.")]
    [InlineData("2000", "-3000", "is -3000: the window is not applied")]
    [InlineData("2000", "1e999", "'1e999', which is not a number: the window is not applied")]
    [InlineData("2000", "NaN", "'NaN'")]
    [InlineData("AUTO", "3000", "WindowCenter (0028,1050) is 'AUTO'")]
    [InlineData("2000", "3,000", "'3,000'")]
    public void A_window_that_cannot_be_used_is_not_applied(string centre, string width, string said) =>
        Same(_plain, Grey.File(Window(centre, width)), said);

    [Fact]
    public void A_linear_window_narrower_than_1_is_exact() =>
        Same(
            Grey.File([.. Window("2300.1", "0.5"), WrittenElement.Text(0x0028_1056, "CS", "LINEAR_EXACT")]),
            Grey.File(Window("2300.1", "0.5")),
            "WindowWidth (0028,1051) is 0.5: the function LINEAR_EXACT is applied"
        );

    [Theory]
    [InlineData("US", 2)]
    [InlineData("SS", 2)]
    [InlineData("UL", 4)]
    [InlineData("FD", 8)]
    public void Windows_in_a_binary_representation_are_read(string vr, int size)
    {
        byte[] Bytes(int number) => size == 8 ? BitConverter.GetBytes((double)number) : BitConverter.GetBytes(number)[..size];
        Same(
            _windowed,
            Grey.File(new WrittenElement(0x0028_1050, vr, Bytes(2000)), new WrittenElement(0x0028_1051, vr, Bytes(3000))),
            $"has the representation {vr}"
        );
    }

    [Theory]
    [InlineData("linear", "LINEAR")]
    [InlineData("FOO", "LINEAR")]
    [InlineData("Linear Exact", "LINEAR_EXACT")]
    [InlineData("sigmoid", "SIGMOID")]
    [InlineData("SAMPLED_SIGMOID", "SIGMOID")]
    public void Functions_are_known_in_any_case_and_unknown_ones_are_linear(string said, string taken) =>
        Same(
            Grey.File([.. Window("2000", "3000"), WrittenElement.Text(0x0028_1056, "CS", taken)]),
            Grey.File([.. Window("2000", "3000"), WrittenElement.Text(0x0028_1056, "CS", said)]),
            $"VOILUTFunction (0028,1056) is '{said}', which is not known: {taken} is taken"
        );

    [Theory]
    [InlineData("0", "1", "RescaleSlope (0028,1053) is 0: it is left out")]
    [InlineData("none", "1", "'none', which is not a number: it is left out")]
    [InlineData("0,5", "0.5", "'0,5': 0.5 is taken")]
    public void A_slope_that_cannot_be_used_is_left_out(string said, string taken, string note) =>
        Same(
            Grey.File([.. Window("900", "1800"), Number(0x0028_1052, "10"), Number(0x0028_1053, taken)]),
            Grey.File([.. Window("900", "1800"), Number(0x0028_1052, "10"), Number(0x0028_1053, said)]),
            note
        );

    [Theory]
    [InlineData(16, 12)]
    [InlineData(16, 10)]
    [InlineData(10, 12)]
    [InlineData(8, 12)]
    public void The_white_of_a_table_is_that_of_its_largest_entry(int said, int used) =>
        Same(
            Grey.File(Lut(0x0028_3010, used, used)),
            Grey.File(Lut(0x0028_3010, said, used)),
            $"VOI LUT declares entries of {said} bits, but the largest is {(1 << used) - 1}: its white is that of {used} bits"
        );

    [Fact]
    public void A_table_without_entries_is_left_out()
    {
        byte[] With(uint tag, params WrittenElement[] item) => Grey.File([.. Window("2000", "3000"), WrittenElement.Sequence(tag, false, item)]);
        foreach (uint tag in (uint[])[0x0028_3000, 0x0028_3010])
        {
            Same(_windowed, With(tag), "has no entries: it is left out");
            Same(_windowed, With(tag, WrittenElement.Words(0x0028_3002, "US", 4, 0, 12)), "has no entries: it is left out");
        }
    }

    [Fact]
    public void The_last_entry_of_a_table_that_is_one_short_is_repeated()
    {
        WrittenElement Short(int missing) =>
            WrittenElement.Sequence(
                0x0028_3010,
                false,
                [
                    WrittenElement.Words(0x0028_3002, "US", 4096, 0, 12),
                    WrittenElement.Words(0x0028_3006, "OW", [.. Enumerable.Range(0, 4096 - missing).Select(i => (ushort)Math.Min(4094, i))]),
                ]
            );
        Same(Grey.File(Short(0)), Grey.File(Short(1)), "declares 4096 entries but has 4095: its last entry is repeated");
    }

    [Theory]
    [InlineData(0x0028_3000u)]
    [InlineData(0x0028_3010u)]
    public void Tables_in_elements_of_unknown_representation_are_applied(uint tag)
    {
        WrittenElement lut = Lut(tag, 12, 12);
        byte[] proper = Grey.File(lut),
            implicitContent = Content(lut, isExplicit: false),
            explicitContent = Content(lut, isExplicit: true);
        Allowed(proper, Grey.File(new WrittenElement(tag, "UN", implicitContent)));
        Same(proper, Grey.File(new WrittenElement(tag, "UN", explicitContent)), "states its representation, which implicit elements do not");
        byte[] undefined =
        [
            .. BitConverter.GetBytes((ushort)(tag >> 16)),
            .. BitConverter.GetBytes((ushort)tag),
            .. "UN"u8,
            0,
            0,
            0xFF,
            0xFF,
            0xFF,
            0xFF,
        ];
        byte[] delimiter = [0xFE, 0xFF, 0xDD, 0xE0, 0, 0, 0, 0];
        Allowed(proper, Insert(tag, [.. undefined, .. implicitContent, .. delimiter]));
        Same(proper, Insert(tag, [.. undefined, .. explicitContent, .. delimiter]), "it is read as explicit");
    }

    [Theory]
    [InlineData("1.2.840.10008.5.1.4.1.1.12.1")]
    [InlineData("1.2.840.10008.5.1.4.1.1.12.2")]
    public void The_modality_table_of_fluoroscopy_does_not_precede_the_window(string sopClass)
    {
        WrittenElement type = WrittenElement.Text(0x0008_0016, "UI", sopClass);
        Allowed(_windowed, Grey.File([.. Window("2000", "3000"), Lut(0x0028_3000, 12, 12), type]));
        Allowed(_windowed, Grey.File([.. Window("2000", "3000"), Number(0x0028_1053, "0.5"), Number(0x0028_1052, "7"), type]));
    }

    [Fact]
    public void Windows_and_rescaling_in_functional_groups_are_those_of_the_frame()
    {
        WrittenElement Group(uint tag, params WrittenElement[][] frames) =>
            WrittenElement.Sequence(tag, true, [.. frames.Select(frame => (IReadOnlyList<WrittenElement>)frame)]);
        WrittenElement Macro(uint tag, params WrittenElement[] elements) => WrittenElement.Sequence(tag, false, elements);
        WrittenElement shared = Macro(0x0028_9132, Window("2000", "3000")),
            rescaled = Macro(0x0028_9145, Number(0x0028_1052, "-100"), Number(0x0028_1053, "2"));
        Allowed(_windowed, Grey.File(Group(0x5200_9229, [shared])));
        WrittenImage two = Grey with { Words = [Grey.Words[0], Grey.Words[0]] };
        byte[] frames = two.File(Group(0x5200_9229, [shared]), Group(0x5200_9230, [], [Macro(0x0028_9132, Window("500", "100")), rescaled]));
        Assert.Equal(Read(_windowed).Grey, Read(frames).Grey);
        Assert.Equal(
            Read(Grey.File([.. Window("500", "100"), Number(0x0028_1052, "-100"), Number(0x0028_1053, "2")])).Grey,
            Read(frames, frame: 1).Grey
        );
    }

    [Fact]
    public void Terms_are_known_in_any_case_and_with_blanks()
    {
        Same(
            Grey.File(WrittenElement.Text(0x2050_0020, "CS", "INVERSE")),
            Grey.File(WrittenElement.Text(0x2050_0020, "CS", "inverse")),
            "PresentationLUTShape (2050,0020) is 'inverse': INVERSE is taken"
        );
        byte[] first = (Grey with { Photometric = "MONOCHROME1" }).File();
        foreach (string said in (string[])["monochrome1", "MONOCHROME 1", "MONOCHROME1\t", "Monochrome1"])
            Same(first, Grey.File(WrittenElement.Text(0x0028_0004, "CS", said)), "MONOCHROME1 is taken");
    }

    [Fact]
    public void Segments_of_a_palette_are_expanded()
    {
        WrittenElement[] Descriptors(ushort bits) =>
            [.. Enumerable.Range(0, 3).Select(i => WrittenElement.Words(0x0028_1101 + (uint)i, "US", 256, 0, bits))];
        var image = new WrittenImage(
            4,
            2,
            [
                [0, 1, 60, 100, 128, 200, 254, 255],
            ]
        )
        {
            Allocated = 8,
            Stored = 8,
            Photometric = "PALETTE COLOR",
            PixelVr = "OB",
        };
        ushort[] ramp = [.. Enumerable.Range(0, 256).Select(i => (ushort)(i * 257))],
            twice = [.. Enumerable.Range(0, 256).Select(i => (ushort)(i % 128 * 500))];
        byte[] proper = image.File([
            .. Descriptors(16),
            WrittenElement.Words(0x0028_1201, "OW", ramp),
            WrittenElement.Words(0x0028_1202, "OW", twice),
            WrittenElement.Words(0x0028_1203, "OW", ramp),
        ]);
        byte[] segmented = image.File([
            .. Descriptors(16),
            // One entry, and a line of 255 more.
            WrittenElement.Words(0x0028_1221, "OW", 0, 1, 0, 1, 255, 65535),
            // The same, copied: two segments from the first byte on.
            WrittenElement.Words(0x0028_1222, "OW", 0, 1, 0, 1, 127, 63500, 2, 2, 0, 0),
            WrittenElement.Words(0x0028_1223, "OW", [0, 256, .. ramp]),
        ]);
        Allowed(proper, segmented, 1e-4);
        // A copy of the second segment only: its offset counts bytes, of which the first segment has eight.
        ushort[] part = [.. Enumerable.Range(0, 126).Select(i => (ushort)(i * i * 4))],
            codes = [0, 2, 7, 65535, 0, 126, .. part, 2, 1, 8, 0, 0, 2, 300, 60000];
        Allowed(
            image.File([
                .. Descriptors(16),
                .. Enumerable
                    .Range(0, 3)
                    .Select(i => WrittenElement.Words(0x0028_1201 + (uint)i, "OW", [7, 65535, .. part, .. part, 300, 60000])),
            ]),
            image.File([.. Descriptors(16), .. Enumerable.Range(0, 3).Select(i => WrittenElement.Words(0x0028_1221 + (uint)i, "OW", codes))])
        );
        Assert.Contains(
            "segmented palette",
            Assert
                .Throws<InvalidDataException>(() => Read(image.File([.. Descriptors(16), WrittenElement.Words(0x0028_1221, "OW", 0, 9, 0)])))
                .Message,
            StringComparison.Ordinal
        );
    }

    /// <summary>A table whose output is that of a number of bits, and which is no straight line.</summary>
    private static WrittenElement Lut(uint tag, int said, int used) =>
        WrittenElement.Sequence(
            tag,
            false,
            [
                WrittenElement.Words(0x0028_3002, "US", 4096, 0, (ushort)said),
                WrittenElement.Words(
                    0x0028_3006,
                    "OW",
                    [.. Enumerable.Range(0, 4096).Select(i => (ushort)(Math.Sqrt(i / 4095.0) * ((1 << used) - 1)))]
                ),
            ]
        );

    /// <summary>The items of a sequence.</summary>
    private static byte[] Content(WrittenElement sequence, bool isExplicit)
    {
        byte[] written = DicomWriter.Set([sequence], isExplicit, false);
        return written[(isExplicit ? 12 : 8)..];
    }
}
