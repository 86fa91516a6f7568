using System.Text.Json;
using System.Text.Json.Serialization;

namespace CxrAnnotate;

/// <summary>All that is needed, beside the weights, to rebuild an image classifier and to feed it as it was fed in training.</summary>
internal sealed record ClassifierConfiguration
{
    public required CnnArchitecture Architecture { get; init; }

    /// <summary>Length of the embedding; null in files of before networks had different ones, whose networks all had 1024.</summary>
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
    /// For a network of several findings the probability at or above which each is detected, in the order of the labels; parts of one finding share
    /// it. Null for single labels.
    /// </summary>
    public IReadOnlyList<float>? Thresholds { get; init; }

    /// <summary>
    /// What is added to each label's logit before the softmax: the logarithm of its natural over its drawn frequency; before the sigmoid: what takes
    /// the weight of presence back out.
    /// </summary>
    public IReadOnlyList<float>? LogitShift { get; init; }

    /// <summary>Crops that an image is scored by: 1 or 5.</summary>
    public int ScoringCrops { get; init; } = 1;

    /// <summary>What the training images were like; null in models of before that was kept.</summary>
    public TrainedImages? Trained { get; init; }

    /// <summary>The name of the <see cref="CxrAnnotate.LabelScheme"/>; models of before it was kept have none.</summary>
    public string? Scheme { get; init; }

    /// <summary>How the labels relate. Where the file does not say it, thresholds tell of independent findings.</summary>
    [JsonIgnore]
    internal LabelScheme LabelScheme => LabelScheme.Of(Scheme, readsDecisions: Thresholds is not null);

    /// <summary>What probabilities of the labels decide: 1, 0, or NaN where there are none.</summary>
    internal float[] Decide(float[] scores) => LabelScheme.Decide([.. Enumerable.Range(0, scores.Length)], scores, Thresholds);

    internal string ToJson() => JsonSerializer.Serialize(this, ClassifierConfigurationJson.Default.ClassifierConfiguration);

    /// <exception cref="InvalidDataException">The file is no classifier's configuration.</exception>
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
                    ? "a value is out of range"
                : read.Thresholds is { } thresholds && (thresholds.Count != read.Labels.Count || !thresholds.All(t => t is >= 0 and <= 1))
                    ? "its thresholds do not fit its labels"
                : !LabelScheme.IsSound(read.Scheme, readsDecisions: read.Thresholds is not null)
                    ? "its label scheme is unknown, or does not fit its thresholds"
                : read.LogitShift is { } shift && (shift.Count != read.Labels.Count || !shift.All(float.IsFinite))
                    ? "the shifts of its logits do not fit its labels"
                : read.Trained is { IsSound: false } ? "what it says of the training images is out of range"
                : read.Architecture.IsKnown && (read.EmbeddingSize ?? 1024) != read.Architecture.EmbeddingSize
                    ? $"its embedding has {read.EmbeddingSize ?? 1024} numbers, that of {read.Architecture} {read.Architecture.EmbeddingSize}"
                : null
        );
        if (configuration.Architecture.IsKnown)
            return configuration;
        string known = string.Join(", ", CnnArchitecture.All);
        throw new InvalidDataException(
            ErrorCode.UnknownNetwork.Message(
                $"'{path}' is of the network '{configuration.Architecture}', which this process does not know. Known are {known}. "
                    + $"Networks of your own must be registered before they are loaded (CnnArchitecture.Register)."
            )
        );
    }

    /// <summary>
    /// The crop where no option says it: seven eighths of the smaller side, at least what the network needs where there is as much.
    /// </summary>
    internal static int DefaultCrop(CnnArchitecture architecture, int height, int width)
    {
        int side = Math.Min(height, width);
        return Math.Max(side * 7 / 8, Math.Min(architecture.MinimumSize, side));
    }

    /// <exception cref="InvalidOperationException">The crop is larger than the images, or too small for the network.</exception>
    internal void CheckCrop()
    {
        if (CropSize > Math.Min(Height, Width) || CropSize < Architecture.MinimumSize)
            throw new InvalidOperationException(
                ErrorCode.OptionConflict.Message(
                    $"CropSize is {CropSize}; it must be at most the images' {Height} x {Width} and at least "
                        + $"{Architecture.MinimumSize} for {Architecture}."
                )
            );
    }

    internal ImagePreparer Preparer() => new(Height, Width, CropSize, Channels);

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
