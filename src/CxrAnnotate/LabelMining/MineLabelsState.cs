namespace CxrAnnotate;

/// <summary>
/// What a fitted label mining knows, to be written beside a model: the labels with their terms and cases, the rule's options, the written forms of
/// the words.
/// </summary>
internal sealed record MineLabelsState
{
    public required MiningProtocol Protocol { get; init; }

    public LabelTask Task { get; init; }

    public string? UncertainColumnName { get; init; }

    public string? AbsentColumnName { get; init; }

    /// <summary>Findings that too few rows have, with their cases; none for single labels.</summary>
    public IReadOnlyDictionary<string, int>? Rare { get; init; }

    public required IReadOnlyList<string> NormalTerms { get; init; }

    public required UnlabelledPatterns UnlabelledPatterns { get; init; }

    public required IReadOnlyList<MinedLabelState> Labels { get; init; }

    /// <summary>From token to written form.</summary>
    public required IReadOnlyDictionary<string, string> Forms { get; init; }

    /// <summary>What is wrong with what a file says; null where it is sound.</summary>
    internal string? Problem() =>
        !Enum.IsDefined(Protocol) || !Enum.IsDefined(Task) || !Enum.IsDefined(UnlabelledPatterns) ? "an option of the label mining is none"
        : NormalTerms.Any(string.IsNullOrEmpty) || !ModelJson.AreTexts(Forms) ? "the words of the label mining are incomplete"
        : Labels.Any(label => label is null)
        || !ModelJson.AreNames([.. Labels.Select(label => label.Name)])
        || Labels.Any(label => label.Cases < 0 || label.Terms.Any(string.IsNullOrEmpty))
            ? "the labels of the label mining are incomplete"
        : Rare is not null && Rare.Values.Any(cases => cases < 0) ? "the rare findings of the label mining are out of range"
        : UncertainColumnName is { Length: 0 } || AbsentColumnName is { Length: 0 } ? "a column of the label mining has no name"
        : null;
}

/// <summary>One label of a <see cref="MineLabelsState"/>.</summary>
internal sealed record MinedLabelState(string Name, IReadOnlyList<string> Terms, int Cases);
