using System.Text.Json;
using System.Text.Json.Nodes;

namespace CxrAnnotate.Cli;

/// <summary>The files of a run that a model card is made of, and values in them by their JSON pointers.</summary>
/// <param name="run">The folder of the run.</param>
internal sealed class CardSources(string run)
{
    internal const string Train = "train.json",
        Evaluation = "evaluation.json",
        Cascade = "cascade.json",
        Manifest = "manifest.json";

    private readonly Dictionary<string, JsonNode?> _files = new(StringComparer.Ordinal);

    /// <summary>A JSON pointer (RFC 6901) of several tokens.</summary>
    internal static string Pointer(params IEnumerable<object> tokens) =>
        string.Concat(
            tokens.Select(token =>
                "/"
                + FormattableString
                    .Invariant($"{token}")
                    .Replace("~", "~0", StringComparison.Ordinal)
                    .Replace("/", "~1", StringComparison.Ordinal)
            )
        );

    /// <summary>The node that a pointer names; null if there is none, or no such file.</summary>
    /// <exception cref="InvalidDataException">The file is damaged.</exception>
    internal JsonNode? Find(string file, string pointer)
    {
        JsonNode? node = Read(file);
        foreach (string token in pointer.Split('/').Skip(1))
        {
            string name = token.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal);
            node = node switch
            {
                JsonObject many => many[name],
                JsonArray list => int.TryParse(name, out int i) && i >= 0 && i < list.Count ? list[i] : null,
                _ => null,
            };
        }

        return node;
    }

    /// <summary>The value that a pointer names: a number, a text, or a figure with its interval; null if it is absent or null.</summary>
    internal CardValue? Value(string name, string file, string pointer) =>
        Find(file, pointer) switch
        {
            JsonObject figure when figure["value"] is { } value => new(name, value.DeepClone(), Copy(figure["low"]), Copy(figure["high"]), file,
                pointer),
            JsonValue value => new(name, value.DeepClone(), null, null, file, pointer),
            _ => null,
        };

    /// <summary>The names of an object's properties, or the indices of a list.</summary>
    internal IReadOnlyList<string> Names(string file, string pointer) =>
        Find(file, pointer) switch
        {
            JsonObject many => [.. many.Select(one => one.Key)],
            JsonArray list => [.. list.Select((_, i) => FormattableString.Invariant($"{i}"))],
            _ => [],
        };

    private static JsonNode? Copy(JsonNode? node) => node?.DeepClone();

    private JsonNode? Read(string file)
    {
        if (_files.TryGetValue(file, out JsonNode? known))
            return known;
        string path = Path.Combine(run, file);
        try
        {
            return _files[file] = File.Exists(path) ? JsonNode.Parse(File.ReadAllText(path)) : null;
        }
        catch (JsonException e)
        {
            throw new InvalidDataException(ErrorCode.ModelDamaged.Message($"'{path}' is damaged: {e.Message}"), e);
        }
    }
}

/// <summary>A value of a card, and where it comes from.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Value">A number, a text or a truth value.</param>
/// <param name="Low">The lower end of the 95 % interval of a figure; null: there is none.</param>
/// <param name="High">The upper end.</param>
/// <param name="File">The file of the run.</param>
/// <param name="Pointer">The JSON pointer (RFC 6901) of the value, or of the figure with value, low and high.</param>
internal sealed record CardValue(string Name, JsonNode Value, JsonNode? Low, JsonNode? High, string File, string Pointer);
