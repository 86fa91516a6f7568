namespace CxrAnnotate.Cli;

/// <summary>
/// The epochs of a run's training as files (<see cref="TrainingLog"/>, <see cref="TensorBoardLog"/>). A training does not fail because of it: if a
/// file cannot be written, there is a warning, and it ends there.
/// </summary>
internal sealed class EpochLog : IProgress<TrainingEpoch>, IDisposable
{
    private readonly Action<string> _warn;
    private IProgress<TrainingEpoch>? _log;

    private EpochLog(string path, Action<string> warn, Func<IProgress<TrainingEpoch>> open)
    {
        _warn = warn;
        Path = path;
        Guarded(() => _log = open());
    }

    /// <summary>A file of lines.</summary>
    internal static EpochLog Lines(string path, bool append, Action<string> warn) => new(path, warn, () => TrainingLog.Open(path, append));

    /// <summary>Event files for TensorBoard.</summary>
    internal static EpochLog Events(string folder, Action<string> warn) => new(folder, warn, () => new TensorBoardLog(folder));

    internal string Path { get; }

    public void Report(TrainingEpoch value) => Guarded(() => _log?.Report(value));

    /// <summary>Copies the file into the folder of the run.</summary>
    internal void CopyTo(string path) =>
        Guarded(() =>
        {
            if (_log is not null)
                File.Copy(Path, path, overwrite: true);
        });

    public void Dispose() => (_log as IDisposable)?.Dispose();

    private void Guarded(Action write)
    {
        try
        {
            write();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _warn(ErrorCode.FileAccess.Message($"'{Path}' cannot be written, the training continues without it: {e.Message}"));
            Dispose();
            _log = null;
        }
    }
}
