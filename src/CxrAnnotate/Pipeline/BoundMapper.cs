using Microsoft.ML;

namespace CxrAnnotate;

/// <summary>
/// A stage's transformer bound to one input schema: which columns it reads, which it adds, and how it computes a batch of rows.
/// <see cref="StageTransformer"/> derives everything that ML.NET needs of a transformer (lazy view, look-ahead cursor, row mapper, schema) from it.
/// Cursors of one view run on several threads, so <see cref="Open"/> must be safe to call from all of them; a <see cref="BatchComputation"/> need not
/// be.
/// </summary>
internal abstract class BoundMapper
{
    /// <summary>The columns that the stage adds, in order, with their annotations.</summary>
    internal abstract IReadOnlyList<DataViewSchema.DetachedColumn> Outputs { get; }

    /// <summary>The number of rows in a batch.</summary>
    internal virtual int BatchSize => 1;

    /// <summary>The input columns of the wanted outputs (true at index i: output i is wanted).</summary>
    internal abstract IEnumerable<DataViewSchema.Column> InputsFor(ReadOnlySpan<bool> wanted);

    /// <summary>Starts a computation over rows read from <paramref name="input"/>. One is made per cursor, used by one thread at a time.</summary>
    /// <param name="input">The row to read from; it moves between calls of <see cref="BatchComputation.Read"/>.</param>
    /// <param name="wanted">Which outputs will be requested.</param>
    internal abstract BatchComputation Open(DataViewRow input, ReadOnlySpan<bool> wanted);
}

/// <summary>One cursor's computation: rows are read into slots 0, 1, ..., computed together, and their outputs taken by slot.</summary>
internal abstract class BatchComputation : IDisposable
{
    /// <summary>Copies the necessary values of the input's current row into a slot (never aliases the row's buffers).</summary>
    internal abstract void Read(int slot);

    /// <summary>
    /// Computes the outputs of slots [0, count). With a <see cref="Second"/> set of slots it runs on another thread than the cursor's, while that set
    /// is read or its outputs are taken.
    /// </summary>
    internal abstract void Compute(int count);

    /// <summary>Called after <see cref="Compute"/>, on the cursor's thread, to report warnings.</summary>
    internal virtual void Report(int count) { }

    /// <summary>
    /// Another set of slots of the same cursor, so that a batch is computed while the one before it is returned; null if that would not help.
    /// </summary>
    internal virtual BatchComputation? Second() => null;

    /// <summary>Asks a running <see cref="Compute"/> to end soon; its outputs are no longer needed.</summary>
    internal virtual void Cancel() { }

    /// <summary>A <see cref="ValueGetter{TValue}"/> of the output's raw type that yields the value in slot <c>slot()</c>.</summary>
    internal abstract Delegate Getter(int output, Func<int> slot);

    /// <inheritdoc/>
    public virtual void Dispose() { }
}
