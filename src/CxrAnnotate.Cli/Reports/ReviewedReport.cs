namespace CxrAnnotate.Cli;

/// <summary>A mined report with its annotation, if any.</summary>
/// <param name="Report">The report.</param>
/// <param name="Mined">The mining result.</param>
/// <param name="Truth">The annotation; null if there is none.</param>
/// <param name="Differences">The differences; empty if there is no annotation.</param>
internal sealed record ReviewedReport(
    RadiographRecord Report,
    MinedReport Mined,
    MeshAnnotation? Truth,
    IReadOnlyList<ReportDifference> Differences
)
{
    /// <summary>The findings for filtering: those of the evaluation, and normal.</summary>
    internal static readonly IReadOnlyList<string> Findings = [.. ReportMiningEvaluation.Findings, MeshAnnotation.Normal];

    /// <summary>The mined annotation; null if there is none.</summary>
    internal MeshAnnotation? Read { get; } = Mined.Terms.Count > 0 ? new MeshAnnotation(Mined.Terms) : null;
}
