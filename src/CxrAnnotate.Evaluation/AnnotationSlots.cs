namespace CxrAnnotate;

/// <summary>
/// The content of an annotation, slot by slot: which findings, where, on which side, how severe. The sets cover the whole annotation; they do not
/// assign qualifiers to individual findings.
/// </summary>
public sealed class AnnotationSlots
{
    private static readonly string[] _slotNames = ["finding", "location", "zone", "side", "severity"];

    private readonly HashSet<string>[] _values = [.. _slotNames.Select(_ => new HashSet<string>(StringComparer.Ordinal))];

    private AnnotationSlots() { }

    /// <summary>The slots in reading order. The zone is the part of the location that gives the height within the lungs.</summary>
    public static IReadOnlyList<string> Names => _slotNames;

    /// <summary>The slot of the findings.</summary>
    public const int Finding = 0;

    /// <summary>The slot of the locations.</summary>
    public const int Location = 1;

    /// <summary>The slot of the zones (heights within the lungs).</summary>
    public const int Zone = 2;

    /// <summary>The slot of the sides.</summary>
    public const int Side = 3;

    /// <summary>The slot of the degrees of severity.</summary>
    public const int Severity = 4;

    /// <summary>The distinct values of a slot; empty if the annotation has none.</summary>
    /// <param name="slot">An index into <see cref="Names"/>.</param>
    public IReadOnlySet<string> this[int slot] => _values[slot];

    /// <summary>
    /// Reads a token sequence. A term's first token is its heading; if the heading is a location, its attributes complete the finding (<c>lung
    /// hypoinflation</c>, <c>diaphragm right elevated</c> give <c>lung_hypoinflation</c>, <c>diaphragm_elevated</c>, the authors' composite names).
    /// In sequences without separators a token outside the lexicon starts the next finding.
    /// </summary>
    /// <param name="tokens">Tokens joined by blanks, terms by <c>|</c>, as in the columns AnnotationTokens and Caption.</param>
    public static AnnotationSlots Parse(string tokens)
    {
        AnnotationSlots slots = new();
        string? heading = null;
        List<string> attributes = [];
        foreach (string token in tokens.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))
        {
            if (token == CaptionMetrics.Separator)
                slots.Close(ref heading, attributes);
            else if (heading is null)
                heading = token;
            else if (AnnotationLexicon.Sides.Contains(token))
                slots._values[Side].Add(token);
            else if (AnnotationLexicon.Severities.Contains(token))
                slots._values[Severity].Add(token);
            else if (AnnotationLexicon.IsLocation(token))
            {
                slots._values[Location].Add(token);
                if (AnnotationLexicon.IsZone(token))
                    slots._values[Zone].Add(token);
            }
            else if (AnnotationLexicon.Attributes.Contains(token))
                attributes.Add(token);
            else
            {
                slots.Close(ref heading, attributes);
                heading = token;
            }
        }

        slots.Close(ref heading, attributes);
        return slots;
    }

    /// <summary>Whether both annotations have the same values in a slot.</summary>
    internal bool Agrees(AnnotationSlots other, int slot) => _values[slot].SetEquals(other._values[slot]);

    /// <summary>Whether a vocabulary word is a value of a slot that is scored by word probability (zone, side, severity).</summary>
    internal static bool IsValue(int slot, string word) =>
        slot switch
        {
            Zone => AnnotationLexicon.IsZone(word),
            Side => AnnotationLexicon.Sides.Contains(word),
            Severity => AnnotationLexicon.Severities.Contains(word),
            _ => throw new ArgumentOutOfRangeException(nameof(slot)),
        };

    private void Close(ref string? heading, List<string> attributes)
    {
        if (heading is not null)
            _values[Finding].Add(AnnotationLexicon.IsLocation(heading) ? string.Join('_', attributes.Prepend(heading)) : heading);
        heading = null;
        attributes.Clear();
    }
}
