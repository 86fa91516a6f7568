namespace CxrAnnotate;

/// <summary>Writes decoded words in the MeSH grammar: terms joined by a bar, a heading and its qualifiers by a slash.</summary>
internal static class AnnotationPrinter
{
    internal static string Print(IReadOnlyList<string> tokens, IReadOnlyDictionary<string, string> displayForms) =>
        string.Join('|', string.Join('\n', tokens).Split('|', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Select(term => string.Join('/', term.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(t => displayForms.GetValueOrDefault(t) ?? t.Replace('_', ' ')))));
}
