namespace CxrAnnotate;

/// <summary>
/// How tokens are written in the MeSH grammar: the most frequent form in the distinct annotations. A token has one form for both heading and
/// qualifier (<c>Lung</c>, <c>lung</c>): the qualifier's, from which <see cref="MeshNormalization.Heading"/> derives the heading.
/// </summary>
internal sealed class WordForms
{
    /// <summary>The kind of the schema annotation of a caption column: a vector of text, entries token, tab, form.</summary>
    internal const string AnnotationKind = "WordForms";

    private readonly Dictionary<string, Dictionary<string, int>> _headings = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Dictionary<string, int>> _qualifiers = new(StringComparer.Ordinal);

    internal void AddHeading(string token, string form) => Add(_headings, token, form);

    internal void AddQualifier(string token, string form) => Add(_qualifiers, token, form);

    /// <summary>The most frequent form of a token as a heading.</summary>
    internal string HeadingForm(string token) => Best(_headings, token) ?? MeshNormalization.Heading(MeshNormalization.Form(token));

    /// <summary>The form of every token.</summary>
    internal Dictionary<string, string> ToDictionary()
    {
        Dictionary<string, string> forms = new(StringComparer.Ordinal);
        foreach (string token in _headings.Keys.Concat(_qualifiers.Keys))
        {
            string? heading = Best(_headings, token),
                qualifier = Best(_qualifiers, token);
            forms[token] = qualifier is not null && (heading is null || CaptionText.AsHeading(qualifier) == heading) ? qualifier : heading!;
        }
        return forms;
    }

    /// <summary>The entries of the schema annotation, in ordinal order of the tokens.</summary>
    internal static string[] ToEntries(IReadOnlyDictionary<string, string> forms) =>
        [.. forms.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{pair.Key}\t{pair.Value}")];

    private static void Add(Dictionary<string, Dictionary<string, int>> forms, string token, string form)
    {
        if (!forms.TryGetValue(token, out Dictionary<string, int>? counts))
            forms.Add(token, counts = new Dictionary<string, int>(1, StringComparer.Ordinal));
        counts[form] = counts.GetValueOrDefault(form) + 1;
    }

    private static string? Best(Dictionary<string, Dictionary<string, int>> forms, string token)
    {
        if (!forms.TryGetValue(token, out Dictionary<string, int>? counts))
            return null;
        (string? best, int most) = (null, 0);
        foreach ((string form, int count) in counts)
        {
            // Ties are broken by the forms themselves, so that the order of the rows does not matter.
            if (count > most || (count == most && string.CompareOrdinal(form, best) < 0))
                (best, most) = (form, count);
        }
        return best;
    }
}
