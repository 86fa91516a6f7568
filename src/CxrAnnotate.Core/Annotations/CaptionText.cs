namespace CxrAnnotate;

/// <summary>Annotations as sequences of tokens, which a decoder learns, and back again.</summary>
internal static class CaptionText
{
    /// <summary>The token between two terms.</summary>
    internal const string Separator = "|";

    /// <summary>The tokens of an annotation: per term the heading and its qualifiers, a <c>|</c> between terms.</summary>
    /// <param name="annotation">The annotation.</param>
    /// <param name="first">Headings, as tokens, whose terms come before the others; the order is kept otherwise.</param>
    internal static string[] Tokenize(MeshAnnotation annotation, IReadOnlyCollection<string>? first = null) =>
        Join(annotation.Terms.Select(Tokenize), first ?? [], separated: true);

    /// <summary>The tokens of one term.</summary>
    internal static string[] Tokenize(MeshTerm term)
    {
        string[] tokens = new string[1 + term.Qualifiers.Count];
        tokens[0] = MeshNormalization.Token(term.Heading);
        for (int i = 1; i < tokens.Length; i++)
            tokens[i] = MeshNormalization.Token(term.Qualifiers[i - 1]);
        return tokens;
    }

    /// <summary>One sequence of the tokens of terms, those that start with one of <paramref name="first"/> before the others.</summary>
    internal static string[] Join(IEnumerable<string[]> terms, IReadOnlyCollection<string> first, bool separated)
    {
        List<string> tokens = [];
        foreach (string[] term in first.Count == 0 ? terms : terms.OrderBy(term => first.Contains(term[0]) ? 0 : 1))
        {
            if (separated && tokens.Count > 0)
                tokens.Add(Separator);
            tokens.AddRange(term);
        }
        return [.. tokens];
    }

    /// <summary>
    /// Writes tokens in the MeSH grammar. Any sequence gives an annotation that can be read, or empty text where there is no word: separators at the
    /// ends or doubled are passed over, a word said twice in a row is written once, and whatever word comes first in a term is its heading.
    /// </summary>
    /// <param name="tokens">The tokens, such as <c>opacity lung base left | nodule</c>.</param>
    /// <param name="forms">How tokens are written; a token without a form is written with blanks for its underscores.</param>
    internal static string Print(IEnumerable<string> tokens, IReadOnlyDictionary<string, string> forms)
    {
        System.Text.StringBuilder text = new();
        string? before = null;
        foreach (string token in tokens)
        {
            if (token == before || token.AsSpan().Trim('_').IsWhiteSpace())
                continue;
            if (token == Separator)
            {
                before = text.Length == 0 ? null : token;
                continue;
            }
            bool heading = before is null or Separator;
            if (text.Length > 0)
                text.Append(heading ? '|' : '/');
            string form = Form(token, forms);
            text.Append(heading ? AsHeading(form) : form);
            before = token;
        }
        return text.ToString();
    }

    /// <summary>How a token is written.</summary>
    internal static string Form(string token, IReadOnlyDictionary<string, string> forms) =>
        forms.GetValueOrDefault(token) ?? MeshNormalization.Form(token).Replace('|', ' ');

    /// <summary>The form of a word where it is a heading: one that has capitals already is left as it is.</summary>
    internal static string AsHeading(string form) => form.Any(char.IsUpper) ? form : MeshNormalization.Heading(form);
}
