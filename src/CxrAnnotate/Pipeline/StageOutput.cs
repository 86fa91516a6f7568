using Microsoft.ML;
using Microsoft.ML.Data;

namespace CxrAnnotate;

/// <summary>A column that a stage adds: its name and type, and how its value is obtained from the result for a row.</summary>
/// <typeparam name="TRow">The result for a row.</typeparam>
/// <param name="Column">Name, type and annotations.</param>
/// <param name="Getter">Makes ML.NET's getter from one that computes the row.</param>
internal sealed record StageOutput<TRow>(DataViewSchema.DetachedColumn Column, Func<Func<TRow>, Delegate> Getter)
{
    internal static StageOutput<TRow> Text(string name, Func<TRow, string> value) =>
        new(
            new(name, TextDataViewType.Instance),
            row => (ValueGetter<ReadOnlyMemory<char>>)((ref ReadOnlyMemory<char> to) => to = value(row()).AsMemory())
        );

    internal static StageOutput<TRow> Single(string name, Func<TRow, double> value) =>
        new(new(name, NumberDataViewType.Single), row => (ValueGetter<float>)((ref float to) => to = (float)value(row())));

    internal static StageOutput<TRow> Vector(string name, int size, Func<TRow, float[]> value) =>
        new(new(name, new VectorDataViewType(NumberDataViewType.Single, size)), VectorGetter(value));

    /// <summary>A vector whose slots have names.</summary>
    internal static StageOutput<TRow> Vector(string name, IReadOnlyList<string> slots, Func<TRow, float[]> value) =>
        new(new(name, new VectorDataViewType(NumberDataViewType.Single, slots.Count), TextAnnotations.SlotNames(slots)), VectorGetter(value));

    internal static StageOutput<TRow> Texts(string name, int size, Func<TRow, IReadOnlyList<string>> values) =>
        new(
            new(name, new VectorDataViewType(TextDataViewType.Instance, size)),
            row =>
                (ValueGetter<VBuffer<ReadOnlyMemory<char>>>)(
                    (ref VBuffer<ReadOnlyMemory<char>> to) =>
                    {
                        IReadOnlyList<string> texts = values(row());
                        VBufferEditor<ReadOnlyMemory<char>> editor = VBufferEditor.Create(ref to, size);
                        for (int i = 0; i < size; i++)
                            editor.Values[i] = texts[i].AsMemory();
                        to = editor.Commit();
                    }
                )
        );

    /// <summary>A key with named values, from their index; -1 is missing.</summary>
    internal static StageOutput<TRow> Key(string name, IReadOnlyList<string> keys, Func<TRow, int> index) =>
        new(
            new(name, new KeyDataViewType(typeof(uint), keys.Count), TextAnnotations.KeyValues(keys)),
            row => (ValueGetter<uint>)((ref uint to) => to = (uint)(index(row()) + 1))
        );

    private static Func<Func<TRow>, Delegate> VectorGetter(Func<TRow, float[]> value) =>
        row => (ValueGetter<VBuffer<float>>)((ref VBuffer<float> to) => DenseVector.Set(value(row()), ref to));
}
