namespace CxrAnnotate;

/// <summary>
/// Converts the words of the MeSH grammar to tokens without spaces, by the rule of the paper's program (section 1.3 of its specification): trimmed,
/// lower case, then <c>/</c>, a comma with a space, and a space each become <c>_</c>. <c>Catheters, Indwelling</c> is <c>catheters_indwelling</c>.
/// </summary>
internal static class MeshNormalization
{
    /// <summary>The token of a heading, a qualifier, or a whole term.</summary>
    internal static string Token(string text)
    {
        ReadOnlySpan<char> trimmed = text.AsSpan().Trim();
        Span<char> token = trimmed.Length <= 256 ? stackalloc char[trimmed.Length] : new char[trimmed.Length];
        int length = 0;
        for (int i = 0; i < trimmed.Length; i++)
        {
            char c = trimmed[i];
            if (c == ',' && i + 1 < trimmed.Length && char.IsWhiteSpace(trimmed[i + 1]))
                i++;
            else if (c != '/' && !char.IsWhiteSpace(c))
            {
                token[length++] = char.ToLowerInvariant(c);
                continue;
            }
            token[length++] = '_';
        }
        token = token[..length];
        return token.SequenceEqual(text) ? text : token.ToString();
    }

    /// <summary>
    /// Title case, as MeSH writes headings: <c>bone and bones</c> is <c>Bone and Bones</c>. The one heading in lower case is <c>normal</c>.
    /// </summary>
    internal static string Heading(string form)
    {
        if (form == MeshAnnotation.Normal)
            return form;
        char[] letters = form.ToCharArray();
        for (int start = 0; start < letters.Length; start++)
        {
            int end = Array.IndexOf(letters, ' ', start) is >= 0 and int blank ? blank : letters.Length;
            if (end > start && (start == 0 || letters.AsSpan(start, end - start) is not ("and" or "of" or "the" or "in" or "with" or "by")))
                letters[start] = char.ToUpperInvariant(letters[start]);
            start = end;
        }
        return new string(letters);
    }

    /// <summary>The default form of a token.</summary>
    internal static string Form(string token) => token.Replace('_', ' ').Trim();
}
