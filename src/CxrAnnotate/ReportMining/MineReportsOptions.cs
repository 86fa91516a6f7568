namespace CxrAnnotate;

/// <summary>Options of <see cref="MineReportsEstimator"/>.</summary>
public sealed record MineReportsOptions
{
    /// <value>The annotation column to add: text in the MeSH grammar, as <see cref="MineLabelsEstimator"/> reads it. The default value is
    /// "MinedMesh".</value>
    public string OutputColumnName { get; init; } = "MinedMesh";

    /// <value>The column of absent findings to add: text, names of findings joined by '|'. The default value is "AbsentFindings".</value>
    public string AbsentColumnName { get; init; } = "AbsentFindings";

    /// <value>The column of uncertain findings to add: text, names of findings joined by '|'. The default value is "UncertainFindings".</value>
    public string UncertainColumnName { get; init; } = "UncertainFindings";

    /// <value>
    /// The column of states to add: a vector of Single with one named slot for each finding of the rules; 1 present, 0 absent, -1 uncertain, NaN if
    /// the report does not mention it. The default value is "FindingStates".
    /// </value>
    public string StatesColumnName { get; init; } = "FindingStates";

    /// <value>
    /// The column of CheXpert's labels to add: a vector of Single with 14 slots, named as <see cref="CheXpertLabeling.Names"/>; 1 present, 0 absent,
    /// -1 uncertain, NaN if the report does not mention it. They are those of the annotation and the absent and uncertain findings beside it, after
    /// <see cref="Uncertainty"/>. Null adds no column. The default value is null.
    /// </value>
    public string? CheXpertColumnName { get; init; }

    /// <value>The text column of the findings section; not read if <see cref="Sections"/> excludes it. The default value is "Findings".</value>
    public string FindingsColumnName { get; init; } = "Findings";

    /// <value>The text column of the impression section; not read if <see cref="Sections"/> excludes it. The default value is "Impression".</value>
    public string ImpressionColumnName { get; init; } = "Impression";

    /// <value>The sections that are read. The default value is both.</value>
    public ReportSections Sections { get; init; } = ReportSections.FindingsAndImpression;

    /// <value>Which section decides if they disagree. The default value is <see cref="SectionConflict.Mentioned"/>.</value>
    public SectionConflict Conflict { get; init; } = SectionConflict.Mentioned;

    /// <value>How uncertain findings are treated. The default value is <see cref="UncertaintyPolicy.Ignore"/>.</value>
    public UncertaintyPolicy Uncertainty { get; init; } = UncertaintyPolicy.Ignore;

    /// <value>A rules file that replaces the library's rules; null uses the library's. The default value is null.</value>
    public string? RulesFile { get; init; }

    /// <value>Rules files that extend these, in this order. The default value is none.</value>
    public IReadOnlyList<string> AdditionalRulesFiles { get; init; } = [];

    /// <exception cref="ArgumentException">A column or file name is empty, or a column is named twice.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of its range; the parameter name is the option's.</exception>
    internal void Check()
    {
        ArgumentException.ThrowIfNullOrEmpty(OutputColumnName);
        ArgumentException.ThrowIfNullOrEmpty(AbsentColumnName);
        ArgumentException.ThrowIfNullOrEmpty(UncertainColumnName);
        ArgumentException.ThrowIfNullOrEmpty(StatesColumnName);
        if (CheXpertColumnName is not null)
            ArgumentException.ThrowIfNullOrEmpty(CheXpertColumnName);
        ArgumentException.ThrowIfNullOrEmpty(FindingsColumnName);
        ArgumentException.ThrowIfNullOrEmpty(ImpressionColumnName);
        string[] added =
        [
            .. new[] { OutputColumnName, AbsentColumnName, UncertainColumnName, StatesColumnName, CheXpertColumnName }.OfType<string>(),
        ];
        if (added.Distinct(StringComparer.Ordinal).Count() < added.Length)
            throw new ArgumentException(
                ErrorCode.OutputColumnsNotDistinct.Message("The columns to add must have different names."),
                nameof(OutputColumnName)
            );
        OptionChecks.Require(
            Sections != ReportSections.None && (Sections & ~ReportSections.FindingsAndImpression) == 0,
            nameof(Sections),
            Sections,
            "Findings, Impression or both"
        );
        OptionChecks.Require(Enum.IsDefined(Conflict), nameof(Conflict), Conflict, "Mentioned, ImpressionWins or FindingsWins");
        OptionChecks.Require(Enum.IsDefined(Uncertainty), nameof(Uncertainty), Uncertainty, "Ignore, Positive, Negative or SeparateClass");
        ArgumentNullException.ThrowIfNull(AdditionalRulesFiles);
        foreach (string file in RulesFile is null ? AdditionalRulesFiles : [RulesFile, .. AdditionalRulesFiles])
            ArgumentException.ThrowIfNullOrEmpty(file, nameof(AdditionalRulesFiles));
    }

    internal ReportRules ReadRules() => ReportRules.Read(RulesFile, AdditionalRulesFiles);

    internal ReportMiner CreateMiner(ReportRules rules) => new(rules, Sections, Conflict, Uncertainty);
}
