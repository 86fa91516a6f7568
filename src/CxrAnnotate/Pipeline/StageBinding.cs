using Microsoft.ML;

namespace CxrAnnotate;

/// <summary>A bound mapper with its input and output schema. Output columns follow all input columns, so an index tells the two apart.</summary>
internal sealed class StageBinding
{
    internal StageBinding(DataViewSchema input, BoundMapper mapper)
    {
        Input = input;
        Mapper = mapper;
        Output = OutputSchema(input, mapper);
    }

    internal DataViewSchema Input { get; }

    internal DataViewSchema Output { get; }

    internal BoundMapper Mapper { get; }

    internal static DataViewSchema OutputSchema(DataViewSchema input, BoundMapper mapper)
    {
        if (mapper.Outputs.Count == 0)
            return input;
        DataViewSchema.Builder builder = new();
        builder.AddColumns(input);
        foreach (DataViewSchema.DetachedColumn column in mapper.Outputs)
            builder.AddColumn(column.Name, column.Type, column.Annotations);
        return builder.ToSchema();
    }

    /// <summary>Splits columns of the output schema into flags over the stage's outputs and the input columns that are passed through.</summary>
    internal bool[] Split(IEnumerable<DataViewSchema.Column> columns, out SortedSet<int> passed)
    {
        bool[] wanted = new bool[Mapper.Outputs.Count];
        passed = [];
        foreach (DataViewSchema.Column column in columns)
        {
            if (column.Index >= Output.Count || column.Name != Output[column.Index].Name)
                throw new ArgumentOutOfRangeException(
                    nameof(columns),
                    ErrorCode.CursorMisused.Message($"Column '{column.Name}' does not belong to this schema.")
                );
            if (column.Index < Input.Count)
                passed.Add(column.Index);
            else
                wanted[column.Index - Input.Count] = true;
        }
        return wanted;
    }

    /// <summary>The input columns that the wanted outputs are computed from.</summary>
    internal IEnumerable<int> Dependencies(bool[] wanted) =>
        Array.IndexOf(wanted, true) < 0 ? [] : Mapper.InputsFor(wanted).Select(column => column.Index);

    /// <summary>Fails as ML.NET's own cursors do if a getter of another type than the column's is requested.</summary>
    internal static ValueGetter<TValue> Typed<TValue>(Delegate getter, DataViewSchema.Column column)
    {
        CheckType<TValue>(column);
        return (ValueGetter<TValue>)getter;
    }

    internal static void CheckType<TValue>(DataViewSchema.Column column)
    {
        if (typeof(TValue) != column.Type.RawType)
        {
            throw new InvalidOperationException(
                ErrorCode.CursorMisused.Message(
                    $"Invalid TValue in GetGetter for column '{column.Name}': '{typeof(TValue)}', expected type: '{column.Type.RawType}'."
                )
            );
        }
    }

    internal static ArgumentOutOfRangeException NotActive(DataViewSchema.Column column) =>
        new(nameof(column), ErrorCode.CursorMisused.Message($"Requested column '{column.Name}' is not active or not of this row's schema."));
}
