namespace CxrAnnotate.Cli;

/// <summary>A model that is open to annotate files.</summary>
internal interface IFileAnnotator : IDisposable
{
    ModelIdentity Model { get; }

    /// <summary>
    /// One item for each file, in their order; what cannot be read is an item with an error. Files are asked for as they are needed, and what has
    /// come is not kept waiting for more.
    /// </summary>
    IAsyncEnumerable<AnnotatedRadiograph> AnnotateAsync(IAsyncEnumerable<string> files, CancellationToken cancellation);
}

/// <summary>Which model read a file.</summary>
/// <param name="Name">Its file or folder, without the folders above.</param>
/// <param name="Sha256">The SHA-256 of its bytes; of a run that of the ONNX model of its chosen iteration, so that a run and what was exported from
/// it are the same model.</param>
internal sealed record ModelIdentity(string Name, string Sha256);
