using static CxrAnnotate.Tests.LenientReading;

namespace CxrAnnotate.Tests;

/// <summary>Pixel data whose coding is not what the header says, or lies in other fragments; every pixel is there.</summary>
public sealed class DicomLenientPixelsTests
{
    private static readonly byte[] _delimiter = [0xFE, 0xFF, 0xDD, 0xE0, 0, 0, 0, 0],
        _table = [0xFE, 0xFF, 0, 0xE0, 0, 0, 0, 0],
        _undefined = [0xE0, 0x7F, 0x10, 0, .. "OB"u8, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF];

    private static readonly byte[] _jpeg = WrittenElement.Padded(TestJpeg.Lossless(Grey.Words[0], 3, 2, 1, 12, 1), 0),
        _proper = (Grey with { Syntax = DicomWriter.JpegLossless }).File(),
        _plain = Grey.File();

    [Fact]
    public void Fragments_that_are_not_ended_are_read_if_the_image_is_whole()
    {
        Same(_proper, File([.. _undefined, .. _table, .. Item(_jpeg)]), "its pixel data lack the delimiter that ends them");
        Same(_proper, File([.. _undefined, .. _table, .. Item(_jpeg), .. new byte[24]]), "its pixel data lack the delimiter that ends them");
        // Without the end-of-image marker.
        int end = _jpeg.AsSpan().LastIndexOf((ReadOnlySpan<byte>)[0xFF, 0xD9]);
        Same(_proper, File([.. _undefined, .. _table, .. Item(_jpeg)[..^(_jpeg.Length - end)]]), $"but has {end}: those present are decoded");
        Assert.Throws<InvalidDataException>(() => Read(File([.. _undefined, .. _table, .. Item(_jpeg)[..^(_jpeg.Length - end + 2)]])));
    }

    [Fact]
    public void The_length_of_a_fragment_may_be_wrong()
    {
        foreach (int more in (int[])[10, -4])
        {
            byte[] item = Item(_jpeg);
            item[4] = (byte)(item[4] + more);
            Same(_proper, File([.. _undefined, .. _table, .. item, .. _delimiter]), "a fragment of its pixel data declares");
        }
    }

