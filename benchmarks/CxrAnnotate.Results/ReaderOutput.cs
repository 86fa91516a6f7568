namespace CxrAnnotate.Results;

/// <summary>The readings of all cases of a set, in the set's order. A reader has one output or several, for example one for each iteration.</summary>
/// <param name="Name">The row of the tables.</param>
/// <param name="Labels">The labels of <see cref="Reading.Scores"/>; parts of split labels (<c>nodule#1</c>) count as the label.</param>
/// <param name="Words">The words of <see cref="Reading.Words"/>; empty if the reader knows no probabilities of words.</param>
/// <param name="Readings">One for each case.</param>
internal sealed record ReaderOutput(string Name, string[] Labels, string[] Words, Reading[] Readings);
