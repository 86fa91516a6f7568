using System.Text;

namespace CxrAnnotate.Cli;

/// <summary>Results as JSON Lines, one document per line, in a file or on the output.</summary>
/// <typeparam name="T">The type whose properties become those of the document.</typeparam>
internal sealed class JsonLinesWriter<T> : IResultWriter<T>
{
    private readonly string _format;
    private readonly AppendedFile? _file;
    private readonly TextWriter? _output;

    /// <param name="format">The format of the documents: the name of a verb.</param>
    /// <param name="path">The file.</param>
    internal JsonLinesWriter(string format, string path) => (_format, _file) = (format, new AppendedFile(path));

    /// <param name="format">The format of the documents: the name of a verb.</param>
    /// <param name="output">Receives the lines.</param>
    internal JsonLinesWriter(string format, TextWriter output) => (_format, _output) = (format, output);

    public string? Place => _file?.Place;

    public void Write(T result)
    {
        string line = TerminalText.EscapeJson(CxrJson.Line(_format, result)) + "\n";
        _file?.Append(Encoding.UTF8.GetBytes(line));
        _output?.Write(line);
        _output?.Flush();
    }

    public void Complete() { }

    public void Dispose() => _file?.Dispose();
}
