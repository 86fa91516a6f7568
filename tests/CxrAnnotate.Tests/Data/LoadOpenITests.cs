using System.Formats.Tar;
using System.IO.Compression;
using System.Text;
using Microsoft.ML.Data;

namespace CxrAnnotate.Tests;

public sealed class LoadOpenITests : IDisposable
{
    private const string Report = """
        <?xml version="1.0" encoding="utf-8"?>
        <eCitation><uId id="CXR7"/><MedlineCitation><Article><Abstract>
        <AbstractText Label="COMPARISON">None.</AbstractText><AbstractText Label="INDICATION">Chest
          pain</AbstractText><AbstractText Label="FINDINGS">Clear lungs.</AbstractText><AbstractText Label="IMPRESSION">Nothing.</AbstractText>
        </Abstract></Article></MedlineCitation>
        <MeSH><major>Opacity/lung/base</major><major>Cardiomegaly</major><major>Technical Quality of Image Unsatisfactory</major><automatic>opacity</automatic></MeSH>
        <parentImage id="CXR7_IM-1-1001"/><parentImage id="CXR7_IM-1-2001"/></eCitation>
        """;

    private readonly ScratchFolder _folder = new();
    private readonly LoggedContext _log = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_report_gives_one_row_per_image_with_its_terms_sections_and_view()
    {
        _folder.Write("projections.csv", "image_id,uid,projection\nCXR7_IM-1-1001,7,Frontal\n");
        _folder.Write("images/CXR7_IM-1-1001.png", "");
        _folder.Write("images/7_IM-1-2001.jpg", "");
        List<RadiographRecord> rows = _log.Rows(_log.Cxr.Data.LoadOpenI(Archive(("ecgen-radiology/7.xml", Report))));
        Assert.Equal(
            [Path.Combine(_folder.Path, "images", "CXR7_IM-1-1001.png"), Path.Combine(_folder.Path, "images", "7_IM-1-2001.jpg")],
            rows.Select(row => row.ImagePath)
        );
        Assert.Equal(["Frontal", ""], rows.Select(row => row.View));
        Assert.All(
            rows,
            row =>
                Assert.Equal(
                    ("Cardiomegaly|Opacity/lung/base", "7", "7", "openi", "Chest pain", "Clear lungs.", "Nothing."),
                    (row.Mesh, row.StudyId, row.PatientId, row.Source, row.Indication, row.Findings, row.Impression)
                )
        );
        Assert.All(rows, row => Assert.Equal(("opacity", "None.", "en"), (row.MeshAutomatic, row.Comparison, row.Language)));
        Assert.Empty(_log.Warnings);
    }

    [Fact]
    public void The_names_and_projections_of_the_redistributed_edition_are_known()
    {
        _folder.Write("indiana_projections.csv", "uid,filename,projection\n7,7_IM-1-1001.dcm.png,Lateral\n");
        string image = _folder.Write("images/images_normalized/7_IM-1-1001.dcm.png", "");
        RadiographRecord row = _log.Rows(_log.Cxr.Data.LoadOpenI(Archive(("ecgen-radiology/7.xml", Report)), Path.GetDirectoryName(image)))[0];
        Assert.Equal((image, "Lateral"), (row.ImagePath, row.View));
    }

