using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization;
using static TorchSharp.torch;

namespace CxrAnnotate;

/// <summary>
/// The architecture of an image network: its names, input, output and factory. Networks map an image to an embedding, a vector of length
/// <see cref="EmbeddingSize"/>, and the embedding to one logit per label.
/// </summary>
[JsonConverter(typeof(CnnArchitectureConverter))]
public sealed class CnnArchitecture
{
    private static readonly Lock _registering = new();
    private readonly Func<NetworkSettings, ImageNetwork>? _create;

    internal CnnArchitecture(string name, Func<NetworkSettings, ImageNetwork>? create)
    {
        Name = name;
        ShortName = name;
        _create = create;
    }

    /// <summary>
    /// ResNet-18 (He et al., 2016) at half width, pooled over the four quadrants of the image: 256 channels x 4 = 1024. Fast on a CPU.
    /// </summary>
    public static CnnArchitecture ResNet18Slim { get; } = ResidualNetwork.Describe(nameof(ResNet18Slim), "resnet18-slim", width: 32);

    /// <summary>ResNet-18 (He et al., 2016), pooled over the left and the right half of the image: 512 channels x 2 = 1024.</summary>
    public static CnnArchitecture ResNet18 { get; } = ResidualNetwork.Describe(nameof(ResNet18), "resnet18", width: 64);

    /// <summary>
    /// Network in Network (Lin et al., 2014) as in the paper: four blocks of one spatial and two 1x1 convolutions, global average pooling.
    /// </summary>
    public static CnnArchitecture NetworkInNetwork { get; } = CxrAnnotate.NetworkInNetwork.Describe();

    /// <summary>
    /// GoogLeNet with batch normalisation of the stem and the reductions, as in the paper: ten inception modules, global average pooling.
    /// </summary>
    public static CnnArchitecture GoogLeNet { get; } = CxrAnnotate.GoogLeNet.Describe();

    /// <summary>DenseNet-121 (Huang et al., 2017), laid out like torchvision's densenet121, with global average pooling to 1024 values.</summary>
    public static CnnArchitecture DenseNet121 { get; } = DenseNet.Describe(nameof(DenseNet121), "densenet121");

    /// <summary>
    /// The network of Microsoft.ML.DnnImageFeaturizer.ResNet18, trained on ImageNet: basic blocks 2, 2, 2, 3 (one more than ResNet-18 has). The
    /// embedding has 5632 values: the global mean of the last maps (512), which is what the published network gives; their means over 2 x 2 regions
    /// (512 x 4); and the means of the maps before the last stage over 3 x 4 regions (256 x 12), rows x columns.
    /// </summary>
    public static CnnArchitecture ResNet18ImageNet { get; } =
        // The file was trained on values of 0 to 255, less their mean: the standardised image times the spread of ImageNet's grey values.
        PretrainedResNet.Describe(
            nameof(ResNet18ImageNet),
            "resnet18-imagenet",
            bottleneck: false,
            [2, 2, 2, 3],
            inputScale: 58,
            sizeMultiple: 32,
            numbered: true
        );

    /// <summary>torchvision's resnet18, for its weights. The embedding has 5632 values, as that of <see cref="ResNet18ImageNet"/>.</summary>
    public static CnnArchitecture TorchvisionResNet18 { get; } =
        PretrainedResNet.Describe(nameof(TorchvisionResNet18), "torchvision-resnet18", bottleneck: false, [2, 2, 2, 2]);

    /// <summary>torchvision's resnet34, for its weights. The embedding has 5632 values, as that of <see cref="ResNet18ImageNet"/>.</summary>
    public static CnnArchitecture TorchvisionResNet34 { get; } =
        PretrainedResNet.Describe(nameof(TorchvisionResNet34), "torchvision-resnet34", bottleneck: false, [3, 4, 6, 3]);

