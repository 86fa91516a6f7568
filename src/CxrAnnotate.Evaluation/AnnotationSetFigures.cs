namespace CxrAnnotate;

/// <summary>
/// Annotations as sets of what they say: the elements of all cases pooled, so that each counts the same. "Normal" is no element: what is right by
/// saying nothing earns nothing.
/// </summary>
public sealed record AnnotationSetFigures
{
    /// <summary>The levels, in the order of a report's figures.</summary>
    public static IReadOnlyList<string> Levels => AnnotationSets.Levels;

    /// <summary>
    /// What counts as the same: <c>term</c> (heading and all qualifiers), <c>heading</c>, <c>heading and location</c>, <c>heading and side</c>.
    /// </summary>
    public required string Level { get; init; }

    /// <summary>Elements of the true annotations.</summary>
    public required int TrueElements { get; init; }

    /// <summary>Elements of the emitted annotations.</summary>
    public required int EmittedElements { get; init; }

    /// <summary>The share of emitted elements that are true.</summary>
    public required Estimate Precision { get; init; }

    /// <summary>The share of true elements that are emitted.</summary>
    public required Estimate Recall { get; init; }

    /// <summary>The harmonic mean of precision and recall.</summary>
    public required Estimate F1 { get; init; }
}
