namespace CxrAnnotate;

/// <summary>How well one slot of the annotation is filled.</summary>
public sealed record SlotFigures
{
    /// <summary>
    /// <c>finding</c>, <c>location</c>, <c>zone</c> (the part of the location that gives the height within the lungs), <c>side</c> or <c>severity</c>
    /// (sizes included).
    /// </summary>
    public required string Slot { get; init; }

    /// <summary>The number of cases whose true annotation fills the slot.</summary>
    public required int Cases { get; init; }

    /// <summary>The share of those cases whose emitted annotation has the same set of words in the slot.</summary>
    public required Estimate Accuracy { get; init; }

    /// <summary>
    /// How well the word probabilities rank the slot's values. Each probability is relative to those of the competing values, so that merely guessing
    /// the disease earns no credit.
    /// Side: right versus left, over true annotations that name exactly one of the two. Zone and severity: one versus the rest, mean over the words,
    /// over true annotations that fill the slot.
    /// NaN for the other slots, without word probabilities, and where only one value occurs.
    /// </summary>
    public required Estimate Auroc { get; init; }

    /// <summary>The number of cases that <see cref="Auroc"/> ranks.</summary>
    public required int RankedCases { get; init; }
}
