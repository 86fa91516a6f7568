using System.Globalization;
using System.Text.RegularExpressions;

namespace CxrAnnotate;

/// <summary>
/// What the tensors of a file say about the network that they belong to: its kind, its blocks and its input channels. Known are residual networks and
/// DenseNets with torchvision's names.
/// </summary>
internal static partial class WeightLayout
{
    /// <summary>The layout of a residual network.</summary>
    internal static string Residual(bool bottleneck, IEnumerable<int> blocks, long channels) =>
        $"a residual network with {(bottleneck ? "bottleneck" : "basic")} blocks {Listed(blocks)} and {Channels(channels)}";

    /// <summary>The layout of a DenseNet.</summary>
    internal static string Dense(IEnumerable<int> blocks, long channels) => $"a DenseNet with blocks {Listed(blocks)} and {Channels(channels)}";

    /// <summary>The layout that tensors have, by their names and shapes; null if it is neither of these.</summary>
    internal static string? Of(IReadOnlyDictionary<string, long[]> tensors) =>
        tensors.TryGetValue("conv1.weight", out long[]? stem) && stem is [64, var channels, 7, 7] ? OfResidual(tensors, channels)
        : tensors.TryGetValue("features.conv0.weight", out stem) && stem is [64, var greys, 7, 7] ? OfDense(tensors, greys)
        : null;

    private static string? OfResidual(IReadOnlyDictionary<string, long[]> tensors, long channels)
    {
        int[] blocks = Count(tensors.Keys, ResidualBlock(), stages: 4);
        bool bottleneck = tensors.ContainsKey("layer1.0.conv3.weight");
        for (int stage = 0; stage < blocks.Length; stage++)
        {
            // Wide and grouped networks have the same names, but other shapes.
            long width = 64 << stage;
            for (int block = 0; block < blocks[stage]; block++)
            {
                string name = string.Create(CultureInfo.InvariantCulture, $"layer{stage + 1}.{block}.");
                if (!Has(name + "conv2.weight", width, width, 3, 3) || (bottleneck && !Has(name + "conv3.weight", 4 * width, width, 1, 1)))
                    return null;
            }

            string shortcut = string.Create(CultureInfo.InvariantCulture, $"layer{stage + 1}.0.downsample.0.weight");
            if (stage > 0 && !Has(shortcut, Wide(width), Wide(width) / 2, 1, 1))
                return null;
        }

        return blocks.Contains(0) ? null : Residual(bottleneck, blocks, channels);

        long Wide(long width) => bottleneck ? 4 * width : width;

        bool Has(string name, params ReadOnlySpan<long> shape) => tensors.TryGetValue(name, out long[]? own) && shape.SequenceEqual(own);
    }

    private static string? OfDense(IReadOnlyDictionary<string, long[]> tensors, long channels)
    {
        int[] blocks = Count(tensors.Keys, DenseLayer(), stages: 4);
        return blocks.Contains(0) ? null : Dense(blocks, channels);
    }

    /// <summary>How many blocks the stages have: one more than the highest index, and none where one is missing.</summary>
    private static int[] Count(IEnumerable<string> names, Regex pattern, int stages)
    {
        var found = new HashSet<int>[stages];
        for (int i = 0; i < stages; i++)
            found[i] = [];
        foreach (string name in names)
        {
            Match match = pattern.Match(name);
            if (match.Success)
                found[match.Groups[1].ValueSpan[0] - '1'].Add(int.Parse(match.Groups[2].ValueSpan, CultureInfo.InvariantCulture));
        }

        return [.. found.Select(indices => indices.Count > 0 && indices.Max() - indices.Min() == indices.Count - 1 ? indices.Count : 0)];
    }

    private static string Listed(IEnumerable<int> blocks) => string.Join(", ", blocks);

    private static string Channels(long channels) =>
        channels == 1 ? "1 channel" : string.Create(CultureInfo.InvariantCulture, $"{channels} channels");

    [GeneratedRegex(@"^layer([1-4])\.([0-9]{1,3})\.conv1\.weight$", RegexOptions.CultureInvariant)]
    private static partial Regex ResidualBlock();

    [GeneratedRegex(@"^features\.denseblock([1-4])\.denselayer([0-9]{1,3})\.conv1\.weight$", RegexOptions.CultureInvariant)]
    private static partial Regex DenseLayer();
}
