namespace CxrAnnotate;

/// <summary>The content of an image file that need not lie on a disk: an upload, an entry of an archive.</summary>
/// <param name="Name">What it is called in errors and in the item that is given back.</param>
/// <param name="Content">The file's bytes.</param>
public sealed record RadiographContent(string Name, Stream Content);
