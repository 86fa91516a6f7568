namespace CxrAnnotate;

/// <summary>
/// How to treat findings that a report calls uncertain ("may represent a nodule"), or that a data set labels as uncertain (-1 in CheXpert).
/// </summary>
public enum UncertaintyPolicy
{
    /// <summary>
    /// They are omitted from the annotation and listed separately as uncertain. If only uncertain findings are known, there is no annotation. The
    /// indexers of the Open-i collection mostly omitted them.
    /// </summary>
    Ignore,

    /// <summary>They count as present.</summary>
    Positive,

    /// <summary>They count as absent.</summary>
    Negative,

    /// <summary>They are annotated with a separate heading: <c>Possible Nodule</c>.</summary>
    SeparateClass,
}
