namespace CxrAnnotate;

/// <summary>The figures of a reader of several findings that looks at no pixel: what a model must beat before its figures mean anything.</summary>
/// <param name="Name">What it does: <c>label prior</c> (every finding as probable as in training, detected where that is a half or more, the most
/// frequent annotation), <c>always present</c> (every finding, everywhere).</param>
/// <param name="Figures">Its figures on the same cases.</param>
public sealed record FindingsBaseline(string Name, FindingsFigures Figures);
