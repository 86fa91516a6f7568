namespace CxrAnnotate;

/// <summary>The kind of a token.</summary>
internal enum ReportTokenKind : byte
{
    /// <summary>A word, or a place holder of the anonymiser (XXXX).</summary>
    Word,

    /// <summary>A number, with its decimals.</summary>
    Number,

    /// <summary>A comma, a colon, a dash, a bracket or another sign, which does not end the sentence.</summary>
    Mark,

    /// <summary>The end of a sentence.</summary>
    End,
}

/// <summary>A token of a report: its id in the vocabulary of the rules (0 if unknown), its position in the text, and what its word does.</summary>
internal readonly record struct ReportToken(int Id, int Start, int Length, ReportTokenKind Kind, ReportWordClass Classes = ReportWordClass.None)
{
    internal int Stop => Start + Length;

    /// <summary>Whether the word is of the class, or of one of the classes.</summary>
    internal bool Is(ReportWordClass kind) => (Classes & kind) != 0;
}

/// <summary>
/// Splits a report into tokens and sentences. Words are runs of letters and digits, regardless of case; hyphens and slashes separate words,
/// apostrophes, soft hyphens and characters without width do not, and ligatures are their letters. A full stop ends a sentence unless it is part of a
/// number or follows an abbreviation; so do a semicolon, an empty line, a line of a list, and the number of a list item ("2.", "3)") where a sentence
/// may begin. A dash between blanks is a token, as are <c>&gt;</c> and <c>+/-</c>; a question mark before a word reads "query".
/// </summary>
internal static class ReportText
{
    private const int LongestWord = 64;

    /// <summary>Splits a piece of a text; positions are those in the text.</summary>
    internal static void Tokenize(string report, TextSpan span, ReportVocabulary vocabulary, List<ReportToken> tokens)
    {
        tokens.Clear();
        ReadOnlySpan<char> text = report.AsSpan(0, span.Stop);
        Span<char> word = stackalloc char[LongestWord];
        int at = span.Start;
        while (at < text.Length)
        {
            if (text[at] == ' ')
                at++;
            else if (char.IsLetterOrDigit(text[at]))
                at = Word(text, at, word, vocabulary, tokens);
            else
                at += Sign(text, at, vocabulary, tokens);
        }
        End(tokens, text.Length);
    }

    private static int Word(ReadOnlySpan<char> text, int start, Span<char> word, ReportVocabulary vocabulary, List<ReportToken> tokens)
    {
        int at = start,
            stop = start,
            length = 0;
        bool digits = true,
            blank = true;
        while (at < text.Length)
        {
            char c = text[at];
            if (char.IsAsciiLetter(c))
            {
                digits = false;
                blank &= c is 'X' or 'x';
                if (length < word.Length)
                    word[length] = (char)(c | 0x20);
                length++;
                stop = at + 1;
            }
            else if (char.IsLetterOrDigit(c))
            {
                digits &= char.IsAsciiDigit(c);
                blank = false;
                foreach (char letter in LettersOf(c))
                {
                    if (length < word.Length)
                        word[length] = char.ToLowerInvariant(letter);
                    length++;
                }
                stop = at + 1;
            }
            else if (digits && c is '.' or ',' && at + 1 < text.Length && char.IsAsciiDigit(text[at + 1]) && at > start)
            {
                // The point of 3.2 cm belongs to the number; those of 1.2.3 do as well.
            }
            else if (!IsInsideWord(c))
                break;
            at++;
        }
        if (digits && at < text.Length && text[at] is '.' or ')' && IsListItem(text, start, at, tokens))
        {
            End(tokens, start);
            return at + 1;
        }
        int id =
            digits ? ReportVocabulary.Number
            : blank && length >= 3 ? ReportVocabulary.Blank
            : length <= word.Length ? vocabulary.Find(word[..length])
            : ReportVocabulary.Unknown;
        tokens.Add(new ReportToken(id, start, stop - start, digits ? ReportTokenKind.Number : ReportTokenKind.Word, vocabulary.ClassesOf(id)));
        return at;
    }

    /// <summary>The letters of a ligature (U+FB00 to U+FB06); any other character is itself.</summary>
    private static ReadOnlySpan<char> LettersOf(in char c) =>
        c switch
        {
            '\uFB00' => "ff",
            '\uFB01' => "fi",
            '\uFB02' => "fl",
            '\uFB03' => "ffi",
            '\uFB04' => "ffl",
            '\uFB05' or '\uFB06' => "st",
            _ => new ReadOnlySpan<char>(in c),
        };

    /// <summary>Apostrophes, soft hyphens and characters without width.</summary>
    private static bool IsInsideWord(char c) => c is '\'' or '\u2019' or '\u00AD' or (>= '\u200B' and <= '\u200D') or '\u2060' or '\uFEFF';

    /// <summary>A number of one or two digits that begins a sentence and is followed by more text is the number of a list item.</summary>
    private static bool IsListItem(ReadOnlySpan<char> text, int start, int at, List<ReportToken> tokens) =>
        at - start <= 2
        && at < text.Length
        && (
            tokens.Count == 0
            || tokens[^1].Kind == ReportTokenKind.End
            || (start > 0 && text[start - 1] == ' ' && tokens[^1].Kind == ReportTokenKind.Mark)
        );

