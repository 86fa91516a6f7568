namespace CxrAnnotate.Cli;

/// <summary>How a mined finding differs from the annotation of a person.</summary>
internal enum Disagreement
{
    /// <summary>The annotation has it; it was not found.</summary>
    Missed,

    /// <summary>It was found; the annotation does not have it.</summary>
    Extra,

    /// <summary>Both have it, at different places.</summary>
    Place,

    /// <summary>Both have it, on different sides.</summary>
    Side,
}

/// <summary>A report as mined, beside its annotation where there is one.</summary>
/// <param name="Report">The report.</param>
/// <param name="Mined">What was read from it.</param>
/// <param name="Truth">The annotation; null if there is none.</param>
/// <param name="Differences">By finding (its index in the evaluation's list), what differs.</param>
internal sealed record ReviewedReport(
    RadiographRecord Report,
    MinedReport Mined,
    MeshAnnotation? Truth,
    IReadOnlyList<(int Finding, Disagreement Kind)> Differences
)
{
    /// <summary>The findings by which reports are distinguished: those of the evaluation, and normal.</summary>
    internal static readonly IReadOnlyList<string> Findings = [.. ReportMiningEvaluation.Findings, MeshAnnotation.Normal];

    internal static ReviewedReport Of(RadiographRecord report, MinedReport mined, MeshAnnotation? truth)
    {
        List<(int, Disagreement)> differences = [];
        MeshAnnotation? annotation = mined.Terms.Count > 0 ? new MeshAnnotation(mined.Terms) : null;
        for (int i = 0; truth is not null && i < Findings.Count; i++)
        {
            MeshTerm[] isTrue = ReportMiningEvaluation.Of(truth, Findings[i]),
                isMined = annotation is null ? [] : ReportMiningEvaluation.Of(annotation, Findings[i]);
            if (isTrue.Length > 0 != isMined.Length > 0)
                differences.Add((i, isTrue.Length > 0 ? Disagreement.Missed : Disagreement.Extra));
            else if (isTrue.Length > 0)
            {
                if (!ReportMiningEvaluation.PlacesOf(isTrue).SetEquals(ReportMiningEvaluation.PlacesOf(isMined)))
                    differences.Add((i, Disagreement.Place));
                if (!ReportMiningEvaluation.SidesOf(isTrue).SetEquals(ReportMiningEvaluation.SidesOf(isMined)))
                    differences.Add((i, Disagreement.Side));
            }
        }
        return new ReviewedReport(report, mined, truth, differences);
    }
}
