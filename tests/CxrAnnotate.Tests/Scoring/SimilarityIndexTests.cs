using CsCheck;

namespace CxrAnnotate.Tests;

public sealed class SimilarityIndexTests
{
    /// <summary>Around the rows that a thread searches at a time.</summary>
    private static readonly int[] _rows = [1, 7, 1023, 1024, 1025, 3000];

    /// <summary>
    /// Vectors of 4 or 16 values of -1 and 1 have the length 2 or 4, so that every step is exact, and many similarities are equal: the order of equal
    /// ones is part of the result.
    /// </summary>
    [Fact]
    public void The_nearest_are_the_first_of_all_cases_sorted_by_similarity_and_place() =>
        (
            from size in Gen.Int[1, 2].Select(power => 1 << (2 * power))
            from rows in Gen.Int[0, 5].Select(i => _rows[i])
            from queries in Gen.Int[0, 3]
            from count in Gen.Int[1, 30]
            from seed in Gen.Int[0, 1000]
            select (size, rows, queries, count, seed)
        ).Sample(
            c =>
            {
                var random = new Random(c.seed);
                float[][] vectors = Signs(random, c.rows, c.size),
                    asked = Signs(random, c.queries, c.size);
                var found = SimilarityIndex.Create(Named(c.rows), vectors).Nearest(asked, c.count);
                Assert.Equal(c.queries, found.Count);
                for (int q = 0; q < c.queries; q++)
                {
                    Assert.Equal(
                        Enumerable
                            .Range(0, c.rows)
                            .Select(i => (Index: i, Similarity: vectors[i].Zip(asked[q], (a, b) => (double)a * b).Sum() / c.size))
                            .OrderByDescending(p => p.Similarity)
                            .ThenBy(p => p.Index)
                            .Take(c.count),
                        found[q].Select(s => (s.Index, s.Similarity))
                    );
                }
            },
            iter: 60
        );

    [Fact]
    public void Similarities_are_the_cosines_whatever_the_lengths() =>
        (from size in Gen.Int[1, 70] from seed in Gen.Int[0, 1000] select (size, seed)).Sample(
            c =>
            {
                var random = new Random(c.seed);
                float[][] vectors = [.. Enumerable.Range(0, 40).Select(_ => Numbers(random, c.size, Math.Pow(10, random.Next(-8, 8))))];
                float[] query = Numbers(random, c.size, 1e-3);
                double[] cosines = [.. vectors.Select(v => Cosine(v, query))];
                IReadOnlyList<SimilarCase> found = SimilarityIndex.Create(Named(40), vectors).Nearest(query, 40);
                Assert.Equal(Enumerable.Range(0, 40), found.Select(s => s.Index).Order());
                Assert.All(found, s => Assert.Equal(cosines[s.Index], s.Similarity, 1e-5));
                Assert.Equal(found.Select(s => s.Similarity).OrderDescending(), found.Select(s => s.Similarity));
            },
            iter: 60
        );

    [Fact]
    public void What_is_excepted_leaves_its_place_to_the_next()
    {
        SimilarityIndex index = SimilarityIndex.Create(Named(4), [[1, 0], [1, 0.1f], [1, 0.2f], [-1, 0]]);
        Assert.Equal(["1", "2"], index.Nearest([[1, 0]], 2, (_, c) => c.Id == "0")[0].Select(s => s.Case.Id));
    }

    [Fact]
    public void A_vector_of_zeros_is_similar_to_none_and_one_that_is_not_finite_has_no_neighbours()
    {
        SimilarityIndex index = SimilarityIndex.Create(Named(2), [[0, 0], [-1, 0]]);
        Assert.Equal([(0, 0.0), (1, -1.0)], index.Nearest([3, 0], 9).Select(s => (s.Index, s.Similarity)));
        Assert.Empty(index.Nearest([float.NaN, 0], 9));
        Assert.Single(index.Nearest([[float.NaN, 0], [1, 0]], 1)[1]);
    }

