using System.Buffers.Binary;
using System.IO.Compression;

namespace CxrAnnotate.Tests;

/// <summary>Small files of every syntax, and damage done to them.</summary>
internal static class DicomMutations
{
    private static readonly uint[] _interesting =
    [
        0,
        1,
        2,
        3,
        7,
        8,
        15,
        16,
        31,
        32,
        127,
        128,
        255,
        256,
        4095,
        4096,
        32767,
        32768,
        65534,
        65535,
        65536,
        0x7FFF_FFFE,
        0x7FFF_FFFF,
        0x8000_0000,
        0xFFFF_FFFE,
        0xFFFF_FFFF,
        0xFFFE_E000,
        0xE000_FFFE,
        0xE00D_FFFE,
        0xE0DD_FFFE,
        0x0010_7FE0,
        // Representations: "--", "UN", "un".
        0x2D2D,
        0x4E55,
        0x6E75,
    ];

    /// <summary>The files that damage begins with.</summary>
    internal static IReadOnlyList<byte[]> Seeds()
    {
        var random = new Random(20160627);
        int[] Frame(int bits, int count) =>
            [.. Enumerable.Range(0, count).Select(i => random.Next(4) == 0 ? random.Next(1 << bits) : (i * 37) & ((1 << bits) - 1))];
        WrittenElement[] presentation =
        [
            WrittenElement.Text(0x0010_0010, "PN", "Mustermann^Erika"),
            WrittenElement.Text(0x0028_1050, "DS", "100\\200"),
            WrittenElement.Text(0x0028_1051, "DS", "150.5\\300"),
            WrittenElement.Text(0x0028_1052, "DS", "-20.5"),
            WrittenElement.Text(0x0028_1053, "DS", "-1.25"),
            WrittenElement.Text(0x0028_1056, "CS", "SIGMOID"),
            WrittenElement.Words(0x0028_0120, "US", 3),
            WrittenElement.Text(0x2050_0020, "CS", "INVERSE"),
        ];
        WrittenElement Lut(uint tag, bool undefined, ushort first) =>
            WrittenElement.Sequence(
                tag,
                undefined,
                [
                    WrittenElement.Words(0x0028_3002, "US", 16, first, 16),
                    WrittenElement.Words(0x0028_3006, "OW", [.. Enumerable.Range(0, 16).Select(i => (ushort)(i * 4369))]),
                ]
            );
        WrittenElement[] tables =
        [
            Lut(0x0028_3000, false, 5),
            Lut(0x0028_3010, true, 1000),
            WrittenElement.Sequence(0x0008_1140, true, [WrittenElement.Text(0x0008_1150, "UI", "1.2.3"), Lut(0x0008_1115, true, 0)], []),
        ];
        WrittenElement[] palette =
        [
            .. Enumerable.Range(0, 3).Select(i => WrittenElement.Words(0x0028_1101 + (uint)i, "US", 256, 0, 16)),
            .. Enumerable
                .Range(0, 3)
                .Select(i => WrittenElement.Words(0x0028_1201 + (uint)i, "OW", [.. Enumerable.Range(0, 256).Select(v => (ushort)(v * (200 + i)))])),
        ];
        WrittenElement[] names =
        [
            WrittenElement.Text(0x0008_0005, "CS", "\\ISO 2022 IR 87\\ISO 2022 IR 159"),
            WrittenElement.Bytes(
                0x0010_0010,
                "PN",
                [.. "Yamada^Tarou="u8, 0x1B, .. "$B;3ED"u8, 0x1B, .. "(B^"u8, 0x1B, .. "$BB@O:"u8, 0x1B, .. "(B"u8]
            ),
        ];
        var grey = new WrittenImage(6, 5, [Frame(12, 30)]) { Stored = 12 };
        var bytes = new WrittenImage(5, 3, [Frame(8, 15), Frame(8, 15)])
        {
            Allocated = 8,
            Stored = 8,
            PixelVr = "OB",
        };
        var colour = new WrittenImage(4, 4, [Frame(8, 48)])
        {
            Allocated = 8,
            Stored = 8,
            Samples = 3,
            Photometric = "RGB",
            PixelVr = "OB",
        };
        return
        [
            grey.File(presentation),
            grey.File(tables),
            (grey with { Photometric = "MONOCHROME1" }).File(WrittenStart.Bare, names),
            (grey with { Syntax = DicomWriter.ImplicitLittle, Signed = true }).File(WrittenStart.NoPreamble, tables),
            (grey with { Syntax = DicomWriter.ImplicitLittle }).File(WrittenStart.NoMeta, presentation),
            (grey with { Syntax = DicomWriter.ExplicitBig, Signed = true, High = 14 }).File(tables),
            (grey with { Syntax = DicomWriter.Deflated }).File([.. presentation, .. names]),
            (grey with { Syntax = DicomWriter.Rle }).File(),
            (grey with { Syntax = DicomWriter.JpegExtended, FragmentsPerFrame = 2 }).File(presentation),
            (grey with { Syntax = DicomWriter.JpegLossless, Predictor = 7, Signed = true }).File(),
            (grey with { Syntax = DicomWriter.JpegLosslessFirst, Stored = 16 }).File(presentation),
            bytes.File(),
            (bytes with { Syntax = DicomWriter.ExplicitBig, PixelVr = "OW" }).File(palette[..0]),
            (bytes with { Photometric = "PALETTE COLOR" }).File(palette),
            (bytes with { Syntax = DicomWriter.Rle, HasOffsetTable = true }).File(),
            (bytes with { Syntax = DicomWriter.JpegBaseline, FragmentsPerFrame = 3, HasOffsetTable = true }).File(),
            colour.File(),
            (colour with { Planar = true }).File(),
            (colour with { Syntax = DicomWriter.Rle }).File(),
            (colour with { Syntax = DicomWriter.Encapsulated, HasOffsetTable = true }).File(),
            (colour with { Syntax = DicomWriter.JpegLossless, Predictor = 4 }).File(),
            (colour with { Photometric = "YBR_FULL_422" }).File(),
            (colour with { Syntax = DicomWriter.JpegBaseline, Photometric = "YBR_FULL_422" }).File(),
            (colour with { Syntax = DicomWriter.JpegBaseline, Photometric = "YBR_FULL" }).File(),
            .. Deflated(grey, bytes, tables),
            .. Segmented(bytes),
            .. TestCodecs.EncodesJpegLs ? JpegLs(grey, bytes, colour) : [],
            .. Lenient(grey, bytes, tables),
        ];
    }

