namespace CxrAnnotate;

/// <summary>An item of <see cref="RadiographFinder"/>.</summary>
/// <param name="Path">A file, or a folder that cannot be read.</param>
/// <param name="Problem">
/// Why it cannot be read: the code of the cause (<see cref="CxrError"/>), then a phrase that can follow the name; null for a file.
/// </param>
/// <param name="Kind">The kind of object.</param>
public readonly record struct FoundFile(string Path, string? Problem = null, FileKind Kind = FileKind.File);
