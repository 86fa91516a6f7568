namespace CxrAnnotate.Cli;

/// <summary>Writes mined reports as a table of their studies and CheXpert's 14 labels.</summary>
internal static class CheXpertReportTable
{
    private static readonly string[] Header = ["study"];

    internal static void Write(string file, IReadOnlyList<ReviewedReport> reports, ReportRules rules)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(file))!);
        CheXpertLabeling.Write(
            file,
            Header,
            reports.Select(one =>
                (
                    (IReadOnlyList<string>)[one.Report.StudyId],
                    CheXpertLabeling.Of(
                        one.Mined.Annotation,
                        rules.NamesOf(one.Mined, FindingState.Absent),
                        rules.NamesOf(one.Mined, FindingState.Uncertain)
                    )
                )
            )
        );
    }
}
