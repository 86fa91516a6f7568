using Microsoft.ML;
using Microsoft.ML.Data;

namespace CxrAnnotate;

/// <summary>A row with a stage's outputs and the columns of its input row. It owns the input row, like ML.NET's own mapped rows.</summary>
internal sealed class StageRow : DataViewRow
{
    private const long Never = long.MinValue;

    private readonly StageBinding _binding;
    private readonly DataViewRow _input;
    private readonly bool[] _wanted;
    private readonly SortedSet<int> _passed;
    private readonly BatchComputation? _computation;
    private long _computedAt = Never;
    private bool _disposed;

    internal StageRow(StageBinding binding, DataViewRow input, IEnumerable<DataViewSchema.Column> activeColumns)
    {
        (_binding, _input) = (binding, input);
        _wanted = binding.Split(activeColumns, out _passed);
        if (Array.IndexOf(_wanted, true) >= 0)
            _computation = binding.Mapper.Open(input, _wanted);
    }

    public override DataViewSchema Schema => _binding.Output;

    public override long Position => _input.Position;

    public override long Batch => _input.Batch;

    public override ValueGetter<DataViewRowId> GetIdGetter() => _input.GetIdGetter();

    public override bool IsColumnActive(DataViewSchema.Column column) =>
        column.Index < _binding.Input.Count
            ? _passed.Contains(column.Index) && _input.IsColumnActive(_input.Schema[column.Index])
            : column.Index < _binding.Output.Count && _wanted[column.Index - _binding.Input.Count];

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
    {
        if (!IsColumnActive(column))
            throw StageBinding.NotActive(column);
        StageBinding.CheckType<TValue>(Schema[column.Index]);
        return column.Index < _binding.Input.Count
            ? _input.GetGetter<TValue>(_input.Schema[column.Index])
            : StageBinding.Typed<TValue>(_computation!.Getter(column.Index - _binding.Input.Count, ComputedSlot), Schema[column.Index]);
    }

    protected override void Dispose(bool disposing)
    {
        if (!_disposed && disposing)
        {
            _disposed = true;
            _computation?.Dispose();
            _input.Dispose();
        }
        base.Dispose(disposing);
    }

    private int ComputedSlot()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        // A row without a position cannot show that it has changed, so its result is not kept.
        long position = _input.Position;
        if (position < 0 || position != _computedAt)
        {
            _computedAt = Never;
            _computation!.Read(0);
            _computation.Compute(1);
            _computation.Report(1);
            _computedAt = position;
        }
        return 0;
    }
}
