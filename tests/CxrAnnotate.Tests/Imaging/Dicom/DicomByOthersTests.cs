using System.Runtime.InteropServices;

namespace CxrAnnotate.Tests;

/// <summary>
/// Files that dcmtk, GDCM and pydicom wrote: the stored values must be those written, and of lossy codings those that the toolkits' own decoders
/// give, bit for bit.
/// </summary>
public sealed class DicomByOthersTests : IDisposable
{
    // GDCM's RLE encoder fails on an odd number of bytes.
    private const int Columns = 68,
        Rows = 53;
    private readonly string _folder = Directory.CreateTempSubdirectory("cxr-dicom-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("+te", DicomWriter.ExplicitLittle)]
    [InlineData("+tb", DicomWriter.ExplicitBig)]
    [InlineData("+ti", DicomWriter.ImplicitLittle)]
    [InlineData("+td", DicomWriter.Deflated)]
    public void Syntaxes_of_dcmtk_are_read(string option, string syntax) => Lossless(syntax, All(), "dcmconv", option);

    [Theory]
    [InlineData("+g")]
    [InlineData("-e")]
    [InlineData("+F")]
    public void Bare_sets_and_other_arrangements_of_dcmtk_are_read(string option) =>
        Lossless(DicomWriter.ExplicitLittle, All(), "dcmconv", "+te", option);

    [Fact]
    public void Run_lengths_of_dcmtk_are_read() => Lossless(DicomWriter.Rle, All(), "dcmcrle");

    [Fact]
    public void Lossless_jpeg_of_dcmtk_is_read() => Lossless(DicomWriter.JpegLosslessFirst, All(), "dcmcjpeg", "+e1");

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    public void Lossless_jpeg_of_dcmtk_is_read_for_every_predictor(int predictor) =>
        Lossless(DicomWriter.JpegLossless, All(), "dcmcjpeg", "+el", "+sv", $"{predictor}");

    [Theory]
    [InlineData(8, "+eb", DicomWriter.JpegBaseline)]
    [InlineData(8, "+ee", DicomWriter.JpegExtended)]
    [InlineData(12, "+ee", DicomWriter.JpegExtended)]
    [InlineData(10, "+ee", DicomWriter.JpegExtended)]
    public void Lossy_jpeg_of_dcmtk_has_the_values_of_its_own_decoder(int bits, string process, string syntax)
    {
        foreach (string quality in (string[])["100", "90", "40"])
        {
            string original = Write(Grey(bits, signed: false)),
                coded = Path.Combine(_folder, "coded.dcm"),
                raw = Path.Combine(_folder, "raw.dcm");
            OtherProgram.Run("dcmcjpeg", process, "+q", quality, original, coded);
            OtherProgram.Run("dcmdjpeg", coded, raw);
            Assert.Equal(syntax, DicomFile.Open(new RadiographFile(coded)).Syntax.Uid);
            Assert.Equal(Values(raw), Values(coded));
        }
    }

    [Theory]
    [InlineData("--raw", DicomWriter.ExplicitLittle)]
    [InlineData("--explicit", DicomWriter.ExplicitLittle)]
    [InlineData("--implicit", DicomWriter.ImplicitLittle)]
    [InlineData("--rle", DicomWriter.Rle)]
    [InlineData("--jpeg", DicomWriter.JpegLosslessFirst)]
    public void Codings_of_gdcm_are_read(string option, string syntax) => Lossless(syntax, All(), "gdcmconv", option);

    [Fact]
    public void Lossy_jpeg_of_gdcm_has_the_values_of_its_own_decoder()
    {
        string coded = Path.Combine(_folder, "coded.dcm"),
            raw = Path.Combine(_folder, "raw.dcm");
        OtherProgram.Run("gdcmconv", "--jpeg", "--lossy", "-q", "80", Write(Grey(8, signed: false)), coded);
        OtherProgram.Run("gdcmconv", "--raw", coded, raw);
        Assert.Equal(DicomWriter.JpegBaseline, DicomFile.Open(new RadiographFile(coded)).Syntax.Uid);
        Assert.Equal(Values(raw), Values(coded));
        // Of deeper images GDCM makes a DCT of 16 bits, which T.81 does not have; dcmtk refuses it, too.
        OtherProgram.Run("gdcmconv", "--jpeg", "--lossy", "-q", "80", Write(Grey(12, signed: false)), coded);
        Assert.Contains("samples of 16 bits", Assert.Throws<InvalidDataException>(() => Values(coded)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(8, "+eb")]
    [InlineData(12, "+ee")]
    public void Lossy_jpeg_of_dcmtk_has_the_values_of_gdcms_decoder(int bits, string process)
    {
        string coded = Path.Combine(_folder, "coded.dcm"),
            raw = Path.Combine(_folder, "raw.dcm");
        OtherProgram.Run("dcmcjpeg", process, "+q", "75", Write(Grey(bits, signed: false)), coded);
        OtherProgram.Run("gdcmconv", "--raw", coded, raw);
        Assert.Equal(Values(raw), Values(coded));
    }

    [Fact]
    public void Luminance_of_lossy_colour_is_that_of_dcmtks_decoder()
    {
        string coded = Path.Combine(_folder, "coded.dcm"),
            raw = Path.Combine(_folder, "raw.dcm");
        OtherProgram.Run("dcmcjpeg", "+eb", "+s2", Write(Colour()), coded);
        OtherProgram.Run("dcmdjpeg", "+cn", coded, raw);
        int[] ours = Values(coded),
            theirs = Values(raw);
        // Grey uses only the luminance; how subsampled colours are upsampled is each decoder's choice.
        Assert.Equal(theirs.Where((_, i) => i % 3 == 0), ours.Where((_, i) => i % 3 == 0));
    }

    [Fact]
    public void A_picture_that_dcmtk_wrapped_has_the_values_of_its_own_decoder()
    {
        string picture = Path.Combine(_folder, "picture.jpg"),
            coded = Path.Combine(_folder, "coded.dcm"),
            raw = Path.Combine(_folder, "raw.dcm");
        File.WriteAllBytes(picture, TestJpeg.Sequential(Grey(8, signed: false).Words[0], Columns, Rows, 8));
        OtherProgram.Run("img2dcm", "--no-checks", "-i", "JPEG", picture, coded);
        OtherProgram.Run("dcmdjpeg", coded, raw);
        Assert.Equal(DicomWriter.JpegBaseline, DicomFile.Open(new RadiographFile(coded)).Syntax.Uid);
        Assert.Equal(Values(raw), Values(coded));
    }

    [Theory]
    [InlineData("gdcmconv", "--jpegls", DicomWriter.JpegLs)]
    [InlineData("dcmcjpls", "+el", DicomWriter.JpegLs)]
    public void Lossless_jpeg_ls_is_read(string program, string option, string syntax)
    {
        Lossless(syntax, All(), program, option);
    }

    [Fact]
    public void Lossless_jpeg_2000_of_gdcm_is_read()
    {
        TestCodecs.RequireOpenJpeg();
        Lossless(DicomWriter.Jpeg2000, All(), "gdcmconv", "--j2k");
    }

    [Theory]
    [InlineData(8)]
    [InlineData(12)]
    [InlineData(16)]
    public void Near_lossless_jpeg_ls_of_dcmtk_has_the_values_of_its_own_decoder(int bits)
    {
        string coded = Path.Combine(_folder, "coded.dcm"),
            raw = Path.Combine(_folder, "raw.dcm");
        OtherProgram.Run("dcmcjpls", "+en", "+md", "3", Write(Grey(bits, signed: false)), coded);
        OtherProgram.Run("dcmdjpls", coded, raw);
        Assert.Equal(DicomWriter.JpegLsNear, DicomFile.Open(new RadiographFile(coded)).Syntax.Uid);
        Assert.Equal(Values(raw), Values(coded));
    }

    [Theory]
    [InlineData(8, 10)]
    [InlineData(12, 10)]
    [InlineData(12, 40)]
    public void Lossy_jpeg_2000_of_gdcm_has_the_values_of_its_own_decoder(int bits, int rate)
    {
        TestCodecs.RequireOpenJpeg();
        string coded = Path.Combine(_folder, "coded.dcm"),
            raw = Path.Combine(_folder, "raw.dcm");
        OtherProgram.Run("gdcmconv", "--j2k", "--lossy", "-r", $"{rate}", Write(Grey(bits, signed: false)), coded);
        OtherProgram.Run("gdcmconv", "--raw", coded, raw);
        Assert.Equal(DicomWriter.Jpeg2000Lossy, DicomFile.Open(new RadiographFile(coded)).Syntax.Uid);
        // The wavelet of lossy coding is computed in floating point.
        // GDCM keeps values beyond the stored bits.
        Assert.All(
            Values(raw).Zip(Values(coded)),
            pair => Assert.InRange(Math.Clamp(pair.First, 0, (1 << bits) - 1) - pair.Second, -1, 1)
        );
    }

    [Fact]
    public void Frames_in_fragments_of_gdcm_are_read()
    {
        string coded = Path.Combine(_folder, "coded.dcm"),
            split = Path.Combine(_folder, "split.dcm");
        WrittenImage image = Grey(12, signed: false);
        OtherProgram.Run("gdcmconv", "--jpeg", Write(image), coded);
        OtherProgram.Run("gdcmconv", "--split", "512", coded, split);
        Assert.True(DicomFile.Open(new RadiographFile(split)).Data.Find(DicomTags.PixelData)!.Fragments!.Count > 3);
        Assert.Equal(image.Expected(0), Values(split));
    }

    [Fact]
    public void Images_of_pydicom_are_read()
    {
        const string script = """
            import sys, numpy, pydicom
            from pydicom.dataset import FileDataset, FileMetaDataset
            from pydicom.uid import ImplicitVRLittleEndian, ExplicitVRLittleEndian, ExplicitVRBigEndian
            rng = numpy.random.default_rng(7)
            for stored in range(8, 17):
                for signed in (0, 1):
                    for name, syntax in (('i', ImplicitVRLittleEndian), ('e', ExplicitVRLittleEndian), ('b', ExplicitVRBigEndian)):
                        meta = FileMetaDataset()
                        meta.TransferSyntaxUID, meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = syntax, '1.2.840.10008.5.1.4.1.1.1.1', '1.2.3.%d' % stored
                        ds = FileDataset(None, {}, file_meta=meta, preamble=b'\0' * 128)
                        ds.is_implicit_VR, ds.is_little_endian = name == 'i', name != 'b'
                        ds.SpecificCharacterSet, ds.PatientName, ds.Modality = 'ISO_IR 192', 'Šumská^Jana', 'DX'
                        ds.SOPClassUID, ds.SOPInstanceUID = meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID
                        ds.Rows, ds.Columns, ds.NumberOfFrames, ds.SamplesPerPixel, ds.PhotometricInterpretation = 11, 9, 2, 1, 'MONOCHROME2'
                        ds.BitsAllocated = 8 if stored == 8 else 16
                        ds.BitsStored, ds.HighBit, ds.PixelRepresentation = stored, stored - 1, signed
                        low, high = (-(1 << (stored - 1)), 1 << (stored - 1)) if signed else (0, 1 << stored)
                        pixels = rng.integers(low, high, (2, 11, 9)).astype(('i' if signed else 'u') + str(ds.BitsAllocated // 8))
                        ds.PixelData = pixels.astype(pixels.dtype.newbyteorder('<' if name != 'b' else '>')).tobytes()
                        ds['PixelData'].VR = 'OW' if stored > 8 else 'OB'
                        path = '%s/%d-%d-%s' % (sys.argv[1], stored, signed, name)
                        ds.save_as(path + '.dcm', write_like_original=False)
                        pydicom.dcmread(path + '.dcm').pixel_array[1].astype('<i4').tofile(path + '.raw')
            """;
        OtherProgram.RunPydicom(script, _folder);
        string[] files = Directory.GetFiles(_folder, "*.dcm");
        Assert.Equal(54, files.Length);
        Assert.All(
            files,
            path =>
            {
                DicomFile file = DicomFile.Open(new RadiographFile(path));
                Assert.Equal("Šumská^Jana", file.Data.Text(0x0010_0010));
                int[] values = DicomImage.Of(file, 1 << 20).Decode(1);
                Assert.Equal(MemoryMarshal.Cast<byte, int>(File.ReadAllBytes(Path.ChangeExtension(path, ".raw"))).ToArray(), values);
            }
        );
    }

    [Fact]
    public void Texts_are_those_of_pydicom()
    {
        const string script = """
            import sys, pydicom.charset as charset
            rng = __import__('random').Random(3)
            sets = {'ISO_IR 100': 'latin_1', 'ISO_IR 101': 'iso8859_2', 'ISO_IR 109': 'iso8859_3', 'ISO_IR 110': 'iso8859_4', 'ISO_IR 144': 'iso8859_5', 'ISO_IR 127': 'iso8859_6',
                    'ISO_IR 126': 'iso8859_7', 'ISO_IR 138': 'iso8859_8', 'ISO_IR 148': 'iso8859_9', 'ISO_IR 203': 'iso8859_15', 'ISO_IR 166': 'iso8859_11', 'ISO_IR 192': 'utf8', 'GB18030': 'gb18030', 'GBK': 'gbk'}
            multi = {'\\ISO 2022 IR 87': '山田太郎やまだたろう東京病院胸部亜', '\\ISO 2022 IR 149': '洪吉洞홍길동서울가', '\\ISO 2022 IR 87\\ISO 2022 IR 159': '齩鷗丂龥'}
            out = open(sys.argv[1] + '/texts', 'w', encoding='utf8')
            for name, codec in sets.items():
                letters = []
                for b in range(0xA1, 0x100):
                    try: letter = bytes([b]).decode(codec)
                    except UnicodeDecodeError: continue
                    # The signs of ISO 8859-7 and 8859-8 differ between their editions, the letters do not.
                    if letter.isalpha() and letter != 'ͺ': letters.append(letter)
                letters = letters or list('王小东胸片ěЖéß'.encode(codec, 'ignore').decode(codec))
                for _ in range(20):
                    text = 'A' + ''.join(rng.choice(letters) for _ in range(12)) + 'z'
                    out.write(name + '\t' + text.encode(codec).hex() + '\t' + charset.decode_bytes(text.encode(codec), [codec], set()) + '\n')
            for name, letters in multi.items():
                terms = charset.convert_encodings(name.split('\\'))
                for _ in range(20):
                    text = 'A' + ''.join(rng.choice(letters) for _ in range(6)) + 'z'
                    out.write(name + '\t' + charset.encode_string(text, terms).hex() + '\t' + text + '\n')
            """;
        OtherProgram.RunPydicom(script, _folder);
        string[] lines = File.ReadAllLines(Path.Combine(_folder, "texts"));
        Assert.Equal(340, lines.Length);
        Assert.Multiple([
            .. lines.Select(line =>
                (Action)(
                    () =>
                    {
                        string[] parts = line.Split('\t');
                        Assert.Equal(
                            $"{parts[0]}: {parts[2]}",
                            $"{parts[0]}: {DicomText.Decode(Convert.FromHexString(parts[1]), parts[0].Split('\\'))}"
                        );
                    }
                )
            ),
        ]);
    }

    private static IEnumerable<WrittenImage> All() =>
        [Grey(8, false), Grey(12, false), Grey(16, false), Grey(10, false), Grey(12, true), Grey(16, true), Colour()];

    /// <summary>Soft shapes, an edge, noise, and both ends of the range.</summary>
    private static WrittenImage Grey(int bits, bool signed)
    {
        var random = new Random(bits);
        int largest = (1 << bits) - 1,
            offset = signed ? 1 << (bits - 1) : 0;
        int[] words =
        [
            .. from y in Enumerable.Range(0, Rows)
            from x in Enumerable.Range(0, Columns)
            let shape = (0.5 + (0.4 * Math.Sin(x / 7.0) * Math.Cos(y / 9.0)) + (x > 40 && y > 20 ? 0.2 : 0)) * largest
            let value = (x + y) % 50 == 0 ? random.Next(2) * largest : Math.Clamp((int)shape + random.Next(-3, 4), 0, largest)
            select (value - offset) & (bits == 8 ? 0xFF : 0xFFFF),
        ];
        return new WrittenImage(Columns, Rows, [words])
        {
            Allocated = bits == 8 ? 8 : 16,
            Stored = bits,
            Signed = signed,
            PixelVr = bits == 8 ? "OB" : "OW",
        };
    }

    private static WrittenImage Colour()
    {
        WrittenImage grey = Grey(8, false);
        return grey with
        {
            Words =
            [
                [.. grey.Words[0].SelectMany((w, i) => new[] { w, 255 - w, (i * 3) & 255 })],
            ],
            Samples = 3,
            Photometric = "RGB",
        };
    }

    private void Lossless(string syntax, IEnumerable<WrittenImage> images, string program, params string[] options)
    {
        OtherProgram.Require(program);
        string coded = Path.Combine(_folder, "coded.dcm");
        Assert.All(
            images,
            image =>
            {
                OtherProgram.Run(program, [.. options, Write(image), coded]);
                Assert.Equal(syntax, DicomFile.Open(new RadiographFile(coded)).Syntax.Uid);
                DicomImage read = DicomImage.Of(DicomFile.Open(new RadiographFile(coded)), 1 << 20);
                int[] values = read.Decode(),
                    expected = image.Expected(0);
                // The bits above the stored ones are the writer's choice: zeros, or the sign of signed values.
                read.Extract(values);
                Assert.Equal(expected, values);
            }
        );
    }

    private string Write(WrittenImage image)
    {
        string path = Path.Combine(_folder, "original.dcm");
        File.WriteAllBytes(
            path,
            image.File(
                WrittenElement.Text(0x0008_0016, "UI", "1.2.840.10008.5.1.4.1.1.1.1"),
                WrittenElement.Text(0x0008_0018, "UI", "1.2.3.4.5"),
                WrittenElement.Text(0x0010_0010, "PN", "A^B"),
                WrittenElement.Text(0x0020_000D, "UI", "1.2.3.4"),
                WrittenElement.Text(0x0020_000E, "UI", "1.2.3.4.1"),
                WrittenElement.Text(0x0008_0060, "CS", "DX")
            )
        );
        return path;
    }

    private static int[] Values(string path)
    {
        DicomImage image = DicomImage.Of(DicomFile.Open(new RadiographFile(path)), 1 << 20);
        int[] values = image.Decode();
        image.Extract(values);
        return values;
    }
}
