namespace CxrAnnotate;

/// <summary>
/// The figures of a reader that looks at no pixel (or at no more of them than the model's own label): what a model must beat before its figures mean
/// anything.
/// </summary>
public sealed record BaselineFigures
{
    /// <summary>
    /// What the baseline does, for example <c>always normal</c>; for multi-label cases <c>label prior</c> (every finding as probable as in training,
    /// predicted where that is a half or more, the most frequent annotation) or <c>always present</c> (every finding, everywhere).
    /// </summary>
    public required string Name { get; init; }

    /// <summary>Over all cases.</summary>
    public required AnnotationFigures Whole { get; init; }

    /// <summary>Over the abnormal cases.</summary>
    public required AnnotationFigures Abnormal { get; init; }
}