    /// <summary>Reads one sign; returns how many characters it has.</summary>
    private static int Sign(ReadOnlySpan<char> text, int at, ReportVocabulary vocabulary, List<ReportToken> tokens)
    {
        switch (text[at])
        {
            case '.':
                if (!IsInside(text, at, tokens))
                    End(tokens, at);
                return 1;
            case '?' when IsBeforeWord(text, at):
                tokens.Add(new ReportToken(ReportVocabulary.Query, at, 1, ReportTokenKind.Word, vocabulary.ClassesOf(ReportVocabulary.Query)));
                return 1;
            case '!' or '?' or ';' or '\u2022' or '\u2023' or '\u25AA' or '\u25CF' or '\u25E6':
                End(tokens, at);
                return 1;
            case '\n':
                if (IsEmptyLine(text[(at + 1)..]) || IsLineOfList(text, at, tokens))
                    End(tokens, at);
                return 1;
            case '*' when BeginsLine(text, at):
                End(tokens, at);
                return 1;
            case '-' or '\u2013' or '\u2014' or '\u2212' when DashAt(text, at) is var dash and > 0:
                if (BeginsLine(text, at))
                    End(tokens, at);
                else
                    Mark(ReportVocabulary.Dash, at, dash, vocabulary, tokens);
                return dash;
            case '+' when text[at..].StartsWith("+/-"):
                return Mark(ReportVocabulary.PlusMinus, at, 3, vocabulary, tokens);
            case '\u00B1':
                return Mark(ReportVocabulary.PlusMinus, at, 1, vocabulary, tokens);
            case '>':
                return Mark(ReportVocabulary.Greater, at, 1, vocabulary, tokens);
            case ',':
                return Mark(ReportVocabulary.Comma, at, 1, vocabulary, tokens);
            case ':':
                return Mark(ReportVocabulary.Colon, at, 1, vocabulary, tokens);
            case '(' or '[':
                return Mark(ReportVocabulary.Open, at, 1, vocabulary, tokens);
            case ')' or ']':
                return Mark(ReportVocabulary.Close, at, 1, vocabulary, tokens);
            default:
                return 1;
        }
    }

    private static int Mark(int id, int at, int length, ReportVocabulary vocabulary, List<ReportToken> tokens)
    {
        tokens.Add(new ReportToken(id, at, length, ReportTokenKind.Mark, vocabulary.ClassesOf(id)));
        return length;
    }

    /// <summary>Whether a question mark stands in front of a word, as in "? pneumonia" and "(?old)".</summary>
    private static bool IsBeforeWord(ReadOnlySpan<char> text, int at)
    {
        bool free = at == 0 || char.IsWhiteSpace(text[at - 1]) || text[at - 1] is '(' or '[' or ',';
        int next = at + 1;
        if (next < text.Length && text[next] == ' ')
            next++;
        return free && next < text.Length && char.IsLetter(text[next]);
    }

    /// <summary>The length of a dash that separates: two or more hyphens, or one between blanks. 0 for a hyphen within a word or a range.</summary>
    private static int DashAt(ReadOnlySpan<char> text, int at)
    {
        int end = at;
        while (end < text.Length && text[end] is '-' or '\u2013' or '\u2014' or '\u2212')
            end++;
        bool separate = (at == 0 || char.IsWhiteSpace(text[at - 1])) && (end == text.Length || char.IsWhiteSpace(text[end]));
        return separate || end - at > 1 || text[at] == '\u2014' || BeginsLine(text, at) ? end - at : 0;
    }

    private static bool BeginsLine(ReadOnlySpan<char> text, int at)
    {
        for (int before = at - 1; before >= 0 && text[before] != '\n'; before--)
        {
            if (!char.IsWhiteSpace(text[before]))
                return false;
        }
        return true;
    }

    private static bool IsInside(ReadOnlySpan<char> text, int at, List<ReportToken> tokens)
    {
        if (tokens.Count == 0 || tokens[^1].Stop != at)
            return false;
        ReportToken before = tokens[^1];
        if (before.Kind != ReportTokenKind.Word)
            return false;
        // The stops of "e.g." and "i.e.".
        bool letter =
            before.Length == 1
            && (
                (at + 1 < text.Length && char.IsLetter(text[at + 1]))
                || (
                    before.Start >= 2
                    && text[before.Start - 1] == '.'
                    && char.IsLetter(text[before.Start - 2])
                    && tokens.Count > 1
                    && tokens[^2] is { Length: 1, Kind: ReportTokenKind.Word }
                )
            );
        return letter || before.Is(ReportWordClass.Abbreviation);
    }

    private static bool IsEmptyLine(ReadOnlySpan<char> rest)
    {
        foreach (char c in rest)
        {
            if (c == '\n')
                return true;
            if (!char.IsWhiteSpace(c))
                return false;
        }
        return false;
    }

    /// <summary>
    /// Whether the next line is a statement of its own and not the rest of a wrapped sentence: it begins with a capital letter and a small one, and
    /// the line before it does not end with a comma or with a word after which a sentence goes on.
    /// </summary>
    private static bool IsLineOfList(ReadOnlySpan<char> text, int at, List<ReportToken> tokens)
    {
        ReadOnlySpan<char> next = text[(at + 1)..].TrimStart(" \t\r");
        return next.Length > 1
            && char.IsUpper(next[0])
            && char.IsLower(next[1])
            && tokens.Count > 0
            && tokens[^1].Kind is ReportTokenKind.Word or ReportTokenKind.Number
            && !tokens[^1].Is(ReportWordClass.Continuation);
    }

    private static void End(List<ReportToken> tokens, int at)
    {
        if (tokens.Count > 0 && tokens[^1].Kind != ReportTokenKind.End)
            tokens.Add(new ReportToken(ReportVocabulary.Unknown, at, 0, ReportTokenKind.End));
    }
}
