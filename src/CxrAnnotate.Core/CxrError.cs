using System.Globalization;
using System.Text.RegularExpressions;

namespace CxrAnnotate;

/// <summary>
/// The codes of errors. Every error message of this library begins with the code of its cause, for example <c>CXR2102: The radiograph 'a.png' cannot
/// be read: it is truncated</c>, and so does the error of an image that was skipped (<c>AnnotatedRadiograph.Error</c>). Codes keep their meaning from
/// version to version; <c>docs/troubleshooting.md</c> in the repository has a section for each.
/// </summary>
/// <example><code> catch (InvalidDataException e) when (CxrError.CauseOf(e) == ErrorCode.DicomModality) { /* a DICOM file, but not a radiograph */ }
/// </code></example>
public static partial class CxrError
{
    /// <summary>The code of an exception.</summary>
    /// <param name="exception">Any exception.</param>
    /// <returns>The code, such as <c>CXR2102</c>, of the exception or of its first inner exception with a code; null if there is none.</returns>
    public static string? CodeOf(Exception exception)
    {
        ArgumentNullException.ThrowIfNull(exception);
        return WordedCause(exception)?.Name();
    }

    /// <summary>The code that a message begins with.</summary>
    /// <param name="message">The message of an exception, or another text.</param>
    /// <returns>The code, such as <c>CXR2102</c>; null for a text without one, and for null.</returns>
    public static string? CodeOf(string? message) => message is null ? null : Split(message).Code?.Name();

    /// <summary>A message without the code that it begins with.</summary>
    /// <param name="message">The message of an exception, or another text.</param>
    /// <returns>The message after its code; a text without a code is returned unchanged.</returns>
    public static string TextOf(string message)
    {
        ArgumentNullException.ThrowIfNull(message);
        return Split(message).Text;
    }

    /// <summary>The cause of any exception, including those of .NET and other libraries.</summary>
    /// <param name="exception">Any exception.</param>
    /// <returns>
    /// The code that <see cref="CodeOf(Exception)"/> finds; otherwise a code by the exception's type: <see cref="ErrorCode.OutOfMemory"/>,
    /// <see cref="ErrorCode.DiskFull"/>, <see cref="ErrorCode.FileAccess"/>, <see cref="ErrorCode.OptionOutOfRange"/> for an argument, or
    /// <see cref="ErrorCode.Unexpected"/>.
    /// </returns>
    public static ErrorCode CauseOf(Exception exception)
    {
        ArgumentNullException.ThrowIfNull(exception);
        return WordedCause(exception)
            ?? exception switch
            {
                OutOfMemoryException => ErrorCode.OutOfMemory,
                _ when IsDiskFull(exception) || (exception.InnerException is { } inner && IsDiskFull(inner)) => ErrorCode.DiskFull,
                IOException or UnauthorizedAccessException => ErrorCode.FileAccess,
                ArgumentException => ErrorCode.OptionOutOfRange,
                _ => ErrorCode.Unexpected,
            };
    }

    /// <summary>
    /// Formats a message like this library's, beginning with its code, for programs that report their own errors in the same form. <c>throw new
    /// InvalidDataException(ErrorCode.ImageDamaged.Message($"..."))</c>.
    /// </summary>
    /// <remarks>
    /// If the text contains the message of another error ("The radiograph 'a.png' cannot be read: CXR2102: it is truncated."), that error's code
    /// moves to the front and replaces <paramref name="code"/>, since the inner cause is more specific. If it contains several different codes,
    /// <paramref name="code"/> replaces them all.
    /// </remarks>
    /// <param name="code">The cause.</param>
    /// <param name="text">What happened, why, and what to do.</param>
    /// <returns>The message, such as <c>CXR2102: It is truncated.</c></returns>
    public static string Message(this ErrorCode code, string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        ErrorCode[] within = CodesIn(text);
        return $"{(within.Length == 1 ? within[0] : code).Name()}: {WithoutCodes(text)}";
    }

    /// <summary>The text of a code: CXR and four digits.</summary>
    internal static string Name(this ErrorCode code) => $"CXR{(int)code:0000}";

    /// <summary>Moves the code of an error message within a text to the front; a text without a code is returned unchanged.</summary>
    internal static string CodeFirst(string text) => CodesIn(text) is [var code] ? code.Message(text) : WithoutCodes(text);

    private static ErrorCode? WordedCause(Exception exception) =>
        Split(exception.Message).Code
        ?? (
            exception is AggregateException several ? several.InnerExceptions.Select(WordedCause).FirstOrDefault(code => code is not null)
            : exception.InnerException is { } inner ? WordedCause(inner)
            : null
        );

    /// <summary>The code that a message begins with, and the rest of it.</summary>
    private static (ErrorCode? Code, string Text) Split(string message) =>
        Codes().Match(message) is { Success: true, Index: 0 } match && Known(match) is { } code ? (code, message[match.Length..]) : (null, message);

    private static ErrorCode[] CodesIn(string text) => [.. Codes().Matches(text).Select(Known).OfType<ErrorCode>().Distinct()];

    private static string WithoutCodes(string text) => Codes().Replace(text, match => Known(match) is null ? match.Value : "");

    private static ErrorCode? Known(Match match) =>
        (ErrorCode)int.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture) is var code && Enum.IsDefined(code) ? code : null;

    /// <summary>ENOSPC and EDQUOT of Unix, ERROR_DISK_FULL and ERROR_HANDLE_DISK_FULL of Windows.</summary>
    private static bool IsDiskFull(Exception e) =>
        e is IOException && (OperatingSystem.IsWindows() ? (e.HResult & 0xFFFF) is 112 or 39 : e.HResult is 28 or 122 or 69);

    /// <summary>The codes in a text. Open-i studies have similar names: within quotation marks or paths they are not codes.</summary>
    [GeneratedRegex("(?<![^ (])CXR([0-9]{4}): ", RegexOptions.CultureInvariant)]
    private static partial Regex Codes();
}
