namespace CxrAnnotate;

/// <summary>Computes several statistics of a weighted sample at once. Called from several threads at a time.</summary>
/// <param name="weights">How often each case counts.</param>
/// <param name="values">Receives the statistics; NaN where undefined.</param>
internal delegate void Statistics(ReadOnlySpan<int> weights, Span<double> values);

/// <summary>
/// 95 % percentile intervals by the bootstrap over whole groups (patients, studies): the images of one patient are not independent, so whole patients
/// are drawn.
/// </summary>
internal static class Intervals
{
    internal const double Confidence = 0.95;

    /// <summary>Computes the statistics on all cases, with their intervals.</summary>
    /// <param name="units">The group of each case.</param>
    /// <param name="count">The number of statistics.</param>
    /// <param name="statistics">Computes them.</param>
    /// <param name="resamples">The number of samples; each draws as many groups as there are, with replacement. 0: no interval.</param>
    /// <param name="seed">The same seed gives the same intervals, whatever the number of threads.</param>
    /// <param name="cancellation">Stops the computation.</param>
    /// <returns>
    /// One estimate per statistic. Resamples in which a statistic is undefined are left out; if more than half of them are, or there are fewer than
    /// two groups, it has no interval (NaN).
    /// </returns>
    internal static Estimate[] Bootstrap(
        IReadOnlyList<string> units,
        int count,
        Statistics statistics,
        int resamples,
        int seed,
        CancellationToken cancellation = default
    )
    {
        (double[] point, double[][]? draws) = Draw(units, count, statistics, resamples, seed, cancellation);
        return [.. point.Select((value, k) => draws is null ? new Estimate(value) : Interval(value, draws[k]))];
    }

    /// <summary>The statistics on all cases, and those of every resample, by statistic; null without resamples.</summary>
    private static (double[] Point, double[][]? Draws) Draw(
        IReadOnlyList<string> units,
        int count,
        Statistics statistics,
        int resamples,
        int seed,
        CancellationToken cancellation
    )
    {
        int cases = units.Count;
        int[] once = new int[cases];
        Array.Fill(once, 1);
        double[] point = new double[count];
        statistics(once, point);

        int[][] members = [.. Enumerable.Range(0, cases).GroupBy(i => units[i], StringComparer.Ordinal).Select(g => g.ToArray())];
        if (resamples == 0 || members.Length < 2)
            return (point, null);

        double[][] draws = [.. Enumerable.Range(0, count).Select(_ => new double[resamples])];
        Parallel.For(
            0,
            resamples,
            new ParallelOptions { CancellationToken = cancellation },
            () => (Weights: new int[cases], Values: new double[count]),
            (resample, _, local) =>
            {
                Random random = new(SeedOf(seed, resample));
                Array.Clear(local.Weights);
                for (int draw = 0; draw < members.Length; draw++)
                    foreach (int member in members[random.Next(members.Length)])
                        local.Weights[member]++;
                statistics(local.Weights, local.Values);
                for (int k = 0; k < count; k++)
                    draws[k][resample] = local.Values[k];
                return local;
            },
            _ => { }
        );

        return (point, draws);
    }

    /// <summary>
    /// The statistics of the second model minus those of the first on the same cases, each resample drawn once for both; otherwise as
    /// <see cref="Bootstrap"/>.
    /// </summary>
    internal static Estimate[] PairedDifference(
        IReadOnlyList<string> units,
        int count,
        Statistics first,
        Statistics second,
        int resamples,
        int seed,
        CancellationToken cancellation = default
    ) => Bootstrap(units, count, DifferenceOf(first, second), resamples, seed, cancellation);

    /// <summary>
    /// The difference of one statistic as in <see cref="PairedDifference"/>, and the share of the resamples in which the second model is ahead.
    /// </summary>
    /// <returns>The difference, and the share; resamples without a difference count half. NaN with fewer than two groups.</returns>
    internal static (Estimate Difference, double Ahead) PairedLead(
        IReadOnlyList<string> units,
        Statistics first,
        Statistics second,
        int resamples,
        int seed,
        CancellationToken cancellation = default
    )
    {
        (double[] point, double[][]? draws) = Draw(units, 1, DifferenceOf(first, second), resamples, seed, cancellation);
        if (draws is null)
            return (new Estimate(point[0]), double.NaN);
        double[] defined = [.. draws[0].Where(draw => !double.IsNaN(draw))];
        return (Interval(point[0], draws[0]), defined.Length == 0 ? double.NaN : defined.Average(draw => (Math.Sign(draw) + 1) / 2.0));
    }

    private static Statistics DifferenceOf(Statistics first, Statistics second) =>
        (weights, values) =>
        {
            double[] before = new double[values.Length];
            first(weights, before);
            second(weights, values);
            for (int k = 0; k < before.Length; k++)
                values[k] -= before[k];
        };

    /// <summary>A share with the 95 % interval of Wilson (1927), for independent cases; NaN without cases.</summary>
    internal static Estimate Wilson(long hits, long cases)
    {
        // The normal quantile of 0.975.
        const double z = 1.959963984540054;
        if (cases == 0)
            return new Estimate(double.NaN);
        double n = cases,
            share = hits / n,
            centre = (share + (z * z / (2 * n))) / (1 + (z * z / n)),
            half = z / (1 + (z * z / n)) * Math.Sqrt((share * (1 - share) / n) + (z * z / (4 * n * n)));
        return new Estimate(share, Math.Max(0, centre - half), Math.Min(1, centre + half));
    }

    private static Estimate Interval(double point, double[] draws)
    {
        double[] defined = [.. draws.Where(d => !double.IsNaN(d)).Order()];
        return double.IsNaN(point) || 2 * defined.Length < draws.Length
            ? new Estimate(point)
            : new Estimate(point, Statistic.Quantile(defined, (1 - Confidence) / 2), Statistic.Quantile(defined, (1 + Confidence) / 2));
    }

    /// <summary>Adjacent resamples must not get adjacent seeds.</summary>
    private static int SeedOf(int seed, int resample) => (int)(SplitMix64.Mix((ulong)(uint)seed << 32 | (uint)resample) & int.MaxValue);
}
