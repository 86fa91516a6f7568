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
        int cases = units.Count;
        int[] once = new int[cases];
        Array.Fill(once, 1);
        double[] point = new double[count];
        statistics(once, point);

        int[][] members = [.. Enumerable.Range(0, cases).GroupBy(i => units[i], StringComparer.Ordinal).Select(g => g.ToArray())];
        if (resamples == 0 || members.Length < 2)
            return [.. point.Select(p => new Estimate(p))];

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

        return [.. Enumerable.Range(0, count).Select(k => Interval(point[k], draws[k]))];
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
    )
    {
        void Difference(ReadOnlySpan<int> weights, Span<double> values)
        {
            double[] before = new double[values.Length];
            first(weights, before);
            second(weights, values);
            for (int k = 0; k < before.Length; k++)
                values[k] -= before[k];
        }

        return Bootstrap(units, count, Difference, resamples, seed, cancellation);
    }

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
