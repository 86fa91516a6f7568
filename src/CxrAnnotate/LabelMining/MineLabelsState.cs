namespace CxrAnnotate;

/// <summary>
/// The state of a fitted label mining, which is saved beside a model: the labels with their terms and cases, the rule's options, the written forms of
/// the words.
/// </summary>
internal sealed record MineLabelsState
{
    public required MiningProtocol Protocol { get; init; }

    public LabelTask Task { get; init; }

    /// <summary>The columns; null (the default names) in states from before they were saved.</summary>
    public string? LabelColumnName { get; init; }

    public string? CaptionColumnName { get; init; }

    public string? MeshColumnName { get; init; }

    public string? MeshTopColumnName { get; init; }

    public string? UncertainColumnName { get; init; }

    public string? AbsentColumnName { get; init; }

    /// <summary>Findings that too few rows have, with their cases; none for single labels.</summary>
    public IReadOnlyDictionary<string, int>? Rare { get; init; }

    public required IReadOnlyList<string> NormalTerms { get; init; }

    public required UnlabelledPatterns UnlabelledPatterns { get; init; }

    public required IReadOnlyList<MinedLabelState> Labels { get; init; }

    /// <summary>The written form of each token.</summary>
    public required IReadOnlyDictionary<string, string> Forms { get; init; }

    private string?[] Columns =>
        [LabelColumnName, CaptionColumnName, MeshColumnName, MeshTopColumnName, UncertainColumnName, AbsentColumnName];

    /// <summary>What is wrong with a state read from a file; null if it is valid.</summary>
    internal string? Problem() =>
        !Enum.IsDefined(Protocol) || !Enum.IsDefined(Task) || !Enum.IsDefined(UnlabelledPatterns) ? "an option of the label mining is invalid"
        : NormalTerms.Any(string.IsNullOrEmpty) || !ModelJson.AreTexts(Forms) ? "the words of the label mining are incomplete"
        : Labels.Any(label => label is null)
        || !ModelJson.AreNames([.. Labels.Select(label => label.Name)])
        || Labels.Any(label => label.Cases < 0 || label.Terms.Any(string.IsNullOrEmpty))
            ? "the labels of the label mining are incomplete"
        : Rare is not null && Rare.Values.Any(cases => cases < 0) ? "the rare findings of the label mining are out of range"
        : Columns.Any(name => name is not null && string.IsNullOrWhiteSpace(name)) ? "a column of the label mining has no name"
        : LabelColumnName is { } label && label == CaptionColumnName ? "the label mining has one column for label and caption"
        : null;
}

/// <summary>One label of a <see cref="MineLabelsState"/>.</summary>
internal sealed record MinedLabelState(string Name, IReadOnlyList<string> Terms, int Cases);