    /// <summary>
    /// torchvision's resnet50, for its weights. The embedding has 22528 values: 2048, 2048 x 4 and 1024 x 12, as that of
    /// <see cref="ResNet18ImageNet"/>.
    /// </summary>
    public static CnnArchitecture TorchvisionResNet50 { get; } =
        PretrainedResNet.Describe(nameof(TorchvisionResNet50), "torchvision-resnet50", bottleneck: true, [3, 4, 6, 3]);

    /// <summary>
    /// torchvision's densenet121, for its weights: <see cref="DenseNet121"/> with the input of these. The embedding has 1024 values.
    /// </summary>
    public static CnnArchitecture TorchvisionDenseNet121 { get; } =
        DenseNet.Describe(nameof(TorchvisionDenseNet121), "torchvision-densenet121", inputChannels: 3);

    /// <summary>
    /// TorchXRayVision's DenseNet-121 for 224 pixels, for its weights, which were trained on radiographs: one channel, from -1024 for black to 1024
    /// for white. The embedding has 1024 values.
    /// </summary>
    public static CnnArchitecture XrvDenseNet121 { get; } =
        DenseNet.Describe(nameof(XrvDenseNet121), "xrv-densenet121", inputChannels: 1, standardizesInput: false, inputScale: 1024);

    /// <summary>The library's networks, the default first, followed by registered ones.</summary>
    public static IReadOnlyList<CnnArchitecture> All { get; private set; } =
    [
        ResNet18Slim,
        ResNet18,
        NetworkInNetwork,
        GoogLeNet,
        DenseNet121,
        ResNet18ImageNet,
        TorchvisionResNet18,
        TorchvisionResNet34,
        TorchvisionResNet50,
        TorchvisionDenseNet121,
        XrvDenseNet121,
    ];

    /// <summary>The name by which saved models refer to the network, such as "ResNet18Slim".</summary>
    public string Name { get; }

    /// <summary>The lower-case name used by the command-line tool, such as "resnet18-slim".</summary>
    public string ShortName { get; internal init; }

    /// <summary>The smallest height and width in pixels of the network's input.</summary>
    public int MinimumSize { get; internal init; } = 32;

    /// <summary>The length of the embedding, and so of the column Features.</summary>
    public required int EmbeddingSize { get; init; }

    /// <summary>
    /// Where the embedding holds features of the image's regions, for a decoder that attends to them; null if it holds only means over the whole
    /// image.
    /// </summary>
    public FeatureRegions? Regions { get; internal init; }

    /// <summary>
    /// What the height and the width of the network's input must be a multiple of. 1, but 32 for <see cref="ResNet18ImageNet"/>: the layers with a
    /// stride pad otherwise than those of its file where a side is odd.
    /// </summary>
    public int SizeMultiple { get; internal init; } = 1;

    /// <summary>
    /// The channels of the network's input where the network fixes them, 1 or 3: all are the same grey image. Null leaves them to the option
    /// <see cref="ClassifyDiseaseOptions.Channels"/>, with the library's own forms of the channels.
    /// </summary>
    public int? InputChannels { get; internal init; }

    /// <summary>
    /// Whether each image (the crop that the network sees) is brought to mean 0 and variance 1. Otherwise black is -1 and white 1, for all images
    /// alike.
    /// </summary>
    public bool StandardizesInput { get; internal init; } = true;

    /// <summary>Factor applied to the input (see <see cref="StandardizesInput"/>) before the first layer.</summary>
    public double InputScale { get; internal init; } = 1;

    /// <summary>
    /// The layers from the image to the embedding, in the order of computation. Each can be frozen (<see cref="FineTuningOptions.Frozen"/>).
    /// </summary>
    public IReadOnlyList<string> Layers { get; internal init; } = [];

    /// <summary>The layers whose shape depends on the labels. Fine-tuning on other labels reinitializes them.</summary>
    public IReadOnlyList<string> HeadLayers { get; internal init; } = ["head"];

