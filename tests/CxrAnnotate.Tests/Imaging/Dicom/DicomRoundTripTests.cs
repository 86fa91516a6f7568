using CsCheck;

namespace CxrAnnotate.Tests;

/// <summary>Written files are read back: elements, and pixels of every coding, depth and arrangement.</summary>
public sealed class DicomRoundTripTests
{
    private const string ImplicitLittle = DicomWriter.ImplicitLittle,
        ExplicitLittle = DicomWriter.ExplicitLittle,
        ExplicitBig = DicomWriter.ExplicitBig,
        Deflated = DicomWriter.Deflated;

    // Group 0200 does not exist in DICOM; the bytes of its number in big endian are those of group 2, at which meta information would seem to go on.
    private static readonly Gen<WrittenElement> _plain =
        from tag in Gen.Select(Gen.UInt[0x0009, 0x7FD0].Where(g => g != 0x0200), Gen.UInt[0x0010, 0xFFFF], (g, e) => (g << 16) | e)
        from kind in OneOf(
            ("LO", 1),
            ("CS", 1),
            ("UT", 1),
            ("OB", 1),
            ("UN", 1),
            ("US", 2),
            ("OW", 2),
            ("SS", 2),
            ("UL", 4),
            ("FL", 4),
            ("FD", 8),
            ("OV", 8),
            ("AT", 4)
        )
        from count in Gen.Int[0, 6]
        from value in Gen.Byte.Array[count * kind.Item2]
        select WrittenElement.Bytes(tag, kind.Item1, value);

    private static readonly Gen<WrittenElement[]> _set = Nested(3);

    // Elements of the same tag would be one.
    private static Gen<WrittenElement[]> Nested(int depth) =>
        (
            depth == 0
                ? _plain
                : Gen.Frequency(
                    (4, _plain),
                    (
                        1,
                        from tag in Gen.UInt[0x0009_1000, 0x0009_FFFF]
                        from undefined in Gen.Bool
                        from items in Nested(depth - 1).Array[0, 3]
                        select WrittenElement.Sequence(tag, undefined, items)
                    )
                )
        )
            .Array[0, 6]
            .Select(elements => elements.DistinctBy(e => e.Tag).ToArray());

    private static readonly Gen<WrittenImage> _native =
        from syntax in OneOf(ImplicitLittle, ExplicitLittle, ExplicitBig, Deflated, DicomWriter.Encapsulated, DicomWriter.Rle)
        from allocated in OneOf(8, 16)
        from stored in Gen.Int[1, allocated]
        from high in Gen.Int[stored - 1, allocated - 1]
        from signed in Gen.Bool
        from samples in OneOf(1, 3)
        from planar in Gen.Bool
        from vr in OneOf("OW", "OB")
        from table in Gen.Bool
            // Uncompressed frames in several fragments are separated only by the offset table.
        from pieces in Gen.Int[1, table ? 3 : 1]
        from frames in Frames(allocated, samples)
        select new WrittenImage(frames.Columns, frames.Rows, frames.Words)
        {
            Syntax = syntax,
            Allocated = allocated,
            Stored = stored,
            High = high,
            Signed = signed,
            Samples = samples,
            Photometric = samples == 3 ? "RGB" : "MONOCHROME2",
            Planar = planar && samples == 3,
            PixelVr = allocated == 16 ? "OW" : vr,
            HasOffsetTable = table,
            FragmentsPerFrame = pieces,
        };

    private static readonly Gen<WrittenImage> _lossless =
        from allocated in OneOf(8, 16)
        from stored in Gen.Int[2, allocated]
        from signed in Gen.Bool
        from samples in OneOf(1, 3)
        from predictor in Gen.Int[1, 7]
        from pieces in Gen.Int[1, 3]
        from table in Gen.Bool
        from frames in Frames(stored, samples)
        select new WrittenImage(frames.Columns, frames.Rows, frames.Words)
        {
            Syntax = DicomWriter.JpegLossless,
            Allocated = allocated,
            Stored = stored,
            Signed = signed,
            Samples = samples,
            Photometric = samples == 3 ? "RGB" : "MONOCHROME1",
            Predictor = predictor,
            FragmentsPerFrame = pieces,
            HasOffsetTable = table,
        };

    private static Gen<T> OneOf<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(i => values[i]);

    private static Gen<(int Columns, int Rows, IReadOnlyList<int[]> Words)> Frames(int bits, int samples) =>
        from columns in Gen.Int[1, 7]
        from rows in Gen.Int[1, 7]
        from count in Gen.Int[1, 3]
        from words in Gen.OneOf(Gen.Int[0, (1 << bits) - 1], OneOf(0, (1 << bits) - 1)).Array[columns * rows * samples].Array[count]
        select (columns, rows, (IReadOnlyList<int[]>)words);

