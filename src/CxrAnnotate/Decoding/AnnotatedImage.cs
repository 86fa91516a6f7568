namespace CxrAnnotate;

/// <summary>What a decoder wrote for an image.</summary>
/// <param name="Label">The base label that it started from; empty where several findings are written.</param>
/// <param name="Tokens">The annotation's words; empty where the image's features or scores are missing.</param>
/// <param name="Probability">P(label | image) * P(words | label, image); NaN where the image's features or scores are missing.</param>
/// <param name="WordProbabilities">For each of the vocabulary's reported words the probability that it occurs in the annotation; null where it was
/// not asked for.</param>
internal sealed record AnnotatedImage(string Label, string[] Tokens, double Probability, float[]? WordProbabilities)
{
    /// <summary>
    /// Of several findings, for each P(finding | image) * P(its words | finding, image) where it is written, 0 where not, NaN where the image is
    /// missing. Null for single labels.
    /// </summary>
    internal float[]? FindingProbabilities { get; init; }
}
