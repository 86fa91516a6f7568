using System.Numerics;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace CxrAnnotate;

/// <summary>
/// Finds the cases whose vectors are most similar to another one by an exact search over all of them. Similarity is the cosine of the angle between
/// two vectors, from -1 to 1. It is made for joint context vectors (Shin et al., 2016, section 5): their length varies with the number of words that
/// they are a mean over, which says little of what the image shows, and their direction with the image and its annotation.
/// </summary>
/// <remarks>
/// <para>The vectors are kept in memory at length 1, in single precision: 4 bytes for each number, at most 2,147,483,591 numbers. A search reads
/// them once, on all cores, and holds only the best. It is thread-safe.</para>
/// <para>The index holds the identifiers and annotations that it is given: one of patients' radiographs is data about patients.</para>
/// </remarks>
/// <example>
/// <code>
/// using var annotator = RadiographAnnotator.Load("cascade.onnx");
/// SimilarityIndex index = SimilarityIndex.Load("cases.safetensors");
/// foreach (SimilarCase similar in index.Nearest(annotator.Annotate("patient.png"), 5))
///     Console.WriteLine($"{similar.Similarity:F3} {similar.Case.Id}: {similar.Case.Annotation}");
/// </code>
/// </example>
public sealed class SimilarityIndex
{
    private const string Vectors = "vectors";
    private const string Description = "cases";

    /// <summary>Rows that one thread searches at a time: some hundred thousand bytes, so that threads end at the same time.</summary>
    private const int RowsAtOnce = 1024;

    private const int MaximumDescription = 1 << 30;

    private readonly float[] _units;
    private readonly IndexedCase[] _cases;

    private SimilarityIndex(IndexedCase[] cases, float[] units, int size, string? modelSha256)
    {
        (_cases, _units, Size, ModelSha256) = (cases, units, size, modelSha256);
    }

    /// <summary>The cases, in the order in which they were given.</summary>
    public IReadOnlyList<IndexedCase> Cases => _cases;

    /// <summary>The length of a vector.</summary>
    public int Size { get; }

    /// <summary>
    /// The SHA-256 of the model that computed the vectors (<see cref="RadiographAnnotator.ModelSha256"/>), or null. Vectors of different models
    /// cannot be compared.
    /// </summary>
    public string? ModelSha256 { get; }

    /// <summary>Makes an index. The vectors are copied.</summary>
    /// <param name="cases">The cases.</param>
    /// <param name="vectors">The vector of each case: finite values, at least one, the same number in all. A vector of zeros is similar to
    /// none.</param>
    /// <param name="modelSha256">The SHA-256 of the model that computed the vectors; null, the default value, if it is unknown.</param>
    /// <exception cref="ArgumentException">There is no case, or a vector is missing, of another length, or not finite.</exception>
    public static SimilarityIndex Create(IReadOnlyList<IndexedCase> cases, IReadOnlyList<float[]> vectors, string? modelSha256 = null)
    {
        ArgumentNullException.ThrowIfNull(cases);
        ArgumentNullException.ThrowIfNull(vectors);
        if (cases.Count == 0 || cases.Count != vectors.Count)
            throw new ArgumentException(
                ErrorCode.LengthMismatch.Message($"An index needs a vector for each case, and at least one: {cases.Count} and {vectors.Count}."),
                nameof(vectors)
            );
        int size = vectors[0].Length;
        if (size == 0 || (long)size * cases.Count > Array.MaxLength)
            throw new ArgumentException(
                ErrorCode.LengthMismatch.Message($"{cases.Count} vectors of {size} numbers cannot be indexed."),
                nameof(vectors)
            );
        for (int i = 0; i < cases.Count; i++)
        {
            if (vectors[i].Length != size || !Array.TrueForAll(vectors[i], float.IsFinite))
                throw new ArgumentException(
                    ErrorCode.LengthMismatch.Message($"The vector of case {i} ('{cases[i].Id}') does not have {size} finite values."),
                    nameof(vectors)
                );
        }

        float[] units = new float[(long)size * cases.Count];
        Parallel.For(0, cases.Count, i => SetUnit(vectors[i], units.AsSpan(i * size, size)));
        return new SimilarityIndex([.. cases], units, size, modelSha256);
    }

    /// <summary>The most similar cases.</summary>
    /// <param name="vector">A vector of <see cref="Size"/> values.</param>
    /// <param name="count">How many cases are wanted, at least 1.</param>
    /// <returns>
    /// At most <paramref name="count"/> cases, the most similar first, of equal ones the earlier in the index; none if the vector has a value that
    /// is not finite.
    /// </returns>
    /// <exception cref="ArgumentException">The vector has another length.</exception>
    public IReadOnlyList<SimilarCase> Nearest(ReadOnlySpan<float> vector, int count) => Nearest([vector.ToArray()], count)[0];

