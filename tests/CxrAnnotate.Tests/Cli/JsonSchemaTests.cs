using System.Text.Json;
using System.Text.Json.Nodes;
using CxrAnnotate.Cli;

namespace CxrAnnotate.Tests;

/// <summary>The tool's JSON matches the schemas in docs/schemas, which allow no other properties.</summary>
public sealed class JsonSchemaTests(SmallRun small) : IClassFixture<SmallRun>, IDisposable
{
    private readonly ScratchFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Training_writes_documents_of_its_schema_to_the_output_and_the_run()
    {
        JsonElement told = JsonSchemas.Validate("train", small.Trained.Output),
            train = JsonSchemas.Validate("train", File.ReadAllText(Path.Combine(small.Run, "train.json")));
        JsonElement evaluation = JsonSchemas.Validate("evaluate", File.ReadAllText(Path.Combine(small.Run, "evaluation.json")));
        Assert.Equal(
            evaluation.GetProperty("iterations").GetRawText().Where(c => !char.IsWhiteSpace(c)),
            told.GetProperty("evaluation").GetProperty("iterations").GetRawText().Where(c => !char.IsWhiteSpace(c))
        );
        JsonElement settings = train.GetProperty("settings");
        Assert.Equal(
            (1, 64, 3, 1, 2016, "gru"),
            (
                settings.GetProperty("epochs").GetInt32(),
                settings.GetProperty("image-size").GetInt32(),
                settings.GetProperty("minimum-cases").GetInt32(),
                settings.GetProperty("threads").GetInt32(),
                settings.GetProperty("seed").GetInt32(),
                settings.GetProperty("cell").GetString()
            )
        );
        Assert.Equal(1, train.GetProperty("optimization").GetProperty("further").GetProperty("epochs").GetInt32());
        Assert.Empty(JsonSchemas.Faults("settings", new JsonObject { ["train"] = JsonNode.Parse(settings.GetRawText()) }));
        // Files in the run contain no path of the machine that trained it.
        Assert.DoesNotContain(
            small.Folder,
            File.ReadAllText(Path.Combine(small.Run, "train.json")) + File.ReadAllText(Path.Combine(small.Run, "evaluation.json")),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void The_epochs_of_a_training_and_what_it_read_are_files_of_the_run()
    {
        string[] lines = File.ReadAllLines(Path.Combine(small.Run, "training.jsonl"));
        Assert.All(lines, line => Assert.Empty(JsonSchemas.Faults("training", JsonNode.Parse(line))));
        // One epoch of the image network, and 20 of the decoder, in each of two iterations.
        Assert.Equal(
            [("classifier", 1, 1), ("decoder", 1, 20), ("classifier", 2, 1), ("decoder", 2, 20)],
            TrainingLog
                .Read(Path.Combine(small.Run, "training.jsonl"))
                .GroupBy(epoch => (epoch.Network, epoch.Iteration))
                .Select(group => (group.Key.Network, group.Key.Iteration, group.Count()))
        );
        JsonElement evaluation = JsonElement.Parse(File.ReadAllText(Path.Combine(small.Run, "evaluation.json")));
        Assert.Equal(evaluation.GetProperty("images").GetInt32(), File.ReadAllLines(Path.Combine(small.Run, "cases.csv")).Length - 1);
        string manifest = File.ReadAllText(Path.Combine(small.Run, "manifest.json"));
        Assert.Contains("\"training.jsonl\"", manifest, StringComparison.Ordinal);
        Assert.Contains("\"cases.csv\"", manifest, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(small.Run, "checkpoints")));
    }

    [Fact]
    public async Task Every_verb_writes_documents_of_its_schema()
    {
        CascadeRuns runs = new();
        async Task<JsonElement> Written(string format, params string[] arguments)
        {
            Tool tool = await Tool.Run(runs, [.. arguments, "--json", "--quiet"]);
            Assert.True(tool.Code == CommandLine.Success, tool.Error);
            return JsonSchemas.Validate(format, tool.Output);
        }
        JsonElement evaluated = await Written("evaluate", "evaluate", "--run", small.Run, "--data", small.Table, "--split", "val", "--by", "view");
        Assert.Equal("validation", evaluated.GetProperty("split").GetString());
        Assert.All(
            evaluated.GetProperty("iterations").EnumerateArray(),
            iteration =>
                Assert.InRange(iteration.GetProperty("all").GetProperty("figures").GetProperty("accuracy").GetProperty("value").GetDouble(), 0, 1)
        );
        string broken = _folder.Write("broken.png", "no image"),
            index = Path.Combine(_folder.Path, "cases.safetensors");
        Assert.Equal(
            Directory.GetFiles(small.Images).Length,
            (await Written("index", "index", "--model", small.Run, "--out", index, small.Images)).GetProperty("images").GetInt32()
        );
        foreach (
            string[] verb in (string[][])
                [
                    ["annotate", "--model", small.Run],
                    ["similar", "--model", small.Run, "--index", index],
                    ["info"],
                ]
        )
        {
            Tool many = await Tool.Run(runs, [.. verb, "--json", "--quiet", broken, small.Images]);
            Assert.Equal(CommandLine.Incomplete, many.Code);
            string[] documents = many.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
            Assert.Equal(1 + Directory.GetFiles(small.Images).Length, documents.Length);
            Assert.All(documents, document => JsonSchemas.Validate(verb[0], document));
        }
        await Written("phantom", "phantom", "--out", Path.Combine(_folder.Path, "drawn"), "--studies", "3", "--size", "64");
        await Written(
            "export",
            "export",
            "--run",
            small.Run,
            "--onnx",
            Path.Combine(_folder.Path, "a.onnx"),
            "--mlnet",
            Path.Combine(_folder.Path, "a.zip")
        );
        string page = Path.Combine(_folder.Path, "compared.html");
        JsonElement compared = await Written("compare", "compare", small.Run, small.Run + Path.DirectorySeparatorChar, "--html", page);
        JsonElement none = compared.GetProperty("differences")[0].GetProperty("all").GetProperty("figures").GetProperty("accuracy");
        Assert.Equal((0, 0, 0), (none.GetProperty("value").GetDouble(), none.GetProperty("low").GetDouble(), none.GetProperty("high").GetDouble()));
        Assert.Contains("on the same images", File.ReadAllText(page), StringComparison.Ordinal);
        await Written("completion", "completion", "bash");
        if (File.Exists(Path.Combine(LibTorchPackage.OfUser().Libraries, "libtorch.so")))
            Assert.False((await Written("setup", "setup")).GetProperty("fetched").GetBoolean());
        string list = _folder.Write(
            "list.mesh",
            string.Concat(Enumerable.Range(0, 40).Select(i => $"/i/5/1/{i / 2}/{i}|{(i % 4 < 3 ? "Opacity/lung/left|Scoliosis" : "normal")}\n"))
        );
        await Written("mine", "mine", list, "--minimum-cases", "5");
        _folder.Write("list.mesh.top", File.ReadAllText(list));
        await Written("mine", "mine", list, "--protocol", "paper", "--minimum-cases", "5");
        string reports = _folder.Write(
            "reports.csv",
            "study,findings,annotation\n1,Nodule in the left apex. No effusion.,Nodule/lung/apex/right\n2,Possible scar.,\n"
        );
        Assert.NotEqual(JsonValueKind.Null, (await Written("mine-reports", "mine-reports", reports)).GetProperty("evaluation").ValueKind);
        await Written("mine-reports", "mine-reports", _folder.Write("bare.csv", "report\nA nodule.\n"));
    }

    [Fact]
    public async Task A_demo_and_a_cross_validation_write_documents_of_their_schemas()
    {
        string[] quick = ["--epochs", "1", "--image-size", "64", "--minimum-cases", "2", "--threads", "1", "--iterations", "1", "--json", "--quiet"];
        string demo = Path.Combine(_folder.Path, "demo");
        Tool shown = await Tool.Run(new CascadeRuns(), ["demo", "--out", demo, "--studies", "60", "--multi-label", .. quick]);
        Assert.True(shown.Code == CommandLine.Success, shown.Error);
        JsonElement told = JsonSchemas.Validate("demo", shown.Output);
        JsonSchemas.Validate("evaluate", File.ReadAllText(told.GetProperty("evaluationFile").GetString()!));
        Assert.Equal(
            "demo",
            JsonSchemas.Validate("train", File.ReadAllText(Path.Combine(demo, "run", "train.json"))).GetProperty("verb").GetString()
        );

        string validation = Path.Combine(_folder.Path, "cv");
        Tool validated = await Tool.Run(
            new CascadeRuns(),
            [
                "cross-validate",
                "--data",
                Path.Combine(demo, "phantom", "annotations.csv"),
                "--out",
                validation,
                "--folds",
                "2",
                "--pretrained",
                "none",
                .. quick,
            ]
        );
        Assert.True(validated.Code == CommandLine.Success, validated.Error);
        JsonSchemas.Validate("cross-validate", validated.Output);
        JsonSchemas.Validate("cross-validate", File.ReadAllText(Path.Combine(validation, "cross-validation.json")));
    }

    [Fact]
    public async Task A_failure_is_a_document_of_its_schema()
    {
        foreach (
            string[] arguments in (string[][])
                [
                    ["train", "--json"],
                    ["--json", "trian"],
                    ["evaluate", "--json", "--run", small.Run, "--data", _folder.Write("empty.csv", "image,annotation\n")],
                    ["mine", "--json", "--settings", "absent", _folder.Write("a.mesh", "")],
                ]
        )
        {
            Tool tool = await Tool.Run(new CascadeRuns(), arguments);
            JsonElement error = JsonSchemas.Validate("error", Assert.Single(tool.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)));
            Assert.Equal(tool.Code, error.GetProperty("exitCode").GetInt32());
            Assert.Matches("^CXR[0-9]{4}$", error.GetProperty("code").GetString());
        }
    }

