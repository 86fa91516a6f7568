using Microsoft.ML;
using Microsoft.ML.Data;

namespace CxrAnnotate;

/// <summary>Checks of the columns that a stage reads, failing as ML.NET's own stages do: <see cref="ArgumentOutOfRangeException"/> and its wording.</summary>
internal static class SchemaChecks
{
    internal const string InputSchema = "inputSchema";

    /// <summary>The column of that name, which must satisfy a predicate on its type.</summary>
    /// <param name="schema">Where to look.</param>
    /// <param name="name">The column.</param>
    /// <param name="isExpected">Whether a type will do.</param>
    /// <param name="expected">The types that will do, in words for the message.</param>
    /// <param name="role">What the stage reads it as (input, label, feature, ...).</param>
    /// <param name="paramName">The parameter to blame.</param>
    internal static DataViewSchema.Column RequireColumn(
        DataViewSchema schema, string name, Func<DataViewType, bool> isExpected, string expected, string role = "input", string paramName = InputSchema)
    {
        DataViewSchema.Column column = schema.GetColumnOrNull(name) ?? throw Missing(name, role, paramName);
        return isExpected(column.Type) ? column : throw Mismatch(name, expected, column.Type.ToString()!, role, paramName);
    }

    internal static DataViewSchema.Column RequireText(DataViewSchema schema, string name, string role = "input", string paramName = InputSchema) =>
        RequireColumn(schema, name, type => type is TextDataViewType, "String", role, paramName);

    /// <summary>A column that is of use if it is text; null where it is not there or is something else.</summary>
    internal static DataViewSchema.Column? TextIfThere(DataViewSchema schema, string? name) =>
        name is not null && schema.GetColumnOrNull(name) is { Type: TextDataViewType } column ? column : null;

    internal static DataViewSchema.Column RequireSingle(DataViewSchema schema, string name, string role = "input", string paramName = InputSchema) =>
        RequireColumn(schema, name, type => type == NumberDataViewType.Single, "Single", role, paramName);

    /// <summary>A vector of Single with a known number of slots.</summary>
    internal static DataViewSchema.Column RequireVector(DataViewSchema schema, string name, string role = "input", string paramName = InputSchema) =>
        RequireColumn(schema, name, IsKnownSingleVector, "known-size vector of Single", role, paramName);

    /// <summary>A vector of Single with exactly <paramref name="size"/> slots.</summary>
    internal static DataViewSchema.Column RequireVector(
        DataViewSchema schema, string name, int size, string role = "input", string paramName = InputSchema) =>
        RequireColumn(schema, name, type => type is VectorDataViewType v && v.ItemType == NumberDataViewType.Single && v.Size == size,
            $"Vector<Single, {size}>", role, paramName);

    /// <summary>A key of raw type UInt32 whose values have text names.</summary>
    internal static DataViewSchema.Column RequireTextKey(DataViewSchema schema, string name, string role = "label", string paramName = InputSchema)
    {
        DataViewSchema.Column column = RequireColumn(schema, name, type => type is KeyDataViewType key && key.RawType == typeof(uint),
            "Key<UInt32>", role, paramName);
        return TextAnnotations.Read(column, TextAnnotations.KeyValuesKind) is not null
            ? column
            : throw Mismatch(name, "Key<UInt32> with text KeyValues", $"{column.Type} without them", role, paramName);
    }

    internal static bool IsKnownSingleVector(DataViewType type) => type is VectorDataViewType { IsKnownSize: true } v && v.ItemType == NumberDataViewType.Single;

    internal static ArgumentOutOfRangeException Missing(string name, string role = "input", string paramName = InputSchema) =>
        new(paramName, $"Could not find {role} column '{name}'");

    internal static ArgumentOutOfRangeException Mismatch(
        string name, string expected, string actual, string role = "input", string paramName = InputSchema) =>
        new(paramName, $"Schema mismatch for {role} column '{name}': expected {expected}, got {actual}");
}
