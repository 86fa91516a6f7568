using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Parsing;
using System.Text.Json.Nodes;

namespace CxrAnnotate.Cli;

/// <summary>The options of a command line, in the form of a settings file.</summary>
internal static class EffectiveSettings
{
    /// <summary>Options that apply to one command only.</summary>
    private static readonly string[] OfOneCommand = ["--resume", "--force"];

    /// <summary>The name of an option in a settings file: without its dashes.</summary>
    internal static string NameOf(Option option) => option.Name.TrimStart('-');

    /// <summary>
    /// Every option of a verb that has a value, by its name: given values and defaults. Paths are left out: they are specific to one machine and may
    /// name people.
    /// </summary>
    internal static JsonObject Of(Verb verb, ParseResult parsed)
    {
        JsonObject settings = [];
        foreach (Option option in verb.Options.Where(option => option is not HelpOption && !IsPath(option) && !OfOneCommand.Contains(option.Name)))
        {
            if (parsed.GetResult(option) is { } result && Value(result) is { } value && !TrainingOptions.IsPathOfWeights(option, value))
                settings[NameOf(option)] = value;
        }
        return settings;
    }

    /// <summary>Whether the value of an option is the path of a file or folder, or several.</summary>
    internal static bool IsPath(Option option) =>
        typeof(FileSystemInfo).IsAssignableFrom(option.ValueType.IsArray ? option.ValueType.GetElementType() : option.ValueType);

    private static JsonNode? Value(OptionResult result) =>
        result.GetValueOrDefault<object?>() switch
        {
            null => null,
            bool flag => JsonValue.Create(flag),
            int number => JsonValue.Create(number),
            double number => JsonValue.Create(number),
            string text => JsonValue.Create(text),
            System.Collections.IEnumerable { } several => new JsonArray([
                .. several.Cast<object>().Select(item => (JsonNode?)JsonValue.Create(item.ToString())),
            ])
                is { Count: > 0 } array
                ? array
                : null,
            var other => JsonValue.Create(other.ToString()),
        };
}
