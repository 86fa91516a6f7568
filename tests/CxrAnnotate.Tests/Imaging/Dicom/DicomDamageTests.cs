using System.Buffers.Binary;

namespace CxrAnnotate.Tests;

/// <summary>Each kind of damage has its InvalidDataException, which says what is wrong.</summary>
public sealed class DicomDamageTests
{
    private static readonly WrittenImage _grey = new(
        3,
        2,
        [
            [1, 2, 3, 4, 5, 6],
        ]
    )
    {
        Stored = 12,
    };

    public static TheoryData<string> Syntaxes =>
        new(
            DicomWriter.ImplicitLittle,
            DicomWriter.ExplicitLittle,
            DicomWriter.ExplicitBig,
            DicomWriter.Encapsulated,
            DicomWriter.Rle,
            DicomWriter.JpegLossless,
            DicomWriter.JpegExtended
        );

    [Theory]
    [MemberData(nameof(Syntaxes))]
    public void A_file_that_is_cut_off_anywhere_is_refused_unless_all_pixels_are_there(string syntax)
    {
        byte[] file = (_grey with { Syntax = syntax }).File(
            WrittenElement.Sequence(0x0008_1140, true, [WrittenElement.Text(0x0008_1150, "UI", "1.2.3")])
        );
        int[] whole = Decode(file);
        Assert.Equal(6, whole.Length);
        for (int cut = 0; cut < file.Length; cut++)
        {
            byte[] part = file[..cut];
            Assert.Throws<InvalidDataException>(() => Decode(part, strict: true));
            try
            {
                Assert.Equal(whole, Decode(part));
                // Only the end of a JPEG image, a byte of padding and the delimiter may be missing.
                Assert.InRange(cut, file.Length - 12, file.Length);
            }
            catch (InvalidDataException error)
            {
                Assert.NotEmpty(error.Message);
            }
        }
    }

    [Fact]
    public void A_deflated_file_that_is_cut_off_is_refused_or_whole()
    {
        byte[] file = (_grey with { Syntax = DicomWriter.Deflated }).File();
        int refused = 0;
        for (int cut = 0; cut < file.Length; cut++)
        {
            try
            {
                Assert.Equal(_grey.Words[0], Decode(file[..cut]));
            }
            catch (InvalidDataException)
            {
                refused++;
            }
        }

        // The last bytes may hold only the end marker.
        Assert.InRange(refused, file.Length - 4, file.Length);
    }

    [Theory]
    [InlineData(0x0028_0010u, 0, "0 rows")]
    [InlineData(0x0028_0011u, 0, "rows of 0 pixels")]
    [InlineData(0x0028_0010u, 3, "truncated")]
    [InlineData(0x0028_0011u, 60000, "MaximumPixels")]
    [InlineData(0x0028_0002u, 2, "SamplesPerPixel (0028,0002) is 2")]
    [InlineData(0x0028_0002u, 3, "does not fit MONOCHROME2")]
    [InlineData(0x0028_0100u, 12, "BitsAllocated (0028,0100) is 12")]
    [InlineData(0x0028_0100u, 24, "BitsAllocated (0028,0100) is 24")]
    [InlineData(0x0028_0100u, 32, "truncated")]
    [InlineData(0x0028_0100u, 8, "BitsAllocated (0028,0100) is 8")]
    [InlineData(0x0028_0101u, 0, "BitsStored (0028,0101) is 0")]
    [InlineData(0x0028_0101u, 17, "BitsStored (0028,0101) is 17")]
    [InlineData(0x0028_0102u, 10, "HighBit 10")]
    [InlineData(0x0028_0102u, 16, "HighBit 16")]
    public void Impossible_numbers_are_named(uint tag, int number, string said) =>
        Refused(_grey.File(WrittenElement.Words(tag, "US", (ushort)number)), said, strict: true);

    [Theory]
    [InlineData(0x0028_0004u, "CS", "HSV", "'HSV'")]
    [InlineData(0x0028_0004u, "CS", "", "''")]
    [InlineData(0x0028_0008u, "IS", "0", "NumberOfFrames (0028,0008) is 0")]
    [InlineData(0x0028_0008u, "IS", "-1", "NumberOfFrames")]
    [InlineData(0x0028_0008u, "IS", "one", "'one', which is not a number")]
    [InlineData(0x0028_1051u, "DS", "0", "WindowWidth (0028,1051) is 0")]
    [InlineData(0x0028_1051u, "DS", "wide", "WindowWidth (0028,1051) is 'wide'")]
    [InlineData(0x0028_1056u, "CS", "CUBIC", "'CUBIC'")]
    [InlineData(0x0028_1053u, "DS", "0", "RescaleSlope (0028,1053) is 0")]
    [InlineData(0x0028_1053u, "DS", "NaN", "RescaleSlope")]
    [InlineData(0x0028_1053u, "DS", "1e308", "RescaleSlope")]
    public void Impossible_texts_are_named(uint tag, string vr, string text, string said) =>
        Refused(
            _grey.File([
                .. tag == 0x0028_1053 ? Array.Empty<WrittenElement>() : [WrittenElement.Text(0x0028_1050, "DS", "10")],
                .. tag is 0x0028_1051 or 0x0028_1053 ? Array.Empty<WrittenElement>() : [WrittenElement.Text(0x0028_1051, "DS", "20")],
                WrittenElement.Text(tag, vr, text),
            ]),
            said,
            strict: true
        );

