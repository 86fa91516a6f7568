using Microsoft.ML;

namespace CxrAnnotate;

/// <summary>
/// Reads columns of a view into arrays in one pass, for trainers. Request the columns first (which checks the schema), call <see cref="Read"/> once,
/// and take the values from the returned columns.
/// </summary>
internal sealed class ColumnReader(IDataView view)
{
    private readonly List<ReadColumn> _columns = [];
    private bool _read;

    internal int RowCount { get; private set; }

    internal bool Has(string name) => view.Schema.GetColumnOrNull(name) is not null;

    internal TextColumn Text(string name, string role = "input") => Add(new TextColumn(SchemaChecks.RequireText(view.Schema, name, role)));

    internal TextColumn? OptionalText(string? name) => name is not null && Has(name) ? Text(name) : null;

    /// <summary>An optional text column; null if it is missing or of another type.</summary>
    internal TextColumn? TextIfPresent(string? name) =>
        SchemaChecks.TextIfPresent(view.Schema, name) is { } column ? Add(new TextColumn(column)) : null;

    internal SingleColumn Single(string name, string role = "input") => Add(new SingleColumn(SchemaChecks.RequireSingle(view.Schema, name, role)));

    internal SingleColumn? OptionalSingle(string? name, string role = "input") => name is not null && Has(name) ? Single(name, role) : null;

    internal SingleVectorColumn Vector(string name, string role = "input") =>
        Add(new SingleVectorColumn(SchemaChecks.RequireVector(view.Schema, name, role)));

    internal SingleVectorColumn? OptionalVector(string? name, string role = "input") => name is not null && Has(name) ? Vector(name, role) : null;

    internal TextKeyColumn Key(string name, string role = "label") => Add(new TextKeyColumn(SchemaChecks.RequireTextKey(view.Schema, name, role)));

    /// <summary>A label column, whatever its scheme.</summary>
    internal LabelColumn Label(string name) => Add(new LabelColumn(view.Schema, name));

    /// <summary>Reads every row; <paramref name="onRow"/>, if given, is called after each with the number of rows read.</summary>
    internal void Read(Action<int>? onRow = null, CancellationToken cancellation = default)
    {
        if (_read)
            throw new InvalidOperationException(ErrorCode.CursorMisused.Message("The rows have been read already."));
        _read = true;
        using DataViewRowCursor cursor = view.GetRowCursor(_columns.Select(column => column.Column).DistinctBy(column => column.Index));
        foreach (ReadColumn column in _columns)
            column.Open(cursor);
        while (cursor.MoveNext())
        {
            cancellation.ThrowIfCancellationRequested();
            foreach (ReadColumn column in _columns)
                column.Append();
            RowCount++;
            onRow?.Invoke(RowCount);
        }
    }

    /// <summary>Adds a column of a stage's own kind.</summary>
    internal T Add<T>(T column)
        where T : ReadColumn
    {
        _columns.Add(column);
        return column;
    }
}
