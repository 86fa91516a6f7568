namespace CxrAnnotate;

/// <summary>The two scores that an iteration is chosen by.</summary>
internal static class CascadeScores
{
    /// <summary>The mean over the labels that occur in truth or predictions of the F1 score; 0 where none occurs.</summary>
    internal static double MacroF1(int[] truth, int[] predicted, int labels)
    {
        double mean = DecisionCounts.MacroF1(
            Enumerable.Range(0, labels).Select(label => DecisionCounts.Of(truth.Length, i => truth[i] == label, i => predicted[i] == label))
        );
        return double.IsNaN(mean) ? 0 : mean;
    }

    /// <summary>The words of a caption beside the label's own and the separators.</summary>
    internal static HashSet<string> ContextWords(IEnumerable<string> caption, string label)
    {
        var words = new HashSet<string>(caption, StringComparer.Ordinal);
        words.Remove("|");
        words.ExceptWith(label.Split('+'));
        return words;
    }

    /// <summary>The mean over chosen rows of the F1 between two sets of words, 1 where both are empty; null where no row is chosen.</summary>
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
