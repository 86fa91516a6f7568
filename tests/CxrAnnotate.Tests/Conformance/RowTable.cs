using Microsoft.ML;
using Microsoft.ML.Data;

namespace CxrAnnotate.Tests;

/// <summary>Values of a view, copied as plain objects: numbers, strings, and arrays of them.</summary>
internal sealed class RowTable
{
    internal List<string> Columns { get; } = [];

    internal List<object[]> Rows { get; } = [];

    internal static bool CanRead(DataViewType type) => type is PrimitiveDataViewType or VectorDataViewType;

    /// <summary>Reads all visible readable columns, or the named ones.</summary>
    internal static RowTable Read(IDataView view, params string[] names)
    {
        DataViewSchema.Column[] columns = Pick(view.Schema, names);
        using DataViewRowCursor cursor = view.GetRowCursor(columns);
        RowTable table = Read(cursor, columns);
        Assert.False(cursor.MoveNext(), "A finished cursor moved on.");
        return table;
    }

    internal static RowTable Read(DataViewRowCursor cursor, IReadOnlyList<DataViewSchema.Column> columns)
    {
        RowTable table = new();
        table.Columns.AddRange(columns.Select(c => c.Name));
        Func<object>[] getters = [.. columns.Select(c => Getter(cursor, c))];
        while (cursor.MoveNext())
        {
            Assert.Equal(table.Rows.Count, cursor.Position);
            table.Rows.Add(Array.ConvertAll(getters, get => get()));
        }
        return table;
    }

    internal static DataViewSchema.Column[] Pick(DataViewSchema schema, params string[] names) =>
        names.Length > 0 ? [.. names.Select(name => schema[name])] : [.. schema.Where(c => !c.IsHidden && CanRead(c.Type))];

    /// <summary>Reads a column of a row, whatever its type.</summary>
    internal static Func<object> Getter(DataViewRow row, DataViewSchema.Column column)
    {
        Type raw = column.Type.RawType;
        bool vector = column.Type is VectorDataViewType;
        Type item = vector ? ((VectorDataViewType)column.Type).ItemType.RawType : raw;
        return (Func<object>)
            typeof(RowTable)
                .GetMethod(
                    vector ? nameof(VectorGetter) : nameof(ScalarGetter),
                    System.Reflection.BindingFlags.NonPublic | System.Reflection.BindingFlags.Static
                )!
                .MakeGenericMethod(item)
                .Invoke(null, [row, column])!;
    }

    /// <summary>Fails unless the rows are equal, numbers up to a relative tolerance.</summary>
    internal static void AssertEqual(RowTable expected, RowTable actual, float tolerance, string what)
    {
        Assert.True(expected.Rows.Count == actual.Rows.Count, $"{what}: {expected.Rows.Count} rows expected, {actual.Rows.Count} found.");
        foreach (string name in actual.Columns)
        {
            int from = expected.Columns.IndexOf(name),
                to = actual.Columns.IndexOf(name);
            Assert.True(from >= 0, $"{what}: unexpected column '{name}'.");
            for (int row = 0; row < expected.Rows.Count; row++)
            {
                object e = expected.Rows[row][from],
                    a = actual.Rows[row][to];
                Assert.True(Same(e, a, tolerance), $"{what}: row {row}, column '{name}': {Print(e)} expected, {Print(a)} found.");
            }
        }
    }

    private static bool Same(object expected, object actual, float tolerance) =>
        (expected, actual) switch
        {
            (float e, float a) => e.Equals(a) || Math.Abs(e - a) <= tolerance * Math.Max(1, Math.Abs(e)),
            (double e, double a) => e.Equals(a) || Math.Abs(e - a) <= tolerance * Math.Max(1, Math.Abs(e)),
            (Array e, Array a) => e.Length == a.Length && Enumerable.Range(0, e.Length).All(i => Same(e.GetValue(i)!, a.GetValue(i)!, tolerance)),
            _ => Equals(expected, actual),
        };

    private static string Print(object value) =>
        value is Array array ? $"[{string.Join(", ", array.Cast<object>().Take(8))}] ({array.Length})" : $"'{value}'";

    private static Func<object> ScalarGetter<T>(DataViewRow row, DataViewSchema.Column column)
    {
        ValueGetter<T> getter = row.GetGetter<T>(column);
        return () =>
        {
            T value = default!;
            getter(ref value);
            return Plain(value);
        };
    }

    private static Func<object> VectorGetter<T>(DataViewRow row, DataViewSchema.Column column)
    {
        ValueGetter<VBuffer<T>> getter = row.GetGetter<VBuffer<T>>(column);
        VBuffer<T> buffer = default;
        return () =>
        {
            getter(ref buffer);
            object[] values = [.. buffer.DenseValues().Select(v => Plain(v))];
            // Writes of the caller to the returned buffer must not affect this row or later ones.
            VBufferEditor.CreateFromBuffer(ref buffer).Values.Clear();
            VBuffer<T> again = default;
            getter(ref again);
            Assert.Equal(values, again.DenseValues().Select(v => Plain(v)));
            return values;
        };
    }

    private static object Plain<T>(T value) => value is ReadOnlyMemory<char> text ? text.ToString() : value!;
}
