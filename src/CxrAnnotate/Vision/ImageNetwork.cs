using TorchSharp;
using static TorchSharp.torch;

namespace CxrAnnotate;

/// <summary>An image network: images [B, C, H, W] to an embedding [B, 1024] and logits [B, K].</summary>
internal abstract class ImageNetwork(string name) : nn.Module<Tensor, (Tensor Embedding, Tensor Logits)>(name)
{
    /// <summary>Length of the embedding.</summary>
    internal const int EmbeddingSize = 1024;

    /// <summary>Makes the network with freshly drawn weights.</summary>
    /// <param name="architecture">Which network.</param>
    /// <param name="channels">Input channels: 1 or 3.</param>
    /// <param name="classes">Number of labels K.</param>
    /// <param name="batchNorm">Whether the optional batch normalisation is there (ignored by the residual networks, which cannot do without).</param>
    /// <param name="dropout">Dropout probability: between NIN's blocks, before the linear layer of the others.</param>
    /// <param name="seed">Seed of the weights and of the dropout masks.</param>
    internal static ImageNetwork Create(
        CnnArchitecture architecture,
        int channels,
        int classes,
        bool batchNorm = true,
        double dropout = 0,
        int seed = 0
    )
    {
        NativeRuntime.EnsureLoaded();
        using var random = new Generator(unchecked((uint)seed));
        var drop = dropout > 0 ? new SeededDropout(dropout, Seeds.Mix(seed, 1)) : null;
        return architecture switch
        {
            CnnArchitecture.ResNet18Slim => new ResidualNetwork(channels, classes, width: 32, drop, random),
            CnnArchitecture.ResNet18 => new ResidualNetwork(channels, classes, width: 64, drop, random),
            CnnArchitecture.NetworkInNetwork => new NetworkInNetwork(channels, classes, batchNorm, drop, random),
            CnnArchitecture.GoogLeNet => new GoogLeNet(channels, classes, batchNorm, drop, random),
            _ => throw new ArgumentOutOfRangeException(
                nameof(architecture),
                architecture,
                ErrorCode.OptionOutOfRange.Message("Unknown architecture.")
            ),
        };
    }

    /// <summary>Writes the network, as it computes in eval mode, into an ONNX graph.</summary>
    /// <param name="layers">Where torch's own layers are written by.</param>
    /// <param name="input">Images [N, C, S, S].</param>
    /// <param name="size">Height and width S of the images.</param>
    internal abstract (OnnxValue Embedding, OnnxValue Logits) Write(OnnxLayers layers, OnnxValue input, int size);

    /// <summary>The smallest square image that the network's reductions leave anything of.</summary>
    internal static int MinimumSize(CnnArchitecture architecture) =>
        architecture switch
        {
            CnnArchitecture.NetworkInNetwork => 64,
            CnnArchitecture.GoogLeNet => 32,
            _ => 32,
        };

    /// <summary>Whether a tensor belongs to the layers after the embedding, which are of the labels.</summary>
    internal static bool IsHead(string name) =>
        name.StartsWith("head.", StringComparison.Ordinal) || name.StartsWith("head_norm.", StringComparison.Ordinal);

    /// <summary>The number of trainable parameters.</summary>
    internal long ParameterCount => parameters().Sum(p => p.numel());

    /// <summary>
    /// The fewest values per channel that a batch normalisation gets of one image; those of frozen layers do not count, since they keep their
    /// statistics. Large where there is none.
    /// </summary>
    internal long LeastNormalized(int channels, int size, Device device, FrozenLayers? frozen)
    {
        long least = long.MaxValue;
        BatchNormalization[] trained = [.. modules().OfType<BatchNormalization>().Where(norm => frozen?.Contains(norm) != true)];
        Action[] unhook =
        [
            .. trained.Select(norm =>
                (Action)
                    norm.register_forward_pre_hook(
                        (_, x) =>
                        {
                            least = Math.Min(least, x.numel() / (x.shape[0] * x.shape[1]));
                            return x;
                        }
                    ).remove
            ),
        ];
        using var gradients = no_grad();
        using var scope = NewDisposeScope();
        eval();
        call(zeros(1, channels, size, size).to(device));
        foreach (Action remove in unhook)
            remove();
        return least;
    }

    /// <summary>
    /// Starts this network from another one's weights. What does not fit (the head, where the labels differ) keeps its own.
    /// </summary>
    internal void CopyFrom(ImageNetwork other)
    {
        using var _ = no_grad();
        using var __ = NewDisposeScope();
        var source = other.state_dict();
        foreach (var (key, tensor) in state_dict())
        {
            if (source.TryGetValue(key, out Tensor? weights) && weights.shape.AsSpan().SequenceEqual(tensor.shape))
                tensor.copy_(weights);
        }
    }
}
