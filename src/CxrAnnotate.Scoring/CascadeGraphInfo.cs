using System.Text;
using System.Text.Json.Serialization;

namespace CxrAnnotate;

/// <summary>What has to be known beside the graph to read a file with it.</summary>
internal sealed record CascadeGraphInfo
{
    /// <summary>The entry of the model's metadata that says how its images are loaded and what its numbers stand for.</summary>
    internal const string MetadataKey = "cxrannotate";

    /// <summary>The newest version of that entry.</summary>
    internal const int CurrentVersion = 2;

    public required int Version { get; init; }

    /// <summary>How files are loaded.</summary>
    public required RadiographFormat Loading { get; init; }

    /// <summary>The annotation of an image without findings, for a model of several findings; null for one of single labels.</summary>
    public string? NormalWord { get; init; }

    /// <summary>The name of the <see cref="CxrAnnotate.LabelScheme"/>; models of before it was kept have none.</summary>
    public string? Scheme { get; init; }

    /// <summary>How the labels relate. Where the file does not say it, a word for images without findings tells of independent ones.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    internal LabelScheme LabelScheme => LabelScheme.Of(Scheme, readsDecisions: NormalWord is not null);

    /// <summary>What the graph calls the output of a default name.</summary>
    internal string GraphName(string name) => Outputs?.GetValueOrDefault(name) ?? name;

    /// <summary>The labels, in the order of Score.</summary>
    public required IReadOnlyList<string> Labels { get; init; }

    /// <summary>The decoder's words by id.</summary>
    public required IReadOnlyList<string> Words { get; init; }

    /// <summary>The words of WordProbability, in order.</summary>
    public required IReadOnlyList<string> ReportedWords { get; init; }

    /// <summary>How words are written in an annotation.</summary>
    public required IReadOnlyDictionary<string, string> DisplayForms { get; init; }

    /// <summary>What the training images were like; null in models of before that was kept.</summary>
    public TrainedImages? Trained { get; init; }

    /// <summary>The graph's names of the outputs, where they are others than those of <c>RecurrentCascadeTransformer.SaveOnnx</c>.</summary>
    public IReadOnlyDictionary<string, string>? Outputs { get; init; }

    /// <summary>Reads the metadata of a model.</summary>
    /// <param name="json">The text of the entry <see cref="MetadataKey"/>.</param>
    /// <param name="path">The model's file, for messages.</param>
    /// <exception cref="InvalidDataException">The text is no such metadata.</exception>
    internal static CascadeGraphInfo Read(string json, string path) =>
        ModelJson.Parse(
            Encoding.UTF8.GetBytes(json),
            path,
            CascadeGraphJson.Default.CascadeGraphInfo,
            read =>
                read.Version > CurrentVersion ? null
                : read.Version < read.LabelScheme.FormatVersion ? "the version that it says is out of range"
                : read.Loading.Problem() is { } problem ? problem
                : !ModelJson.AreNames(read.Labels) ? "its labels are incomplete"
                : !ModelJson.AreNames(read.Words)
                || read.ReportedWords.Any(string.IsNullOrEmpty)
                || read.ReportedWords.Distinct(StringComparer.Ordinal).Count() != read.ReportedWords.Count
                || !read.ReportedWords.All(read.Words.ToHashSet(StringComparer.Ordinal).Contains)
                    ? "its words are incomplete"
                : !ModelJson.AreTexts(read.DisplayForms) ? "its written forms are incomplete"
                : !LabelScheme.IsSound(read.Scheme, readsDecisions: read.NormalWord is not null)
                    ? "its label scheme is unknown, or does not fit its word for images without findings"
                : read.NormalWord is { Length: 0 } ? "its word for images without findings is none"
                : read.Trained is { IsSound: false } ? "what it says of the training images is out of range"
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
