namespace CxrAnnotate;

/// <summary>What a fitted label mining knows, to be written beside a model: the labels with their terms and cases, the rule's options, the written forms of the words.</summary>
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
}

/// <summary>One label of a <see cref="MineLabelsState"/>.</summary>
internal sealed record MinedLabelState(string Name, IReadOnlyList<string> Terms, int Cases);
