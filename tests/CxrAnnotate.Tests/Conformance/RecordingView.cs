using System.Collections.Concurrent;
using Microsoft.ML;

namespace CxrAnnotate.Tests;

/// <summary>A view that records which columns each cursor over it was opened for.</summary>
internal sealed class RecordingView(IDataView source) : IDataView
{
    internal ConcurrentQueue<string[]> Opened { get; } = [];

    public DataViewSchema Schema => source.Schema;

    public bool CanShuffle => source.CanShuffle;

    public long? GetRowCount() => source.GetRowCount();

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null) =>
        source.GetRowCursor(Record(columnsNeeded), rand);

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) =>
        source.GetRowCursorSet(Record(columnsNeeded), n, rand);

    private DataViewSchema.Column[] Record(IEnumerable<DataViewSchema.Column> columns)
    {
        DataViewSchema.Column[] asked = [.. columns];
        Opened.Enqueue(Array.ConvertAll(asked, c => c.Name));
        return asked;
    }
}
