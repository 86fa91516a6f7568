namespace CxrAnnotate;

/// <summary>What a report says of a finding.</summary>
public enum FindingState
{
    /// <summary>It is there.</summary>
    Present,

    /// <summary>It is said not to be there.</summary>
    Absent,

    /// <summary>It may be there.</summary>
    Uncertain,
}
