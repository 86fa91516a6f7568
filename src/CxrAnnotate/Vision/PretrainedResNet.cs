using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace CxrAnnotate;

/// <summary>
/// Residual networks (He et al., 2016) that published weights fit: torchvision's layers and tensor names, with basic or bottleneck blocks in any
/// number. The embedding is the global mean of the last maps, which is what the published networks pool to, then the means of the last maps over a
/// grid of 2 x 2 regions and those of the maps before the last stage over 3 x 4 (rows x columns), which tell where a finding is. The head is called
/// "fc", as theirs is; but since it reads all of the embedding, it is never theirs.
/// </summary>
internal sealed class PretrainedResNet : ImageNetwork
{
    private const int Stages = 4,
        StemWidth = 64;

    private static readonly RegionMeans _whole = new(1, 1),
        _quarters = new(2, 2),
        _fine = new(3, 4);

    // The names of the tensors in files.
    private readonly Conv2d conv1;
    private readonly BatchNormalization bn1;
    private readonly Sequential layer1;
    private readonly Sequential layer2;
    private readonly Sequential layer3;
    private readonly Sequential layer4;
    private readonly SeededDropout? drop;
    private readonly Linear fc;
    private readonly int _last;

    /// <summary>Describes a network of this kind.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="shortName">Its name for the command line.</param>
    /// <param name="bottleneck">Whether its blocks are bottlenecks (1x1, 3x3, 1x1) rather than basic (3x3, 3x3).</param>
    /// <param name="blocks">The number of blocks in each of the four stages.</param>
    /// <param name="inputScale">Factor applied to the standardised image.</param>
    /// <param name="sizeMultiple">What the side of the input must be a multiple of.</param>
    /// <param name="numbered">Whether there are ONNX files of its weights that name the tensors by numbers.</param>
    internal static CnnArchitecture Describe(
        string name,
        string shortName,
        bool bottleneck,
        int[] blocks,
        double inputScale = 1,
        int sizeMultiple = 1,
        bool numbered = false
    ) =>
        new(name, settings => new PretrainedResNet(settings, bottleneck, blocks))
        {
            ShortName = shortName,
            MinimumSize = 32,
            SizeMultiple = sizeMultiple,
            InputChannels = 3,
            InputScale = inputScale,
            EmbeddingSize =
                (Width(Stages, bottleneck) * (1 + (_quarters.Rows * _quarters.Columns)))
                + (Width(Stages - 1, bottleneck) * _fine.Rows * _fine.Columns),
            Regions = new(
                Width(Stages, bottleneck) * (1 + (_quarters.Rows * _quarters.Columns)),
                Width(Stages - 1, bottleneck),
                _fine.Rows,
                _fine.Columns
            ),
            Layers =
            [
                "conv1",
                "bn1",
                .. blocks.SelectMany((count, stage) => Enumerable.Range(0, count).Select(b => FormattableString.Invariant($"layer{stage + 1}.{b}"))),
            ],
            HeadLayers = ["fc"],
            Layout = WeightLayout.Residual(bottleneck, blocks, channels: 3),
            GraphOrder = numbered ? GraphOrder(bottleneck, blocks) : [],
        };

    private PretrainedResNet(NetworkSettings settings, bool bottleneck, int[] blocks)
        : base(settings)
    {
        _last = Width(Stages, bottleneck);
        conv1 = Conv2d(settings.Channels, StemWidth, 7, stride: 2, padding: 3, bias: false);
        bn1 = new BatchNormalization(StemWidth);
        int input = StemWidth;
        Sequential[] stages = [.. blocks.Select((count, index) => Stage(index + 1, count, bottleneck, ref input))];
        (layer1, layer2, layer3, layer4) = (stages[0], stages[1], stages[2], stages[3]);
        drop = settings.Dropout;
        fc = Linear(EmbeddingSize, settings.Classes);
        RegisterComponents();
        InitialWeights.Uniform(this, settings.Random);
        foreach (Conv2d conv in modules().OfType<Conv2d>())
            InitialWeights.HeFanOut(conv, settings.Random);
    }

    protected override (Tensor[] Maps, Func<Tensor[], (Tensor Embedding, Tensor Logits)> Read) Split(Tensor input)
    {
        Tensor x = functional.max_pool2d(functional.relu(bn1.call(conv1.call(input))), 3, stride: 2, padding: 1);
        Tensor third = layer3.call(layer2.call(layer1.call(x)));
        return (
            [third, layer4.call(third)],
            maps => WithHead(cat([_whole.Of(maps[1]), _quarters.Of(maps[1]), _fine.Of(maps[0])], 1), drop, fc)
        );
    }

