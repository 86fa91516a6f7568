namespace CxrAnnotate;

/// <summary>
/// How long something lives that several threads use and anyone may dispose. Disposing never waits: calls that run go on, later ones get
/// <see cref="ObjectDisposedException"/>, and the memory is freed by whoever leaves last. So a call may dispose what it uses itself without a
/// deadlock.
/// </summary>
/// <param name="owner">The public type that the user disposes; the exception names it.</param>
/// <param name="free">Frees the memory; called once, when nobody uses it any more.</param>
/// <param name="within">A lifetime that this one cannot outlast: its memory is used, too. Null where there is none.</param>
/// <remarks>A thread that has entered must not enter the same lifetime again before it leaves: in between it may have been ended.</remarks>
internal sealed class Lifetime(Type owner, Action free, Lifetime? within = null)
{
    private readonly Lock _gate = new();
    private int _uses;
    private bool _ended;

    /// <exception cref="ObjectDisposedException">It has ended.</exception>
    internal void Check()
    {
        lock (_gate)
            ObjectDisposedException.ThrowIf(_ended, owner);
        within?.Check();
    }

    /// <summary>Keeps the memory until what is returned is disposed.</summary>
    /// <exception cref="ObjectDisposedException">It has ended.</exception>
    internal Use Enter() => EnterAll([this]);

    /// <summary>Keeps the memory of several.</summary>
    /// <exception cref="ObjectDisposedException">One has ended; then none is entered.</exception>
    internal static Use EnterAll(params Lifetime[] lifetimes)
    {
        int entered = 0;
        try
        {
            for (; entered < lifetimes.Length; entered++)
                lifetimes[entered].EnterThis();
            return new Use(lifetimes);
        }
        catch
        {
            while (entered > 0)
                lifetimes[--entered].Leave();
            throw;
        }
    }

    private void EnterThis()
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_ended, owner);
            _uses++;
        }

        try
        {
            within?.EnterThis();
        }
        catch
        {
            LeaveThis();
            throw;
        }
    }

    /// <summary>Lets nobody in any more; frees the memory now, or when the last user leaves. Doing so twice does nothing.</summary>
    internal void End()
    {
        lock (_gate)
        {
            if (_ended)
                return;
            _ended = true;
            if (_uses > 0)
                return;
        }

        free();
    }

    private void Leave()
    {
        within?.Leave();
        LeaveThis();
    }

    private void LeaveThis()
    {
        lock (_gate)
        {
            if (--_uses > 0 || !_ended)
                return;
        }

        free();
    }

    /// <summary>A use; dispose it once.</summary>
    internal readonly ref struct Use(Lifetime[] entered)
    {
        private readonly Lifetime[] _entered = entered;

        public void Dispose()
        {
            foreach (Lifetime lifetime in _entered)
                lifetime.Leave();
        }
    }
}
