using Microsoft.ML;

namespace CxrAnnotate;

/// <summary>How words are written in an annotation, as the caption column's schema annotation tells (see <see cref="WordForms"/>).</summary>
internal static class CaptionForms
{
    /// <summary>From word to written form; null where the column does not tell.</summary>
    internal static Dictionary<string, string>? Read(DataViewSchema.Column caption)
    {
        if (TextAnnotations.Read(caption, WordForms.AnnotationKind) is not { } entries)
            return null;
        var forms = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (string entry in entries)
        {
            if (entry.Split('\t', 2) is [var word, var form])
                forms[word] = form;
        }

        return forms;
    }
}
