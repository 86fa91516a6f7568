using CsvHelper;

namespace CxrAnnotate;

/// <summary>
/// Tables that are written as CSV (UTF-8, commas, <c>\n</c>). A spreadsheet takes a cell that begins with <c>=</c>, <c>+</c>, <c>-</c> or <c>@</c>
/// for a formula and computes it: such a text gets an apostrophe before it, which spreadsheets take for the mark of a text, and our readers take it
/// away again.
/// </summary>
internal static class CsvFile
{
    /// <summary>Writes a table, whole or not at all.</summary>
    internal static void Write(string path, IReadOnlyList<string> header, IEnumerable<IReadOnlyList<string>> rows) =>
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
    /// A text as it stands in a cell: with an apostrophe before it where a spreadsheet would take it for a formula, and where <see cref="Text"/>
    /// would take one away that belongs to it.
    /// </summary>
    internal static string Cell(string text) => IsFormula(text.AsSpan().TrimStart('\'')) ? "'" + text : text;

    /// <summary>The text that <see cref="Cell"/> made a cell of.</summary>
    internal static string Text(string cell) => cell.StartsWith('\'') && IsFormula(cell.AsSpan().TrimStart('\'')) ? cell[1..] : cell;

    /// <summary>
    /// Signs of full width count, too, and so do those behind blanks; a tab or a line break lets some programs begin a new cell.
    /// </summary>
    private static bool IsFormula(ReadOnlySpan<char> text) =>
        text.TrimStart(' ') is ['\t' or '\r' or '\n', ..]
        || text.TrimStart() is ['=' or '+' or '-' or '@' or '\uFF1D' or '\uFF0B' or '\uFF0D' or '\uFF20', ..];
}
