using System.IO.Compression;
using static CxrAnnotate.Tests.LenientReading;

namespace CxrAnnotate.Tests;

/// <summary>Data sets whose elements are not written as the standard asks, around whole pixels.</summary>
public sealed class DicomLenientStructureTests
{
    private static readonly byte[] _plain = Grey.File(),
        _itemEnd = [0xFE, 0xFF, 0x0D, 0xE0, 0, 0, 0, 0],
        _sequenceEnd = [0xFE, 0xFF, 0xDD, 0xE0, 0, 0, 0, 0],
        _item = [0xFE, 0xFF, 0, 0xE0, 0xFF, 0xFF, 0xFF, 0xFF],
        _code = [8, 0, 0, 1, .. "SH"u8, 2, 0, .. "X "u8],
        _sequence = [8, 0, 0x40, 0x11, .. "SQ"u8, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF];

    [Theory]
    [InlineData("\n")]
    [InlineData("five.")]
    [InlineData("<!DOCTYPE html><html>")]
    [InlineData("\u00FF\u00FF\u00FF\u00FF\u00FF\u00FF\u00FF\u00FF\u00FF\u00FF\u00FF\u00FF\u00FF\u00FF\u00FF\u00FF")]
    public void Bytes_after_the_image_are_left_out(string rest)
    {
        byte[] bytes = System.Text.Encoding.Latin1.GetBytes(rest);
        string said = bytes.Length == 1 ? "the byte after its image is left out" : $"the {bytes.Length} bytes after its image are left out";
        Same(_plain, [.. _plain, .. bytes], said);
    }

    [Fact]
    public void Delimiters_that_stray_or_are_missing_or_wrong_are_noted()
    {
        void Read(byte[] sequence, string said) => Same(_plain, Insert(0x0008_1140, sequence), said);
        Read(_itemEnd, "(FFFE,E00D) occurs outside a sequence");
        Same(_plain, [.. _plain, .. _sequenceEnd], "(FFFE,E0DD) occurs outside a sequence");
        Read([.. _sequence, .. _item, .. _code, .. _sequenceEnd, .. _sequenceEnd], "(FFFE,E0DD) ends an item");
        Read([.. _sequence, .. _item, .. _code, .. _sequenceEnd], "(FFFE,E0DD) ends an item");
        Read([.. _sequence, .. _item, .. _code, .. _itemEnd, .. _itemEnd], "(FFFE,E00D) occurs in a sequence instead of an item");
        Read([.. _sequence, .. _item, .. _code, .. _itemEnd], "sequence (0008,1140) lacks the delimiter that ends it");
        Read([.. _sequence, .. _item, .. _code, .. _item, .. _code, .. _itemEnd, .. _sequenceEnd], "(FFFE,E000) occurs within an item");
        byte[] defined = [.. _sequence[..8], 26, 0, 0, 0, .. _item[..4], 10, 0, 0, 0, .. _code, .. _sequenceEnd];
        Read(defined, "(FFFE,E0DD) occurs in a sequence of defined length");
        defined[8] = 18;
        Read(defined, "(FFFE,E0DD) occurs outside a sequence");
        byte[] item = [.. _sequence[..8], 26, 0, 0, 0, .. _item[..4], 18, 0, 0, 0, .. _code, .. _itemEnd];
        Read(item, "(FFFE,E00D) occurs in an item of defined length");
    }

    [Theory]
    [InlineData("--", false)]
    [InlineData("??", false)]
    [InlineData("  ", false)]
    [InlineData("xs", false)]
    [InlineData("OX", true)]
    [InlineData("OX", false)]
    [InlineData("lo", false)]
    public void Representations_that_do_not_exist_are_noted(string vr, bool isLong)
    {
        byte[] letters = System.Text.Encoding.ASCII.GetBytes(vr);
        byte[] element = [0x10, 0, 0xB0, 0x21, .. letters, .. isLong ? (byte[])[0, 0, 4, 0, 0, 0] : [4, 0], .. "none"u8];
        Same(_plain, Insert(0x0010_21B0, element), "its element (0010,21B0) has no value representation");
        // Several of them in a row.
        byte[] next = [.. element];
        next[2]++;
        Same(_plain, Insert(0x0010_21B0, [.. element, .. next]), "its element (0010,21B1) has no value representation");
    }