    [Fact]
    public void What_has_no_sane_reading_is_refused_by_a_lenient_reading_too()
    {
        Refused(_grey.File(WrittenElement.Text(0x0028_0004, "CS", "HSV")), "'HSV'");
        Refused(_grey.File(WrittenElement.Text(0x0028_0004, "CS", "")), "''");
        Refused(_grey.File(WrittenElement.Text(0x0028_0004, "CS", "MONOCHROME")), "'MONOCHROME'");
        Refused(_grey.File(WrittenElement.Text(0x0028_0008, "IS", "one")), "'one', which is not a number");
        Refused(_grey.File(WrittenElement.Text(0x0028_1053, "DS", "1e308")), "RescaleSlope");
        Refused(_grey.File(WrittenElement.Words(0x0028_0100, "US", 24)), "BitsAllocated (0028,0100) is 24");
        Refused(_grey.File(WrittenElement.Words(0x0028_0101, "US", 0), WrittenElement.Words(0x0028_0102, "US", 16)), "BitsStored (0028,0101) is 0");
        // Seven bits stored cannot be right if a pixel has eight.
        Refused(
            (_grey with { Words = [[255, 2, 3, 4, 5, 6]] }).File(
                WrittenElement.Words(0x0028_0101, "US", 7),
                WrittenElement.Words(0x0028_0102, "US", 3)
            ),
            "have more than 7 bits"
        );
    }

