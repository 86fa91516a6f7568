using System.Globalization;

namespace CxrAnnotate;

/// <summary>Names of the labels that the cascade makes: a base label that was split has <c>base#1</c>, <c>base#2</c>, ...; one that was not keeps its name.</summary>
internal static class ContextLabelName
{
    internal const char Separator = '#';

    internal static string Of(string baseLabel, int ordinal) => string.Create(CultureInfo.InvariantCulture, $"{baseLabel}{Separator}{ordinal}");

    /// <summary>The base label of a name: what stands before the first '#'.</summary>
    internal static string Base(string name) => name.IndexOf(Separator, StringComparison.Ordinal) is >= 0 and int at ? name[..at] : name;
}
