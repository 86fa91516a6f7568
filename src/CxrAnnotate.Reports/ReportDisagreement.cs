namespace CxrAnnotate;

/// <summary>How a mined finding differs from the annotation of a person.</summary>
public enum ReportDisagreement
{
    /// <summary>The annotation has it; it was not found.</summary>
    Missed,

    /// <summary>It was found; the annotation does not have it.</summary>
    Extra,

    /// <summary>Both have it, at different places.</summary>
    Place,

    /// <summary>Both have it, on different sides.</summary>
    Side,
}
