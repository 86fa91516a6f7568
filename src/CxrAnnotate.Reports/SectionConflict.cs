namespace CxrAnnotate;

/// <summary>Which section decides when the two disagree on a finding.</summary>
public enum SectionConflict
{
    /// <summary>A finding that either section calls present is present, as for the indexers of the Open-i collection.</summary>
    Mentioned,

    /// <summary>The impression decides on the findings that it mentions.</summary>
    ImpressionWins,

    /// <summary>The findings section decides on the findings that it mentions.</summary>
    FindingsWins,
}
