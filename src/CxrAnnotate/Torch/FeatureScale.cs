namespace CxrAnnotate;

/// <summary>The standardisation of features over rows: (feature - mean) * scale.</summary>
internal static class FeatureScale
{
    /// <summary>
    /// The mean of each feature, and one divided by its deviation. Constant features are ignored (scale 0), and nearly constant ones are not
    /// amplified: a deviation counts as at least a hundredth of the usual one.
    /// </summary>
    /// <param name="rows">The features of at least one row.</param>
    internal static (float[] Mean, float[] Scale) Of(float[][] rows)
    {
        int size = rows[0].Length;
        double[] mean = new double[size];
        double[] square = new double[size];
        foreach (float[] features in rows)
        {
            for (int i = 0; i < size; i++)
                mean[i] += features[i] / (double)rows.Length;
        }

        foreach (float[] features in rows)
        {
            for (int i = 0; i < size; i++)
                square[i] += (features[i] - mean[i]) * (features[i] - mean[i]) / rows.Length;
        }

        double floor = 0.01 * Math.Sqrt(square.Average());
        return ([.. mean.Select(m => (float)m)], [.. square.Select(s => s > 0 ? (float)(1 / Math.Max(Math.Sqrt(s), floor)) : 0f)]);
    }
}
