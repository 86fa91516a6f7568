namespace CxrAnnotate;

/// <summary>The content of an image that need not be a file on disk: an upload, an entry of an archive.</summary>
/// <param name="Name">The name used in errors and in the returned item.</param>
/// <param name="Content">The file's bytes.</param>
public sealed record RadiographContent(string Name, Stream Content);
