using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace CxrAnnotate;

/// <summary>
/// An image network: what it is called, what it takes and gives, and how it is made. Networks turn an image into an embedding, a vector whose length
/// is <see cref="EmbeddingSize"/>, and the embedding into one logit per label.
/// </summary>
[JsonConverter(typeof(CnnArchitectureConverter))]
public sealed class CnnArchitecture
{
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

    /// <summary>DenseNet-121 (Huang et al., 2017), laid out as torchvision's densenet121, global average pooling to 1024 numbers.</summary>
    public static CnnArchitecture DenseNet121 { get; } = DenseNet.Describe();

    /// <summary>The networks of the library, the default first.</summary>
    public static IReadOnlyList<CnnArchitecture> All { get; } = [ResNet18Slim, ResNet18, NetworkInNetwork, GoogLeNet, DenseNet121];

    /// <summary>The name by which saved models refer to the network, such as "ResNet18Slim".</summary>
    public string Name { get; }

    /// <summary>The name in lower case that the tool takes, such as "resnet18-slim".</summary>
    public string ShortName { get; internal init; }

    /// <summary>The smallest height and width in pixels of the network's input.</summary>
    public int MinimumSize { get; internal init; } = 32;

    /// <summary>The length of the embedding, and so of the column Features.</summary>
    public required int EmbeddingSize { get; init; }

    /// <summary>What the input (mean 0 and variance 1 over the image) is multiplied by before the first layer.</summary>
    public double InputScale { get; internal init; } = 1;

    /// <summary>
    /// The layers from the image to the embedding, in the order of computation. Each can be kept as it is in training
    /// (<see cref="FineTuningOptions.Frozen"/>).
    /// </summary>
    public IReadOnlyList<string> Layers { get; internal init; } = [];

    /// <summary>The layers whose shape depends on the labels: they start anew where the labels differ.</summary>
    public IReadOnlyList<string> HeadLayers { get; internal init; } = ["head"];

    /// <summary>Whether networks of this architecture can be made in this process.</summary>
    internal bool IsKnown => _create is not null;

    /// <summary>Finds a network by its <see cref="Name"/> or <see cref="ShortName"/>, in any case.</summary>
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

    /// <summary>Finds a network by its <see cref="Name"/> or <see cref="ShortName"/>, in any case.</summary>
    /// <param name="name">The name.</param>
    /// <param name="architecture">The network; null where there is none of that name.</param>
    public static bool TryParse([NotNullWhen(true)] string? name, [NotNullWhen(true)] out CnnArchitecture? architecture)
    {
        architecture = All.FirstOrDefault(known =>
            known.Name.Equals(name, StringComparison.OrdinalIgnoreCase) || known.ShortName.Equals(name, StringComparison.OrdinalIgnoreCase)
        );
        return architecture is not null;
    }

    /// <summary>The network's <see cref="Name"/>.</summary>
    public override string ToString() => Name;

    /// <summary>Whether a tensor belongs to the layers that are of the labels.</summary>
    internal bool IsHead(string tensor) => HeadLayers.Any(layer => tensor.StartsWith(layer + ".", StringComparison.Ordinal));

    internal ImageNetwork Create(NetworkSettings settings) =>
        _create?.Invoke(settings)
        ?? throw new InvalidOperationException(ErrorCode.UnknownNetwork.Message($"The network '{Name}' is not known in this process."));
}

/// <summary>An architecture in JSON is its name. A name that is not known is read as an architecture that makes no network.</summary>
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
