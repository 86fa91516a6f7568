namespace CxrAnnotate;

/// <summary>One of many radiographs that were to be annotated: its reading, or why there is none.</summary>
/// <param name="Path">The file, or the name of the content.</param>
/// <param name="Reading">What was read; null where it could not be.</param>
/// <param name="Error">What is wrong with the file and what to do; null where it was read.</param>
public sealed record AnnotatedRadiograph(string Path, RadiographReading? Reading, string? Error);
