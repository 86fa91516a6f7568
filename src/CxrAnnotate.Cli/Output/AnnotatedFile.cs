using System.Reflection;
using System.Text.Json.Serialization;

namespace CxrAnnotate.Cli;

/// <summary>Whether a file was read.</summary>
internal enum FileStatus
{
    Read,
    Unreadable,
}

/// <summary>Why a file could not be read.</summary>
/// <param name="Code">The stable code of the cause; null if it has none.</param>
/// <param name="Message">What is wrong with it.</param>
internal sealed record FileError(string? Code, string Message)
{
    /// <summary>Rewords the library's message for the tool, with its code separate.</summary>
    /// <param name="reason">The reason, as a phrase that can follow the file name.</param>
    internal static FileError Of(string reason) => new(CxrError.CodeOf(reason), ToolWording.Of(CxrError.TextOf(reason)));
}

/// <summary>
/// The result for one file: a record of the output of <c>cxr annotate</c> (docs/cli-annotate.md). Each record names its file and model, so that
/// results can be split, joined and continued.
/// </summary>
internal sealed record AnnotatedFile
{
    /// <summary>The index of the file among all that were named or found, from 0.</summary>
    public required long Index { get; init; }

    /// <summary>The file as it was given, or its path in a given folder.</summary>
    public required string File { get; init; }

    public required FileStatus Status { get; init; }

    /// <summary>The annotation in the MeSH grammar; null if the file could not be read.</summary>
    public string? Annotation { get; init; }

    /// <summary>The probability of the whole annotation.</summary>
    public double? AnnotationProbability { get; init; }

    /// <summary>
    /// The disease; for a multi-label model the detected findings, the most probable first, joined by '|', or the normal word.
    /// </summary>
    public string? Label { get; init; }

    /// <summary>Its probability; for a multi-label model that of the first finding.</summary>
    public double? LabelProbability { get; init; }

    /// <summary>Where the findings and words were read from; null if that was not asked for, or the file could not be read.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<ExplainedPart>? HeatMaps { get; init; }

    /// <summary>How the image differs from those that the model was trained on.</summary>
    public IReadOnlyList<InputWarning> Warnings { get; init; } = [];

    /// <summary>What to do with the reading, if that was asked for; null if it was not, or the model does not say.</summary>
    public ReadingVerdict? Group { get; init; }

    /// <summary>Why the file could not be read; null if it was read.</summary>
    public FileError? Error { get; init; }

    /// <summary>The SHA-256 of the file's bytes; null if they cannot be read.</summary>
    public string? Sha256 { get; init; }

    /// <summary>The model that read the file.</summary>
    public required ModelIdentity Model { get; init; }

    /// <summary>The version of this tool.</summary>
    public string ToolVersion { get; init; } = Version;

    private static string Version { get; } =
        typeof(AnnotatedFile).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "";
}
