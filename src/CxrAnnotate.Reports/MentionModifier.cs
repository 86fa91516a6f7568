namespace CxrAnnotate;

/// <summary>A place, side, kind or degree that belongs to a mention of a finding.</summary>
public sealed class MentionModifier
{
    internal MentionModifier(ReportModifier modifier, TextSpan span) => (Modifier, Span) = (modifier, span);

    /// <summary>What it says of the finding.</summary>
    public ReportModifierKind Kind => Modifier.Kind;

    /// <summary>The qualifiers that it is written as, joined by '/'.</summary>
    public string Qualifiers => Modifier.Text;

    /// <summary>Where it stands in the section.</summary>
    public TextSpan Span { get; }

    internal ReportModifier Modifier { get; }
}
