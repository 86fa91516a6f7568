using Microsoft.ML;
using Microsoft.ML.Runtime;

namespace CxrAnnotate;

/// <summary>Warns of the rows of a file that are not used, and counts them at the end.</summary>
internal sealed class SkippedRows(IChannelProvider log, string file) : IDisposable
{
    /// <summary>More warnings than this of one file help nobody; the rest is only counted.</summary>
    internal const int MostListed = 100;

    private readonly IChannel _channel = log.Start("Data");

    internal int Count { get; private set; }

    internal void Skip(int line, string reason) => Skip($"line {line}", reason);

    internal void Skip(string place, string reason)
    {
        if (Count++ < MostListed)
            _channel.Warning(MessageSensitivity.UserData, $"'{file}', {place}: {reason} Skipped.");
    }

    /// <summary>A remark on the file as a whole.</summary>
    internal void Note(string text) => _channel.Warning(MessageSensitivity.UserData, $"'{file}': {text}");

    /// <summary>Writes the count.</summary>
    internal void Complete(int used, string unit)
    {
        if (Count > 0)
            _channel.Warning(MessageSensitivity.UserData, $"'{file}': {Count} of {Count + used} {unit} were skipped{(Count > MostListed ? $" (the first {MostListed} are listed)" : "")}; {used} are used.");
    }

    public void Dispose() => _channel.Dispose();
}