    [Fact]
    public void Implicit_elements_in_an_explicit_data_set_are_read_and_explicit_ones_in_an_implicit_one()
    {
        byte[] isImplicit = [0x10, 0, 0x40, 0, 2, 0, 0, 0, .. "M "u8],
            isExplicit = [0x10, 0, 0x40, 0, .. "CS"u8, 2, 0, .. "M "u8];
        Same(_plain, Insert(0x0010_0040, isImplicit), "(0010,0040) has no value representation");
        Assert.Equal("M", DicomAttributes.Of(DicomFile.Read(Insert(0x0010_0040, isImplicit)).Data).Sex);
        byte[] sequence = [0x10, 0, 0x40, 0x11, 0xFF, 0xFF, 0xFF, 0xFF, .. _item, .. isImplicit, .. _itemEnd, .. _sequenceEnd];
        Same(_plain, Insert(0x0010_1140, sequence), "it is read as implicit");
        Same(
            (Grey with { Syntax = DicomWriter.ImplicitLittle }).File(),
            Insert(0x0010_0040, isExplicit, DicomWriter.ImplicitLittle),
            "(0010,0040) states its representation"
        );
    }

    [Theory]
    [InlineData(DicomWriter.ExplicitLittle, false, false)]
    [InlineData(DicomWriter.ExplicitLittle, true, true)]
    [InlineData(DicomWriter.ImplicitLittle, true, false)]
    [InlineData(DicomWriter.ImplicitLittle, true, true)]
    [InlineData(DicomWriter.ExplicitBig, true, false)]
    [InlineData(DicomWriter.ExplicitBig, false, false)]
    public void The_first_elements_show_how_a_data_set_is_written(string declared, bool isExplicit, bool bigEndian)
    {
        byte[] file = Claimed(declared, Grey.Elements(), isExplicit, bigEndian);
        Same(_plain, file, "it is read as it is written");
        Assert.Equal(declared, DicomFile.Read(file).Syntax.Uid);
    }

    [Fact]
    public void Files_begin_with_DICM_or_with_their_data_set()
    {
        Assert.True(DicomFile.Looks(_plain.AsSpan(128)));
        Same(_plain, _plain[128..], "begins with DICM");
        Allowed(_plain, Grey.File(WrittenStart.NoPreamble));
        Allowed(_plain, Grey.File(WrittenStart.Bare));
    }