    /// <summary>
    /// The convolutions and normalisations in the order in which a graph computes them, for files that name their tensors by numbers; empty where no
    /// such file is known.
    /// </summary>
    internal IReadOnlyList<string> GraphOrder { get; init; } = [];

    /// <summary>How names in published files map to the network's, after the user's own rules.</summary>
    internal IReadOnlyList<WeightName> PublishedNames { get; init; } = [];

    /// <summary>By what files of its weights are recognized (<see cref="WeightLayout"/>); null if they are not.</summary>
    internal string? Layout { get; init; }

    /// <summary>What is known of published files of its weights.</summary>
    internal PublishedWeights Published =>
        new()
        {
            Network = Name,
            Recognize = (source, file, own) => Find(source, file, own) is var (network, layout) ? network?.Name ?? layout : null,
            IsRecognized = Layout is not null,
            Names = PublishedNames,
            GraphOrder = GraphOrder,
            IsHead = IsHead,
        };

    /// <summary>Whether this process can create networks of this architecture.</summary>
    internal bool IsKnown => _create is not null;

    /// <summary>
    /// Registers a custom network: a TorchSharp module from images to embeddings. The library adds dropout and a linear layer for the labels.
    /// Register it before a saved model with that network is loaded.
    /// </summary>
    /// <param name="name">The name by which saved models refer to it: letters, digits, hyphens and underscores. It must be unique, ignoring
    /// case.</param>
    /// <param name="embeddingSize">The length E of the embedding, 1 or more.</param>
    /// <param name="create">Creates the module for a number of input channels, 1 or 3. The module takes images [B, C, S, S] (each of mean 0 and
    /// variance 1, unless <paramref name="standardizesInput"/> is false, times <paramref name="inputScale"/>) and returns embeddings [B, E]. The
    /// delegate is called once here, and for every network that is trained or loaded.</param>
    /// <param name="minimumSize">The smallest height and width S in pixels. The default value is 32.</param>
    /// <param name="inputScale">Factor applied to the images before the module. The default value is 1.</param>
    /// <param name="inputChannels">The input channels, 1 or 3, if the network fixes them; all are the same grey image then. Null leaves them to
    /// <see cref="ClassifyDiseaseOptions.Channels"/>. The default value is null.</param>
    /// <param name="standardizesInput">Whether each image is brought to mean 0 and variance 1. Otherwise black is -1 and white 1. The default value
    /// is true.</param>
    /// <param name="sizeMultiple">What S must be a multiple of, 1 or more. The default value is 1.</param>
    /// <param name="regions">Where the embedding holds features of regions, see <see cref="Regions"/>; null if it holds none.</param>
    /// <returns>The network, for <see cref="ClassifyDiseaseOptions.Architecture"/>.</returns>
    /// <remarks>
    /// <para>While <paramref name="create"/> runs, torch's process-wide generator is seeded from the training's seed; its state is restored
    /// afterwards. The same seed therefore gives the same initial weights, unless other code draws from that generator at the same time.</para>
    /// <para>The module's layers are named <c>body.</c> followed by their name in the module, for example in
    /// <see cref="FineTuningOptions.Frozen"/>.</para>
    /// <para>A model can be exported to ONNX, and saved by <c>Model.Save</c>, if the module is a <c>Sequential</c> of layers that the library can
    /// export: Conv2d, batch normalization, Linear, ReLU, MaxPool2d, AvgPool2d, AdaptiveAvgPool2d to 1 x 1, Flatten, Dropout, Identity and
    /// Sequential. Other modules can be trained, scored, and saved to a folder.</para>
    /// <para>Use <see cref="BatchNorm2d"/> instead of TorchSharp's <c>BatchNorm2d</c>.</para>
    /// </remarks>
    /// <exception cref="ArgumentException">The name is taken or has invalid characters, or the module does not return [B, E].</exception>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
    public static CnnArchitecture Register(
        string name,
        int embeddingSize,
        Func<int, nn.Module<Tensor, Tensor>> create,
        int minimumSize = 32,
        double inputScale = 1,
        int? inputChannels = null,
        bool standardizesInput = true,
        int sizeMultiple = 1,
        FeatureRegions? regions = null
    )
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        ArgumentNullException.ThrowIfNull(create);
        OptionChecks.Require(name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_'), nameof(name), name, "letters, digits, - and _");
        OptionChecks.Require(embeddingSize > 0, nameof(embeddingSize), embeddingSize, "1 or more");
        OptionChecks.Require(minimumSize > 0, nameof(minimumSize), minimumSize, "1 or more");
        OptionChecks.Require(double.IsFinite(inputScale) && inputScale != 0, nameof(inputScale), inputScale, "finite and not 0");
        OptionChecks.Require(inputChannels is null or 1 or 3, nameof(inputChannels), inputChannels, "1 or 3, or null");
        OptionChecks.Require(sizeMultiple > 0, nameof(sizeMultiple), sizeMultiple, "1 or more");
        OptionChecks.Require(regions?.Fits(embeddingSize) != false, nameof(regions), regions, "within the embedding");
        CnnArchitecture described = new(name, settings => new CustomNetwork(settings, create))
        {
            MinimumSize = minimumSize,
            SizeMultiple = sizeMultiple,
            InputChannels = inputChannels,
            StandardizesInput = standardizesInput,
            InputScale = inputScale,
            EmbeddingSize = embeddingSize,
            Regions = regions,
            Layers = CustomNetwork.LayersOf(name, embeddingSize, create, inputChannels ?? 1, RoundUp(minimumSize, sizeMultiple)),
        };
        lock (_registering)
        {
            if (TryParse(name, out CnnArchitecture? known))
                throw new ArgumentException(ErrorCode.OptionOutOfRange.Message($"A network '{known}' already exists."), nameof(name));
            All = [.. All, described];
        }

        return described;
    }

