using System.Text.Json;
using System.Text.Json.Serialization;

namespace CxrAnnotate;

/// <summary>Everything about a trained decoder but its weights: enough to build the module again and to search with it as before. Written as JSON beside the weights.</summary>
internal sealed record DecoderConfiguration
{
    public required RecurrentCell Cell { get; init; }

    public required int Layers { get; init; }

    public required int HiddenSize { get; init; }

    public required int FeatureSize { get; init; }

    public double Dropout { get; init; }

    public double FeatureDropout { get; init; }

    /// <summary>All words by id.</summary>
    public required IReadOnlyList<string> Words { get; init; }

    /// <summary>The first id of the words that can be printed.</summary>
    public required int FirstPrintable { get; init; }

    /// <summary>The base labels that training had.</summary>
    public required IReadOnlyList<string> Labels { get; init; }

    /// <summary>How words are written in an annotation.</summary>
    public required IReadOnlyDictionary<string, string> DisplayForms { get; init; }

    public DecodingSearch Search { get; init; }

    public int BeamWidth { get; init; } = 1;

    public double LengthNormalization { get; init; }

    public double Temperature { get; init; } = 1;

    public int SampleSeed { get; init; }

    /// <summary>The most words after the label, the end token included.</summary>
    public required int MaximumLength { get; init; }

    /// <summary>The annotation of an image without findings, for a decoder that writes one annotation per finding; null for a decoder of single labels.</summary>
    public string? NormalWord { get; init; }

    /// <summary>The most findings of an image that are written.</summary>
    public int MaximumFindings { get; init; } = 12;

    /// <summary>Annotations that the search for the most probable one ends with.</summary>
    [JsonIgnore]
    internal int BestWidth => Search == DecodingSearch.Beam ? BeamWidth : 1;

    /// <summary>Of so many findings those that words are searched for.</summary>
    internal int Searched(int findings) => Math.Min(MaximumFindings, findings);

    internal string ToJson() => JsonSerializer.Serialize(this, DecoderConfigurationJson.Default.DecoderConfiguration);

    /// <exception cref="FormatException">The text is no decoder's configuration.</exception>
    internal static DecoderConfiguration FromJson(string json)
    {
        try
        {
            var read = JsonSerializer.Deserialize(json, DecoderConfigurationJson.Default.DecoderConfiguration) ?? throw new FormatException("The decoder's configuration is empty.");
            bool sound = Enum.IsDefined(read.Cell) && Enum.IsDefined(read.Search) && read.Layers > 0 && read.HiddenSize > 0 && read.FeatureSize > 0 && read.MaximumLength > 0
                && read.BeamWidth > 0 && read.MaximumFindings > 0 && read.Temperature > 0 && read.FirstPrintable > DecoderVocabulary.UnknownId && read.Words.Count >= read.FirstPrintable
                && read.Words.Distinct(StringComparer.Ordinal).Count() == read.Words.Count && read.Labels.All(read.Words.Contains);
            return sound ? read : throw new FormatException("The decoder's configuration holds a value that is out of range; save the decoder again.");
        }
        catch (Exception e) when (e is JsonException or NotSupportedException or ArgumentNullException)
        {
            throw new FormatException($"The decoder's configuration cannot be read: {e.Message}", e);
        }
    }

    internal DecoderVocabulary CreateVocabulary() => new(Words, FirstPrintable, Labels, DisplayForms);

    internal RecurrentDecoder CreateModule(int seed = 0) => new(Cell, Words.Count, HiddenSize, Layers, FeatureSize, Dropout, FeatureDropout, seed);
}

[JsonSourceGenerationOptions(WriteIndented = true, UseStringEnumConverter = true)]
[JsonSerializable(typeof(DecoderConfiguration))]
internal sealed partial class DecoderConfigurationJson : JsonSerializerContext;
