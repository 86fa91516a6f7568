namespace CxrAnnotate;

/// <summary>Means over weighted samples, shared by many metrics.</summary>
internal static class Weighted
{
    /// <summary>The weighted mean of a value over the given cases; NaN if their weights are all 0.</summary>
    /// <param name="cases">The cases, as indices into the weights.</param>
    /// <param name="values">The value of each.</param>
    internal static MetricComputation Mean(int[] cases, double[] values) =>
        weights =>
        {
            double sum = 0;
            long total = 0;
            for (int p = 0; p < cases.Length; p++)
            {
                sum += weights[cases[p]] * values[p];
                total += weights[cases[p]];
            }

            return sum / total;
        };

    /// <summary>The mean of an area over the rankings for which it is defined.</summary>
    internal static MetricComputation MeanArea(IEnumerable<Ranking> rankings, Func<Ranking, MetricComputation> area)
    {
        MetricComputation[] areas = [.. rankings.Select(area)];
        return weights =>
        {
            double[] values = new double[areas.Length];
            for (int k = 0; k < values.Length; k++)
                values[k] = areas[k](weights);
            return Statistic.MeanOfDefined(values);
        };
    }
}
