using Microsoft.ML.Runtime;

namespace CxrAnnotate;

/// <summary>Warns of the skipped rows of a file, and counts them at the end.</summary>
/// <param name="log">Receives the warnings.</param>
/// <param name="file">The file that the warnings name.</param>
/// <param name="place">The unit of a position: lines of a text file, rows of a table without lines.</param>
internal sealed class SkippedRows(IChannelProvider log, string file, string place = "line") : IDisposable
{
    /// <summary>The maximum number of warnings about one file; the rest is only counted.</summary>
    internal const int ListLimit = 10;

    private readonly IChannel _channel = log.Start("Data");
    private readonly List<UnusedValues> _values = [];

    internal int Count { get; private set; }

    internal void Skip(int line, string reason) => Skip($"{place} {line}", reason);

    internal void Skip(string where, string reason)
    {
        if (Count++ < ListLimit)
            _channel.Warning(MessageSensitivity.UserData, CxrError.CodeFirst($"'{file}', {where}: {reason} Skipped."));
    }

    /// <summary>Warns of something that concerns the whole file.</summary>
    internal void Note(string text) => _channel.Warning(MessageSensitivity.UserData, CxrError.CodeFirst($"'{file}': {text}"));

    /// <summary>
    /// Collects unused values of used rows. <see cref="Complete"/> reports their number and the first of them in one warning.
    /// </summary>
    /// <param name="whatOfThem">What happens to them, as a phrase that follows their number: <c>ages are not ... and count as unknown</c>.</param>
    internal UnusedValues Values(string whatOfThem)
    {
        var values = new UnusedValues(whatOfThem, place);
        _values.Add(values);
        return values;
    }

    /// <summary>Writes the counts.</summary>
    internal void Complete(int used, string unit)
    {
        foreach (UnusedValues values in _values.Where(values => values.Count > 0))
            Note(values.Describe());
        if (Count > 0)
            _channel.Warning(
                MessageSensitivity.UserData,
                $"'{file}': {Count} of {Count + used} {unit} were skipped{(Count > ListLimit ? $" (the first {ListLimit} are listed)" : "")}; "
                    + $"{used} are used."
            );
    }

    public void Dispose() => _channel.Dispose();
}
