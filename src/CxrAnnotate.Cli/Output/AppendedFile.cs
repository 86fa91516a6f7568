namespace CxrAnnotate.Cli;

/// <summary>A file that grows by whole lines. Each is handed to the system at once, and not kept in a buffer that dies with the process.</summary>
internal sealed class AppendedFile : IDisposable
{
    private readonly FileStream _file;
    private long _whole;

    internal AppendedFile(string path)
    {
        if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } folder)
            Directory.CreateDirectory(folder);
        Place = path;
        _file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.Read, bufferSize: 0);
    }

    /// <summary>The file, as it was given.</summary>
    internal string Place { get; }

    /// <summary>Adds a line, whole or, where there is no room for it, not at all.</summary>
    internal void Append(ReadOnlySpan<byte> line)
    {
        try
        {
            _file.Write(line);
            _whole += line.Length;
        }
        catch (IOException)
        {
            if (_file.CanSeek)
                _file.SetLength(_whole);
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
