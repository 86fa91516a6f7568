using Microsoft.ML;
using Microsoft.ML.Data;

namespace CxrAnnotate.Tests;

/// <summary>Schemas and shapes for tests.</summary>
internal static class Shapes
{
    /// <summary>The shape that ML.NET itself creates for a schema, captured in a chain.</summary>
    internal static SchemaShape Of(DataViewSchema schema)
    {
        Eavesdropper ear = new();
        Assert.Throws<OperationCanceledException>(() => new EstimatorChain<ITransformer>().Append(ear).Fit(new EmptyView(schema)));
        return ear.Heard!;
    }

    internal static DataViewSchema Without(DataViewSchema schema, string name) => Rebuild(schema.Where(c => c.Name != name));

    internal static DataViewSchema Retyped(DataViewSchema schema, string name, DataViewType type) =>
        Rebuild(schema.Where(c => c.Name != name), new DataViewSchema.DetachedColumn(name, type));

    internal static DataViewSchema Rebuild(IEnumerable<DataViewSchema.Column> columns, params DataViewSchema.DetachedColumn[] more)
    {
        DataViewSchema.Builder builder = new();
        foreach (DataViewSchema.Column column in columns)
            builder.AddColumn(column.Name, column.Type, column.Annotations);
        foreach (DataViewSchema.DetachedColumn column in more)
            builder.AddColumn(column.Name, column.Type, column.Annotations);
        return builder.ToSchema();
    }

    private sealed class Eavesdropper : IEstimator<ITransformer>
    {
        internal SchemaShape? Heard { get; private set; }

        public SchemaShape GetOutputSchema(SchemaShape inputSchema) => Heard = inputSchema;

        public ITransformer Fit(IDataView input) => throw new OperationCanceledException();
    }
}
