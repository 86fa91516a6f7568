using Microsoft.ML;

namespace CxrAnnotate;

/// <summary>The column that says of each row which view it is, read where it is there.</summary>
internal sealed class ViewColumn(DataViewSchema schema, string? name)
{
    private readonly DataViewSchema.Column? _column = SchemaChecks.TextIfThere(schema, name);

    /// <summary>The column, or none.</summary>
    internal IEnumerable<DataViewSchema.Column> Columns => _column is { } column ? [column] : [];

    /// <summary>Watches over the rows of a cursor; null where nothing is known to hold them against.</summary>
    internal InputWatch? Watch(DataViewRow row, TrainedImages? trained, InputWatchLog log) =>
        trained is null ? null : new InputWatch(trained, trained.IsFrontalOnly ? Open(row) : null, log);

    /// <summary>A reader of the row's view; null where none is known.</summary>
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
