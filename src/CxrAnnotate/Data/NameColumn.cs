using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace CxrAnnotate;

/// <summary>Reads a column that names something (a study, a split, a label) as text: text columns unchanged, keys as numbers.</summary>
internal static class NameColumn
{
    /// <exception cref="ArgumentOutOfRangeException">There is no such column, or it is neither text nor a key.</exception>
    internal static DataViewSchema.Column Find(DataViewSchema inputSchema, string name) =>
        SchemaChecks.RequireColumn(
            inputSchema,
            name,
            type => type is TextDataViewType || (type is KeyDataViewType && type.RawType == typeof(uint)),
            "String or Key<UInt32>"
        );

    internal static Func<string> Getter(DataViewRow row, DataViewSchema.Column column)
    {
        if (column.Type is TextDataViewType)
        {
            ValueGetter<ReadOnlyMemory<char>> text = row.GetGetter<ReadOnlyMemory<char>>(column);
            ReadOnlyMemory<char> value = default;
            return () =>
            {
                text(ref value);
                return value.ToString();
            };
        }

        ValueGetter<uint> key = row.GetGetter<uint>(column);
        uint number = 0;
        return () =>
        {
            key(ref number);
            return number.ToString(CultureInfo.InvariantCulture);
        };
    }

    /// <summary>All values in row order, read in one pass over the given columns only.</summary>
    internal static List<string[]> ReadAll(IDataView view, params DataViewSchema.Column[] columns)
    {
        var rows = new List<string[]>();
        using DataViewRowCursor cursor = view.GetRowCursor(columns);
        Func<string>[] getters = [.. columns.Select(column => Getter(cursor, column))];
        while (cursor.MoveNext())
            rows.Add([.. getters.Select(get => get())]);
        return rows;
    }
}
