namespace CxrAnnotate;

/// <summary>
/// The figures of a predictor that does not look at the image (or uses only the model's predicted label). A model's figures mean little unless they
/// exceed these.
/// </summary>
public sealed record BaselineFigures
{
    /// <summary>Single-label: always the normal label.</summary>
    public const string AlwaysNormal = "always normal";

    /// <summary>
    /// The label frequencies of the training rows as probabilities. The prediction is the most frequent label; for multi-label cases, every finding
    /// that at least half of the rows have.
    /// </summary>
    public const string LabelPrior = "label prior";

    /// <summary>Multi-label: every finding in every case.</summary>
    public const string AlwaysPresent = "always present";

    /// <summary>As <see cref="LabelPrior"/>, over the training rows of the case's source.</summary>
    public const string SourceOnly = "source only";

    /// <summary>As <see cref="LabelPrior"/>, over the training rows of the case's view.</summary>
    public const string ViewOnly = "view only";

    /// <summary>Single-label: the true label and its words as annotation.</summary>
    public const string TrueLabelWord = "true label word";

    /// <summary>Single-label: the true label and its most frequent training annotation.</summary>
    public const string TrueLabelMode = "true label, its most frequent annotation";

    /// <summary>Single-label: the model's predicted label and its most frequent training annotation.</summary>
    public const string PredictedLabelMode = "predicted label, its most frequent annotation";

    /// <summary>The baseline's name: one of the constants above.</summary>
    public required string Name { get; init; }

    /// <summary>Over all cases.</summary>
    public required AnnotationFigures Whole { get; init; }

    /// <summary>Over the abnormal cases.</summary>
    public required AnnotationFigures Abnormal { get; init; }
}
