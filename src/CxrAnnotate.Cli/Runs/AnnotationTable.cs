using Microsoft.ML;
using Microsoft.ML.Runtime;

namespace CxrAnnotate.Cli;

/// <summary>The rows of an annotation table, by the sides of its split.</summary>
internal sealed class AnnotationTable
{
    private AnnotationTable(string path, IReadOnlyList<RadiographRecord> rows) => (Path, Rows) = (path, rows);

    internal string Path { get; }

    internal IReadOnlyList<RadiographRecord> Rows { get; }

    /// <summary>Whether every row was drawn by the phantom.</summary>
    internal bool IsPhantom => Rows.All(row => row.Source == "phantom");

    /// <summary>Reads a table or a known data set. Bad rows are skipped with a warning in the context's log.</summary>
    /// <exception cref="InvalidDataException">The file is not such a table or has no usable row.</exception>
    internal static AnnotationTable Read(MLContext context, string path, TableSettings? settings = null)
    {
        settings ??= new();
        RadiographRecord[] all =
        [
            .. context.Data.CreateEnumerable<RadiographRecord>(
                context.ChestXray().Data.Load(path, settings.Uncertainty, settings.Columns),
                reuseRowObject: false
            ),
        ];
        RadiographRecord[] rows = [.. all.Where(row => row.Mesh.Length > 0)];
        if (rows.Length < all.Length)
        {
            using IChannel channel = ((IChannelProvider)context).Start("Data");
            channel.Warning(
                MessageSensitivity.UserData,
                $"'{path}': {all.Length - rows.Length} of {all.Length} rows have no annotation (no known or only uncertain "
                    + $"findings) and are left out."
            );
        }

        return rows.Length > 0
            ? new AnnotationTable(path, rows)
            : throw new InvalidDataException(
                ErrorCode.NoUsableRow.Message(
                    $"'{path}' has no usable row. A row needs an image path and an annotation; write 'normal' if there is no finding."
                )
            );
    }

    /// <summary>
    /// Adds the absent and uncertain findings that the rows state, if any, to multi-label mining; findings that a row does not mention are then
    /// unknown.
    /// </summary>
    internal MineLabelsOptions WithStated(MineLabelsOptions mining) =>
        mining.Task != LabelTask.MultiLabel
            ? mining
            : mining with
            {
                AbsentColumnName = Rows.Any(row => row.AbsentFindings.Length > 0) ? nameof(RadiographRecord.AbsentFindings) : null,
                UncertainColumnName = Rows.Any(row => row.UncertainFindings.Length > 0) ? nameof(RadiographRecord.UncertainFindings) : null,
            };

    /// <summary>The rows of a side (train, val, test), or all rows.</summary>
    internal IReadOnlyList<RadiographRecord> Side(string side) => side == "all" ? Rows : [.. Rows.Where(row => SideOf(row.Split) == side)];

    /// <summary>The rows to measure on: those of the requested side, or else the test rows if there are any, or else all.</summary>
    /// <exception cref="UsageException">The table has no row of the side.</exception>
    internal (string Side, IReadOnlyList<RadiographRecord> Rows) ToMeasure(string? side)
    {
        string chosen = side ?? (Side("test").Count > 0 ? "test" : "all");
        IReadOnlyList<RadiographRecord> rows = Side(chosen);
        return rows.Count > 0
            ? (chosen, rows)
            : throw new UsageException(
                ErrorCode.SplitEmpty.Message($"--split {chosen}: '{Path}' has no row with the value {chosen} in the column 'split'.")
            );
    }

    private static string SideOf(string split) =>
        split.Trim().ToUpperInvariant() switch
        {
            "TRAIN" or "TRAINING" => "train",
            "VAL" or "VALID" or "VALIDATION" or "DEV" => "val",
            "TEST" => "test",
            _ => "",
        };
}
