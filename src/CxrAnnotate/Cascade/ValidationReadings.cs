namespace CxrAnnotate;

/// <summary>What an iteration read in the validation rows: the rows of its two validation scores.</summary>
/// <param name="Truth">By row and base label: 1 present, 0 absent, NaN unknown.</param>
/// <param name="Decisions">By row and base label: 1 detected, 0 not.</param>
/// <param name="Context">By row the F1 of its context words; NaN for rows without a disease.</param>
/// <param name="Groups">The patient (or study) of each row.</param>
internal sealed record ValidationReadings(float[][] Truth, float[][] Decisions, double[] Context, IReadOnlyList<string> Groups)
{
    /// <summary>Macro-F1 over the base labels.</summary>
    /// <param name="weights">How often each row counts; empty: once.</param>
    internal double Disease(ReadOnlySpan<int> weights = default) =>
        CascadeScores.MacroF1(Truth, Decisions, Truth.Length == 0 ? 0 : Truth[0].Length, weights);

    /// <summary>The mean F1 of context words over the rows with a disease; null if there are none.</summary>
    /// <param name="weights">How often each row counts; empty: once.</param>
    internal double? OfContext(ReadOnlySpan<int> weights = default) => CascadeScores.MeanOfDefined(Context, weights);

    /// <summary>The score by which iterations are compared.</summary>
    /// <param name="weights">How often each row counts; empty: once.</param>
    internal double Score(ReadOnlySpan<int> weights = default) => CascadeScores.Of(Disease(weights), OfContext(weights));
}
