namespace CxrAnnotate;

/// <summary>Where a model looked when it wrote a word: the weights of the regions of the image, as the network sees it.</summary>
/// <param name="Rows">Rows of the grid of regions, from the top.</param>
/// <param name="Columns">Columns of the grid, from the left of the image.</param>
/// <param name="Weights">The weight of each region, 0 to 1, row by row; they sum to 1.</param>
public sealed record AttentionMap(int Rows, int Columns, IReadOnlyList<double> Weights);

/// <summary>The grid of regions that a decoder attends to.</summary>
/// <param name="Rows">Its rows.</param>
/// <param name="Columns">Its columns.</param>
/// <param name="Height">The part of the image's height that the grid covers, centred, above 0 up to 1; null in older models.</param>
/// <param name="Width">The part of its width; null in older models.</param>
internal sealed record AttentionGrid(int Rows, int Columns, double? Height = null, double? Width = null);
