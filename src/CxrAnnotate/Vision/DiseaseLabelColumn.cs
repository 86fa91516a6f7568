using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace CxrAnnotate;

/// <summary>
/// The label column of a view, one label per row (a key) or several findings (a named vector of Single): which it is decides what is trained.
/// </summary>
internal sealed class DiseaseLabelColumn
{
    private readonly TextKeyColumn? _keys;
    private readonly SingleVectorColumn? _vectors;

    internal DiseaseLabelColumn(ColumnReader reader, DataViewSchema schema, string name)
    {
        if (LabelShape.IsMultiLabel(schema, name))
            _vectors = reader.Vector(name, "label");
        else
            _keys = reader.Key(name);
    }

    /// <summary>The names of the labels or findings.</summary>
    internal string[] Names => _vectors is null ? _keys!.Names : _vectors.SlotNames!;

    internal bool IsVector => _vectors is not null;

    /// <summary>
    /// The index of each row's label among given names, -1 where it has none of them; with several findings 1 where it has one, 0 where not, -1 where
    /// none is known.
    /// </summary>
    internal int[] Classes(string[] names) =>
        _vectors is not null
            ?
            [
                .. Targets(names)!
                    .Select(t =>
                        Array.TrueForAll(t, float.IsNaN) ? -1
                        : t.Contains(1f) ? 1
                        : 0
                    ),
            ]
            : [.. _keys!.ClassIndices().Select(i => i < 0 ? -1 : Array.IndexOf(names, _keys.Names[i]))];

    /// <summary>Each row's findings in the order of given names, those that the column has not being unknown; null for single labels.</summary>
    /// <exception cref="FormatException">A value is none of 0, 1 and NaN.</exception>
    internal float[][]? Targets(string[] names)
    {
        if (_vectors is null)
            return null;
        int[] from = [.. names.Select(name => Array.IndexOf(_vectors.SlotNames!, name))];
        for (int row = 0; row < _vectors.Values.Count; row++)
        {
            if (Array.Find(_vectors.Values[row], v => !float.IsNaN(v) && v is not (0 or 1)) is not 0 and var wrong)
                throw new FormatException(
                    ErrorCode.LabelValue.Message(
                        string.Create(CultureInfo.InvariantCulture,
                            $"Row {row} of the label column '{_vectors.Column.Name}' has the value {wrong}: findings are 1 (present), 0 (absent) "
                                + $"or NaN (unknown)."
                        )
                    )
                );
        }

        return [.. _vectors.Values.Select(v => from.Select(i => i < 0 ? float.NaN : v[i]).ToArray())];
    }
}
