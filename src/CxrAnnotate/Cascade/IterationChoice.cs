namespace CxrAnnotate;

/// <summary>
/// How a cascade chooses the iteration that it reads with. The score is <see cref="CascadeIterationReport.ValidationScore"/>; without validation rows
/// all of them choose the last iteration.
/// </summary>
public enum IterationChoice
{
    /// <summary>
    /// The later iteration, unless an earlier one reads the validation rows better by more than chance: the 95 % interval of the difference, by the
    /// bootstrap over patients, is below 0 (<see cref="CascadeIterationReport.Evidence"/>). On few validation rows the highest score is often the
    /// luckiest one.
    /// </summary>
    Evidence,

    /// <summary>The iteration with the highest score, by however little; ties go to the later one.</summary>
    Best,

    /// <summary>The last iteration, whatever the scores are.</summary>
    Last,
}
