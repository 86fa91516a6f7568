namespace CxrAnnotate;

/// <summary>
/// What becomes of findings that a report calls uncertain ("may represent a nodule"), or that a data set labels so (-1 in CheXpert).
/// </summary>
public enum UncertaintyPolicy
{
    /// <summary>
    /// They are left out of the annotation and kept apart as uncertain; where nothing but uncertain findings is known, there is no annotation.
    /// The indexers of the Open-i collection mostly left them out.
    /// </summary>
    Ignore,

    /// <summary>They count as present.</summary>
    Positive,

    /// <summary>They count as absent.</summary>
    Negative,

    /// <summary>They are in the annotation with a heading of their own: <c>Possible Nodule</c>.</summary>
    SeparateClass,
}
