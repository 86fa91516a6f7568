using System.Text.Json;
using System.Text.Json.Nodes;
using Json.Schema;

namespace CxrAnnotate.Tests;

/// <summary>The schemas in docs/schemas, for validating the tool's output.</summary>
internal static class JsonSchemas
{
    private static readonly Lazy<Dictionary<string, JsonSchema>> All = new(Load);

    internal static IReadOnlyCollection<string> Names => All.Value.Keys;

    /// <summary>Asserts that a text is one document of a format, and returns it.</summary>
    internal static JsonElement Validate(string format, string json)
    {
        JsonElement document = JsonDocument.Parse(json).RootElement;
        Assert.Equal($"cxr.{format}", document.GetProperty("format").GetString());
        string[] faults = Faults(format, JsonNode.Parse(json));
        Assert.True(faults.Length == 0, string.Join('\n', faults));
        return document;
    }

    /// <summary>The violations of a format's schema by a document.</summary>
    internal static string[] Faults(string format, JsonNode? document)
    {
        EvaluationResults results = All.Value[format].Evaluate(document, new EvaluationOptions { OutputFormat = OutputFormat.List });
        return results.IsValid
            ? []
            :
            [
                .. results
                    .Details.Where(detail => detail.HasErrors)
                    .SelectMany(detail => detail.Errors!.Select(error => $"{detail.InstanceLocation}: {error.Key} {error.Value}"))
                    .DefaultIfEmpty("not valid"),
            ];
    }

    private static Dictionary<string, JsonSchema> Load()
    {
        string folder = Path.Combine(TestData.RepositoryRoot, "docs", "schemas");
        Assert.SkipUnless(Directory.Exists(folder), "The repository's documentation is not beside the tests.");
        Dictionary<string, JsonSchema> schemas = Directory
            .EnumerateFiles(folder, "*.schema.json")
            .ToDictionary(path => Path.GetFileName(path)[..^".schema.json".Length], path => JsonSchema.FromFile(path));
        foreach (JsonSchema schema in schemas.Values)
            SchemaRegistry.Global.Register(schema);
        return schemas;
    }
}
