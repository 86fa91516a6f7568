namespace CxrAnnotate;

/// <summary>
/// How to treat findings that a report calls uncertain ("may represent a nodule"), or that a data set labels as uncertain (-1 in CheXpert).
/// </summary>
public enum UncertaintyPolicy
{
    /// <summary>
    /// They are left out of the annotation and listed separately as uncertain. If only uncertain findings are known, there is no annotation. The
    /// indexers of the Open-i collection mostly left them out.
    /// </summary>
    Ignore,

    /// <summary>They count as present.</summary>
    Positive,

    /// <summary>They count as absent.</summary>
    Negative,

    /// <summary>They are in the annotation with a heading of their own: <c>Possible Nodule</c>.</summary>
    SeparateClass,
}