    [Fact]
    public void Pixel_data_that_declare_more_than_is_left_are_read_if_the_image_is_whole()
    {
        byte[] longer = [.. _plain];
        int length = longer.AsSpan().LastIndexOf((ReadOnlySpan<byte>)[0xE0, 0x7F, 0x10, 0]) + 8;
        longer[length] += 2;
        Same(_plain, longer, "PixelData (7FE0,0010) declare 14 bytes, but 12 are left: those present are decoded");
        Assert.Contains("truncated", Assert.Throws<InvalidDataException>(() => Read(longer[..^1])).Message, StringComparison.Ordinal);
        // The pixels of every frame must be there, whichever is read.
        WrittenImage two = Grey with { Words = [Grey.Words[0], Grey.Words[0]] };
        Assert.Contains("truncated", Assert.Throws<InvalidDataException>(() => Read(two.File()[..^1])).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("-1")]
    public void Without_a_frame_there_is_one(string frames) =>
        Same(_plain, Grey.File(WrittenElement.Text(0x0028_0008, "IS", frames)), $"NumberOfFrames (0028,0008) is {frames}: one frame is read");

    [Fact]
    public void Deflated_data_may_have_a_header_of_zlib_or_not_be_deflated()
    {
        byte[] proper = (Grey with { Syntax = DicomWriter.Deflated }).File();
        byte[] meta = DicomWriter.File(DicomWriter.Deflated, [])[..DataSetOf(proper)];
        byte[] data = DicomWriter.Set(Grey.Elements(), true, false);
        using var zlib = new MemoryStream();
        using (var stream = new ZLibStream(zlib, CompressionLevel.Optimal, leaveOpen: true))
            stream.Write(data);
        Same(proper, [.. meta, .. zlib.ToArray()], "begins with a header of zlib");
        Same(proper, [.. meta, .. data], "its data set is not deflated");
        InvalidDataException broken = Assert.Throws<InvalidDataException>(() => Read([.. meta, 0xFF, 0xFF, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]));
        Assert.Contains("its deflated data set is damaged", broken.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_deflated_file_takes_no_more_memory_than_its_image_needs()
    {
        // Nine hundred million zeros in less than a million bytes: more than any file may have.
        byte[] proper = (Grey with { Syntax = DicomWriter.Deflated }).File();
        byte[] meta = DicomWriter.File(DicomWriter.Deflated, [])[..DataSetOf(proper)];
        using var bomb = new MemoryStream();
        bomb.Write(meta);
        using (var stream = new DeflateStream(bomb, CompressionLevel.Fastest, leaveOpen: true))
        {
            stream.Write(DicomWriter.Set(Grey.Elements().Where(e => e.Tag != 0x7FE0_0010), true, false));
            stream.Write([0xE0, 0x7F, 0x10, 0, .. "OW"u8, 0, 0, 0, 0xE9, 0xA4, 0x35]);
            byte[] zeros = new byte[1 << 20];
            for (int i = 0; i < 64; i++)
                stream.Write(zeros);
        }

        byte[] content = bomb.ToArray();
        long before = GC.GetAllocatedBytesForCurrentThread();
        InvalidDataException error = Assert.Throws<InvalidDataException>(() => DicomFile.Read(content));
        Assert.Contains("MaximumBytes", error.Message, StringComparison.Ordinal);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 4 << 20);
    }

    [Theory]
    [InlineData("ISO IR 192")]
    [InlineData("ISO-IR-192")]
    [InlineData("iso_ir 192")]
    [InlineData("UTF-8")]
    [InlineData("utf8")]
    public void Character_sets_are_known_by_other_names(string said)
    {
        byte[] name = [.. "Universit"u8, 0xC3, 0xA4, .. "tsklinik"u8];
        DicomFile file = DicomFile.Read(
            Grey.File(WrittenElement.Text(0x0008_0005, "CS", said), new WrittenElement(0x0008_0080, "LO", WrittenElement.Padded(name, 32)))
        );
        Assert.Equal("Universitätsklinik", DicomAttributes.Of(file.Data).Institution);
        DicomCharacterSets.Check(file.Data, file.Notes);
        Assert.Contains($"is '{said}', which is not defined: ISO_IR 192 is taken", Assert.Single(file.Notes.All), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GBK")]
    [InlineData("gbk")]
    [InlineData("GB18030")]
    [InlineData("ISO 2022 GBK")]
    [InlineData("ISO 2022 IR 58")]
    [InlineData("\\ISO 2022 IR 58")]
    [InlineData("\\GBK")]
    public void Chinese_texts_need_no_escape_sequence(string said)
    {
        DicomFile file = DicomFile.Read(
            Grey.File(WrittenElement.Text(0x0008_0005, "CS", said), new WrittenElement(0x0008_0080, "LO", [0xB1, 0xB1, 0xBE, 0xA9]))
        );
        Assert.Equal("北京", DicomAttributes.Of(file.Data).Institution);
    }

    [Theory]
    [InlineData(false, true)]
    [InlineData(false, false)]
    [InlineData(true, true)]
    [InlineData(true, false)]
    public void The_coded_view_is_found_however_its_sequence_is_written(bool unknown, bool isExplicit)
    {
        WrittenElement view = WrittenElement.Sequence(0x0054_0220, false, [WrittenElement.Text(0x0008_0104, "LO", "postero-anterior")]);
        byte[] content = DicomWriter.Set([view], isExplicit, false)[(isExplicit ? 12 : 8)..];
        byte[] file = unknown
            ? Grey.File(new WrittenElement(0x0054_0220, "UN", content))
            : (Grey with { Syntax = isExplicit ? DicomWriter.ExplicitLittle : DicomWriter.ImplicitLittle }).File(view);
        Assert.Equal("PA", DicomAttributes.Of(DicomFile.Read(file).Data).View);
    }

    /// <summary>Where the data set of a written file begins.</summary>
    private static int DataSetOf(byte[] file) => file.AsSpan().IndexOf("1.2.840.10008.1.2.1.99"u8) + 22;
}
