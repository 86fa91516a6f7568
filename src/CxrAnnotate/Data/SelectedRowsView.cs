using Microsoft.ML;
using Microsoft.ML.Data;

namespace CxrAnnotate;

/// <summary>The rows of a view whose value in one column is among the chosen ones. Lazy; rows and columns are passed through unchanged.</summary>
internal sealed class SelectedRowsView(IDataView source, string columnName, IReadOnlySet<string> chosen) : IDataView
{
    public DataViewSchema Schema => source.Schema;

    public bool CanShuffle => source.CanShuffle;

    public long? GetRowCount() => null;

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
    {
        DataViewSchema.Column[] needed = [.. columnsNeeded];
        return new Cursor(source.GetRowCursor(WithDeciding(needed), rand), needed, Schema[columnName], chosen);
    }

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null)
    {
        DataViewSchema.Column[] needed = [.. columnsNeeded];
        return [.. source.GetRowCursorSet(WithDeciding(needed), n, rand).Select(cursor => new Cursor(cursor, needed, Schema[columnName], chosen))];
    }

    private IEnumerable<DataViewSchema.Column> WithDeciding(DataViewSchema.Column[] needed) =>
        needed.Append(Schema[columnName]).DistinctBy(column => column.Index);

    private sealed class Cursor : DataViewRowCursor
    {
        private readonly DataViewRowCursor _source;
        private readonly IReadOnlySet<string> _chosen;
        private readonly HashSet<int> _active;
        private readonly Func<string> _value;
        private long _position = -1;
        private bool _disposed;

        internal Cursor(
            DataViewRowCursor source,
            IEnumerable<DataViewSchema.Column> needed,
            DataViewSchema.Column deciding,
            IReadOnlySet<string> chosen
        )
        {
            _source = source;
            _chosen = chosen;
            _active = [.. needed.Select(column => column.Index)];
            _value = NameColumn.Getter(source, deciding);
        }

        public override DataViewSchema Schema => _source.Schema;

        public override long Position => _position;

        public override long Batch => _source.Batch;

        public override bool MoveNext()
        {
            while (_source.MoveNext())
            {
                if (_chosen.Contains(_value()))
                {
                    _position++;
                    return true;
                }
            }

            _position = -1;
            return false;
        }

        public override bool IsColumnActive(DataViewSchema.Column column) => _active.Contains(column.Index) && _source.IsColumnActive(column);

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => _source.GetGetter<TValue>(column);

        public override ValueGetter<DataViewRowId> GetIdGetter() => _source.GetIdGetter();

        protected override void Dispose(bool disposing)
        {
            if (disposing && !_disposed)
            {
                _disposed = true;
                _source.Dispose();
            }

            base.Dispose(disposing);
        }
    }
}
