namespace CxrAnnotate;

/// <summary>What <see cref="ReportMiner"/> read from one report.</summary>
public sealed class MinedReport
{
    /// <summary>Every mention of a finding, in the order of the text; those of the findings section first.</summary>
    public required IReadOnlyList<FindingMention> Mentions { get; init; }

    /// <summary>
    /// The terms of the annotation, at most 256: only <c>normal</c> if the report has no finding and says that the chest or the lungs are normal, or
    /// denies two findings, and speaks of nothing else that is abnormal; empty if it is not known whether there is a finding.
    /// </summary>
    public required IReadOnlyList<MeshTerm> Terms { get; init; }

    /// <summary>
    /// What the whole report says of each finding, in the order of <see cref="ReportRules.FindingNames"/>; null where it does not speak of it.
    /// </summary>
    public required IReadOnlyList<FindingState?> States { get; init; }

    /// <summary>The annotation in the MeSH grammar, or an empty text.</summary>
    public string Annotation => string.Join('|', Terms);
}
