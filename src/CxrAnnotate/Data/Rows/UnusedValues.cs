using System.Globalization;

namespace CxrAnnotate;

/// <summary>
/// Values that a reader does not use although it uses their rows: their number and the positions of the first. Made by
/// <see cref="SkippedRows.Values"/>.
/// </summary>
internal sealed class UnusedValues(string whatOfThem, string place = "line")
{
    /// <summary>The maximum number of positions listed.</summary>
    internal const int ListLimit = 10;

    private readonly List<string> _first = [];

    internal int Count { get; private set; }

    /// <summary>Adds a value that must not be shown, such as the text of a report.</summary>
    internal void Add(int line)
    {
        if (Count++ < ListLimit)
            _first.Add($"{place} {line}");
    }

    internal void Add(int line, string value) => Add($"{place} {line}", value);

    internal void Add(string where, string value)
    {
        if (Count++ < ListLimit)
            _first.Add($"{where} '{(value.Length > 60 ? value[..60] + "..." : value)}'");
    }

    internal string Describe() =>
        string.Create(CultureInfo.InvariantCulture, $"{Count} {whatOfThem}: {string.Join(", ", _first)}{(Count > ListLimit ? ", ..." : "")}.");
}
