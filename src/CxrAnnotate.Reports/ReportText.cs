namespace CxrAnnotate;

/// <summary>The kind of a token.</summary>
internal enum ReportTokenKind
{
    /// <summary>A word, or a place holder of the anonymiser (XXXX).</summary>
    Word,

    /// <summary>A number, with its decimals.</summary>
    Number,

    /// <summary>A comma, a colon or a bracket, which does not end the sentence.</summary>
    Mark,

    /// <summary>The end of a sentence.</summary>
    End,
}

/// <summary>A token of a report: its id in the vocabulary of the rules (0 if unknown) and its position in the text.</summary>
internal readonly record struct ReportToken(int Id, int Start, int Length, ReportTokenKind Kind)
{
    internal int Stop => Start + Length;
}

/// <summary>
/// Splits a report into tokens and sentences. Words are runs of letters and digits, regardless of case; hyphens and slashes separate words,
/// apostrophes do not. A full stop ends a sentence unless it is part of a number or follows an abbreviation; so do a semicolon, an empty line, and
/// the number of a list item ("2.", "3)") where a sentence may begin.
/// </summary>
internal static class ReportText
{
    private const int LongestWord = 64;

    internal static void Tokenize(ReadOnlySpan<char> text, ReportVocabulary vocabulary, List<ReportToken> tokens)
    {
        tokens.Clear();
        Span<char> word = stackalloc char[LongestWord];
        int at = 0;
        while (at < text.Length)
        {
            char c = text[at];
            if (char.IsLetterOrDigit(c))
                at = Word(text, at, word, vocabulary, tokens);
            else
            {
                Mark(text, at, vocabulary, tokens);
                at++;
            }
        }
        End(tokens, text.Length);
    }

    private static int Word(ReadOnlySpan<char> text, int start, Span<char> word, ReportVocabulary vocabulary, List<ReportToken> tokens)
    {
        int at = start,
            length = 0;
        bool digits = true,
            blank = true;
        while (at < text.Length)
        {
            char c = text[at];
            if (char.IsLetterOrDigit(c))
            {
                digits &= char.IsAsciiDigit(c);
                blank &= c is 'X' or 'x';
                if (length < word.Length)
                    word[length] = char.ToLowerInvariant(c);
                length++;
            }
            else if (digits && c is '.' or ',' && at + 1 < text.Length && char.IsAsciiDigit(text[at + 1]) && at > start)
            {
                // The point of 3.2 cm belongs to the number; those of 1.2.3 do as well.
                at++;
                continue;
            }
            else if (c is not ('\'' or '\u2019'))
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
        tokens.Add(new ReportToken(id, start, at - start, digits ? ReportTokenKind.Number : ReportTokenKind.Word));
        return at;
    }

    /// <summary>A number of one or two digits that begins a sentence and is followed by more text is the number of a list item.</summary>
    private static bool IsListItem(ReadOnlySpan<char> text, int start, int at, List<ReportToken> tokens) =>
        at - start <= 2
        && at < text.Length
        && (
            tokens.Count == 0
            || tokens[^1].Kind == ReportTokenKind.End
            || (start > 0 && text[start - 1] == ' ' && tokens[^1].Kind == ReportTokenKind.Mark)
        );

    private static void Mark(ReadOnlySpan<char> text, int at, ReportVocabulary vocabulary, List<ReportToken> tokens)
    {
        switch (text[at])
        {
            case '.':
                if (!IsInside(text, at, vocabulary, tokens))
                    End(tokens, at);
                break;
            case '!' or '?' or ';':
                End(tokens, at);
                break;
            case '\n':
                if (IsEmptyLine(text[(at + 1)..]))
                    End(tokens, at);
                break;
            case ',':
                tokens.Add(new ReportToken(ReportVocabulary.Comma, at, 1, ReportTokenKind.Mark));
                break;
            case ':':
                tokens.Add(new ReportToken(ReportVocabulary.Colon, at, 1, ReportTokenKind.Mark));
                break;
            case '(' or ')' or '[' or ']':
                tokens.Add(new ReportToken(ReportVocabulary.Bracket, at, 1, ReportTokenKind.Mark));
                break;
            default:
                break;
        }
    }

    private static bool IsInside(ReadOnlySpan<char> text, int at, ReportVocabulary vocabulary, List<ReportToken> tokens)
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
        return letter || vocabulary.IsAbbreviation(before.Id);
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

    private static void End(List<ReportToken> tokens, int at)
    {
        if (tokens.Count > 0 && tokens[^1].Kind != ReportTokenKind.End)
            tokens.Add(new ReportToken(ReportVocabulary.Unknown, at, 0, ReportTokenKind.End));
    }
}
