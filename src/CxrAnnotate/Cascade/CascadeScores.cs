namespace CxrAnnotate;

/// <summary>The two validation scores of an iteration.</summary>
internal static class CascadeScores
{
    /// <summary>The score of an iteration: the mean of both figures, or the first if there is no other.</summary>
    internal static double Of(double disease, double? context) => (disease + (context ?? disease)) / 2;

    /// <summary>The mean over the labels that occur in truth or decisions of the F1 score, unknown ones left out; 0 where none occurs.</summary>
    /// <param name="truth">By row and label.</param>
    /// <param name="decided">By row and label.</param>
    /// <param name="labels">The number of labels.</param>
    /// <param name="weights">How often each row counts; empty: once.</param>
    internal static double MacroF1(float[][] truth, float[][] decided, int labels, ReadOnlySpan<int> weights = default)
    {
        var counts = new DecisionCounts[labels];
        for (int i = 0; i < truth.Length; i++)
        {
            int weight = weights.IsEmpty ? 1 : weights[i];
            for (int k = 0; weight > 0 && k < labels; k++)
            {
                if (float.IsNaN(truth[i][k]))
                    continue;
                bool present = truth[i][k] == 1,
                    named = decided[i][k] == 1;
                (long hits, long predicted, long occurring) = counts[k];
                counts[k] = new(hits + (present && named ? weight : 0), predicted + (named ? weight : 0), occurring + (present ? weight : 0));
            }
        }

        double mean = DecisionCounts.MacroF1(counts);
        return double.IsNaN(mean) ? 0 : mean;
    }

    /// <summary>The F1 between two sets of words of each chosen row, 1 if both sets are empty; NaN for the other rows.</summary>
    internal static double[] ContextF1(IReadOnlyList<HashSet<string>> truth, IReadOnlyList<HashSet<string>> read, IReadOnlyList<bool> chosen) =>
        [
            .. truth.Select(
                (words, i) =>
                    !chosen[i] ? double.NaN
                    : words.Count + read[i].Count is > 0 and int all ? 2.0 * words.Count(read[i].Contains) / all
                    : 1
            ),
        ];

    /// <summary>The weighted mean of the values but NaN; null if there are none.</summary>
    internal static double? MeanOfDefined(double[] values, ReadOnlySpan<int> weights = default)
    {
        double sum = 0;
        long rows = 0;
        for (int i = 0; i < values.Length; i++)
        {
            int weight = weights.IsEmpty ? 1 : weights[i];
            if (weight == 0 || double.IsNaN(values[i]))
                continue;
            sum += weight * values[i];
            rows += weight;
        }

        return rows == 0 ? null : sum / rows;
    }
}
