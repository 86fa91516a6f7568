using System.Formats.Tar;
using System.Globalization;
using System.IO.Compression;
using System.Xml;
using System.Xml.Linq;
using Microsoft.ML.Runtime;

namespace CxrAnnotate;

/// <summary>
/// Rows from the Open-i report archive (ecgen-radiology/N.xml), packed or unpacked: one row per image of a report. The annotation is the report's major MeSH terms
/// as the paper's authors made their list of them: sorted, each once, without the two remarks that are no findings.
/// </summary>
internal static class OpenIReportReader
{
    /// <summary>Indexers' remarks, not findings; the authors' list has neither.</summary>
    private static readonly string[] _remarks = ["No Indexing", "Technical Quality of Image Unsatisfactory"];

    // A report is some 10 KB. No document type, so no entity is ever expanded or fetched.
    private static readonly XmlReaderSettings _settings = new() { DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null, MaxCharactersInDocument = 16 << 20 };

    internal static List<RadiographRecord> ReadFolder(string folder, OpenIImages images, IChannelProvider log) =>
        Read(folder, Directory.EnumerateFiles(folder, "*.xml", SearchOption.AllDirectories).Select(file => (Path.GetRelativePath(folder, file), (Func<Stream>)(() => File.OpenRead(file)))), images, log);

    internal static List<RadiographRecord> ReadArchive(string archive, OpenIImages images, IChannelProvider log)
    {
        using FileStream file = File.OpenRead(archive);
        bool packed = file.ReadByte() == 0x1F && file.ReadByte() == 0x8B;
        file.Position = 0;
        using Stream content = packed ? new GZipStream(file, CompressionMode.Decompress) : file;
        using var tar = new TarReader(content);
        return Read(archive, Entries(archive, tar), images, log);
    }

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
            throw new InvalidDataException($"'{archive}' is not a whole .tgz or .tar archive of Open-i reports. Fetch it again, or give the folder of its unpacked XML files. ({e.Message})", e);
        }
    }

    private static List<RadiographRecord> Read(string place, IEnumerable<(string Name, Func<Stream> Open)> reports, OpenIImages images, IChannelProvider log)
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
                XElement report = XDocument.Load(reader).Root!;
                string study = Study(report);
                string mesh = Mesh(report);
                if (mesh.Length == 0)
                    unindexed++;
                else
                    found.Add((long.TryParse(study, NumberStyles.None, CultureInfo.InvariantCulture, out long number) ? number : long.MaxValue, study, Rows(report, study, mesh, images)));
            }
            catch (Exception e) when (e is XmlException or InvalidDataException or EndOfStreamException)
            {
                skipped.Skip(name, $"not a readable report: {e.Message}");
            }
        }

        if (unindexed > 0)
            skipped.Note($"{unindexed} reports carry no MeSH finding (No Indexing, or only a remark on the image quality) and are left out.");
        if (found.Count + skipped.Count + unindexed == 0)
            throw new InvalidDataException($"'{place}' has no report: expected the files N.xml of the Open-i collection.");
        skipped.Complete(found.Count, "reports");
        return [.. found.OrderBy(report => report.Number).ThenBy(report => report.Name, StringComparer.Ordinal).SelectMany(report => report.Rows)];
    }

    private static string Study(XElement report)
    {
        string? id = report.Element("uId")?.Attribute("id")?.Value.Trim();
        if (string.IsNullOrEmpty(id))
            throw new InvalidDataException("there is no uId that names the study.");
        return id.StartsWith("CXR", StringComparison.Ordinal) ? id[3..] : id;
    }

    private static string Mesh(XElement report) => string.Join('|', report.Elements("MeSH").Elements("major").Select(term => term.Value.Trim())
        .Where(term => term.Length > 0 && !_remarks.Contains(term, StringComparer.OrdinalIgnoreCase))
        .Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal));

    private static List<RadiographRecord> Rows(XElement report, string study, string mesh, OpenIImages images)
    {
        string findings = Section(report, "FINDINGS");
        string impression = Section(report, "IMPRESSION");
        string indication = Section(report, "INDICATION");
        return [.. report.Elements("parentImage").Select(image => image.Attribute("id")?.Value.Trim() ?? "").Where(id => id.Length > 0).Distinct(StringComparer.Ordinal).Select(id => new RadiographRecord
        {
            ImagePath = images.Locate(id + ".png"),
            Mesh = mesh,
            StudyId = study,
            PatientId = study,
            View = images.View(id),
            Source = OpenIImages.Source,
            Findings = findings,
            Impression = impression,
            Indication = indication,
        })];
    }

    private static string Section(XElement report, string label) => string.Join(' ', report.Descendants("AbstractText")
        .Where(text => string.Equals(text.Attribute("Label")?.Value, label, StringComparison.OrdinalIgnoreCase))
        .SelectMany(text => text.Value.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)));
}
