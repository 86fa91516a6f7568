using System.Text;
using NetVips;

namespace CxrAnnotate.Tests;

/// <summary>Damaged pictures of every kind that is read.</summary>
public sealed class PictureFuzzTests
{
    private const int Columns = 21,
        Rows = 18;

    [Fact]
    public void Damaged_pictures_are_read_or_refused_in_bounded_time_and_memory()
    {
        var child = ChildTest.Run<PictureFuzzTests>(nameof(Child_reads_damaged_pictures));
        Assert.True(child.ExitCode == 0, child.Output);
    }

    [Fact(Explicit = true)]
    public void Child_reads_damaged_pictures() => DamagedFiles.Read([.. Bitmaps(), .. Netpbm(), .. Tiffs(), .. Others()], 6_000);

    private static IEnumerable<byte[]> Bitmaps()
    {
        int[] Index(int bits) => [.. Values(bits)];
        foreach (int bits in (int[])[1, 4, 8])
            yield return PictureFormatTests.Bmp(Columns, Rows, bits, 0, PictureFormatTests.PaletteRows(Index(bits), Columns, Rows, bits));
        yield return PictureFormatTests.Bmp(8, 2, 8, 1, [5, 7, 0, 3, 1, 2, 3, 0, 0, 0, 0, 2, 1, 0, 2, 9, 0, 1]);
        yield return PictureFormatTests.Bmp(8, 2, 4, 2, [5, 0x7A, 0, 3, 0x12, 0x30, 0, 0, 8, 0x44, 0, 1]);
        byte[] words = [.. Values(16).Take(20 * Rows).SelectMany(v => BitConverter.GetBytes((ushort)v))];
        yield return PictureFormatTests.Bmp(20, Rows, 16, 0, words);
        yield return PictureFormatTests.Bmp(20, Rows, 16, 3, words, 0xF800, 0x07E0, 0x001F);
        yield return PictureFormatTests.Bmp(10, Rows, 32, 3, words, 0xFF000000, 0xFF0000, 0xFF00);
        yield return ImageBytes.Bmp(4, 5, 24, words[..60]);
    }

    private static IEnumerable<byte[]> Netpbm()
    {
        foreach (string text in (string[])["P1 4 2 1001 0110", "P2\n# grey\n3 2\n4095\n0 5 10 4000 7 9", "P3 2 1 9 1 2 3 4 5 6"])
            yield return Encoding.ASCII.GetBytes(text);
        yield return [.. "P4 10 2\n"u8, 0x80, 0x80, 0x7F, 0xC0];
        yield return [.. "P5\n# by hand\n3 2\n255\n"u8, 0, 100, 255, 7, 8, 9];
        yield return [.. "P5 3 1 4095\n"u8, 0, 0, 15, 255, 1, 0];
        yield return [.. "P6 2 1 255\n"u8, 1, 2, 3, 4, 5, 6];
        yield return [.. "P6 1 1 65535\n"u8, 1, 2, 3, 4, 5, 6];
    }

    private static IEnumerable<byte[]> Tiffs()
    {
        using Image grey = Grey(),
            deep = Deep(),
            colour = grey.Bandjoin(grey.Invert(), grey.Rot180()).Copy(interpretation: Enums.Interpretation.Srgb),
            black = (grey > 127).Copy(interpretation: Enums.Interpretation.Bw);
        foreach (
            Enums.ForeignTiffCompression compression in (Enums.ForeignTiffCompression[])
                [
                    Enums.ForeignTiffCompression.None,
                    Enums.ForeignTiffCompression.Deflate,
                    Enums.ForeignTiffCompression.Lzw,
                    Enums.ForeignTiffCompression.Packbits,
                ]
        )
        {
            yield return grey.TiffsaveBuffer(compression: compression, tileHeight: 5);
            yield return grey.TiffsaveBuffer(compression: compression, tile: true, tileWidth: 16, tileHeight: 16);
            yield return deep.TiffsaveBuffer(
                compression: compression,
                predictor: Enums.ForeignTiffPredictor.Horizontal,
                tile: true,
                tileWidth: 16,
                tileHeight: 16
            );
            yield return colour.TiffsaveBuffer(compression: compression, tileHeight: 7, bigtiff: true);
        }

        yield return colour.TiffsaveBuffer(compression: Enums.ForeignTiffCompression.Jpeg, q: 90, tile: true, tileWidth: 16, tileHeight: 16);
        yield return black.TiffsaveBuffer(compression: Enums.ForeignTiffCompression.Ccittfax4, bitdepth: 1);
        yield return grey.TiffsaveBuffer(pyramid: true, tile: true, tileWidth: 16, tileHeight: 16);
        foreach (Enums.BandFormat type in (Enums.BandFormat[])[Enums.BandFormat.Short, Enums.BandFormat.Int, Enums.BandFormat.Float])
        {
            using Image numbers = grey.Cast(type);
            yield return numbers.TiffsaveBuffer(compression: Enums.ForeignTiffCompression.Deflate);
        }

        foreach (int bits in (int[])[10, 12, 14])
        {
            byte[] packed = PictureFormatTests.Packed([.. Values(bits)], Columns, bits);
            yield return ImageBytes.Tiff(Columns, Rows, bits, 1, packed);
            yield return ImageBytes.Tiff(Columns / 3, Rows, bits, 3, packed);
        }

        yield return ImageBytes.Tiff(Columns, Rows, 8, 1, [.. Values(8).Select(v => (byte)v)], whiteIsZero: true);
    }

    private static IEnumerable<byte[]> Others()
    {
        using Image grey = Grey(),
            deep = Deep();
        yield return grey.PngsaveBuffer();
        yield return deep.PngsaveBuffer(interlace: true);
        yield return grey.PngsaveBuffer(palette: true, bitdepth: 4);
        yield return grey.JpegsaveBuffer(q: 80);
        yield return grey.JpegsaveBuffer(q: 80, interlace: true);
        yield return grey.WebpsaveBuffer(lossless: true);
        yield return grey.GifsaveBuffer();
    }

    private static Image Grey() =>
        Image
            .NewFromMemoryCopy<byte>([.. Values(8).Select(v => (byte)v)], Columns, Rows, 1, Enums.BandFormat.Uchar)
            .Copy(interpretation: Enums.Interpretation.Bw);

    private static Image Deep() =>
        Image
            .NewFromMemoryCopy<ushort>([.. Values(16).Select(v => (ushort)v)], Columns, Rows, 1, Enums.BandFormat.Ushort)
            .Copy(interpretation: Enums.Interpretation.Grey16);

    private static IEnumerable<int> Values(int bits) => Enumerable.Range(0, Columns * Rows).Select(i => i * i * 37 % (1 << bits));
}
