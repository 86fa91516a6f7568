namespace CxrAnnotate;

/// <summary>The case of a cluster that is most like the others.</summary>
internal static class Medoids
{
    /// <summary>
    /// The case with the smallest sum of squared Euclidean distances to all of them, which is the one nearest to their mean; of equal ones the first.
    /// </summary>
    /// <param name="vectors">The vectors of all cases.</param>
    /// <param name="cases">The indices of the cluster's cases, at least one.</param>
    internal static int Of(IReadOnlyList<float[]> vectors, IReadOnlyList<int> cases)
    {
        double[] sums = new double[vectors[cases[0]].Length];
        foreach (int i in cases)
        {
            for (int d = 0; d < sums.Length; d++)
                sums[d] += vectors[i][d];
        }

        float[] mean = [.. sums.Select(sum => (float)(sum / cases.Count))];
        return cases.MinBy(i => KMeans.SquaredDistance(vectors[i], mean));
    }
}
