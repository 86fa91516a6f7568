using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace CxrAnnotate.Cli;

/// <summary>
/// Writes the tool's JSON (docs/cli-json.md): a document is an object that begins with its format, <c>cxr.</c> and the verb, and a version.
/// </summary>
internal static class CxrJson
{
    /// <summary>Increases with every change that breaks readers.</summary>
    internal const int Version = 1;

    /// <summary>The format of the document that reports a failed verb.</summary>
    internal const string Error = "error";

    private static readonly JsonSerializerOptions Indented = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    private static readonly JsonSerializerOptions Compact = new(Indented) { WriteIndented = false };

    /// <summary>A document over several lines.</summary>
    /// <param name="format">The format without <c>cxr.</c>: the name of a verb.</param>
    /// <param name="content">The content, whose properties follow format and version.</param>
    internal static string Document<T>(string format, T content) => Node(format, content).ToJsonString(Indented);

    /// <summary>A document on one line, for JSON Lines.</summary>
    /// <param name="format">The format without <c>cxr.</c>: the name of a verb.</param>
    /// <param name="content">The content, whose properties follow format and version.</param>
    internal static string Line<T>(string format, T content) => Node(format, content).ToJsonString(Compact);

    /// <summary>The document as an object, for example for embedding in another one.</summary>
    internal static JsonObject Node<T>(string format, T content)
    {
        JsonObject properties = content is JsonObject given ? (JsonObject)given.DeepClone() : (JsonObject)Value(content)!,
            document = new() { ["format"] = $"cxr.{format}", ["version"] = Version };
        foreach ((string name, JsonNode? value) in properties.ToArray())
        {
            properties.Remove(name);
            document.Add(name, value);
        }
        return document;
    }

    /// <summary>A document over several lines.</summary>
    internal static string Text(JsonObject document) => document.ToJsonString(Indented);

    /// <summary>Any content by the rules for names and values, without format and version.</summary>
    internal static JsonNode? Value<T>(T content) => JsonSerializer.SerializeToNode(content, Indented);
}
