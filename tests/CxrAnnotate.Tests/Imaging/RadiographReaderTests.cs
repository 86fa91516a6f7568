using CsCheck;
using NetVips;

namespace CxrAnnotate.Tests;

public sealed class RadiographReaderTests : IDisposable
{
    private readonly ScratchFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("png")]
    [InlineData("bmp")]
    [InlineData("dcm")]
    public void A_content_in_memory_reads_as_its_file_and_errors_use_its_name(string kind)
    {
        byte[] grey = [.. Enumerable.Range(0, 64).Select(i => (byte)(i * 3))];
        string path = _folder.Write("image." + kind, kind == "bmp" ? ImageBytes.Bmp(8, 8, 8, grey) : ImageBytes.Png(8, 8, 8, ImageBytes.Grey, grey));
        if (kind == "dcm")
            DicomFileWriter.Save(path, grey, 8, 8, "image", "study", "patient", "PA", "nobody");
        byte[] content = File.ReadAllBytes(path);
        float[] pixels = new float[24];
        RadiographReader.Read(new RadiographFile("an upload", content), new RadiographFormat(4, 6), pixels);
        Assert.Equal(RadiographReader.Read(path, new RadiographFormat(4, 6)), pixels);
        InvalidDataException error = Assert.Throws<InvalidDataException>(() =>
            RadiographReader.Read(new RadiographFile("an upload", content[..^40]), new RadiographFormat(4, 6), new float[24])
        );
        Assert.Contains("The radiograph 'an upload' cannot be read: ", error.Message, StringComparison.Ordinal);
        Assert.Throws<InvalidDataException>(() =>
            RadiographReader.Read(new RadiographFile("an upload", []), new RadiographFormat(4, 6), new float[24])
        );
    }

    [Fact]
    public void Grey_of_8_bits_is_divided_by_255_in_every_format_without_loss() =>
        Gen.Select(Gen.Int[1, 40], Gen.Int[1, 40])
            .SelectMany(size => Gen.Byte.Array[size.Item1 * size.Item2].Select(samples => (Width: size.Item1, Height: size.Item2, Samples: samples)))
            .Sample(
                p =>
                {
                    float[] expected = [.. p.Samples.Select(sample => sample / 255f)];
                    Assert.Equal(expected, Read("a.png", ImageBytes.Png(p.Width, p.Height, 8, ImageBytes.Grey, p.Samples), p.Width, p.Height));
                    Assert.Equal(expected, Read("a.tif", ImageBytes.Tiff(p.Width, p.Height, 8, 1, p.Samples), p.Width, p.Height));
                    Assert.Equal(
                        [.. p.Samples.Select(sample => (255 - sample) / 255f)],
                        Read("a.bmp", ImageBytes.Bmp(p.Width, p.Height, 8, p.Samples), p.Width, p.Height)
                    );
                    Assert.Equal(expected, Read("ours.png", RadiographWriter.EncodePng(p.Samples, p.Width, p.Height), p.Width, p.Height));
                },
                iter: 30,
                threads: 1
            );

    [Fact]
    public void Grey_of_16_bits_is_divided_by_65535()
    {
        ushort[] values = [0, 1, 255, 256, 4095, 32768, 65534, 65535];
        float[] expected = [.. values.Select(value => value / 65535f)];
        Assert.Equal(
            expected,
            Read("a.png", ImageBytes.Png(4, 2, 16, ImageBytes.Grey, [.. values.SelectMany(value => (byte[])[(byte)(value >> 8), (byte)value])]), 4, 2)
        );
        Assert.Equal(expected, Read("a.tif", ImageBytes.Tiff(4, 2, 16, 1, [.. values.SelectMany(BitConverter.GetBytes)]), 4, 2));
    }

    [Fact]
    public void Colour_becomes_luma_and_alpha_is_dropped()
    {
        byte[] colours = [255, 0, 0, 0, 255, 0, 0, 0, 255, 10, 100, 200];
        float[] expected = [0.299f, 0.587f, 0.114f, (float)(((299 * 10) + (587 * 100) + (114 * 200)) / 255000.0)];
        Assert.Equal(expected, Read("a.png", ImageBytes.Png(2, 2, 8, ImageBytes.Colour, colours), 2, 2));
        Assert.Equal(expected, Read("a.tif", ImageBytes.Tiff(2, 2, 8, 3, colours), 2, 2));
        Assert.Equal(expected, Read("a.bmp", ImageBytes.Bmp(2, 2, 24, [.. colours.Chunk(3).SelectMany(c => c.Reverse())]), 2, 2));
        byte[] withAlpha = [.. colours.Chunk(3).SelectMany((c, i) => c.Append((byte)(i * 80)))];
        Assert.Equal(expected, Read("a.png", ImageBytes.Png(2, 2, 8, ImageBytes.ColourAlpha, withAlpha), 2, 2));
        Assert.Equal([7 / 255f, 9 / 255f], Read("a.png", ImageBytes.Png(2, 1, 8, ImageBytes.GreyAlpha, [7, 0, 9, 128]), 2, 1));
    }

    [Fact]
    public void A_grey_picture_stored_in_colour_gives_exactly_the_grey_values() =>
        Gen
            .Byte.Array[12]
            .Sample(
                samples =>
                    Assert.Equal(
                        Read("grey.png", ImageBytes.Png(4, 3, 8, ImageBytes.Grey, samples), 4, 3),
                        Read("colour.png", ImageBytes.Png(4, 3, 8, ImageBytes.Colour, [.. samples.SelectMany(s => Enumerable.Repeat(s, 3))]), 4, 3)
                    ),
                iter: 30,
                threads: 1
            );

    [Fact]
    public void A_TIFF_in_which_zero_is_white_is_inverted() =>
        Assert.Equal([1f, 0f], Read("a.tif", ImageBytes.Tiff(2, 1, 8, 1, [0, 255], whiteIsZero: true), 2, 1));

    [Fact]
    public void A_JPEG_is_close_to_what_was_compressed_and_shrinking_while_decoding_agrees_with_shrinking_after()
    {
        // Smooth, so that what compression loses is far below what is asserted.
        const int Width = 1600;
        const int Height = 1100;
        byte[] samples =
        [
            .. Enumerable
                .Range(0, Width * Height)
                .Select(i => (byte)Math.Round(127.5 + (60 * Math.Sin(i % Width / 200.0)) + (60 * Math.Cos(i / Width / 150.0)))),
        ];
        byte[] jpeg;
        using (Image picture = Image.NewFromMemoryCopy<byte>(samples, Width, Height, 1, Enums.BandFormat.Uchar))
            jpeg = picture.JpegsaveBuffer(q: 95);
        byte[] png = RadiographWriter.EncodePng(samples, Width, Height);
        foreach (ImageFit fit in Enum.GetValues<ImageFit>())
        {
            foreach (int size in (int[])[32, 100, 256, 1000])
            {
                float[] decoded = Read("a.jpg", jpeg, size, size, fit);
                float[] exact = Read("a.png", png, size, size, fit);
                for (int i = 0; i < exact.Length; i++)
                    Assert.Equal(exact[i], decoded[i], 0.03f);
            }
        }
    }

    [Fact]
    public void A_JPEG_with_an_orientation_is_set_upright()
    {
        byte[] samples = [.. Enumerable.Range(0, 64 * 32).Select(i => i % 64 < 32 ? (byte)0 : byte.MaxValue)];
        using Image picture = Image.NewFromMemoryCopy<byte>(samples, 64, 32, 1, Enums.BandFormat.Uchar);
        using Image turned = picture.Mutate(p => p.Set(GValue.GIntType, "orientation", 6)); // the first row is the right side
        float[] upright = Read("a.jpg", turned.JpegsaveBuffer(q: 100), 32, 64);
        Assert.Equal(0f, upright[..(32 * 28)].Average(), 0.02f);
        Assert.Equal(1f, upright[(32 * 36)..].Average(), 0.02f);
    }

    [Fact]
    public void Brackets_in_a_name_have_no_meaning() =>
        Assert.Equal([1f], Read("a[page=3] ü.png", ImageBytes.Png(1, 1, 8, ImageBytes.Grey, [255]), 1, 1));

    [Fact]
    public void Decoding_twice_and_in_parallel_gives_the_same_bits_in_the_order_of_the_paths()
    {
        string[] paths =
        [
            .. Enumerable
                .Range(0, 24)
                .Select(i =>
                    _folder.Write(
                        $"{i}.png",
                        RadiographWriter.EncodePng(
                            [.. new Random(i).GetItems<byte>([.. Enumerable.Range(0, 256).Select(v => (byte)v)], 90 * 70)],
                            90,
                            70
                        )
                    )
                ),
        ];
        var format = new RadiographFormat(32, 32);
        LoadedRadiograph[] one = RadiographFiles.LoadAll(paths, format, threads: 1, cancellation: TestContext.Current.CancellationToken);
        LoadedRadiograph[] many = RadiographFiles.LoadAll(paths, format, threads: 8, cancellation: TestContext.Current.CancellationToken);
        for (int i = 0; i < paths.Length; i++)
        {
            Assert.Equal(RadiographReader.Read(paths[i], format), one[i].Pixels);
            Assert.Equal(one[i].Pixels, many[i].Pixels);
        }
    }

    [Fact]
    public void Bulk_reading_reports_bad_files_in_their_places_and_stops_on_cancellation()
    {
        string good = _folder.Write("good.png", ImageBytes.Png(1, 1, 8, ImageBytes.Grey, [51]));
        LoadedRadiograph[] loaded = RadiographFiles.LoadAll(
            [good, "absent.png", good],
            new RadiographFormat(1, 1),
            cancellation: TestContext.Current.CancellationToken
        );
        Assert.Equal([0.2f], loaded[0].Pixels!);
        Assert.Null(loaded[1].Pixels);
        Assert.Contains("absent.png", loaded[1].Error, StringComparison.Ordinal);
        Assert.Equal([0.2f], loaded[2].Pixels!);
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();
        Assert.Throws<OperationCanceledException>(() => RadiographFiles.LoadAll([good], new RadiographFormat(1, 1), cancellation: cancelled.Token));
    }

    [Fact]
    public void A_missing_file_is_named() => Fails(Path.Combine(_folder.Path, "absent.png"), "no such file");

    [Fact]
    public void A_folder_is_not_a_radiograph() => Fails(_folder.Path, "folder");

    [Fact]
    public void An_empty_path_is_rejected() => Fails("", "no path");

    [Fact]
    public void A_file_without_bytes_is_rejected() => Fails(_folder.Write("empty.png", ""), "no bytes");

    [Theory]
    [InlineData("image,annotation\na.png,normal\n", "a text file")]
    [InlineData("1 2 3\n4 5 6\n", "a text file")]
    [InlineData("<svg xmlns='http://www.w3.org/2000/svg' width='5' height='5'/>", "an SVG drawing")]
    [InlineData("not an image", "a text file")]
    [InlineData("P", "known format")]
    public void A_text_file_with_the_name_of_a_picture_is_rejected(string text, string said) => Fails(_folder.Write("text.png", text), said);

    [Theory]
    [InlineData(10_000, 10_000)]
    [InlineData(1_000_000, 1_000)]
    public void A_header_of_too_many_pixels_is_rejected_before_any_allocation(int width, int height)
    {
        byte[] png = [.. ImageBytes.PngHeader(width, height, 8, ImageBytes.Grey), .. ImageBytes.Chunk("IDAT", [0x78, 0x9C, 1])];
        string path = _folder.Write("huge.png", png);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Fails(path, "MaximumPixels");
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 4_000_000);

        byte[] bmp = ImageBytes.Bmp(1, 1, 24, [0, 0, 0]);
        BitConverter.TryWriteBytes(bmp.AsSpan(18), width);
        BitConverter.TryWriteBytes(bmp.AsSpan(22), height);
        Fails(_folder.Write("huge.bmp", bmp), "MaximumPixels");
    }

    [Fact]
    public void The_largest_number_of_pixels_is_an_option()
    {
        string path = _folder.Write("a.png", ImageBytes.Png(3, 3, 8, ImageBytes.Grey, new byte[9]));
        Assert.Equal(new float[4], RadiographReader.Read(path, new RadiographFormat(2, 2, MaximumPixels: 9)));
        Assert.Throws<InvalidDataException>(() => RadiographReader.Read(path, new RadiographFormat(2, 2, MaximumPixels: 8)));
    }

    [Fact]
    public void A_truncated_file_is_rejected_wherever_it_ends()
    {
        byte[] noise = [.. new Random(3).GetItems<byte>([.. Enumerable.Range(0, 256).Select(v => (byte)v)], 200 * 200)];
        byte[] jpeg;
        using (Image picture = Image.NewFromMemoryCopy<byte>(noise, 200, 200, 1, Enums.BandFormat.Uchar))
            jpeg = picture.JpegsaveBuffer();
        (string Name, byte[] Content)[] files =
        [
            ("a.png", ImageBytes.Png(200, 200, 8, ImageBytes.Grey, noise)),
            ("a.jpg", jpeg),
            ("a.bmp", ImageBytes.Bmp(200, 200, 8, noise)),
            ("a.tif", ImageBytes.Tiff(200, 200, 8, 1, noise)),
        ];
        foreach ((string name, byte[] content) in files)
        {
            foreach (double share in (double[])[0.01, 0.3, 0.9])
            {
                string path = _folder.Write(name, content[..(int)(content.Length * share)]);
                foreach (ImageFit fit in Enum.GetValues<ImageFit>())
                {
                    InvalidDataException error = Assert.Throws<InvalidDataException>(() =>
                        RadiographReader.Read(path, new RadiographFormat(16, 32, fit))
                    );
                    Assert.Contains(path, error.Message, StringComparison.Ordinal);
                }
            }
        }
    }

    [Fact]
    public void Damaged_bytes_give_a_picture_or_an_error_that_names_the_file()
    {
        byte[] png = ImageBytes.Png(20, 20, 8, ImageBytes.Grey, new byte[400]);
        byte[] bmp = ImageBytes.Bmp(20, 20, 8, new byte[400]);
        Gen.Select(Gen.Bool, Gen.Int[2, 60], Gen.Byte.Array[1, 4])
            .Sample(
                (bitmap, at, values) =>
                {
                    byte[] content = [.. bitmap ? bmp : png];
                    values.CopyTo(content, at);
                    string path = _folder.Write("broken", content);
                    try
                    {
                        Assert.All(RadiographReader.Read(path, new RadiographFormat(8, 8)), pixel => Assert.InRange(pixel, 0f, 1f));
                    }
                    catch (InvalidDataException e)
                    {
                        Assert.Contains(path, e.Message, StringComparison.Ordinal);
                    }
                },
                iter: 600,
                threads: 1
            );
    }

    [Fact]
    public void Written_pictures_are_read_back_and_the_bytes_are_reproducible()
    {
        byte[] grey = [.. Enumerable.Range(0, 60).Select(i => (byte)(i * 4))];
        string path = Path.Combine(_folder.Path, "a.png");
        RadiographWriter.SavePng(path, grey, 10, 6);
        Assert.Equal([.. grey.Select(g => g / 255f)], RadiographReader.Read(path, new RadiographFormat(6, 10)));
        Assert.Equal(File.ReadAllBytes(path), RadiographWriter.EncodePng(grey, 10, 6));
        Assert.Equal(grey, RadiographWriter.ToBytes(RadiographReader.Read(path, new RadiographFormat(6, 10))));
        Assert.Throws<ArgumentException>(() => RadiographWriter.EncodePng(grey, 10, 7));
    }

    [Fact]
    public void The_Open_i_images_are_read_and_an_original_padded_to_a_square_is_its_small_copy()
    {
        string[] small = Directory.GetFiles(TestData.Require("openi/images"), "*.jpg");
        Assert.Equal(8, small.Length);
        var format = new RadiographFormat(256, 256);
        Assert.All(
            RadiographFiles.LoadAll(small, format, cancellation: TestContext.Current.CancellationToken),
            image => Assert.InRange(image.Pixels!.Average(), 0.1f, 0.9f)
        );
        foreach (string original in Directory.GetFiles(TestData.Require("openi/images"), "*.png"))
        {
            float[] shrunk = RadiographReader.Read(original, format with { Fit = ImageFit.Pad });
            float[] copy = RadiographReader.Read(Path.ChangeExtension(original, ".jpg"), format);
            Assert.InRange(shrunk.Zip(copy, (a, b) => Math.Abs(a - b)).Average(), 0f, 0.02f);
        }
    }

    private float[] Read(string name, byte[] content, int width, int height, ImageFit fit = ImageFit.Squeeze) =>
        RadiographReader.Read(_folder.Write(name, content), new RadiographFormat(height, width, fit));

    private static void Fails(string path, string because)
    {
        InvalidDataException error = Assert.Throws<InvalidDataException>(() => RadiographReader.Read(path, new RadiographFormat(8, 8)));
        Assert.Contains($"'{path}'", error.Message, StringComparison.Ordinal);
        Assert.Contains(because, error.Message, StringComparison.Ordinal);
    }
}
