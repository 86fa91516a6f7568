using Microsoft.ML;
using Microsoft.ML.Data;

namespace CxrAnnotate;

/// <summary>Column annotations that are vectors of text: slot names, key values and the like.</summary>
internal static class TextAnnotations
{
    internal const string SlotNamesKind = "SlotNames";
    internal const string KeyValuesKind = "KeyValues";

    internal static DataViewSchema.Annotations SlotNames(IReadOnlyList<string> names) => Create((SlotNamesKind, names));

    internal static DataViewSchema.Annotations KeyValues(IReadOnlyList<string> names) => Create((KeyValuesKind, names));

    internal static DataViewSchema.Annotations Create(params ReadOnlySpan<(string Kind, IReadOnlyList<string> Texts)> annotations)
    {
        DataViewSchema.Annotations.Builder builder = new();
        foreach ((string kind, IReadOnlyList<string> texts) in annotations)
        {
            ReadOnlyMemory<char>[] values = [.. texts.Select(text => text.AsMemory())];
            // ML.NET has no vector of known size zero.
            VectorDataViewType type = values.Length == 0 ? new(TextDataViewType.Instance) : new(TextDataViewType.Instance, values.Length);
            builder.Add(
                kind,
                type,
                (ref VBuffer<ReadOnlyMemory<char>> value) => new VBuffer<ReadOnlyMemory<char>>(values.Length, values).CopyTo(ref value)
            );
        }
        return builder.ToAnnotations();
    }

    /// <summary>The texts of an annotation, or null if the column has none of that kind and type.</summary>
    internal static string[]? Read(DataViewSchema.Column column, string kind)
    {
        DataViewSchema annotations = column.Annotations.Schema;
        if (annotations.GetColumnOrNull(kind)?.Type is not VectorDataViewType { ItemType: TextDataViewType })
            return null;
        VBuffer<ReadOnlyMemory<char>> texts = default;
        column.Annotations.GetValue(kind, ref texts);
        return [.. texts.DenseValues().Select(text => text.ToString())];
    }
}
