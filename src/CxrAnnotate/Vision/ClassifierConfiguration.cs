using System.Text.Json;
using System.Text.Json.Serialization;

namespace CxrAnnotate;

/// <summary>All that is needed, beside the weights, to rebuild an image classifier and to feed it as it was fed in training.</summary>
internal sealed record ClassifierConfiguration
{
    public required CnnArchitecture Architecture { get; init; }

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

    /// <summary>For a network of several findings the probability at or above which each is detected, in the order of the labels; parts of one finding share it. Null for single labels.</summary>
    public IReadOnlyList<float>? Thresholds { get; init; }

    /// <summary>What is added to each label's logit before the softmax: the logarithm of its natural over its drawn frequency; before the sigmoid: what takes the weight of presence back out.</summary>
    public IReadOnlyList<float>? LogitShift { get; init; }

    /// <summary>Crops that an image is scored by: 1 or 5.</summary>
    public int ScoringCrops { get; init; } = 1;

    /// <summary>What the training images were like; null in models of before that was kept.</summary>
    public TrainedImages? Trained { get; init; }

    /// <summary>Whether an image may have several of the labels.</summary>
    [JsonIgnore]
    internal bool IsMultiLabel => Thresholds is not null;

    internal string ToJson() => JsonSerializer.Serialize(this, ClassifierConfigurationJson.Default.ClassifierConfiguration);

    /// <exception cref="InvalidDataException">The file is no classifier's configuration.</exception>
    internal static ClassifierConfiguration Read(string path)
    {
        try
        {
            var read = JsonSerializer.Deserialize(File.ReadAllBytes(path), ClassifierConfigurationJson.Default.ClassifierConfiguration);
            return read is { Labels.Count: > 0, Channels: 1 or 3, CropSize: > 0, ScoringCrops: 1 or 5, Dropout: >= 0 and < 1 } && Enum.IsDefined(read.Architecture) && read.CropSize <= Math.Min(read.Height, read.Width)
                && (read.Thresholds is null || (read.Thresholds.Count == read.Labels.Count && read.Thresholds.All(t => t is >= 0 and <= 1)))
                && read.Trained is null or { IsSound: true }
                && (read.LogitShift is null || read.LogitShift.Count == read.Labels.Count)
                ? read
                : throw new InvalidDataException($"'{path}' is damaged: a value is missing or out of range.");
        }
        catch (Exception e) when (e is JsonException or NotSupportedException)
        {
            throw new InvalidDataException($"'{path}' is damaged or not of this library: {e.Message}", e);
        }
    }

    internal ImagePreparer Preparer() => new(Height, Width, CropSize, Channels);

    internal ImageNetwork CreateNetwork(int seed = 0) => ImageNetwork.Create(Architecture, Channels, Labels.Count, BatchNormalization, Dropout, seed);
}

[JsonSourceGenerationOptions(WriteIndented = true, UseStringEnumConverter = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(ClassifierConfiguration))]
internal sealed partial class ClassifierConfigurationJson : JsonSerializerContext;
