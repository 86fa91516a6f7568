using System.Text.RegularExpressions;

namespace CxrAnnotate;

/// <summary>A rule that maps names in a weights file to names in the network.</summary>
/// <param name="Pattern">A regular expression (or just the name) that must match the whole name in the file.</param>
/// <param name="Replacement">The name in the network, with $1, $2 for the pattern's groups; empty skips the tensor.</param>
public sealed record WeightName(string Pattern, string Replacement)
{
    internal Regex Expression() => new($"^(?:{Pattern})$", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking);
}
