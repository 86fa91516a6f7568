namespace CxrAnnotate.Cli;

/// <summary>What <c>cxr annotate</c> was asked for.</summary>
/// <param name="Run">The folder of a trained run.</param>
/// <param name="Files">The radiographs.</param>
/// <param name="BeamWidth">Hypotheses that the search carries along; null is the run's own.</param>
internal sealed record AnnotateSettings(string Run, IReadOnlyList<string> Files, int? BeamWidth);

/// <summary>What was read from one file.</summary>
/// <param name="File">The file, as it was given.</param>
/// <param name="Annotation">The annotation in the MeSH grammar; null where the file could not be read.</param>
/// <param name="Probability">The probability of the whole annotation.</param>
/// <param name="Label">The disease.</param>
/// <param name="LabelProbability">The probability of the disease.</param>
/// <param name="Error">Why the file could not be read; null where it could.</param>
internal sealed record AnnotatedFile(string File, string? Annotation, double? Probability, string? Label, double? LabelProbability, string? Error = null)
{
    /// <summary>What about the image is unlike those that the run was trained on.</summary>
    public IReadOnlyList<InputWarning> Warnings { get; init; } = [];
}