    [Fact]
    public void Every_verb_has_a_schema_that_the_page_of_formats_names()
    {
        CommandLine line = new(new FakeRuns(), new Terminal(TextWriter.Null, TextWriter.Null, false, false));
        Assert.Subset(JsonSchemas.Names.ToHashSet(), line.Verbs.Select(verb => verb.Name).ToHashSet());
        string page = File.ReadAllText(Path.Combine(TestData.RepositoryRoot, "docs", "cli-json.md"));
        Assert.All(JsonSchemas.Names.Except(["common", "settings", "training"]), name => Assert.Contains($"`cxr.{name}`", page,
            StringComparison.Ordinal));
    }

    [Fact]
    public void Extra_and_missing_properties_are_found_at_any_depth()
    {
        JsonNode sound = JsonNode.Parse(small.Trained.Output)!;
        Assert.Empty(JsonSchemas.Faults("train", sound));
        int changed = 0;
        Change(sound);
        Assert.InRange(changed, 100, int.MaxValue);

        void Change(JsonNode? node)
        {
            if (node is JsonObject part)
            {
                if (node.GetPath() != "$.settings")
                {
                    part["bestIteration"] = 1;
                    Assert.NotEmpty(JsonSchemas.Faults("train", sound));
                    part.Remove("bestIteration");
                    changed++;
                }
                // All figures are alike, so that one represents the others.
                foreach (
                    string name in part.Select(property => property.Key)
                        .Take(node.GetPath().EndsWith(".figures", StringComparison.Ordinal) ? 1 : int.MaxValue)
                        .ToArray()
                )
                    Change(part[name]);
            }
            else if (node is JsonArray { Count: > 0 } items)
                Change(items[0]);
        }
    }

