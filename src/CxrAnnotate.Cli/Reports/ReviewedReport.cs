namespace CxrAnnotate.Cli;

/// <summary>A report as mined, beside its annotation where there is one.</summary>
/// <param name="Report">The report.</param>
/// <param name="Mined">What was read from it.</param>
/// <param name="Truth">The annotation; null if there is none.</param>
/// <param name="Differences">What differs; empty where there is no annotation.</param>
internal sealed record ReviewedReport(
    RadiographRecord Report,
    MinedReport Mined,
    MeshAnnotation? Truth,
    IReadOnlyList<ReportDifference> Differences
)
{
    /// <summary>The findings by which reports are distinguished: those of the evaluation, and normal.</summary>
    internal static readonly IReadOnlyList<string> Findings = [.. ReportMiningEvaluation.Findings, MeshAnnotation.Normal];

    /// <summary>What was read as an annotation; null where that is nothing.</summary>
    internal MeshAnnotation? Read { get; } = Mined.Terms.Count > 0 ? new MeshAnnotation(Mined.Terms) : null;
}
