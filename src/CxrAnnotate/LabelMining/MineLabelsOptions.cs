namespace CxrAnnotate;

/// <summary>How <see cref="MineLabelsEstimator"/> turns annotations into labels and captions.</summary>
public sealed record MineLabelsOptions
{
    /// <value>
    /// Whether a row has one label or any number of findings. With <see cref="LabelTask.MultiLabel"/> the label column is a vector of Single with a
    /// slot for every heading that more than <see cref="MinimumCases"/> rows have, alone or among others: 1 present, 0 absent, NaN unknown. The terms
    /// for "no finding" have no slot: such a row is 0 everywhere. <see cref="SingleTermPatternsOnly"/> and <see cref="UnlabelledPatterns"/> are
    /// ignored then, and the protocol must be strict. The default value is <see cref="LabelTask.SingleLabel"/>.
    /// </value>
    public LabelTask Task { get; init; }

    /// <value>The label column to add: a key with text names, or a vector (see <see cref="Task"/>). The default value is <c>Label</c>.</value>
    public string LabelColumnName { get; init; } = "Label";

    /// <value>The caption column to add: text, tokens joined by one blank. The default value is <c>Caption</c>.</value>
    public string CaptionColumnName { get; init; } = "Caption";

    /// <value>The annotations in the MeSH grammar: text. The default value is <c>Mesh</c>.</value>
    public string MeshColumnName { get; init; } = "Mesh";

    /// <value>The authors' top terms of the annotations: text; read only by <see cref="MiningProtocol.Paper"/>. The default value is
    /// <c>MeshTop</c>.</value>
    public string MeshTopColumnName { get; init; } = "MeshTop";

    /// <value>
    /// The column of uncertain findings: text, joined by <c>|</c>. They are NaN in the vector, unless the annotation has them. Read only with
    /// <see cref="LabelTask.MultiLabel"/>; null for no such column. The default value is null.
    /// </value>
    public string? UncertainColumnName { get; init; }

    /// <value>
    /// The column of findings that are stated to be absent: text, joined by <c>|</c>. If it is given, a finding that a row neither has nor denies is
    /// unknown, unless the row is normal. Without it such a finding is absent. Read only with <see cref="LabelTask.MultiLabel"/>. The default value
    /// is null.
    /// </value>
    public string? AbsentColumnName { get; init; }

    /// <value>The mining protocol. The default value is <see cref="MiningProtocol.Strict"/>.</value>
    public MiningProtocol Protocol { get; init; }

    /// <value>A pattern is a label if it has more rows than this, 0 or more. The default value is 30, as in the paper.</value>
    public int MinimumCases { get; init; } = 30;

    /// <value>The maximum number of labels, of which the most frequent are kept; 0 for no limit. The default value is 0.</value>
    public int MaximumLabels { get; init; }

    /// <value>Whether only patterns of one term can be labels. The default value is false.</value>
    public bool SingleTermPatternsOnly { get; init; }

    /// <value>
    /// The terms that stand for a radiograph without findings, compared without regard to case. A row that has no others is labelled with the first
    /// of these;
    /// beside a finding they are ignored (but not by <see cref="MiningProtocol.Paper"/>). The default value is only <c>normal</c>.
    /// </value>
    public IReadOnlyList<string> NormalTerms { get; init; } = [MeshAnnotation.Normal];

    /// <value>How rows whose pattern is not a label are treated. The default value is <see cref="UnlabelledPatterns.Ignore"/>.</value>
    public UnlabelledPatterns UnlabelledPatterns { get; init; }

    /// <value>Stops Fit. The default value is a token that is never cancelled.</value>
    public CancellationToken Cancellation { get; init; }

    /// <summary>Checks every value.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of its range; the parameter name is the option's.</exception>
    internal void Check()
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(LabelColumnName);
        ArgumentException.ThrowIfNullOrWhiteSpace(CaptionColumnName);
        ArgumentException.ThrowIfNullOrWhiteSpace(MeshColumnName);
        ArgumentException.ThrowIfNullOrWhiteSpace(MeshTopColumnName);
        ArgumentNullException.ThrowIfNull(NormalTerms);
        OptionChecks.Require(LabelColumnName != CaptionColumnName, nameof(CaptionColumnName), CaptionColumnName, "another name than LabelColumnName");
        OptionChecks.Require(Enum.IsDefined(Protocol), nameof(Protocol), Protocol, "one of the protocols");
        OptionChecks.Require(Enum.IsDefined(Task), nameof(Task), Task, "one of the values of the enumeration");
        OptionChecks.Require(
            Task == LabelTask.SingleLabel || Protocol == MiningProtocol.Strict,
            nameof(Protocol),
            Protocol,
            "Strict if Task is MultiLabel: the authors' top terms are patterns of single labels"
        );
        OptionChecks.Require(
            UncertainColumnName is null || UncertainColumnName.Trim().Length > 0,
            nameof(UncertainColumnName),
            UncertainColumnName,
            "null or a column's name"
        );
        OptionChecks.Require(
            AbsentColumnName is null || AbsentColumnName.Trim().Length > 0,
            nameof(AbsentColumnName),
            AbsentColumnName,
            "null or a column's name"
        );
        OptionChecks.Require(MinimumCases >= 0, nameof(MinimumCases), MinimumCases, "0 or more");
        OptionChecks.Require(MaximumLabels >= 0, nameof(MaximumLabels), MaximumLabels, "0 (no limit) or more");
        OptionChecks.Require(
            NormalTerms.All(term => !string.IsNullOrWhiteSpace(term) && !term.Contains('|', StringComparison.Ordinal)),
            nameof(NormalTerms),
            string.Join(", ", NormalTerms),
            "terms that are not blank and have no '|'"
        );
        OptionChecks.Require(
            Enum.IsDefined(UnlabelledPatterns),
            nameof(UnlabelledPatterns),
            UnlabelledPatterns,
            "one of the values of the enumeration"
        );
    }
}
