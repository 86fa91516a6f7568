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
    public static CnnArchitecture DenseNet121 { get; } = DenseNet.Describe();

    /// <summary>The library's networks, the default first, followed by registered ones.</summary>
    public static IReadOnlyList<CnnArchitecture> All { get; private set; } = [ResNet18Slim, ResNet18, NetworkInNetwork, GoogLeNet, DenseNet121];

    /// <summary>The name by which saved models refer to the network, such as "ResNet18Slim".</summary>
    public string Name { get; }

    /// <summary>The lower-case name used by the command-line tool, such as "resnet18-slim".</summary>
    public string ShortName { get; internal init; }

    /// <summary>The smallest height and width in pixels of the network's input.</summary>
    public int MinimumSize { get; internal init; } = 32;

    /// <summary>The length of the embedding, and so of the column Features.</summary>
    public required int EmbeddingSize { get; init; }

    /// <summary>Factor applied to the input (mean 0 and variance 1 over the image) before the first layer.</summary>
    public double InputScale { get; internal init; } = 1;

    /// <summary>
    /// The layers from the image to the embedding, in the order of computation. Each can be frozen (<see cref="FineTuningOptions.Frozen"/>).
    /// </summary>
    public IReadOnlyList<string> Layers { get; internal init; } = [];

    /// <summary>The layers whose shape depends on the labels. Fine-tuning on other labels reinitializes them.</summary>
    public IReadOnlyList<string> HeadLayers { get; internal init; } = ["head"];

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
    /// variance 1, times <paramref name="inputScale"/>) and returns embeddings [B, E]. The delegate is called once here, and for every network that
    /// is trained or loaded.</param>
    /// <param name="minimumSize">The smallest height and width S in pixels. The default value is 32.</param>
    /// <param name="inputScale">Factor applied to the images before the module. The default value is 1.</param>
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
        double inputScale = 1
    )
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        ArgumentNullException.ThrowIfNull(create);
        OptionChecks.Require(name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_'), nameof(name), name, "letters, digits, - and _");
        OptionChecks.Require(embeddingSize > 0, nameof(embeddingSize), embeddingSize, "1 or more");
        OptionChecks.Require(minimumSize > 0, nameof(minimumSize), minimumSize, "1 or more");
        OptionChecks.Require(double.IsFinite(inputScale) && inputScale != 0, nameof(inputScale), inputScale, "finite and not 0");
        CnnArchitecture described = CustomNetwork.Describe(name, embeddingSize, create, minimumSize, inputScale);
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

    /// <summary>The network's <see cref="Name"/>.</summary>
    public override string ToString() => Name;

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
