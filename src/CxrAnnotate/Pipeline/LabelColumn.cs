using System.Globalization;
using Microsoft.ML;

namespace CxrAnnotate;

/// <summary>The label column of a view: one label per row (a key) or any number of findings (a named vector of Single).</summary>
internal sealed class LabelColumn : ReadColumn
{
    private readonly LabelShape _shape;
    private Func<float[]>? _read;

    /// <exception cref="ArgumentOutOfRangeException">The column is missing or is neither of these.</exception>
    internal LabelColumn(DataViewSchema schema, string name)
        : this(LabelShape.Of(schema, name), schema[name]) { }

    private LabelColumn(LabelShape shape, DataViewSchema.Column column)
        : base(column)
    {
        _shape = shape;
        Names = shape.Names(column);
    }

    internal LabelScheme Scheme => _shape.Scheme;

    /// <summary>The names of the labels.</summary>
    internal string[] Names { get; }

    /// <summary>Each row's labels: 1 present, 0 absent, NaN unknown; all NaN if the row is unlabelled.</summary>
    internal List<float[]> Truth { get; } = [];

    internal override void Open(DataViewRow row) => _read = _shape.Open(row, Column, Names.Length);

    internal override void Append() => Truth.Add(_read!());

    /// <summary>Each row's values of the given labels; labels missing from the column are unknown.</summary>
    /// <exception cref="FormatException">A value is not 0, 1 or NaN.</exception>
    internal float[][] TruthOf(string[] names)
    {
        for (int row = 0; row < Truth.Count; row++)
        {
            if (Array.Find(Truth[row], v => !float.IsNaN(v) && v is not (0 or 1)) is not 0 and var wrong)
                throw new FormatException(
                    ErrorCode.LabelValue.Message(
                        string.Create(CultureInfo.InvariantCulture,
                            $"Row {row} of the label column '{Column.Name}' has the value {wrong}: findings are 1 (present), 0 (absent) "
                                + $"or NaN (unknown)."
                        )
                    )
                );
        }

        int[] from = [.. names.Select(name => Array.IndexOf(Names, name))];
        return [.. Truth.Select(truth => Scheme.Arrange(truth, from))];
    }
}
