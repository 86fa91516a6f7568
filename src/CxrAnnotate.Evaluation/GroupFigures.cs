namespace CxrAnnotate;

/// <summary>
/// The figures within one group of cases, for example one source of images. They expose a model that recognizes the source rather than the disease.
/// </summary>
public sealed record GroupFigures
{
    /// <summary>The group's value of the group column.</summary>
    public required string Group { get; init; }

    /// <summary>Over the group's cases.</summary>
    public required AnnotationFigures Whole { get; init; }

    /// <summary>Over the group's abnormal cases.</summary>
    public required AnnotationFigures Abnormal { get; init; }

    /// <summary>The trivial baselines on the group's cases.</summary>
    public required IReadOnlyList<BaselineFigures> Baselines { get; init; }
}
