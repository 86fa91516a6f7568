using System.Text.Json.Serialization;

namespace CxrAnnotate;

/// <summary>A figure within one group of cases.</summary>
/// <param name="Group">The group.</param>
/// <param name="Cases">The number of its cases.</param>
/// <param name="Figure">The figure, with its 95 % interval if it is compared.</param>
/// <param name="IsCompared">Whether it has enough cases, and a defined figure, to be compared with the others.</param>
public sealed record SubgroupFigure(string Group, int Cases, Estimate Figure, bool IsCompared);

/// <summary>
/// How far the worst group of cases (a sex, an age band, a device) lies below all cases. Some group is always the worst: beside the gap stands the
/// one that chance alone makes of groups of these sizes.
/// </summary>
public sealed record SubgroupGap
{
    /// <summary>Groups with fewer cases are shown and not compared.</summary>
    public const int DefaultMinimumCases = 20;

    private SubgroupGap() { }

    /// <summary>The figure over all cases of the compared groups.</summary>
    public required Estimate All { get; init; }

    /// <summary>The groups, in the order of their names.</summary>
    public required IReadOnlyList<SubgroupFigure> Groups { get; init; }

    /// <summary>The compared group with the lowest figure; null if fewer than two are compared.</summary>
    public required string? Worst { get; init; }

    /// <summary>
    /// The figure over all compared cases minus that of the worst group; NaN if fewer than two groups are compared. The interval chooses the worst
    /// group anew in each resample of whole units.
    /// </summary>
    public required Estimate Gap { get; init; }

    /// <summary>The mean gap if the same cases are dealt to the groups at random; NaN without resamples.</summary>
    [JsonConverter(typeof(NanAsNullConverter))]
    public required double ChanceGap { get; init; }

    /// <summary>The gap that chance exceeds in one of twenty deals; NaN without resamples.</summary>
    [JsonConverter(typeof(NanAsNullConverter))]
    public required double ChanceGapHigh { get; init; }

    /// <summary>Computes the gap of a figure of which more is better.</summary>
    /// <param name="groups">The group of each case; empty: unknown, the case is left out.</param>
    /// <param name="units">The unit (patient) of each case, by which intervals draw.</param>
    /// <param name="figure">The figure on weighted cases; called from several threads.</param>
    /// <param name="minimumCases">Groups with fewer cases are not compared.</param>
    /// <param name="resamples">Bootstrap resamples of whole units, and a quarter as many random deals; 0: neither.</param>
    /// <param name="seed">The seed of both.</param>
    /// <param name="cancellation">Stops the computation.</param>
    /// <exception cref="ArgumentException">The lists differ in length.</exception>
    public static SubgroupGap Of(
        IReadOnlyList<string> groups,
        IReadOnlyList<string> units,
        MetricComputation figure,
        int minimumCases = DefaultMinimumCases,
        int resamples = 1000,
        int seed = 1,
        CancellationToken cancellation = default
    )
    {
        ArgumentNullException.ThrowIfNull(groups);
        ArgumentNullException.ThrowIfNull(units);
        ArgumentNullException.ThrowIfNull(figure);
        if (groups.Count != units.Count)
            throw new ArgumentException(
                ErrorCode.LengthMismatch.Message($"{groups.Count} groups need as many units, not {units.Count}."),
                nameof(units)
            );
        string[] names = [.. groups.Where(group => group.Length > 0).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        int[] of = [.. groups.Select(group => Array.IndexOf(names, group))];
        int[] once = [.. Enumerable.Repeat(1, of.Length)];
        int[] compared =
        [
            .. Enumerable
                .Range(0, names.Length)
                .Where(g => of.Count(at => at == g) >= minimumCases && double.IsFinite(figure(Masked(once, at => of[at] == g)))),
        ];
        bool[] counts = new bool[names.Length];
        foreach (int g in compared)
            counts[g] = true;

        // The figure of each group, that of all compared cases, and the gap.
        void Compute(int[] dealt, ReadOnlySpan<int> weights, Span<double> values)
        {
            int[] all = weights.ToArray();
            double worst = double.PositiveInfinity;
            for (int g = 0; g < names.Length; g++)
            {
                values[g] = figure(Masked(all, at => dealt[at] == g));
                if (counts[g] && !(values[g] >= worst))
                    worst = values[g];
            }
            values[^2] = figure(Masked(all, at => dealt[at] >= 0 && (compared.Length == 0 || counts[dealt[at]])));
            values[^1] = compared.Length < 2 ? double.NaN : values[^2] - worst;
        }

        Estimate[] estimates = Intervals.Bootstrap(
            units,
            names.Length + 2,
            (weights, values) => Compute(of, weights, values),
            resamples,
            seed,
            cancellation
        );
        double GapOf(int[] dealt)
        {
            double[] values = new double[names.Length + 2];
            Compute(dealt, once, values);
            return values[^1];
        }
        double[] chance = compared.Length < 2 ? [] : Deals(of, units, resamples / 4, seed, GapOf, cancellation);
        return new SubgroupGap
        {
            All = estimates[^2],
            Groups =
            [
                .. names.Select(
                    (name, g) =>
                        // Resamples of a handful of cases agree, which is no certainty.
                        new SubgroupFigure(name, of.Count(at => at == g), counts[g] ? estimates[g] : new Estimate(estimates[g].Value), counts[g])
                ),
            ],
            Worst = compared.Length < 2 ? null : names[compared.MinBy(g => estimates[g].Value)],
            Gap = estimates[^1],
            ChanceGap = chance.Length == 0 ? double.NaN : chance.Average(),
            ChanceGapHigh = chance.Length == 0 ? double.NaN : Statistic.Quantile(chance, 0.95),
        };
    }

    private static int[] Masked(int[] weights, Func<int, bool> kept)
    {
        int[] masked = new int[weights.Length];
        for (int i = 0; i < masked.Length; i++)
            masked[i] = kept(i) ? weights[i] : 0;
        return masked;
    }

    /// <summary>
    /// The gaps of random deals, in ascending order. Units keep together what belongs together: units of the same number of cases exchange their
    /// groups, and within a unit (a patient with several views) the cases do.
    /// </summary>
    private static double[] Deals(
        int[] of,
        IReadOnlyList<string> units,
        int deals,
        int seed,
        Func<int[], double> gap,
        CancellationToken cancellation
    )
    {
        int[][] members =
        [
            .. Enumerable.Range(0, of.Length).Where(i => of[i] >= 0).GroupBy(i => units[i], StringComparer.Ordinal).Select(unit => unit.ToArray()),
        ];
        int[][][] bySize = [.. members.GroupBy(cases => cases.Length).Select(same => same.ToArray())];
        double[] gaps = new double[deals];
        Parallel.For(
            0,
            deals,
            new ParallelOptions { CancellationToken = cancellation },
            deal =>
            {
                Random random = new((int)(SplitMix64.Mix(((ulong)(uint)seed << 32) | (uint)~deal) & int.MaxValue));
                int[] dealt = [.. of];
                foreach (int[][] same in bySize)
                {
                    int[] order = [.. Enumerable.Range(0, same.Length)];
                    random.Shuffle(order);
                    for (int u = 0; u < same.Length; u++)
                    {
                        int[] from = [.. same[order[u]].Select(i => of[i])];
                        random.Shuffle(from);
                        for (int k = 0; k < from.Length; k++)
                            dealt[same[u][k]] = from[k];
                    }
                }
                gaps[deal] = gap(dealt);
            }
        );
        return [.. gaps.Where(double.IsFinite).Order()];
    }
}
