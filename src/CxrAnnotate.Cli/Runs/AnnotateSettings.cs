namespace CxrAnnotate.Cli;

/// <summary>The settings of <c>cxr annotate</c>.</summary>
/// <param name="Model">An ONNX model, an ML.NET model, or the folder of a trained run, as it was given.</param>
/// <param name="BeamWidth">The beam width; null: the model's own.</param>
/// <param name="Threads">Number of threads; 0 means one per core.</param>
/// <param name="AcceptAnyModality">Whether DICOM images that are not radiographs are read, too.</param>
/// <param name="Explanation">How readings are explained; null: not at all.</param>
/// <param name="Strict">Whether DICOM files that do not keep to the standard are refused.</param>
/// <param name="Coverage">The coverage of the conformal sets by which readings are grouped.</param>
internal sealed record AnnotateSettings(
    string Model,
    int? BeamWidth,
    int Threads = 0,
    bool AcceptAnyModality = false,
    ExplanationOptions? Explanation = null,
    bool Strict = false,
    double Coverage = 0.9
)
{
    internal RadiographAnnotatorOptions Options =>
        new()
        {
            Threads = Threads,
            AcceptAnyModality = AcceptAnyModality,
            Explanation = Explanation,
            Strict = Strict,
            Coverage = Coverage,
        };
}
