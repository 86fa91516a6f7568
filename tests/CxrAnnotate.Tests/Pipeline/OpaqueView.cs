using Microsoft.ML;
using Microsoft.ML.Data;

namespace CxrAnnotate.Tests;

/// <summary>A value with one owner, like a bitmap: it changes when its row moves.</summary>
internal sealed class Opaque
{
    internal int Row { get; set; }
}

internal sealed class OpaqueType() : StructuredDataViewType(typeof(Opaque))
{
    public override bool Equals(DataViewType? other) => other is OpaqueType;
}

/// <summary>Rows (Value = row number, Name, Opaque), the last of a type that cannot be copied.</summary>
internal sealed class OpaqueView : IDataView
{
    private readonly int _rows;

    internal OpaqueView(int rows)
    {
        _rows = rows;
        DataViewSchema.Builder builder = new();
        builder.AddColumn("Value", NumberDataViewType.Single);
        builder.AddColumn("Name", TextDataViewType.Instance);
        builder.AddColumn("Opaque", new OpaqueType());
        Schema = builder.ToSchema();
    }

    public DataViewSchema Schema { get; }

    public bool CanShuffle => false;

    public long? GetRowCount() => _rows;

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null) =>
        new Cursor(Schema, _rows, [.. columnsNeeded.Select(c => c.Index)]);

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) =>
        [GetRowCursor(columnsNeeded)];

    private sealed class Cursor(DataViewSchema schema, int rows, HashSet<int> active) : DataViewRowCursor
    {
        private readonly Opaque _opaque = new();
        private int _row = -1;

        public override DataViewSchema Schema => schema;

        public override long Position => _row < rows ? _row : -1;

        public override long Batch => 0;

        public override bool MoveNext()
        {
            _opaque.Row = ++_row;
            return _row < rows;
        }

        public override bool IsColumnActive(DataViewSchema.Column column) => active.Contains(column.Index);

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
        {
            Delegate getter = column.Index switch
            {
                0 => (ValueGetter<float>)((ref float v) => v = _row),
                1 => (ValueGetter<ReadOnlyMemory<char>>)((ref ReadOnlyMemory<char> v) => v = $"{_row}".AsMemory()),
                _ => (ValueGetter<Opaque>)((ref Opaque v) => v = _opaque),
            };
            return (ValueGetter<TValue>)getter;
        }

        public override ValueGetter<DataViewRowId> GetIdGetter() => (ref DataViewRowId id) => id = new((ulong)_row, 0);
    }
}
