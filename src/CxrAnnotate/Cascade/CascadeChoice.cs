namespace CxrAnnotate;

/// <summary>Chooses the iteration that a cascade reads with, and says how sure the choice is.</summary>
internal static class CascadeChoice
{
    /// <summary>The resamples behind an interval: the library's number for evaluations.</summary>
    private const int Resamples = 2000;

    /// <summary>The iteration, from 1, that a rule chooses.</summary>
    internal static int Of(IterationChoice rule, IReadOnlyList<CascadeIterationReport> iterations) =>
        rule switch
        {
            IterationChoice.Best => Best([.. iterations.Select(iteration => iteration.ValidationScore)]),
            IterationChoice.Last => iterations.Count,
            _ => Kept([.. iterations.Select(iteration => iteration.Evidence)]),
        };

    /// <summary>
    /// Goes through the iterations in their order and keeps each one, unless the one that was kept before it is better by more than chance.
    /// </summary>
    /// <param name="evidence">For each iteration its comparison with the one kept before it; null: there was none.</param>
    internal static int Kept(IReadOnlyList<IterationEvidence?> evidence)
    {
        int kept = 1;
        for (int iteration = 2; iteration <= evidence.Count; iteration++)
        {
            if (evidence[iteration - 1]?.FavoursEarlier != true)
                kept = iteration;
        }

        return kept;
    }

    /// <summary>
    /// The iteration, from 1, with the highest validation score. Ties go to the later iteration, which was trained longer; without scores it is the
    /// last.
    /// </summary>
    internal static int Best(IReadOnlyList<double?> scores)
    {
        int best = scores.Count;
        for (int iteration = scores.Count - 1; iteration > 0; iteration--)
        {
            if (scores[iteration - 1] > (scores[best - 1] ?? double.NegativeInfinity))
                best = iteration;
        }

        return best;
    }

    /// <summary>Compares an iteration with an earlier one on the same rows.</summary>
    /// <param name="against">The earlier iteration, from 1.</param>
    /// <param name="earlier">What it read.</param>
    /// <param name="later">What the later iteration read.</param>
    /// <param name="seed">The seed of the resamples.</param>
    /// <param name="cancellation">Stops the computation.</param>
    internal static IterationEvidence Compare(
        int against,
        ValidationReadings earlier,
        ValidationReadings later,
        int seed,
        CancellationToken cancellation = default
    )
    {
        (Estimate difference, double ahead) = Intervals.PairedLead(
            later.Groups,
            (weights, values) => values[0] = earlier.Score(weights),
            (weights, values) => values[0] = later.Score(weights),
            Resamples,
            seed,
            cancellation
        );
        return new IterationEvidence(
            against,
            difference.Value,
            Defined(difference.Low),
            Defined(difference.High),
            Defined(ahead),
            later.Truth.Length,
            later.Groups.Distinct(StringComparer.Ordinal).Count(),
            Resamples
        );

        static double? Defined(double value) => double.IsNaN(value) ? null : value;
    }
}