    [Fact]
    public void Elements_and_their_nesting_are_read_as_written()
    {
        Gen.Select(
                _set,
                OneOf(ImplicitLittle, ExplicitLittle, ExplicitBig, Deflated),
                OneOf(WrittenStart.Whole, WrittenStart.NoPreamble, WrittenStart.NoGroupLength, WrittenStart.WrongGroupLength)
            )
            .Sample(
                (set, syntax, start) =>
                {
                    DicomFile file = DicomFile.Read(DicomWriter.File(syntax, set, start));
                    Assert.Equal(syntax, file.Syntax.Uid);
                    Assert.False(file.SyntaxIsGuessed);
                    Same(set, file.Data, syntax != ImplicitLittle, syntax == ExplicitBig);
                },
                iter: 3000
            );
    }

    [Fact]
    public void Pixels_of_every_depth_sign_and_arrangement_are_read_as_written() => _native.Sample(Check, iter: 5000);

    [Fact]
    public void Pixels_of_lossless_jpeg_are_read_as_written() => _lossless.Sample(Check, iter: 3000);

    [Theory]
    [InlineData(ImplicitLittle)]
    [InlineData(ExplicitLittle)]
    [InlineData(ExplicitBig)]
    public void The_syntax_of_a_bare_data_set_is_guessed(string syntax)
    {
        var image = new WrittenImage(
            2,
            2,
            [
                [1, 2, 3, 40_000],
            ]
        )
        {
            Syntax = syntax,
        };
        Assert.All(
            (WrittenStart[])[WrittenStart.Bare, WrittenStart.NoMeta],
            start =>
            {
                DicomFile file = DicomFile.Read(image.File(start));
                Assert.True(file.SyntaxIsGuessed);
                Assert.Equal(syntax, file.Syntax.Uid);
                Assert.Equal([1, 2, 3, 40_000], DicomImage.Of(file, 4).Decode());
            }
        );
    }

    [Fact]
    public void An_unknown_element_of_undefined_length_is_an_implicit_sequence()
    {
        byte[] item = DicomWriter.Set([WrittenElement.Words(0x0028_0010, "US", 7)], isExplicit: false, bigEndian: false);
        byte[] sequence =
        [
            0x09,
            0,
            0x10,
            0x10,
            .. "UN"u8,
            0,
            0,
            0xFF,
            0xFF,
            0xFF,
            0xFF,
            0xFE,
            0xFF,
            0,
            0xE0,
            (byte)item.Length,
            0,
            0,
            0,
            .. item,
            0xFE,
            0xFF,
            0xDD,
            0xE0,
            0,
            0,
            0,
            0,
        ];
        DicomFile file = DicomFile.Read((byte[])[.. DicomWriter.File(ExplicitLittle, []), .. sequence]);
        Assert.Equal(7, Assert.Single(file.Data.Items(0x0009_1010)).Unsigned(0x0028_0010, "Rows"));
    }

    [Theory]
    [InlineData(ImplicitLittle)]
    [InlineData(ExplicitLittle)]
    [InlineData(ExplicitBig)]
    public void Zeros_that_fill_up_a_file_are_ignored(string syntax)
    {
        var image = new WrittenImage(
            2,
            2,
            [
                [1, 2, 3, 4],
            ]
        )
        {
            Syntax = syntax,
        };
        Assert.All(
            Enumerable.Range(0, 40),
            zeros => Assert.Equal([1, 2, 3, 4], DicomImage.Of(DicomFile.Read((byte[])[.. image.File(), .. new byte[zeros]]), 4).Decode())
        );
    }

    [Fact]
    public void Frames_of_several_fragments_are_separated_without_an_offset_table()
    {
        var image = new WrittenImage(
            3,
            2,
            [
                [1, 2, 3, 4, 5, 6],
                [60, 50, 40, 30, 20, 10],
            ]
        )
        {
            Syntax = DicomWriter.JpegLosslessFirst,
            FragmentsPerFrame = 2,
        };
        DicomImage read = DicomImage.Of(DicomFile.Read(image.File()), 6);
        Assert.Equal(image.Words[0], read.Decode(0));
        Assert.Equal(image.Words[1], read.Decode(1));
    }

    [Theory]
    [InlineData(8)]
    [InlineData(12)]
    public void Pixels_of_sequential_jpeg_are_near_those_written(int bits)
    {
        Gen.Select(Gen.Int[1, 20], Gen.Int[1, 20])
            .SelectMany((columns, rows) => Gen.Int[0, (1 << bits) - 1].Array[columns * rows].Select(words => (columns, rows, words)))
            .Sample(
                t =>
                {
                    var image = new WrittenImage(t.columns, t.rows, [t.words])
                    {
                        Syntax = bits == 8 ? DicomWriter.JpegBaseline : DicomWriter.JpegExtended,
                        Allocated = bits == 8 ? 8 : 16,
                        Stored = bits,
                    };
                    int[] values = DicomImage.Of(DicomFile.Read(image.File()), 400).Decode();
                    // Half a unit for each coefficient, times the largest sum of the absolute values of the basis at a pixel, is 3.3; the two
                    // roundings of the inverse are below one.
                    Assert.All(values.Zip(t.words), pair => Assert.InRange(pair.First - pair.Second, -4, 4));
                },
                iter: 300
            );
    }

