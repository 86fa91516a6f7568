using System.Globalization;
using Microsoft.ML.Runtime;

namespace CxrAnnotate;

/// <summary>Reads rows of free-text reports from the Open-i archive or a CSV file.</summary>
internal static class ReportReader
{
    internal static List<RadiographRecord> Read(string path, TableColumns columns, IChannelProvider log)
    {
        bool archive = Directory.Exists(path) || OpenIReportReader.IsArchive(path);
        if (archive && columns.Given.Any())
            throw new ArgumentException(
                ErrorCode.OptionConflict.Message($"'{path}' is an archive of reports, which has no columns to name."),
                nameof(columns)
            );
        List<RadiographRecord> reports = archive ? OpenIReportReader.ReadReports(path, log) : ReadCsv(path, columns, log);
        return reports.Count > 0 ? reports : throw new InvalidDataException(ErrorCode.NoReport.Message($"'{path}' has no report."));
    }

    private static List<RadiographRecord> ReadCsv(string path, TableColumns columns, IChannelProvider log)
    {
        using SkippedRows skipped = new(log, path);
        CsvTable table = ReportColumns.Joined(CsvTable.Read(path, skipped));
        int findings = table.FindGiven(columns.Findings, [.. ReportColumns.Findings, "report", "text", "report_text"]),
            impression = table.FindGiven(columns.Impression, ReportColumns.Impression);
        if (findings < 0 && impression < 0)
            table.Require("findings", "report", "text", "report_text", "impression");
        int study = table.FindGiven(columns.Study, [.. ReportColumns.Study, "report_id", "id", "image", "path", "path_to_image"]),
            mesh = table.FindGiven(columns.Annotation, "annotation", "mesh");
        List<RadiographRecord> reports = [];
        foreach (CsvLine row in table.Rows)
        {
            if (row[findings].Length == 0 && row[impression].Length == 0)
            {
                skipped.Skip(row.Line, "no report text.");
                continue;
            }

            reports.Add(
                new RadiographRecord
                {
                    StudyId = row[study].Length > 0 ? row[study] : row.Line.ToString(CultureInfo.InvariantCulture),
                    Findings = row[findings],
                    Impression = row[impression],
                    Mesh = row[mesh],
                }
            );
        }

        skipped.Complete(reports.Count, "rows");
        // The report of a study with several images is in several rows.
        return [.. reports.DistinctBy(report => (report.StudyId, report.Findings, report.Impression))];
    }
}
