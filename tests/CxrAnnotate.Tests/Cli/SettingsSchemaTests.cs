using System.CommandLine;
using System.CommandLine.Help;
using System.Text.Json;
using System.Text.Json.Nodes;
using CxrAnnotate.Cli;

namespace CxrAnnotate.Tests;

/// <summary>
/// docs/schemas/settings.schema.json, with which editors complete and check a settings file, is generated from the tool's options: CXR_WRITE_DOCS=1
/// updates it.
/// </summary>
public sealed class SettingsSchemaTests
{
    [Fact]
    public void The_schema_of_settings_files_matches_the_options()
    {
        string path = Path.Combine(TestData.RepositoryRoot, "docs", "schemas", "settings.schema.json");
        Assert.SkipUnless(Directory.Exists(Path.GetDirectoryName(path)), "The repository's documentation is not beside the tests.");
        string generated =
            Generate()
                .ToJsonString(
                    new JsonSerializerOptions
                    {
                        WriteIndented = true,
                        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
                    }
                ) + "\n";
        if (Environment.GetEnvironmentVariable("CXR_WRITE_DOCS") == "1")
            File.WriteAllText(path, generated);
        else
            Assert.Equal(File.ReadAllText(path), generated);
    }

    [Theory]
    [InlineData(
        """{ "$schema": "settings.schema.json", "threads": 4, "phantom": 30, "quiet": true, "train": { "freeze": ["stem"], "epochs": null, "learning-rate": "1e-3" }, "evaluate": {} }""",
        true
    )]
    [InlineData("""{ "phantom": { "studies": 4 } }""", true)]
    [InlineData("""{ "thread": 4 }""", false)]
    [InlineData("""{ "train": { "split": "test" } }""", false)]
    [InlineData("""{ "multi-label": "yes" }""", false)]
    [InlineData("""{ "epochs": true }""", false)]
    [InlineData("""{ "settings": "a.json" }""", false)]
    public async Task The_schema_and_the_tool_agree_on_a_file(string settings, bool sound)
    {
        using ScratchFolder folder = new();
        Assert.Equal(sound, JsonSchemas.Faults("settings", JsonNode.Parse(settings)).Length == 0);
        Tool tool = await Tool.Run("train", "--out", folder.Path, "--phantom", "30", "--settings", folder.Write("a.json", settings));
        Assert.Equal(sound ? CommandLine.Success : CommandLine.Usage, tool.Code);
    }

    private static JsonObject Generate()
    {
        CommandLine line = new(new FakeRuns(), new Terminal(TextWriter.Null, TextWriter.Null, false, false));
        Option[] common = Shown(line.Common);
        JsonObject properties = new() { ["$schema"] = new JsonObject { ["type"] = "string" } };
        foreach (Option option in common.Concat(line.Verbs.SelectMany(verb => Shown(verb.Options))).DistinctBy(option => option.Name))
            properties[EffectiveSettings.NameOf(option)] = Of(option);
        foreach (Verb verb in line.Verbs)
        {
            JsonObject section = new()
            {
                ["description"] = $"Options of cxr {verb.Name}.",
                ["type"] = "object",
                ["properties"] = new JsonObject(
                    common.Concat(Shown(verb.Options)).Select(option => KeyValuePair.Create(EffectiveSettings.NameOf(option), (JsonNode?)Of(option)))
                ),
                ["additionalProperties"] = false,
            };
            properties[verb.Name] = properties[verb.Name] is { } option
                ? new JsonObject { ["anyOf"] = new JsonArray(option.DeepClone(), section) }
                : section;
        }
        return new JsonObject
        {
            ["$schema"] = "https://json-schema.org/draft/2020-12/schema",
            ["title"] = "cxr.json, a settings file of cxr",
            ["type"] = "object",
            ["properties"] = properties,
            ["additionalProperties"] = false,
        };
    }

    private static Option[] Shown(IEnumerable<Option> options) =>
        [.. options.Where(option => option is not HelpOption && option.Name != "--settings")];

    private static JsonObject Of(Option option)
    {
        JsonNode type =
            option.ValueType == typeof(bool) ? new JsonArray("boolean", "null")
            : option.Arity.MaximumNumberOfValues > 1 ? new JsonArray("string", "number", "array", "null")
            : new JsonArray("string", "number", "null");
        JsonObject schema = new() { ["description"] = option.Description, ["type"] = type };
        if (option.Arity.MaximumNumberOfValues > 1)
            schema["items"] = new JsonObject { ["type"] = new JsonArray("string", "number") };
        return schema;
    }
}
