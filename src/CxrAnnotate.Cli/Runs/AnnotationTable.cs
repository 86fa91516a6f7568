using Microsoft.ML;

namespace CxrAnnotate.Cli;

/// <summary>The rows of an annotation table, by the sides of its split.</summary>
internal sealed class AnnotationTable
{
    private AnnotationTable(string path, IReadOnlyList<RadiographRecord> rows) => (Path, Rows) = (path, rows);

    internal string Path { get; }

    internal IReadOnlyList<RadiographRecord> Rows { get; }

    /// <summary>Whether every row was drawn by the phantom.</summary>
    internal bool IsPhantom => Rows.All(row => row.Source == "phantom");

    /// <summary>Reads a table. Bad rows are skipped with a warning in the context's log.</summary>
    /// <exception cref="InvalidDataException">The file is no such table, or has no usable row.</exception>
    internal static AnnotationTable Read(MLContext context, string path)
    {
        RadiographRecord[] rows = [.. context.Data.CreateEnumerable<RadiographRecord>(context.ChestXray().Data.LoadCsv(path), reuseRowObject: false)];
        return rows.Length > 0 ? new AnnotationTable(path, rows)
            : throw new InvalidDataException($"'{path}' has no usable row. A row needs an image path and an annotation; write 'normal' where there is no finding.");
    }

    /// <summary>The rows of a side (train, val, test) or all.</summary>
    internal IReadOnlyList<RadiographRecord> Side(string side) => side == "all" ? Rows : [.. Rows.Where(row => SideOf(row.Split) == side)];

    /// <summary>The rows to measure on: of the side asked for, or the test rows where there are any, else all.</summary>
    /// <exception cref="UsageException">The table has no row of the side.</exception>
    internal (string Side, IReadOnlyList<RadiographRecord> Rows) ToMeasure(string? side)
    {
        string chosen = side ?? (Side("test").Count > 0 ? "test" : "all");
        IReadOnlyList<RadiographRecord> rows = Side(chosen);
        return rows.Count > 0 ? (chosen, rows) : throw new UsageException($"--split {chosen}: '{Path}' has no row that says {chosen} in a column 'split'.");
    }

    private static string SideOf(string split) => split.Trim().ToUpperInvariant() switch
    {
        "TRAIN" or "TRAINING" => "train",
        "VAL" or "VALID" or "VALIDATION" or "DEV" => "val",
        "TEST" => "test",
        _ => "",
    };
}
