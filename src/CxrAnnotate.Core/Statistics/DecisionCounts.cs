namespace CxrAnnotate;

/// <summary>Counts of the decisions on one label, and the scores derived from them (scikit-learn's definitions).</summary>
/// <param name="Hits">Cases that have the label and for which it is predicted (true positives).</param>
/// <param name="Predicted">Cases for which it is predicted.</param>
/// <param name="Present">Cases that have it.</param>
internal readonly record struct DecisionCounts(long Hits, long Predicted, long Present)
{
    /// <summary>The share of predictions that are correct; 0 without predictions, NaN if the label occurs in neither truth nor predictions.</summary>
    internal double Precision => Ratio(Predicted);

    /// <summary>The share of cases that are found; 0 without cases, NaN if the label occurs in neither truth nor predictions.</summary>
    internal double Recall => Ratio(Present);

    /// <summary>The harmonic mean of precision and recall; NaN if the label occurs in neither truth nor predictions.</summary>
    internal double F1 => Predicted + Present == 0 ? double.NaN : 2.0 * Hits / (Predicted + Present);

    /// <summary>The counts of a label over cases.</summary>
    /// <param name="cases">The number of cases.</param>
    /// <param name="truth">Whether a case has it; null if unknown, which excludes the case.</param>
    /// <param name="predicted">Whether it is predicted for a case.</param>
    internal static DecisionCounts Of(int cases, Func<int, bool?> truth, Func<int, bool> predicted)
    {
        long hits = 0,
            said = 0,
            present = 0;
        for (int i = 0; i < cases; i++)
        {
            if (truth(i) is not { } there)
                continue;
            bool named = predicted(i);
            hits += there && named ? 1 : 0;
            said += named ? 1 : 0;
            present += there ? 1 : 0;
        }

        return new(hits, said, present);
    }

    /// <summary>The mean F1 over the labels that occur in truth or predictions; NaN if none does.</summary>
    internal static double MacroF1(IEnumerable<DecisionCounts> labels) => Statistic.MeanOfDefined([.. labels.Select(label => label.F1)]);

    private double Ratio(long of) =>
        Predicted + Present == 0 ? double.NaN
        : of == 0 ? 0
        : (double)Hits / of;
}
