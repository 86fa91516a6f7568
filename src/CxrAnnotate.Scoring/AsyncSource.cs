namespace CxrAnnotate;

/// <summary>
/// An asynchronous sequence that its consumer may leave while the next item is on its way: it is told to stop by its cancellation token, waited for,
/// and disposed. Disposing an asynchronous iterator that is moving on is an error, which would take the place of the consumer's own.
/// </summary>
/// <typeparam name="T">The items.</typeparam>
/// <remarks>
/// A source that does not listen to its token is left after some patience; it is disposed when it comes to an end by itself. What goes wrong with a
/// source that was left is told to nobody.
/// </remarks>
internal sealed class AsyncSource<T> : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop;
    private readonly IAsyncEnumerator<T> _source;
    private readonly TimeSpan _patience;
    private Task<bool>? _moving;

    /// <param name="items">The sequence.</param>
    /// <param name="patience">How long a source that was told to stop is waited for.</param>
    /// <param name="cancellation">The consumer's token, which the source gets, too.</param>
    internal AsyncSource(IAsyncEnumerable<T> items, TimeSpan patience, CancellationToken cancellation)
    {
        _patience = patience;
        _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        _source = items.GetAsyncEnumerator(_stop.Token);
    }

    internal T Current => _source.Current;

    /// <summary>Moves on to the next item; to be called when the move before has ended.</summary>
    internal Task<bool> Next() => _moving = Move();

    public async ValueTask DisposeAsync()
    {
        if (_moving is { IsCompletedSuccessfully: true, Result: false })
        {
            await _source.DisposeAsync().ConfigureAwait(false);
            _stop.Dispose();
            return;
        }

        // On another thread: what the source does when it is told to stop may take its time, too.
        Task left = Task.Run(LeaveAsync);
        await Task.WhenAny(left, Task.Delay(_patience)).ConfigureAwait(false);
    }

    // What a source throws at once is an outcome of the move like any other.
    private async Task<bool> Move() => await _source.MoveNextAsync().ConfigureAwait(false);

    private async Task LeaveAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (_moving is Task moving)
            await moving.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await DisposeSource().ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    private async Task DisposeSource() => await _source.DisposeAsync().ConfigureAwait(false);
}
