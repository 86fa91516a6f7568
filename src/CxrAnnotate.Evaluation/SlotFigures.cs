namespace CxrAnnotate;

/// <summary>How well one slot of the annotation is filled.</summary>
public sealed record SlotFigures
{
    /// <summary>
    /// <c>finding</c>, <c>location</c>, <c>zone</c> (the part of the location that tells the height within the lungs), <c>side</c> or <c>severity</c>
    /// (sizes included).
    /// </summary>
    public required string Slot { get; init; }

    /// <summary>The number of cases whose true annotation fills the slot.</summary>
    public required int Cases { get; init; }

    /// <summary>Over those cases: the share whose emitted annotation fills the slot with the same set of words.</summary>
    public required Estimate Accuracy { get; init; }

    /// <summary>
    /// How well the word probabilities rank the slot's values, each value's probability taken relative to those it competes with, so that a guess of
    /// the disease earns nothing.
    /// Side: right versus left, over truths that name exactly one of the two. Zone and severity: mean over words of one versus the rest, over truths
    /// that fill the slot.
    /// NaN for the other slots, without word probabilities, and where only one value occurs.
    /// </summary>
    public required Estimate Auroc { get; init; }

    /// <summary>The number of cases that <see cref="Auroc"/> ranks.</summary>
    public required int RankedCases { get; init; }
}
