using System.Globalization;

namespace CxrAnnotate;

/// <summary>Formats counts for sentences.</summary>
internal static class Plural
{
    /// <summary>A count with its noun and verb: <c>1 row says</c>, <c>2,000 rows say</c>.</summary>
    internal static string Of(long count, string one, string several) =>
        string.Create(CultureInfo.InvariantCulture, $"{count:N0} {(count == 1 ? one : several)}");
}
