namespace CxrAnnotate;

/// <summary>The words of the rules with their ids, and the words that link or separate phrases.</summary>
internal sealed class ReportVocabulary
{
    internal const int Unknown = 0;
    internal const int Number = 1;
    internal const int Blank = 2;
    internal const int Comma = 3;
    internal const int Colon = 4;
    internal const int Bracket = 5;

    /// <summary>How phrases write the special tokens.</summary>
    private static readonly string[] _special = ["", "#", "xxxx", ",", ":", "("];

    private readonly Dictionary<string, int> _ids = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _lookup;
    private readonly HashSet<int> _abbreviations = [];
    private readonly HashSet<int> _links = [];
    private readonly HashSet<int> _breaks = [];

    internal ReportVocabulary()
    {
        foreach (string word in _special)
            _ids.Add(word, _ids.Count);
        _lookup = _ids.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    internal int Add(string word)
    {
        if (!_ids.TryGetValue(word, out int id))
            _ids.Add(word, id = _ids.Count);
        return id;
    }

    internal int Find(ReadOnlySpan<char> word) => _lookup.TryGetValue(word, out int id) ? id : Unknown;

    internal void AddAbbreviation(string word) => _abbreviations.Add(Add(word));

    internal void AddLink(string word) => _links.Add(Add(word));

    internal void AddBreak(string word) => _breaks.Add(Add(word));

    internal bool IsAbbreviation(int id) => id != Unknown && _abbreviations.Contains(id);

    /// <summary>Whether findings on both sides of the word are mentioned together ("scarring or atelectasis").</summary>
    internal bool IsLink(int id) => _links.Contains(id);

    /// <summary>Whether a place or side before the word does not belong to a finding after it ("left base with effusion").</summary>
    internal bool IsBreak(int id) => _breaks.Contains(id);
}
