using Microsoft.ML;
using Microsoft.ML.Data;

namespace CxrAnnotate;

/// <summary>
/// The cursor of a stage's view. Until an output is requested it stays on the source's row; then it reads a batch of rows ahead, computes them
/// together and returns them one by one, with copies of the passed-through columns (so an upstream network runs once per row, not once per reader).
/// Columns that cannot be copied (images as bitmaps) come from a second cursor over the source, in step with this one. A stage that has a second set
/// of slots (<see cref="BatchComputation.Second"/>) computes the next batch in the background while one is returned.
/// </summary>
internal sealed class StageCursor : DataViewRowCursor
{
    private readonly StageBinding _binding;
    private readonly DataViewRowCursor _source;
    private readonly DataViewRowCursor? _side;
    private readonly bool[] _wanted;
    private readonly int _batchSize;
    private readonly ValueGetter<DataViewRowId>? _sourceId;

    /// <summary>Empty if nothing is computed; otherwise the current batch and, for some stages, the one read ahead. They alternate.</summary>
    private readonly StageBatch[] _batches = [];
    private int _current;

    private long _position = -1;
    private int _slot;
    private bool _exhausted;
    private bool _disposed;

    /// <summary>A cursor that only passes columns of the source through.</summary>
    internal StageCursor(StageBinding binding, DataViewRowCursor source)
    {
        (_binding, _source, _wanted, _batchSize) = (binding, source, [], 1);
    }

    /// <param name="binding">The bound stage.</param>
    /// <param name="source">The cursor that is read ahead.</param>
    /// <param name="side">The cursor for columns that cannot be copied, or null.</param>
    /// <param name="wanted">The stage's outputs that are active.</param>
    /// <param name="copied">Source columns to copy when reading ahead.</param>
    internal StageCursor(StageBinding binding, DataViewRowCursor source, DataViewRowCursor? side, bool[] wanted, int[] copied)
    {
        (_binding, _source, _side, _wanted, _batchSize) = (binding, source, side, wanted, binding.Mapper.BatchSize);
        if (_batchSize > 1)
            _sourceId = source.GetIdGetter();
        BatchComputation computation = binding.Mapper.Open(source, wanted);
        _batches = [Batch(computation), .. _batchSize > 1 && computation.Second() is { } second ? [Batch(second)] : (StageBatch[])[]];

        StageBatch Batch(BatchComputation computation) => new(computation, source, binding.Input, copied, _batchSize);
    }

    public override DataViewSchema Schema => _binding.Output;

    public override long Position => _position;

    // A computing cursor is always the only one of its set, so one batch number orders its rows; the source's would be that of a row read ahead.
    public override long Batch => _batches.Length == 0 ? _source.Batch : 0;

    private StageBatch Current => _batches[_current];

    public override bool MoveNext()
    {
        if (_disposed)
            return false;
        if (_batches.Length > 0 && _slot + 1 < Current.Count)
        {
            _slot++;
        }
        else if (!MoveToNextBatch())
        {
            _position = -1;
            return false;
        }

        _position++;
        if (_side is not null && !_side.MoveNext())
            throw new InvalidOperationException(
                ErrorCode.RowsDoNotRepeat.Message("The source view returned fewer rows to its second cursor: its rows must repeat identically.")
            );
        return true;
    }

    public override bool IsColumnActive(DataViewSchema.Column column)
    {
        if (column.Index >= _binding.Output.Count)
            return false;
        if (column.Index >= _binding.Input.Count)
            return _wanted.Length > 0 && _wanted[column.Index - _binding.Input.Count];
        return _batchSize == 1
            ? _source.IsColumnActive(_source.Schema[column.Index])
            : Current.Copy(column.Index) is not null || (_side?.IsColumnActive(_side.Schema[column.Index]) ?? false);
    }

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
    {
        if (!IsColumnActive(column))
            throw StageBinding.NotActive(column);
        StageBinding.CheckType<TValue>(Schema[column.Index]);
        if (column.Index >= _binding.Input.Count)
            return Computed<TValue>(column);
        if (_batchSize == 1)
            return _source.GetGetter<TValue>(_source.Schema[column.Index]);
        if (Current.Copy(column.Index) is null)
            return _side!.GetGetter<TValue>(_side.Schema[column.Index]);

        ValueGetter<TValue> direct = _source.GetGetter<TValue>(_source.Schema[column.Index]);
        SlotColumn<TValue>[] slots = [.. _batches.Select(batch => (SlotColumn<TValue>)batch.Copy(column.Index)!)];
        return (ref TValue value) =>
        {
            CheckOnRow();
            if (Current.Count == 0)
                direct(ref value);
            else
                slots[_current].Get(_slot, ref value);
        };
    }

    public override ValueGetter<DataViewRowId> GetIdGetter()
    {
        if (_sourceId is null)
            return _source.GetIdGetter();
        ValueGetter<DataViewRowId> direct = _sourceId;
        return (ref DataViewRowId value) =>
        {
            CheckOnRow();
            if (Current.Count == 0)
                direct(ref value);
            else
                value = Current.IdOf(_slot);
        };
    }

    protected override void Dispose(bool disposing)
    {
        if (!_disposed && disposing)
        {
            _disposed = true;
            _position = -1;
            foreach (StageBatch batch in _batches)
                batch.Dispose();
            _side?.Dispose();
            _source.Dispose();
        }
        base.Dispose(disposing);
    }

    private ValueGetter<TValue> Computed<TValue>(DataViewSchema.Column column)
    {
        int output = column.Index - _binding.Input.Count;
        ValueGetter<TValue>[] getters =
        [
            .. _batches.Select(batch => StageBinding.Typed<TValue>(batch.Getter(output, ComputedSlot), Schema[column.Index])),
        ];
        if (getters.Length == 1)
            return getters[0];
        return (ref TValue value) => getters[_current](ref value);
    }

    /// <summary>Moves to the row after the batch: the first of the one that was read ahead, or the source's next.</summary>
    private bool MoveToNextBatch()
    {
        _slot = 0;
        if (_batches.Length > 0)
        {
            Current.Clear();
            if (_batches.Length > 1)
                _current = 1 - _current;
            if (Current.Count > 0)
                return true;
            // Throws the deferred error of the first row that was to be read ahead.
            Current.Clear();
        }

        _exhausted = _exhausted || !_source.MoveNext();
        return !_exhausted;
    }

    private int ComputedSlot()
    {
        CheckOnRow();
        if (Current.Count == 0)
            _exhausted = !Current.Fill(_source);
        Current.Finish();
        if (_batches.Length > 1 && !_exhausted && _batches[1 - _current].Count == 0)
            _exhausted = !_batches[1 - _current].FillAhead(_source);
        return _slot;
    }

    private void CheckOnRow()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (_position < 0)
            throw new InvalidOperationException(
                ErrorCode.CursorMisused.Message("Cannot fetch a value: the cursor is not on a row. Call MoveNext first.")
            );
    }
}
