using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using NetVips;

namespace CxrAnnotate.Tests;

/// <summary>Small files that demand much: each is valid, at least as far as a reader can see without the cost.</summary>
internal static class HostilePictures
{
    private const int Grey = 0,
        ColourAlpha = 6;

    /// <summary>The error code that each must cause.</summary>
    internal static IEnumerable<(string Name, string Code, Func<byte[]> Content)> Refused =>
        [
            ("line.png", "CXR2103", () => Zeros(1_000_000, 1, 8, Grey)),
            ("column.png", "CXR2103", () => Zeros(1, 1_000_000, 8, Grey)),
            ("shape.png", "CXR2107", () => Zeros(30_000, 100, 8, Grey)),
            ("interlaced.png", "CXR2103", () => Zeros(6_000, 6_000, 16, ColourAlpha, interlaced: true)),
            ("line.jpg", "CXR2103", () => Jpeg(0xC0, 65_535, 1, 1)),
            ("progressive.jpg", "CXR2103", () => Jpeg(0xC2, 8_000, 7_900, 3)),
            (
                "scans.jpg",
                "CXR2103",
                () =>
                    [
                        .. Jpeg(0xC2, 6_000, 6_000, 3),
                        .. Enumerable.Repeat((byte[])[0xFF, 0xDA, 0, 8, 1, 1, 0, 1, 63, 0, 0x55], 3_000).SelectMany(scan => scan),
                    ]
            ),
            ("parts.jpg", "CXR2103", () => Jpeg(0xC0, 8_000, 7_900, 3, scanned: 1)),
            ("line.tif", "CXR2103", () => ImageBytes.Tiff(1_000_000, 1, 8, 1, new byte[1_000_000])),
            ("shape.tif", "CXR2107", () => ImageBytes.Tiff(1, 30_000, 8, 1, new byte[30_000])),
            ("tiles.tif", "CXR2103", () => Tiff(big: false, 1, (256, 64), (257, 64), (322, 1 << 20), (323, 1 << 20))),
            ("tiles.big.tif", "CXR2103", () => Tiff(big: true, 1, (256, 64), (257, 64), (322, 1 << 20), (323, 1 << 20))),
            ("planes.tif", "CXR2103", () => Tiff(big: false, 1, (256, 8_000), (257, 8_000), (258, 16), (277, 4), (278, 8_000), (284, 2))),
            ("pages.tif", "CXR2103", () => Tiff(big: false, 20_000, (256, 64), (257, 64))),
            ("loop.tif", "CXR2103", () => Tiff(big: false, 0, (256, 64), (257, 64))),
            ("line.gif", "CXR2103", () => Gif(65_535, 1, 1)),
            ("large.gif", "CXR2103", () => Gif(7_000, 7_000, 1)),
            ("frames.gif", "CXR2103", () => Gif(64, 64, 100_000)),
            ("large.webp", "CXR2103", () => Webp(8_000, 7_900)),
            (
                "frames.webp",
                "CXR2103",
                () => [.. Webp(64, 64), .. Enumerable.Repeat((byte[])[.. "ANMF"u8, 0, 0, 0, 0], 50_000).SelectMany(chunk => chunk)]
            ),
            ("line.bmp", "CXR2103", () => Bmp(1_000_000, 1)),
            ("line.dcm", "CXR2103", () => Dicom(DicomWriter.ExplicitLittle, 1, 65_535, 1, new byte[2 * 65_535])),
            ("shape.dcm", "CXR2107", () => Dicom(DicomWriter.ExplicitLittle, 30_000, 100, 1, new byte[2 * 3_000_000])),
            ("large.dcm", "CXR2103", () => Dicom(DicomWriter.ExplicitLittle, 7_900, 8_000, 1, [])),
            (
                "large.rle.dcm",
                "CXR2103",
                () =>
                    DicomWriter.File(
                        DicomWriter.Rle,
                        new WrittenImage(
                            7_900,
                            8_000,
                            [
                                [],
                            ]
                        )
                        {
                            Syntax = DicomWriter.ExplicitLittle,
                        }.Elements(
                            new WrittenElement(0x7FE0_0010, "OB", [])
                            {
                                Fragments =
                                [
                                    [],
                                    new byte[64],
                                ],
                            }
                        )
                    )
            ),
            ("deflated.large.dcm", "CXR2103", () => Deflated(7_900, 8_000, 1, 0)),
            ("deflated.behind.dcm", "CXR2104", () => Deflated(64, 64, 1, 600 << 20)),
            ("deflated.header.dcm", "CXR2203", () => DeflatedHeader()),
            (
                "text.dcm",
                "CXR2205",
                () =>
                    DicomWriter.File(
                        DicomWriter.ExplicitLittle,
                        new WrittenImage(8, 8, [new int[64]]).Elements(
                            new WrittenElement(0x0028_1050, "UT", Encoding.ASCII.GetBytes(new string('\\', 1 << 20)))
                        )
                    )
            ),
        ];

