using static TorchSharp.torch;

namespace CxrAnnotate;

/// <summary>
/// Where a feature vector holds the features of the image's regions, a grid of rows and columns: channel by channel, and in each channel row by row.
/// The networks of this library that keep regions name theirs in <see cref="CnnArchitecture.Regions"/>.
/// </summary>
/// <param name="Offset">The index of the first of these features, 0 or more.</param>
/// <param name="Channels">Features of a region, at least 1.</param>
/// <param name="Rows">Rows of the grid, at least 1.</param>
/// <param name="Columns">Columns of the grid, at least 1.</param>
public sealed record FeatureRegions(int Offset, int Channels, int Rows, int Columns)
{
    /// <summary>The number of regions.</summary>
    public int Count => Rows * Columns;

    /// <summary>The number of features of all regions.</summary>
    internal int Length => Channels * Count;

    /// <summary>Whether the regions lie within vectors of this length, and every number is in its range.</summary>
    internal bool Fits(int featureSize) =>
        Offset >= 0 && Channels >= 1 && Rows >= 1 && Columns >= 1 && (long)Offset + ((long)Channels * Rows * Columns) <= featureSize;

    /// <summary>The regions [B, regions, channels] of features [B, F].</summary>
    internal Tensor Of(Tensor features) => features.narrow(1, Offset, Length).reshape(-1, Channels, Count).transpose(1, 2);
}
