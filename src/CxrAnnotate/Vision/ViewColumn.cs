using Microsoft.ML;

namespace CxrAnnotate;

/// <summary>The optional column with the view of each row.</summary>
internal sealed class ViewColumn(DataViewSchema schema, string? name)
{
    private readonly DataViewSchema.Column? _column = SchemaChecks.TextIfPresent(schema, name);

    /// <summary>The column, or none.</summary>
    internal IEnumerable<DataViewSchema.Column> Columns => _column is { } column ? [column] : [];

    /// <summary>Checks the rows of a cursor against the training images; null if these are unknown.</summary>
    internal InputWatch? Watch(DataViewRow row, TrainedImages? trained, InputWatchLog log) =>
        trained is null ? null : new InputWatch(trained, trained.IsFrontalOnly ? Open(row) : null, log);

    /// <summary>A reader of the row's view; null if there is no such column.</summary>
    private Func<string>? Open(DataViewRow row)
    {
        if (_column is not { } column)
            return null;
        ValueGetter<ReadOnlyMemory<char>> get = row.GetGetter<ReadOnlyMemory<char>>(row.Schema[column.Index]);
        ReadOnlyMemory<char> text = default;
        return () =>
        {
            get(ref text);
            return text.ToString();
        };
    }
}
