namespace CxrAnnotate;

/// <summary>
/// Which parts of a radiograph a finding or a word was read from. The map covers the whole image as it was loaded, in cells of equal size.
/// </summary>
/// <param name="Subject">The finding (<c>pneumothorax</c>) or the word of the annotation (<c>left</c>) that the map explains.</param>
/// <param name="Rows">Rows of cells, at least 1.</param>
/// <param name="Columns">Columns of cells, at least 1.</param>
/// <param name="Values">Row-major, Rows * Columns values from 0 to 1: 0 where nothing spoke for the subject, 1 where most did. All are 0 if no part
/// of the image spoke for it.</param>
public sealed record HeatMap(string Subject, int Rows, int Columns, IReadOnlyList<float> Values);
