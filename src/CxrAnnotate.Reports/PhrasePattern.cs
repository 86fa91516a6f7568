namespace CxrAnnotate;

/// <summary>
/// The language of phrases: words; <c>a|b</c> either word; <c>(a b|c)</c> either sequence; <c>x?</c> optional; <c>_</c> any one word; <c>...</c> up
/// to three words; <c>{name}</c> the phrases of a <c>[words name]</c> block; <c>#</c> a number; <c>, : - > +/-</c> these signs. A phrase is expanded
/// into all its sequences.
/// </summary>
internal sealed class PhrasePattern
{
    /// <summary>Stands for any one word.</summary>
    internal const string Any = "_";

    /// <summary>More sequences than this are a mistake in the phrase.</summary>
    internal const int MostSequences = 50_000;

    private const int LongestGap = 3;

    private readonly string _text;
    private readonly IReadOnlyDictionary<string, List<string[]>> _names;
    private int _at;

    private PhrasePattern(string text, IReadOnlyDictionary<string, List<string[]>> names) => (_text, _names) = (text, names);

    /// <summary>All sequences of a phrase.</summary>
    /// <param name="text">The phrase.</param>
    /// <param name="names">The sequences of the named blocks.</param>
    /// <exception cref="FormatException">The phrase is not well formed; the message says where.</exception>
    internal static List<string[]> Expand(string text, IReadOnlyDictionary<string, List<string[]>> names)
    {
        PhrasePattern pattern = new(text, names);
        List<string[]> sequences = pattern.Sequence(inBrackets: false);
        if (pattern._at < text.Length)
            throw pattern.Problem($"'{text[pattern._at]}' is not expected here");
        if (sequences.Exists(sequence => sequence.All(word => word == Any)))
            throw pattern.Problem("it can match no word at all; at least one word must not be optional");
        if (sequences.Exists(sequence => sequence.Length > 0 && sequence[0] == Any))
            throw pattern.Problem("it begins with any word; begin with a word");
        return sequences;
    }

    private List<string[]> Sequence(bool inBrackets)
    {
        List<string[]> sequences =
        [
            [],
        ];
        while (true)
        {
            while (_at < _text.Length && char.IsWhiteSpace(_text[_at]))
                _at++;
            if (_at == _text.Length || (inBrackets && _text[_at] is '|' or ')'))
                return sequences;
            List<string[]> next = Item();
            while (!inBrackets && _at < _text.Length && _text[_at] == '|')
            {
                _at++;
                next.AddRange(Item());
            }
            if (_at < _text.Length && _text[_at] == '?')
            {
                _at++;
                next.Add([]);
            }
            if ((long)sequences.Count * next.Count > MostSequences)
                throw Problem($"it stands for more than {MostSequences} sequences of words");
            sequences = [.. sequences.SelectMany(_ => next, (head, tail) => (string[])[.. head, .. tail])];
        }
    }

    private List<string[]> Item()
    {
        if (_at < _text.Length && _text[_at] == '(')
            return Brackets();
        if (_at < _text.Length && _text[_at] == '{')
            return Named();
        int start = _at;
        while (_at < _text.Length && !char.IsWhiteSpace(_text[_at]) && _text[_at] is not ('|' or '(' or ')' or '{' or '}' or '?'))
            _at++;
        string word = _text[start.._at];
        if (word == "...")
            return [.. Enumerable.Range(0, LongestGap + 1).Select(count => Enumerable.Repeat(Any, count).ToArray())];
        if (word.Length == 0)
            throw Problem(_at < _text.Length ? $"a word is expected before '{_text[_at]}'" : "a word is expected at its end");
        if (word == Any || ReportVocabulary.IsSign(word))
            return
            [
                [word],
            ];
        return word.All(char.IsLetterOrDigit)
            ?
            [
                [word.ToLowerInvariant()],
            ]
            : throw Problem($"'{word}' is not one word: leave out apostrophes, and write a hyphen as a blank");
    }

    private List<string[]> Brackets()
    {
        List<string[]> sequences = [];
        do
        {
            _at++;
            sequences.AddRange(Sequence(inBrackets: true));
        } while (_at < _text.Length && _text[_at] == '|');
        if (_at == _text.Length)
            throw Problem("a bracket '(' is not closed");
        _at++;
        return sequences;
    }

    private List<string[]> Named()
    {
        int end = _text.IndexOf('}', _at);
        if (end < 0)
            throw Problem("a bracket '{' is not closed");
        string name = _text[(_at + 1)..end].Trim();
        _at = end + 1;
        return _names.TryGetValue(name, out List<string[]>? sequences)
            ? [.. sequences]
            : throw Problem($"there is no block [words {name}] before it");
    }

    private FormatException Problem(string what) => new(ErrorCode.RulesUnreadable.Message($"the phrase '{_text}': {what}"));
}
