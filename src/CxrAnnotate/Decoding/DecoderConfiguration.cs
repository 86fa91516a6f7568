using System.Text.Json;
using System.Text.Json.Serialization;

namespace CxrAnnotate;

/// <summary>
/// Everything about a trained decoder except its weights: enough to rebuild the module and to search with it as before. Written as JSON beside the
/// weights.
/// </summary>
internal sealed record DecoderConfiguration
{
    /// <summary>Larger sizes are treated as damage: such a decoder would not fit into memory.</summary>
    private const int LargestSize = 1 << 16;

    public required RecurrentCell Cell { get; init; }

    public required int Layers { get; init; }

    public required int HiddenSize { get; init; }

    public required int FeatureSize { get; init; }

    public double Dropout { get; init; }

    public double FeatureDropout { get; init; }

    /// <summary>The regions of the features that it attends to; null for a decoder without attention, and in older models.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public FeatureRegions? Attention { get; init; }

    /// <summary>All words by id.</summary>
    public required IReadOnlyList<string> Words { get; init; }

    /// <summary>The first id of the words that can be printed.</summary>
    public required int FirstPrintable { get; init; }

    /// <summary>The base labels of the training.</summary>
    public required IReadOnlyList<string> Labels { get; init; }

    /// <summary>How words are written in an annotation.</summary>
    public required IReadOnlyDictionary<string, string> DisplayForms { get; init; }

    public DecodingSearch Search { get; init; }

    public int BeamWidth { get; init; } = 1;

    public double LengthNormalization { get; init; }

    public double Temperature { get; init; } = 1;

    public int SampleSeed { get; init; }

    /// <summary>The maximum number of words after the label, including the end token.</summary>
    public required int MaximumLength { get; init; }

    /// <summary>The annotation of an image without findings, for a multi-label decoder; null for a single-label one.</summary>
    public string? NormalWord { get; init; }

    /// <summary>The grammar that the searches obey; null for a decoder that may write any words, and in older models.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public AnnotationGrammar? Grammar { get; init; }

    /// <summary>The name of the <see cref="CxrAnnotate.LabelScheme"/>; null in older models.</summary>
    public string? Scheme { get; init; }

    /// <summary>
    /// How the labels relate. In files that do not name the scheme, a word for images without findings implies independent findings.
    /// </summary>
    [JsonIgnore]
    internal LabelScheme LabelScheme => LabelScheme.Of(Scheme, readsDecisions: NormalWord is not null);

    /// <summary>The maximum number of findings in an annotation.</summary>
    public int MaximumFindings { get; init; } = 12;

    /// <summary>The number of annotations that the search returns per label.</summary>
    [JsonIgnore]
    internal int BestWidth => Search == DecodingSearch.Beam ? BeamWidth : 1;

    internal string ToJson() => JsonSerializer.Serialize(this, DecoderConfigurationJson.Default.DecoderConfiguration);

    /// <exception cref="InvalidDataException">The file is not a decoder configuration.</exception>
    internal static DecoderConfiguration Read(string path) => ModelJson.Read(path, DecoderConfigurationJson.Default.DecoderConfiguration, Problem);

    private static string? Problem(DecoderConfiguration read) =>
        !ModelJson.AreNames(read.Words) || read.FirstPrintable <= ReservedWords.UnknownId || read.Words.Count < read.FirstPrintable
            ? "its words are incomplete"
        : !ModelJson.AreNames(read.Labels) || !read.Labels.All(read.Words.Contains) ? "its labels are incomplete"
        : !ModelJson.AreTexts(read.DisplayForms) ? "its display forms are incomplete"
        : !Enum.IsDefined(read.Cell)
        || !Enum.IsDefined(read.Search)
        || read
            is not
            {
                Layers: >= 1 and <= 8,
                HiddenSize: >= 1 and <= LargestSize,
                FeatureSize: >= 1 and <= LargestSize,
                MaximumLength: >= 1 and <= LargestSize,
                BeamWidth: >= 1 and <= 1000,
                MaximumFindings: >= 1,
                Dropout: >= 0 and < 1,
                FeatureDropout: >= 0 and < 1,
                LengthNormalization: >= 0 and <= 2,
                Temperature: > 0 and < double.PositiveInfinity,
            }
            ? "a value is out of range"
        : read.Attention?.Fits(read.FeatureSize) == false ? "its regions lie outside the features"
        : read.Grammar?.IsSound(read.Words.Count) == false ? "its grammar does not fit its words"
        : read.NormalWord is { } normal && (string.IsNullOrWhiteSpace(normal) || normal.AsSpan().ContainsAny(" |"))
            ? "its word for images without findings is not a single word"
        : !LabelScheme.IsSound(read.Scheme, readsDecisions: read.NormalWord is not null)
            ? "its label scheme is unknown, or does not fit its word for images without findings"
        : null;

    internal DecoderVocabulary CreateVocabulary() => new(Words, FirstPrintable, Labels, DisplayForms);

    internal RecurrentDecoder CreateModule(int seed = 0) =>
        new(Cell, Words.Count, HiddenSize, Layers, FeatureSize, Dropout, FeatureDropout, seed, Attention);
}

[JsonSourceGenerationOptions(WriteIndented = true, UseStringEnumConverter = true, RespectNullableAnnotations = true)]
[JsonSerializable(typeof(DecoderConfiguration))]
internal sealed partial class DecoderConfigurationJson : JsonSerializerContext;
