using System.Text.Json;
using System.Text.Json.Serialization;

namespace CxrAnnotate;

/// <summary>Everything besides the weights that is needed to rebuild an image classifier and to prepare its input as in training.</summary>
internal sealed record ClassifierConfiguration
{
    public required CnnArchitecture Architecture { get; init; }

    /// <summary>Length of the embedding; null in older files, whose networks all have 1024.</summary>
    public int? EmbeddingSize { get; init; }

    /// <summary>Label names, in the order of the logits.</summary>
    public required IReadOnlyList<string> Labels { get; init; }

    /// <summary>Height of the images that the crop is taken from.</summary>
    public required int Height { get; init; }

    /// <summary>Width of the images that the crop is taken from.</summary>
    public required int Width { get; init; }

    /// <summary>Height and width of the network's input.</summary>
    public required int CropSize { get; init; }

    public required int Channels { get; init; }

    public required bool BatchNormalization { get; init; }

    public required double Dropout { get; init; }

    /// <summary>
    /// For a multi-label network the probability at or above which each finding is detected, in the order of the labels; parts of a finding share its
    /// threshold. Null for single-label networks.
    /// </summary>
    public IReadOnlyList<float>? Thresholds { get; init; }

    /// <summary>
    /// Added to each label's logit. Before the softmax: the logarithm of its natural frequency over its sampled frequency. Before the sigmoid: the
    /// correction for the weight of present findings.
    /// </summary>
    public IReadOnlyList<float>? LogitShift { get; init; }

    /// <summary>Crops scored per image: 1 or 5.</summary>
    public int ScoringCrops { get; init; } = 1;

    /// <summary>Statistics of the training images; null in older models.</summary>
    public TrainedImages? Trained { get; init; }

    /// <summary>The name of the <see cref="CxrAnnotate.LabelScheme"/>; null in older models.</summary>
    public string? Scheme { get; init; }

    /// <summary>How the labels relate. In files that do not name the scheme, thresholds imply independent findings.</summary>
    [JsonIgnore]
    internal LabelScheme LabelScheme => LabelScheme.Of(Scheme, readsDecisions: Thresholds is not null);

    /// <summary>Decisions from the labels' probabilities: 1, 0, or NaN if a probability is missing.</summary>
    internal float[] Decide(float[] scores) => LabelScheme.Decide([.. Enumerable.Range(0, scores.Length)], scores, Thresholds);

    internal string ToJson() => JsonSerializer.Serialize(this, ClassifierConfigurationJson.Default.ClassifierConfiguration);

    /// <exception cref="InvalidDataException">The file is not a classifier configuration.</exception>
    internal static ClassifierConfiguration Read(string path)
    {
        ClassifierConfiguration configuration = ModelJson.Read(
            path,
            ClassifierConfigurationJson.Default.ClassifierConfiguration,
            read =>
                !ModelJson.AreNames(read.Labels) ? "its labels are incomplete"
                : read is not { Channels: 1 or 3, CropSize: > 0, ScoringCrops: 1 or 5, Dropout: >= 0 and < 1 }
                || read.CropSize > Math.Min(read.Height, read.Width)
                || (long)read.Height * read.Width > Array.MaxLength
                || read.Channels != read.Architecture.ChannelsOr(read.Channels)
                    ? "a value is out of range"
                : read.Thresholds is { } thresholds && (thresholds.Count != read.Labels.Count || !thresholds.All(t => t is >= 0 and <= 1))
                    ? "its thresholds do not fit its labels"
                : !LabelScheme.IsSound(read.Scheme, readsDecisions: read.Thresholds is not null)
                    ? "its label scheme is unknown, or does not fit its thresholds"
                : read.LogitShift is { } shift && (shift.Count != read.Labels.Count || !shift.All(float.IsFinite))
                    ? "the shifts of its logits do not fit its labels"
                : read.Trained is { IsSound: false } ? "its statistics of the training images are out of range"
                : read.Architecture.IsKnown && (read.EmbeddingSize ?? 1024) != read.Architecture.EmbeddingSize
                    ? $"its embedding has length {read.EmbeddingSize ?? 1024}, but {read.Architecture} has {read.Architecture.EmbeddingSize}"
                : null
        );
        if (configuration.Architecture.IsKnown)
            return configuration;
        string known = string.Join(", ", CnnArchitecture.All);
        throw new InvalidDataException(
            ErrorCode.UnknownNetwork.Message(
                $"'{path}' needs the network '{configuration.Architecture}', which is not registered. Known networks: {known}. "
                    + $"Register custom networks before loading a model that uses them (CnnArchitecture.Register)."
            )
        );
    }

    /// <summary>
    /// The default crop: seven eighths of the smaller side, but at least the network's minimum if the image is that large; in steps of what the
    /// network wants its side to be a multiple of.
    /// </summary>
    internal static int DefaultCrop(CnnArchitecture architecture, int height, int width)
    {
        int side = Math.Min(height, width);
        return Whole(architecture, Math.Max(side * 7 / 8, Math.Min(architecture.SmallestSize, side)));
    }

    /// <summary>The largest crop that the network takes: the smaller side, in the same steps.</summary>
    internal static int LargestCrop(CnnArchitecture architecture, int height, int width) => Whole(architecture, Math.Min(height, width));

    private static int Whole(CnnArchitecture architecture, int size) => Math.Max(size - (size % architecture.SizeMultiple), 1);

    /// <exception cref="InvalidOperationException">
    /// The crop is larger than the images, too small for the network, or not a multiple of what the network wants.
    /// </exception>
    internal void CheckCrop()
    {
        if (CropSize % Architecture.SizeMultiple != 0)
            throw new InvalidOperationException(
                ErrorCode.OptionConflict.Message(
                    $"CropSize is {CropSize}; it must be a multiple of {Architecture.SizeMultiple} for {Architecture}, such as "
                        + $"{LargestCrop(Architecture, Height, Width)} for images of {Height} x {Width}."
                )
            );
        if (CropSize > Math.Min(Height, Width) || CropSize < Architecture.MinimumSize)
            throw new InvalidOperationException(
                ErrorCode.OptionConflict.Message(
                    $"CropSize is {CropSize}; it must be at most the images' {Height} x {Width} and at least "
                        + $"{Architecture.MinimumSize} for {Architecture}."
                )
            );
    }

    internal ImagePreparer Preparer() =>
        new(Height, Width, CropSize, Channels, oneGrey: Architecture.InputChannels is not null, Architecture.StandardizesInput);

    internal ImageNetwork CreateNetwork(int seed = 0) => ImageNetwork.Create(Architecture, Channels, Labels.Count, BatchNormalization, Dropout, seed);
}

[JsonSourceGenerationOptions(
    WriteIndented = true,
    UseStringEnumConverter = true,
    RespectNullableAnnotations = true,
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase
)]
[JsonSerializable(typeof(ClassifierConfiguration))]
internal sealed partial class ClassifierConfigurationJson : JsonSerializerContext;
