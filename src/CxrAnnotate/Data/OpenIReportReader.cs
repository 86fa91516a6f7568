using System.Formats.Tar;
using System.Globalization;
using System.IO.Compression;
using System.Xml;
using System.Xml.Linq;
using Microsoft.ML.Runtime;

namespace CxrAnnotate;

/// <summary>
/// Reads rows from the Open-i report archive (ecgen-radiology/N.xml), packed or unpacked: one row per image of a report. The annotation has the
/// report's major MeSH terms as in the list of the paper's authors: sorted, distinct, without the two remarks that are not findings.
/// </summary>
internal static class OpenIReportReader
{
    /// <summary>Indexers' remarks, not findings; the authors' list has neither.</summary>
    private static readonly string[] _remarks = ["No Indexing", "Technical Quality of Image Unsatisfactory"];

    // A report has about 10 KB. Document types are prohibited, so that no entity is ever expanded or fetched.
    private static readonly XmlReaderSettings _settings = new()
    {
        DtdProcessing = DtdProcessing.Prohibit,
        XmlResolver = null,
        MaxCharactersInDocument = 16 << 20,
    };

    /// <summary>Whether a file name is that of an archive.</summary>
    internal static bool IsArchive(string path) =>
        path.EndsWith(".tgz", StringComparison.OrdinalIgnoreCase)
        || path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase)
        || path.EndsWith(".tar", StringComparison.OrdinalIgnoreCase);

    internal static List<RadiographRecord> ReadFolder(string folder, OpenIImages images, IChannelProvider log) =>
        Read(folder, Files(folder), (report, study, mesh) => Rows(report, study, mesh, images), log);

    /// <summary>
    /// Reads the reports of an archive or folder: one row per report, with or without images, without an image path; the annotation is empty if the
    /// report was not indexed.
    /// </summary>
    internal static List<RadiographRecord> ReadReports(string path, IChannelProvider log)
    {
        OpenIReportRows rows = (report, study, mesh) => [Row(report, study, mesh)];
        if (Directory.Exists(path))
            return Read(path, Files(path), rows, log, keepUnindexed: true);
        if (!File.Exists(path))
            throw new FileNotFoundException(
                ErrorCode.DataNotFound.Message(
                    $"There is no file or folder '{path}'. Give the report archive (.tgz), or the folder of its XML files."
                ),
                path
            );
        return ReadPacked(path, rows, log, keepUnindexed: true);
    }

    /// <summary>The images of every report of an archive or folder, by study; those that are there are paths, the others names.</summary>
    internal static ILookup<string, string> ReadImages(string path, IChannelProvider log)
    {
        OpenIImages images = OpenIImages.Open(Directory.Exists(path) ? path : Path.GetDirectoryName(path)!, null, log);
        OpenIReportRows rows = (report, study, mesh) => Rows(report, study, mesh, images);
        List<RadiographRecord> all = Directory.Exists(path)
            ? Read(path, Files(path), rows, log, keepUnindexed: true)
            : ReadPacked(path, rows, log, keepUnindexed: true);
        return all.ToLookup(row => row.StudyId, row => row.ImagePath);
    }

    internal static List<RadiographRecord> ReadArchive(string archive, OpenIImages images, IChannelProvider log) =>
        ReadPacked(archive, (report, study, mesh) => Rows(report, study, mesh, images), log);

    private static IEnumerable<(string Name, Func<Stream> Open)> Files(string folder) =>
        new FileTree(recursive: true)
            .Walk(folder)
            .Where(found => found.Kind == FileKind.Folder || found.Path.EndsWith(".xml", StringComparison.OrdinalIgnoreCase))
            .Select(found => (Path.GetRelativePath(folder, found.Path), (Func<Stream>)(() => Open(found))));

    private static FileStream Open(FoundFile found)
    {
        if (found.Problem is { } problem)
            throw new InvalidDataException(ErrorCode.ReportUnreadable.Message(problem));
        try
        {
            return File.OpenRead(found.Path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InvalidDataException(ErrorCode.ReportUnreadable.Message(e.Message), e);
        }
    }

    private static List<RadiographRecord> ReadPacked(string archive, OpenIReportRows rows, IChannelProvider log, bool keepUnindexed = false)
    {
        using FileStream file = File.OpenRead(archive);
        bool packed = file.ReadByte() == 0x1F && file.ReadByte() == 0x8B;
        file.Position = 0;
        using Stream content = packed ? new BoundedStream(new GZipStream(file, CompressionMode.Decompress), Unpacking.Most(file.Length)) : file;
        using var tar = new TarReader(content);
        return Read(archive, Entries(archive, tar), rows, log, keepUnindexed);
    }

    /// <summary>Makes rows from a report's XML, its study and its annotation.</summary>
    private delegate List<RadiographRecord> OpenIReportRows(XElement report, string study, string mesh);

    private static IEnumerable<(string Name, Func<Stream> Open)> Entries(string archive, TarReader tar)
    {
        while (Next(archive, tar) is { } entry)
        {
            if (entry.DataStream is { } data && entry.Name.EndsWith(".xml", StringComparison.OrdinalIgnoreCase))
                yield return (entry.Name, () => data);
        }
    }

    private static TarEntry? Next(string archive, TarReader tar)
    {
        try
        {
            return tar.GetNextEntry();
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException or FormatException)
        {
            throw new InvalidDataException(
                ErrorCode.ArchiveDamaged.Message(
                    $"'{archive}' is not a whole .tgz or .tar archive of Open-i reports. Fetch it again, or give the folder of its unpacked XML "
                        + $"files. ({e.Message})"
                ),
                e
            );
        }
    }

    private static List<RadiographRecord> Read(
        string place,
        IEnumerable<(string Name, Func<Stream> Open)> reports,
        OpenIReportRows rows,
        IChannelProvider log,
        bool keepUnindexed = false
    )
    {
        using var skipped = new SkippedRows(log, place);
        var found = new List<(long Number, string Name, List<RadiographRecord> Rows)>();
        int unindexed = 0;
        foreach ((string name, Func<Stream> open) in reports)
        {
            try
            {
                using Stream content = open();
                using var reader = XmlReader.Create(content, _settings);
                XElement report = ShallowXml.Read(reader);
                string study = Study(report);
                string mesh = Mesh(report);
                if (mesh.Length == 0 && !keepUnindexed)
                    unindexed++;
                else
                    found.Add(
                        (
                            long.TryParse(study, NumberStyles.None, CultureInfo.InvariantCulture, out long number) ? number : long.MaxValue,
                            study,
                            rows(report, study, mesh)
                        )
                    );
            }
            catch (Exception e) when (e is XmlException or InvalidDataException or EndOfStreamException)
            {
                skipped.Skip(name, $"not a readable report: {e.Message}");
            }
        }

        if (unindexed > 0)
            skipped.Note(
                $"{Plural.Of(unindexed, "report has", "reports have")} no MeSH finding (No Indexing, or only a remark on the image quality) "
                    + $"and {(unindexed == 1 ? "is" : "are")} left out."
            );
        if (found.Count + skipped.Count + unindexed == 0)
            throw new InvalidDataException(
                ErrorCode.NoReport.Message($"'{place}' has no report: expected the files N.xml of the Open-i collection.")
            );
        skipped.Complete(found.Count, "reports");
        return [.. found.OrderBy(report => report.Number).ThenBy(report => report.Name, StringComparer.Ordinal).SelectMany(report => report.Rows)];
    }

    private static string Study(XElement report)
    {
        string? id = report.Element("uId")?.Attribute("id")?.Value.Trim();
        if (string.IsNullOrEmpty(id))
            throw new InvalidDataException(ErrorCode.ReportUnreadable.Message("there is no uId that names the study."));
        return id.StartsWith("CXR", StringComparison.Ordinal) ? id[3..] : id;
    }

    private static string Mesh(XElement report) =>
        string.Join(
            '|',
            report
                .Elements("MeSH")
                .Elements("major")
                .Select(term => term.Value.Trim())
                .Where(term => term.Length > 0 && !_remarks.Contains(term, StringComparer.OrdinalIgnoreCase))
                .Distinct(StringComparer.Ordinal)
                .Order(StringComparer.Ordinal)
        );

    private static List<RadiographRecord> Rows(XElement report, string study, string mesh, OpenIImages images) =>
        [
            .. report
                .Elements("parentImage")
                .Select(image => image.Attribute("id")?.Value.Trim() ?? "")
                .Where(id => id.Length > 0)
                .Distinct(StringComparer.Ordinal)
                .Select(id => Row(report, study, mesh, images.Locate(id + ".png"), images.View(id))),
        ];

    private static RadiographRecord Row(XElement report, string study, string mesh, string image = "", string view = "") =>
        new()
        {
            ImagePath = image,
            Mesh = mesh,
            StudyId = study,
            PatientId = study,
            View = view,
            Source = OpenIImages.Source,
            Findings = Section(report, "FINDINGS"),
            Impression = Section(report, "IMPRESSION"),
            Indication = Section(report, "INDICATION"),
            Comparison = Section(report, "COMPARISON"),
            Language = "en",
            MeshAutomatic = string.Join(
                '|',
                report
                    .Elements("MeSH")
                    .Elements("automatic")
                    .Select(term => term.Value.Trim())
                    .Where(term => term.Length > 0)
                    .Distinct(StringComparer.Ordinal)
                    .Order(StringComparer.Ordinal)
            ),
        };

    private static string Section(XElement report, string label) =>
        string.Join(
            ' ',
            report
                .Descendants("AbstractText")
                .Where(text => string.Equals(text.Attribute("Label")?.Value, label, StringComparison.OrdinalIgnoreCase))
                .SelectMany(text => text.Value.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))
        );
}
