namespace CxrAnnotate.Tests;

/// <summary>A phantom in a file of some kind: its stored values and the result of reading it.</summary>
/// <param name="Name">The picture's name in docs/images/inputs.</param>
/// <param name="Stored">The stored values over the range of their bits, row-major.</param>
/// <param name="Read">The result of reading the file, row-major.</param>
internal sealed record InputPicture(string Name, float[] Stored, float[] Read)
{
    internal const int Side = 160;

    private const int Gap = 4;

    internal static int Width => (2 * Side) + Gap;

    /// <summary>Both side by side, stored on the left.</summary>
    internal byte[] Panels()
    {
        byte[] stored = RadiographWriter.ToBytes(Stored),
            read = RadiographWriter.ToBytes(Read),
            both = new byte[Width * Side];
        Array.Fill(both, byte.MaxValue);
        for (int y = 0; y < Side; y++)
        {
            stored.AsSpan(y * Side, Side).CopyTo(both.AsSpan(y * Width));
            read.AsSpan(y * Side, Side).CopyTo(both.AsSpan((y * Width) + Side + Gap));
        }

        return both;
    }
}

/// <summary>The pictures of docs/inputs.md: one phantom, written with every convention for black and white.</summary>
internal static class InputPictures
{
    private const int Side = InputPicture.Side;

    internal static IEnumerable<InputPicture> All()
    {
        PhantomImage phantom = new ChestPhantom(
            new ChestPhantomOptions
            {
                Size = Side,
                NoiseLevel = 0.3,
                NormalFraction = 0,
                Headings = ["Cardiomegaly"],
            }
        ).Render(3);
        int[] grey = [.. phantom.Pixels.Select(pixel => (int)pixel)];
        // As from a detector: twelve bits, of which a third is used.
        int[] deep = [.. grey.Select(pixel => 1000 + (pixel * 6))];

        yield return Dicom("monochrome2", grey, 8);
        yield return Dicom("monochrome1", [.. grey.Select(pixel => 255 - pixel)], 8, "MONOCHROME1");
        yield return Dicom("inverse", [.. grey.Select(pixel => 255 - pixel)], 8, more: [WrittenElement.Text(0x2050_0020, "CS", "INVERSE")]);
        yield return Dicom("no-window", deep, 12);
        yield return Dicom("window-linear", deep, 12, more: Window("1500", "800", "LINEAR"));
        yield return Dicom("window-sigmoid", deep, 12, more: Window("1500", "800", "SIGMOID"));
        yield return Dicom(
            "voi-lut",
            deep,
            12,
            more: [WrittenElement.Sequence(0x0028_3010, false, Table(1000, 1531, i => (ushort)(255 * Math.Pow(i / 1530.0, 2)), 8))]
        );
        yield return Dicom(
            "modality-lut",
            [.. deep.Select(value => 4095 - value)],
            12,
            more:
            [
                WrittenElement.Sequence(
                    0x0028_3000,
                    true,
                    [.. Table(0, 4096, i => (ushort)(4095 - i), 12), WrittenElement.Text(0x0028_3004, "LO", "US")]
                ),
            ]
        );
        yield return Dicom(
            "rescale",
            [.. deep.Select(value => 4095 - value)],
            12,
            more: [WrittenElement.Text(0x0028_1052, "DS", "4095"), WrittenElement.Text(0x0028_1053, "DS", "-1")]
        );
        yield return Dicom(
            "padding",
            [.. deep.Select((value, i) => IsOutside(i) ? 4095 : value)],
            12,
            more: [WrittenElement.Words(0x0028_0120, "US", 4095)]
        );
        yield return Dicom("rgb", [.. grey.SelectMany(pixel => (int[])[pixel, pixel * 3 / 4, pixel / 2])], 8, "RGB");
        yield return Dicom("palette", [.. grey.Select(pixel => pixel / 4)], 8, "PALETTE COLOR", Palette());
        yield return Png("png-12-of-16", deep, ValueRange.BitsUsed);
        yield return Png("png-percentiles", deep, ValueRange.Percentiles);
        yield return Png("png-negative", [.. grey.Select(pixel => 65535 - (pixel * 257))], ValueRange.BitsUsed, PhotometricHandling.Automatic);
    }