    [Fact]
    public void Vectors_that_cannot_be_compared_are_refused()
    {
        Assert.Throws<ArgumentException>(() => SimilarityIndex.Create([], []));
        Assert.Throws<ArgumentException>(() => SimilarityIndex.Create(Named(2), [[1, 2]]));
        Assert.Throws<ArgumentException>(() => SimilarityIndex.Create(Named(2), [[1, 2], [1]]));
        Assert.Throws<ArgumentException>(() => SimilarityIndex.Create(Named(1), [[1, float.NaN]]));
        Assert.Throws<ArgumentException>(() => SimilarityIndex.Create(Named(1), [[1, 2]]).Nearest([1], 1));
    }

    [Fact]
    public void An_index_that_was_saved_finds_the_same()
    {
        using var folder = new ScratchFolder();
        string path = Path.Combine(folder.Path, "cases.safetensors");
        var random = new Random(3);
        float[][] vectors = [.. Enumerable.Range(0, 2500).Select(_ => Numbers(random, 24, 5))];
        IndexedCase[] cases = [.. vectors.Select((_, i) => new IndexedCase($"Ünit \"{i}\"", i % 2 == 0 ? "Nodule/lung" : ""))];
        SimilarityIndex saved = SimilarityIndex.Create(cases, vectors, "abc");
        saved.Save(path);
        SimilarityIndex read = SimilarityIndex.Load(path);
        Assert.Equal((saved.Size, saved.ModelSha256), (read.Size, read.ModelSha256));
        Assert.Equal(saved.Cases, read.Cases);
        Assert.Equal(saved.Nearest(vectors[7], 20), read.Nearest(vectors[7], 20));
    }

    [Fact]
    public void A_file_that_is_damaged_at_any_byte_or_of_something_else_is_refused_by_name()
    {
        using var folder = new ScratchFolder();
        string path = Path.Combine(folder.Path, "cases.safetensors");
        SimilarityIndex.Create(Named(3), [[1, 2], [3, 4], [5, 6]]).Save(path);
        byte[] sound = File.ReadAllBytes(path);
        for (int at = 0; at < sound.Length; at++)
        {
            // Readers ignore what the metadata says besides the checksum, and the name of the format with which it begins.
            byte[] damaged = [.. sound];
            damaged[at] ^= 4;
            File.WriteAllBytes(path, damaged);
            if (Record.Exception(() => SimilarityIndex.Load(path)) is { } error)
                Assert.Contains(path, Assert.IsType<InvalidDataException>(error).Message, StringComparison.Ordinal);
            else
                Assert.InRange(at, 8, 8 + 140);
        }

        foreach (int length in (int[])[0, 7, 60, sound.Length - 1])
        {
            File.WriteAllBytes(path, sound[..length]);
            Assert.Throws<InvalidDataException>(() => SimilarityIndex.Load(path));
        }

        Assert.Throws<InvalidDataException>(() => SimilarityIndex.Load(Path.Combine(folder.Path, "none")));
    }

    private static IndexedCase[] Named(int count) =>
        [.. Enumerable.Range(0, count).Select(i => new IndexedCase(i.ToString(System.Globalization.CultureInfo.InvariantCulture)))];

    private static float[][] Signs(Random random, int rows, int size) =>
        [.. Enumerable.Range(0, rows).Select(_ => Enumerable.Range(0, size).Select(_ => random.Next(2) == 0 ? -1f : 1f).ToArray())];

    private static float[] Numbers(Random random, int size, double scale) =>
        [.. Enumerable.Range(0, size).Select(_ => (float)((random.NextDouble() - 0.5) * scale))];

    private static double Cosine(float[] a, float[] b)
    {
        double ab = 0,
            aa = 0,
            bb = 0;
        for (int i = 0; i < a.Length; i++)
            (ab, aa, bb) = (ab + ((double)a[i] * b[i]), aa + ((double)a[i] * a[i]), bb + ((double)b[i] * b[i]));
        return ab / Math.Sqrt(aa * bb);
    }
}
