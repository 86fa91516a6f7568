using System.CommandLine;
using System.CommandLine.Help;
using System.Text.Json;

namespace CxrAnnotate.Cli;

/// <summary>
/// Options from a file, <c>cxr.json</c> in the current folder or the one that <c>--settings</c> names: an object of option names without dashes, and
/// for each verb an object of its own. The command line takes precedence, then the file's options for the verb, then those for all verbs.
/// </summary>
internal sealed class SettingsFile
{
    /// <summary>The default file in the current folder.</summary>
    internal const string Name = "cxr.json";

    /// <summary>The value for no file.</summary>
    internal const string None = "none";

    private static readonly JsonDocumentOptions Json = new()
    {
        CommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
        AllowDuplicateProperties = false,
    };

    private readonly string _path;
    private readonly JsonElement _root;
    private readonly string? _only;

    private SettingsFile(string path, JsonElement root, string? only) => (_path, _root, _only) = (path, root, only);

    /// <summary>The file to use; null if there is none.</summary>
    /// <param name="given">The value of <c>--settings</c>; null: look in the current folder.</param>
    /// <exception cref="UsageException">There is no such file, or it is invalid.</exception>
    internal static SettingsFile? Find(string? given) =>
        given is null
            ? File.Exists(Name)
                ? Read(Name)
                : null
            : given == None
                ? null
                : File.Exists(given)
                    ? Read(given)
                    : throw Unusable($"--settings: there is no file '{given}'. Give a settings file, or '{None}' for none.");

    /// <summary>The arguments that the file adds to a command line.</summary>
    /// <param name="verb">The verb of the command line.</param>
    /// <param name="verbs">All verbs.</param>
    /// <param name="common">The options of all verbs.</param>
    /// <param name="parsed">The command line.</param>
    /// <exception cref="UsageException">The file names an option that no verb has, or gives a value of the wrong kind.</exception>
    internal IReadOnlyList<string> ArgumentsFor(Verb verb, IReadOnlyList<Verb> verbs, IReadOnlyList<Option> common, ParseResult parsed)
    {
        if (_only is not null && _only != verb.Name)
            throw Wrong($"these are the settings of '{_only}', not of '{verb.Name}'.");
        Dictionary<string, (Option Option, JsonElement Value)> chosen = new(StringComparer.Ordinal);
        Dictionary<string, Option> all = Named(verbs.SelectMany(v => v.Options).Concat(common)),
            own = Named(verb.Options.Concat(common));
        if (_only is null)
        {
            foreach (JsonProperty property in _root.EnumerateObject().Where(property => property.Name != "$schema"))
            {
                // A verb and an option may have the same name: the verb has an object.
                if (
                    verbs.FirstOrDefault(v => v.Name == property.Name) is { } section
                    && (property.Value.ValueKind == JsonValueKind.Object || !all.ContainsKey(property.Name))
                )
                {
                    if (property.Value.ValueKind != JsonValueKind.Object)
                        throw Wrong($"'{property.Name}' is a verb: give an object of its options.");
                    Dictionary<string, Option> options = Named(section.Options.Concat(common));
                    foreach (JsonProperty option in property.Value.EnumerateObject())
                        Check(options, option, $"'{section.Name}' has no option");
                }
                else
                {
                    Check(all, property, "there is no option", verbs.Select(v => v.Name));
                    if (own.TryGetValue(property.Name, out Option? option))
                        chosen[property.Name] = (option, property.Value);
                }
            }
        }
        JsonElement mine = _root;
        if (_only is not null || _root.TryGetProperty(verb.Name, out mine) && mine.ValueKind == JsonValueKind.Object)
        {
            foreach (JsonProperty property in mine.EnumerateObject())
            {
                Check(own, property, $"'{verb.Name}' has no option");
                chosen[property.Name] = (own[property.Name], property.Value);
            }
        }
        bool alternativeGiven = verb.Alternatives.Any(IsGiven);
        return
        [
            .. chosen
                .Where(setting => !IsGiven(setting.Value.Option) && !(alternativeGiven && verb.Alternatives.Contains(setting.Value.Option)))
                .SelectMany(setting => Arguments(setting.Value.Option, setting.Value.Value)),
        ];

        bool IsGiven(Option option) => parsed.GetResult(option) is { Implicit: false };
    }

