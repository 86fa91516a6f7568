namespace CxrAnnotate.Results;

/// <summary>
/// A radiograph of a set: what is true of it, and the fold in which it is read. Files of readings hold it, so that tables need no data.
/// </summary>
/// <param name="Image">The image file, relative to the folder of the table.</param>
/// <param name="Patient">The patient; folds and intervals keep the images of one together.</param>
/// <param name="Source">The source; empty: unknown.</param>
/// <param name="View">The projection; empty: unknown.</param>
/// <param name="Label">The mined label; null if its pattern is too rare to be one. Such a case counts in the annotation figures only.</param>
/// <param name="Caption">The tokens of the true annotation.</param>
/// <param name="Fold">The fold (from 1) whose models read it.</param>
internal sealed record FoldedCase(string Image, string Patient, string Source, string View, string? Label, string Caption, int Fold);
