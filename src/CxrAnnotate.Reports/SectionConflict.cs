namespace CxrAnnotate;

/// <summary>Which section is believed where they say different things of one finding.</summary>
public enum SectionConflict
{
    /// <summary>A finding that either section calls present is present. The indexers of the Open-i collection worked so.</summary>
    Mentioned,

    /// <summary>The impression, for the findings that it speaks of.</summary>
    ImpressionWins,

    /// <summary>The findings section, for the findings that it speaks of.</summary>
    FindingsWins,
}