    /// <summary>The path in quotes, for messages.</summary>
    public override string ToString() => $"'{_path}'";

    private static Dictionary<string, Option> Named(IEnumerable<Option> options) =>
        options
            .Where(option => option is not HelpOption and not VersionOption && option.Name != "--settings")
            .DistinctBy(option => option.Name, StringComparer.Ordinal)
            .ToDictionary(EffectiveSettings.NameOf, StringComparer.Ordinal);

    private static SettingsFile Read(string path)
    {
        try
        {
            using FileStream stream = File.OpenRead(path);
            using JsonDocument document = JsonDocument.Parse(stream, Json);
            JsonElement root = document.RootElement.Clone();
            if (root.ValueKind != JsonValueKind.Object)
                throw Unusable(
                    $"'{path}' is not a settings file: it must be an object, such as {{ \"threads\": 4, \"train\": {{ \"epochs\": 10 }} }}."
                );
            if (!root.TryGetProperty("format", out JsonElement format))
                return new SettingsFile(path, root, null);
            // The document of a training can repeat that training.
            return
                root.TryGetProperty("verb", out JsonElement verb)
                && verb.ValueKind == JsonValueKind.String
                && root.TryGetProperty("settings", out JsonElement settings)
                && settings.ValueKind == JsonValueKind.Object
                ? new SettingsFile(path, settings, verb.GetString())
                : throw Unusable(
                    $"'{path}' is a document of the format '{format}' and has no settings. Give a settings file, or the train.json of a run."
                );
        }
        catch (JsonException e)
        {
            throw Unusable($"'{path}' is not valid JSON: {e.Message}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unusable($"'{path}' cannot be read: {e.Message}");
        }
    }

    private void Check(Dictionary<string, Option> options, JsonProperty property, string unknown, IEnumerable<string>? verbs = null)
    {
        if (!options.TryGetValue(property.Name, out Option? option))
        {
            string? close = Misspellings.Nearest(property.Name, options.Keys.Concat(verbs ?? []));
            throw Wrong($"{unknown} '{property.Name}'.{(close is null ? "" : $" Did you mean '{close}'?")}");
        }
        bool flag = option.ValueType == typeof(bool),
            several = option.Arity.MaximumNumberOfValues > 1;
        bool fits = property.Value.ValueKind switch
        {
            JsonValueKind.Null => true,
            JsonValueKind.True or JsonValueKind.False => flag,
            JsonValueKind.String or JsonValueKind.Number => !flag,
            JsonValueKind.Array => several
                && property.Value.EnumerateArray().All(item => item.ValueKind is JsonValueKind.String or JsonValueKind.Number),
            _ => false,
        };
        if (!fits)
            throw Wrong($"'{property.Name}' must be {(flag ? "true or false" : several ? "a text or an array of texts" : "a text or a number")}.");
    }

    private IEnumerable<string> Arguments(Option option, JsonElement value) =>
        value.ValueKind switch
        {
            JsonValueKind.Null or JsonValueKind.False => [],
            JsonValueKind.True => [option.Name],
            JsonValueKind.Array => value.EnumerateArray().SelectMany(item => Arguments(option, item)),
            _ => [$"{option.Name}={Text(option, value)}"],
        };

    /// <summary>Paths are relative to the settings file.</summary>
    private string Text(Option option, JsonElement value)
    {
        string text = value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText();
        return EffectiveSettings.IsPath(option) && text.Length > 0 ? Path.Combine(Path.GetDirectoryName(Path.GetFullPath(_path))!, text) : text;
    }

    private UsageException Wrong(string text) => Unusable($"{this}: {text}");

    private static UsageException Unusable(string text) => new(ErrorCode.SettingsFile.Message(text));
}
