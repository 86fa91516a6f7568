namespace CxrAnnotate;

/// <summary>Converts annotations to the decoder's token sequences and back.</summary>
internal static class CaptionText
{
    /// <summary>The token between two terms.</summary>
    internal const string Separator = "|";

    /// <summary>The tokens of an annotation: the heading and qualifiers of each term, with <c>|</c> between terms.</summary>
    /// <param name="annotation">The annotation.</param>
    /// <param name="first">Heading tokens whose terms come first; the order is otherwise kept.</param>
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

    /// <summary>Concatenates the tokens of terms, those that start with one of <paramref name="first"/> first.</summary>
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
    /// Writes tokens in the MeSH grammar. Any sequence yields a valid annotation, or an empty text if it has no word: leading, trailing and repeated
    /// separators are skipped, a repeated word is written once, and the first word of a term is its heading.
    /// </summary>
    /// <param name="tokens">The tokens, such as <c>opacity lung base left | nodule</c>.</param>
    /// <param name="forms">The written form of each token; a token without one is written with spaces instead of underscores.</param>
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

    /// <summary>The written form of a token.</summary>
    internal static string Form(string token, IReadOnlyDictionary<string, string> forms) =>
        forms.GetValueOrDefault(token) ?? MeshNormalization.Form(token).Replace('|', ' ');

    /// <summary>The form of a word used as a heading; one that already has capitals is left unchanged.</summary>
    internal static string AsHeading(string form) => form.Any(char.IsUpper) ? form : MeshNormalization.Heading(form);
}
