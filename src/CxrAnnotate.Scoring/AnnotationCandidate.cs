namespace CxrAnnotate;

/// <summary>A candidate annotation.</summary>
/// <param name="Annotation">Its text in the MeSH grammar.</param>
/// <param name="Probability">P(label | image) * P(words | label, image).</param>
public sealed record AnnotationCandidate(string Annotation, double Probability)
{
    /// <summary>The annotation and its probability.</summary>
    public override string ToString() => FormattableString.Invariant($"{Annotation}   p={Probability:F2}");
}
