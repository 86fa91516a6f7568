using System.Text.RegularExpressions;

namespace CxrAnnotate;

/// <summary>Messages that begin with the code of their cause.</summary>
internal static partial class ErrorMessages
{
    /// <summary>A message that begins with a code: <c>throw new InvalidDataException(ErrorCode.ImageDamaged.Message($"..."))</c>.</summary>
    /// <remarks>
    /// A text that contains the message of another error ("The radiograph 'a.png' cannot be read: CXR2102: it is truncated.") has that error's code
    /// moved to its front in place of <paramref name="code"/>: the cause within says more.
    /// Where it contains those of several causes, <paramref name="code"/> stands for them all.
    /// </remarks>
    /// <param name="code">The cause.</param>
    /// <param name="text">What happened, why, and what to do.</param>
    internal static string Message(this ErrorCode code, string text)
    {
        ErrorCode[] within = CodesIn(text);
        return $"{(within.Length == 1 ? within[0] : code).Name()}: {WithoutCodes(text)}";
    }

    /// <summary>How the code is written: CXR and four digits.</summary>
    internal static string Name(this ErrorCode code) => $"CXR{(int)code:0000}";

    /// <summary>A text that contains the message of an error, with that error's code at its front; a text without one as it is.</summary>
    internal static string CodeFirst(string text) => CodesIn(text) is [var code] ? code.Message(text) : WithoutCodes(text);

    /// <summary>The code that a message begins with, and the rest of it.</summary>
    internal static (ErrorCode? Code, string Text) Split(string message) =>
        Codes().Match(message) is { Success: true, Index: 0 } match && Known(match) is { } code ? (code, message[match.Length..]) : (null, message);

    private static ErrorCode[] CodesIn(string text) => [.. Codes().Matches(text).Select(Known).OfType<ErrorCode>().Distinct()];

    private static string WithoutCodes(string text) => Codes().Replace(text, match => Known(match) is null ? match.Value : "");

    private static ErrorCode? Known(Match match) =>
        (ErrorCode)int.Parse(match.Groups[1].ValueSpan, System.Globalization.CultureInfo.InvariantCulture) is var code && Enum.IsDefined(code)
            ? code
            : null;

    /// <summary>The codes in a text. Studies of Open-i have such names too: in quotation marks or as a part of a path they are none.</summary>
    [GeneratedRegex("(?<![^ (])CXR([0-9]{4}): ", RegexOptions.CultureInvariant)]
    private static partial Regex Codes();
}
