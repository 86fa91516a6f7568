using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using CxrAnnotate.Cli;

namespace CxrAnnotate.Tests;

public sealed class SettingsFileTests : IDisposable
{
    private readonly ScratchFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private async Task<TrainSettings> Train(string settings, params string[] arguments)
    {
        FakeRuns runs = new();
        Tool tool = await Tool.Run(runs, ["train", "--out", _folder.Path, "--settings", _folder.Write("settings.json", settings), .. arguments]);
        Assert.True(tool.Code == CommandLine.Success, tool.Error);
        return runs.Trained!;
    }

    [Fact]
    public async Task The_command_line_takes_precedence_then_the_verbs_object_then_the_top_level()
    {
        const string Settings =
            """{ "phantom": 20, "epochs": 3, "seed": 1, "threads": 2, "train": { "epochs": 4, "seed": -5, }, /* of another verb */ "evaluate": { "threads": 9 } }""";
        TrainSettings trained = await Train(Settings, "--seed", "6");
        Assert.Equal((20, 4, 6, 2), (trained.PhantomStudies, trained.Epochs, trained.Seed, trained.Compute.Threads));
        Assert.Equal(-5, (await Train(Settings)).Seed);
    }

    [Fact]
    public async Task Flags_arrays_numbers_and_texts_work_as_on_the_command_line()
    {
        TrainSettings trained = await Train(
            """{ "phantom": "30", "multi-label": true, "any-modality": false, "freeze": ["stem", "stem_norm"], "learning-rate": 1e-2, "cell": "lstm", "window": "none" }"""
        );
        Assert.Equal(["stem", "stem_norm"], trained.Freeze);
        Assert.Equal((30, true, 0.01, RecurrentCell.Lstm), (trained.PhantomStudies, trained.MultiLabel, trained.LearningRate, trained.Cell));
        Assert.Equal((null, false), (trained.Dicom.Window, trained.Dicom.AcceptAnyModality));
        Assert.Equal(2, (await Train("""{ "phantom": 30, "iterations": 5, "train": { "iterations": null } }""")).Iterations);
    }

    [Fact]
    public async Task Paths_are_relative_to_the_file()
    {
        string table = _folder.Write(Path.Combine("tables", "a.csv"), "image,annotation\n");
        Assert.Equal(table, (await Train("""{ "data": "tables/a.csv", "cache": "cache" }""")).Data);
        Assert.Equal(Path.Combine(_folder.Path, "cache"), (await Train("""{ "phantom": 30, "cache": "cache" }""")).CacheFolder);
    }

    [Fact]
    public async Task A_source_on_the_command_line_replaces_another_one_in_the_file()
    {
        string table = _folder.Write("a.csv", "image,annotation\n");
        TrainSettings trained = await Train("""{ "train": { "phantom": 30 } }""", "--data", table);
        Assert.Equal((table, null), (trained.Data, trained.PhantomStudies));
    }