    [Fact]
    public void Names_follow_the_rules()
    {
        string folder = Path.Combine(TestData.RepositoryRoot, "docs", "schemas");
        Assert.SkipUnless(Directory.Exists(folder), "The repository's documentation is not beside the tests.");
        int names = 0;
        foreach (string path in Directory.EnumerateFiles(folder, "*.json").Where(path => Path.GetFileName(path) != "settings.schema.json"))
            Visit(JsonNode.Parse(File.ReadAllText(path))!.AsObject());
        Assert.InRange(names, 200, int.MaxValue);

        void Visit(JsonObject schema)
        {
            if (schema["properties"] is JsonObject properties)
            {
                names += properties.Count;
                Assert.All(properties, property => Assert.Matches("^[a-z][a-zA-Z0-9]*$", property.Key));
                // Names of counts say what they count; names of arrays are plural.
                foreach ((string name, JsonNode? value) in properties)
                {
                    if (value?["type"]?.ToString() == "array")
                        Assert.Matches("(s|Matrix|histogram)$", name);
                    if (value?["type"]?.ToString() == "integer" && value["minimum"] is not null)
                        Assert.DoesNotMatch("^(labels|iterations|findings|terms|patterns|words|clusters)$", name);
                }
            }
            foreach ((_, JsonNode? child) in schema)
            {
                foreach (
                    JsonObject nested in child is JsonObject one ? [one]
                    : child is JsonArray several ? several.OfType<JsonObject>()
                    : (IEnumerable<JsonObject>)[]
                )
                    Visit(nested);
            }
        }
    }
}
