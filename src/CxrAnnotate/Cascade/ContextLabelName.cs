using System.Globalization;

namespace CxrAnnotate;

/// <summary>Names of the labels that the cascade makes: a base label that was split has <c>base#1</c>, <c>base#2</c>, ...; one that was not keeps its name. <see cref="BaseLabels"/> reads them.</summary>
internal static class ContextLabelName
{
    internal const char Separator = '#';

    internal static string Of(string baseLabel, int ordinal) => string.Create(CultureInfo.InvariantCulture, $"{baseLabel}{Separator}{ordinal}");
}
