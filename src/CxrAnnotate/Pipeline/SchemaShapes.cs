using Microsoft.ML;
using Microsoft.ML.Data;

namespace CxrAnnotate;

/// <summary>
/// Schema shapes for <see cref="IEstimator{TTransformer}.GetOutputSchema"/>. The constructor of ML.NET's shape column is internal; the public
/// <c>CustomMapping</c> estimator creates one from a column definition.
/// </summary>
internal static class SchemaShapes
{
    /// <summary>The input shape with columns added; those of the same name are replaced.</summary>
    internal static SchemaShape With(MLContext context, SchemaShape input, params ReadOnlySpan<OutputShape> outputs)
    {
        Dictionary<string, SchemaShape.Column> columns = input.ToDictionary(column => column.Name);
        foreach (OutputShape output in outputs)
            columns[output.Name] = Column(context, output);
        return new SchemaShape(columns.Values);
    }

    /// <summary>The column of that name, which must satisfy a predicate.</summary>
    internal static SchemaShape.Column Require(
        SchemaShape input,
        string name,
        Func<SchemaShape.Column, bool> isExpected,
        string expected,
        string role = "input"
    )
    {
        SchemaShape.Column column = Find(input, name) ?? throw SchemaChecks.Missing(name, role);
        return isExpected(column) ? column : throw SchemaChecks.Mismatch(name, expected, Describe(column), role);
    }

    internal static SchemaShape.Column RequireText(SchemaShape input, string name, string role = "input") =>
        Require(input, name, c => c.Kind == SchemaShape.Column.VectorKind.Scalar && c.ItemType is TextDataViewType, "String", role);

    internal static SchemaShape.Column RequireSingle(SchemaShape input, string name, string role = "input") =>
        Require(
            input,
            name,
            c => c.Kind == SchemaShape.Column.VectorKind.Scalar && c.ItemType == NumberDataViewType.Single && !c.IsKey,
            "Single",
            role
        );

    /// <summary>A vector of Single with a known number of slots.</summary>
    internal static SchemaShape.Column RequireVector(SchemaShape input, string name, string role = "input") =>
        Require(
            input,
            name,
            c => c.Kind == SchemaShape.Column.VectorKind.Vector && c.ItemType == NumberDataViewType.Single,
            "known-size vector of Single",
            role
        );

    /// <summary>A key of raw type UInt32 with text key values.</summary>
    internal static SchemaShape.Column RequireTextKey(SchemaShape input, string name, string role = "label") =>
        Require(
            input,
            name,
            c =>
                c is { IsKey: true, Kind: SchemaShape.Column.VectorKind.Scalar }
                && c.ItemType == NumberDataViewType.UInt32
                && Find(c.Annotations, TextAnnotations.KeyValuesKind) is { ItemType: TextDataViewType },
            "Key<UInt32> with text KeyValues",
            role
        );

    internal static SchemaShape.Column? Find(SchemaShape shape, string name)
    {
        foreach (SchemaShape.Column column in shape)
        {
            if (column.Name == name)
                return column;
        }
        return null;
    }

    internal static string Describe(SchemaShape.Column column)
    {
        string item = column.IsKey ? $"Key<{column.ItemType}>" : column.ItemType.ToString()!;
        return column.Kind switch
        {
            SchemaShape.Column.VectorKind.Vector => $"Vector<{item}>",
            SchemaShape.Column.VectorKind.VariableVector => $"VarVector<{item}>",
            _ => item,
        };
    }

    private static SchemaShape.Column Column(MLContext context, OutputShape output)
    {
        Type raw = output.Type.RawType;
        if (raw == typeof(float))
            return Column<float>(context, output);
        if (raw == typeof(double))
            return Column<double>(context, output);
        if (raw == typeof(uint))
            return Column<uint>(context, output);
        if (raw == typeof(int))
            return Column<int>(context, output);
        if (raw == typeof(long))
            return Column<long>(context, output);
        if (raw == typeof(bool))
            return Column<bool>(context, output);
        if (raw == typeof(ReadOnlyMemory<char>))
            return Column<ReadOnlyMemory<char>>(context, output);
        if (raw == typeof(VBuffer<float>))
            return Column<VBuffer<float>>(context, output);
        if (raw == typeof(VBuffer<double>))
            return Column<VBuffer<double>>(context, output);
        if (raw == typeof(VBuffer<uint>))
            return Column<VBuffer<uint>>(context, output);
        if (raw == typeof(VBuffer<ReadOnlyMemory<char>>))
            return Column<VBuffer<ReadOnlyMemory<char>>>(context, output);
        throw new NotSupportedException(ErrorCode.ColumnUnsuitable.Message($"There is no schema shape for type {output.Type}."));
    }

    private static SchemaShape.Column Column<T>(MLContext context, OutputShape output)
    {
        SchemaDefinition definition = SchemaDefinition.Create(typeof(Slot<T>));
        definition[0].ColumnName = output.Name;
        definition[0].ColumnType = output.Type;
        foreach (string kind in output.TextAnnotations)
            definition[0].AddAnnotation(kind, default(VBuffer<ReadOnlyMemory<char>>), new VectorDataViewType(TextDataViewType.Instance, 1));
        SchemaShape shape = context
            .Transforms.CustomMapping<NoColumns, Slot<T>>(
                (_, _) => { },
                contractName: null,
                inputSchemaDefinition: null,
                outputSchemaDefinition: definition
            )
            .GetOutputSchema(new SchemaShape([]));
        return shape.Single();
    }

    private sealed class NoColumns;

    private sealed class Slot<T>
    {
        public T Value { get; set; } = default!;
    }
}
