using Microsoft.ML;

namespace CxrAnnotate;

/// <summary>How words are written in an annotation, from the caption column's schema annotation (see <see cref="WordForms"/>).</summary>
internal static class CaptionForms
{
    /// <summary>The written form of each word; null if the column has no such annotation.</summary>
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
