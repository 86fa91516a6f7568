namespace CxrAnnotate.Results;

/// <summary>A column of a table: a figure over a part of the cases.</summary>
/// <param name="Title">What it is.</param>
/// <param name="Part">The cases.</param>
/// <param name="Figure">The figure.</param>
/// <param name="Count">How many cases the figure rests on, in words.</param>
internal sealed record FigureColumn(string Title, CasePart Part, Func<AnnotationFigures, Estimate> Figure, Func<AnnotationFigures, string> Count);
