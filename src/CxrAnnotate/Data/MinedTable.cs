namespace CxrAnnotate;

/// <summary>
/// Writes what was mined as a table: of a table one row for each of its rows, with its other columns, so that <c>cxr train --data</c> reads it; of an
/// archive one row for each image of a report. Paths of images are relative to the new table.
/// </summary>
internal static class MinedTable
{
    private static readonly string[] _mined = ["study", "annotation", "absent", "uncertain", "findings", "impression"];

    /// <summary>Writes the table.</summary>
    /// <param name="file">The file to write.</param>
    /// <param name="source">The reports that were mined.</param>
    /// <param name="mined">What was mined, in the order of the rows of <paramref name="source"/>; null for rows that are left out.</param>
    /// <param name="rules">The rules.</param>
    internal static void Write(string file, ReportTable source, IReadOnlyList<MinedReport?> mined, ReportRules rules)
    {
        string folder = Path.GetDirectoryName(Path.GetFullPath(file))!;
        Directory.CreateDirectory(folder);
        ILookup<string, string>? images = source.ReadImages?.Invoke();
        int[] kept = [.. Enumerable.Range(0, source.Header.Count).Where(column => IsKept(source, column))];
        string[] header = [.. _mined, .. kept.Select(column => source.Header[column]), .. images is null ? (string[])[] : ["image"]];
        CsvFile.Write(file, header, Rows());

        IEnumerable<string[]> Rows()
        {
            for (int i = 0; i < source.Rows.Count; i++)
            {
                if (mined[i] is not { } one)
                    continue;
                string[] fields =
                [
                    source.Rows[i].StudyId,
                    one.Annotation,
                    rules.NamesOf(one, FindingState.Absent),
                    rules.NamesOf(one, FindingState.Uncertain),
                    source.Rows[i].Findings,
                    source.Rows[i].Impression,
                    .. kept.Select(column => Field(source.Lines[i], column)),
                ];
                if (images is null)
                    yield return fields;
                else
                {
                    foreach (string image in images[source.Rows[i].StudyId].DefaultIfEmpty(""))
                        yield return [.. fields, Path.IsPathRooted(image) ? Path.GetRelativePath(folder, image) : image];
                }
            }
        }

        string Field(CsvLine line, int column)
        {
            string field = line[column];
            return column != source.ImagePaths || field.Length == 0 || RadiographFile.IsUrl(field) || Path.IsPathRooted(field)
                ? field
                : Path.GetRelativePath(folder, Path.Combine(source.Folder, field.Replace('\\', Path.DirectorySeparatorChar)));
        }
    }

    /// <summary>Columns that were read, and those of the same names as what was mined, are not copied.</summary>
    private static bool IsKept(ReportTable source, int column) =>
        !source.ReadColumns.Contains(column) && !_mined.Contains(source.Header[column], StringComparer.OrdinalIgnoreCase);
}
