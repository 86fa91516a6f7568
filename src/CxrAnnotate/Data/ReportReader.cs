using System.Globalization;
using Microsoft.ML.Runtime;

namespace CxrAnnotate;

/// <summary>Reads rows of free-text reports from the Open-i archive or a CSV file.</summary>
internal static class ReportReader
{
    /// <summary>One row for each distinct report.</summary>
    internal static List<RadiographRecord> Read(string path, TableColumns columns, IChannelProvider log) =>
        // The report of a study with several images is in several rows.
        [
            .. ReadTable(path, columns, log)
                .Rows.DistinctBy(report => (report.StudyId, report.Findings, report.Impression)),
        ];

    /// <summary>All rows.</summary>
    internal static ReportTable ReadTable(string path, TableColumns columns, IChannelProvider log)
    {
        bool archive = Directory.Exists(path) || OpenIReportReader.IsArchive(path);
        if (archive && columns.Given.Any())
            throw new ArgumentException(
                ErrorCode.OptionConflict.Message($"'{path}' is an archive of reports, which has no columns to name."),
                nameof(columns)
            );
        ReportTable table = archive
            ? new ReportTable(path, OpenIReportReader.ReadReports(path, log)) { ReadImages = () => OpenIReportReader.ReadImages(path, log) }
            : ReadCsv(path, columns, log);
        return table.Rows.Count > 0 ? table : throw new InvalidDataException(ErrorCode.NoReport.Message($"'{path}' has no report."));
    }

    private static ReportTable ReadCsv(string path, TableColumns columns, IChannelProvider log)
    {
        using SkippedRows skipped = new(log, path);
        CsvTable table = ReportColumns.Joined(CsvTable.Read(path, skipped));
        int findings = table.FindGiven(columns.Findings, [.. ReportColumns.Findings, "report", "text", "report_text"]),
            impression = table.FindGiven(columns.Impression, ReportColumns.Impression);
        if (findings < 0 && impression < 0)
            table.Require("findings", "report", "text", "report_text", "impression");
        int study = table.FindGiven(columns.Study, [.. ReportColumns.Study, "report_id", "id", "image", "path", "path_to_image"]),
            mesh = table.FindGiven(columns.Annotation, "annotation", "mesh"),
            language = table.Find("language");
        List<RadiographRecord> reports = [];
        List<CsvLine> lines = [];
        foreach (CsvLine row in table.Rows)
        {
            if (row[findings].Length == 0 && row[impression].Length == 0)
            {
                skipped.Skip(row.Line, "no report text.");
                continue;
            }

            var parts = ReportParts.Split(row[findings]);
            lines.Add(row);
            reports.Add(
                new RadiographRecord
                {
                    StudyId = row[study].Length > 0 ? row[study] : row.Line.ToString(CultureInfo.InvariantCulture),
                    Findings = parts.Findings,
                    Impression = row[impression].Length > 0 ? row[impression] : parts.Impression,
                    Indication = parts.Indication,
                    Comparison = parts.Comparison,
                    Language = row[language],
                    Mesh = row[mesh],
                }
            );
        }

        skipped.Complete(reports.Count, "rows");
        int image = table.Find("image", "path", "imagepath", "image_path", "path_to_image");
        return new ReportTable(path, reports)
        {
            Header = table.Header,
            Lines = lines,
            ReadColumns = [findings, impression, mesh, study == image ? -1 : study],
            ImagePaths = image,
        };
    }
}
