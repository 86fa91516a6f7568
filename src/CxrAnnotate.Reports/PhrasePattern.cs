namespace CxrAnnotate;

/// <summary>A part of a phrase: a word, or else a choice between sequences of parts, of which one may be empty.</summary>
internal sealed record PhrasePart(string? Word, List<List<PhrasePart>> Choices);

/// <summary>
/// The language of phrases: words; <c>a|b</c> either word; <c>(a b|c)</c> either sequence; <c>x?</c> optional; <c>_</c> any one word; <c>...</c> up
/// to three words; <c>{name}</c> the phrases of a <c>[words name]</c> block; <c>#</c> a number; <c>, : - > +/-</c> these signs. A phrase is read as
/// parts; the sequences of words that it stands for are counted, and not written out.
/// </summary>
internal sealed class PhrasePattern
{
    /// <summary>Stands for any one word.</summary>
    internal const string Any = "_";

    /// <summary>More sequences than this are a mistake in the phrase.</summary>
    internal const int MostSequences = 50_000;

    private const int LongestGap = 3;

    private readonly string _text;
    private readonly IReadOnlyDictionary<string, List<List<PhrasePart>>> _names;
    private int _at;

    private PhrasePattern(string text, IReadOnlyDictionary<string, List<List<PhrasePart>>> names) => (_text, _names) = (text, names);

    /// <summary>Reads a phrase.</summary>
    /// <param name="text">The phrase.</param>
    /// <param name="names">The phrases of the named blocks.</param>
    /// <param name="count">How many sequences of words it stands for.</param>
    /// <exception cref="FormatException">The phrase is not well formed; the message says where.</exception>
    internal static List<PhrasePart> Parse(string text, IReadOnlyDictionary<string, List<List<PhrasePart>>> names, out int count)
    {
        PhrasePattern pattern = new(text, names);
        List<PhrasePart> phrase = pattern.Sequence(inBrackets: false, out count);
        if (pattern._at < text.Length)
            throw pattern.Problem($"'{text[pattern._at]}' is not expected here");
        if (phrase.TrueForAll(CanBeAny))
            throw pattern.Problem("it can match no word at all; at least one word must not be optional");
        if (CanBeginWithAny(phrase))
            throw pattern.Problem("it begins with any word; begin with a word");
        return phrase;
    }

    /// <summary>The sequences of words that a phrase stands for.</summary>
    internal static IEnumerable<string[]> Expand(IReadOnlyList<PhrasePart> phrase)
    {
        IEnumerable<string[]> sequences =
        [
            [],
        ];
        foreach (PhrasePart part in phrase)
        {
            List<string[]> next = part.Word is { } word
                ?
                [
                    [word],
                ]
                : [.. part.Choices.SelectMany(Expand)];
            sequences = sequences.SelectMany(_ => next, (head, tail) => (string[])[.. head, .. tail]);
        }
        return sequences;
    }

    /// <summary>Whether the part may stand for nothing, or for any words only.</summary>
    private static bool CanBeAny(PhrasePart part) =>
        part.Word is { } word ? word == Any : part.Choices.Exists(sequence => sequence.TrueForAll(CanBeAny));

    private static bool CanBeNothing(PhrasePart part) => part.Word is null && part.Choices.Exists(sequence => sequence.TrueForAll(CanBeNothing));

    private static bool CanBeginWithAny(List<PhrasePart> sequence)
    {
        foreach (PhrasePart part in sequence)
        {
            if (part.Word == Any || part.Choices.Exists(CanBeginWithAny))
                return true;
            if (!CanBeNothing(part))
                return false;
        }
        return false;
    }

    private List<PhrasePart> Sequence(bool inBrackets, out int count)
    {
        List<PhrasePart> sequence = [];
        count = 1;
        while (true)
        {
            while (_at < _text.Length && char.IsWhiteSpace(_text[_at]))
                _at++;
            if (_at == _text.Length || (inBrackets && _text[_at] is '|' or ')'))
                return sequence;
            List<List<PhrasePart>> choices = Item(out int number);
            while (!inBrackets && _at < _text.Length && _text[_at] == '|')
            {
                _at++;
                choices.AddRange(Item(out int more));
                number += more;
            }
            if (_at < _text.Length && _text[_at] == '?')
            {
                _at++;
                choices.Add([]);
                number++;
            }
            if ((long)count * number > MostSequences)
                throw Problem($"it stands for more than {MostSequences} sequences of words");
            count *= number;
            if (choices is [var only])
                sequence.AddRange(only);
            else
                sequence.Add(new PhrasePart(null, choices));
        }
    }

    private List<List<PhrasePart>> Item(out int count)
    {
        count = 1;
        if (_at < _text.Length && _text[_at] == '(')
            return Brackets(out count);
        if (_at < _text.Length && _text[_at] == '{')
            return Named(out count);
        int start = _at;
        while (_at < _text.Length && !char.IsWhiteSpace(_text[_at]) && _text[_at] is not ('|' or '(' or ')' or '{' or '}' or '?'))
            _at++;
        string word = _text[start.._at];
        if (word == "...")
        {
            count = LongestGap + 1;
            return [.. Enumerable.Range(0, LongestGap + 1).Select(length => Enumerable.Repeat(Of(Any), length).ToList())];
        }
        if (word.Length == 0)
            throw Problem(_at < _text.Length ? $"a word is expected before '{_text[_at]}'" : "a word is expected at its end");
        if (word == Any || ReportVocabulary.IsSign(word))
            return
            [
                [Of(word)],
            ];
        return word.All(char.IsLetterOrDigit)
            ?
            [
                [Of(word.ToLowerInvariant())],
            ]
            : throw Problem($"'{word}' is not one word: leave out apostrophes, and write a hyphen as a blank");
    }

    private static PhrasePart Of(string word) => new(word, []);

    private List<List<PhrasePart>> Brackets(out int count)
    {
        List<List<PhrasePart>> choices = [];
        count = 0;
        do
        {
            _at++;
            choices.Add(Sequence(inBrackets: true, out int one));
            count += one;
        } while (_at < _text.Length && _text[_at] == '|');
        if (_at == _text.Length)
            throw Problem("a bracket '(' is not closed");
        _at++;
        return choices;
    }

    private List<List<PhrasePart>> Named(out int count)
    {
        int end = _text.IndexOf('}', _at);
        if (end < 0)
            throw Problem("a bracket '{' is not closed");
        string name = _text[(_at + 1)..end].Trim();
        _at = end + 1;
        if (!_names.TryGetValue(name, out List<List<PhrasePart>>? phrases))
            throw Problem($"there is no block [words {name}] before it");
        count = phrases.Count;
        return [.. phrases];
    }

    private FormatException Problem(string what) => new(ErrorCode.RulesUnreadable.Message($"the phrase '{_text}': {what}"));
}
