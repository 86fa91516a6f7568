namespace CxrAnnotate;

/// <summary>
/// Annotations compared as sets: the elements of all cases are pooled, so that each has the same weight. "Normal" is not an element: a correct
/// "normal" earns no credit.
/// </summary>
public sealed record AnnotationSetFigures
{
    /// <summary>The levels, in the order of a report's figures.</summary>
    public static IReadOnlyList<string> Levels => AnnotationSets.Levels;

    /// <summary>
    /// What is compared: <c>term</c> (heading and all qualifiers), <c>heading</c>, <c>heading and location</c>, <c>heading and side</c>.
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
