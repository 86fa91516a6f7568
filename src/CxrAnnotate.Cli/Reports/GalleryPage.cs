namespace CxrAnnotate.Cli;

/// <summary>The content of a gallery.</summary>
/// <param name="Title">The page's title.</param>
/// <param name="Lead">An introductory sentence.</param>
/// <param name="Tables">Figures, above the images.</param>
/// <param name="Cases">The images.</param>
/// <param name="Notes">Caveats.</param>
internal sealed record GalleryPage(
    string Title,
    string Lead,
    IReadOnlyList<ResultTable> Tables,
    IReadOnlyList<GalleryCase> Cases,
    IReadOnlyList<string> Notes
);

/// <summary>One image with the annotation read from it beside the true one.</summary>
/// <param name="Name">The name of the image.</param>
/// <param name="Image">The image.</param>
/// <param name="Predicted">The annotation that was read, in the MeSH grammar.</param>
/// <param name="Probability">Its probability, 0 to 1; null if unknown.</param>
/// <param name="True">The true annotation.</param>
/// <param name="Slots">The comparison of their parts: for single-label the slots, the finding first; for multi-label each finding with its
/// context.</param>
internal sealed record GalleryCase(
    string Name,
    GalleryImage Image,
    string Predicted,
    double? Probability,
    string True,
    IReadOnlyList<SlotComparison> Slots
)
{
    /// <summary>Whether the parts are the findings of a multi-label image, each with its context.</summary>
    internal bool IsMultiLabel { get; init; }

    internal CaseVerdict Verdict =>
        Slots.All(slot => slot.Verdict is SlotVerdict.Right or SlotVerdict.Absent) ? CaseVerdict.Right
        : IsMultiLabel
            ? Slots.Any(slot => slot.Verdict is SlotVerdict.Right or SlotVerdict.Wrong) ? CaseVerdict.Partly
                : CaseVerdict.Wrong
        : Slots[0].Verdict is SlotVerdict.Right ? CaseVerdict.Partly
        : CaseVerdict.Wrong;

    /// <summary>The true finding, for multi-label the first; empty if there is none.</summary>
    internal string Finding => (IsMultiLabel ? Slots.FirstOrDefault(slot => slot.True is not null)?.Slot : Slots[0].True) ?? "";

    /// <summary>Whether the true annotation is normal.</summary>
    internal bool IsNormal => string.Equals(True.Trim(), MeshAnnotation.Normal, StringComparison.OrdinalIgnoreCase);
}

/// <summary>How much of an annotation was read correctly.</summary>
internal enum CaseVerdict
{
    /// <summary>All of it.</summary>
    Right,

    /// <summary>The finding, but not all of its context; for multi-label at least one finding.</summary>
    Partly,

    /// <summary>Not even the finding; for multi-label no finding.</summary>
    Wrong,
}

/// <summary>How one part of an annotation compares with the truth.</summary>
internal enum SlotVerdict
{
    /// <summary>Neither annotation has it.</summary>
    Absent,

    /// <summary>Both say the same.</summary>
    Right,

    /// <summary>They differ.</summary>
    Wrong,

    /// <summary>Only the truth has it.</summary>
    Missed,

    /// <summary>Only the annotation that was read has it.</summary>
    Extra,
}

/// <summary>One part of the annotation that was read (finding, location, side, severity) and of the true one.</summary>
/// <param name="Slot">Which part.</param>
/// <param name="Predicted">The value that was read; null or empty if none.</param>
/// <param name="True">The true value; null or empty if none.</param>
internal sealed record SlotComparison(string Slot, string? Predicted, string? True)
{
    internal SlotVerdict Verdict =>
        (string.IsNullOrWhiteSpace(Predicted), string.IsNullOrWhiteSpace(True)) switch
        {
            (true, true) => SlotVerdict.Absent,
            (true, false) => SlotVerdict.Missed,
            (false, true) => SlotVerdict.Extra,
            _ => string.Equals(Predicted!.Trim(), True!.Trim(), StringComparison.OrdinalIgnoreCase) ? SlotVerdict.Right : SlotVerdict.Wrong,
        };
}
