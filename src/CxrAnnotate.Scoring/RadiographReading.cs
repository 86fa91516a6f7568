namespace CxrAnnotate;

/// <summary>What a <see cref="RadiographAnnotator"/> reads in one radiograph.</summary>
public sealed record RadiographReading
{
    /// <summary>The most probable label; of several findings the most probable one that is detected, the normal word where none is.</summary>
    public required string Label { get; init; }

    /// <summary>Its probability, 0 to 1; for no finding the product of all probabilities of absence.</summary>
    public required double LabelProbability { get; init; }

    /// <summary>
    /// The labels that are detected, the most probable first: the label alone for a model of single labels; any number, also none, for a model of
    /// several findings.
    /// </summary>
    public required IReadOnlyList<string> DetectedFindings { get; init; }

    /// <summary>The annotation in the MeSH grammar.</summary>
    public required string Annotation { get; init; }

    /// <summary>
    /// P(label | image) * P(words | label, image), 0 to 1; of several findings the product over them and over the absence of the others.
    /// </summary>
    public required double Probability { get; init; }

    /// <summary>
    /// The findings of the annotation, in its order; a model of several findings has none to tell where the annotation is the normal word.
    /// </summary>
    public required IReadOnlyList<ReadFinding> Findings { get; init; }

    /// <summary>
    /// The next best annotations under the same label, or of the same findings, best first; none where the model searches greedily.
    /// </summary>
    public required IReadOnlyList<AnnotationCandidate> Alternatives { get; init; }

    /// <summary>The probability of every label.</summary>
    public required IReadOnlyDictionary<string, double> LabelProbabilities { get; init; }

    /// <summary>
    /// How undecided the probabilities of the labels are, from 0 to 1: of single labels their entropy divided by the logarithm of their number, of
    /// several findings the mean of their entropies in bits. <see langword="null"/> for models that were saved before this was kept.
    /// </summary>
    public double? ScoreEntropy { get; init; }

    /// <summary>For every word the probability that the annotation has it, over all labels and annotations considered.</summary>
    public required IReadOnlyDictionary<string, double> WordProbabilities { get; init; }

    /// <summary>
    /// What about the image is unlike those that the model was trained on; none where nothing is, and of models that were saved before this was kept.
    /// </summary>
    public IReadOnlyList<InputWarning> Warnings { get; init; } = [];

    /// <summary>The annotation and its probability.</summary>
    public override string ToString() => FormattableString.Invariant($"{Annotation}   p={Probability:F2}");
}
