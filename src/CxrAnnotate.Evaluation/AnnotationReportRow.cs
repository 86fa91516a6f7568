namespace CxrAnnotate;

/// <summary>One figure of an <see cref="AnnotationReport"/>, as a row of a table.</summary>
/// <param name="Section">The cases and the model or baseline: <c>all</c>, <c>abnormal</c>, <c>jsrt: all</c>, <c>all, always normal</c>, ...</param>
/// <param name="Metric">The figure's name, for example <c>BLEU-1</c>.</param>
/// <param name="Value">The figure.</param>
/// <param name="Low">Lower end of its 95 % interval; NaN if there is none.</param>
/// <param name="High">Upper end of its 95 % interval; NaN if there is none.</param>
public sealed record AnnotationReportRow(string Section, string Metric, double Value, double Low, double High);
