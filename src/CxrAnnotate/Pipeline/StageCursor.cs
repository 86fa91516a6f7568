using Microsoft.ML;
using Microsoft.ML.Data;

namespace CxrAnnotate;

/// <summary>
/// The cursor of a stage's view. Until an output is asked for it stands on the source's row; then it reads a batch of rows ahead, computes them together
/// and serves them one by one, with copies of the columns that are handed through (so an upstream network runs once per row, not once per reader).
/// Columns that cannot be copied (images as bitmaps) come from a second cursor over the source, in step with this one.
/// </summary>
internal sealed class StageCursor : DataViewRowCursor
{
    private readonly StageBinding _binding;
    private readonly DataViewRowCursor _source;
    private readonly DataViewRowCursor? _side;
    private readonly bool[] _wanted;
    private readonly Dictionary<int, SlotColumn> _copied = [];
    private readonly BatchComputation? _computation;
    private readonly ValueGetter<DataViewRowId>? _sourceId;
    private readonly DataViewRowId[] _ids = [];
    private readonly int _batchSize;

    private long _position = -1;
    private int _slot;
    private int _loaded;
    private bool _computed;
    private bool _exhausted;
    private bool _disposed;

    /// <summary>A cursor that only hands columns of the source through.</summary>
    internal StageCursor(StageBinding binding, DataViewRowCursor source)
    {
        (_binding, _source, _wanted, _batchSize) = (binding, source, [], 1);
    }

    /// <param name="binding">What is computed.</param>
    /// <param name="source">The cursor that is read ahead.</param>
    /// <param name="side">The cursor for columns that cannot be copied, or null.</param>
    /// <param name="wanted">The stage's outputs that are active.</param>
    /// <param name="copied">Source columns to copy when reading ahead.</param>
    internal StageCursor(StageBinding binding, DataViewRowCursor source, DataViewRowCursor? side, bool[] wanted, int[] copied)
    {
        (_binding, _source, _side, _wanted, _batchSize) = (binding, source, side, wanted, binding.Mapper.BatchSize);
        foreach (int i in copied)
            _copied[i] = SlotColumn.Create(source, binding.Input[i], _batchSize);
        if (_batchSize > 1)
        {
            _sourceId = source.GetIdGetter();
            _ids = new DataViewRowId[_batchSize];
        }
        _computation = binding.Mapper.Open(source, wanted);
    }

    public override DataViewSchema Schema => _binding.Output;

    public override long Position => _position;

    // A computing cursor is always alone over its view, so one batch number orders its rows; the source's would be that of a row read ahead.
    public override long Batch => _computation is null ? _source.Batch : 0;

    public override bool MoveNext()
    {
        if (_disposed)
            return false;
        if (_slot + 1 < _loaded)
        {
            _slot++;
        }
        else
        {
            (_slot, _loaded, _computed) = (0, 0, false);
            if (_exhausted || !_source.MoveNext())
            {
                _exhausted = true;
                _position = -1;
                return false;
            }
        }
        _position++;
        if (_side is not null && !_side.MoveNext())
            throw new InvalidOperationException("The source view gave fewer rows to its second cursor: its rows must repeat identically.");
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
            : _copied.ContainsKey(column.Index) || (_side?.IsColumnActive(_side.Schema[column.Index]) ?? false);
    }

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
    {
        if (!IsColumnActive(column))
            throw StageBinding.NotActive(column);
        StageBinding.CheckType<TValue>(Schema[column.Index]);
        if (column.Index >= _binding.Input.Count)
            return StageBinding.Typed<TValue>(_computation!.Getter(column.Index - _binding.Input.Count, ComputedSlot), Schema[column.Index]);
        if (_batchSize == 1)
            return _source.GetGetter<TValue>(_source.Schema[column.Index]);
        if (!_copied.TryGetValue(column.Index, out SlotColumn? copy))
            return _side!.GetGetter<TValue>(_side.Schema[column.Index]);

        ValueGetter<TValue> direct = _source.GetGetter<TValue>(_source.Schema[column.Index]);
        SlotColumn<TValue> slots = (SlotColumn<TValue>)copy;
        return (ref TValue value) =>
        {
            CheckOnRow();
            if (_loaded == 0)
                direct(ref value);
            else
                slots.Get(_slot, ref value);
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
            if (_loaded == 0)
                direct(ref value);
            else
                value = _ids[_slot];
        };
    }

    protected override void Dispose(bool disposing)
    {
        if (!_disposed && disposing)
        {
            _disposed = true;
            _position = -1;
            _computation?.Dispose();
            _side?.Dispose();
            _source.Dispose();
        }
        base.Dispose(disposing);
    }

    private int ComputedSlot()
    {
        if (_computed)
            return _slot;
        CheckOnRow();
        if (_loaded == 0)
            ReadAhead();
        _computation!.Compute(_loaded);
        _computed = true;
        return _slot;
    }

    private void ReadAhead()
    {
        int count = 0;
        do
        {
            _computation!.Read(count);
            foreach (SlotColumn column in _copied.Values)
                column.Read(count);
            _sourceId?.Invoke(ref _ids[count]);
            count++;
        }
        while (count < _batchSize && MoveAhead());
        _loaded = count;
    }

    private bool MoveAhead()
    {
        _exhausted = !_source.MoveNext();
        return !_exhausted;
    }

    private void CheckOnRow()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (_position < 0)
            throw new InvalidOperationException("Cannot fetch a value: the cursor is not on a row. Call MoveNext first.");
    }
}
