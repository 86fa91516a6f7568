using CsvHelper;

namespace CxrAnnotate;

/// <summary>
/// Writes tables as CSV (UTF-8, commas, <c>\n</c>). A spreadsheet evaluates a cell that begins with <c>=</c>, <c>+</c>, <c>-</c> or <c>@</c> as a
/// formula. Such a text gets a leading apostrophe, which marks it as text and which <see cref="DataCatalog.LoadCsv"/> removes.
/// </summary>
public static class CsvFile
{
    /// <summary>Writes a table atomically.</summary>
    /// <param name="path">The file.</param>
    /// <param name="header">The names of the columns.</param>
    /// <param name="rows">The texts of each row, one per column; <see cref="Cell"/> escapes them.</param>
    /// <exception cref="DirectoryNotFoundException">The folder does not exist.</exception>
    /// <exception cref="IOException">The file could not be written; an existing one is unchanged.</exception>
    public static void Write(string path, IReadOnlyList<string> header, IEnumerable<IReadOnlyList<string>> rows) =>
        DurableFile.Write(
            path,
            file =>
            {
                using var csv = CsvWriter.Create(file, new CsvWriterOptions { NewLine = "\n" }, leaveOpen: true);
                csv.WriteRecord([.. header]);
                foreach (IReadOnlyList<string> row in rows)
                    csv.WriteRecord([.. row.Select(Cell)]);
            }
        );

    /// <summary>
    /// The text of a cell: with a leading apostrophe if a spreadsheet would take it for a formula, or if reading would remove an apostrophe that
    /// belongs to the text.
    /// </summary>
    /// <param name="text">The text.</param>
    public static string Cell(string text) => IsFormula(text.AsSpan().TrimStart('\'')) ? "'" + text : text;

    /// <summary>The original text of a cell that <see cref="Cell"/> made.</summary>
    internal static string Text(string cell) => cell.StartsWith('\'') && IsFormula(cell.AsSpan().TrimStart('\'')) ? cell[1..] : cell;

    /// <summary>
    /// Full-width signs count, too, as do signs after blanks; in some programs a tab or a line break begins a new cell.
    /// </summary>
    private static bool IsFormula(ReadOnlySpan<char> text) =>
        text.TrimStart(' ') is ['\t' or '\r' or '\n', ..]
        || text.TrimStart() is ['=' or '+' or '-' or '@' or '\uFF1D' or '\uFF0B' or '\uFF0D' or '\uFF20', ..];
}
