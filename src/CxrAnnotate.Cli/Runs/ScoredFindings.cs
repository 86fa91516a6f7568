namespace CxrAnnotate.Cli;

/// <summary>
/// What a multi-label cascade read from one image, with the truth. A row of a view for <see cref="ChestXrayCatalog.EvaluateFindings"/>.
/// </summary>
internal sealed class ScoredFindings
{
    public float[] Label { get; set; } = [];

    public float[] PredictedLabels { get; set; } = [];

    public float[] Score { get; set; } = [];

    public string Caption { get; set; } = "";

    public string AnnotationTokens { get; set; } = "";

    public string StudyId { get; set; } = "";

    public string PatientId { get; set; } = "";

    internal static ScoredFindings Of(ScoredRow row) =>
        new()
        {
            Label = row.TrueFindings!,
            PredictedLabels = row.DetectedFindings!,
            Score = row.Score,
            Caption = row.Caption,
            AnnotationTokens = row.AnnotationTokens,
            StudyId = row.StudyId,
            PatientId = row.PatientId,
        };
}
