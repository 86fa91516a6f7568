using System.Formats.Tar;
using System.IO.Compression;
using System.Text;
using System.Xml;
using System.Xml.Linq;
using CsCheck;
using Microsoft.ML;

namespace CxrAnnotate.Tests;

/// <summary>Small tables, reports and archives that demand gigabytes or minutes.</summary>
public sealed class HostileDataTests
{
    private const string Report = "<eCitation><uId id=\"CXR7\"/><MeSH><major>normal</major></MeSH><parentImage id=\"CXR7_1\"/></eCitation>";

    private static DataCatalog Data => new MLContext(seed: 1).ChestXray().Data;

    [Fact]
    public void Only_a_report_with_deep_nesting_or_too_many_elements_is_skipped()
    {
        using var folder = new ScratchFolder();
        folder.Write("reports/1.xml", Report);
        folder.Write("reports/2.xml", $"<eCitation><uId id=\"CXR8\"/>{Repeated("<b>", 100_000)}{Repeated("</b>", 100_000)}</eCitation>");
        folder.Write("reports/3.xml", $"<eCitation><uId id=\"CXR9\"/>{Repeated("<b/>", 200_000)}</eCitation>");
        folder.Write("reports/4.xml", $"<eCitation><uId id=\"CXR9\"/>{Repeated("<b>", 100_000)}");
        folder.Write("reports/5.xml", $"<eCitation {string.Concat(Enumerable.Range(0, 150_000).Select(i => $"a{i}=\"\" "))}/>");
        Assert.Equal(["7"], OpenIReportReader.ReadReports(Path.Combine(folder.Path, "reports"), new MLContext()).Select(row => row.StudyId));
    }

    [Fact]
    public void A_known_nested_report_is_skipped()
    {
        string packed = TestData.Require("hostile-cases/deep100k.xml.gz");
        using var folder = new ScratchFolder();
        using (var content = new GZipStream(File.OpenRead(packed), CompressionMode.Decompress))
        using (FileStream file = File.Create(Path.Combine(folder.Path, "deep.xml")))
            content.CopyTo(file);
        folder.Write("1.xml", Report);
        Assert.Equal(["7"], OpenIReportReader.ReadReports(folder.Path, new MLContext()).Select(row => row.StudyId));
    }

    /// <summary>The framework's reader is the oracle.</summary>
    [Fact]
    public void A_small_document_is_read_as_by_the_framework()
    {
        Gen<string> name = Gen.Int[0, 3].Select(i => ((string[])["a", "MeSH", "x:b", "x:AbstractText"])[i]),
            text = Gen.String[Gen.Char["ab \n<&]>\"'\u00e9"], 0, 6];
        Gen<XElement> leaf = Gen.Select(name, text, text, (n, attribute, value) => new XElement(Name(n), new XAttribute("Label", attribute), value));
        Gen<XElement> element = Gen.Recursive<XElement>(
            (depth, inner) =>
                depth > 4
                    ? leaf
                    : Gen.Select(
                        leaf,
                        inner.Array[0, 3],
                        text,
                        (own, children, tail) =>
                        {
                            own.Add(children);
                            own.Add(tail.Length > 0 ? new XCData(tail.Replace("]]>", "", StringComparison.Ordinal)) : null);
                            return own;
                        }
                    )
        );
        element.Sample(
            root =>
            {
                string document = new XElement("root", new XAttribute(XNamespace.Xmlns + "x", "urn:x"), new XComment("not this"), root).ToString(
                    SaveOptions.DisableFormatting
                );
                using var ours = XmlReader.Create(new StringReader(document));
                using var theirs = XmlReader.Create(new StringReader(document));
                XElement expected = XDocument.Load(theirs).Root!;
                expected.DescendantNodes().OfType<XComment>().Remove();
                XElement actual = ShallowXml.Read(ours);
                Assert.Equal(expected.DescendantsAndSelf().Select(Of), actual.DescendantsAndSelf().Select(Of));
            },
            iter: 500
        );

        static XName Name(string name) => name.StartsWith("x:", StringComparison.Ordinal) ? XName.Get(name[2..], "urn:x") : name;

        static (XName, string, string) Of(XElement e) => (e.Name, e.Value, string.Join('|', e.Attributes().Select(a => $"{a.Name}={a.Value}")));
    }

    [Fact]
    public void An_archive_that_unpacks_to_an_implausible_size_is_rejected()
    {
        using var folder = new ScratchFolder();
        string archive = Path.Combine(folder.Path, "NLMCXR_reports.tgz");
        using (var packed = new GZipStream(File.Create(archive), CompressionLevel.Optimal))
        using (var tar = new TarWriter(packed))
            tar.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, "pad.bin") { DataStream = new ZeroStream(200 << 20) });
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Contains(
            "more than",
            Assert.Throws<InvalidDataException>(() => OpenIReportReader.ReadReports(archive, new MLContext())).Message,
            StringComparison.Ordinal
        );
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 64 << 20);
    }

    [Fact]
    public void A_table_that_unpacks_to_an_implausible_size_is_rejected()
    {
        using var folder = new ScratchFolder();
        string table = Path.Combine(folder.Path, "table.csv.gz");
        using (var packed = new GZipStream(File.Create(table), CompressionLevel.Optimal))
            new ZeroStream(200 << 20).CopyTo(packed);
        Assert.Contains("holds more than", Assert.Throws<InvalidDataException>(() => Data.LoadCsv(table)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{0}\nimage,annotation\n")]
    [InlineData("image,annotation\na.png,normal\n{0}\nb.png,normal\n")]
    public void An_endless_line_of_separators_is_rejected(string table)
    {
        using var folder = new ScratchFolder();
        string path = folder.Write("table.csv", string.Format(System.Globalization.CultureInfo.InvariantCulture, table, new string(',', 5_000_000)));
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Contains("fields", Assert.Throws<InvalidDataException>(() => Data.LoadCsv(path)).Message, StringComparison.Ordinal);
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 64 << 20);
    }

    [Fact]
    public void A_model_archive_that_unpacks_to_an_implausible_size_is_rejected()
    {
        using var folder = new ScratchFolder();
        string path = Path.Combine(folder.Path, "model.zip");
        using (ZipArchive archive = ZipFile.Open(path, ZipArchiveMode.Create))
        using (Stream entry = archive.CreateEntry("TransformerChain/OnnxModel", CompressionLevel.Optimal).Open())
            new ZeroStream(200 << 20).CopyTo(entry);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<InvalidDataException>(() => RadiographAnnotator.Load(path));
        Assert.Throws<InvalidDataException>(() => new MLContext().ChestXray().LoadModel(path, out _));
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 64 << 20);
    }

    private static string Repeated(string text, int times) => new StringBuilder(text.Length * times).Insert(0, text, times).ToString();

    /// <summary>A stream of zeros of a given length.</summary>
    private sealed class ZeroStream(long length) : Stream
    {
        private long _read;

        public override bool CanRead => true;

        public override bool CanSeek => true;

        public override bool CanWrite => false;

        public override long Length => length;

        public override long Position
        {
            get => _read;
            set => throw new NotSupportedException();
        }

        public override int Read(byte[] buffer, int offset, int count)
        {
            int read = (int)Math.Min(count, length - _read);
            buffer.AsSpan(offset, read).Clear();
            _read += read;
            return read;
        }

        public override void Flush() { }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
