namespace CxrAnnotate;

/// <summary>What differs between a mined annotation and that of a person.</summary>
/// <param name="Finding">The finding: one of <see cref="ReportMiningEvaluation.Findings"/>, or normal.</param>
/// <param name="Kind">How it differs.</param>
public readonly record struct ReportDifference(string Finding, ReportDisagreement Kind);