    /// <summary>Deflated data sets: of several frames, with sequences, and with a header of zlib, which does not belong there.</summary>
    private static IEnumerable<byte[]> Deflated(WrittenImage grey, WrittenImage bytes, WrittenElement[] tables)
    {
        byte[] raw = (grey with { Syntax = DicomWriter.Deflated }).File();
        using var inflated = new MemoryStream();
        int start = DataSetAt(raw);
        using (var deflate = new DeflateStream(new MemoryStream(raw[start..]), CompressionMode.Decompress))
            deflate.CopyTo(inflated);
        using var wrapped = new MemoryStream();
        using (var zlib = new ZLibStream(wrapped, CompressionLevel.Optimal, leaveOpen: true))
            zlib.Write(inflated.ToArray());
        return
        [
            (bytes with { Syntax = DicomWriter.Deflated }).File(),
            (grey with { Syntax = DicomWriter.Deflated, Signed = true }).File(tables),
            [.. raw[..start], .. wrapped.ToArray()],
            // Not deflated at all.
            [.. raw[..start], .. inflated.ToArray()],
        ];

        // The meta information states its length in its first element, after the preamble, the mark and the element's own header.
        static int DataSetAt(byte[] file) => 144 + BinaryPrimitives.ReadInt32LittleEndian(file.AsSpan(140));
    }

