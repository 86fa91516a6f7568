namespace CxrAnnotate;

/// <summary>
/// A finding of an annotation with its context. Values are the normalised words of the annotation (<c>calcified_granuloma</c>, <c>upper_lobe</c>).
/// </summary>
/// <param name="Heading">The finding.</param>
/// <param name="Probability">The probability that the annotation contains this finding, over all labels and annotations considered, 0 to 1.</param>
/// <param name="Locations">Where it is: organ, lobe, zone; empty if the annotation does not say.</param>
/// <param name="Side">right, left or bilateral; null if the annotation does not say.</param>
/// <param name="Severity">mild, moderate, severe, small, large and the like; null if the annotation does not say.</param>
/// <param name="Others">Qualifiers of other kinds.</param>
public sealed record ReadFinding(
    string Heading,
    double Probability,
    IReadOnlyList<string> Locations,
    string? Side,
    string? Severity,
    IReadOnlyList<string> Others
)
{
    /// <summary>All words: the heading, then its qualifiers by their kinds.</summary>
    internal IEnumerable<string> Words =>
        [Heading, .. Locations, .. Side is null ? (string[])[] : [Side], .. Severity is null ? (string[])[] : [Severity], .. Others];

    /// <summary>The findings of a sequence of words.</summary>
    internal static IReadOnlyList<ReadFinding> Parse(string[] tokens, Func<string, double> probabilityOf)
    {
        var findings = new List<ReadFinding>();
        int start = 0;
        for (int i = 0; i <= tokens.Length; i++)
        {
            if (i < tokens.Length && tokens[i] != CaptionText.Separator)
                continue;
            if (i > start)
            {
                string[] qualifiers = tokens[(start + 1)..i];
                findings.Add(
                    new ReadFinding(
                        tokens[start],
                        probabilityOf(tokens[start]),
                        [.. qualifiers.Where(AnnotationLexicon.IsLocation)],
                        qualifiers.FirstOrDefault(AnnotationLexicon.Sides.Contains),
                        qualifiers.FirstOrDefault(AnnotationLexicon.Severities.Contains),
                        [
                            .. qualifiers.Where(q =>
                                !AnnotationLexicon.IsLocation(q) && !AnnotationLexicon.Sides.Contains(q) && !AnnotationLexicon.Severities.Contains(q)
                            ),
                        ]
                    )
                );
            }

            start = i + 1;
        }

        return findings;
    }
}
