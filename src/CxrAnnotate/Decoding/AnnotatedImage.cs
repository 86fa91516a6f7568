namespace CxrAnnotate;

/// <summary>What a decoder wrote for an image.</summary>
/// <param name="Label">The first base label that is written; empty where none is.</param>
/// <param name="Tokens">The annotation's words; empty where the image's features or scores are missing.</param>
/// <param name="Probability">P(label | image) * P(words | label, image), of independent findings the product over them and over the absence of the
/// others; NaN where the image's features or scores are missing.</param>
/// <param name="LabelProbabilities">For each base label P(label | image) * P(its words | label, image) where it is written, 0 where not, NaN where
/// the image is missing.</param>
/// <param name="WordProbabilities">For each of the vocabulary's reported words the probability that it occurs in the annotation; null where it was
/// not asked for.</param>
internal sealed record AnnotatedImage(
    string Label,
    string[] Tokens,
    double Probability,
    float[] LabelProbabilities,
    float[]? WordProbabilities
)
{
    /// <summary>What is said of an image that could not be read: no text, and numbers that are missing.</summary>
    internal AnnotatedImage Missing() =>
        new(
            "",
            [],
            double.NaN,
            [.. LabelProbabilities.Select(_ => float.NaN)],
            WordProbabilities is null ? null : [.. WordProbabilities.Select(_ => float.NaN)]
        );
}
