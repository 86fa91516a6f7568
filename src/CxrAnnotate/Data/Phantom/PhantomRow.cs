using System.Collections;
using Microsoft.ML.Data;

namespace CxrAnnotate;

/// <summary>
/// A row of the view of a phantom data set: the columns of <see cref="RadiographRecord"/> that it has, and the image, drawn when it is first read.
/// </summary>
internal sealed class PhantomRow
{
    private readonly PhantomRows _rows;
    private readonly int _index;

    internal PhantomRow(PhantomRows rows, int index) => (_rows, _index) = (rows, index);

    // ML.NET maps properties that can be read and written.
    public string Mesh
    {
        get => _rows.Phantom.Annotation(Study);
        set => throw ReadOnly();
    }

    public string StudyId
    {
        get => ChestPhantom.StudyId(Study);
        set => throw ReadOnly();
    }

    public string PatientId
    {
        get => ChestPhantom.StudyId(Study);
        set => throw ReadOnly();
    }

    public string View
    {
        get => _rows.IsLateral(_index) ? PhantomImage.LateralView : PhantomImage.FrontalView;
        set => throw ReadOnly();
    }

    public string Source
    {
        get => _rows.Source;
        set => throw ReadOnly();
    }

    public string Split
    {
        get => _rows.Splits[Study];
        set => throw ReadOnly();
    }

    public VBuffer<float> Image
    {
        get => _rows.Pixels(_index);
        set => throw ReadOnly();
    }

    private int Study => _rows.Study(_index);

    private static InvalidOperationException ReadOnly() => new(ErrorCode.CursorMisused.Message("The rows of a phantom data set cannot be changed."));
}

/// <summary>The rows of a phantom data set. Images are drawn in blocks, in parallel, when first read, and kept with one byte per pixel.</summary>
internal sealed class PhantomRows : IReadOnlyList<PhantomRow>, IList<PhantomRow>
{
    private const int Block = 32;

    private readonly byte[]?[] _pixels;
    private readonly Lock[] _blocks;

    internal PhantomRows(ChestPhantom phantom, string[] splits)
    {
        Phantom = phantom;
        Splits = splits;
        Views = phantom.Options.Views == PhantomViews.FrontalAndLateral ? 2 : 1;
        Count = phantom.Options.Studies * Views;
        _pixels = new byte[Count][];
        _blocks = [.. Enumerable.Range(0, (Count + Block - 1) / Block).Select(_ => new Lock())];
    }

    internal ChestPhantom Phantom { get; }

    internal string[] Splits { get; }

    internal string Source { get; } = PhantomWriter.Source;

    public int Count { get; }

    bool ICollection<PhantomRow>.IsReadOnly => true;

    private int Views { get; }

    public PhantomRow this[int index]
    {
        get => new(this, index);
        set => throw new NotSupportedException();
    }

    internal int Study(int row) => row / Views;

    internal bool IsLateral(int row) => row % Views == 1;

    internal VBuffer<float> Pixels(int row)
    {
        byte[] grey = Volatile.Read(ref _pixels[row]) ?? DrawBlock(row);
        float[] image = new float[grey.Length];
        for (int i = 0; i < image.Length; i++)
            image[i] = grey[i] * (1 / 255f);
        return new VBuffer<float>(image.Length, image);
    }

    public IEnumerator<PhantomRow> GetEnumerator()
    {
        for (int i = 0; i < Count; i++)
            yield return this[i];
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    int IList<PhantomRow>.IndexOf(PhantomRow item) => throw new NotSupportedException();

    void IList<PhantomRow>.Insert(int index, PhantomRow item) => throw new NotSupportedException();

    void IList<PhantomRow>.RemoveAt(int index) => throw new NotSupportedException();

    void ICollection<PhantomRow>.Add(PhantomRow item) => throw new NotSupportedException();

    void ICollection<PhantomRow>.Clear() => throw new NotSupportedException();

    bool ICollection<PhantomRow>.Contains(PhantomRow item) => throw new NotSupportedException();

    void ICollection<PhantomRow>.CopyTo(PhantomRow[] array, int arrayIndex)
    {
        for (int i = 0; i < Count; i++)
            array[arrayIndex + i] = this[i];
    }

    bool ICollection<PhantomRow>.Remove(PhantomRow item) => throw new NotSupportedException();

    private byte[] DrawBlock(int row)
    {
        int block = row / Block;
        lock (_blocks[block])
        {
            if (_pixels[row] is null)
                Parallel.For(
                    block * Block,
                    Math.Min(Count, (block + 1) * Block),
                    i => Volatile.Write(ref _pixels[i], Phantom.Render(Study(i), IsLateral(i)).Pixels)
                );
            return _pixels[row]!;
        }
    }
}
