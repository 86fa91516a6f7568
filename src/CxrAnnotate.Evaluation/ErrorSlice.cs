namespace CxrAnnotate;

/// <summary>Cases of one label that look alike and are read wrong more often than the label's other cases.</summary>
/// <param name="Label">The true label.</param>
/// <param name="Cases">The indices of the cases, in ascending order.</param>
/// <param name="Errors">How many of them are read wrong.</param>
/// <param name="ErrorRate">Their share, from 0 to 1, with its 95 % interval (Wilson, 1927).</param>
/// <param name="OtherErrorRate">The share of wrong ones among the label's other cases.</param>
/// <param name="Significance">The smallest rate of false discoveries at which the slice is listed.</param>
/// <param name="Medoid">The index of the case that is most like the others: the one nearest to their mean.</param>
public sealed record ErrorSlice(
    string Label,
    IReadOnlyList<int> Cases,
    int Errors,
    Estimate ErrorRate,
    double OtherErrorRate,
    double Significance,
    int Medoid
)
{
    /// <summary>
    /// The words that its cases have more often than all cases, the most typical first; empty if captions were not given
    /// (<c>FindErrorSlices</c> of the catalog gives them).
    /// </summary>
    public IReadOnlyList<TypicalWord> Words { get; init; } = [];
}
