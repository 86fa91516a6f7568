namespace CxrAnnotate;

/// <summary>
/// The figures of a reader that looks at no pixel (or at no more of them than the model's own label): what a model must beat before its figures mean
/// anything.
/// </summary>
public sealed record BaselineFigures
{
    /// <summary>Single-label: always the normal label.</summary>
    public const string AlwaysNormal = "always normal";

    /// <summary>
    /// Every case gets the frequencies of the training rows, and decides for the most frequent label; multi-label, for every finding that half of
    /// them have.
    /// </summary>
    public const string LabelPrior = "label prior";

    /// <summary>Multi-label: every finding, everywhere.</summary>
    public const string AlwaysPresent = "always present";

    /// <summary>As <see cref="LabelPrior"/>, over the training rows of the case's source.</summary>
    public const string SourceOnly = "source only";

    /// <summary>As <see cref="LabelPrior"/>, over the training rows of the case's view.</summary>
    public const string ViewOnly = "view only";

    /// <summary>Single-label: the true label and its words as annotation.</summary>
    public const string TrueLabelWord = "true label word";

    /// <summary>Single-label: the true label and its most frequent training annotation.</summary>
    public const string TrueLabelMode = "true label, its most frequent annotation";

    /// <summary>Single-label: the label that the model predicts and its most frequent training annotation.</summary>
    public const string PredictedLabelMode = "predicted label, its most frequent annotation";

    /// <summary>What the baseline does: one of the names above.</summary>
    public required string Name { get; init; }

    /// <summary>Over all cases.</summary>
    public required AnnotationFigures Whole { get; init; }

    /// <summary>Over the abnormal cases.</summary>
    public required AnnotationFigures Abnormal { get; init; }
}
