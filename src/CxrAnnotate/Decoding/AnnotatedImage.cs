namespace CxrAnnotate;

/// <summary>An image's decoded annotation.</summary>
/// <param name="Label">The first base label of the annotation; empty if there is none.</param>
/// <param name="Tokens">The annotation's words; empty if the image's features or scores are missing.</param>
/// <param name="Probability">P(label | image) * P(words | label, image); if multi-label, the product over the findings and over the absence of the
/// others; NaN if the image's features or scores are missing.</param>
/// <param name="LabelProbabilities">For each base label P(label | image) * P(its words | label, image) if it is in the annotation, otherwise 0; NaN
/// if the image is missing.</param>
/// <param name="WordProbabilities">For each of the vocabulary's reported words the probability that it occurs in the annotation; null if not
/// requested.</param>
/// <param name="WordAttention">For each of these words the weights of the image's regions when it was written, [words, regions] row-major, zeros for
/// words that were not; null if not requested, or if the decoder attends to no regions.</param>
/// <param name="ContextVector">The joint context vector of the image and the annotation; null if the annotation is not requested.</param>
internal sealed record AnnotatedImage(
    string Label,
    string[] Tokens,
    double Probability,
    float[] LabelProbabilities,
    float[]? WordProbabilities,
    float[]? WordAttention,
    float[]? ContextVector
)
{
    /// <summary>The result for an unreadable image: no text, and NaN values.</summary>
    internal AnnotatedImage Missing() =>
        new(
            "",
            [],
            double.NaN,
            [.. LabelProbabilities.Select(_ => float.NaN)],
            WordProbabilities is null ? null : [.. WordProbabilities.Select(_ => float.NaN)],
            WordAttention is null ? null : [.. WordAttention.Select(_ => float.NaN)],
            ContextVector is null ? null : [.. ContextVector.Select(_ => float.NaN)]
        );
}
