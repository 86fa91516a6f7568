using System.Runtime.ExceptionServices;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace CxrAnnotate;

/// <summary>
/// A batch of rows of a <see cref="StageCursor"/>: copies of the passed-through columns, and the computation, which may run in the background. Only
/// the cursor's own thread reads rows and reports failures.
/// </summary>
internal sealed class StageBatch : IDisposable
{
    private readonly BatchComputation _computation;
    private readonly Dictionary<int, SlotColumn> _copied = [];
    private readonly ValueGetter<DataViewRowId> _readId;
    private readonly DataViewRowId[] _ids;
    private Task? _work;
    private ExceptionDispatchInfo? _fault;
    private bool _computed;

    internal StageBatch(BatchComputation computation, DataViewRow source, DataViewSchema input, int[] copied, int size)
    {
        _computation = computation;
        foreach (int i in copied)
            _copied[i] = SlotColumn.Create(source, input[i], size);
        _readId = source.GetIdGetter();
        _ids = new DataViewRowId[size];
    }

    /// <summary>The number of rows read.</summary>
    internal int Count { get; private set; }

    internal SlotColumn? Copy(int column) => _copied.GetValueOrDefault(column);

    internal DataViewRowId IdOf(int slot) => _ids[slot];

    internal Delegate Getter(int output, Func<int> slot) => _computation.Getter(output, slot);

    /// <summary>
    /// Reads the source's current row and those after it; returns false at the end of the source. Errors after the first row are deferred until the
    /// preceding rows have been returned.
    /// </summary>
    internal bool Fill(DataViewRowCursor source)
    {
        ReadRow();
        try
        {
            while (Count < _ids.Length)
            {
                if (!source.MoveNext())
                    return false;
                ReadRow();
            }

            return true;
        }
        catch (Exception e)
        {
            _fault = ExceptionDispatchInfo.Capture(e);
            return false;
        }
    }

    /// <summary>
    /// As <see cref="Fill"/>, from the source's next row on, and starts the computation. An error in the first row is reported when that row would be
    /// returned.
    /// </summary>
    internal bool FillAhead(DataViewRowCursor source)
    {
        bool more = false;
        try
        {
            more = source.MoveNext() && Fill(source);
        }
        catch (Exception e)
        {
            _fault = ExceptionDispatchInfo.Capture(e);
        }

        if (Count > 0)
            _work = Task.Run(() => _computation.Compute(Count));
        return more;
    }

    private void ReadRow()
    {
        _computation.Read(Count);
        foreach (SlotColumn column in _copied.Values)
            column.Read(Count);
        _readId(ref _ids[Count]);
        Count++;
    }

    /// <summary>Waits for the outputs, or computes them.</summary>
    internal void Finish()
    {
        if (_computed)
            return;
        if (_work is { } work)
            work.GetAwaiter().GetResult();
        else
            _computation.Compute(Count);
        _computation.Report(Count);
        _computed = true;
    }

    /// <summary>Clears the batch for other rows.</summary>
    /// <exception cref="Exception">The deferred error of the row after the last one.</exception>
    internal void Clear()
    {
        ExceptionDispatchInfo? fault = _fault;
        Stop();
        (Count, _computed, _work, _fault) = (0, false, null, null);
        fault?.Throw();
    }

    public void Dispose()
    {
        _computation.Cancel();
        Stop();
        _computation.Dispose();
    }

    /// <summary>Waits for a running computation; its outcome is ignored.</summary>
    private void Stop()
    {
        if (_work is { } work)
            Task.WaitAny(work);
    }
}