    [Theory]
    [InlineData("""{ "epoch": 3 }""", "'epochs'")]
    [InlineData("""{ "--epochs": 3 }""", "'epochs'")]
    [InlineData("""{ "trian": {} }""", "'train'")]
    [InlineData("""{ "train": { "imagesize": 3 } }""", "'image-size'")]
    [InlineData("""{ "evaluate": { "epochs": 3 } }""", "'evaluate' has no option 'epochs'")]
    [InlineData("""{ "train": 3 }""", "'train' is a verb")]
    [InlineData("""{ "settings": "a" }""", "no option 'settings'")]
    [InlineData("""{ "epochs": true }""", "'epochs' must be a text or a number")]
    [InlineData("""{ "multi-label": "yes" }""", "'multi-label' must be true or false")]
    [InlineData("""{ "epochs": [3] }""", "'epochs' must be a text or a number")]
    [InlineData("""{ "freeze": [["a"]] }""", "'freeze' must be a text or an array of texts")]
    [InlineData("""{ "epochs": {} }""", "'epochs' must be")]
    [InlineData("""{ "epochs": 3, "epochs": 4 }""", "not valid JSON")]
    [InlineData("[]", "not a settings file")]
    [InlineData("{", "not valid JSON")]
    [InlineData("", "not valid JSON")]
    [InlineData("""{ "format": "cxr.evaluate", "version": 1 }""", "has no settings")]
    [InlineData("""{ "epochs": 0 }""", "--epochs must be at least 1")]
    public async Task Invalid_settings_are_a_usage_error_that_names_the_file(string settings, string told)
    {
        string path = _folder.Write("settings.json", settings);
        Tool tool = await Tool.Run("train", "--phantom", "30", "--out", _folder.Path, "--settings", path);
        Assert.Equal((CommandLine.Usage, ""), (tool.Code, tool.Output));
        Assert.Contains(told, tool.Error, StringComparison.Ordinal);
        Assert.Contains(path, tool.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_named_settings_file_must_exist_and_none_means_no_file()
    {
        string[] arguments = ["train", "--phantom", "30", "--out", _folder.Path, "--settings"];
        Tool absent = await Tool.Run([.. arguments, Path.Combine(_folder.Path, "absent.json")]);
        Assert.Equal(CommandLine.Usage, absent.Code);
        Assert.Contains("absent.json", absent.Error, StringComparison.Ordinal);
        Assert.Equal(CommandLine.Success, (await Tool.Run([.. arguments, "none"])).Code);
    }

    [Fact]
    public async Task The_file_in_the_current_folder_is_used_and_reported()
    {
        _folder.Write(SettingsFile.Name, """{ "phantom": { "studies": 4, "size": 64 }, "out": "drawn" }""");
        (int code, string output, string error) = await Start("phantom", "--json");
        Assert.True(code == CommandLine.Success, error);
        using JsonDocument told = JsonDocument.Parse(output);
        Assert.Equal(4, told.RootElement.GetProperty("studies").GetInt32());
        Assert.Contains(SettingsFile.Name, error, StringComparison.Ordinal);
        Assert.True(Directory.Exists(Path.Combine(_folder.Path, "drawn")));
        (code, _, error) = await Start("phantom", "--settings", "none", "--studies", "1", "--size", "64");
        Assert.Equal(CommandLine.Usage, code);
        Assert.Contains("--out", error, StringComparison.Ordinal);

        async Task<(int Code, string Output, string Error)> Start(params string[] arguments)
        {
            using Process process = Process.Start(
                new ProcessStartInfo(Tool.Program(), arguments)
                {
                    WorkingDirectory = _folder.Path,
                    RedirectStandardOutput = true,
                    RedirectStandardError = true,
                }
            )!;
            Task<string> output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken),
                error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            return (process.ExitCode, await output, await error);
        }
    }

    [Theory]
    [InlineData("imagenet", true)]
    [InlineData("none", true)]
    [InlineData("someone/weights.pth", false)]
    public async Task Pretrained_weights_are_among_the_settings_by_name_but_not_by_path(string pretrained, bool among)
    {
        JsonObject? settings = null;
        FakeRuns runs = new() { OnSession = session => settings = session.Settings };
        await Tool.Run(runs, "train", "--phantom", "20", "--out", "run", "--pretrained", pretrained);
        Assert.Equal(among ? pretrained : null, (string?)settings!["pretrained"]);
    }

    [Fact]
    public async Task The_settings_of_a_training_are_a_settings_file_that_reproduces_it()
    {
        JsonObject? settings = null;
        FakeRuns runs = new() { OnSession = session => settings = session.Settings };
        string[] options =
        [
            "--phantom",
            "30",
            "--epochs",
            "3",
            "--freeze",
            "stem",
            "--learning-rate",
            "0.0001",
            "--multi-label",
            "--device",
            "cuda:1",
            "--seed",
            "-3",
            "--patient-column",
            "who",
            "--photometric",
            "inverted",
        ];
        Assert.Equal(CommandLine.Success, (await Tool.Run(runs, ["train", "--out", _folder.Path, .. options])).Code);
        TrainSettings first = runs.Trained!;
        Assert.False(settings!.ContainsKey("out"));
        string written = _folder.Write("train.json", CxrJson.Document("train", new { verb = "train", settings }));
        Assert.Equal(CommandLine.Success, (await Tool.Run(runs, "train", "--out", _folder.Path, "--settings", written)).Code);
        Assert.Equal(first with { Freeze = [] }, runs.Trained! with { Freeze = [] });
        Assert.Equal(first.Freeze, runs.Trained.Freeze);
        Tool other = await Tool.Run("phantom", "--out", _folder.Path, "--settings", written);
        Assert.Equal(CommandLine.Usage, other.Code);
        Assert.Contains("'train', not of 'phantom'", other.Error, StringComparison.Ordinal);
    }
}