    [Fact]
    public void Fill_bytes_before_a_restart_marker_are_skipped()
    {
        byte[] jpeg = TestJpeg.Lossless([.. Enumerable.Range(1000, 12)], 3, 4, 1, 12, 1, restartRows: 2);
        int marker = jpeg.AsSpan().IndexOf((ReadOnlySpan<byte>)[0xFF, 0xD0]);
        int[] row = new int[3];
        JpegImage.Decode((byte[])[.. jpeg[..marker], 0xFF, 0xFF, .. jpeg[marker..]], 12).CopyRow(0, 3, row, 1);
        Assert.Equal([1009, 1010, 1011], row);
    }

    [Theory]
    [InlineData("YBR_FULL")]
    [InlineData("YBR_FULL_422")]
    public void Components_of_sequential_jpeg_are_near_those_written(string photometric)
    {
        var gen =
            from columns in Gen.Int[1, 40]
            from rows in Gen.Int[1, 40]
            from luminance in Gen.Int[0, 255].Array[columns * rows]
            select (columns, rows, luminance);
        gen.Sample(
            t =>
            {
                // Uniform colours, which subsampling does not change.
                int[] words = [.. t.luminance.SelectMany(y => new[] { y, 100, 200 })];
                var image = new WrittenImage(t.columns, t.rows, [words])
                {
                    Syntax = DicomWriter.JpegBaseline,
                    Allocated = 8,
                    Stored = 8,
                    Samples = 3,
                    Photometric = photometric,
                };
                Assert.All(
                    DicomImage.Of(DicomFile.Read(image.File()), 1600).Decode().Zip(words),
                    pair => Assert.InRange(pair.First - pair.Second, -4, 4)
                );
            },
            iter: 100
        );
    }

    [Fact]
    public void Restarts_and_point_transforms_of_lossless_jpeg_are_followed()
    {
        Gen.Select(Gen.Int[1, 7], Gen.Int[0, 3], Gen.Int[0, 3], Gen.Int[0, 4095].Array[35])
            .Sample(
                (predictor, transform, rows, words) =>
                {
                    int[] coarse = [.. words.Select(w => w >> transform << transform)];
                    JpegImage image = JpegImage.Decode(TestJpeg.Lossless(coarse, 5, 7, 1, 12, predictor, transform, rows), 35);
                    int[] samples = new int[35];
                    for (int y = 0; y < 7; y++)
                        image.CopyRow(0, y, samples.AsSpan(5 * y), 1);
                    Assert.Equal(coarse, samples);
                },
                iter: 1000
            );
    }

    private static void Check(WrittenImage written)
    {
        DicomImage image = DicomImage.Of(DicomFile.Read(written.File()), 49);
        Assert.Equal((written.Columns, written.Rows, written.Samples, written.Words.Count), (image.Columns, image.Rows, image.Samples, image.Frames));
        for (int frame = 0; frame < image.Frames; frame++)
        {
            int[] values = image.Decode(frame);
            Assert.Equal(written.Expected(frame), values);
            image.Extract(values);
            Assert.Equal(written.Words[frame].Select(w => Proper(w, written)), values);
        }
    }

    /// <summary>The bits from HighBit downwards, one by one.</summary>
    private static int Proper(int word, WrittenImage written)
    {
        int high = written.High ?? written.Stored - 1,
            value = 0;
        for (int bit = 0; bit < written.Stored; bit++)
        {
            int set = (word >> (high - written.Stored + 1 + bit)) & 1,
                weight = 1 << bit;
            value += set * (written.Signed && bit == written.Stored - 1 ? -weight : weight);
        }

        return value;
    }

    private static void Same(IReadOnlyList<WrittenElement> written, DicomDataSet read, bool isExplicit, bool bigEndian)
    {
        Assert.Equal(written.Count, read.Count);
        foreach (WrittenElement element in written)
        {
            DicomElement found = read.Find(element.Tag)!;
            if (element.Items is null)
            {
                Assert.Equal(isExplicit ? element.Vr : "UN", found.Representation);
                Assert.Equal(bigEndian ? DicomWriter.Swapped(element.Vr, element.Value) : element.Value, found.Value.ToArray());
                continue;
            }

            if (isExplicit || element.Undefined)
            {
                Assert.Equal(element.Items.Count, found.Items!.Count);
                foreach ((IReadOnlyList<WrittenElement> item, DicomDataSet other) in element.Items.Zip(found.Items))
                    Same(item, other, isExplicit, bigEndian);
            }
            else
            {
                // An implicit sequence of defined length cannot be distinguished from any other unknown element.
                Assert.True(found.Value.Length >= 8 * element.Items.Count);
            }
        }
    }
}
