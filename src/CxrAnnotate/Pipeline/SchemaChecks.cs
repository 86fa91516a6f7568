using Microsoft.ML;
using Microsoft.ML.Data;

namespace CxrAnnotate;

/// <summary>
/// Checks of a stage's input columns, which fail like ML.NET's own stages: with <see cref="ArgumentOutOfRangeException"/> and the same wording.
/// </summary>
internal static class SchemaChecks
{
    internal const string InputSchema = "inputSchema";

    /// <summary>The column of that name, which must satisfy a predicate on its type.</summary>
    /// <param name="schema">The schema.</param>
    /// <param name="name">The column.</param>
    /// <param name="isExpected">Whether a type is acceptable.</param>
    /// <param name="expected">The acceptable types, in words for the message.</param>
    /// <param name="role">The role of the column (input, label, feature, ...).</param>
    /// <param name="paramName">The parameter that the exception names.</param>
    internal static DataViewSchema.Column RequireColumn(
        DataViewSchema schema,
        string name,
        Func<DataViewType, bool> isExpected,
        string expected,
        string role = "input",
        string paramName = InputSchema
    )
    {
        DataViewSchema.Column column = schema.GetColumnOrNull(name) ?? throw Missing(name, role, paramName);
        return isExpected(column.Type) ? column : throw Mismatch(name, expected, column.Type.ToString()!, role, paramName);
    }

    internal static DataViewSchema.Column RequireText(DataViewSchema schema, string name, string role = "input", string paramName = InputSchema) =>
        RequireColumn(schema, name, type => type is TextDataViewType, "String", role, paramName);

    /// <summary>An optional text column; null if it is missing or of another type.</summary>
    internal static DataViewSchema.Column? TextIfPresent(DataViewSchema schema, string? name) =>
        name is not null && schema.GetColumnOrNull(name) is { Type: TextDataViewType } column ? column : null;

    internal static DataViewSchema.Column RequireSingle(DataViewSchema schema, string name, string role = "input", string paramName = InputSchema) =>
        RequireColumn(schema, name, type => type == NumberDataViewType.Single, "Single", role, paramName);

    /// <summary>A vector of Single with a known number of slots.</summary>
    internal static DataViewSchema.Column RequireVector(DataViewSchema schema, string name, string role = "input", string paramName = InputSchema) =>
        RequireColumn(schema, name, IsKnownSingleVector, "known-size vector of Single", role, paramName);

    /// <summary>A vector of Single with exactly <paramref name="size"/> slots.</summary>
    internal static DataViewSchema.Column RequireVector(
        DataViewSchema schema,
        string name,
        int size,
        string role = "input",
        string paramName = InputSchema
    ) =>
        RequireColumn(
            schema,
            name,
            type => type is VectorDataViewType v && v.ItemType == NumberDataViewType.Single && v.Size == size,
            $"Vector<Single, {size}>",
            role,
            paramName
        );

    /// <summary>A key of raw type UInt32 with text key values.</summary>
    internal static DataViewSchema.Column RequireTextKey(DataViewSchema schema, string name, string role = "label", string paramName = InputSchema)
    {
        DataViewSchema.Column column = RequireColumn(
            schema,
            name,
            type => type is KeyDataViewType key && key.RawType == typeof(uint),
            "Key<UInt32>",
            role,
            paramName
        );
        return TextAnnotations.Read(column, TextAnnotations.KeyValuesKind) is not null
            ? column
            : throw Mismatch(name, "Key<UInt32> with text KeyValues", $"{column.Type} without them", role, paramName);
    }

    internal static bool IsKnownSingleVector(DataViewType type) =>
        type is VectorDataViewType { IsKnownSize: true } v && v.ItemType == NumberDataViewType.Single;

    internal static ArgumentOutOfRangeException Missing(string name, string role = "input", string paramName = InputSchema) =>
        new(paramName, ErrorCode.ColumnUnsuitable.Message($"Could not find {role} column '{name}'"));

    internal static ArgumentOutOfRangeException Mismatch(
        string name,
        string expected,
        string actual,
        string role = "input",
        string paramName = InputSchema
    ) =>
        new(
            paramName,
            ErrorCode.ColumnUnsuitable.Message(
                $"Schema mismatch for {role} column '{name}': expected {expected}, got {actual}{(role == "label" ? LabelAdvice(name, actual) : "")}"
            )
        );

    /// <summary>How to convert a text, Boolean or numeric label to a key with text names.</summary>
    private static string LabelAdvice(string name, string actual) =>
        actual switch
        {
            "String" => $". Make it a key first, by mlContext.Transforms.Conversion.MapValueToKey(\"{name}\")",
            "Boolean" or "SByte" or "Byte" or "Int16" or "UInt16" or "Int32" or "UInt32" or "Int64" or "UInt64" or "Single" or "Double" =>
                $". Make it text first, by mlContext.Transforms.Conversion.ConvertType(\"{name}\", outputKind: DataKind.String), and then a key, "
                    + $"by MapValueToKey(\"{name}\")",
            _ when actual.StartsWith("Key", StringComparison.Ordinal) =>
                $". Make the values text before they become a key, by mlContext.Transforms.Conversion.ConvertType(\"{name}\", outputKind: "
                    + $"DataKind.String)",
            _ => "",
        };
}