    protected override (OnnxValue Embedding, OnnxValue Logits) WriteLayers(OnnxLayers layers, OnnxValue input)
    {
        OnnxGraph graph = layers.Graph;
        OnnxValue x = graph.Node(
            "MaxPool",
            [graph.Relu(layers.Write(conv1, bn1, input))],
            ("kernel_shape", (long[])[3, 3]),
            ("strides", (long[])[2, 2]),
            ("pads", (long[])[1, 1, 1, 1])
        );
        OnnxValue third = layers.Write(layer3, layers.Write(layer2, layers.Write(layer1, x)));
        OnnxValue last = layers.Write(layer4, third);
        // Four and five strides of two, each of which rounds up.
        int side = (layers.ImageSize + 31) / 32;
        OnnxValue embedding = graph.Concat(
            1,
            _whole.Write(graph, last, side, _last),
            _quarters.Write(graph, last, side, _last),
            _fine.Write(graph, third, (layers.ImageSize + 15) / 16, _last / 2)
        );
        return (embedding, layers.Write(fc, embedding));
    }

    /// <summary>The channels after a stage, 1 to 4.</summary>
    private static int Width(int stage, bool bottleneck) => (StemWidth << (stage - 1)) * (bottleneck ? Block.Expansion : 1);

    private static Sequential Stage(int stage, int count, bool bottleneck, ref int input)
    {
        var blocks = new List<(string, Module<Tensor, Tensor>)>();
        for (int block = 0; block < count; block++)
        {
            int output = Width(stage, bottleneck);
            blocks.Add((FormattableString.Invariant($"{block}"), new Block(input, output, stage > 1 && block == 0 ? 2 : 1, bottleneck)));
            input = output;
        }

        return Sequential(blocks);
    }

    /// <summary>
    /// The convolutions and normalisations in the order in which CNTK and its converters compute them: a block's shortcut comes before its first
    /// convolution.
    /// </summary>
    private static List<string> GraphOrder(bool bottleneck, int[] blocks)
    {
        List<string> order = ["conv1", "bn1"];
        int input = StemWidth;
        for (int stage = 1; stage <= Stages; stage++)
        {
            for (int block = 0; block < blocks[stage - 1]; block++)
            {
                string prefix = FormattableString.Invariant($"layer{stage}.{block}.");
                if (block == 0 && (stage > 1 || input != Width(stage, bottleneck)))
                    order.AddRange([prefix + "downsample.0", prefix + "downsample.1"]);
                for (int conv = 1; conv <= (bottleneck ? 3 : 2); conv++)
                    order.AddRange([FormattableString.Invariant($"{prefix}conv{conv}"), FormattableString.Invariant($"{prefix}bn{conv}")]);
                input = Width(stage, bottleneck);
            }
        }

        return order;
    }

    /// <summary>A basic or a bottleneck block. The stride is that of the (first) 3x3 convolution, as in torchvision.</summary>
    private sealed class Block : Module<Tensor, Tensor>, IOnnxModule
    {
        /// <summary>A bottleneck's output channels over those of its 3x3 convolution.</summary>
        internal const int Expansion = 4;

        private readonly Conv2d conv1;
        private readonly BatchNormalization bn1;
        private readonly Conv2d conv2;
        private readonly BatchNormalization bn2;
        private readonly Conv2d? conv3;
        private readonly BatchNormalization? bn3;
        private readonly Sequential? downsample;

        internal Block(int input, int output, int stride, bool bottleneck)
            : base(nameof(Block))
        {
            int width = bottleneck ? output / Expansion : output;
            conv1 = bottleneck
                ? Conv2d(input, width, 1, bias: false)
                : Conv2d(input, width, 3, stride: stride, padding: 1, bias: false);
            bn1 = new BatchNormalization(width);
            conv2 = Conv2d(width, width, 3, stride: bottleneck ? stride : 1, padding: 1, bias: false);
            // A block starts from the identity: its last normalisation from zero.
            bn2 = new BatchNormalization(width, fromZero: !bottleneck);
            if (bottleneck)
            {
                conv3 = Conv2d(width, output, 1, bias: false);
                bn3 = new BatchNormalization(output, fromZero: true);
            }

            if (stride > 1 || input != output)
                downsample = Sequential(("0", Conv2d(input, output, 1, stride: stride, bias: false)), ("1", new BatchNormalization(output)));
            RegisterComponents();
        }

        public override Tensor forward(Tensor input)
        {
            Tensor x = bn2.call(conv2.call(functional.relu(bn1.call(conv1.call(input)))));
            if (conv3 is not null)
                x = bn3!.call(conv3.call(functional.relu(x)));
            return functional.relu(x.Plus(downsample is null ? input : downsample.call(input)));
        }

        OnnxValue IOnnxModule.Write(OnnxLayers layers, OnnxValue input)
        {
            OnnxGraph graph = layers.Graph;
            OnnxValue x = layers.Write(conv2, bn2, graph.Relu(layers.Write(conv1, bn1, input)));
            if (conv3 is not null)
                x = layers.Write(conv3, bn3, graph.Relu(x));
            return graph.Relu(graph.Add(x, downsample is null ? input : layers.Write(downsample, input)));
        }
    }
}
