namespace CxrAnnotate.Cli;

/// <summary>
/// The epochs of a run's training as a file (<see cref="TrainingLog"/>). A training does not fail because of it: if the file cannot be written, there
/// is a warning, and it ends there.
/// </summary>
internal sealed class EpochLog : IProgress<TrainingEpoch>, IDisposable
{
    private readonly Action<string> _warn;
    private TrainingLog? _log;

    internal EpochLog(string path, bool append, Action<string> warn)
    {
        _warn = warn;
        Path = path;
        Guarded(() => _log = TrainingLog.Open(path, append));
    }

    internal string Path { get; }

    public void Report(TrainingEpoch value) => Guarded(() => _log?.Report(value));

    /// <summary>Copies the file into the folder of the run.</summary>
    internal void CopyTo(string path) =>
        Guarded(() =>
        {
            if (_log is not null)
                File.Copy(Path, path, overwrite: true);
        });

    public void Dispose() => _log?.Dispose();

    private void Guarded(Action write)
    {
        try
        {
            write();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _warn(ErrorCode.FileAccess.Message($"'{Path}' cannot be written, the training continues without it: {e.Message}"));
            _log?.Dispose();
            _log = null;
        }
    }
}
