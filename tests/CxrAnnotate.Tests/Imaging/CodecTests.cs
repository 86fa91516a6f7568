namespace CxrAnnotate.Tests;

/// <summary>JPEG 2000, HTJ2K and JPEG-LS by the platform's libraries, in DICOM and as files.</summary>
public sealed class CodecTests : IDisposable
{
    private const int Columns = 37,
        Rows = 29;

    /// <summary>
    /// HTJ2K, which OpenJPEG does not write: made by OpenJPH 0.9 (ojph_compress -reversible true) of the values that the test computes.
    /// </summary>
    private const string HighThroughputGrey = """
            /0//UQApQAAAAAAYAAAAEQAAAAAAAAAAAAAAGAAAABEAAAAAAAAAAAABCwEB/1AACAACAAAACP9SAAwAAgABAAUEBEAB/1wAEyBw
            eHiAeHiAeHiAeHh4cHB4/2QAFgABT3BlbkpQSCBWZXIgMC45LjAu/5AACgAAAAACUgAB/5PAASjlAQd0AMAAlgAE0AATABgCh3QA
            NvwCh3QAzfkDh3QAwACeAATQABMACDFNA4N0AKz+AIE0AD78Aod0AMAAtWAAV0AAVwCDXzDduBp/Tn1O8/MAURf8YwD4uQDb2OEz
            1RDy/gBiA362ALdpdypLtOvsAGMDfrYAwAC7iAAXRwAC6UAnT966bDAnbwL2Yu7rayezJ3ES72AMr3Yqz/FwDuBu3KX4TsJubcZK
            Gq7g/C311ynkTBKUQGucAPbpmF+/X57x5Qrrvr9y+x+f6Z4DncU0J/kASkkUoWFEuloA3p9e7Cme8SHf+y6gevn3r7/0c3/wD17g
            VUAJUAIBzC4oQBpZAMABfWEABekQAC70STKZJEmSJAFtJEGSJ0ESJEESJBFtJ1GS0F4SATRFJMlkkpSUlEQbtEsbSUAbtJHktEH7
            tJMEtJEESV7tgiVJJpMkJCEJtEmiJE+CJKCdJE6CJEjiJKAN2kcbtNEqmZ4kk0kSJAFtJTFtkpAE2iRBkicJbSdJktBOEtMG7eMF
            YyeTJEiCJKAd2tE+CZKA9qD9ABvT+Pn6fzt10QvCf5DiFBfeVlCguUoAoKUBaOQxsAL+8T//f+G//37v/3/9zz//cx//ee//fMf/
            f/qHf/99x3/6959//vcf/3iff/zHEiJr81qkEe1Ge0jA8WAkPPuhkAhzCQB3WwH+9/9//39//39//3u//33ff/9973//c/9+77//
            f/9/+ccSalKBPnmEdnDFA/xlA8pgPbTRvfiDAbxlA10B/9k=
            """,
        HighThroughputColour = """
            /0//UQAvQAAAAAAYAAAAEQAAAAAAAAAAAAAAGAAAABEAAAAAAAAAAAADBwEBBwEBBwEB/1AACAACAAAABf9SAAwAAgABAQUEBEAB
            /1wAEyBYYGBoYGBoYGBoYGBgWFhg/2QAFgABT3BlbkpQSCBWZXIgMC45LjAu/5AACgAAAAAB6wAB/5PACUDBAId0AMAJQOEAh3QA
            wAlA+QAHdADABLABLAAlvAEHdADwAQd0ANQAh3QAwASwASwAJY4BB3QA/QCHdABgAYd0AMAEsAEozAEHdAA/AYd0AMAEsAEsACWP
            AEt0AMn+MjMA8wDHdADABNABNAAlo/4AC3QAJ+8AIjQA0QCHdADABIDtK3MAwAVcAE8ACYB52O1AAQuMAvfYAAHiQAL31QA7+Ab3
            1ADABWQAVEACoLkBhK8AYQC48vfYABmg+AAC99UAZSH+AGT31QDABUC2tYAP4At2AMAFqQAVsAFoAAAAIABM0QAADfFH4+6+paxY
            rboAAABggLkAjXS0XK24AAAAAEAwEs4AITgEtFytuQDABaMAFXABWuOwYrv+jPjUT4RGEQgBUVoAIwCA5tvoGKYAVgA8CigYaP7Q
            AwLEC+cAwAVIqqr63yOnwnYAwAteAFfABWgKXHVn3x3GnDvz3Jv+gEZII3FhyeJ+AIfdsM5nzv8GAg1nFAC5AP8+z/v/BhSF28Li
            eQDAC3IAWjABXgWP2Pu8v+8Dofh8H/7z3Bm/6IR0gjeFQ3R5XwAf3vfw+vx5Pv8GCDWeFEC5AP9v38/v/wYQhdsIKEJ6AMAK0JIk
            Sfrz+SOnp6dCeQD/2Q==
            """;

