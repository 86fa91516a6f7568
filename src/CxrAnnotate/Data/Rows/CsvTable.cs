using CsvHelper;

namespace CxrAnnotate;

/// <summary>
/// One row of a <see cref="CsvTable"/>: its line in the file, or its number (from 1) if the file has no lines, and its fields; fields missing from a
/// short row are empty.
/// </summary>
internal readonly record struct CsvLine(int Line, string[] Fields)
{
    internal string this[int column] => column >= 0 && column < Fields.Length ? Fields[column] : "";
}

/// <summary>The readable rows of a CSV file with a header; the others are skipped with a warning.</summary>
internal sealed class CsvTable
{
    private const int MostFields = 100_000;

    private readonly string _path;
    private readonly string[] _header;

    private CsvTable(string path, string[] header, List<CsvLine> rows)
    {
        _path = path;
        _header = header;
        Rows = rows;
    }

    /// <summary>The names of the columns.</summary>
    internal IReadOnlyList<string> Header => _header;

    internal IReadOnlyList<CsvLine> Rows { get; }

    /// <exception cref="InvalidDataException">The file is empty or not text.</exception>
    /// <param name="path">The file, which may be compressed by gzip.</param>
    /// <param name="skipped">Receives the rows that cannot be read.</param>
    /// <param name="wanted">The columns to keep, in any case; the fields of others are empty, which saves memory for wide tables. None: all are
    /// kept.</param>
    internal static CsvTable Read(string path, SkippedRows skipped, params IReadOnlyCollection<string> wanted)
    {
        string text = TextFile.Read(path, out bool assumedLatin1);
        if (string.IsNullOrWhiteSpace(text))
            throw new InvalidDataException(ErrorCode.TableHeader.Message($"'{path}' is empty: expected a header line that names the columns."));
        RequireShortLines(path, text);
        if (assumedLatin1)
            skipped.Note("not valid UTF-8; read as Latin-1. Save it as UTF-8 if names look wrong.");
        var bad = new List<CsvMalformedRecord>();
        var table = Read(path, text, multiLine: true, bad, wanted);
        if (bad.Any(record => record.Reason == CsvMalformedReason.UnterminatedQuote || record.RawRecord.AsSpan().ContainsAny('\r', '\n')))
        {
            // An unbalanced quotation mark swallows the rows up to the next one. If the file is read line by line, only its own row is lost.
            bad.Clear();
            table = Read(path, text, multiLine: false, bad, wanted);
        }

        foreach (CsvMalformedRecord record in bad.Where(record => record.LineNumber > 1))
            skipped.Skip((int)record.LineNumber, "a quotation mark is not balanced; write a quotation mark inside a quoted text twice.");
        if (table._header.Length == 0 || bad.Exists(record => record.LineNumber <= 1))
            throw new InvalidDataException(
                ErrorCode.TableHeader.Message(
                    $"'{path}', line 1: the header that names the columns cannot be read; a quotation mark in it is not balanced."
                )
            );
        foreach (CsvLine row in table.Rows.Where(row => row.Fields.Length > table._header.Length))
            skipped.Skip(
                row.Line,
                $"{row.Fields.Length} fields where the header has {table._header.Length}; put a text that contains the separator in quotation marks."
            );
        return new CsvTable(
            path,
            table._header,
            [.. table.Rows.Where(row => row.Fields.Length <= table._header.Length && row.Fields.Any(field => field.Length > 0))]
        );
    }

    /// <summary>The index of the first of the given columns in the header, in any case; -1 if there is none.</summary>
    internal int Find(params ReadOnlySpan<string> names)
    {
        foreach (string name in names)
        {
            int index = Array.FindIndex(_header, column => string.Equals(column, name, StringComparison.OrdinalIgnoreCase));
            if (index >= 0)
                return index;
        }

        return -1;
    }

    /// <summary>
    /// The index of the given header, which must exist; if none is given, that of the first of the usual names in the header, or -1.
    /// </summary>
    /// <exception cref="InvalidDataException">The given header is not in the table.</exception>
    internal int FindGiven(string? given, params ReadOnlySpan<string> usual) => given is null ? Find(usual) : Require(given);

    /// <summary>As <see cref="Find"/>, for a required column.</summary>
    /// <exception cref="InvalidDataException">None of the names is in the header.</exception>
    internal int Require(params ReadOnlySpan<string> names)
    {
        int index = Find(names);
        return index >= 0
            ? index
            : throw new InvalidDataException(
                ErrorCode.TableColumnMissing.Message(
                    $"'{_path}' has no column '{names[0]}'{(names.Length > 1 ? $" (or {string.Join(", ", names[1..].ToArray())})" : "")}. Columns "
                        + $"found: {string.Join(", ", _header)}. Name the column in the first line."
                )
            );
    }

    /// <summary>The table with other values in one column.</summary>
    /// <param name="column">The index of the column in the header.</param>
    /// <param name="value">The value of a row.</param>
    internal CsvTable With(int column, Func<CsvLine, string> value) =>
        new(
            _path,
            _header,
            [
                .. Rows.Select(row =>
                    row with
                    {
                        Fields = [.. Enumerable.Range(0, _header.Length).Select(field => field == column ? value(row) : row[field])],
                    }
                ),
            ]
        );

    /// <summary>A table that another reader has read.</summary>
    internal static CsvTable Of(string path, string[] header, List<CsvLine> rows) => new(path, header, rows);

    private static CsvTable Read(string path, string text, bool multiLine, List<CsvMalformedRecord> bad, IReadOnlyCollection<string> wanted)
    {
        var options = new CsvReaderOptions
        {
            Separator = Separator(text),
            AllowLineBreaksInQuotes = multiLine,
            MalformedData = CsvMalformedDataHandling.Skip,
            OnMalformedRecord = bad.Add,
            TrackLineNumbers = true,
            TrimWhitespace = true,
            TrimInsideQuotes = true,
        };
        using var reader = CsvReader.FromText(text, options);
        var rows = new List<CsvLine>();
        bool[] kept = [.. reader.Headers.Select(name => wanted.Count == 0 || wanted.Contains(name.Trim(), StringComparer.OrdinalIgnoreCase))];
        while (reader.Read())
            rows.Add(
                new CsvLine(
                    (int)reader.LineNumber,
                    [
                        .. Enumerable
                            .Range(0, reader.FieldCount)
                            .Select(field => field >= kept.Length || kept[field] ? CsvFile.Text(reader.GetString(field)) : ""),
                    ]
                )
            );
        return new CsvTable(path, [.. reader.Headers.Select(name => name.Trim())], rows);
    }

    /// <summary>Splitting a line of nothing but separators takes a hundred times its size.</summary>
    private static void RequireShortLines(string path, string text)
    {
        char separator = Separator(text);
        int line = 0;
        foreach (ReadOnlySpan<char> row in text.AsSpan().EnumerateLines())
        {
            line++;
            if (row.Length > MostFields && row.Count(separator) > MostFields)
                throw new InvalidDataException(
                    ErrorCode.TableHeader.Message($"'{path}', line {line}: it has more than {MostFields} fields, which no table of radiographs has.")
                );
        }
    }

    /// <summary>Never detected from the rows: the bars of an annotation would look like separators.</summary>
    private static char Separator(string text)
    {
        ReadOnlySpan<char> header = text;
        int end = header.IndexOfAny('\r', '\n');
        header = end < 0 ? header : header[..end];
        return header.Contains(',') ? ','
            : header.Contains(';') ? ';'
            : header.Contains('\t') ? '\t'
            : ',';
    }
}
