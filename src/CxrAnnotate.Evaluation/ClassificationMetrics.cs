namespace CxrAnnotate;

/// <summary>
/// Figures of a multi-class classifier that need its scores; those that need only its decisions are <see cref="ConfusionMatrix"/>'s.
/// </summary>
internal static class ClassificationMetrics
{
    /// <summary>One ranking per label, one versus the rest, over the cases that have a true label.</summary>
    /// <param name="labels">The number of labels.</param>
    /// <param name="truth">True label by case; -1: none.</param>
    /// <param name="scores">Probabilities by case and label.</param>
    internal static Ranking[] OneVersusRest(int labels, IReadOnlyList<int> truth, IReadOnlyList<double[]> scores)
    {
        int[] cases = [.. Enumerable.Range(0, truth.Count).Where(i => truth[i] >= 0)];
        return
        [
            .. Enumerable
                .Range(0, labels)
                .Select(k => new Ranking(cases, [.. cases.Select(i => scores[i][k])], [.. cases.Select(i => truth[i] == k)])),
        ];
    }

    /// <summary>
    /// The multi-class Brier score of each case: the sum over labels of the squared difference between probability and truth (0 to 2).
    /// </summary>
    internal static double[] Brier(IReadOnlyList<int> truth, IReadOnlyList<double[]> scores)
    {
        double[] brier = new double[truth.Count];
        for (int i = 0; i < brier.Length; i++)
            for (int k = 0; k < scores[i].Length; k++)
            {
                double error = scores[i][k] - (k == truth[i] ? 1 : 0);
                brier[i] += error * error;
            }

        return brier;
    }
}
