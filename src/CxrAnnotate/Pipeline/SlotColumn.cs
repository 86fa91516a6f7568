using Microsoft.ML;
using Microsoft.ML.Data;

namespace CxrAnnotate;

/// <summary>Copies of one source column's values for the rows of a batch.</summary>
internal abstract class SlotColumn
{
    /// <summary>
    /// Whether values of a type may be kept after the row has moved on: numbers, texts and vectors of them; not bitmaps, which have one owner.
    /// </summary>
    internal static bool CanCopy(DataViewType type) => type is PrimitiveDataViewType or VectorDataViewType;

    internal abstract void Read(int slot);

    internal static SlotColumn Create(DataViewRow row, DataViewSchema.Column column, int slots)
    {
        Type kind = column.Type is VectorDataViewType vector
            ? typeof(VectorSlotColumn<>).MakeGenericType(vector.ItemType.RawType)
            : typeof(ScalarSlotColumn<>).MakeGenericType(column.Type.RawType);
        return (SlotColumn)Activator.CreateInstance(kind, row, column.Index, slots)!;
    }
}

internal abstract class SlotColumn<T>(DataViewRow row, int index, int slots) : SlotColumn
{
    private readonly ValueGetter<T> _read = row.GetGetter<T>(row.Schema[index]);

    protected T[] Values { get; } = new T[slots];

    internal sealed override void Read(int slot) => _read(ref Values[slot]);

    internal abstract void Get(int slot, ref T value);
}

internal sealed class ScalarSlotColumn<T>(DataViewRow row, int index, int slots) : SlotColumn<T>(row, index, slots)
{
    internal override void Get(int slot, ref T value) => value = Values[slot];
}

internal sealed class VectorSlotColumn<T>(DataViewRow row, int index, int slots) : SlotColumn<VBuffer<T>>(row, index, slots)
{
    internal override void Get(int slot, ref VBuffer<T> value) => Values[slot].CopyTo(ref value);
}
