namespace CxrAnnotate.Cli;

/// <summary>A model that annotates files.</summary>
internal interface IFileAnnotator : IDisposable
{
    ModelIdentity Model { get; }

    /// <summary>
    /// One item for each file, in their order; an unreadable file is an item with an error. Files are enumerated as they are needed, and those that
    /// have arrived are processed without waiting for more.
    /// </summary>
    IAsyncEnumerable<AnnotatedRadiograph> AnnotateAsync(IAsyncEnumerable<string> files, CancellationToken cancellation);

    /// <summary>Draws a heat map of a reading over its file, as a PNG.</summary>
    byte[] Overlay(string file, HeatMap map);
}

/// <summary>Identifies a model.</summary>
/// <param name="Name">The name of its file or folder, without the path.</param>
/// <param name="Sha256">The SHA-256 of its bytes; for a run, of the ONNX model of its chosen iteration, so that a run and its export are the same
/// model.</param>
internal sealed record ModelIdentity(string Name, string Sha256);
