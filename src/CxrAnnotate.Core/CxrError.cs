namespace CxrAnnotate;

/// <summary>
/// The codes of errors. The message of every exception that this library words itself begins with the code of its cause, for example <c>CXR2102: The
/// radiograph 'a.png' cannot be read: it is truncated</c>, and so does the error of an image that was passed over (<c>AnnotatedRadiograph.Error</c>).
/// Codes keep their meaning from version to version;
/// <c>docs/troubleshooting.md</c> in the repository has a section for each.
/// </summary>
/// <example><code>
/// catch (InvalidDataException e) when (CxrError.CodeOf(e) == "CXR2202") { /* a DICOM file, but no radiograph */ }
/// </code></example>
public static class CxrError
{
    /// <summary>The code of an exception.</summary>
    /// <param name="exception">Any exception.</param>
    /// <returns>The code, such as <c>CXR2102</c>, of the exception or else of the first one within it that has a code; null where none has.</returns>
    public static string? CodeOf(Exception exception)
    {
        ArgumentNullException.ThrowIfNull(exception);
        return CodeOf(exception.Message)
            ?? (
                exception is AggregateException several ? several.InnerExceptions.Select(CodeOf).FirstOrDefault(code => code is not null)
                : exception.InnerException is { } inner ? CodeOf(inner)
                : null
            );
    }

    /// <summary>The code that a message begins with.</summary>
    /// <param name="message">The message of an exception, or another text.</param>
    /// <returns>The code, such as <c>CXR2102</c>; null for a text without one, and for null.</returns>
    public static string? CodeOf(string? message) => message is null ? null : ErrorMessages.Split(message).Code?.Name();

    /// <summary>A message without the code that it begins with.</summary>
    /// <param name="message">The message of an exception, or another text.</param>
    /// <returns>The message after its code; a text without a code as it is.</returns>
    public static string TextOf(string message)
    {
        ArgumentNullException.ThrowIfNull(message);
        return ErrorMessages.Split(message).Text;
    }
}
