using System.Text;
using System.Text.Json.Serialization;

namespace CxrAnnotate;

/// <summary>The information that scoring needs besides the graph.</summary>
internal sealed record CascadeGraphInfo
{
    /// <summary>The metadata entry that describes how images are loaded and what the outputs mean.</summary>
    internal const string MetadataKey = "cxrannotate";

    /// <summary>The current version of that entry.</summary>
    internal const int CurrentVersion = 2;

    public required int Version { get; init; }

    /// <summary>How files are loaded.</summary>
    public required RadiographFormat Loading { get; init; }

    /// <summary>The annotation of an image without findings, for a multi-label model; null for a single-label one.</summary>
    public string? NormalWord { get; init; }

    /// <summary>The name of the <see cref="CxrAnnotate.LabelScheme"/>; null in older models.</summary>
    public string? Scheme { get; init; }

    /// <summary>The label scheme. If the file does not name it, a word for images without findings implies independent labels.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    internal LabelScheme LabelScheme => LabelScheme.Of(Scheme, readsDecisions: NormalWord is not null);

    /// <summary>The graph's name for the output with the given default name.</summary>
    internal string GraphName(string name) => Outputs?.GetValueOrDefault(name) ?? name;

    /// <summary>The labels, in the order of Score.</summary>
    public required IReadOnlyList<string> Labels { get; init; }

    /// <summary>The decoder's words by id.</summary>
    public required IReadOnlyList<string> Words { get; init; }

    /// <summary>The words of WordProbability, in order.</summary>
    public required IReadOnlyList<string> ReportedWords { get; init; }

    /// <summary>How words are written in an annotation.</summary>
    public required IReadOnlyDictionary<string, string> DisplayForms { get; init; }

    /// <summary>The grid of the regions of WordAttention; null for a decoder without attention.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public AttentionGrid? Attention { get; init; }

    /// <summary>Statistics of the training images; null in older models.</summary>
    public TrainedImages? Trained { get; init; }

    /// <summary>What the validation rows say of the outputs; null in older models, and without validation rows.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ModelReliability? Reliability { get; init; }

    /// <summary>The graph's names of the outputs, where they differ from those of <c>RecurrentCascadeTransformer.SaveOnnx</c>.</summary>
    public IReadOnlyDictionary<string, string>? Outputs { get; init; }

    /// <summary>Reads the metadata of a model.</summary>
    /// <param name="json">The text of the entry <see cref="MetadataKey"/>.</param>
    /// <param name="path">The model's file, for messages.</param>
    /// <exception cref="InvalidDataException">The text is not valid metadata.</exception>
    internal static CascadeGraphInfo Read(string json, string path) =>
        ModelJson.Parse(
            Encoding.UTF8.GetBytes(json),
            path,
            CascadeGraphJson.Default.CascadeGraphInfo,
            read =>
                read.Version > CurrentVersion ? null
                : read.Version < read.LabelScheme.FormatVersion ? "its version is out of range"
                : read.Loading.Problem() is { } problem ? problem
                : !ModelJson.AreNames(read.Labels) ? "its labels are incomplete"
                : !ModelJson.AreNames(read.Words)
                || read.ReportedWords.Any(string.IsNullOrEmpty)
                || read.ReportedWords.Distinct(StringComparer.Ordinal).Count() != read.ReportedWords.Count
                || !read.ReportedWords.All(read.Words.ToHashSet(StringComparer.Ordinal).Contains)
                    ? "its words are incomplete"
                : !ModelJson.AreTexts(read.DisplayForms) ? "its display forms are incomplete"
                : !LabelScheme.IsSound(read.Scheme, readsDecisions: read.NormalWord is not null)
                    ? "its label scheme is unknown, or does not fit its word for images without findings"
                : read.NormalWord is { Length: 0 } ? "its word for images without findings is empty"
                : read.Attention is { Rows: < 1 } or { Columns: < 1 } or { Height: <= 0 or > 1 } or { Width: <= 0 or > 1 }
                    ? "its grid of regions is out of range"
                : read.Trained is { IsSound: false } ? "its statistics of the training images are out of range"
                : read.Reliability?.Problem(read.LabelScheme, read.Labels.Count) is { } unreliable ? unreliable
                : read.Outputs is { } outputs && outputs.Values.Any(string.IsNullOrEmpty) ? "the names of its outputs are incomplete"
                : null
        );
}

[JsonSourceGenerationOptions(
    UseStringEnumConverter = true,
    RespectNullableAnnotations = true,
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase
)]
[JsonSerializable(typeof(CascadeGraphInfo))]
internal sealed partial class CascadeGraphJson : JsonSerializerContext;
