namespace CxrAnnotate;

/// <summary>
/// An annotation as a set of elements, finding by finding, at several levels of detail. "Normal" is not an element of any set.
/// </summary>
internal static class AnnotationSets
{
    private static readonly string[] _levelNames = ["term", "heading", "heading and location", "heading and side"];

    /// <summary>The level that compares exact terms.</summary>
    internal const int Term = 0;

    /// <summary>
    /// The levels: the exact term (heading and all qualifiers, in any order), its heading, heading with its locations, heading with its side.
    /// </summary>
    internal static IReadOnlyList<string> Levels => _levelNames;

    /// <summary>The elements of an annotation at a level.</summary>
    /// <param name="tokens">Tokens joined by blanks, terms by <c>|</c>.</param>
    /// <param name="level">An index into <see cref="Levels"/>.</param>
    /// <param name="normal">The word of an annotation without findings.</param>
    internal static IReadOnlySet<string> Of(string tokens, int level, string normal)
    {
        HashSet<string> set = new(StringComparer.Ordinal);
        foreach (string term in tokens.Split(CaptionMetrics.Separator, StringSplitOptions.TrimEntries))
        {
            string[] words = CaptionMetrics.Words(term);
            if (words.Length == 0 || (words.Length == 1 && words[0] == normal))
                continue;
            IEnumerable<string> qualifiers = words
                .Skip(1)
                .Where(word =>
                    level switch
                    {
                        Term => true,
                        1 => false,
                        2 => AnnotationLexicon.IsLocation(word),
                        _ => AnnotationLexicon.Sides.Contains(word),
                    }
                );
            set.Add(string.Join(' ', qualifiers.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).Prepend(words[0])));
        }

        return set;
    }
}
