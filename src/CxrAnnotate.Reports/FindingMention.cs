namespace CxrAnnotate;

/// <summary>What a report says of a finding.</summary>
internal enum FindingState
{
    /// <summary>It is there.</summary>
    Present,

    /// <summary>It is said not to be there.</summary>
    Absent,

    /// <summary>It may be there.</summary>
    Uncertain,
}

/// <summary>A piece of a section's text.</summary>
internal readonly record struct TextSpan(int Start, int Stop);

/// <summary>A place, side, kind or degree that belongs to a mention, and where it stands.</summary>
internal sealed record MentionModifier(ReportModifier Modifier, TextSpan Span);

/// <summary>One mention of a finding in a section of a report.</summary>
internal sealed class FindingMention
{
    internal required ReportFinding Finding { get; init; }

    internal required FindingState State { get; init; }

    /// <summary>0: findings, 1: impression.</summary>
    internal required int Section { get; init; }

    internal required TextSpan Span { get; init; }

    /// <summary>The cue that makes it absent or uncertain.</summary>
    internal TextSpan? Cue { get; init; }

    internal List<MentionModifier> Modifiers { get; } = [];

    internal bool Has(ReportModifierKind kind)
    {
        foreach (MentionModifier modifier in Modifiers)
        {
            if (modifier.Modifier.Kind == kind)
                return true;
        }
        return false;
    }
}
