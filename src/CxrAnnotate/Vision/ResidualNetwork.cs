using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace CxrAnnotate;

/// <summary>
/// ResNet-18 (He et al., 2016): a 7x7 stride 2 stem, 3x3 max pooling, four stages of two basic blocks. Instead of one global average, the last
/// feature maps are averaged over a grid of regions (regions times channels is 1024), so that the embedding keeps the side and height of a finding.
/// The last normalisation of each block is initialized to zero, so that training starts from the identity.
/// </summary>
internal sealed class ResidualNetwork : ImageNetwork
{
    private const int Embedding = 1024;

    private readonly Conv2d stem;
    private readonly BatchNormalization stem_norm;
    private readonly Sequential stages;
    private readonly SeededDropout? drop;
    private readonly Linear head;
    private readonly RegionMeans _regions;

    internal static CnnArchitecture Describe(string name, string shortName, int width) =>
        new(name, settings => new ResidualNetwork(settings, width))
        {
            ShortName = shortName,
            MinimumSize = 32,
            EmbeddingSize = Embedding,
            Regions = new(0, 8 * width, RegionsOf(width).Rows, RegionsOf(width).Columns),
            Layers =
            [
                "stem",
                "stem_norm",
                .. Enumerable.Range(0, 8).Select(block => FormattableString.Invariant($"stages.stage{block / 2}_{block % 2}")),
            ],
        };

    private ResidualNetwork(NetworkSettings settings, int width)
        : base(settings)
    {
        Generator random = settings.Random;
        _regions = RegionsOf(width);
        stem = Conv2d(settings.Channels, width, 7, stride: 2, padding: 3, bias: false);
        stem_norm = new BatchNormalization(width);
        var blocks = new List<(string, Module<Tensor, Tensor>)>();
        int input = width;
        for (int stage = 0; stage < 4; stage++)
        {
            int output = width << stage;
            for (int block = 0; block < 2; block++)
            {
                blocks.Add(($"stage{stage}_{block}", new BasicBlock(input, output, stage > 0 && block == 0 ? 2 : 1)));
                input = output;
            }
        }

        stages = Sequential(blocks);
        drop = settings.Dropout;
        head = Linear(EmbeddingSize, settings.Classes);
        RegisterComponents();
        InitialWeights.Uniform(this, random);
        foreach (Conv2d conv in modules().OfType<Conv2d>())
            InitialWeights.HeFanOut(conv, random);
    }

    private static RegionMeans RegionsOf(int width) =>
        (Embedding / (8 * width)) switch
        {
            1 => new(1, 1),
            2 => new(1, 2),
            4 => new(2, 2),
            _ => throw new ArgumentOutOfRangeException(nameof(width)),
        };

    protected override (Tensor[] Maps, Func<Tensor[], (Tensor Embedding, Tensor Logits)> Read) Split(Tensor input)
    {
        Tensor x = functional.max_pool2d(functional.relu(stem_norm.call(stem.call(input))), 3, stride: 2, padding: 1);
        return (
            [stages.call(x)],
            maps => WithHead(_regions.Of(maps[0]), drop, head)
        );
    }

    protected override (OnnxValue Embedding, OnnxValue Logits) WriteLayers(OnnxLayers layers, OnnxValue input)
    {
        OnnxGraph graph = layers.Graph;
        OnnxValue x = graph.Node(
            "MaxPool",
            [graph.Relu(layers.Write(stem, stem_norm, input))],
            ("kernel_shape", (long[])[3, 3]),
            ("strides", (long[])[2, 2]),
            ("pads", (long[])[1, 1, 1, 1])
        );
        x = layers.Write(stages, x);
        // Five strides of two, each of which rounds up.
        int side = (layers.ImageSize + 31) / 32;
        OnnxValue embedding = _regions.Write(graph, x, side, EmbeddingSize / (_regions.Rows * _regions.Columns));
        return (embedding, layers.Write(head, embedding));
    }

    private sealed class BasicBlock : Module<Tensor, Tensor>, IOnnxModule
    {
        private readonly Conv2d conv1;
        private readonly BatchNormalization norm1;
        private readonly Conv2d conv2;
        private readonly BatchNormalization norm2;
        private readonly Sequential? shortcut;

        internal BasicBlock(int input, int output, int stride)
            : base(nameof(BasicBlock))
        {
            conv1 = Conv2d(input, output, 3, stride: stride, padding: 1, bias: false);
            norm1 = new BatchNormalization(output);
            conv2 = Conv2d(output, output, 3, padding: 1, bias: false);
            norm2 = new BatchNormalization(output, fromZero: true);
            shortcut =
                stride == 1 && input == output
                    ? null
                    : Sequential(("conv", Conv2d(input, output, 1, stride: stride, bias: false)), ("norm", new BatchNormalization(output)));
            RegisterComponents();
        }

        public override Tensor forward(Tensor input)
        {
            Tensor x = functional.relu(norm1.call(conv1.call(input)));
            x = norm2.call(conv2.call(x));
            return functional.relu(x.Plus(shortcut is null ? input : shortcut.call(input)));
        }

        OnnxValue IOnnxModule.Write(OnnxLayers layers, OnnxValue input)
        {
            OnnxGraph graph = layers.Graph;
            OnnxValue x = graph.Relu(layers.Write(conv1, norm1, input));
            return graph.Relu(graph.Add(layers.Write(conv2, norm2, x), shortcut is null ? input : layers.Write(shortcut, input)));
        }
    }
}
