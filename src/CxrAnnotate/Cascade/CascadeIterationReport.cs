namespace CxrAnnotate;

/// <summary>The result of one iteration of the cascade.</summary>
/// <param name="Iteration">The iteration, from 1.</param>
/// <param name="Labels">The labels of its image network (base labels in the first iteration, later parts such as <c>nodule#1</c>).</param>
/// <param name="Classifier">The image network's training.</param>
/// <param name="Decoder">The decoder's training.</param>
/// <param name="ValidationDisease">Macro-F1 over the base labels on the validation rows; null if there are none.</param>
/// <param name="ValidationContext">
/// Mean F1 between the decoded and the true words over the diseased validation rows, without the label's own words; null if there are none.
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
    /// <summary>The mean of both validation scores, by which the iteration is chosen.</summary>
    public double? ValidationScore => ValidationDisease is { } disease ? CascadeScores.Of(disease, ValidationContext) : null;

    /// <value>How sure it is that the iteration is better than the earlier one that would be kept without it; null in the first iteration, without
    /// validation rows, and in cascades saved by earlier versions.</value>
    public IterationEvidence? Evidence { get; init; }

    /// <summary>The problem with a file's iterations; null if they are valid.</summary>
    internal static string? Problem(IReadOnlyList<CascadeIterationReport> iterations)
    {
        for (int i = 0; i < iterations.Count; i++)
        {
            if (iterations[i].Iteration != i + 1)
                return "its iterations are not numbered from 1";
            if (!ModelJson.AreNames(iterations[i].Labels))
                return $"the labels of iteration {i + 1} are incomplete";
            if (iterations[i].Classifier?.IsSound() == false || iterations[i].Decoder?.IsSound() == false)
                return $"the history of iteration {i + 1} is incomplete";
            if (iterations[i].Evidence is { } evidence && (evidence.Against < 1 || evidence.Against > i))
                return $"iteration {i + 1} is compared with a later one";
        }

        return null;
    }
}
