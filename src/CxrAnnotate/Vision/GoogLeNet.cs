using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace CxrAnnotate;

/// <summary>
/// GoogLeNet with batch normalisation as the paper trains it: a normalised stem, ten inception modules (two 3x3 convolutions instead of the 5x5, no
/// normalisation inside), two strided 2x2 convolutions with normalisation and no ReLU instead of pooling, global average pooling to the embedding,
/// and a linear layer to K. The original's auxiliary classifiers are omitted. The variant without batch normalisation omits the five normalisations.
/// </summary>
internal sealed class GoogLeNet : ImageNetwork
{
    private readonly Sequential stem;
    private readonly Sequential body;
    private readonly SeededDropout? drop;
    private readonly Linear head;

    internal static CnnArchitecture Describe() =>
        new(nameof(GoogLeNet), settings => new GoogLeNet(settings))
        {
            ShortName = "googlenet",
            MinimumSize = 32,
            EmbeddingSize = 1024,
            InputScale = 0.02,
            Layers =
            [
                "stem",
                "body.3a",
                "body.3b",
                "body.3c",
                "body.down3",
                "body.4a",
                "body.4b",
                "body.4c",
                "body.4d",
                "body.4e",
                "body.down4",
                "body.5a",
                "body.5b",
            ],
        };

    private GoogLeNet(NetworkSettings settings)
        : base(settings)
    {
        bool batchNorm = settings.BatchNormalization;
        stem = Sequential(
            ("conv1", Normalised(settings.Channels, 64, 7, 2, 3, batchNorm, relu: true)),
            ("pool1", MaxPool2d(3, stride: 2, ceil_mode: true)),
            ("conv2", Normalised(64, 64, 1, 1, 0, batchNorm, relu: true)),
            ("conv3", Normalised(64, 192, 3, 1, 1, batchNorm, relu: true)),
            ("pool2", MaxPool2d(3, stride: 2, ceil_mode: true))
        );
        body = Sequential(
            ("3a", new Inception("3a", 192, 64, 64, 64, 64, 96, PoolKind.Average, 32)),
            ("3b", new Inception("3b", 256, 64, 64, 96, 64, 96, PoolKind.Average, 64)),
            ("3c", new Inception("3c", 320, 0, 128, 160, 64, 96, PoolKind.Maximum, 0)),
            ("down3", Normalised(576, 576, 2, 2, 0, batchNorm, relu: false)),
            ("4a", new Inception("4a", 576, 224, 64, 96, 96, 128, PoolKind.Average, 128)),
            ("4b", new Inception("4b", 576, 192, 96, 128, 96, 128, PoolKind.Average, 128)),
            ("4c", new Inception("4c", 576, 160, 128, 160, 128, 160, PoolKind.Average, 96)),
            ("4d", new Inception("4d", 576, 96, 128, 192, 160, 192, PoolKind.Average, 96)),
            ("4e", new Inception("4e", 576, 0, 128, 192, 192, 256, PoolKind.Maximum, 0)),
            ("down4", Normalised(1024, 1024, 2, 2, 0, batchNorm, relu: false)),
            ("5a", new Inception("5a", 1024, 352, 192, 320, 160, 224, PoolKind.Average, 128)),
            ("5b", new Inception("5b", 1024, 352, 192, 320, 192, 224, PoolKind.Maximum, 128))
        );
        drop = settings.Dropout;
        head = Linear(EmbeddingSize, settings.Classes);
        RegisterComponents();
        InitialWeights.Uniform(this, settings.Random);
    }

    protected override (Tensor[] Maps, Func<Tensor[], (Tensor Embedding, Tensor Logits)> Read) Split(Tensor input) =>
        (
            [body.call(stem.call(input))],
            maps => WithHead(maps[0].mean([2, 3]), drop, head)
    );

    protected override (OnnxValue Embedding, OnnxValue Logits) WriteLayers(OnnxLayers layers, OnnxValue input)
    {
        OnnxValue maps = layers.Write(body, layers.Write(stem, input));
        OnnxValue embedding = layers.Graph.Mean(maps, keep: false, 2, 3);
        return (embedding, layers.Write(head, embedding));
    }

