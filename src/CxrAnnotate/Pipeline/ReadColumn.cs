using Microsoft.ML;
using Microsoft.ML.Data;

namespace CxrAnnotate;

/// <summary>A column that a <see cref="ColumnReader"/> fills.</summary>
internal abstract class ReadColumn(DataViewSchema.Column column)
{
    internal DataViewSchema.Column Column { get; } = column;

    internal abstract void Open(DataViewRow row);

    internal abstract void Append();
}

internal abstract class ReadColumn<TRaw, TValue>(DataViewSchema.Column column) : ReadColumn(column)
{
    private ValueGetter<TRaw>? _getter;
    private TRaw _raw = default!;

    /// <summary>One value per row.</summary>
    internal List<TValue> Values { get; } = [];

    internal sealed override void Open(DataViewRow row) => _getter = row.GetGetter<TRaw>(row.Schema[Column.Index]);

    internal sealed override void Append()
    {
        _getter!(ref _raw);
        Values.Add(Convert(in _raw));
    }

    private protected abstract TValue Convert(in TRaw raw);
}

/// <summary>Texts; a missing text is empty.</summary>
internal sealed class TextColumn(DataViewSchema.Column column) : ReadColumn<ReadOnlyMemory<char>, string>(column)
{
    private protected override string Convert(in ReadOnlyMemory<char> raw) => raw.ToString();
}

/// <summary>Single numbers.</summary>
internal sealed class SingleColumn(DataViewSchema.Column column) : ReadColumn<float, float>(column)
{
    private protected override float Convert(in float raw) => raw;
}

/// <summary>Dense copies of vectors of known size.</summary>
internal sealed class SingleVectorColumn(DataViewSchema.Column column) : ReadColumn<VBuffer<float>, float[]>(column)
{
    /// <summary>The number of slots.</summary>
    internal int Size { get; } = ((VectorDataViewType)column.Type).Size;

    /// <summary>The names of the slots, or null.</summary>
    internal string[]? SlotNames { get; } = TextAnnotations.Read(column, TextAnnotations.SlotNamesKind);

    private protected override float[] Convert(in VBuffer<float> raw)
    {
        float[] values = new float[Size];
        raw.CopyTo(values);
        return values;
    }
}

/// <summary>Raw key values: 1 is the first name, 0 is missing.</summary>
internal sealed class TextKeyColumn(DataViewSchema.Column column) : ReadColumn<uint, uint>(column)
{
    /// <summary>The names of the key values 1, 2, ...</summary>
    internal string[] Names { get; } = TextAnnotations.Read(column, TextAnnotations.KeyValuesKind)!;

    /// <summary>The class index of each row: -1 if the key is missing.</summary>
    internal int[] ClassIndices() => [.. Values.Select(raw => (int)raw - 1)];

    private protected override uint Convert(in uint raw) => raw;
}
