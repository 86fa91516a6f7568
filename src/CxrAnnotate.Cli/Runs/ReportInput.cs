using System.Globalization;
using Microsoft.ML;

namespace CxrAnnotate.Cli;

/// <summary>Headers of a table of reports in place of the usual ones; null looks for the usual ones.</summary>
internal sealed record ReportColumns(string? Findings = null, string? Impression = null, string? Study = null, string? Annotation = null);

/// <summary>Reports to mine, from the Open-i archive or a CSV file.</summary>
internal static class ReportInput
{
    /// <summary>Reads reports. Those that are not annotated have an empty <see cref="RadiographRecord.Mesh"/>.</summary>
    /// <exception cref="InvalidDataException">The file has no column of report text, or no report.</exception>
    internal static List<RadiographRecord> Read(MLContext context, string path, ReportColumns columns)
    {
        bool archive =
            Directory.Exists(path)
            || path.EndsWith(".tgz", StringComparison.OrdinalIgnoreCase)
            || path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase)
            || path.EndsWith(".tar", StringComparison.OrdinalIgnoreCase);
        if (archive && columns != new ReportColumns())
            throw new UsageException(ErrorCode.OptionConflict.Message($"'{path}' is an archive of reports, which has no columns to name."));
        List<RadiographRecord> reports = archive ? OpenIReportReader.ReadReports(path, context) : ReadCsv(context, path, columns);
        return reports.Count > 0 ? reports : throw new InvalidDataException(ErrorCode.NoReport.Message($"'{path}' has no report."));
    }

    private static List<RadiographRecord> ReadCsv(MLContext context, string path, ReportColumns columns)
    {
        using SkippedRows skipped = new(context, path);
        CsvTable table = CsvTable.Read(path, skipped);
        int findings = table.FindGiven(columns.Findings, "findings", "report", "text", "report_text"),
            impression = table.FindGiven(columns.Impression, "impression");
        if (findings < 0 && impression < 0)
            table.Require("findings", "report", "text", "report_text", "impression");
        int study = table.FindGiven(columns.Study, "study", "studyid", "study_id", "report_id", "id", "image", "path"),
            mesh = table.FindGiven(columns.Annotation, "annotation", "mesh");
        List<RadiographRecord> reports = [];
        foreach (CsvLine row in table.Rows)
        {
            if (row[findings].Length == 0 && row[impression].Length == 0)
                skipped.Skip(row.Line, "no report text.");
            else
            {
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
        }
        skipped.Complete(reports.Count, "rows");
        // A study of several images has its report in several rows.
        return [.. reports.DistinctBy(report => (report.StudyId, report.Findings, report.Impression))];
    }
}
