using System.Buffers.Binary;
using System.Text;
using NetVips;

namespace CxrAnnotate.Tests;

/// <summary>Pictures of the less common kinds, and what is refused: by the reader and by the description alike.</summary>
public sealed class PictureFormatTests : IDisposable
{
    private const int Width = 200,
        Height = 150;

    private readonly ScratchFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(8, Enums.ForeignTiffCompression.None)]
    [InlineData(8, Enums.ForeignTiffCompression.Deflate)]
    [InlineData(16, Enums.ForeignTiffCompression.Lzw)]
    [InlineData(16, Enums.ForeignTiffCompression.Deflate)]
    public void A_tiled_TIFF_is_read_whole_or_not_at_all(int bits, Enums.ForeignTiffCompression compression)
    {
        byte[] whole = Tiled(bits, compression);
        float[] expected =
        [
            .. Enumerable.Range(0, Width * Height).Select(i => Ramp(i, bits) / (float)((1 << bits) - 1)),
        ];
        Assert.Equal(expected, Read("whole.tif", whole, Width, Height));
        int data = 8,
            directory = (int)BinaryPrimitives.ReadUInt32LittleEndian(whole.AsSpan(4));
        // Bytes of the tiles are lost: the file ends early where the directory precedes them, else they are overwritten.
        foreach (double share in (double[])[0.2, 0.5])
        {
            byte[] damaged = [.. whole];
            if (directory < 64)
                damaged = damaged[..(int)(damaged.Length * share)];
            else if (compression == Enums.ForeignTiffCompression.None)
                damaged = Patched(damaged, offset: (uint)(whole.Length - 100));
            else
                damaged.AsSpan(data + (int)((directory - data) * share), (directory - data) / 4).Fill(0xAA);
            Refused("damaged.tif", damaged, "CXR2102");
        }
    }

    [Fact]
    public void A_compression_that_is_not_built_in_is_an_error_in_tiles_too()
    {
        foreach (ushort compression in (ushort[])[50_000, 34_712, 50_001])
        {
            byte[] tiff = Tiled(8, Enums.ForeignTiffCompression.Deflate);
            int entry = Entry(tiff, 259);
            BinaryPrimitives.WriteUInt16LittleEndian(tiff.AsSpan(entry + 8), compression);
            Refused("compressed.tif", tiff, "CXR2102");
        }
    }

    [Fact]
    public void Unknown_tags_of_a_TIFF_do_no_harm()
    {
        byte[] tiff = Tiled(8, Enums.ForeignTiffCompression.Deflate);
        // The resolution's unit becomes a private tag, out of order.
        BinaryPrimitives.WriteUInt16LittleEndian(tiff.AsSpan(Entry(tiff, 296)), 65_000);
        Assert.Equal(Read("whole.tif", Tiled(8, Enums.ForeignTiffCompression.Deflate), Width, Height), Read("tags.tif", tiff, Width, Height));
    }

    [Fact]
    public void An_error_speaks_of_its_own_file()
    {
        byte[] tiff = Tiled(8, Enums.ForeignTiffCompression.Deflate);
        byte[] damaged = [.. tiff];
        damaged.AsSpan(200, 60).Fill(0xAA);
        byte[] png = RadiographWriter.EncodePng(new byte[Width * Height], Width, Height);
        string[] paths =
        [
            .. Enumerable
                .Range(0, 40)
                .Select(i => _folder.Write($"patient-{i}", i % 4 == 0 ? damaged : i % 4 == 1 ? png[..^30] : i % 4 == 2 ? tiff[..400] : png)),
        ];
        var format = new RadiographFormat(16, 16);
        LoadedRadiograph[] one = RadiographFiles.LoadAll(paths, format, threads: 1, cancellation: TestContext.Current.CancellationToken),
            many = RadiographFiles.LoadAll(paths, format, threads: 8, cancellation: TestContext.Current.CancellationToken);
        for (int i = 0; i < paths.Length; i++)
        {
            Assert.Equal(i % 4 == 3, one[i].Error is null);
            Assert.Equal(one[i].Error, many[i].Error);
            // Files of one kind have one message, but for their names.
            Assert.Equal(Unnamed(i % 4), Unnamed(i));
            Assert.All(
                paths.Where(path => path != paths[i]),
                other => Assert.DoesNotContain(other + "'", one[i].Error ?? "", StringComparison.Ordinal)
            );
        }

        string? Unnamed(int i) => one[i].Error?.Replace(paths[i], "", StringComparison.Ordinal);
    }

    [Fact]
    public void Texts_of_earlier_errors_are_taken_away()
    {
        byte[] damaged = Tiled(8, Enums.ForeignTiffCompression.Deflate);
        damaged.AsSpan(200, 60).Fill(0xAA);
        using (Image tolerated = Image.TiffloadBuffer(damaged, failOn: Enums.FailOn.None))
            tolerated.WriteToMemory<byte>();
        using (VipsErrors.Alone())
            Assert.DoesNotContain("tiff2vips", new VipsException("nothing").Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_photograph_with_a_gain_map_is_read_as_a_JPEG()
    {
        byte[] ramp = [.. Enumerable.Range(0, 64 * 64).Select(i => (byte)(i / 32))];
        using Image grey = Image.NewFromMemoryCopy<byte>(ramp, 64, 64, 1, Enums.BandFormat.Uchar);
        using Image colour = grey.Colourspace(Enums.Interpretation.Srgb);
        using Image bright = colour.Colourspace(Enums.Interpretation.Scrgb) * 4.0;
        byte[] photograph = bright.Copy(interpretation: Enums.Interpretation.Scrgb).UhdrsaveBuffer(q: 95);
        using (Image taken = Image.NewFromBuffer(photograph))
            Assert.StartsWith("uhdrload", (string)taken.Get("vips-loader"), StringComparison.Ordinal);
        using (Image plain = Image.JpegloadBuffer(photograph))
        {
            byte[] stored = plain.WriteToMemory<byte>();
            Assert.Equal(
                stored.Chunk(plain.Bands).Select(p => plain.Bands < 3 ? p[0] / 255f : Luma.Of(p[0], p[1], p[2], 255)),
                Read("photo.jpg", photograph, 64, 64)
            );
        }

        RadiographDescription description = RadiographDescription.Of(_folder.Write("photo.jpg", photograph));
        Assert.Equal(("jpeg", 64, 64, null), (description.Kind, description.Rows, description.Columns, description.Error));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(8)]
    public void Bitmaps_of_a_palette_are_read(int bits)
    {
        int[] index = [.. Enumerable.Range(0, 13 * 7).Select(i => i * 5 % (1 << bits))];
        float[] expected = [.. index.Select(i => Palette(i, bits) / 255f)];
        Assert.Equal(expected, Read("a.bmp", Bmp(13, 7, bits, 0, PaletteRows(index, 13, 7, bits)), 13, 7));
        RadiographDescription description = RadiographDescription.Of(Path.Combine(_folder.Path, "a.bmp"));
        Assert.Equal(("bmp", "grey", 8, null), (description.Kind, description.Photometric, description.BitsStored, description.Error));
        Refused("cut.bmp", Bmp(13, 7, bits, 0, PaletteRows(index, 13, 7, bits))[..^5], "CXR2102");
    }

    [Fact]
    public void Run_lengths_of_8_bits_are_read()
    {
        // From below: five of 7, then literal 1 2 3 (padded); a skip of one to the right in the next row, then two of 9.
        byte[] runs = [5, 7, 0, 3, 1, 2, 3, 0, 0, 0, 0, 2, 1, 0, 2, 9, 0, 1];
        int[] below = [7, 7, 7, 7, 7, 1, 2, 3],
            above = [0, 9, 9, 0, 0, 0, 0, 0];
        Assert.Equal([.. above.Concat(below).Select(i => Palette(i, 8) / 255f)], Read("a.bmp", Bmp(8, 2, 8, 1, runs), 8, 2));
        Refused("cut.bmp", Bmp(8, 2, 8, 1, runs[..9]), "CXR2102");
        Refused("high.bmp", Bmp(8, 2, 8, 1, [5, 7, 0, 0, 0, 0, 0, 0, 3, 3, 0, 1]), "CXR2102");
    }

    [Fact]
    public void Run_lengths_of_4_bits_are_read()
    {
        byte[] runs = [5, 0x7A, 0, 3, 0x12, 0x30, 0, 0, 8, 0x44, 0, 1];
        int[] below = [7, 10, 7, 10, 7, 1, 2, 3];
        Assert.Equal(
            [.. Enumerable.Repeat(4, 8).Concat(below).Select(i => Palette(i, 4) / 255f)],
            Read("a.bmp", Bmp(8, 2, 4, 2, runs), 8, 2)
        );
    }

    [Fact]
    public void Bitmaps_of_16_and_32_bits_are_read_with_and_without_masks()
    {
        ushort[] values = [0, 0x7FFF, 0x7C00, 0x03E0, 0x001F, 0x1234];
        byte[] rows = [.. values.SelectMany(BitConverter.GetBytes)];
        Assert.Equal([.. values.Select(v => Grey(v >> 10 & 31, 31, v >> 5 & 31, 31, v & 31, 31))], Read("a.bmp", Bmp(6, 1, 16, 0, rows), 6, 1));
        Assert.Equal(
            [.. values.Select(v => Grey(v >> 11, 31, v >> 5 & 63, 63, v & 31, 31))],
            Read("a.bmp", Bmp(6, 1, 16, 3, rows, 0xF800, 0x07E0, 0x001F), 6, 1)
        );
        Assert.Equal(
            [Grey(3, 255, 2, 255, 1, 255), Grey(30, 255, 20, 255, 10, 255)],
            Read("a.bmp", Bmp(2, 1, 32, 3, [0, 1, 2, 3, 0, 10, 20, 30], 0xFF000000, 0xFF0000, 0xFF00), 2, 1)
        );

        static float Grey(int r, int rFull, int g, int gFull, int b, int bFull) =>
            Luma.Of(((r * 255) + (rFull / 2)) / rFull, ((g * 255) + (gFull / 2)) / gFull, ((b * 255) + (bFull / 2)) / bFull, 255);
    }

    [Theory]
    [InlineData(10)]
    [InlineData(12)]
    [InlineData(14)]
    public void A_TIFF_of_samples_that_are_not_whole_bytes_is_read(int bits)
    {
        const int Columns = 13,
            Rows = 5;
        int[] values = [.. Enumerable.Range(0, Columns * Rows).Select(i => i * 997 % (1 << bits))];
        int full = (1 << bits) - 1;
        byte[] packed = Packed(values, Columns, bits);
        Assert.Equal([.. values.Select(v => v / (float)full)], Read("a.tif", ImageBytes.Tiff(Columns, Rows, bits, 1, packed), Columns, Rows));
        Assert.Equal(
            [.. values.Select(v => (full - v) / (float)full)],
            Read("a.tif", ImageBytes.Tiff(Columns, Rows, bits, 1, packed, whiteIsZero: true), Columns, Rows)
        );
        RadiographDescription description = RadiographDescription.Of(_folder.Write("a.tif", ImageBytes.Tiff(Columns, Rows, bits, 1, packed)));
        Assert.Equal((bits, values.Min(), values.Max(), null), (description.BitsStored, description.Min, description.Max, description.Error));
        byte[] colour = Packed([.. values.SelectMany(v => new[] { v, full - v, v / 2 })], 3 * Columns, bits);
        Assert.Equal(
            [.. values.Select(v => Luma.Of(v, full - v, v / 2, full))],
            Read("a.tif", ImageBytes.Tiff(Columns, Rows, bits, 3, colour), Columns, Rows)
        );
        byte[] contradicting = ImageBytes.Tiff(Columns, Rows, bits, 1, packed[..^9]);
        Refused("short.tif", contradicting, "CXR2102");
        Refused("bits.tif", ImageBytes.Tiff(Columns, Rows, 24, 1, new byte[3 * Columns * Rows]), "CXR2105");
    }

    [Theory]
    [InlineData(Enums.BandFormat.Short)]
    [InlineData(Enums.BandFormat.Uint)]
    [InlineData(Enums.BandFormat.Int)]
    [InlineData(Enums.BandFormat.Float)]
    public void A_TIFF_whose_samples_have_no_white_is_scaled_by_its_range(Enums.BandFormat type)
    {
        float[] values = [.. Enumerable.Range(0, 12).Select(i => (type == Enums.BandFormat.Uint ? 3 : -1000) + (i * 250f))];
        using Image numbers = Image.NewFromMemoryCopy<float>(values, 4, 3, 1, Enums.BandFormat.Float);
        byte[] tiff = numbers.Cast(type).TiffsaveBuffer(compression: Enums.ForeignTiffCompression.Deflate);
        float[] read = Read("a.tif", tiff, 4, 3);
        for (int i = 0; i < read.Length; i++)
            Assert.Equal(i / 11f, read[i], 1e-6f);
        RadiographDescription description = RadiographDescription.Of(Path.Combine(_folder.Path, "a.tif"));
        Assert.Null(description.Error);
        Assert.Equal(type == Enums.BandFormat.Short ? -1000 : null, description.Min);
    }

    [Fact]
    public void What_is_not_a_number_is_black()
    {
        using Image numbers = Image.NewFromMemoryCopy<float>([float.NaN, 1, 3, float.PositiveInfinity], 4, 1, 1, Enums.BandFormat.Float);
        Assert.Equal([0f, 0f, 1f, 1f], Read("a.tif", numbers.TiffsaveBuffer(), 4, 1));
    }

    [Fact]
    public void Netpbm_files_are_read()
    {
        Assert.Equal([0f, 100 / 255f, 1f, 7 / 255f], Read("a.pgm", [.. "P5\n# made by hand\n2 2\n255\n"u8, 0, 100, 255, 7], 2, 2));
        Assert.Equal([0f, 4095 / 4095f, 256 / 4095f], Read("a.pgm", [.. "P5 3 1 4095\n"u8, 0, 0, 15, 255, 1, 0], 3, 1));
        Assert.Equal([1 / 65535f, 1f], Read("a.pgm", [.. "P5 2 1 65535\n"u8, 0, 1, 255, 255], 2, 1));
        Assert.Equal([0f, 0.5f, 1f], Read("a.pgm", Encoding.ASCII.GetBytes("P2\n3 1\n# white\n10\n0 5\n10"), 3, 1));
        Assert.Equal([Luma.Of(1, 2, 3, 255)], Read("a.ppm", [.. "P6 1 1 255\n"u8, 1, 2, 3], 1, 1));
        Assert.Equal([Luma.Of(1, 2, 3, 9)], Read("a.ppm", Encoding.ASCII.GetBytes("P3 1 1 9 1 2 3"), 1, 1));
        Assert.Equal([0f, 1f, 1f, 0f], Read("a.pbm", Encoding.ASCII.GetBytes("P1 2 2 10 01"), 2, 2));
        Assert.Equal([.. "0111111101"u8.ToArray().Select(c => c - '0' + 0f)], Read("a.pbm", [.. "P4 10 1\n"u8, 0x80, 0x80], 10, 1));
        RadiographDescription description = RadiographDescription.Of(_folder.Write("a.pgm", [.. "P5 3 1 4095\n"u8, 0, 0, 15, 255, 1, 0]));
        Assert.Equal(("pnm", 16, 0, 4095, null), (description.Kind, description.BitsStored, description.Min, description.Max, description.Error));
        string[] broken = ["P5 2 2 255\nabc", "P2 2 1 10\n1", "P2 2 1 10\n1 11", "P5 2", "P5 0 1 255\n", "P2 1 1 70000 1", "P3 a b c"];
        foreach (string damaged in broken)
            Refused("cut.pgm", Encoding.ASCII.GetBytes(damaged), "CXR2102");
        Refused("large.pgm", Encoding.ASCII.GetBytes("P5 30000 30000 255\n"), "CXR2103");
    }

    [Theory]
    [InlineData("<?xml version='1.0'?>\n<svg xmlns='http://www.w3.org/2000/svg' width='5' height='5'/>", "it is an SVG drawing, not a radiograph")]
    [InlineData("%PDF-1.7\n", "it is a PDF document, not a radiograph")]
    [InlineData("<!doctype html><html><body>not found</body></html>", "it is a web page, not a radiograph")]
    [InlineData("1 2 3\n4 5 6\n", "it is a text file, not a radiograph")]
    [InlineData("PK\u0003\u0004\u0000\u0000", "it is a ZIP archive, not a radiograph")]
    [InlineData("\u0001\u0002\u0003\u0004", "it is not an image of a known format")]
    public void What_is_not_a_picture_is_refused_by_all_in_words_that_say_what_it_is(string content, string said) =>
        Assert.Contains(said, Refused("picture.png", Encoding.Latin1.GetBytes(content), "CXR2101"), StringComparison.Ordinal);

    [Fact]
    public void A_chunk_of_a_WebP_that_is_longer_than_the_file_is_damage_in_a_file_and_in_memory()
    {
        using Image black = Image.Black(8, 8);
        byte[] webp = [.. black.WebpsaveBuffer(lossless: true), .. "JUNK"u8, 0xFF, 0xFF, 0xFF, 0xFF];
        BinaryPrimitives.WriteUInt32LittleEndian(webp.AsSpan(4), (uint)webp.Length - 8);
        string message = Refused("chunk.webp", webp, "CXR2102"),
            inMemory = Assert
                .Throws<InvalidDataException>(() =>
                    RadiographReader.Read(new RadiographFile("chunk.webp", webp), new RadiographFormat(8, 8), new float[64])
                )
                .Message;
        Assert.Equal(RadiographReader.ReasonIn(message), RadiographReader.ReasonIn(inMemory));
    }

    [Fact]
    public void A_row_of_millions_of_pixels_is_refused_whatever_the_other_limits_allow()
    {
        byte[] png = HostilePictures.Zeros(60_000_000, 1, 8, 0);
        InvalidDataException error = Assert.Throws<InvalidDataException>(() =>
            RadiographReader.Read(
                new RadiographFile("wide.png", png[..74]),
                new RadiographFormat(8, 8, MaximumSide: int.MaxValue, MaximumAspectRatio: double.MaxValue),
                new float[64]
            )
        );
        Assert.Contains("MaximumBytes", error.Message, StringComparison.Ordinal);
    }

    private static int Ramp(int i, int bits) => (int)((i % Width * 31L) + (i / Width * 173L)) % (1 << bits);

    private static byte[] Tiled(int bits, Enums.ForeignTiffCompression compression)
    {
        int[] values = [.. Enumerable.Range(0, Width * Height).Select(i => Ramp(i, bits))];
        using Image picture =
            bits == 8
                ? Image.NewFromMemoryCopy<byte>([.. values.Select(v => (byte)v)], Width, Height, 1, Enums.BandFormat.Uchar)
                : Image.NewFromMemoryCopy<ushort>([.. values.Select(v => (ushort)v)], Width, Height, 1, Enums.BandFormat.Ushort);
        using Image grey = picture.Copy(interpretation: bits == 8 ? Enums.Interpretation.Bw : Enums.Interpretation.Grey16);
        return grey.TiffsaveBuffer(compression: compression, tile: true, tileWidth: 64, tileHeight: 64);
    }

    /// <summary>Where the entry of a tag lies in a little-endian TIFF.</summary>
    private static int Entry(ReadOnlySpan<byte> tiff, ushort tag)
    {
        int directory = (int)BinaryPrimitives.ReadUInt32LittleEndian(tiff[4..]);
        for (int at = directory + 2; ; at += 12)
        {
            if (BinaryPrimitives.ReadUInt16LittleEndian(tiff[at..]) == tag)
                return at;
        }
    }

    /// <summary>The last tile moved to where the file ends.</summary>
    private static byte[] Patched(byte[] tiff, uint offset)
    {
        int entry = Entry(tiff, 324);
        int count = (int)BinaryPrimitives.ReadUInt32LittleEndian(tiff.AsSpan(entry + 4)),
            list = (int)BinaryPrimitives.ReadUInt32LittleEndian(tiff.AsSpan(entry + 8));
        BinaryPrimitives.WriteUInt32LittleEndian(tiff.AsSpan(list + (4 * (count - 1))), offset);
        return tiff;
    }

    private static int Palette(int index, int bits) => 255 - (index * 255 / ((1 << bits) - 1));

    internal static byte[] PaletteRows(int[] index, int width, int height, int bits)
    {
        int stride = ((width * bits) + 31) / 32 * 4;
        byte[] rows = new byte[stride * height];
        for (int y = 0; y < height; y++)
        {
            for (int x = 0; x < width; x++)
                rows[((height - 1 - y) * stride) + (x * bits / 8)] |= (byte)(index[(y * width) + x] << (8 - bits - (x * bits % 8)));
        }

        return rows;
    }

    internal static byte[] Bmp(int width, int height, int bits, int compression, byte[] pixels, params uint[] masks)
    {
        int colours = bits <= 8 ? 1 << bits : 0,
            start = 54 + (4 * colours) + (4 * masks.Length);
        using var file = new MemoryStream();
        using var writer = new BinaryWriter(file);
        writer.Write("BM"u8);
        foreach (int value in (int[])[start + pixels.Length, 0, start, 40, width, height])
            writer.Write(value);
        writer.Write((ushort)1);
        writer.Write((ushort)bits);
        foreach (int value in (int[])[compression, pixels.Length, 2835, 2835, colours, 0])
            writer.Write(value);
        foreach (uint mask in masks)
            writer.Write(mask);
        for (int i = 0; i < colours; i++)
            writer.Write([(byte)Palette(i, bits), (byte)Palette(i, bits), (byte)Palette(i, bits), 0]);
        writer.Write(pixels);
        return file.ToArray();
    }

    /// <summary>Samples one after another from the highest bit on; each row begins with a byte.</summary>
    internal static byte[] Packed(int[] values, int perRow, int bits)
    {
        int stride = ((perRow * bits) + 7) / 8;
        byte[] rows = new byte[stride * (values.Length / perRow)];
        for (int i = 0; i < values.Length; i++)
        {
            for (int bit = 0; bit < bits; bit++)
            {
                int at = (i % perRow * bits) + bit;
                if ((values[i] >> (bits - 1 - bit) & 1) != 0)
                    rows[(i / perRow * stride) + (at / 8)] |= (byte)(0x80 >> (at % 8));
            }
        }

        return rows;
    }

    private float[] Read(string name, byte[] content, int width, int height) =>
        RadiographReader.Read(_folder.Write(name, content), new RadiographFormat(height, width));

    /// <summary>The reader and the description refuse a file for the same reason; returns it.</summary>
    private string Refused(string name, byte[] content, string code)
    {
        string path = _folder.Write(name, content);
        InvalidDataException error = Assert.Throws<InvalidDataException>(() => RadiographReader.Read(path, new RadiographFormat(16, 16)));
        Assert.Contains(path, error.Message, StringComparison.Ordinal);
        Assert.Equal(code, CxrError.CodeOf(error));
        string? described = RadiographDescription.Of(path).Error;
        Assert.StartsWith(code, described, StringComparison.Ordinal);
        return error.Message;
    }
}
