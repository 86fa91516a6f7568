using static TorchSharp.torch;

namespace CxrAnnotate;

/// <summary>
/// Means of feature maps over a grid of regions, channel by channel, and in a channel row by row: torch's adaptive average pooling, flattened. They
/// keep the side and the height of a finding, which a global mean does not.
/// </summary>
/// <param name="Rows">Rows of the grid.</param>
/// <param name="Columns">Columns of the grid.</param>
internal readonly record struct RegionMeans(int Rows, int Columns)
{
    /// <summary>The means of maps [B, C, h, w]: [B, C * Rows * Columns].</summary>
    internal Tensor Of(Tensor maps) => nn.functional.adaptive_avg_pool2d(maps, [Rows, Columns]).flatten(1);

    /// <summary>Writes the ONNX nodes of <see cref="Of"/>.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="maps">The maps, [N, C, side, side].</param>
    /// <param name="side">Height and width of the maps.</param>
    /// <param name="channels">The number of maps, C.</param>
    internal OnnxValue Write(OnnxGraph graph, OnnxValue maps, int side, int channels)
    {
        var regions = new List<OnnxValue>();
        for (int row = 0; row < Rows; row++)
        {
            for (int column = 0; column < Columns; column++)
            {
                // The same windows as adaptive average pooling.
                OnnxValue region = graph.Slice(maps, (2, Start(row, Rows), End(row, Rows)), (3, Start(column, Columns), End(column, Columns)));
                regions.Add(graph.Unsqueeze(graph.Mean(region, keep: false, 2, 3), 2));
            }
        }

        return graph.Reshape(graph.Concat(2, [.. regions]), 0, (long)channels * Rows * Columns);

        long Start(int index, int count) => (long)index * side / count;

        long End(int index, int count) => (((index + 1L) * side) + count - 1) / count;
    }
}
