namespace CxrAnnotate.Cli;

/// <summary>A file that grows by whole lines. Each is passed to the system at once, not kept in a buffer that is lost with the process.</summary>
internal sealed class AppendedFile : IDisposable
{
    private readonly FileStream _file;
    private long _completeLength;

    internal AppendedFile(string path)
    {
        if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } folder)
            Directory.CreateDirectory(folder);
        Place = path;
        _file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.Read, bufferSize: 0);
    }

    /// <summary>The file, as it was given.</summary>
    internal string Place { get; }

    /// <summary>Appends a line completely or, if there is no room, not at all.</summary>
    internal void Append(ReadOnlySpan<byte> line)
    {
        try
        {
            _file.Write(line);
            _completeLength += line.Length;
        }
        catch (IOException)
        {
            if (_file.CanSeek)
                _file.SetLength(_completeLength);
            throw;
        }
    }

    public void Dispose()
    {
        if (_file.CanSeek)
            _file.Flush(flushToDisk: true);
        _file.Dispose();
    }
}
