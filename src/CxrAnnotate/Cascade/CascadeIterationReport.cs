namespace CxrAnnotate;

/// <summary>What one iteration of the cascade came to.</summary>
/// <param name="Iteration">The iteration, from 1.</param>
/// <param name="Labels">The labels that its image network tells apart (base labels in the first, <c>nodule#1</c> and the like later).</param>
/// <param name="Classifier">The image network's training.</param>
/// <param name="Decoder">The decoder's training.</param>
/// <param name="ValidationDisease">Macro-F1 over the base labels on the validation rows; null where there are none.</param>
/// <param name="ValidationContext">
/// Mean over the diseased validation rows of the F1 between the words read and the words written, the label's own words left out; null where there
/// are none.
/// </param>
public sealed record CascadeIterationReport(
    int Iteration,
    IReadOnlyList<string> Labels,
    TrainingHistory? Classifier,
    TrainingHistory? Decoder,
    double? ValidationDisease,
    double? ValidationContext
)
{
    /// <summary>What the iteration is chosen by: the mean of both validation scores.</summary>
    public double? ValidationScore => ValidationDisease is { } disease ? (disease + (ValidationContext ?? disease)) / 2 : null;

    /// <summary>What is wrong with the iterations that a file has; null where they are sound.</summary>
    internal static string? Problem(IReadOnlyList<CascadeIterationReport> iterations)
    {
        for (int i = 0; i < iterations.Count; i++)
        {
            if (iterations[i].Iteration != i + 1)
                return "its iterations are not numbered from 1 on";
            if (!ModelJson.AreNames(iterations[i].Labels))
                return $"the labels of iteration {i + 1} are incomplete";
            if (iterations[i].Classifier?.IsSound() == false || iterations[i].Decoder?.IsSound() == false)
                return $"the history of iteration {i + 1} is incomplete";
        }

        return null;
    }
}