    /// <summary>The cases most similar to a radiograph, by its context vector.</summary>
    /// <param name="reading">What the model of the index read of the radiograph.</param>
    /// <param name="count">How many cases are wanted, at least 1.</param>
    /// <returns>What <see cref="Nearest(ReadOnlySpan{float}, int)"/> returns.</returns>
    /// <exception cref="ArgumentException">The vector has another length, or the model was saved before context vectors were kept.</exception>
    public IReadOnlyList<SimilarCase> Nearest(RadiographReading reading, int count) => Nearest(reading, count, null);

    /// <summary>The cases most similar to a radiograph, without some of them.</summary>
    /// <param name="reading">What the model of the index read of the radiograph.</param>
    /// <param name="count">How many cases are wanted, at least 1.</param>
    /// <param name="except">Cases that do not count, such as other images of the same patient; null counts all.</param>
    /// <returns>What <see cref="Nearest(ReadOnlySpan{float}, int)"/> returns.</returns>
    /// <exception cref="ArgumentException">The vector has another length, or the model was saved before context vectors were kept.</exception>
    public IReadOnlyList<SimilarCase> Nearest(RadiographReading reading, int count, Predicate<IndexedCase>? except)
    {
        ArgumentNullException.ThrowIfNull(reading);
        float[] vector = [.. reading.ContextVector ?? throw NoVector()];
        return except is null ? Nearest(vector, count) : Nearest([vector], count, (_, found) => except(found))[0];
    }

    /// <summary>The exception for a model without context vectors.</summary>
    private static ArgumentException NoVector() =>
        new(
            ErrorCode.NoContextVector.Message(
                "The model was saved before context vectors were kept, by which radiographs are compared. Load the run and write it again by "
                    + "RecurrentCascadeTransformer.SaveOnnx."
            )
        );

    /// <summary>The most similar cases of several vectors; the index is read once for all of them.</summary>
    /// <param name="vectors">Vectors of <see cref="Size"/> values.</param>
    /// <param name="count">How many cases are wanted of each, at least 1.</param>
    /// <returns>For each vector what <see cref="Nearest(ReadOnlySpan{float}, int)"/> returns.</returns>
    /// <exception cref="ArgumentException">A vector has another length.</exception>
    public IReadOnlyList<IReadOnlyList<SimilarCase>> Nearest(IReadOnlyList<float[]> vectors, int count) => Nearest(vectors, count, null);

    /// <summary>The most similar cases of several vectors, without some of them.</summary>
    /// <param name="vectors">Vectors of <see cref="Size"/> values.</param>
    /// <param name="count">How many cases are wanted of each, at least 1.</param>
    /// <param name="except">Whether a case does not count for the vector at an index; null counts all.</param>
    /// <returns>For each vector what <see cref="Nearest(ReadOnlySpan{float}, int)"/> returns.</returns>
    /// <exception cref="ArgumentException">A vector has another length.</exception>
    public IReadOnlyList<IReadOnlyList<SimilarCase>> Nearest(IReadOnlyList<float[]> vectors, int count, Func<int, IndexedCase, bool>? except)
    {
        ArgumentNullException.ThrowIfNull(vectors);
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        float[][] queries = [.. vectors.Select(Query)];
        var best = new Best[queries.Length];
        for (int q = 0; q < best.Length; q++)
            best[q] = new Best(Math.Min(count, _cases.Length));
        // Of each query that can be compared; of the others nothing is similar.
        int[] asked = [.. Enumerable.Range(0, queries.Length).Where(q => queries[q].Length > 0)];
        int parts = asked.Length == 0 ? 0 : ((_cases.Length - 1) / RowsAtOnce) + 1;
        Parallel.For(
            0,
            parts,
            () => Array.ConvertAll(best, one => new Best(one.Capacity)),
            (part, _, own) =>
            {
                Search(queries, asked, part * RowsAtOnce, Math.Min((part + 1) * RowsAtOnce, _cases.Length), own, except);
                return own;
            },
            own =>
            {
                lock (best)
                {
                    foreach (int q in asked)
                        best[q].Add(own[q]);
                }
            }
        );
        return [.. best.Select(one => one.Sorted().Select(found => new SimilarCase(_cases[found.Index], found.Index, found.Similarity)).ToArray())];
    }

