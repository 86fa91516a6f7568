namespace CxrAnnotate;

/// <summary>What <see cref="RadiographFinder"/> comes to.</summary>
/// <param name="Path">A file; a folder where that cannot be read.</param>
/// <param name="Problem">
/// Why it cannot be read, in words that follow its name, behind the code of the cause (<see cref="CxrError"/>); null for a file.
/// </param>
/// <param name="Kind">What it is.</param>
public readonly record struct FoundFile(string Path, string? Problem = null, FileKind Kind = FileKind.File);