    private static Sequential Normalised(int input, int output, int kernel, int stride, int padding, bool batchNorm, bool relu)
    {
        var layers = new List<(string, Module<Tensor, Tensor>)> { ("conv", Conv2d(input, output, kernel, stride: stride, padding: padding)) };
        if (batchNorm)
            layers.Add(("norm", new BatchNormalization(output, 1e-3)));
        if (relu)
            layers.Add(("relu", ReLU()));
        return Sequential(layers);
    }

    private enum PoolKind
    {
        Average,
        Maximum,
    }

    /// <summary>
    /// Parallel 1x1, 1x1-3x3, 1x1-3x3-3x3 and pooling branches, concatenated over the channels. A width of 0 omits the 1x1 branch; a projection width
    /// of 0 passes the pooled maps through.
    /// </summary>
    private sealed class Inception : Module<Tensor, Tensor>, IOnnxModule
    {
        private readonly Sequential? single;
        private readonly Sequential triple;
        private readonly Sequential twice;
        private readonly Sequential? projection;
        private readonly PoolKind _pool;

        internal Inception(string name, int input, int a, int b1, int b3, int c1, int c3, PoolKind pool, int projected)
            : base(name)
        {
            _pool = pool;
            single = a > 0 ? Rectified((input, a, 1)) : null;
            triple = Rectified((input, b1, 1), (b1, b3, 3));
            twice = Rectified((input, c1, 1), (c1, c3, 3), (c3, c3, 3));
            projection = projected > 0 ? Rectified((input, projected, 1)) : null;
            RegisterComponents();
        }

        public override Tensor forward(Tensor input)
        {
            Tensor pooled =
                _pool == PoolKind.Average
                    ? functional.avg_pool2d(input, 3, stride: 1, padding: 1, count_include_pad: true)
                    : functional.max_pool2d(functional.pad(input, [1, 1, 1, 1]), 3, stride: 1);
            var branches = new List<Tensor>(4);
            if (single is not null)
                branches.Add(single.call(input));
            branches.Add(triple.call(input));
            branches.Add(twice.call(input));
            branches.Add(projection is null ? pooled : projection.call(pooled));
            return cat(branches, 1);
        }

        OnnxValue IOnnxModule.Write(OnnxLayers layers, OnnxValue input)
        {
            OnnxGraph graph = layers.Graph;
            OnnxValue pooled =
                _pool == PoolKind.Average
                    ? graph.Node(
                        "AveragePool",
                        [input],
                        ("kernel_shape", (long[])[3, 3]),
                        ("strides", (long[])[1, 1]),
                        ("pads", (long[])[1, 1, 1, 1]),
                        ("count_include_pad", 1)
                    )
                    : graph.Node(
                        "MaxPool",
                        [graph.Node("Pad", [input, graph.Integers(0, 0, 1, 1, 0, 0, 1, 1)])],
                        ("kernel_shape", (long[])[3, 3]),
                        ("strides", (long[])[1, 1])
                    );
            var branches = new List<OnnxValue>(4);
            if (single is not null)
                branches.Add(layers.Write(single, input));
            branches.Add(layers.Write(triple, input));
            branches.Add(layers.Write(twice, input));
            branches.Add(projection is null ? pooled : layers.Write(projection, pooled));
            return graph.Concat(1, [.. branches]);
        }

        private static Sequential Rectified(params (int Input, int Output, int Kernel)[] convolutions)
        {
            var layers = new List<(string, Module<Tensor, Tensor>)>();
            foreach (var (input, output, kernel) in convolutions)
            {
                layers.Add(($"conv{layers.Count / 2}", Conv2d(input, output, kernel, padding: kernel / 2)));
                layers.Add(($"relu{layers.Count / 2}", ReLU()));
            }

            return Sequential(layers);
        }
    }
}
