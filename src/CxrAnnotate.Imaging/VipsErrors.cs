using NetVips;

namespace CxrAnnotate;

/// <summary>
/// libvips keeps the texts of its errors in one place for the whole process, where those of an earlier file, or of one that is decoded at the same
/// time, stand beside those of this one. A file that fails among others is therefore decoded once more, alone and beginning with no text, so that its
/// message speaks of nothing else.
/// </summary>
internal static class VipsErrors
{
    private static readonly ReaderWriterLockSlim _lock = new();

    /// <summary>Lets the calling thread decode beside others until the result is disposed of.</summary>
    internal static Turn Among()
    {
        _lock.EnterReadLock();
        return new Turn(IsAlone: false);
    }

    /// <summary>Waits until no other thread decodes, and lets none begin until the result is disposed of.</summary>
    internal static Turn Alone()
    {
        _lock.EnterWriteLock();
        // An exception takes the texts that are there with it.
        _ = new VipsException(nameof(Alone));
        return new Turn(IsAlone: true);
    }

    internal readonly record struct Turn(bool IsAlone) : IDisposable
    {
        public void Dispose()
        {
            if (IsAlone)
                _lock.ExitWriteLock();
            else
                _lock.ExitReadLock();
        }
    }
}
