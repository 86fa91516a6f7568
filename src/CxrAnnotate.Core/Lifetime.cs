namespace CxrAnnotate;

/// <summary>
/// The lifetime of memory that several threads use and any of them may dispose. Disposing never waits: running calls continue, later ones throw
/// <see cref="ObjectDisposedException"/>, and the last user to leave frees the memory. A call may thus dispose what it is using without a deadlock.
/// </summary>
/// <param name="owner">The public type that the user disposes; the exception names it.</param>
/// <param name="free">Frees the memory; called once, when there are no users left.</param>
/// <param name="within">A lifetime that this one depends on, because it uses its memory too; null if none.</param>
/// <remarks>Not reentrant: a thread must leave before it enters the same lifetime again, since it may have ended in between.</remarks>
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

    /// <summary>Keeps the memory until the returned use is disposed.</summary>
    /// <exception cref="ObjectDisposedException">It has ended.</exception>
    internal Use Enter() => EnterAll([this]);

    /// <summary>Enters several lifetimes, or none of them.</summary>
    /// <exception cref="ObjectDisposedException">One of them has ended.</exception>
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

    /// <summary>Admits no further users; frees the memory now, or when the last user leaves. Ending twice has no effect.</summary>
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
