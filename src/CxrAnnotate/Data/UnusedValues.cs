using System.Globalization;

namespace CxrAnnotate;

/// <summary>Values that a reader does not use although it uses their rows: how many, and where the first of them stand. Made by <see cref="SkippedRows.Values"/>.</summary>
internal sealed class UnusedValues(string whatOfThem)
{
    /// <summary>More places than this are not written out.</summary>
    internal const int MostShown = 10;

    private readonly List<string> _first = [];

    internal int Count { get; private set; }

    internal void Add(int line, string value) => Add($"line {line}", value);

    internal void Add(string place, string value)
    {
        if (Count++ < MostShown)
            _first.Add($"{place} '{(value.Length > 60 ? value[..60] + "..." : value)}'");
    }

    internal string Describe() =>
        string.Create(CultureInfo.InvariantCulture, $"{Count} {whatOfThem}: {string.Join(", ", _first)}{(Count > MostShown ? ", ..." : "")}.");
}
