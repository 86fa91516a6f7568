using Microsoft.ML;
using Microsoft.ML.Data;

namespace CxrAnnotate;

/// <summary>
/// The kind of a label column: single-label (a key) or multi-label (a vector of Single with names, 1 present, 0 absent, NaN unknown).
/// </summary>
internal static class LabelShape
{
    /// <summary>Whether the column, which must exist, is multi-label; an error where it is neither these nor a key.</summary>
    internal static bool IsMultiLabel(DataViewSchema schema, string name)
    {
        if (schema.GetColumnOrNull(name) is not { } column || !SchemaChecks.IsKnownSingleVector(column.Type))
            return false;
        return TextAnnotations.Read(column, TextAnnotations.SlotNamesKind) is not null
            ? true
            : throw SchemaChecks.Mismatch(
                name,
                "Key<UInt32> with text KeyValues, or a vector of Single with findings as SlotNames",
                $"{column.Type} without them",
                "label"
            );
    }

    /// <summary>Whether the column of a shape is multi-label; an error where it is neither these nor a key.</summary>
    internal static bool IsMultiLabel(SchemaShape shape, string name)
    {
        if (SchemaShapes.Find(shape, name) is { Kind: SchemaShape.Column.VectorKind.Vector } column && column.ItemType == NumberDataViewType.Single)
        {
            return SchemaShapes.Find(column.Annotations, TextAnnotations.SlotNamesKind) is not null
                ? true
                : throw SchemaChecks.Mismatch(
                    name,
                    "Key<UInt32> with text KeyValues, or a vector of Single with findings as SlotNames",
                    $"{SchemaShapes.Describe(column)} without them",
                    "label"
                );
        }

        SchemaShapes.RequireTextKey(shape, name);
        return false;
    }
}
