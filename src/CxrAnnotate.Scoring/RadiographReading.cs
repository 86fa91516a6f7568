namespace CxrAnnotate;

/// <summary>The result of a <see cref="RadiographAnnotator"/> for one radiograph.</summary>
public sealed record RadiographReading
{
    /// <summary>
    /// The most probable label; for a multi-label model the most probable detected finding, or the normal word if none is detected.
    /// </summary>
    public required string Label { get; init; }

    /// <summary>Its probability, 0 to 1; without a finding, the product of all probabilities of absence.</summary>
    public required double LabelProbability { get; init; }

    /// <summary>
    /// The detected labels, most probable first: only the label for a single-label model; any number, including none, for a multi-label one.
    /// </summary>
    public required IReadOnlyList<string> DetectedFindings { get; init; }

    /// <summary>The annotation in the MeSH grammar.</summary>
    public required string Annotation { get; init; }

    /// <summary>
    /// P(label | image) * P(words | label, image), 0 to 1; for a multi-label model the product over the findings and over the absence of the others.
    /// </summary>
    public required double Probability { get; init; }

    /// <summary>
    /// The findings of the annotation, in its order; empty for a multi-label model if the annotation is the normal word.
    /// </summary>
    public required IReadOnlyList<ReadFinding> Findings { get; init; }

    /// <summary>
    /// The next best annotations for the same label or the same findings, best first; empty if the model searches greedily.
    /// </summary>
    public required IReadOnlyList<AnnotationCandidate> Alternatives { get; init; }

    /// <summary>The probability of every label.</summary>
    public required IReadOnlyDictionary<string, double> LabelProbabilities { get; init; }

    /// <summary>
    /// How undecided the probabilities of the labels are, from 0 to 1: of single labels their entropy divided by the logarithm of their number, of
    /// several findings the mean of their entropies in bits. <see langword="null"/> for models that were saved before this was kept.
    /// </summary>
    public double? ScoreEntropy { get; init; }

    /// <summary>
    /// The joint context vector of the image and the annotation: the mean of the decoder's states over the annotation's words (of several findings
    /// the mean over them; without a finding, of the image alone). Radiographs with similar vectors look alike and have similar annotations; see
    /// <see cref="SimilarityIndex"/>. <see langword="null"/> for models that were saved before this was kept.
    /// </summary>
    public IReadOnlyList<float>? ContextVector { get; init; }

    /// <summary>For every word the probability that the annotation has it, over all labels and annotations considered.</summary>
    public required IReadOnlyDictionary<string, double> WordProbabilities { get; init; }

    /// <summary>
    /// For every word that the decoder wrote where it looked; the label's own word is not among them, since the image network names it. Empty for a
    /// model whose decoder attends to no regions.
    /// </summary>
    public IReadOnlyDictionary<string, AttentionMap> Attention { get; init; } = new Dictionary<string, AttentionMap>();

    /// <summary>
    /// What parts of the image the findings, and the words of the annotation, were read from: those without which the odds of the finding or word
    /// fall most. Empty unless asked for (<see cref="RadiographAnnotator.Explain(string, ExplanationOptions?)"/>,
    /// <see cref="RadiographAnnotatorOptions.Explanation"/>), and for a reading without findings.
    /// </summary>
    public IReadOnlyList<HeatMap> HeatMaps { get; init; } = [];

    /// <summary>
    /// Warnings that the image differs from those that the model was trained on; always empty for older models, which have no statistics of their
    /// training images.
    /// </summary>
    public IReadOnlyList<InputWarning> Warnings { get; init; } = [];

    /// <summary>
    /// The labels that the image may have: a conformal set, which holds the true label of images like the validation rows with the probability
    /// <see cref="RadiographAnnotatorOptions.Coverage"/>; of several findings each that is present. Most probable first; empty if no label is
    /// probable enough. <see langword="null"/> for models that were saved before this was kept, or trained without validation rows.
    /// </summary>
    public IReadOnlyList<string>? FindingSet { get; init; }

    /// <summary>
    /// The out-of-distribution score: the distance of the image's features from those of the training images. 1 is the distance that 99 % of the
    /// validation rows do not exceed. <see langword="null"/> as <see cref="FindingSet"/>.
    /// </summary>
    public double? OutOfDistribution { get; init; }

    /// <summary>
    /// Whether to rely on the reading: <see cref="ReadingVerdict.UnlikeTraining"/> with any of the <see cref="Warnings"/> that the image differs from
    /// those the model was trained on, otherwise by the conformal set. <see langword="null"/> as <see cref="FindingSet"/>.
    /// </summary>
    public ReadingVerdict? Verdict { get; init; }

    /// <summary>The annotation and its probability.</summary>
    public override string ToString() => FormattableString.Invariant($"{Annotation}   p={Probability:F2}");
}
