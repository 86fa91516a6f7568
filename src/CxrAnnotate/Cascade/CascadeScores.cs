namespace CxrAnnotate;

/// <summary>The two validation scores of an iteration.</summary>
internal static class CascadeScores
{
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

    /// <summary>The mean over the labels that occur in truth or decisions of the F1 score, unknown ones left out; 0 where none occurs.</summary>
    internal static double MacroF1(float[][] truth, float[][] decided, int labels)
    {
        double mean = DecisionCounts.MacroF1(
            Enumerable
                .Range(0, labels)
                .Select(k => DecisionCounts.Of(truth.Length, i => float.IsNaN(truth[i][k]) ? null : truth[i][k] == 1, i => decided[i][k] == 1))
        );
        return double.IsNaN(mean) ? 0 : mean;
    }

    /// <summary>The mean F1 between two sets of words over the chosen rows, 1 if both sets are empty; null if no row is chosen.</summary>
    internal static double? ContextF1(IReadOnlyList<HashSet<string>> truth, IReadOnlyList<HashSet<string>> read, IReadOnlyList<bool> chosen)
    {
        double sum = 0;
        int rows = 0;
        for (int i = 0; i < truth.Count; i++)
        {
            if (!chosen[i])
                continue;
            rows++;
            int all = truth[i].Count + read[i].Count;
            sum += all == 0 ? 1 : 2.0 * truth[i].Count(read[i].Contains) / all;
        }

        return rows == 0 ? null : sum / rows;
    }
}
