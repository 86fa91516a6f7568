namespace CxrAnnotate;

/// <summary>How much of an annotation was read correctly.</summary>
public enum CaseVerdict
{
    /// <summary>All of it.</summary>
    Right,

    /// <summary>The finding, but not all of its context; for multi-label at least one finding.</summary>
    Partly,

    /// <summary>Not even the finding; for multi-label no finding.</summary>
    Wrong,
}

/// <summary>How one part of an annotation compares with the truth.</summary>
public enum PartVerdict
{
    /// <summary>Neither annotation has it.</summary>
    Absent,

    /// <summary>Both say the same.</summary>
    Right,

    /// <summary>They differ.</summary>
    Wrong,

    /// <summary>Only the truth has it.</summary>
    Missed,

    /// <summary>Only the annotation that was read has it.</summary>
    Extra,
}

/// <summary>One part of the annotation that was read (finding, location, side, severity) and of the true one.</summary>
/// <param name="Part">Which part; for multi-label the finding.</param>
/// <param name="Read">What was read; empty if nothing.</param>
/// <param name="Truth">What is true; empty if nothing.</param>
public sealed record ComparedPart(string Part, string Read, string Truth)
{
    /// <summary>How they compare.</summary>
    public PartVerdict Verdict =>
        (Read.Length == 0, Truth.Length == 0) switch
        {
            (true, true) => PartVerdict.Absent,
            (true, false) => PartVerdict.Missed,
            (false, true) => PartVerdict.Extra,
            _ => string.Equals(Read, Truth, StringComparison.OrdinalIgnoreCase) ? PartVerdict.Right : PartVerdict.Wrong,
        };
}

/// <summary>The annotation that was read from an image beside the true one, part by part.</summary>
public sealed record CaseComparison
{
    private CaseComparison(IReadOnlyList<ComparedPart> parts, CaseVerdict verdict) => (Parts, Verdict) = (parts, verdict);

    /// <summary>
    /// Single-label: finding, location, side and severity, also those that neither annotation has. Multi-label: a part for each finding, with its
    /// context; the true ones first.
    /// </summary>
    public IReadOnlyList<ComparedPart> Parts { get; }

    /// <summary>How much of it was read correctly.</summary>
    public CaseVerdict Verdict { get; }

    /// <summary>Compares annotations of one finding: slot by slot.</summary>
    /// <param name="read">The tokens that were read, joined by blanks, terms by <c>|</c>.</param>
    /// <param name="truth">The tokens of the true annotation.</param>
    public static CaseComparison OfSlots(string read, string truth)
    {
        AnnotationSlots predicted = AnnotationSlots.Parse(read),
            actual = AnnotationSlots.Parse(truth);
        // The zone is part of the location, which is shown as a whole.
        ComparedPart[] parts =
        [
            .. AnnotationSlots
                .Names.Select((name, slot) => (name, slot))
                .Where(s => s.slot != AnnotationSlots.Zone)
                .Select(s => new ComparedPart(s.name, Text(predicted[s.slot]), Text(actual[s.slot]))),
        ];
        return new CaseComparison(
            parts,
            Array.TrueForAll(parts, IsRight) ? CaseVerdict.Right
                : parts[0].Verdict == PartVerdict.Right ? CaseVerdict.Partly
                : CaseVerdict.Wrong
        );
    }

    /// <summary>Compares annotations of any number of findings: finding by finding.</summary>
    /// <param name="read">The tokens that were read, joined by blanks, terms by <c>|</c>.</param>
    /// <param name="truth">The tokens of the true annotation.</param>
    public static CaseComparison OfFindings(string read, string truth)
    {
        Dictionary<string, string> predicted = Terms(read),
            actual = Terms(truth);
        ComparedPart[] parts =
        [
            .. actual
                .Keys.Concat(predicted.Keys.Except(actual.Keys))
                .Select(heading => new ComparedPart(
                    heading.Replace('_', ' '),
                    predicted.GetValueOrDefault(heading, ""),
                    actual.GetValueOrDefault(heading, "")
                )),
        ];
        return new CaseComparison(
            parts,
            Array.TrueForAll(parts, IsRight) ? CaseVerdict.Right
                : Array.Exists(parts, part => part.Verdict is PartVerdict.Right or PartVerdict.Wrong) ? CaseVerdict.Partly
                : CaseVerdict.Wrong
        );
    }

    private static bool IsRight(ComparedPart part) => part.Verdict is PartVerdict.Right or PartVerdict.Absent;

    private static Dictionary<string, string> Terms(string tokens) =>
        tokens
            .Split('|', StringSplitOptions.TrimEntries)
            .Select(term => term.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Where(words => words.Length > 0 && words is not [MeshAnnotation.Normal])
            .GroupBy(words => words[0], StringComparer.Ordinal)
            .ToDictionary(
                terms => terms.Key,
                terms => string.Join("; ", terms.Select(Context).Distinct().Order(StringComparer.Ordinal)),
                StringComparer.Ordinal
            );

    /// <summary>A term's qualifiers in a fixed order, since their order has no meaning.</summary>
    private static string Context(string[] term) =>
        term.Length == 1 ? "there" : string.Join(", ", term.Skip(1).Distinct().Order(StringComparer.Ordinal).Select(word => word.Replace('_', ' ')));

    private static string Text(IReadOnlySet<string> values) =>
        string.Join(", ", values.Order(StringComparer.Ordinal).Select(value => value.Replace('_', ' ')));
}