    /// <summary>The edge of a collimator, outside of which a detector sees nothing.</summary>
    internal static bool IsOutside(int pixel) =>
        Math.Min(Math.Min(pixel % Side, pixel / Side), Math.Min(Side - 1 - (pixel % Side), Side - 1 - (pixel / Side))) < 10;

    private static WrittenElement[] Window(string centre, string width, string function) =>
        [
            WrittenElement.Text(0x0028_1050, "DS", centre),
            WrittenElement.Text(0x0028_1051, "DS", width),
            WrittenElement.Text(0x0028_1056, "CS", function),
        ];

    private static WrittenElement[] Table(ushort first, ushort entries, Func<int, ushort> entry, ushort bits) =>
        [
            WrittenElement.Words(0x0028_3002, "US", entries, first, bits),
            WrittenElement.Words(0x0028_3006, "OW", [.. Enumerable.Range(0, entries).Select(entry)]),
        ];

    private static WrittenElement[] Palette()
    {
        ushort[] ramp = [.. Enumerable.Range(0, 64).Select(i => (ushort)(i * 65535 / 63))];
        return
        [
            .. Enumerable
                .Range(0, 3)
                .SelectMany(i =>
                    (WrittenElement[])
                        [WrittenElement.Words(0x0028_1101u + (uint)i, "US", 64, 0, 16), WrittenElement.Words(0x0028_1201u + (uint)i, "OW", ramp)]
                ),
        ];
    }

    private static InputPicture Dicom(string name, int[] values, int bits, string photometric = "MONOCHROME2", params WrittenElement[] more)
    {
        int samples = photometric == "RGB" ? 3 : 1;
        byte[] content = DicomWriter.File(
            DicomWriter.ExplicitLittle,
            [
                WrittenElement.Text(0x0008_0060, "CS", "DX"),
                WrittenElement.Words(0x0028_0002, "US", (ushort)samples),
                WrittenElement.Text(0x0028_0004, "CS", photometric),
                WrittenElement.Words(0x0028_0006, "US", 0),
                WrittenElement.Words(0x0028_0010, "US", Side),
                WrittenElement.Words(0x0028_0011, "US", Side),
                WrittenElement.Words(0x0028_0100, "US", (ushort)(bits > 8 ? 16 : 8)),
                WrittenElement.Words(0x0028_0101, "US", (ushort)bits),
                WrittenElement.Words(0x0028_0102, "US", (ushort)(bits - 1)),
                WrittenElement.Words(0x0028_0103, "US", 0),
                .. more,
                bits > 8
                    ? WrittenElement.Words(0x7FE0_0010, "OW", [.. values.Select(value => (ushort)value)])
                    : WrittenElement.Bytes(0x7FE0_0010, "OB", [.. values.Select(value => (byte)value)]),
            ]
        );
        float[] stored = [.. values.Chunk(samples).Select(pixel => pixel.Sum() / (float)samples / ((1 << bits) - 1))];
        return new InputPicture(name, stored, Read(name, content, new RadiographFormat(Side, Side, Range: ValueRange.BitsUsed)));
    }

    private static InputPicture Png(string name, int[] values, ValueRange range, PhotometricHandling photometric = PhotometricHandling.AsStored)
    {
        byte[] content = ImageBytes.Png(Side, Side, 16, ImageBytes.Grey, [.. values.SelectMany(value => (byte[])[(byte)(value >> 8), (byte)value])]);
        return new InputPicture(
            name,
            [.. values.Select(value => value / 65535f)],
            Read(name, content, new RadiographFormat(Side, Side, Range: range, Photometric: photometric))
        );
    }

    private static float[] Read(string name, byte[] content, RadiographFormat format)
    {
        float[] pixels = new float[format.PixelCount];
        RadiographReader.Read(new RadiographFile(name, content), format, pixels);
        return pixels;
    }
}
