namespace CxrAnnotate;

/// <summary>The meaning of a cue phrase. A cue reaches to the ends of its clause, or one finding only.</summary>
internal enum ReportCue
{
    /// <summary>What follows is absent (no evidence of).</summary>
    NegationBefore,

    /// <summary>What comes before is absent (is not seen).</summary>
    NegationAfter,

    /// <summary>The finding just before is absent (: none).</summary>
    NegationAfterOne,

    /// <summary>What follows is uncertain (may represent).</summary>
    UncertaintyBefore,

    /// <summary>What comes before is uncertain (is not excluded).</summary>
    UncertaintyAfter,

    /// <summary>The next finding is uncertain (versus).</summary>
    UncertaintyBeforeOne,

    /// <summary>The finding just before is uncertain (versus).</summary>
    UncertaintyAfterOne,

    /// <summary>What follows is said of someone or something else: a relative, an earlier time, an examination that is asked for.</summary>
    UnrelatedBefore,

    /// <summary>What comes before is said of someone or something else.</summary>
    UnrelatedAfter,

    /// <summary>Ends the scope of cues and of places (but, however).</summary>
    ScopeEnd,

    /// <summary>Looks like a cue but is not one (no change in).</summary>
    NoCue,
}

/// <summary>What a report says of the whole chest, beside its findings.</summary>
[Flags]
internal enum ChestStatements
{
    None = 0,

    /// <summary>The chest or the lungs are normal.</summary>
    Normal = 1,

    /// <summary>Something is abnormal that is none of the findings.</summary>
    Abnormal = 2,
}

/// <summary>A place, side, kind or degree: the qualifiers that it is written as.</summary>
internal sealed record ReportModifier(ReportModifierKind Kind, string[] Qualifiers)
{
    internal string Text { get; } = string.Join('/', Qualifiers);

    /// <summary>The place that this one is a synonym of, beside which it is not written; null if none.</summary>
    internal string[]? GivesWayTo { get; set; }
}

/// <summary>A finding of the rules.</summary>
internal sealed class ReportFinding(string name)
{
    /// <summary>Its heading and fixed qualifiers: <c>Nodule</c>, <c>Lung/hypoinflation</c>.</summary>
    internal string Name { get; } = name;

    /// <summary>Its place in the order of the rules.</summary>
    internal int Index { get; set; }

    internal string Heading { get; } = name.Split('/')[0];

    internal string[] FixedQualifiers { get; } = name.Split('/')[1..];

    /// <summary>The kinds of modifiers that it accepts.</summary>
    internal HashSet<ReportModifierKind> Takes { get; set; } = [.. Enum.GetValues<ReportModifierKind>()];

    /// <summary>Place qualifiers that the finding implies and that are not written.</summary>
    internal HashSet<string> WithoutPlaces { get; } = new(StringComparer.Ordinal);

    /// <summary>Replacements of places (qualifiers joined by '/'): from the place in the text to the qualifiers written.</summary>
    internal Dictionary<string, string[]> PlacesAs { get; } = new(StringComparer.Ordinal);

    /// <summary>Names of the findings that are meant alone where the same words name this one, too.</summary>
    internal HashSet<string> YieldsWordsTo { get; } = new(StringComparer.Ordinal);

    /// <summary>Names of the findings beside which it is not written in the same report.</summary>
    internal HashSet<string> GivesWayTo { get; } = new(StringComparer.Ordinal);
}

/// <summary>
/// The rules of report mining: findings, cues and modifiers with their phrases, compiled into one automaton. Immutable and thread-safe.
/// </summary>
public sealed class ReportRules
{
    private static readonly Lazy<ReportRules> _default = new(() => ReportRulesReader.Read(null, []));

    internal ReportRules(
        string version,
        ReportVocabulary vocabulary,
        PhraseAutomaton automaton,
        ReportFinding?[] findings,
        ReportCue[] cues,
        ReportModifier?[] modifiers,
        int phrases
    )
    {
        (Version, Vocabulary, Automaton, Meanings, Cues, Modifiers, PhraseCount) = (
            version,
            vocabulary,
            automaton,
            findings,
            cues,
            modifiers,
            phrases
        );
        Findings = [.. findings.OfType<ReportFinding>()];
        for (int i = 0; i < Findings.Count; i++)
            Findings[i].Index = i;
        FindingNames = Array.AsReadOnly([.. Findings.Select(finding => finding.Name)]);
    }

    /// <summary>The rules of the library, made for the reports of the Open-i collection.</summary>
    public static ReportRules Default => _default.Value;

    /// <summary>The version, as the file of the rules names it.</summary>
    public string Version { get; }

    /// <summary>
    /// The findings, in the order of the rules: a MeSH heading, with the qualifiers that make it a finding (<c>Lung/hypoinflation</c>).
    /// </summary>
    public IReadOnlyList<string> FindingNames { get; }

    /// <summary>How many phrases the rules have, of findings, cues and modifiers.</summary>
    public int PhraseCount { get; }

    internal ReportVocabulary Vocabulary { get; }

    internal PhraseAutomaton Automaton { get; }

    /// <summary>
    /// The findings by the numbers of the automaton, or by their negatives for a phrase that denies one; null for a phrase that only looks like one.
    /// </summary>
    internal ReportFinding?[] Meanings { get; }

    /// <summary>The findings, in the order of the rules.</summary>
    internal IReadOnlyList<ReportFinding> Findings { get; }

    internal ReportCue[] Cues { get; }

    /// <summary>The modifiers by the numbers of the automaton; null for a phrase that only looks like one.</summary>
    internal ReportModifier?[] Modifiers { get; }

    /// <summary>The names of the findings that a report says are in a state, joined by '|', in the order of the rules.</summary>
    /// <param name="report">A report that was mined by these rules.</param>
    /// <param name="state">The state.</param>
    public string NamesOf(MinedReport report, FindingState state)
    {
        ArgumentNullException.ThrowIfNull(report);
        return string.Join('|', FindingNames.Where((_, i) => report.States[i] == state));
    }

    /// <summary>Reads rules from files (docs/reports.md).</summary>
    /// <param name="file">Rules in place of the library's; null takes the library's.</param>
    /// <param name="more">Rules that add to those, in this order.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">A file is not text, or a line of it is not understood; the message names file and line.</exception>
    public static ReportRules Read(string? file, params IReadOnlyList<string> more)
    {
        ArgumentNullException.ThrowIfNull(more);
        return file is null && more.Count == 0 ? Default : ReportRulesReader.Read(file, more);
    }
}