    /// <summary>Palettes of discrete, linear and indirect segments (PS3.3, C.7.9.2), of 16 and of 8 bits.</summary>
    private static IEnumerable<byte[]> Segmented(WrittenImage bytes)
    {
        // Segments of 8 bits are bytes.
        WrittenElement[] Palette(ushort entries, ushort bits, params ushort[] segments) =>
            [
                .. Enumerable.Range(0, 3).Select(i => WrittenElement.Words(0x0028_1101 + (uint)i, "US", entries, 0, bits)),
                .. Enumerable
                    .Range(0, 3)
                    .Select(i =>
                        bits == 8
                            ? WrittenElement.Bytes(0x0028_1221 + (uint)i, "OW", [.. segments.Select(s => (byte)s)])
                            : WrittenElement.Words(0x0028_1221 + (uint)i, "OW", segments)
                    ),
            ];
        WrittenImage palette = bytes with { Words = [bytes.Words[0]], Photometric = "PALETTE COLOR" };
        return
        [
            palette.File(Palette(256, 16, 0, 4, 1, 2, 3, 4, 1, 250, 65535, 0, 2, 9, 8)),
            // The third segment repeats the first two.
            palette.File(Palette(256, 16, 0, 2, 7, 9, 1, 126, 30000, 2, 2, 0, 0)),
            palette.File(Palette(256, 8, 0, 6, 1, 2, 3, 4, 5, 6, 1, 250, 255)),
            (palette with { Syntax = DicomWriter.ExplicitBig, PixelVr = "OW" }).File(Palette(256, 16, 0, 1, 5, 1, 255, 60000)),
        ];
    }

    private static IEnumerable<byte[]> JpegLs(WrittenImage grey, WrittenImage bytes, WrittenImage colour) =>
        [
            (grey with { Syntax = DicomWriter.JpegLs }).File(),
            (grey with { Syntax = DicomWriter.JpegLsNear, Near = 2, FragmentsPerFrame = 2 }).File(),
            (bytes with { Syntax = DicomWriter.JpegLs, HasOffsetTable = true }).File(),
            (colour with { Syntax = DicomWriter.JpegLs }).File(),
            (colour with { Syntax = DicomWriter.JpegLs, Interleaving = 1 }).File(),
            (colour with { Syntax = DicomWriter.JpegLs, Interleaving = 2 }).File(),
        ];

    /// <summary>Files that do not keep to the standard and are read with a note.</summary>
    private static IEnumerable<byte[]> Lenient(WrittenImage grey, WrittenImage bytes, WrittenElement[] tables)
    {
        WrittenElement Pixels(params byte[][] fragments) => new(0x7FE0_0010, "OB", []) { Fragments = fragments };
        byte[] jpeg = WrittenElement.Padded(TestJpeg.Progressive(grey.Words[0], 6, 5, 12), 0),
            lossless = WrittenElement.Padded(TestJpeg.Lossless(grey.Words[0], 6, 5, 1, 12, 1), 0);
        WrittenImage one = bytes with { Words = [bytes.Words[0]] };
        return
        [
            grey.File(
                WrittenElement.Text(0x0008_0005, "CS", "iso ir 192"),
                WrittenElement.Text(0x0028_0004, "CS", "monochrome1"),
                WrittenElement.Text(0x0028_0008, "IS", "0"),
                WrittenElement.Text(0x0028_1050, "DS", "1'000,5"),
                WrittenElement.Text(0x0028_1051, "DS", "0,5 HU"),
                WrittenElement.Text(0x0028_1053, "DS", "0"),
                WrittenElement.Text(0x0028_1056, "CS", "cubic"),
                WrittenElement.Text(0x2050_0020, "CS", "inverse")
            ),
            grey.File(new WrittenElement(0x0028_3010, "UN", DicomWriter.Set([tables[0]], false, false)[8..])),
            grey.File(new WrittenElement(0x0028_3000, "UN", DicomWriter.Set([tables[0]], true, false)[12..])),
            grey.File(
                WrittenElement.Sequence(
                    0x5200_9229,
                    true,
                    [
                        WrittenElement.Sequence(0x0028_9145, true, [WrittenElement.Text(0x0028_1053, "DS", "2")]),
                        WrittenElement.Sequence(
                            0x0028_9132,
                            false,
                            [WrittenElement.Text(0x0028_1050, "DS", "900"), WrittenElement.Text(0x0028_1051, "DS", "700")]
                        ),
                    ]
                )
            ),
            (one with { Photometric = "PALETTE COLOR" }).File([
                .. Enumerable.Range(0, 3).Select(i => WrittenElement.Words(0x0028_1101 + (uint)i, "US", 256, 0, 16)),
                .. Enumerable
                    .Range(0, 3)
                    .Select(i => WrittenElement.Words(0x0028_1221 + (uint)i, "OW", 0, 1, 0, 1, 127, 40000, 2, 2, 0, 0)),
            ]),
            (grey with { Syntax = DicomWriter.JpegExtended }).File(Pixels([], jpeg)),
            (grey with { Syntax = DicomWriter.JpegExtended }).File(Pixels([], jpeg[..40], jpeg[40..])),
            (grey with { Syntax = DicomWriter.JpegLossless }).File(Pixels(lossless)),
            (grey with { Syntax = DicomWriter.ExplicitLittle }).File(Pixels([], [0, 0, .. lossless])),
            (grey with { Syntax = DicomWriter.JpegLossless }).File(
                WrittenElement.Bytes(
                    0x7FE0_0010,
                    "OB",
                    [0xFE, 0xFF, 0, 0xE0, 0, 0, 0, 0, 0xFE, 0xFF, 0, 0xE0, (byte)lossless.Length, 0, 0, 0, .. lossless]
                )
            ),
            grey.File(WrittenElement.Words(0x0028_0100, "US", 32), WrittenElement.Bytes(0x7FE0_0010, "OW", new byte[120])),
            grey.File(WrittenElement.Words(0x0028_0100, "US", 12), WrittenElement.Bytes(0x7FE0_0010, "OW", new byte[46])),
            (grey with { Signed = true }).File(
                WrittenElement.Words(0x0028_0100, "US", 12),
                WrittenElement.Bytes(0x7FE0_0010, "OW", [.. Enumerable.Range(0, 46).Select(i => (byte)(i * 37))])
            ),
            (grey with { Stored = 1 }).File(WrittenElement.Words(0x0028_0100, "US", 1), WrittenElement.Bytes(0x7FE0_0010, "OB", 0x55, 0xAA, 3, 1)),
            [.. grey.File(), .. "after the image"u8],
            grey.File()[128..],
            [.. DicomWriter.File(DicomWriter.ExplicitLittle, []), .. DicomWriter.Set(grey.Elements(tables), false, false)],
            [.. DicomWriter.File(DicomWriter.ExplicitLittle, []), .. DicomWriter.Set(grey.Elements(tables), true, true)],
        ];
    }