    [Fact]
    public void A_damaged_report_is_skipped_by_name_and_no_entity_is_ever_resolved()
    {
        string secret = _folder.Write("secret.txt", "Nodule");
        string external =
            $"<!DOCTYPE e [<!ENTITY x SYSTEM \"file://{secret}\">]>"
            + Report.Split('\n', 2)[1].Replace("Cardiomegaly", "&x;", StringComparison.Ordinal).Replace("CXR7", "CXR8", StringComparison.Ordinal);
        string archive = Archive(
            ("a/6.xml", Report[..300]),
            ("a/7.xml", Report),
            ("a/8.xml", external),
            ("a/9.xml", "<eCitation/>"),
            ("a/readme.txt", "no report")
        );
        List<RadiographRecord> rows = _log.Rows(_log.Cxr.Data.LoadOpenI(archive));
        Assert.Equal(["7", "7"], rows.Select(row => row.StudyId));
        foreach (string name in (string[])["a/6.xml", "a/8.xml", "a/9.xml"])
            Assert.Single(_log.Warnings, warning => warning.Contains(name, StringComparison.Ordinal));
        Assert.Contains("3 of 4 reports were skipped", _log.Warnings[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_of_reports_gives_the_archives_rows()
    {
        string archive = Archive(
            ("ecgen-radiology/7.xml", Report),
            ("ecgen-radiology/10.xml", Report.Replace("CXR7", "CXR10", StringComparison.Ordinal))
        );
        using var unpacked = new ScratchFolder();
        using (FileStream file = File.OpenRead(archive))
        using (var content = new GZipStream(file, CompressionMode.Decompress))
            TarFile.ExtractToDirectory(content, unpacked.Path, overwriteFiles: true);
        List<RadiographRecord> packed = _log.Rows(_log.Cxr.Data.LoadOpenI(archive));
        Assert.Equal(["7", "7", "10", "10"], packed.Select(row => row.StudyId));
        Assert.Equal(
            packed.Select(row => (row.ImagePath, row.Mesh)),
            _log.Rows(_log.Cxr.Data.LoadOpenI(unpacked.Path)).Select(row => (row.ImagePath, row.Mesh))
        );
    }

    [Fact]
    public void A_truncated_archive_an_empty_folder_and_a_missing_path_are_errors()
    {
        string archive = Archive([.. Enumerable.Range(1, 50).Select(i => ($"a/{i}.xml", Report + new string(' ', i) + Guid.NewGuid()))]);
        File.WriteAllBytes(archive, File.ReadAllBytes(archive)[..1000]);
        Assert.Contains(archive, Assert.Throws<InvalidDataException>(() => _log.Cxr.Data.LoadOpenI(archive)).Message, StringComparison.Ordinal);
        string noArchive = _folder.Write("b.tgz", "this is text, and long enough to hold what a header of an archive would need to be looked at");
        Assert.Contains(noArchive, Assert.Throws<InvalidDataException>(() => _log.Cxr.Data.LoadOpenI(noArchive)).Message, StringComparison.Ordinal);
        using var empty = new ScratchFolder();
        Assert.Throws<InvalidDataException>(() => _log.Cxr.Data.LoadOpenI(empty.Path));
        Assert.Throws<FileNotFoundException>(() => _log.Cxr.Data.LoadOpenI(Path.Combine(empty.Path, "openi.mesh")));
        Assert.Throws<DirectoryNotFoundException>(() => _log.Cxr.Data.LoadOpenI(archive, imageFolder: Path.Combine(empty.Path, "absent")));
    }

    [Fact]
    public void Lines_of_the_authors_list_become_rows_and_bad_lines_are_skipped()
    {
        string list = _folder.Write(
            "openi.mesh",
            "/imgs/512/10/10/10_IM-1.png|Catheters, "
                + "Indwelling/right|Nodule\r\n\n/imgs/512/1/2/2_IM-1.png\n/imgs/512/1/2/2_IM-2.png||\n"
                + "short.png|normal\n/imgs/512/3/3/3_IM-1.png|normal"
        );
        _folder.Write("openi.mesh.top", "/imgs/512/10/10/10_IM-1.png|Catheters, Indwelling|Nodule\n");
        List<RadiographRecord> rows = _log.Rows(_log.Cxr.Data.LoadOpenI(list));
        Assert.Equal(
            [
                ("/imgs/512/10/10/10_IM-1.png", "Catheters, Indwelling/right|Nodule", "Catheters, Indwelling|Nodule", "10"),
                ("/imgs/512/3/3/3_IM-1.png", "normal", "", "3"),
            ],
            rows.Select(row => (row.ImagePath, row.Mesh, row.MeshTop, row.StudyId))
        );
        foreach (int line in (int[])[3, 4, 5])
            Assert.Single(_log.Warnings, warning => warning.Contains($"line {line}:", StringComparison.Ordinal));
        Assert.Contains("3 of 5 lines were skipped", _log.Warnings[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void A_list_line_may_have_ten_thousand_terms() =>
        Assert.Equal(
            10_000,
            Assert
                .Single(
                    _log.Rows(
                        _log.Cxr.Data.LoadOpenI(
                            _folder.Write("openi.mesh", "/imgs/512/1/1/1.png" + string.Concat(Enumerable.Repeat("|Nodule/lung", 10_000)))
                        )
                    )
                )
                .Mesh.Split('|')
                .Length
        );

    [Fact]
    public void The_authors_list_is_read_whole()
    {
        string path = TestData.Require("openi/openi.mesh");
        List<RadiographRecord> rows = _log.Rows(_log.Cxr.Data.LoadOpenI(path));
        Assert.Equal(7284, rows.Count);
        Assert.Equal(3753, rows.Select(row => row.StudyId).Distinct().Count());
        Assert.Equal(2696, rows.Count(row => row.Mesh == "normal"));
        Assert.Equal(
            145,
            rows.SelectMany(row => row.MeshTop.Split('|', StringSplitOptions.TrimEntries)).Distinct(StringComparer.OrdinalIgnoreCase).Count()
        );
        Assert.Equal(
            (3720, 3560, 4),
            (rows.Count(row => row.View == "Frontal"), rows.Count(row => row.View == "Lateral"), rows.Count(row => row.View.Length == 0))
        );
        Assert.Equal(8, rows.Count(row => File.Exists(row.ImagePath)));
        Assert.Empty(_log.Warnings);
        Assert.Equal(7284, _log.Cxr.Data.LoadOpenI(Path.GetDirectoryName(path)!).GetColumn<string>("Mesh").Count());
    }

    [Fact]
    public void The_report_archive_gives_the_annotations_of_the_authors_list()
    {
        List<RadiographRecord> reports = _log.Rows(_log.Cxr.Data.LoadOpenI(TestData.Require("openi/reports.tgz")));
        Dictionary<string, RadiographRecord> list = _log.Rows(_log.Cxr.Data.LoadOpenI(TestData.Require("openi/openi.mesh")))
            .ToDictionary(row => Path.GetFileNameWithoutExtension(row.ImagePath));
        Assert.All(
            reports,
            row =>
            {
                RadiographRecord authors = list[Path.GetFileNameWithoutExtension(row.ImagePath)];
                Assert.Equal(authors.Mesh.TrimEnd(), row.Mesh);
                Assert.Equal((authors.StudyId, authors.View), (row.StudyId, row.View));
            }
        );
        // 2,586 reports with 4,870 images, 112 of them without an indexed finding.
        Assert.Equal(4870 - 112, reports.Count);
        RadiographRecord six = reports.First(row => row.StudyId == "6");
        Assert.Equal("CXR6_IM-2192-1001", Path.GetFileNameWithoutExtension(six.ImagePath));
        Assert.Equal(("normal", "Evaluate for infection", "No acute cardiopulmonary findings."), (six.Mesh, six.Indication, six.Impression));
        Assert.StartsWith("Heart size and mediastinal contour are within normal limits.", six.Findings, StringComparison.Ordinal);
        Assert.Contains("No Indexing", Assert.Single(_log.Warnings), StringComparison.Ordinal);
    }

    private string Archive(params (string Name, string Text)[] files)
    {
        using var content = new MemoryStream();
        using (var gzip = new GZipStream(content, CompressionLevel.Fastest, leaveOpen: true))
        using (var tar = new TarWriter(gzip, TarEntryFormat.Ustar))
        {
            foreach ((string name, string text) in files)
                tar.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, name) { DataStream = new MemoryStream(Encoding.UTF8.GetBytes(text)) });
        }

        return _folder.Write("reports.tgz", content.ToArray());
    }
}