    [Fact]
    public void Other_forms_of_encapsulation_are_read()
    {
        byte[] fragments = [.. _table, .. Item(_jpeg), .. _delimiter];
        Same(_proper, File([.. Defined(fragments)]), "have a defined length: their fragments are read");
        Same(_proper, File([.. Defined(fragments[..^8])]), "have a defined length: their fragments are read");
        Same(_proper, File([.. Defined(_jpeg)]), "they are taken for one compressed image");
        Same(_proper, File([.. _undefined, .. Item(_jpeg), .. _delimiter]), "lack the item of the offset table");
        Same(_proper, File([.. _undefined, .. _table, .. Item([0xFF, 0xFF, 0, 0, .. _jpeg]), .. _delimiter]), "4 bytes precede the start-of-image");
        byte[] raw = Raw(Grey.Words[0]);
        Same(_plain, File([.. _undefined, .. _table, .. Item(raw), .. _delimiter], DicomWriter.ExplicitLittle), "their fragments are joined");
        Same(_plain, File([.. _undefined, .. _table, .. Item(_jpeg), .. _delimiter], DicomWriter.ExplicitLittle), "they are decoded as JPEG");
        Same(_plain, File(Defined(raw)), "they are as long as uncompressed ones");
        Assert.Contains("truncated", Assert.Throws<InvalidDataException>(() => Read(File(Defined(raw[..^2])))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_wrong_offset_table_is_replaced_by_markers()
    {
        WrittenImage two = Grey with
        {
            Syntax = DicomWriter.JpegLossless,
            Words = [Grey.Words[0], [.. Grey.Words[0].Reverse()]],
            FragmentsPerFrame = 2,
            HasOffsetTable = true,
        };
        byte[] proper = two.File(),
            wrong = [.. proper];
        int table = wrong.AsSpan().IndexOf(_table.AsSpan(0, 4)) + 8;
        wrong[table + 4] += 6;
        Same(proper, wrong, "does not lead to its fragments");
        Assert.Equal(Read(proper, frame: 1).Grey, Read(wrong, frame: 1).Grey);
    }

    [Theory]
    [InlineData(new byte[] { 0xFF, 0xD8, 0xFF, 0xF7, 0, 4, 8, 0 }, "JPEG-LS (1.2.840.10008.1.2.4.80)")]
    [InlineData(new byte[] { 0xFF, 0x4F, 0xFF, 0x51, 0, 4, 8, 0 }, "JPEG 2000 (1.2.840.10008.1.2.4.90)")]
    public void Data_of_another_compression_are_named(byte[] data, string said)
    {
        // Where a decoder is registered, it refuses these bytes; otherwise the message names what they are.
        InvalidDataException error = Assert.Throws<InvalidDataException>(() =>
            Read(File([.. _undefined, .. _table, .. Item(data), .. _delimiter]))
        );
        if (CxrError.CodeOf(error.Message) == "CXR2204")
            Assert.Contains(said, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(8)]
    [InlineData(12)]
    public void Progressive_images_are_those_of_the_sequential_process(int precision)
    {
        int[] samples = [.. Enumerable.Range(0, 19 * 21).Select(i => (i * 97 + (i % 19 * i % 251)) % (1 << precision))];
        var image = new WrittenImage(19, 21, [samples])
        {
            Allocated = precision == 8 ? 8 : 16,
            Stored = precision,
            Syntax = precision == 8 ? DicomWriter.JpegBaseline : DicomWriter.JpegExtended,
        };
        byte[] progressive = WrittenElement.Padded(TestJpeg.Progressive(samples, 19, 21, precision), 0);
        foreach (string syntax in (string[])[image.Syntax, "1.2.840.10008.1.2.4.53", "1.2.840.10008.1.2.4.55"])
            Allowed(
                image.File(),
                (image with { Syntax = syntax }).File(new WrittenElement(0x7FE0_0010, "OB", []) { Fragments = [[], progressive] })
            );
        // Each bit of a coefficient comes in a scan of its own: none may be missing.
        for (int cut = 4; cut < progressive.Length - 4; cut += 7)
        {
            byte[] part = progressive[..cut];
            Assert.Throws<InvalidDataException>(() => JpegImage.Decode(part, 1000));
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Lossy_values_above_the_stored_bits_are_clamped(bool signed)
    {
        // Ten bits in a stream of twelve: values overshoot at an edge.
        int[] samples = [.. Enumerable.Range(0, 64).Select(i => signed ? (i % 8 < 4 ? 0xE00 : 0x1FF) : i % 8 < 4 ? 0 : 1023)],
            over = [.. samples.Select((v, i) => i % 8 == 4 ? v + 9 : i % 8 == 3 && signed ? v - 9 : v)];
        var image = new WrittenImage(8, 8, [samples])
        {
            Stored = 10,
            Signed = signed,
            Syntax = DicomWriter.JpegExtended,
        };
        float[] grey = Read((image with { Words = [over] }).File(Window(signed ? "0" : "512", "1024"))).Grey;
        for (int i = 0; i < 64; i++)
            Assert.Equal(i % 8 < 4 ? 0 : 1, grey[i], 0.01);
    }

    [Fact]
    public void The_markers_of_a_jpeg_stream_say_what_its_colours_are()
    {
        int[] rgb = [.. Enumerable.Range(0, 64).SelectMany(i => new[] { 40 + (i * 3), 200 - i, 60 + i })];
        int[] ybr = [.. rgb];
        DicomColour.ToYbr(ybr, 255);
        WrittenImage Image(string photometric, int[] words) =>
            new(8, 8, [words])
            {
                Allocated = 8,
                Stored = 8,
                Samples = 3,
                Photometric = photometric,
                Syntax = DicomWriter.JpegBaseline,
            };
        byte[] Marked(string photometric, int[] words, byte[] marker)
        {
            byte[] jpeg = TestJpeg.Sequential(words, 8, 8, 8, 3);
            byte[] marked = WrittenElement.Padded([.. jpeg[..2], .. marker, .. jpeg[2..]], 0);
            return Image(photometric, words).File(new WrittenElement(0x7FE0_0010, "OB", []) { Fragments = [[], marked] });
        }

        byte[] jfif = [0xFF, 0xE0, 0, 16, .. "JFIF\0"u8, 1, 1, 0, 0, 1, 0, 1, 0, 0];
        byte[] Adobe(byte transform) => [0xFF, 0xEE, 0, 14, .. "Adobe"u8, 0, 100, 0, 0, 0, 0, transform];
        byte[] proper = Image("RGB", rgb).File();
        Same(proper, Marked("RGB", ybr, jfif), "is RGB, but its JPEG data are YCbCr: they are converted", 0.02);
        Same(proper, Marked("RGB", ybr, Adobe(1)), "YCbCr", 0.02);
        Same(Image("YBR_FULL", ybr).File(), Marked("YBR_FULL", rgb, Adobe(0)), "is YBR_FULL, but its JPEG data are RGB", 0.02);
        Allowed(proper, Marked("RGB", rgb, Adobe(0)), 0.02);
        // Lossless processes do not transform colours, whatever a marker says.
        byte[] lossless = TestJpeg.Lossless(rgb, 8, 8, 3, 8, 1);
        WrittenElement Coded(byte[] jpeg) => new(0x7FE0_0010, "OB", []) { Fragments = [[], WrittenElement.Padded(jpeg, 0)] };
        WrittenImage image = Image("RGB", rgb) with { Syntax = DicomWriter.JpegLossless };
        Allowed(image.File(), image.File(Coded([.. lossless[..2], .. jfif, .. lossless[2..]])));
        byte[] marked = [.. lossless[..2], .. Adobe(0), .. lossless[2..]];
        Same(image.File(), (image with { Photometric = "YBR_FULL" }).File(Coded(marked)), "its JPEG data are RGB", 0.01);
    }

    [Fact]
    public void Halved_colours_that_have_all_samples_are_read_as_whole()
    {
        int[] samples = [.. Enumerable.Range(0, 18).Select(i => i * 14)];
        var image = new WrittenImage(3, 2, [samples])
        {
            Allocated = 8,
            Stored = 8,
            Samples = 3,
            PixelVr = "OB",
            Photometric = "YBR_FULL",
        };
        Same(image.File(), (image with { Photometric = "YBR_FULL_422" }).File(), "each pixel has three samples: it is read as YBR_FULL");
    }

    [Theory]
    [InlineData(12, 7, "12 bits up to bit 11 are taken")]
    [InlineData(12, 16, "12 bits up to bit 11 are taken")]
    [InlineData(0, 11, "12 bits up to bit 11 are taken")]
    [InlineData(17, 11, "12 bits up to bit 11 are taken")]
    public void Bits_that_do_not_fit_are_corrected(int stored, int high, string said) =>
        Same(
            Grey.File(Window("2000", "3000")),
            Grey.File([
                .. Window("2000", "3000"),
                WrittenElement.Words(0x0028_0101, "US", (ushort)stored),
                WrittenElement.Words(0x0028_0102, "US", (ushort)high),
            ]),
            said
        );

    [Fact]
    public void Corrected_bits_that_the_pixels_contradict_are_refused()
    {
        byte[] Of(params int[] words) =>
            (Grey with { Words = [words] }).File([.. Window("2000", "3000"), WrittenElement.Words(0x0028_0102, "US", 7)]);
        Assert.Equal(6, Read(Of(0, 1, 2, 3, 4, 4095)).Grey.Length);
        InvalidDataException error = Assert.Throws<InvalidDataException>(() => Read(Of(0, 1, 2, 3, 4, 0x2001)));
        Assert.Contains("its pixels have more than 12 bits", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Samples_of_1_12_and_32_bits_are_read()
    {
        byte[] proper = Grey.File(Window("2000", "3000"));
        byte[] Allocated(ushort bits, byte[] data) =>
            Grey.File([.. Window("2000", "3000"), WrittenElement.Words(0x0028_0100, "US", bits), WrittenElement.Bytes(0x7FE0_0010, "OW", data)]);
        Allowed(proper, Allocated(32, [.. Grey.Words[0].SelectMany(BitConverter.GetBytes)]));
        byte[] packed = new byte[9];
        for (int i = 0; i < 6; i++)
        {
            int word = Grey.Words[0][i] << (i % 2 * 4),
                at = i * 3 / 2;
            packed[at] |= (byte)word;
            packed[at + 1] |= (byte)(word >> 8);
        }

        Allowed(proper, Allocated(12, packed));
        Same(proper, Allocated(12, Raw(Grey.Words[0])), "a sample has 16 bits");
        Same(proper, Allocated(8, Raw(Grey.Words[0])), "a sample has 16 bits");
        byte[] bits = (Grey with { Words = [[1, 1, 0, 1, 0, 0]], Stored = 1 }).File(
            WrittenElement.Words(0x0028_0100, "US", 1),
            WrittenElement.Bytes(0x7FE0_0010, "OB", 0b001011)
        );
        (float[] grey, IReadOnlyList<string> notes) = Read(bits, strict: true);
        Assert.Equal([1, 1, 0, 1, 0, 0], grey);
        Assert.Empty(notes);

        // Signed: those of 12 bits as in 16 bits, a set bit is -1.
        WrittenElement[] signed = [.. Window("0", "3000"), WrittenElement.Words(0x0028_0103, "US", 1)];
        Allowed(
            Grey.File(signed),
            Grey.File([.. signed, WrittenElement.Words(0x0028_0100, "US", 12), WrittenElement.Bytes(0x7FE0_0010, "OW", packed)])
        );
        Assert.Equal(
            [0, 0, 1, 0, 1, 1],
            Read(
                    (Grey with { Words = [[1, 1, 0, 1, 0, 0]], Stored = 1, Signed = true }).File(
                        WrittenElement.Words(0x0028_0100, "US", 1),
                        WrittenElement.Bytes(0x7FE0_0010, "OB", 0b001011)
                    ),
                    strict: true
                )
                .Grey
        );
    }

    private static byte[] Item(byte[] data) => [0xFE, 0xFF, 0, 0xE0, .. BitConverter.GetBytes(data.Length), .. data];

    private static byte[] Defined(byte[] data) => [.. _undefined[..8], .. BitConverter.GetBytes(data.Length), .. data];

    private static byte[] Raw(int[] words) => [.. words.SelectMany(w => new[] { (byte)w, (byte)(w >> 8) })];

    /// <summary>A file that ends with pixel data.</summary>
    private static byte[] File(byte[] pixels, string syntax = DicomWriter.JpegLossless) =>
        [
            .. DicomWriter.File(syntax, []),
            .. DicomWriter.Set(Grey.Elements().Where(e => e.Tag != 0x7FE0_0010), true, false),
            .. pixels,
        ];
}
