namespace CxrAnnotate;

/// <summary>
/// Free-text reports with what else their table says, made by <see cref="DataCatalog.ReadReports"/>: what is mined from them goes into a table with
/// the other columns, which <see cref="DataCatalog.LoadCsv"/> and <c>cxr train --data</c> read.
/// </summary>
/// <example><code>
/// ReportTable reports = context.ChestXray().Data.ReadReports("reports.csv");
/// var miner = new ReportMiner(ReportRules.Default);
/// reports.WriteMined("annotations.csv", [.. reports.Rows.Select(row => miner.Mine(row.Findings, row.Impression))], ReportRules.Default);
/// </code></example>
public sealed class ReportTable
{
    internal ReportTable(string path, IReadOnlyList<RadiographRecord> rows) =>
        (Folder, Rows) = (Path.GetDirectoryName(Path.GetFullPath(path))!, rows);

    /// <summary>
    /// One record for each row of the table that has a text, or for each report of an archive: StudyId, Findings, Impression, Indication, Comparison,
    /// Language and, if the report is annotated, Mesh.
    /// </summary>
    public IReadOnlyList<RadiographRecord> Rows { get; }

    /// <summary>The columns of the table; none for an archive.</summary>
    internal IReadOnlyList<string> Header { get; init; } = [];

    /// <summary>The lines of the rows.</summary>
    internal IReadOnlyList<CsvLine> Lines { get; init; } = [];

    /// <summary>The columns of the texts, the given annotation and the study; -1 for those that are not there.</summary>
    internal IReadOnlyList<int> ReadColumns { get; init; } = [];

    /// <summary>The column of image paths; -1 if there is none.</summary>
    internal int ImagePaths { get; init; } = -1;

    /// <summary>The folder that paths of images are relative to.</summary>
    internal string Folder { get; }

    /// <summary>Reads the images of an archive's reports, by study; null for a table.</summary>
    internal Func<ILookup<string, string>>? ReadImages { get; init; }

    /// <summary>
    /// Writes a table of what was mined: the columns study, annotation, absent, uncertain, findings and impression, and those of the source that were
    /// not read. Of a table there is one row for each of its rows, of an archive one for each image of a report, with a column image. Paths of images
    /// are relative to the new table.
    /// </summary>
    /// <param name="path">The file to write.</param>
    /// <param name="mined">What was mined from each of <see cref="Rows"/>; null for a row to leave out.</param>
    /// <param name="rules">The rules that were used.</param>
    /// <exception cref="ArgumentException"><paramref name="mined"/> has not as many elements as there are rows.</exception>
    public void WriteMined(string path, IReadOnlyList<MinedReport?> mined, ReportRules rules)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(mined);
        ArgumentNullException.ThrowIfNull(rules);
        if (mined.Count != Rows.Count)
            throw new ArgumentException(
                ErrorCode.OptionOutOfRange.Message($"There must be as many mined reports as rows: {mined.Count} and {Rows.Count}."),
                nameof(mined)
            );
        MinedTable.Write(path, this, mined, rules);
    }
}
