namespace CxrAnnotate;

/// <summary>Warnings of a file by line. More of them than <see cref="SkippedRows.MostListed"/> help nobody: the rest is only counted.</summary>
internal sealed class FileWarnings
{
    private readonly List<string> _listed = [];
    private readonly List<string> _notes = [];
    private int _more;

    /// <summary>The warnings by line, how many more there were, and the remarks on whole files.</summary>
    internal IReadOnlyList<string> All => _more == 0
        ? [.. _listed, .. _notes]
        : [.. _listed, $"{_more} more lines had warnings like these.", .. _notes];

    internal void Add(string path, int line, string what)
    {
        if (_listed.Count < SkippedRows.MostListed)
            _listed.Add($"'{path}', line {line}: {what}.");
        else
            _more++;
    }

    /// <summary>A remark on a file as a whole.</summary>
    internal void Note(string text) => _notes.Add(text);
}
