using System.Text;

namespace CxrAnnotate;

/// <summary>
/// A file with one line of JSON for every epoch of a training (docs/cli-json.md), which can be read while the training runs: <c>options with {
/// EpochProgress = log }</c>. A resumed training appends to the file of the interrupted one. Epochs that are trained again replace their lines and
/// those after them, so that the file is that of an uninterrupted training but for times. Thread-safe.
/// </summary>
public sealed class TrainingLog : IProgress<TrainingEpoch>, IDisposable
{
    private readonly Lock _lock = new();
    private readonly FileStream _file;
    private readonly List<((bool, int, bool, int) Place, long Start)> _lines = [];

    private TrainingLog(string path, FileStream file) => (Path, _file) = (path, file);

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>Opens a file, which is created if it does not exist.</summary>
    /// <param name="path">The file; its folder is created if necessary.</param>
    /// <param name="append">Whether to keep the epochs that it has, to resume a training. A last line that was cut off is removed.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static TrainingLog Open(string path, bool append)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (System.IO.Path.GetDirectoryName(path) is { Length: > 0 } folder)
            Directory.CreateDirectory(folder);
        var log = new TrainingLog(path, new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite));
        try
        {
            log.Start(append);
            return log;
        }
        catch
        {
            log.Dispose();
            throw;
        }
    }

    /// <summary>Reads the epochs of a file, also while it is written. Lines that are no epochs are left out.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static IReadOnlyList<TrainingEpoch> Read(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using var reader = new StreamReader(file, Encoding.UTF8);
        return [.. reader.ReadToEnd().Split('\n').Select(TrainingEpoch.Parse).OfType<TrainingEpoch>()];
    }

    /// <summary>Writes an epoch as a line and hands it to the operating system at once.</summary>
    /// <param name="value">The epoch.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    /// <exception cref="ObjectDisposedException">The file was closed.</exception>
    public void Report(TrainingEpoch value)
    {
        ArgumentNullException.ThrowIfNull(value);
        lock (_lock)
        {
            int again = _lines.FindIndex(line => Comparer<(bool, int, bool, int)>.Default.Compare(line.Place, value.Place) >= 0);
            if (again >= 0)
            {
                _file.SetLength(_lines[again].Start);
                _lines.RemoveRange(again, _lines.Count - again);
            }

            _file.Seek(0, SeekOrigin.End);
            _lines.Add((value.Place, _file.Position));
            _file.Write(Encoding.UTF8.GetBytes(value.ToJson() + "\n"));
            _file.Flush();
        }
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => _file.Dispose();

    private void Start(bool append)
    {
        if (append)
        {
            byte[] content = new byte[_file.Length];
            _file.ReadExactly(content);
            int start = 0;
            for (int end; (end = Array.IndexOf(content, (byte)'\n', start)) >= 0; start = end + 1)
            {
                if (TrainingEpoch.Parse(Encoding.UTF8.GetString(content, start, end - start)) is not { } epoch)
                    break;
                _lines.Add((epoch.Place, start));
            }

            _file.SetLength(start);
        }
        else
        {
            _file.SetLength(0);
        }
    }
}
