namespace CxrAnnotate;

/// <summary>One of many radiographs that were to be annotated: its reading, or why there is none.</summary>
/// <param name="Path">The file, or the name of the content.</param>
/// <param name="Reading">What was read; null where it could not be.</param>
/// <param name="Error">What is wrong with the file and what to do; null where it was read.</param>
public sealed record AnnotatedRadiograph(string Path, RadiographReading? Reading, string? Error)
{
    /// <summary>
    /// The reason in <see cref="Error"/> alone: without the name of the file and without advice, in words that follow the name, behind the code of
    /// the cause (<see cref="CxrError"/>). Null where it was read.
    /// </summary>
    public string? Reason =>
        Error is null ? null
        : CxrError.CodeOf(Error) is { } code ? $"{code}: {RadiographReader.ReasonIn(Error)}"
        : RadiographReader.ReasonIn(Error);
}