    /// <summary>
    /// Writes the index as one safetensors file, whole or not at all: <c>vectors</c> (F32 [cases, size], of length 1) and <c>cases</c> (U8, a JSON
    /// object of the model's SHA-256, the identifiers and the annotations in UTF-8). It has a checksum.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <exception cref="IOException">The file could not be written; an existing one is unchanged.</exception>
    public void Save(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        byte[] cases = JsonSerializer.SerializeToUtf8Bytes(
            new IndexDescription(ModelSha256, [.. _cases.Select(c => c.Id)], [.. _cases.Select(c => c.Annotation)]),
            IndexDescriptionJson.Default.IndexDescription
        );
        SafeTensorsHeader.Write(
            path,
            [
                (Vectors, "F32", [_cases.Length, Size], WriteVectors),
                (Description, "U8", [cases.Length], (Action<SafeTensorsHeader.ByteSink>)(sink => sink(cases))),
            ]
        );

        // In pieces: the bytes of all may be more than a span can hold.
        void WriteVectors(SafeTensorsHeader.ByteSink sink)
        {
            for (int row = 0; row < _cases.Length; row += RowsAtOnce)
                sink(MemoryMarshal.AsBytes(Rows(row, Math.Min(row + RowsAtOnce, _cases.Length))));
        }
    }

    /// <summary>Reads an index that <see cref="Save"/> wrote.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="InvalidDataException">The file cannot be read, is damaged, or is not an index; the message names it and says why.</exception>
    public static SimilarityIndex Load(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
            return Read(file, path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InvalidDataException(ErrorCode.FileAccess.Message($"'{path}' cannot be read: {e.Message}"), e);
        }
    }

    /// <summary>The vectors at length 1, row by row.</summary>
    internal ReadOnlySpan<float> Units => _units;

    private static SimilarityIndex Read(FileStream file, string path)
    {
        Dictionary<string, SafeTensorPlace> places = SafeTensorsHeader.Read(file, verify: true, Unusable);
        if (
            places.Count != 2
            || !places.TryGetValue(Vectors, out SafeTensorPlace? vectors)
            || !places.TryGetValue(Description, out SafeTensorPlace? description)
            || vectors is not { Type: "F32", Shape: [> 0 and var rows, > 0 and var size] }
            || description is not { Type: "U8", Shape: [> 0 and <= MaximumDescription and var bytes] }
            || vectors.Length / sizeof(float) > Array.MaxLength
        )
            throw Unusable("it does not have the tensors of one", null);
        byte[] json = new byte[bytes];
        file.Position = description.Start;
        file.ReadExactly(json);
        IndexDescription about = ModelJson.Parse(
            json,
            path,
            IndexDescriptionJson.Default.IndexDescription,
            read => read.Ids.Count != rows || read.Annotations.Count != rows ? "its cases are not as many as its vectors" : null
        );
        float[] units = new float[rows * size];
        file.Position = vectors.Start;
        for (long row = 0; row < rows; row += RowsAtOnce)
        {
            long end = Math.Min(row + RowsAtOnce, rows);
            Span<float> part = units.AsSpan((int)(row * size), (int)((end - row) * size));
            file.ReadExactly(MemoryMarshal.AsBytes(part));
            if (part.ContainsAnyExceptInRange(-1.001f, 1.001f))
                throw Unusable("a vector does not have length 1", null);
        }

        return new SimilarityIndex(
            [.. about.Ids.Zip(about.Annotations, (id, annotation) => new IndexedCase(id, annotation))],
            units,
            (int)size,
            about.Model
        );

        InvalidDataException Unusable(string reason, Exception? inner) =>
            new(ErrorCode.ModelDamaged.Message($"'{path}' is damaged or not an index of similar cases: {reason}."), inner);
    }

    private ReadOnlySpan<float> Rows(int first, int end) => _units.AsSpan(first * Size, (end - first) * Size);

    /// <summary>A vector at length 1; empty if it is not finite.</summary>
    private float[] Query(float[] vector)
    {
        if (vector.Length != Size)
            throw new ArgumentException(ErrorCode.LengthMismatch.Message($"The index has vectors of {Size} values, not of {vector.Length}."));
        if (!Array.TrueForAll(vector, float.IsFinite))
            return [];
        float[] unit = new float[Size];
        SetUnit(vector, unit);
        return unit;
    }

    private void Search(float[][] queries, int[] asked, int first, int end, Best[] best, Func<int, IndexedCase, bool>? except)
    {
        ReadOnlySpan<float> rows = Rows(first, end);
        for (int row = first; row < end; row++)
        {
            ReadOnlySpan<float> unit = rows.Slice((row - first) * Size, Size);
            foreach (int q in asked)
            {
                float similarity = Dot(unit, queries[q]);
                if (best[q].Admits(similarity, row) && except?.Invoke(q, _cases[row]) != true)
                    best[q].Add(similarity, row);
            }
        }
    }

