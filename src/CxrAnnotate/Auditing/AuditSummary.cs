using System.Globalization;

namespace CxrAnnotate;

/// <summary>Says in sentences what an audit found.</summary>
internal static class AuditSummary
{
    /// <summary>From here on a column and the classes go together so much that it is worth a look: a "medium" effect of Cohen (1988).</summary>
    private const double NotableV = 0.3;

    internal static IReadOnlyList<AuditFinding> Of(DataAuditReport report) =>
        [
            .. ((AuditFinding[])
                [
                    Files(report),
                    Copies(report),
                    Conflicts(report),
                    Patients(report),
                    .. Shortcuts(report),
                    .. Columns(report),
                    .. Classes(report),
                    .. Suspects(report),
                ]).OrderBy(finding => finding.Severity),
        ];

    private static AuditFinding Files(DataAuditReport report) =>
        report.UnreadableRows.Count == 0
            ? new(AuditSeverity.Passed, "files", $"All {Plural.Of(report.Rows, "file", "files")} can be read.")
            : new(
                report.Readable == 0 ? AuditSeverity.Problem : AuditSeverity.Warning,
                "files",
                $"{report.UnreadableRows.Count} of {Plural.Of(report.Rows, "file", "files")} cannot be read, and would be left out."
            );

    private static AuditFinding Copies(DataAuditReport report)
    {
        if (report.Copies.Count == 0)
            return new(AuditSeverity.Passed, "copies", "No picture occurs twice.");
        int leaks = report.Copies.Count(copy => copy.CrossesSplit),
            patients = report.Copies.Count(copy => copy.CrossesPatients);
        string occur = $"{Plural.Of(report.Copies.Count, "picture occurs", "pictures occur")} more than once";
        return leaks > 0
            ? new(
                AuditSeverity.Problem,
                "copies",
                $"{occur}, {leaks} of them on both sides of the split: a model is measured on pictures that it was trained on."
            )
            : new(
                AuditSeverity.Warning,
                "copies",
                patients > 0
                    ? $"{occur}, {patients} of them under different patients, which no split by patient keeps together."
                    : $"{occur}, each under one patient."
            );
    }

    private static AuditFinding Conflicts(DataAuditReport report)
    {
        int contradictions = report.Conflicts.Count(conflict => conflict.IsContradiction);
        return report.Conflicts.Count == 0 ? new(AuditSeverity.Passed, "conflicts", "No picture has two different annotations.")
            : contradictions > 0
                ? new(
                    AuditSeverity.Problem,
                    "conflicts",
                    $"{Plural.Of(contradictions, "picture has", "pictures have")} annotations that contradict each other."
                )
            : new(
                AuditSeverity.Warning,
                "conflicts",
                $"{Plural.Of(report.Conflicts.Count, "picture has", "pictures have")} annotations that differ in place or degree."
            );
    }

    private static AuditFinding Patients(DataAuditReport report) =>
        report.SharedPatients.Count == 0
            ? new(AuditSeverity.Passed, "patients", "No patient is on two sides of the split.")
            : new(
                AuditSeverity.Problem,
                "patients",
                $"{Plural.Of(report.SharedPatients.Count, "patient is", "patients are")} on more than one side of the split."
            );

    private static IEnumerable<AuditFinding> Shortcuts(DataAuditReport report)
    {
        if (report.Readers.Count == 0)
        {
            yield return new(AuditSeverity.Warning, "shortcuts", "There are too few patients or findings to tell whether there are shortcuts.");
            yield break;
        }

        (ShortcutReader Reader, ShortcutFigure Figure)[] telling =
        [
            .. from reader in report.Readers
            where !reader.SeesLungs
            from figure in reader.Findings
            where figure.Verdict != ShortcutVerdict.Nothing
            select (reader, figure),
        ];
        if (telling.Length == 0)
        {
            yield return new(
                AuditSeverity.Passed,
                "shortcuts",
                "Borders, surroundings, file properties and columns tell no finding better than chance does."
            );
            yield break;
        }

        ShortcutReader? whole = report.Readers.FirstOrDefault(reader => reader.Name == ReaderInput.Whole);
        foreach (IGrouping<string, (ShortcutReader Reader, ShortcutFigure Figure)> one in telling.GroupBy(pair => pair.Reader.Name))
        {
            (ShortcutReader reader, ShortcutFigure figure) = one.MaxBy(pair => (pair.Figure.Verdict, pair.Figure.Auroc.Low));
            double? all = whole?.Findings.First(same => same.Finding == figure.Finding).Auroc.Value;
            bool most = figure.Verdict == ShortcutVerdict.Most;
            string findings = one.Count() > 1 ? $" ({one.Count()} of {reader.Findings.Count} findings in all)" : "";
            string other = all is { } area ? $"the whole image with {Number(area)}" : "chance with 0.5";
            yield return new(
                most ? AuditSeverity.Problem : AuditSeverity.Warning,
                "shortcuts",
                $"{Subject(reader.Name)} tells '{figure.Finding}' with an AUROC of {Area(figure.Auroc)}, {other}{findings}."
                    + (
                        most
                            ? " The classes were collected differently: a figure measured on this set need not hold on radiographs from elsewhere."
                            : ""
                    )
            );
        }
    }

    private static IEnumerable<AuditFinding> Columns(DataAuditReport report) =>
        from column in report.Columns
        where column.CramersV >= NotableV
        select new AuditFinding(
            AuditSeverity.Warning,
            "columns",
            $"The column {column.Column} goes with the classes (Cramer's V {Number(column.CramersV)}): measure within its values, too."
        );

    private static IEnumerable<AuditFinding> Classes(DataAuditReport report)
    {
        int learnt = report.Classes.Count(one => one.IsLearnt);
        if (learnt < 2)
            yield return new(
                AuditSeverity.Problem,
                "classes",
                $"{(learnt == 0 ? "No class has" : "Only one class has")} more than {report.MinimumCases} rows: there is nothing to tell apart."
            );
        else
            yield return new(
                report.RowsWithoutClass > 0 ? AuditSeverity.Warning : AuditSeverity.Passed,
                "classes",
                $"{learnt} of {Plural.Of(report.Classes.Count, "class has", "classes have")} more than {report.MinimumCases} rows"
                    + (
                        report.RowsWithoutClass > 0
                            ? $"; {Plural.Of(report.RowsWithoutClass, "row has a class", "rows have a class")} of their own that is too rare."
                            : "."
                    )
            );
    }

    private static IEnumerable<AuditFinding> Suspects(DataAuditReport report)
    {
        if (report.Suspects.Count > 0)
            yield return new(
                AuditSeverity.Warning,
                "labels",
                $"{Plural.Of(report.Suspects.Count, "label is", "labels are")} contradicted by a reader that was not fitted to the row. Look at "
                    + "them first."
            );
    }

    private static string Subject(string reader) =>
        reader switch
        {
            "border" => "The border alone",
            "surroundings" => "The image without its centre",
            "file" => "The file without its picture",
            "source" => "The source alone",
            "view" => "The view alone",
            "device" => "The maker of the device alone",
            _ => $"The {reader} alone",
        };

    private static string Area(Estimate estimate) => $"{Number(estimate.Value)} ({Number(estimate.Low)} to {Number(estimate.High)})";

    private static string Number(double value) => value.ToString("F2", CultureInfo.InvariantCulture);
}
