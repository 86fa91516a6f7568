using Microsoft.ML;

namespace CxrAnnotate;

/// <summary>The lazy view of a stage over its source. Safe to use from several threads; each cursor computes independently.</summary>
internal sealed class StageView(IDataView source, StageBinding binding) : IDataView
{
    public DataViewSchema Schema => binding.Output;

    // A batch consists of neighbouring rows, so the order of the source is kept.
    public bool CanShuffle => false;

    public long? GetRowCount() => source.GetRowCount();

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
    {
        ArgumentNullException.ThrowIfNull(columnsNeeded);
        bool[] wanted = binding.Split(columnsNeeded, out SortedSet<int> passed);
        if (Array.IndexOf(wanted, true) < 0)
            return new StageCursor(binding, source.GetRowCursor(passed.Select(i => source.Schema[i])));

        bool ahead = binding.Mapper.BatchSize > 1;
        int[] copied = ahead ? [.. passed.Where(i => SlotColumn.CanCopy(source.Schema[i].Type))] : [];
        int[] beside = ahead ? [.. passed.Where(i => !SlotColumn.CanCopy(source.Schema[i].Type))] : [];
        SortedSet<int> active = [.. binding.Dependencies(wanted), .. ahead ? copied.AsEnumerable() : passed];

        DataViewRowCursor? main = null,
            side = null;
        try
        {
            main = source.GetRowCursor(active.Select(i => source.Schema[i]));
            side = beside.Length == 0 ? null : source.GetRowCursor(beside.Select(i => source.Schema[i]));
            return new StageCursor(binding, main, side, wanted, copied);
        }
        catch
        {
            side?.Dispose();
            main?.Dispose();
            throw;
        }
    }

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null)
    {
        ArgumentNullException.ThrowIfNull(columnsNeeded);
        DataViewSchema.Column[] columns = [.. columnsNeeded];
        bool[] wanted = binding.Split(columns, out SortedSet<int> passed);
        if (Array.IndexOf(wanted, true) >= 0)
            return [GetRowCursor(columns)];
        return Array.ConvertAll(
            source.GetRowCursorSet(passed.Select(i => source.Schema[i]), n),
            DataViewRowCursor (cursor) => new StageCursor(binding, cursor)
        );
    }
}