    /// <summary>Files that are radiographs, or nearly, followed by much that need not be read.</summary>
    internal static IEnumerable<(string Name, Func<byte[]> Content)> Readable =>
        [
            ("behind.dcm", () => Deflated(64, 64, 1, 100 << 20)),
            ("frames.dcm", () => Deflated(64, 64, int.MaxValue, 600 << 20)),
            ("strips.tif", () => ImageBytes.Tiff(3_000, 3_000, 8, 1, new byte[9_000_000])),
            ("interlaced.png", () => Zeros(512, 512, 16, ColourAlpha, interlaced: true)),
            ("progressive.jpg", Progressive),
        ];

    /// <summary>A black PNG of any size; the rows of all passes are zeros, and so are their filters.</summary>
    internal static byte[] Zeros(int width, int height, int depth, int colour, bool interlaced = false)
    {
        int bits = depth * (colour == ColourAlpha ? 4 : 1);
        (int X, int Y, int Across, int Down)[] passes = interlaced
            ? [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
            : [(0, 0, 1, 1)];
        long bytes = passes.Sum(pass => (long)Count(height, pass.Y, pass.Down) * (1 + (((long)Count(width, pass.X, pass.Across) * bits) + 7) / 8));
        using var packed = new MemoryStream();
        using (var deflate = new ZLibStream(packed, CompressionLevel.Fastest, leaveOpen: true))
            Write(deflate, bytes);
        byte[] header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        (header[8], header[9], header[12]) = ((byte)depth, (byte)colour, (byte)(interlaced ? 1 : 0));
        return
        [
            .. ImageBytes.PngHeader(1, 1, 8, 0)[..8],
            .. ImageBytes.Chunk("IHDR", header),
            .. ImageBytes.Chunk("IDAT", packed.ToArray()),
            .. ImageBytes.Chunk("IEND", []),
        ];

        static int Count(int all, int first, int step) => (all - first + step - 1) / step;
    }

    /// <summary>A JPEG up to its first scan, without tables: its demands are known by then.</summary>
    private static byte[] Jpeg(byte frame, int width, int height, byte components, byte? scanned = null) =>
        [
            0xFF,
            0xD8,
            0xFF,
            frame,
            0,
            (byte)(8 + (3 * components)),
            8,
            (byte)(height >> 8),
            (byte)height,
            (byte)(width >> 8),
            (byte)width,
            components,
            .. Enumerable.Range(1, components).SelectMany(c => (byte[])[(byte)c, 0x11, 0]),
            0xFF,
            0xDA,
            0,
            (byte)(6 + (2 * (scanned ?? components))),
            scanned ?? components,
            .. Enumerable.Range(1, scanned ?? components).SelectMany(c => (byte[])[(byte)c, 0]),
            0,
            63,
            0,
        ];

    private static byte[] Progressive()
    {
        using Image black = Image.Black(256, 256);
        return black.JpegsaveBuffer(interlace: true);
    }

    private static byte[] Webp(int width, int height)
    {
        using Image black = Image.Black(width, height);
        return black.WebpsaveBuffer(lossless: true, effort: 0);
    }

    /// <summary>Consecutive directories; for zero pages, the first links to itself.</summary>
    private static byte[] Tiff(bool big, int pages, params (int Tag, int Value)[] entries)
    {
        using var file = new MemoryStream();
        using var writer = new BinaryWriter(file);
        writer.Write("II"u8);
        writer.Write((ushort)(big ? 43 : 42));
        if (big)
            writer.Write(0x0000_0008);
        Offset(big ? 16 : 8);
        for (int page = 0; page < Math.Max(pages, 1); page++)
        {
            long here = file.Position;
            if (big)
                writer.Write((long)entries.Length);
            else
                writer.Write((ushort)entries.Length);
            foreach ((int tag, int value) in entries)
            {
                writer.Write((ushort)tag);
                writer.Write((ushort)4);
                Offset(1);
                Offset(value);
            }

            Offset(
                pages == 0 ? here
                : page + 1 == pages ? 0
                : file.Position + (big ? 8 : 4)
            );
        }

        return file.ToArray();

        void Offset(long value)
        {
            if (big)
                writer.Write(value);
            else
                writer.Write((int)value);
        }
    }

    private static byte[] Gif(int width, int height, int frames)
    {
        byte[] frame = [0x2C, 0, 0, 0, 0, (byte)width, (byte)(width >> 8), (byte)height, (byte)(height >> 8), 0, 2, 2, 0x44, 1, 0];
        return
        [
            .. "GIF89a"u8,
            (byte)width,
            (byte)(width >> 8),
            (byte)height,
            (byte)(height >> 8),
            0x80,
            0,
            0,
            0,
            0,
            0,
            255,
            255,
            255,
            .. Enumerable.Repeat(frame, frames).SelectMany(f => f),
            0x3B,
        ];
    }

    private static byte[] Bmp(int width, int height)
    {
        byte[] small = ImageBytes.Bmp(1, 1, 24, [1, 2, 3]);
        BinaryPrimitives.WriteInt32LittleEndian(small.AsSpan(18), width);
        BinaryPrimitives.WriteInt32LittleEndian(small.AsSpan(22), height);
        return small;
    }

    private static byte[] Dicom(string syntax, int columns, int rows, int frames, byte[] pixels) =>
        DicomWriter.File(syntax, Elements(columns, rows, frames, new WrittenElement(0x7FE0_0010, "OW", pixels)));

    private static IReadOnlyList<WrittenElement> Elements(int columns, int rows, int frames, params WrittenElement[] more) =>
        new WrittenImage(
            columns,
            rows,
            [
                [],
            ]
        ).Elements([WrittenElement.Text(0x0028_0008, "IS", $"{frames}"), .. more]);

    /// <summary>A deflated file whose pixel data have the given number of bytes.</summary>
    internal static byte[] Deflated(int columns, int rows, int frames, long behind)
    {
        byte[] whole = Dicom(DicomWriter.Deflated, columns, rows, frames, []);
        byte[] set = DicomWriter.Set(Elements(columns, rows, frames, new WrittenElement(0x7FE0_0010, "OW", [])), true, false);
        long bytes = Math.Max((2L * columns * rows) + behind, 0);
        BinaryPrimitives.WriteUInt32LittleEndian(set.AsSpan(set.Length - 4), (uint)bytes);
        return Deflated(
            whole,
            deflate =>
            {
                deflate.Write(set);
                Write(deflate, bytes);
            }
        );
    }

    /// <summary>A deflated file of a single private element.</summary>
    private static byte[] DeflatedHeader()
    {
        byte[] set = DicomWriter.Set([new WrittenElement(0x0009_1001, "OB", [])], true, false);
        BinaryPrimitives.WriteUInt32LittleEndian(set.AsSpan(set.Length - 4), 200 << 20);
        return Deflated(
            Dicom(DicomWriter.Deflated, 8, 8, 1, []),
            deflate =>
            {
                deflate.Write(set);
                Write(deflate, 200 << 20);
            }
        );
    }

    private static byte[] Deflated(byte[] whole, Action<Stream> write)
    {
        using var file = new MemoryStream();
        // The meta information ends with the syntax; the rest is deflated.
        file.Write(whole, 0, whole.AsSpan().IndexOf("1.2.840.10008.1.2.1.99"u8) + 22);
        using (var deflate = new DeflateStream(file, CompressionLevel.Fastest, leaveOpen: true))
            write(deflate);
        return file.ToArray();
    }

    private static void Write(Stream stream, long zeros)
    {
        byte[] block = new byte[1 << 16];
        for (; zeros > 0; zeros -= block.Length)
            stream.Write(block, 0, (int)Math.Min(zeros, block.Length));
    }
}