    /// <summary>The vector divided by its length, in double precision, so that a length is 1 whatever the size; zeros stay zeros.</summary>
    private static void SetUnit(ReadOnlySpan<float> vector, Span<float> unit)
    {
        double squares = 0;
        foreach (float value in vector)
            squares += (double)value * value;
        double length = Math.Sqrt(squares);
        for (int i = 0; i < unit.Length; i++)
            unit[i] = length > 0 ? (float)(vector[i] / length) : 0;
    }

    /// <summary>The inner product, with four sums side by side, so that the processor need not wait for one.</summary>
    private static float Dot(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        int width = Vector<float>.Count,
            at = 0;
        ref float x = ref MemoryMarshal.GetReference(a),
            y = ref MemoryMarshal.GetReference(b);
        Vector<float> sum0 = default,
            sum1 = default,
            sum2 = default,
            sum3 = default;
        for (; at <= a.Length - (4 * width); at += 4 * width)
        {
            sum0 = Vector.FusedMultiplyAdd(Vector.LoadUnsafe(ref x, (nuint)at), Vector.LoadUnsafe(ref y, (nuint)at), sum0);
            sum1 = Vector.FusedMultiplyAdd(Vector.LoadUnsafe(ref x, (nuint)(at + width)), Vector.LoadUnsafe(ref y, (nuint)(at + width)), sum1);
            sum2 = Vector.FusedMultiplyAdd(
                Vector.LoadUnsafe(ref x, (nuint)(at + (2 * width))),
                Vector.LoadUnsafe(ref y, (nuint)(at + (2 * width))),
                sum2
            );
            sum3 = Vector.FusedMultiplyAdd(
                Vector.LoadUnsafe(ref x, (nuint)(at + (3 * width))),
                Vector.LoadUnsafe(ref y, (nuint)(at + (3 * width))),
                sum3
            );
        }

        float dot = Vector.Sum(sum0 + sum1 + (sum2 + sum3));
        for (; at < a.Length; at++)
            dot += a[at] * b[at];
        return dot;
    }

    /// <summary>The best rows so far: a heap with the worst of them on top.</summary>
    private sealed class Best(int capacity)
    {
        private readonly PriorityQueue<int, (float Similarity, int Index)> _heap = new(capacity + 1, Comparer<(float, int)>.Create(Worst));
        private (float Similarity, int Index) _worst = (float.NegativeInfinity, int.MaxValue);

        internal int Capacity => capacity;

        /// <summary>Whether a row is among the best.</summary>
        internal bool Admits(float similarity, int index) =>
            _heap.Count < capacity || similarity > _worst.Similarity || (similarity == _worst.Similarity && index < _worst.Index);

        internal void Add(float similarity, int index)
        {
            if (_heap.Count < capacity)
                _heap.Enqueue(index, (similarity, index));
            else
                _heap.EnqueueDequeue(index, (similarity, index));
            if (_heap.TryPeek(out _, out (float, int) worst))
                _worst = worst;
        }

        internal void Add(Best other)
        {
            foreach ((int index, (float similarity, _)) in other._heap.UnorderedItems)
            {
                if (Admits(similarity, index))
                    Add(similarity, index);
            }
        }

        /// <summary>The best first.</summary>
        internal IEnumerable<(float Similarity, int Index)> Sorted() =>
            _heap.UnorderedItems.Select(item => item.Priority).OrderByDescending(found => found, Comparer<(float, int)>.Create(Worst));

        /// <summary>The worse first: less similar, of equal ones the later.</summary>
        private static int Worst((float Similarity, int Index) a, (float Similarity, int Index) b) =>
            a.Similarity.CompareTo(b.Similarity) is not 0 and var order ? order : b.Index.CompareTo(a.Index);
    }
}

/// <summary>A case of a <see cref="SimilarityIndex"/>.</summary>
/// <param name="Id">What identifies it: a study, an image file.</param>
/// <param name="Annotation">Its annotation in the MeSH grammar; empty if it is unknown.</param>
public sealed record IndexedCase(string Id, string Annotation = "");

/// <summary>A case that is similar to another.</summary>
/// <param name="Case">The case.</param>
/// <param name="Index">Its place in the index, from 0.</param>
/// <param name="Similarity">The cosine of the angle between the vectors, from -1 to 1.</param>
public sealed record SimilarCase(IndexedCase Case, int Index, double Similarity);

/// <summary>What a file of an index says of its cases.</summary>
/// <param name="Model">The SHA-256 of the model, if it is known.</param>
/// <param name="Ids">Their identifiers.</param>
/// <param name="Annotations">Their annotations.</param>
internal sealed record IndexDescription(string? Model, IReadOnlyList<string> Ids, IReadOnlyList<string> Annotations);

[JsonSourceGenerationOptions(RespectNullableAnnotations = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(IndexDescription))]
internal sealed partial class IndexDescriptionJson : JsonSerializerContext;
