using System.Globalization;

namespace CxrAnnotate.Cli;

/// <summary>Counts in sentences.</summary>
internal static class Amount
{
    /// <summary>A count and what is counted: <c>1 line was</c>, <c>2,000 lines were</c>.</summary>
    internal static string Of(long count, string one, string several) =>
        string.Create(CultureInfo.InvariantCulture, $"{count:N0} {(count == 1 ? one : several)}");
}
