using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace CxrAnnotate;

/// <summary>
/// DenseNet-121 (Huang et al., CVPR 2017): a 7x7 stride 2 stem, 3x3 max pooling, four blocks of 6, 12, 24 and 16 layers, each of which appends 32
/// channels; between the blocks a 1x1 convolution halves the channels and average pooling halves the sides. The embedding is the mean of the 1024
/// rectified maps. Layout and tensor names are those of torchvision's densenet121, whose head is "classifier".
/// </summary>
internal sealed class DenseNet : ImageNetwork
{
    private const int Growth = 32,
        Bottleneck = 4 * Growth;

    private static readonly int[] _blocks = [6, 12, 24, 16];

    private readonly Sequential features;
    private readonly SeededDropout? drop;
    private readonly Linear classifier;

    private DenseNet(NetworkSettings settings)
        : base(settings)
    {
        int channels = 2 * Growth;
        var layers = new List<(string, Module<Tensor, Tensor>)>
        {
            ("conv0", Conv2d(settings.Channels, channels, 7, stride: 2, padding: 3, bias: false)),
            ("norm0", new BatchNormalization(channels)),
            ("relu0", ReLU()),
            ("pool0", MaxPool2d(3, stride: 2, padding: 1)),
        };
        for (int block = 1; block <= _blocks.Length; block++)
        {
            layers.Add(($"denseblock{block}", Block(_blocks[block - 1], ref channels)));
            if (block < _blocks.Length)
            {
                layers.Add(($"transition{block}", new Transition(channels, channels / 2)));
                channels /= 2;
            }
        }

        layers.Add(("norm5", new BatchNormalization(channels)));
        features = Sequential(layers);
        drop = settings.Dropout;
        classifier = Linear(channels, settings.Classes);
        RegisterComponents();
        InitialWeights.Uniform(this, settings.Random);
        foreach (Conv2d conv in modules().OfType<Conv2d>())
        {
            // He normal initialization, fan-in.
            long fan = conv.weight.shape[1] * conv.weight.shape[2] * conv.weight.shape[3];
            InitialWeights.Normal(conv.weight, Math.Sqrt(2.0 / fan), settings.Random);
        }
    }

    /// <summary>Describes the network with an input of its own.</summary>
    internal static CnnArchitecture Describe(
        string name,
        string shortName,
        int? inputChannels = null,
        bool standardizesInput = true,
        double inputScale = 1
    ) =>
        new(name, settings => new DenseNet(settings))
        {
            ShortName = shortName,
            MinimumSize = 32,
            InputChannels = inputChannels,
            StandardizesInput = standardizesInput,
            InputScale = inputScale,
            EmbeddingSize = 1024,
            Layers =
            [
                "features.conv0",
                "features.norm0",
                "features.denseblock1",
                "features.transition1",
                "features.denseblock2",
                "features.transition2",
                "features.denseblock3",
                "features.transition3",
                "features.denseblock4",
                "features.norm5",
            ],
            HeadLayers = ["classifier"],
            // The library's own network may have either number of channels, in other forms than those of published weights.
            Layout = inputChannels is { } channels ? WeightLayout.Dense(_blocks, channels) : null,
            PublishedNames =
            [
                // torchvision's files are older than its names: "norm.1" was not yet "norm1".
                new(@"(features\.denseblock\d+\.denselayer\d+\.(?:norm|conv))\.([12]\..+)", "$1$2"),
                // The thresholds of TorchXRayVision's labels.
                new("op_threshs", ""),
            ],
        };

    protected override (Tensor[] Maps, Func<Tensor[], (Tensor Embedding, Tensor Logits)> Read) Split(Tensor input) =>
        (
            [functional.relu(features.call(input))],
            maps => WithHead(maps[0].mean([2, 3]), drop, classifier)
    );

    protected override (OnnxValue Embedding, OnnxValue Logits) WriteLayers(OnnxLayers layers, OnnxValue input)
    {
        OnnxGraph graph = layers.Graph;
        OnnxValue embedding = graph.Mean(graph.Relu(layers.Write(features, input)), keep: false, 2, 3);
        return (embedding, layers.Write(classifier, embedding));
    }

    private static Sequential Block(int count, ref int channels)
    {
        var layers = new List<(string, Module<Tensor, Tensor>)>();
        for (int layer = 1; layer <= count; layer++)
        {
            layers.Add(($"denselayer{layer}", new DenseLayer(channels)));
            channels += Growth;
        }

        return Sequential(layers);
    }

    /// <summary>Normalisation, ReLU and convolution, first 1x1, then 3x3; the result is appended to the input's channels.</summary>
    private sealed class DenseLayer : Module<Tensor, Tensor>, IOnnxModule
    {
        private readonly BatchNormalization norm1;
        private readonly Conv2d conv1;
        private readonly BatchNormalization norm2;
        private readonly Conv2d conv2;

        internal DenseLayer(int input)
            : base(nameof(DenseLayer))
        {
            norm1 = new BatchNormalization(input);
            conv1 = Conv2d(input, Bottleneck, 1, bias: false);
            norm2 = new BatchNormalization(Bottleneck);
            conv2 = Conv2d(Bottleneck, Growth, 3, padding: 1, bias: false);
            RegisterComponents();
        }

        public override Tensor forward(Tensor input)
        {
            Tensor x = conv1.call(functional.relu(norm1.call(input)));
            return cat([input, conv2.call(functional.relu(norm2.call(x)))], 1);
        }

        OnnxValue IOnnxModule.Write(OnnxLayers layers, OnnxValue input)
        {
            OnnxGraph graph = layers.Graph;
            OnnxValue x = graph.Relu(layers.Write(conv1, norm2, graph.Relu(layers.Write(norm1, input))));
            return graph.Concat(1, input, layers.Write(conv2, null, x));
        }
    }

    private sealed class Transition : Module<Tensor, Tensor>, IOnnxModule
    {
        private readonly BatchNormalization norm;
        private readonly Conv2d conv;

        internal Transition(int input, int output)
            : base(nameof(Transition))
        {
            norm = new BatchNormalization(input);
            conv = Conv2d(input, output, 1, bias: false);
            RegisterComponents();
        }

        public override Tensor forward(Tensor input) =>
            functional.avg_pool2d(conv.call(functional.relu(norm.call(input))), 2, stride: 2);

        OnnxValue IOnnxModule.Write(OnnxLayers layers, OnnxValue input)
        {
            OnnxGraph graph = layers.Graph;
            return graph.Node(
                "AveragePool",
                [layers.Write(conv, null, graph.Relu(layers.Write(norm, input)))],
                ("kernel_shape", (long[])[2, 2]),
                ("strides", (long[])[2, 2])
            );
        }
    }
}
