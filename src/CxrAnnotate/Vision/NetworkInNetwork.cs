using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace CxrAnnotate;

/// <summary>
/// Network in Network as the paper trains it: blocks of an 11x11, 5x5, 3x3, 3x3 convolution, each followed by 1x1 convolutions, with 3x3 stride 2
/// ceiling max pooling between them, and a head 1x1 convolution to K, batch normalisation, ReLU, global average pooling. The embedding is the last
/// 1024-channel convolution before its normalisation and ReLU, averaged over the image. Every convolution but the head is followed by [batch
/// normalisation and] ReLU; the variant without batch normalisation has no ReLU before the head, and keeps the head's normalisation. Weights are
/// drawn from N(0, 0.05²), biases are 0; the head keeps torch's default.
/// </summary>
internal sealed class NetworkInNetwork : ImageNetwork
{
    private readonly ModuleList<Module<Tensor, Tensor>> blocks = [];
    private readonly BatchNormalization? last_norm;
    private readonly SeededDropout? drop;
    private readonly Conv2d head;
    private readonly BatchNormalization head_norm;

    internal static CnnArchitecture Describe() =>
        new(nameof(NetworkInNetwork), settings => new NetworkInNetwork(settings))
        {
            ShortName = "nin",
            MinimumSize = 64,
            EmbeddingSize = 1024,
            Layers = ["blocks.0", "blocks.1", "blocks.2", "blocks.3"],
            HeadLayers = ["head", "head_norm"],
        };

    private NetworkInNetwork(NetworkSettings settings)
        : base(settings)
    {
        bool batchNorm = settings.BatchNormalization;
        blocks.Add(Block(batchNorm, Body(settings.Channels, 96, 11, stride: 4), Body(96, 96, 1), Body(96, 96, 1)));
        blocks.Add(Block(batchNorm, Body(96, 256, 5, padding: 2), Body(256, 256, 1), Body(256, 256, 1)));
        blocks.Add(Block(batchNorm, Body(256, 384, 3, padding: 1), Body(384, 384, 1), Body(384, 384, 1)));
        Sequential last = Block(batchNorm, Body(384, 1024, 3, padding: 1));
        last.append("conv1", Body(1024, 1024, 1));
        blocks.Add(last);
        last_norm = batchNorm ? new BatchNormalization(1024, 1e-3) : null;
        drop = settings.Dropout;
        head = Conv2d(1024, settings.Classes, 1);
        head_norm = new BatchNormalization(settings.Classes, 1e-3);
        RegisterComponents();
        InitialWeights.Uniform(this, settings.Random);
        foreach (Conv2d conv in blocks.SelectMany(b => b.modules()).OfType<Conv2d>())
        {
            InitialWeights.Normal(conv.weight, 0.05, settings.Random);
            init.zeros_(conv.bias!);
        }
    }

    /// <summary>Its head rectifies what it reads at each place.</summary>
    internal override bool ReadsMapsLinearly => false;

    protected override (Tensor[] Maps, Func<Tensor[], (Tensor Embedding, Tensor Logits)> Read) Split(Tensor input)
    {
        Tensor x = input;
        for (int i = 0; i < blocks.Count; i++)
        {
            if (i > 0)
            {
                x = functional.max_pool2d(x, 3, stride: 2, ceil_mode: true);
                if (drop is not null)
                    x = drop.call(x);
            }

            x = blocks[i].call(x);
        }

        return (
            [x],
            maps =>
            {
                Tensor last = last_norm is null ? maps[0] : functional.relu(last_norm.call(maps[0]));
                return (maps[0].mean([2, 3]), functional.relu(head_norm.call(head.call(last))).mean([2, 3]));
            }
        );
    }

    protected override (OnnxValue Embedding, OnnxValue Logits) WriteLayers(OnnxLayers layers, OnnxValue input)
    {
        OnnxGraph graph = layers.Graph;
        OnnxValue x = input;
        for (int i = 0; i < blocks.Count; i++)
        {
            if (i > 0)
                x = graph.Node("MaxPool", [x], ("kernel_shape", (long[])[3, 3]), ("strides", (long[])[2, 2]), ("ceil_mode", 1));
            x = layers.Write((Sequential)blocks[i], x);
        }

        OnnxValue embedding = graph.Mean(x, keep: false, 2, 3);
        if (last_norm is not null)
            x = graph.Relu(layers.Write(last_norm, x));
        return (embedding, graph.Mean(graph.Relu(layers.Write(head, head_norm, x)), keep: false, 2, 3));
    }

    private static Conv2d Body(int input, int output, int kernel, int stride = 1, int padding = 0) =>
        Conv2d(input, output, kernel, stride: stride, padding: padding);

    private static Sequential Block(bool batchNorm, params Conv2d[] convolutions)
    {
        var layers = new List<(string, Module<Tensor, Tensor>)>();
        for (int i = 0; i < convolutions.Length; i++)
        {
            layers.Add(($"conv{i}", convolutions[i]));
            if (batchNorm)
                layers.Add(($"norm{i}", new BatchNormalization(convolutions[i].out_channels, 1e-3)));
            layers.Add(($"relu{i}", ReLU()));
        }

        return Sequential(layers);
    }
}