    private readonly ScratchFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(DicomWriter.JpegLs)]
    [InlineData(DicomWriter.Jpeg2000)]
    public void Grey_of_every_depth_and_sign_is_exact(string syntax)
    {
        Require(syntax);
        foreach (bool signed in (bool[])[false, true])
        {
            for (int bits = 8; bits <= 16; bits++)
            {
                WrittenImage image = Image(bits, signed) with { Syntax = syntax };
                Assert.Equal(image.Expected(0), Extracted(image.File()));
            }
        }
    }

    [Theory]
    [InlineData(DicomWriter.JpegLs, "RGB", 0)]
    [InlineData(DicomWriter.JpegLs, "RGB", 1)]
    [InlineData(DicomWriter.JpegLs, "RGB", 2)]
    [InlineData(DicomWriter.Jpeg2000, "RGB", 0)]
    [InlineData(DicomWriter.Jpeg2000, "YBR_RCT", 0)]
    public void Colour_is_exact_and_becomes_luma(string syntax, string photometric, int interleaving)
    {
        Require(syntax);
        WrittenImage image = Colour() with { Syntax = syntax, Photometric = photometric, Interleaving = interleaving };
        DicomFile file = DicomFile.Read(image.File());
        DicomImage read = DicomImage.Of(file, 1 << 20);
        int[] values = read.Decode();
        Assert.Equal(image.Expected(0), values);
        Assert.Equal(
            values.Chunk(3).Select(rgb => Luma.Of(rgb[0], rgb[1], rgb[2], byte.MaxValue)),
            DicomPresentation.Grey(file, read, values)
        );
    }

    [Theory]
    [InlineData(DicomWriter.JpegLs)]
    [InlineData(DicomWriter.Jpeg2000)]
    public void Every_frame_is_read(string syntax)
    {
        Require(syntax);
        WrittenImage image = Image(12, false);
        image = image with { Words = [image.Words[0], [.. image.Words[0].Reverse()], Image(10, false).Words[0]], Syntax = syntax };
        foreach (WrittenImage written in (WrittenImage[])[image, image with { HasOffsetTable = true, FragmentsPerFrame = 2 }])
        {
            DicomImage read = DicomImage.Of(DicomFile.Read(written.File()), 1 << 20);
            for (int frame = 0; frame < 3; frame++)
                Assert.Equal(image.Expected(frame), read.Decode(frame));
        }
    }

    [Fact]
    public void Near_lossless_images_are_near_what_was_compressed()
    {
        TestCodecs.RequireCharLs();
        WrittenImage image = Image(12, false) with { Syntax = DicomWriter.JpegLsNear, Near = 3 };
        Assert.All(Extracted(image.File()).Zip(image.Expected(0)), pair => Assert.InRange(pair.First - pair.Second, -3, 3));
    }

    /// <summary>Lossy coding overshoots. Of lossless values the bits above the stored ones are not part of the image.</summary>
    [Theory]
    [InlineData(DicomWriter.JpegLs, DicomWriter.JpegLsNear, 13, 12, false)]
    [InlineData(DicomWriter.JpegLs, DicomWriter.JpegLsNear, 8, 7, false)]
    [InlineData(DicomWriter.Jpeg2000, DicomWriter.Jpeg2000Lossy, 13, 12, false)]
    [InlineData(DicomWriter.Jpeg2000, DicomWriter.Jpeg2000Lossy, 13, 12, true)]
    [InlineData(DicomWriter.Jpeg2000, DicomWriter.Jpeg2000Lossy, 8, 7, true)]
    public void Values_of_a_lossy_syntax_beyond_the_stored_bits_are_clamped_to_them(
        string lossless,
        string lossy,
        int coded,
        int stored,
        bool signed
    )
    {
        Require(lossless);
        WrittenImage image = Image(coded, signed) with { Syntax = lossless };
        int low = signed ? -(1 << (stored - 1)) : 0,
            range = 1 << stored;
        Assert.Equal(
            image.Expected(0).Select(value => Math.Clamp(value, low, low + range - 1)),
            Extracted(Encapsulated(image with { Syntax = lossy, Stored = stored }, Coded(image)))
        );
        Assert.Equal(
            image.Expected(0).Select(value => ((value - low) & (range - 1)) + low),
            Extracted(Encapsulated(image with { Stored = stored }, Coded(image)))
        );
    }

    [Fact]
    public void High_throughput_JPEG_2000_is_refused_unless_it_is_switched_on_and_exact_then()
    {
        TestCodecs.RequireOpenJpeg();
        int[] grey = [.. from y in Enumerable.Range(0, 17) from x in Enumerable.Range(0, 24) select ((x * x * 37) + (y * 131) + (x * y * 5)) % 4096],
            colour =
            [
                .. from y in Enumerable.Range(0, 17)
                from x in Enumerable.Range(0, 24)
                from value in (int[])[(x * 9) + y, (x * 3) + (y * 11), x * y]
                select value % 256,
            ];
        var image = new WrittenImage(24, 17, [grey]) { Stored = 12, Syntax = DicomWriter.HighThroughput };
        // Under a syntax of plain JPEG 2000, too.
        foreach (string syntax in (string[])[DicomWriter.HighThroughput, "1.2.840.10008.1.2.4.90"])
        {
            byte[] refused = Encapsulated(image with { Syntax = syntax }, Convert.FromBase64String(HighThroughputGrey));
            Assert.Contains("HTJ2K", Assert.Throws<InvalidDataException>(() => Extracted(refused)).Message, StringComparison.Ordinal);
        }
        const string option = "CxrAnnotate.DecodesHighThroughputJpeg2000";
        AppContext.SetSwitch(option, true);
        try
        {
            foreach (string syntax in (string[])[DicomWriter.HighThroughput, "1.2.840.10008.1.2.4.202", "1.2.840.10008.1.2.4.203"])
                Assert.Equal(grey, Extracted(Encapsulated(image with { Syntax = syntax }, Convert.FromBase64String(HighThroughputGrey))));
            WrittenImage coloured = image with { Words = [colour], Samples = 3, Photometric = "YBR_RCT", Allocated = 8, Stored = 8 };
            Assert.Equal(colour, Extracted(Encapsulated(coloured, Convert.FromBase64String(HighThroughputColour))));
        }
        finally
        {
            AppContext.SetSwitch(option, false);
        }
    }

    [Fact]
    public void Files_are_read_as_pictures()
    {
        TestCodecs.RequireOpenJpeg();
        TestCodecs.RequireCharLs();
        foreach (int bits in (int[])[8, 12, 16])
        {
            int[] words = Image(bits, false).Words[0];
            float[] expected = [.. words.Select(w => w / (float)((1 << bits) - 1))];
            (string Name, string Kind, byte[] Content)[] files =
            [
                ("a.jp2", "jp2", TestCodecs.Jpeg2000(words, Columns, Rows, 1, bits, isFile: true)),
                ("a.j2k", "jp2", TestCodecs.Jpeg2000(words, Columns, Rows, 1, bits)),
                ("a.jls", "jls", TestCodecs.JpegLs(words, Columns, Rows, 1, bits)),
            ];
            foreach ((string name, string kind, byte[] content) in files)
            {
                string path = _folder.Write(name, content);
                Assert.Equal(expected, RadiographReader.Read(path, new RadiographFormat(Rows, Columns)));
                RadiographDescription description = RadiographDescription.Of(path);
                Assert.Null(description.Error);
                Assert.Equal((kind, bits), (description.Kind, description.BitsStored));
                Assert.Equal((words.Min(), words.Max()), (description.Min, description.Max));
                InvalidDataException error = Assert.Throws<InvalidDataException>(() =>
                    RadiographReader.Read(_folder.Write("cut." + name, content[..(content.Length * 2 / 3)]), new RadiographFormat(8, 8))
                );
                Assert.Contains("cut." + name, error.Message, StringComparison.Ordinal);
            }
        }
    }

    [Theory]
    [InlineData(DicomWriter.JpegLs)]
    [InlineData(DicomWriter.Jpeg2000)]
    public void A_truncated_image_is_an_error_wherever_it_ends(string syntax)
    {
        Require(syntax);
        WrittenImage image = Image(12, false) with { Syntax = syntax };
        byte[] coded = Coded(image);
        for (int length = 0; length < coded.Length - 2; length += 7)
        {
            int cut = length;
            Assert.Throws<InvalidDataException>(() => Extracted(Encapsulated(image, coded[..cut])));
        }
    }

    [Theory]
    [InlineData(DicomWriter.JpegLs)]
    [InlineData(DicomWriter.Jpeg2000)]
    public void An_image_of_another_shape_than_the_header_says_is_refused(string syntax)
    {
        Require(syntax);
        WrittenImage image = Image(12, false) with { Syntax = syntax };
        byte[] coded = Coded(image);
        Refused(image with { Columns = Columns + 1 }, coded, "37 x 29 pixels of 1 components, and its header says 38 x 29 of 1");
        Refused(image with { Samples = 3, Photometric = "RGB" }, coded, "of 3");
        Refused(image with { Allocated = 8, Stored = 8 }, coded, "have 12 bits, and 8 are allocated");
    }

    [Fact]
    public void What_a_JPEG_2000_header_makes_the_decoder_allocate_is_bounded()
    {
        TestCodecs.RequireOpenJpeg();
        WrittenImage image = Image(12, false) with { Syntax = DicomWriter.Jpeg2000 };
        byte[] coded = Coded(image);
        int size = TestCodecs.Marker(coded, 0x51),
            style = TestCodecs.Marker(coded, 0x52);
        // 4,096 x 4,096 tiles of a pixel.
        byte[] tiles = Changed(size + 6, 0, 0, 16, 0, 0, 0, 16, 0);
        tiles = Changed(tiles, size + 22, 0, 0, 0, 1, 0, 0, 0, 1);
        Refused(image with { Columns = 4096, Rows = 4096 }, tiles, "tiles");
        // Code-blocks of 4 x 4 pixels, and as many layers as there can be.
        byte[] large = Changed(size + 6, 0, 0, 16, 0, 0, 0, 16, 0);
        large = Changed(large, size + 22, 0, 0, 16, 0, 0, 0, 16, 0);
        large = Changed(large, style + 10, 0, 0);
        Refused(image with { Columns = 4096, Rows = 4096 }, Changed(large, style + 6, 255, 255), "code-blocks and layers");
        // An unknown marker, in whose segment the decoder would look for known ones.
        Refused(image, Changed(style, 0xFF, 0x70), "headers");
        // Components of other sizes, and too many bits.
        Refused(image, Changed(size + 41, 2), "unlike sizes");
        Refused(image, Changed(size + 40, 20), "21 bits");

        byte[] Changed(object first, params object[] more) =>
            first is byte[] content ? Patch(content, (int)more[0], more[1..]) : Patch(coded, (int)first, more);

        static byte[] Patch(byte[] content, int at, object[] values)
        {
            byte[] patched = [.. content];
            for (int i = 0; i < values.Length; i++)
                patched[at + i] = (byte)(int)values[i];
            return patched;
        }
    }

    [Fact]
    public void A_registered_decoder_takes_precedence_and_data_say_what_they_are()
    {
        TestCodecs.RequireCharLs();
        // A syntax that no other test uses: registrations belong to the process.
        const string Syntax = "1.2.840.10008.1.2.4.93";
        WrittenImage image = Image(8, false) with { Syntax = Syntax };
        byte[] coded = TestCodecs.JpegLs(image.Words[0], Columns, Rows, 1, 8);
        DicomCodecs.Register(Syntax, frame => DicomCodecs.Recognize(frame.Data.Span)!(frame));
        Assert.Equal(image.Expected(0), Extracted(Encapsulated(image, coded)));
        Assert.Null(DicomCodecs.Recognize(TestJpeg.Sequential(image.Words[0], Columns, Rows, 8)));
        Assert.Null(DicomCodecs.Recognize([]));
    }

    [Fact]
    public void An_absent_library_is_named_with_how_to_install_it()
    {
        var absent = new NativeCodec("X-ray", "Libnone 1", "apt-get install libnone1", "none", ["libnone.so.1"]);
        Assert.False(absent.IsPresent);
        InvalidDataException error = Assert.Throws<InvalidDataException>(absent.Require);
        Assert.Equal("CXR2108", CxrError.CodeOf(error));
        Assert.Contains("Libnone 1 decodes, and that is not installed (apt-get install libnone1)", error.Message, StringComparison.Ordinal);
    }

    /// <summary>
    /// In a process of its own, since a decoder is native code. HTJ2K is left out: see ADR 19. <see cref="DamagedFiles"/> says how to make the run
    /// longer.
    /// </summary>
    [Fact]
    public void Damaged_images_are_read_or_refused_in_bounded_time_and_memory()
    {
        TestCodecs.RequireOpenJpeg();
        TestCodecs.RequireCharLs();
        var child = ChildTest.Run<CodecTests>(nameof(Child_decodes_damaged_images));
        Assert.True(child.ExitCode == 0, child.Output);
    }

    [Fact(Explicit = true)]
    public void Child_decodes_damaged_images()
    {
        WrittenImage grey = Image(12, false),
            signed = Image(16, true),
            colour = Colour();
        DamagedFiles.Read(
            [
                Coded(grey with { Syntax = DicomWriter.JpegLs }),
                Coded(grey with { Syntax = DicomWriter.JpegLsNear, Near = 3 }),
                Coded(colour with { Syntax = DicomWriter.JpegLs, Interleaving = 0 }),
                Coded(colour with { Syntax = DicomWriter.JpegLs, Interleaving = 1 }),
                Coded(colour with { Syntax = DicomWriter.JpegLs, Interleaving = 2 }),
                Coded(grey with { Syntax = DicomWriter.Jpeg2000 }),
                Coded(grey with { Syntax = DicomWriter.Jpeg2000Lossy }),
                Coded(colour with { Syntax = DicomWriter.Jpeg2000, Photometric = "YBR_RCT" }),
                TestCodecs.Jpeg2000(colour.Words[0], Columns, Rows, 3, 8, isFile: true),
                TestCodecs.Jpeg2000(grey.Words[0], Columns, Rows, 1, 12, isFile: true),
                (grey with { Syntax = DicomWriter.JpegLs, HasOffsetTable = true, FragmentsPerFrame = 2 }).File(),
                (signed with { Syntax = DicomWriter.JpegLs }).File(),
                (colour with { Syntax = DicomWriter.JpegLs, Interleaving = 2 }).File(),
                (grey with { Syntax = DicomWriter.Jpeg2000 }).File(),
                (signed with { Syntax = DicomWriter.Jpeg2000, HasOffsetTable = true, FragmentsPerFrame = 3 }).File(),
                (grey with { Syntax = DicomWriter.Jpeg2000Lossy }).File(),
                (colour with { Syntax = DicomWriter.Jpeg2000, Photometric = "YBR_RCT" }).File(),
            ],
            6_000
        );
    }

    private static void Require(string syntax)
    {
        if (syntax is DicomWriter.JpegLs or DicomWriter.JpegLsNear)
            TestCodecs.RequireCharLs();
        else
            TestCodecs.RequireOpenJpeg();
    }

    private static void Refused(WrittenImage image, byte[] coded, string said)
    {
        InvalidDataException error = Assert.Throws<InvalidDataException>(() =>
            DicomImage.Of(DicomFile.Read(Encapsulated(image, coded)), RadiographLimits.Default).Decode()
        );
        Assert.Contains(said, error.Message, StringComparison.Ordinal);
    }

    private static byte[] Encapsulated(WrittenImage image, byte[] coded) =>
        DicomWriter.File(
            image.Syntax,
            (image with { Syntax = DicomWriter.ExplicitLittle }).Elements(
                new WrittenElement(0x7FE0_0010, "OB", []) { Fragments = [[], WrittenElement.Padded(coded, 0)] }
            )
        );

    private static byte[] Coded(WrittenImage image) =>
        DicomFile.Read(image.File()).Data.Find(DicomTags.PixelData)!.Fragments![1].ToArray();

    private static int[] Extracted(byte[] content)
    {
        DicomImage image = DicomImage.Of(DicomFile.Read(content), 1 << 20);
        int[] values = image.Decode();
        image.Extract(values);
        return values;
    }

    private static WrittenImage Image(int bits, bool signed)
    {
        var random = new Random(bits);
        int largest = (1 << bits) - 1;
        int[] words =
        [
            .. from y in Enumerable.Range(0, Rows)
            from x in Enumerable.Range(0, Columns)
            let shape = (0.5 + (0.4 * Math.Sin(x / 7.0) * Math.Cos(y / 9.0)) + (x > 20 && y > 10 ? 0.2 : 0)) * largest
            let value = (x + y) % 50 == 0 ? (x % 2) * largest : Math.Clamp((int)shape + random.Next(-3, 4), 0, largest)
            let stored = signed ? value - (1 << (bits - 1)) : value
            select stored & (bits == 8 ? 0xFF : 0xFFFF),
        ];
        return new WrittenImage(Columns, Rows, [words]) { Allocated = bits == 8 ? 8 : 16, Stored = bits, Signed = signed };
    }

    private static WrittenImage Colour()
    {
        WrittenImage grey = Image(8, false);
        return grey with { Words = [[.. grey.Words[0].SelectMany((w, i) => new[] { w, 255 - w, (i * 3) & 255 })]], Samples = 3, Photometric = "RGB" };
    }
}
