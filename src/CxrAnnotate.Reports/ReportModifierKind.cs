namespace CxrAnnotate;

/// <summary>What a phrase says of the finding that it belongs to.</summary>
public enum ReportModifierKind
{
    /// <summary>Where: one or more qualifiers.</summary>
    Place,

    /// <summary>On which side.</summary>
    Side,

    /// <summary>Of which look or course.</summary>
    Kind,

    /// <summary>How severe, or how large.</summary>
    Degree,
}
