namespace CxrAnnotate;

/// <summary>Warnings about a file by line. They are for a machine-readable report, so more are listed than in a log.</summary>
internal sealed class FileWarnings
{
    /// <summary>Further warnings are only counted.</summary>
    private const int MostListed = 100;

    private readonly List<string> _listed = [];
    private readonly List<string> _notes = [];
    private int _more;

    /// <summary>The warnings by line, how many more there were, and the notes on whole files.</summary>
    internal IReadOnlyList<string> All =>
        _more == 0 ? [.. _listed, .. _notes] : [.. _listed, $"{_more} more lines had warnings like these.", .. _notes];

    internal void Add(string path, int line, string what)
    {
        if (_listed.Count < MostListed)
            _listed.Add($"'{path}', line {line}: {what}.");
        else
            _more++;
    }

    /// <summary>A note on a file as a whole.</summary>
    internal void Note(string text) => _notes.Add(text);
}