    /// <summary>Batch normalization of [B, C, H, W] with running statistics, like torch's, for custom networks.</summary>
    /// <param name="channels">The number of channels C.</param>
    /// <param name="epsilon">Added to the variance. The default value is 1e-5.</param>
    /// <remarks>
    /// TorchSharp 0.107's own layer passes a temporary number to libtorch, which the garbage collector may free during the call (docs/adr/0009). The
    /// tensors have the same names and initial values.
    /// </remarks>
    public static nn.Module<Tensor, Tensor> BatchNorm2d(long channels, double epsilon = 1e-5)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(channels, 1);
        NativeRuntime.EnsureLoaded();
        return new BatchNormalization(channels, epsilon);
    }

    /// <summary>Finds a network by its <see cref="Name"/> or <see cref="ShortName"/>, ignoring case.</summary>
    /// <param name="name">The name.</param>
    /// <exception cref="ArgumentException">There is no network of that name.</exception>
    public static CnnArchitecture Parse(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return TryParse(name, out CnnArchitecture? found)
            ? found
            : throw new ArgumentException(
                ErrorCode.UnknownNetwork.Message($"There is no network '{name}'. Known are {string.Join(", ", All.Select(known => known.Name))}."),
                nameof(name)
            );
    }

    /// <summary>Finds a network by its <see cref="Name"/> or <see cref="ShortName"/>, ignoring case.</summary>
    /// <param name="name">The name.</param>
    /// <param name="architecture">The network, or null if there is none of that name.</param>
    public static bool TryParse([NotNullWhen(true)] string? name, [NotNullWhen(true)] out CnnArchitecture? architecture)
    {
        architecture = All.FirstOrDefault(known =>
            known.Name.Equals(name, StringComparison.OrdinalIgnoreCase) || known.ShortName.Equals(name, StringComparison.OrdinalIgnoreCase)
        );
        return architecture is not null;
    }

    /// <summary>
    /// Finds the network that weights belong to. A folder of the library (a saved cascade, or checkpoints) names its network. A file is recognized by
    /// the names and shapes of its tensors, or, if its names are numbers, by the order of its graph: the ImageNet weights
    /// (<see cref="PretrainedWeights"/>), torchvision's ResNet-18, ResNet-34, ResNet-50 and DenseNet-121, and TorchXRayVision's DenseNet-121.
    /// </summary>
    /// <param name="path">The file (safetensors, <c>torch.save</c> of PyTorch 1.6 or later, or ONNX) or folder. Of a file only the headers are read,
    /// in bounded memory; whether the numbers are sound shows when they are loaded.</param>
    /// <returns>The network, for <see cref="ClassifyDiseaseOptions.Architecture"/>.</returns>
    /// <exception cref="FileNotFoundException">There are no weights at the path.</exception>
    /// <exception cref="InvalidDataException">The file is damaged or of no known format, or belongs to no known network.</exception>
    public static CnnArchitecture Recognize(string path)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        NativeRuntime.EnsureLoaded();
        WeightSource source = WeightSource.Find(path, "classifier");
        if (source.Configuration is { } configuration)
            return ClassifierConfiguration.Read(configuration).Architecture;
        using WeightFile file = WeightFile.OpenAny(path, verify: false);
        var (found, layout) = Find(source, file, []);
        if (found is not null)
            return found;
        throw new InvalidDataException(
            ErrorCode.WeightsUnreadable.Message(
                $"'{path}' has the weights of {layout ?? "an unknown network"}. Recognized are those of "
                    + $"{string.Join(", ", All.Where(known => known.Layout is not null))}; name the network of other weights."
            )
        );
    }

    /// <summary>The network that a file's tensors belong to, and their layout, as far as they tell.</summary>
    private static (CnnArchitecture? Network, string? Layout) Find(WeightSource source, WeightFile file, IReadOnlyList<WeightName> own)
    {
        string? other = null;
        foreach (CnnArchitecture known in All.Where(known => known.Layout is not null))
        {
            string? layout = WeightLayout.Of(source.Shapes(file, own, known.Published));
            if (layout == known.Layout)
                return (known, layout);
            other ??= layout;
        }

        return (null, other);
    }

    /// <summary>The network's <see cref="Name"/>.</summary>
    public override string ToString() => Name;

    /// <summary>The channels of the network's input, where the option says so many.</summary>
    internal int ChannelsOr(int option) => InputChannels ?? option;

    /// <summary>The smallest side of an input that the network takes.</summary>
    internal int SmallestSize => RoundUp(MinimumSize, SizeMultiple);

    private static int RoundUp(int size, int multiple) => checked((size + multiple - 1) / multiple * multiple);

    /// <summary>Whether a tensor belongs to the head layers.</summary>
    internal bool IsHead(string tensor) => HeadLayers.Any(layer => tensor.StartsWith(layer + ".", StringComparison.Ordinal));

    internal ImageNetwork Create(NetworkSettings settings) =>
        _create?.Invoke(settings)
        ?? throw new InvalidOperationException(ErrorCode.UnknownNetwork.Message($"The network '{Name}' is not registered in this process."));
}

/// <summary>Serializes an architecture as its name. An unknown name is read as an architecture that cannot create networks.</summary>
internal sealed class CnnArchitectureConverter : JsonConverter<CnnArchitecture>
{
    public override CnnArchitecture Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.String || reader.GetString() is not { Length: > 0 } name)
            throw new JsonException(ErrorCode.ModelDamaged.Message("its network has no name"));
        return CnnArchitecture.TryParse(name, out CnnArchitecture? known) ? known : new(name, null) { EmbeddingSize = 1 };
    }

    public override void Write(Utf8JsonWriter writer, CnnArchitecture value, JsonSerializerOptions options) => writer.WriteStringValue(value.Name);
}
