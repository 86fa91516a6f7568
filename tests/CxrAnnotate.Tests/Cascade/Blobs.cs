namespace CxrAnnotate.Tests;

/// <summary>Points around well-separated centres.</summary>
internal static class Blobs
{
    /// <summary>Every coordinate of the points of group g is within <paramref name="radius"/> of 10 g.</summary>
    internal static (float[][] Points, int[] Groups) Make(int seed, int dimension, float radius, params ReadOnlySpan<int> sizes)
    {
        Random random = new(seed);
        List<(float[], int)> points = [];
        for (int group = 0; group < sizes.Length; group++)
        {
            for (int i = 0; i < sizes[group]; i++)
                points.Add(([.. Enumerable.Range(0, dimension).Select(_ => 10 * group + radius * (2 * random.NextSingle() - 1))], group));
        }
        (float[], int)[] shuffled = [.. points];
        random.Shuffle(shuffled);
        return ([.. shuffled.Select(p => p.Item1)], [.. shuffled.Select(p => p.Item2)]);
    }

    /// <summary>Whether two assignments are the same partition with different names.</summary>
    internal static bool SamePartition(IReadOnlyList<int> a, IReadOnlyList<int> b) =>
        a.Zip(b).Distinct().Count() == a.Distinct().Count() && a.Zip(b).Distinct().Count() == b.Distinct().Count();
}
