namespace CxrAnnotate;

/// <summary>
/// An asynchronous sequence that its consumer may abandon while the next item is pending: the sequence is cancelled through its token, awaited and
/// disposed. Disposing an asynchronous iterator during MoveNextAsync throws, which would hide the consumer's own exception.
/// </summary>
/// <typeparam name="T">The items.</typeparam>
/// <remarks>
/// A source that ignores its token is abandoned after a timeout and disposed when it ends by itself. Errors of an abandoned source are discarded.
/// </remarks>
internal sealed class AsyncSource<T> : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop;
    private readonly IAsyncEnumerator<T> _source;
    private readonly TimeSpan _patience;
    private Task<bool>? _pending;

    /// <param name="items">The sequence.</param>
    /// <param name="patience">How long to wait for a cancelled source.</param>
    /// <param name="cancellation">The consumer's token, which also cancels the source.</param>
    internal AsyncSource(IAsyncEnumerable<T> items, TimeSpan patience, CancellationToken cancellation)
    {
        _patience = patience;
        _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        _source = items.GetAsyncEnumerator(_stop.Token);
    }

    internal T Current => _source.Current;

    /// <summary>Moves to the next item. Call it only after the previous move has completed.</summary>
    internal Task<bool> Next() => _pending = Move();

    public async ValueTask DisposeAsync()
    {
        if (_pending is { IsCompletedSuccessfully: true, Result: false })
        {
            await _source.DisposeAsync().ConfigureAwait(false);
            _stop.Dispose();
            return;
        }

        // On another thread: the source's cancellation callbacks may be slow, too.
        Task ending = Task.Run(AbandonAsync);
        await Task.WhenAny(ending, Task.Delay(_patience)).ConfigureAwait(false);
    }

    // An exception that the source throws synchronously becomes part of the task.
    private async Task<bool> Move() => await _source.MoveNextAsync().ConfigureAwait(false);

    private async Task AbandonAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (_pending is Task pending)
            await pending.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await DisposeSource().ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    private async Task DisposeSource() => await _source.DisposeAsync().ConfigureAwait(false);
}
