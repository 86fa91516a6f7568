using System.Runtime.ExceptionServices;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace CxrAnnotate;

/// <summary>
/// A batch of rows of a <see cref="StageCursor"/>: copies of the columns that are handed through, and the computation over them, which may run in the
/// background. Rows are read, and failures told, by the cursor's own thread alone.
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

    /// <summary>Rows that were read; 0 before any.</summary>
    internal int Count { get; private set; }

    internal SlotColumn? Copy(int column) => _copied.GetValueOrDefault(column);

    internal DataViewRowId IdOf(int slot) => _ids[slot];

    internal Delegate Getter(int output, Func<int> slot) => _computation.Getter(output, slot);

    /// <summary>
    /// Reads the row that the source stands on and those after it; false where the source has come to its end. Errors after the first row are
    /// deferred until the preceding rows have been returned.
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
    /// As <see cref="Fill"/>, from the source's next row on, and begins to compute. An error in the first row is reported when it would be served.
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

    /// <summary>The outputs are there when this returns.</summary>
    internal void Finish()
    {
        if (_computed)
            return;
        if (_work is { } work)
            work.GetAwaiter().GetResult();
        else
            _computation.Compute(Count);
        _computation.Tell(Count);
        _computed = true;
    }

    /// <summary>Makes room for other rows.</summary>
    /// <exception cref="Exception">What went wrong when the row after the last one was read ahead.</exception>
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

    /// <summary>Waits for what is being computed; how it went is of no interest any more.</summary>
    private void Stop()
    {
        if (_work is { } work)
            Task.WaitAny(work);
    }
}
