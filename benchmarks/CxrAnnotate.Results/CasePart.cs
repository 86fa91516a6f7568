namespace CxrAnnotate.Results;

/// <summary>A part of a set's cases.</summary>
/// <param name="Source">The source; null: all sources.</param>
/// <param name="IsAbnormal">Whether normal cases are left out.</param>
internal sealed record CasePart(string? Source = null, bool IsAbnormal = false)
{
    internal EvaluationCases Of(EvaluationCases cases)
    {
        EvaluationCases within = Source is null ? cases : cases.Where(i => cases.Sources![i] == Source);
        return IsAbnormal ? within.Abnormal() : within;
    }
}
