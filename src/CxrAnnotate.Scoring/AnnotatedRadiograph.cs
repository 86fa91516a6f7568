namespace CxrAnnotate;

/// <summary>The result for one of many radiographs: its reading, or an error.</summary>
/// <param name="Path">The file's path, or the name of the content.</param>
/// <param name="Reading">The reading; null if the file could not be read.</param>
/// <param name="Error">What is wrong with the file and what to do; null if it was read.</param>
public sealed record AnnotatedRadiograph(string Path, RadiographReading? Reading, string? Error)
{
    /// <summary>
    /// The reason in <see cref="Error"/>, without the file name and the advice: the code of the cause (<see cref="CxrError"/>), then a phrase that
    /// can follow the file name. Null if the file was read.
    /// </summary>
    public string? Reason =>
        Error is null ? null
        : CxrError.CodeOf(Error) is { } code ? $"{code}: {RadiographReader.ReasonIn(Error)}"
        : RadiographReader.ReasonIn(Error);
}
