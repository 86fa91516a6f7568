using Microsoft.ML.Runtime;

namespace CxrAnnotate;

/// <summary>Warns of the rows of a file that are not used, and counts them at the end.</summary>
/// <param name="log">Takes the warnings.</param>
/// <param name="file">The file that they name.</param>
/// <param name="place">What its rows are counted by: lines of a text, rows of a table that has no lines.</param>
internal sealed class SkippedRows(IChannelProvider log, string file, string place = "line") : IDisposable
{
    /// <summary>More warnings than this of one file help nobody; the rest is only counted.</summary>
    internal const int MostListed = 10;

    private readonly IChannel _channel = log.Start("Data");
    private readonly List<UnusedValues> _values = [];

    internal int Count { get; private set; }

    internal void Skip(int line, string reason) => Skip($"{place} {line}", reason);

    internal void Skip(string where, string reason)
    {
        if (Count++ < MostListed)
            _channel.Warning(MessageSensitivity.UserData, CxrError.CodeFirst($"'{file}', {where}: {reason} Skipped."));
    }

    /// <summary>A remark on the file as a whole.</summary>
    internal void Note(string text) => _channel.Warning(MessageSensitivity.UserData, CxrError.CodeFirst($"'{file}': {text}"));

    /// <summary>
    /// Values of used rows that are not used themselves. They are counted by <see cref="Complete"/> in one warning, which shows the first of them.
    /// </summary>
    /// <param name="whatOfThem">What becomes of them, behind their count: <c>ages are not ... and count as unknown</c>.</param>
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
                $"'{file}': {Count} of {Count + used} {unit} were skipped{(Count > MostListed ? $" (the first {MostListed} are listed)" : "")}; "
                    + $"{used} are used."
            );
    }

    public void Dispose() => _channel.Dispose();
}
