using CsCheck;

namespace CxrAnnotate.Tests;

/// <summary>
/// The grey pipeline against the formulas of PS3.3, C.7.5, C.11.1 and C.11.2, implemented independently, and against dcmtk's renderer and pydicom.
/// </summary>
public sealed class DicomPresentationTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("cxr-dicom-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("")]
    [InlineData("LINEAR")]
    [InlineData("LINEAR_EXACT")]
    [InlineData("SIGMOID")]
    public void Windows_are_those_of_the_standard(string function)
    {
        Gen.Select(Gen.Double[-3000, 3000], Gen.Double[1, 5000], Gen.Double[-4000, 4000])
            .Sample(
                (c, w, x) =>
                {
                    c = Math.Round(c, 2);
                    w = Math.Round(w, 2);
                    double expected = function switch
                    {
                        "LINEAR_EXACT" => x <= c - (w / 2) ? 0
                        : x > c + (w / 2) ? 1
                        : ((x - c) / w) + 0.5,
                        "SIGMOID" => 1 / (1 + Math.Exp(-4 * ((x - c) / w))),
                        _ => x <= c - 0.5 - ((w - 1) / 2) ? 0
                        : x > c - 0.5 + ((w - 1) / 2) ? 1
                        : ((x - (c - 0.5)) / (w - 1)) + 0.5,
                    };
                    Assert.Equal(expected, DicomWindow.Function(function, c, w)(x), 9);
                },
                iter: 2000
            );
    }

    [Theory]
    [InlineData(1, 0)]
    [InlineData(-1, 255)]
    public void Eight_bits_without_a_window_are_rescaled_by_their_full_range_also_downwards(int slope, int intercept)
    {
        var image = new WrittenImage(
            4,
            1,
            [
                [0, 51, 204, 255],
            ]
        )
        {
            Allocated = 8,
            Stored = 8,
            PixelVr = "OB",
        };
        float[] grey = Grey(
            image.File(WrittenElement.Text(0x0028_1052, "DS", $"{intercept}"), WrittenElement.Text(0x0028_1053, "DS", $"{slope}"))
        );
        double[] rising = [0, 0.2, 0.8, 1];
        Assert.Equal(slope > 0 ? rising : [1, 0.8, 0.2, 0], grey.Select(g => Math.Round(g, 6)));
    }

    [Theory]
    [InlineData(100, 200)]
    [InlineData(200, 100)]
    public void Values_from_the_padding_value_to_its_range_limit_are_black_and_not_part_of_the_range(int value, int limit)
    {
        var image = new WrittenImage(
            6,
            1,
            [
                [100, 150, 200, 251, 300, 451],
            ]
        )
        {
            Stored = 12,
        };
        float[] grey = Grey(
            image.File(WrittenElement.Words(0x0028_0120, "US", (ushort)value), WrittenElement.Words(0x0028_0121, "US", (ushort)limit))
        );
        Assert.Equal([0, 0, 0, 0, 0.245, 1], grey.Select(g => Math.Round(g, 6)));
    }

    [Fact]
    public void The_examples_in_the_notes_of_the_standard_hold()
    {
        // PS3.3, C.11.2.1.2.1: c = 2048, w = 4096 takes 12 bits as they are; c = 2048, w = 1 is a threshold; c = 0, w = 100; c = 0, w = 1.
        Func<double, double> whole = DicomWindow.Function("", 2048, 4096),
            threshold = DicomWindow.Function("", 2048, 1),
            small = DicomWindow.Function("", 0, 100),
            sign = DicomWindow.Function("", 0, 1);
        Assert.Equal((0, 1), (whole(0), whole(4095)));
        Assert.Equal(1000 / 4095.0, whole(1000), 12);
        Assert.Equal((0, 1), (threshold(2047), threshold(2048)));
        Assert.Equal((0, 1), (small(-50), small(49)));
        Assert.Equal((0, 1), (sign(-1), sign(0)));
    }

    [Fact]
    public void Grey_is_rescaled_windowed_and_inverted_by_the_formulas()
    {
        var gen =
            from bits in Gen.Int[2, 16]
            from signed in Gen.Bool
            from first in Gen.Bool
            from inverse in Gen.Bool
            from slope in Gen.Int[1, 40].Select(Gen.Bool, (s, negative) => (negative ? -s : s) / 8.0)
            from intercept in Gen.Int[-2000, 2000]
            from centre in Gen.Int[-2000, 4000]
            from width in Gen.Int[1, 6000]
            from padding in Gen.Int[0, 40]
            from words in Gen.Int[0, (1 << bits) - 1].Array[12]
            select (bits, signed, first, inverse, slope, intercept, centre, width, padding, words);
        gen.Sample(
            t =>
            {
                int[] proper = [.. t.words.Select(w => t.signed && w >= 1 << (t.bits - 1) ? w - (1 << t.bits) : w)];
                int pad = proper[t.padding % 12];
                bool padded = t.padding < 12;
                var image = new WrittenImage(4, 3, [t.words])
                {
                    Stored = t.bits,
                    Signed = t.signed,
                    Photometric = t.first ? "MONOCHROME1" : "MONOCHROME2",
                };
                List<WrittenElement> more =
                [
                    WrittenElement.Text(0x0028_1050, "DS", $"{t.centre}\\5"),
                    WrittenElement.Text(0x0028_1051, "DS", $"{t.width}\\10"),
                    WrittenElement.Text(0x0028_1052, "DS", $"{t.intercept}"),
                    WrittenElement.Text(0x0028_1053, "DS", FormattableString.Invariant($"{t.slope}")),
                ];
                if (padded)
                    more.Add(WrittenElement.Words(0x0028_0120, t.signed ? "SS" : "US", (ushort)pad));
                if (t.inverse)
                    more.Add(WrittenElement.Text(0x2050_0020, "CS", "INVERSE"));
                double Expected(int value)
                {
                    if (padded && value == pad)
                        return 0;
                    double x = (t.slope * value) + t.intercept,
                        low = t.centre - 0.5 - ((t.width - 1) / 2.0),
                        high = t.centre - 0.5 + ((t.width - 1) / 2.0);
                    double grey =
                        x <= low ? 0
                        : x > high ? 1
                        : ((x - (t.centre - 0.5)) / (t.width - 1)) + 0.5;
                    return t.first || t.inverse ? 1 - grey : grey;
                }

                float[] grey = Grey(image.File([.. more]));
                for (int i = 0; i < 12; i++)
                    Assert.Equal(Expected(proper[i]), grey[i], 1e-6);
            },
            iter: 2000
        );
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Look_up_tables_start_at_their_first_value_and_end_in_their_last_entry(bool big)
    {
        var gen =
            from signed in Gen.Bool
            from first in Gen.Int[-200, 200]
            from bits in Gen.Int[8, 16]
            from packed in Gen.Bool
            from entries in Gen.Int[0, 255].Array[3, 60]
            from words in Gen.Int[0, 255].Array[12]
            from modality in Gen.Bool
            select (signed, first: signed ? first : Math.Abs(first), bits: packed ? 8 : bits, packed, entries, words, modality);
        gen.Sample(
            t =>
            {
                var image = new WrittenImage(4, 3, [t.words])
                {
                    Syntax = big ? DicomWriter.ExplicitBig : DicomWriter.ExplicitLittle,
                    Stored = 8,
                    Signed = t.signed,
                };
                ushort[] entries = [.. t.entries.Select(e => (ushort)e)];
                WrittenElement data = t.packed
                    ? WrittenElement.Bytes(0x0028_3006, "OW", [.. t.entries.Select(e => (byte)e)])
                    : WrittenElement.Words(0x0028_3006, "OW", entries);
                WrittenElement lut = WrittenElement.Sequence(
                    t.modality ? 0x0028_3000u : 0x0028_3010u,
                    true,
                    [WrittenElement.Words(0x0028_3002, t.signed ? "SS" : "US", (ushort)entries.Length, (ushort)t.first, (ushort)t.bits), data]
                );
                // Sixteen bits are those of storage if entries of eight need no more.
                double largest = (1 << (t.bits == 16 ? 8 : t.bits)) - 1;
                WrittenElement[] more = t.modality
                    ?
                    [
                        lut,
                        WrittenElement.Text(0x0028_1050, "DS", "100"),
                        WrittenElement.Text(0x0028_1051, "DS", "300"),
                        WrittenElement.Text(0x0028_1056, "CS", "LINEAR_EXACT"),
                    ]
                    : [lut];
                float[] grey = Grey(image.File(more));
                for (int i = 0; i < 12; i++)
                {
                    int value = t.signed ? (sbyte)t.words[i] : t.words[i],
                        entry = entries[Math.Clamp(value - t.first, 0, entries.Length - 1)];
                    Assert.Equal(t.modality ? Math.Clamp(((entry - 100) / 300.0) + 0.5, 0, 1) : entry / largest, grey[i], 1e-6);
                }
            },
            iter: 1000
        );
    }

    [Fact]
    public void A_voi_lut_is_signed_if_rescaled_values_are()
    {
        // Without a representation the sign follows from the rescaling: an implicit file of computed values begins at -100.
        var image = new WrittenImage(
            4,
            1,
            [
                [0, 50, 100, 200],
            ]
        )
        {
            Syntax = DicomWriter.ImplicitLittle,
            Stored = 12,
        };
        WrittenElement lut = WrittenElement.Sequence(
            0x0028_3010,
            false,
            [
                WrittenElement.Words(0x0028_3002, "SS", 201, unchecked((ushort)-100), 16),
                WrittenElement.Words(0x0028_3006, "OW", [.. Enumerable.Range(0, 201).Select(i => (ushort)(i * 300))]),
            ]
        );
        float[] grey = Grey(image.File(lut, WrittenElement.Text(0x0028_1052, "DS", "-100"), WrittenElement.Text(0x0028_1053, "DS", "1")));
        Assert.Equal([0, 15000 / 65535f, 30000 / 65535f, 60000 / 65535f], grey);
    }

    [Theory]
    [InlineData("window", "+Wi", "1")]
    [InlineData("second", "+Wi", "2")]
    [InlineData("sigmoid", "+Wi", "1")]
    [InlineData("table", "+Wl", "1")]
    [InlineData("modality", "+Wi", "1")]
    [InlineData("first", "+Wi", "1")]
    [InlineData("negative", "+Wi", "1")]
    [InlineData("signed", "+Wi", "1")]
    [InlineData("odd", "+Wi", "1")]
    public void Greys_are_those_that_dcmtk_renders(string name, string option, string number)
    {
        byte[] content = Rendered(name);
        string path = Path.Combine(_folder, "in.dcm"),
            pgm = Path.Combine(_folder, "out.pgm");
        File.WriteAllBytes(path, content);
        OtherProgram.Run("dcm2pnm", "+opw", option, number, path, pgm);
        double[] theirs =
        [
            .. File.ReadAllLines(pgm)
                .Where(l => !l.StartsWith('#'))
                .SelectMany(l => l.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))
                .Skip(4)
                .Select(v => int.Parse(v, null) / 65535.0),
        ];
        float[] ours = Grey(content, name == "second" ? 1 : 0);
        Assert.Equal(ours.Length, theirs.Length);
        // dcmtk computes whole numbers of sixteen bits, and rounds rescaled values to whole numbers: those of this test are.
        Assert.All(ours.Zip(theirs), pair => Assert.Equal(pair.Second, pair.First, 2 / 65535.0));
    }

    [Fact]
    public void Greys_are_those_that_pydicom_computes()
    {
        const string script = """
            import sys, glob, pydicom, numpy
            from pydicom.pixel_data_handlers.util import apply_modality_lut, apply_voi_lut
            for path in glob.glob(sys.argv[1] + '/*.dcm'):
                ds = pydicom.dcmread(path, force=True)
                values = ds.pixel_array
                if ds.BitsStored < ds.BitsAllocated and ds.HighBit == ds.BitsStored - 1:
                    shift = ds.BitsAllocated - ds.BitsStored
                    values = (values << shift) >> shift
                number = 1 if 'second' in path else 0
                out = apply_voi_lut(apply_modality_lut(values, ds), ds, index=number).astype('f8')
                if 'VOILUTSequence' in ds:
                    low, high = 0, (1 << ds.VOILUTSequence[0].LUTDescriptor[2]) - 1
                elif 'ModalityLUTSequence' in ds:
                    low, high = 0, (1 << ds.ModalityLUTSequence[0].LUTDescriptor[2]) - 1
                else:
                    low, high = (-(1 << (ds.BitsStored - 1)), (1 << (ds.BitsStored - 1)) - 1) if ds.PixelRepresentation else (0, (1 << ds.BitsStored) - 1)
                    low, high = [v * float(ds.get('RescaleSlope', 1)) + float(ds.get('RescaleIntercept', 0)) for v in (low, high)]
                grey = (out - low) / (high - low)
                if ds.PhotometricInterpretation == 'MONOCHROME1' or ds.get('PresentationLUTShape') == 'INVERSE':
                    grey = 1 - grey
                grey.astype('<f8').tofile(path[:-4] + '.raw')
            """;
        // pydicom's output range is reversed by a negative slope.
        string[] names = ["window", "second", "sigmoid", "exact", "table", "modality", "first", "signed", "halves"];
        foreach (string name in names)
            File.WriteAllBytes(Path.Combine(_folder, name + ".dcm"), Rendered(name));
        OtherProgram.RunPydicom(script, _folder);
        Assert.All(
            names,
            name =>
            {
                double[] theirs = System
                    .Runtime.InteropServices.MemoryMarshal.Cast<byte, double>(File.ReadAllBytes(Path.Combine(_folder, name + ".raw")))
                    .ToArray();
                float[] ours = Grey(Rendered(name), name == "second" ? 1 : 0);
                Assert.All(ours.Zip(theirs), pair => Assert.Equal(pair.Second, pair.First, 1e-6));
            }
        );
    }

    [Fact]
    public void Colours_of_a_palette_are_looked_up()
    {
        ushort[] red = [0, 65535, 0, 0],
            green = [0, 0, 65535, 0],
            blue = [0, 0, 0, 65535];
        WrittenElement[] palette =
        [
            .. Enumerable.Range(0, 3).Select(i => WrittenElement.Words(0x0028_1101 + (uint)i, "US", 4, 10, 16)),
            WrittenElement.Words(0x0028_1201, "OW", red),
            WrittenElement.Words(0x0028_1202, "OW", green),
            WrittenElement.Words(0x0028_1203, "OW", blue),
        ];
        float[] grey = Grey(
            new WrittenImage(
                3,
                2,
                [
                    [0, 10, 11, 12, 13, 200],
                ]
            )
            {
                Allocated = 8,
                Stored = 8,
                Photometric = "PALETTE COLOR",
                PixelVr = "OB",
            }.File(palette)
        );
        Assert.Equal(grey[0], grey[1]);
        Assert.Equal(grey[4], grey[5]);
        Assert.Equal(0, grey[0]);
        // ITU-R BT.601.
        Assert.Equal(0.299, grey[2], 1e-3);
        Assert.Equal(0.587, grey[3], 1e-3);
        Assert.Equal(0.114, grey[4], 1e-3);
    }

    private static float[] Grey(byte[] content, int window = 0)
    {
        DicomFile file = DicomFile.Read(content);
        DicomImage image = DicomImage.Of(file, 1 << 20);
        return DicomPresentation.Grey(file, image, image.Decode(), window);
    }

    /// <summary>An image with all values of twelve bits, presented in one of several ways.</summary>
    private static byte[] Rendered(string name)
    {
        WrittenElement Number(uint tag, string text) => WrittenElement.Text(tag, "DS", text);
        WrittenElement[] window = [Number(0x0028_1050, "1500\\600"), Number(0x0028_1051, "2000\\301")];
        WrittenElement[] Rescale(string slope) =>
            [Number(0x0028_1052, "-1000"), Number(0x0028_1053, slope), Number(0x0028_1050, "-100"), Number(0x0028_1051, "900")];
        WrittenElement Lut(uint tag, ushort first, ushort bits) =>
            WrittenElement.Sequence(
                tag,
                false,
                [
                    WrittenElement.Words(0x0028_3002, "US", 3000, first, bits),
                    WrittenElement.Words(
                        0x0028_3006,
                        "OW",
                        [.. Enumerable.Range(0, 3000).Select(i => (ushort)(Math.Sqrt(i / 2999.0) * ((1 << bits) - 1)))]
                    ),
                ]
            );
        int[] words = [.. Enumerable.Range(0, 4096)];
        var image = new WrittenImage(64, 64, [words])
        {
            Stored = 12,
            Photometric = name == "first" ? "MONOCHROME1" : "MONOCHROME2",
            Signed = name == "signed",
        };
        if (name == "signed")
            image = image with
            {
                Words =
                [
                    [.. words.Select(w => (w - 2048) & 0xFFFF)],
                ],
            };
        if (name == "odd")
            image = image with
            {
                Words =
                [
                    [.. words.Select(w => (w << 3) | 5)],
                ],
                High = 14,
            };
        WrittenElement[] more = name switch
        {
            "sigmoid" => [.. window, WrittenElement.Text(0x0028_1056, "CS", "SIGMOID")],
            "exact" => [.. window, WrittenElement.Text(0x0028_1056, "CS", "LINEAR_EXACT")],
            "table" => [Lut(0x0028_3010, 500, 16)],
            "modality" => [Lut(0x0028_3000, 300, 16), Number(0x0028_1050, "30000"), Number(0x0028_1051, "40000")],
            "negative" => [Number(0x0028_1052, "3000"), Number(0x0028_1053, "-1"), .. window],
            "signed" => Rescale("2"),
            "halves" => Rescale("0.5"),
            _ => window,
        };
        return image.File([
            .. more,
            WrittenElement.Text(0x0008_0016, "UI", "1.2.840.10008.5.1.4.1.1.1.1"),
            WrittenElement.Text(0x0008_0018, "UI", "1.2.3.4.5"),
        ]);
    }
}
