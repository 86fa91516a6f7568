namespace CxrAnnotate;

/// <summary>What becomes of findings that a report calls uncertain ("may represent a nodule").</summary>
public enum UncertaintyPolicy
{
    /// <summary>They are left out of the annotation and kept apart as uncertain; a report of uncertain findings alone has no annotation. The indexers of the Open-i collection mostly left them out.</summary>
    Ignore,

    /// <summary>They count as present.</summary>
    Positive,

    /// <summary>They count as absent.</summary>
    Negative,

    /// <summary>They are in the annotation with a heading of their own: <c>Possible Nodule</c>.</summary>
    SeparateClass,
}
