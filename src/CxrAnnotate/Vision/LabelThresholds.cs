namespace CxrAnnotate;

/// <summary>The threshold of each finding: the probability at or above which it is detected.</summary>
internal static class LabelThresholds
{
    /// <summary>The threshold of findings with too few rows to choose one.</summary>
    internal const float Fallback = 0.5f;

    /// <summary>
    /// The threshold with the highest F1 for every finding. It lies halfway between two neighbouring probabilities; ties go to the threshold nearest
    /// to 0.5, then to the higher one.
    /// </summary>
    /// <param name="scores">Probabilities by row and finding.</param>
    /// <param name="targets">1 present, 0 absent, NaN unknown, by row and finding.</param>
    /// <param name="labels">The number of findings.</param>
    /// <param name="minimumCases">A finding with fewer present or fewer absent rows gets <see cref="Fallback"/>.</param>
    internal static float[] Choose(IReadOnlyList<float[]> scores, IReadOnlyList<float[]> targets, int labels, int minimumCases) =>
        [
            .. Enumerable
                .Range(0, labels)
                .Select(k =>
                    Best(scores, targets, k) is var best && best.Present >= minimumCases && best.Absent >= minimumCases ? best.Threshold : Fallback
                ),
        ];

    /// <summary>The highest F1 over all thresholds, averaged over the findings that occur; null if none occurs.</summary>
    internal static double? BestMacroF1(IReadOnlyList<float[]> scores, IReadOnlyList<float[]> targets, int labels)
    {
        double[] best = [.. Enumerable.Range(0, labels).Select(k => Best(scores, targets, k)).Where(b => b.Present > 0).Select(b => b.F1)];
        return best.Length == 0 ? null : best.Average();
    }

    /// <summary>The weight of each finding's presence: (absent / present) to a power, from 1 to a maximum; 1 if it never occurs.</summary>
    internal static float[] PositiveWeights(IReadOnlyList<float[]> targets, int labels, double power, double maximum) =>
        [
            .. Enumerable
                .Range(0, labels)
                .Select(k =>
                {
                    int present = targets.Count(t => t[k] == 1),
                        absent = targets.Count(t => t[k] == 0);
                    return present == 0 ? 1f : (float)Math.Clamp(Math.Pow((double)absent / present, power), 1, maximum);
                }),
        ];

    private static (float Threshold, double F1, int Present, int Absent) Best(
        IReadOnlyList<float[]> scores,
        IReadOnlyList<float[]> targets,
        int label
    )
    {
        (float Score, bool Present)[] rows =
        [
            .. Enumerable
                .Range(0, scores.Count)
                .Where(i => !float.IsNaN(targets[i][label]) && !float.IsNaN(scores[i][label]))
                .Select(i => (scores[i][label], targets[i][label] == 1))
                .OrderByDescending(row => row.Item1),
        ];
        int present = rows.Count(row => row.Present),
            hits = 0;
        float threshold = Fallback;
        double best = -1;
        for (int i = 0; i < rows.Length; i++)
        {
            hits += rows[i].Present ? 1 : 0;
            if (i + 1 < rows.Length && rows[i + 1].Score == rows[i].Score)
                continue;
            // Everything from here up is detected; the threshold lies halfway to the next lower score.
            float below = i + 1 < rows.Length ? rows[i + 1].Score : 0,
                halfway = (rows[i].Score + below) / 2;
            float candidate = halfway > below ? halfway : rows[i].Score;
            double f1 = 2.0 * hits / (i + 1 + present);
            if (f1 > best || (f1 == best && MathF.Abs(candidate - Fallback) < MathF.Abs(threshold - Fallback)))
                (best, threshold) = (f1, candidate);
        }

        return (threshold, Math.Max(best, 0), present, rows.Length - present);
    }
}
