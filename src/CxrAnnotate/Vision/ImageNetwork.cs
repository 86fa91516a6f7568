using TorchSharp.Modules;
using static TorchSharp.torch;

namespace CxrAnnotate;

/// <summary>An image network: maps images [B, C, S, S] to embeddings [B, E] and logits [B, K].</summary>
internal abstract class ImageNetwork(NetworkSettings settings)
    : nn.Module<Tensor, (Tensor Embedding, Tensor Logits)>(settings.Architecture.Name)
{
    /// <summary>The network's architecture.</summary>
    internal CnnArchitecture Architecture { get; } = settings.Architecture;

    /// <summary>Length of the embedding, E.</summary>
    internal int EmbeddingSize => Architecture.EmbeddingSize;

    /// <summary>Creates the network with random weights.</summary>
    /// <param name="architecture">The architecture.</param>
    /// <param name="channels">Input channels: 1 or 3.</param>
    /// <param name="classes">Number of labels K.</param>
    /// <param name="batchNorm">Whether to use the optional batch normalisation (ignored by networks that require it).</param>
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
        return architecture.Create(new NetworkSettings(architecture, channels, classes, batchNorm, drop, random));
    }

    /// <summary>Embedding and logits of images.</summary>
    /// <param name="input">Images [B, C, S, S] as <see cref="ImagePreparer"/> prepares them.</param>
    public sealed override (Tensor Embedding, Tensor Logits) forward(Tensor input) =>
        Compute(Architecture.InputScale == 1 ? input : input.Times(Architecture.InputScale));

    /// <summary>Writes the network, in eval mode, to an ONNX graph.</summary>
    /// <param name="layers">Writes torch's own layers.</param>
    /// <param name="input">Images [N, C, S, S], prepared.</param>
    internal (OnnxValue Embedding, OnnxValue Logits) Write(OnnxLayers layers, OnnxValue input)
    {
        OnnxGraph graph = layers.Graph;
        return WriteLayers(
            layers,
            Architecture.InputScale == 1 ? input : graph.Mul(input, graph.Scalar((float)Architecture.InputScale))
        );
    }

    /// <summary>
    /// The last feature maps of images, and how embedding and logits are read from them; for explaining a reading by its maps.
    /// </summary>
    /// <param name="input">Images as <see cref="forward"/> takes them.</param>
    /// <returns>Maps [B, C, h, w]; of no use for explaining if they have another number of dimensions.</returns>
    internal (Tensor[] Maps, Func<Tensor[], (Tensor Embedding, Tensor Logits)> Read) Take(Tensor input) =>
        Split(Architecture.InputScale == 1 ? input : input.Times(Architecture.InputScale));

    /// <summary>Whether the logits are a linear function of the maps, so that these add up to them.</summary>
    internal virtual bool ReadsMapsLinearly => true;

    /// <summary>Embedding and logits of scaled images.</summary>
    protected virtual (Tensor Embedding, Tensor Logits) Compute(Tensor input)
    {
        var (maps, read) = Split(input);
        return read(maps);
    }

    /// <summary>An embedding, and the logits of a head behind it, with dropout between in training.</summary>
    protected static (Tensor Embedding, Tensor Logits) WithHead(Tensor embedding, SeededDropout? drop, Linear head) =>
        (embedding, head.call(drop is null ? embedding : drop.call(embedding)));

    /// <summary>The last feature maps of scaled images, and how embedding and logits are read from them.</summary>
    protected abstract (Tensor[] Maps, Func<Tensor[], (Tensor Embedding, Tensor Logits)> Read) Split(Tensor input);

    /// <summary>Writes the ONNX nodes of <see cref="Compute"/>.</summary>
    protected abstract (OnnxValue Embedding, OnnxValue Logits) WriteLayers(OnnxLayers layers, OnnxValue input);

    /// <summary>The number of trainable parameters.</summary>
    internal long ParameterCount => parameters().Sum(p => p.numel());

    /// <summary>
    /// The fewest values per channel that a batch normalisation receives from one image; frozen layers do not count, since they keep their
    /// statistics. <see cref="long.MaxValue"/> without batch normalisation.
    /// </summary>
    internal long LeastNormalized(int channels, int size, Device device, FrozenLayers? frozen)
    {
        long least = long.MaxValue;
        nn.Module<Tensor, Tensor>[] trained =
        [
            .. modules().Where(norm => norm is BatchNormalization or BatchNorm2d && frozen?.Contains(norm) != true).Cast<nn.Module<Tensor, Tensor>>(),
        ];
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

    /// <summary>Weight [K, E] and bias [K] of the last layer.</summary>
    /// <exception cref="InvalidOperationException">The last layer is not linear in the embedding.</exception>
    internal (Tensor Weight, Tensor Bias) LinearHead()
    {
        var tensors = state_dict();
        return
            Architecture.HeadLayers is [var head]
            && tensors.TryGetValue(head + ".weight", out Tensor? weight)
            && weight.shape is [_, var size]
            && size == EmbeddingSize
            && tensors.TryGetValue(head + ".bias", out Tensor? bias)
            ? (weight, bias)
            : throw new InvalidOperationException(
                ErrorCode.OptionConflict.Message(
                    $"The heads of {Architecture} cannot be fitted to its features: its last layer is not linear. Start a training of all layers "
                        + $"from its weights instead."
                )
            );
    }

    /// <summary>Copies the weights of another network. Tensors of another shape (the head, if the labels differ) keep their own.</summary>
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