    [Fact]
    public void Sequences_may_be_nested_32_deep_and_no_deeper()
    {
        byte[] Deep(int depth, bool undefined)
        {
            WrittenElement element = WrittenElement.Text(0x0008_0060, "CS", "DX");
            for (int i = 0; i < depth; i++)
                element = WrittenElement.Sequence(0x0008_1140, undefined, [element]);
            return DicomWriter.File(DicomWriter.ExplicitLittle, [element]);
        }

        Assert.Equal(1, DicomFile.Read(Deep(32, true)).Data.Count);
        Assert.Equal(1, DicomFile.Read(Deep(32, false)).Data.Count);
        Assert.Contains(
            "nested more than 32 deep",
            Assert.Throws<InvalidDataException>(() => DicomFile.Read(Deep(33, true))).Message,
            StringComparison.Ordinal
        );
        Assert.Contains(
            "nested more than 32 deep",
            Assert.Throws<InvalidDataException>(() => DicomFile.Read(Deep(5000, true))).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Wrong_lengths_are_rejected()
    {
        byte[] plain = DicomWriter.File(DicomWriter.ExplicitLittle, []);
        byte[] sequence = [8, 0, 0x40, 0x11, .. "SQ"u8, 0, 0, 16, 0, 0, 0, 0xFE, 0xFF, 0, 0xE0, 100, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        Refused([.. plain, .. sequence], "an item declares 100 bytes, but 8 are left");
        sequence[8] = 200;
        Refused([.. plain, .. sequence], "a sequence declares 200 bytes, but 16 are left");
        Refused([.. plain, 8, 0, 0x60, 0, .. "CS"u8, 9, 0, .. "DX"u8], "element (0008,0060) declares 9 bytes, but 2 are left");
        Refused([.. plain, 8, 0, 0x60, 0, 0, 0, 2, 0, .. "DX"u8], "element (0008,0060) has no value representation", strict: true);
        Refused([.. plain, 0xFE, 0xFF, 0x0D, 0xE0, 0, 0, 0, 0], "the delimiter (FFFE,E00D) occurs outside a sequence", strict: true);
        Refused(
            [.. plain, 0xE0, 0x7F, 0x10, 0, .. "OB"u8, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0xFE, 0xFF, 0, 0xE0, 0xF0, 0xFF, 0xFF, 0xFF],
            "a fragment of the pixel data declares 4294967280 bytes"
        );
        Refused(
            [.. plain, 0xE0, 0x7F, 0x10, 0, .. "OB"u8, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, 8, 0, 0, 0xE0, 0, 0, 0, 0],
            "(0008,E000) occurs in the pixel data"
        );
    }

    [Fact]
    public void More_elements_than_any_file_has_are_refused()
    {
        byte[] item = [0xFE, 0xFF, 0, 0xE0, 0, 0, 0, 0];
        byte[] many = [.. Enumerable.Repeat(item, 200_001).SelectMany(i => i)];
        Refused(
            [.. DicomWriter.File(DicomWriter.ExplicitLittle, []), .. DicomWriter.Set([WrittenElement.Bytes(0x0008_1140, "SQ", many)], true, false)],
            "more than 200000 elements"
        );
    }

    [Fact]
    public void Mismatched_encapsulated_pixels_are_rejected()
    {
        byte[] Fragments(string syntax, params byte[][] fragments) =>
            (_grey with { Syntax = syntax }).File(new WrittenElement(0x7FE0_0010, "OB", []) { Fragments = fragments });
        Refused(Fragments(DicomWriter.Rle, []), "no fragment");
        Refused(Fragments(DicomWriter.Rle, [], new byte[64]), "2 segments");
        byte[] outside = new byte[70];
        BinaryPrimitives.WriteInt32LittleEndian(outside, 2);
        BinaryPrimitives.WriteInt32LittleEndian(outside.AsSpan(4), 64);
        BinaryPrimitives.WriteInt32LittleEndian(outside.AsSpan(8), 71);
        Refused(Fragments(DicomWriter.Rle, [], outside), "outside");
        BinaryPrimitives.WriteInt32LittleEndian(outside.AsSpan(8), 67);
        Refused(Fragments(DicomWriter.Rle, [], outside), "end too early");
        Refused(Fragments(DicomWriter.ExplicitLittle, [], new byte[64]), "encapsulated", strict: true);
        Refused(Fragments(DicomWriter.ExplicitLittle, [], new byte[8]), "truncated");
        Refused(Fragments("1.2.840.10008.1.2.4.102", [], new byte[64]), "MPEG-4 AVC/H.264 High Profile / Level 4.1 (1.2.840.10008.1.2.4.102)");
        Refused(Fragments("1.2.3.4", [], new byte[64]), "1.2.3.4");
        byte[] jpeg = TestJpeg.Lossless([1, 2, 3, 4], 2, 2, 1, 12, 1);
        Refused(Fragments(DicomWriter.JpegLossless, [], jpeg), "2 x 2 pixels of 1 components, and its header says 3 x 2");
        Refused(Fragments(DicomWriter.JpegLossless, [], new byte[8]), "start-of-image");
        byte[] arithmetic = TestJpeg.Sequential([1, 2, 3, 4, 5, 6], 3, 2, 8);
        arithmetic[arithmetic.AsSpan().IndexOf((ReadOnlySpan<byte>)[0xFF, 0xC0]) + 1] = 0xC9;
        Refused(Fragments(DicomWriter.JpegBaseline, [], arithmetic), "SOF9");
        byte[] progressive = TestJpeg.Progressive([1, 2, 3, 4, 5, 6], 3, 2, 12);
        Refused(Fragments(DicomWriter.JpegExtended, [], progressive[..^12]), "JPEG data");
        // Without its last scan, and without an end marker, an image would be blurred.
        int scan = progressive.AsSpan().LastIndexOf((ReadOnlySpan<byte>)[0xFF, 0xDA]);
        Refused(Fragments(DicomWriter.JpegExtended, [], progressive[..scan]), "end too early");
    }

    [Fact]
    public void A_missing_frame_is_rejected()
    {
        DicomImage image = DicomImage.Of(DicomFile.Read(_grey.File()), 6);
        Assert.Contains("1 frames", Assert.Throws<InvalidDataException>(() => image.Decode(1)).Message, StringComparison.Ordinal);
        Assert.Throws<InvalidDataException>(() => image.Decode(-1));
        Refused((_grey with { Syntax = DicomWriter.Rle }).File(WrittenElement.Text(0x0028_0008, "IS", "7")), "no offset table says");
    }

    [Fact]
    public void Mismatched_look_up_tables_are_rejected()
    {
        byte[] With(params WrittenElement[] lut) => _grey.File(WrittenElement.Sequence(0x0028_3010, false, lut));
        WrittenElement three = WrittenElement.Words(0x0028_3006, "OW", 1, 2, 3);
        Refused(With(WrittenElement.Words(0x0028_3002, "US", 4, 0), three), "2 numbers, not three");
        Refused(With(WrittenElement.Words(0x0028_3002, "US", 4, 0, 17), three), "17 bits");
        Refused(With(WrittenElement.Words(0x0028_3002, "US", 5, 0, 16), three), "5 entries but has 6 bytes");
        Refused(With(WrittenElement.Words(0x0028_3002, "US", 4, 0, 16), three), "4 entries but has 3", strict: true);
        Refused(With(WrittenElement.Words(0x0028_3002, "US", 0, 0, 16), three), "65536 entries");
    }

    private static int[] Decode(byte[] content, bool strict = false) => DicomImage.Of(DicomFile.Read(content, strict), 100).Decode();

    private static void Refused(byte[] content, string said, bool strict = false)
    {
        InvalidDataException error = Assert.Throws<InvalidDataException>(() =>
        {
            DicomFile file = DicomFile.Read(content, strict);
            DicomImage image = DicomImage.Of(file, 100);
            DicomPresentation.Grey(file, image, image.Decode());
        });
        Assert.Contains(said, error.Message, StringComparison.Ordinal);
    }
}