    /// <summary>A damaged copy of one of the files.</summary>
    internal static byte[] Damage(IReadOnlyList<byte[]> seeds, Random random)
    {
        byte[] file = [.. seeds[random.Next(seeds.Count)]];
        for (int times = 1 + (random.Next(3) * random.Next(4)); times > 0 && file.Length > 4; times--)
            file = Once(file, seeds, random);
        return file;
    }

    private static byte[] Once(byte[] file, IReadOnlyList<byte[]> seeds, Random random)
    {
        // The preamble is empty: most damage is done after it, and half of that to the pixels.
        int first = file.Length > 140 && random.Next(16) > 0 ? 132 : 0,
            pixels = Math.Max(
                file.AsSpan().LastIndexOf((ReadOnlySpan<byte>)[0xE0, 0x7F, 0x10, 0]),
                file.AsSpan().LastIndexOf((ReadOnlySpan<byte>)[0x7F, 0xE0, 0, 0x10])
            );
        int at = random.Next(random.Next(2) == 0 ? Math.Max(first, pixels) : first, file.Length);
        // Damage that shifts what follows ends most readings at once: it is done less often.
        switch (random.Next(16))
        {
            case 0 or 1 or 2 or 3:
                file[at] ^= (byte)(1 << random.Next(8));
                return file;
            case 4 or 5 or 6:
                file[at] = (byte)random.Next(256);
                return file;
            case 7 or 8 or 9 or 10 or 11:
                uint number = _interesting[random.Next(_interesting.Length)] + (random.Next(4) == 0 ? (uint)file.Length : 0);
                byte[] bytes = BitConverter.GetBytes(number)[..(random.Next(2) == 0 ? 2 : 4)];
                if (random.Next(4) == 0)
                    Array.Reverse(bytes);
                for (int i = 0; i < bytes.Length && at + i < file.Length; i++)
                    file[at + i] = bytes[i];
                return file;
            case 12:
                return file[..at];
            case 13:
                byte[] other = seeds[random.Next(seeds.Count)];
                return [.. file[..at], .. other[random.Next(other.Length)..]];
            case 14:
                int length = random.Next(1, Math.Min(64, file.Length - at + 1));
                return [.. file[..at], .. file.AsSpan(at, length), .. file[at..]];
            default:
                int gone = random.Next(1, Math.Min(16, file.Length - at + 1));
                return [.. file[..at], .. file[(at + gone)..]];
        }
    }
}
