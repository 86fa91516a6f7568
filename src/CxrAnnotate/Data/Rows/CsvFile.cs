using CsvHelper;

namespace CxrAnnotate;

/// <summary>
/// Tables that are written as CSV (UTF-8, commas, <c>\n</c>). A spreadsheet takes a cell that begins with <c>=</c>, <c>+</c>, <c>-</c> or <c>@</c>
/// for a formula and computes it: such a text gets an apostrophe before it, which spreadsheets take for the mark of a text, and
/// <see cref="DataCatalog.LoadCsv"/> takes it away again.
/// </summary>
public static class CsvFile
{
    /// <summary>Writes a table, whole or not at all.</summary>
    /// <param name="path">The file.</param>
    /// <param name="header">The names of the columns.</param>
    /// <param name="rows">The texts of each row, as many as there are columns; they become cells by <see cref="Cell"/>.</param>
    /// <exception cref="DirectoryNotFoundException">The folder does not exist.</exception>
    /// <exception cref="IOException">The file could not be written; an earlier one is as it was.</exception>
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
    /// A text as it stands in a cell: with an apostrophe before it where a spreadsheet would take it for a formula, and where a reader
    /// would take one away that belongs to it.
    /// </summary>
    /// <param name="text">The text.</param>
    public static string Cell(string text) => IsFormula(text.AsSpan().TrimStart('\'')) ? "'" + text : text;

    /// <summary>The text that <see cref="Cell"/> made a cell of.</summary>
    internal static string Text(string cell) => cell.StartsWith('\'') && IsFormula(cell.AsSpan().TrimStart('\'')) ? cell[1..] : cell;

    /// <summary>
    /// Signs of full width count, too, and so do those behind blanks; a tab or a line break lets some programs begin a new cell.
    /// </summary>
    private static bool IsFormula(ReadOnlySpan<char> text) =>
        text.TrimStart(' ') is ['\t' or '\r' or '\n', ..]
        || text.TrimStart() is ['=' or '+' or '-' or '@' or '\uFF1D' or '\uFF0B' or '\uFF0D' or '\uFF20', ..];
}
