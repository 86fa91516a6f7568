namespace CxrAnnotate;

/// <summary>What a single word does in a sentence.</summary>
[Flags]
internal enum ReportWordClass : byte
{
    None = 0,

    /// <summary>A stop after it does not end the sentence (Dr).</summary>
    Abbreviation = 1,

    /// <summary>Findings on both sides of it are mentioned together (scarring or atelectasis).</summary>
    Link = 2,

    /// <summary>A place or side before it does not belong to a finding after it (left base with effusion).</summary>
    Break = 4,

    /// <summary>A finite verb: what is before it and after it is one statement.</summary>
    Verb = 8,

    /// <summary>Begins a noun phrase (the, a).</summary>
    Determiner = 16,

    /// <summary>Calls what follows present (unchanged, residual), so that a list of denied findings does not go on with it.</summary>
    Assertion = 32,

    /// <summary>A sentence goes on after it, though the line ends (of, the).</summary>
    Continuation = 64,

    /// <summary>May stand before the verb of a second statement about the same subject (now, again).</summary>
    Filler = 128,
}

/// <summary>The words of the rules with their ids, and what single words do in a sentence.</summary>
internal sealed class ReportVocabulary
{
    internal const int Unknown = 0;
    internal const int Number = 1;
    internal const int Blank = 2;
    internal const int Comma = 3;
    internal const int Colon = 4;
    internal const int Dash = 5;
    internal const int Greater = 6;
    internal const int PlusMinus = 7;
    internal const int Open = 8;
    internal const int Close = 9;
    internal const int And = 10;
    internal const int Or = 11;
    internal const int Nor = 12;
    internal const int With = 13;
    internal const int Query = 14;

    /// <summary>In shorter words a wrong letter often makes another word.</summary>
    private const int ShortestMisspelt = 7;

    /// <summary>How phrases write the special tokens: the signs, and words that the structure of a sentence hangs on.</summary>
    private static readonly string[] _special = ["", "#", "xxxx", ",", ":", "-", ">", "+/-", "(", ")", "and", "or", "nor", "with", "query"];

    private readonly Dictionary<string, int> _ids = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _lookup;

    /// <summary>The long words by first and last letter, which a slip leaves, and length.</summary>
    private readonly Dictionary<long, List<string>> _long = [];
    private ReportWordClass[] _classes = [];

    internal ReportVocabulary()
    {
        foreach (string word in _special)
            _ids.Add(word, _ids.Count);
        _lookup = _ids.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    /// <summary>Whether a phrase may contain the sign.</summary>
    internal static bool IsSign(string text) => text is "#" or "," or ":" or "-" or ">" or "+/-";

    internal int Add(string word)
    {
        if (_ids.TryGetValue(word, out int id))
            return id;
        _ids.Add(word, id = _ids.Count);
        if (word.Length >= ShortestMisspelt)
        {
            long key = LongKey(word, word.Length);
            if (!_long.TryGetValue(key, out List<string>? words))
                _long.Add(key, words = []);
            words.Add(word);
        }
        return id;
    }

    /// <summary>The word, or else the long word that it is with a slip.</summary>
    internal int Find(ReadOnlySpan<char> word) =>
        _lookup.TryGetValue(word, out int id) ? id
        : word.Length >= ShortestMisspelt ? FindMisspelt(word)
        : Unknown;

    private static long LongKey(ReadOnlySpan<char> word, int length) => ((long)length << 32) | ((long)word[0] << 16) | word[^1];

    private int FindMisspelt(ReadOnlySpan<char> word)
    {
        for (int length = word.Length - 1; length <= word.Length + 1; length++)
        {
            if (!_long.TryGetValue(LongKey(word, length), out List<string>? known))
                continue;
            foreach (string right in known)
            {
                if (Spelling.IsSlip(word, right))
                    return _ids[right];
            }
        }
        return Unknown;
    }

    internal void Add(string word, ReportWordClass kind)
    {
        int id = Add(word);
        if (id >= _classes.Length)
            Array.Resize(ref _classes, Math.Max(id + 1, 2 * _classes.Length));
        _classes[id] |= kind;
    }

    internal void Remove(string word, ReportWordClass kind)
    {
        if (_ids.TryGetValue(word, out int id) && id < _classes.Length)
            _classes[id] &= ~kind;
    }

    /// <summary>What the word does; nothing if it is unknown.</summary>
    internal ReportWordClass ClassesOf(int id) => id < _classes.Length ? _classes[id] : ReportWordClass.None;
}
