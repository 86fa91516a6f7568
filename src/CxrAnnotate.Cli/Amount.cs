using System.Globalization;

namespace CxrAnnotate.Cli;

/// <summary>Formats counts for messages.</summary>
internal static class Amount
{
    /// <summary>A count with its noun or phrase: <c>1 line was</c>, <c>2,000 lines were</c>.</summary>
    internal static string Of(long count, string one, string several) =>
        string.Create(CultureInfo.InvariantCulture, $"{count:N0} {(count == 1 ? one : several)}");
}
