using Microsoft.ML;

namespace CxrAnnotate;

/// <summary>How words are written in an annotation, as the caption column's schema annotation tells.</summary>
internal static class CaptionForms
{
    internal const string Kind = "WordForms";

    /// <summary>From word to written form; null where the column does not tell.</summary>
    internal static Dictionary<string, string>? Read(DataViewSchema.Column caption) => TextAnnotations.Read(caption, Kind)?
        .Select(entry => entry.Split('\t', 2))
        .Where(pair => pair.Length == 2)
        .ToDictionary(pair => pair[0], pair => pair[1], StringComparer.Ordinal);
}
