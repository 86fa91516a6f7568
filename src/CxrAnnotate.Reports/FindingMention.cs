namespace CxrAnnotate;

/// <summary>One mention of a finding in a section of a report.</summary>
public sealed class FindingMention
{
    private readonly List<MentionModifier> _modifiers = [];

    internal FindingMention(ReportFinding finding) => Finding = finding;

    /// <summary>The finding, as the rules name it: a heading, with the qualifiers that make it a finding (<c>Lung/hypoinflation</c>).</summary>
    public string Name => Finding.Name;

    /// <summary>What the section says of it.</summary>
    public required FindingState State { get; init; }

    /// <summary>The section: <see cref="ReportSections.Findings"/> or <see cref="ReportSections.Impression"/>.</summary>
    public required ReportSections Section { get; init; }

    /// <summary>Where the finding stands in the section.</summary>
    public required TextSpan Span { get; init; }

    /// <summary>Where the words stand that make it absent or uncertain; null where there are none.</summary>
    public TextSpan? Cue { get; init; }

    /// <summary>Its places, sides, kinds and degrees.</summary>
    public IReadOnlyList<MentionModifier> Modifiers => _modifiers;

    internal ReportFinding Finding { get; }

    /// <summary>Adds a modifier, unless it is there: two phrases may match the same words.</summary>
    internal void Add(MentionModifier modifier)
    {
        foreach (MentionModifier known in _modifiers)
        {
            if (known.Modifier == modifier.Modifier && known.Span == modifier.Span)
                return;
        }
        _modifiers.Add(modifier);
    }

    internal bool Has(ReportModifierKind kind)
    {
        foreach (MentionModifier modifier in _modifiers)
        {
            if (modifier.Kind == kind)
                return true;
        }
        return false;
    }
}
