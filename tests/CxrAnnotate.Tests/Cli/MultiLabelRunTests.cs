using System.Text.Json;
using CxrAnnotate.Cli;

namespace CxrAnnotate.Tests;

/// <summary>A multi-label run from the command line: phantoms, training, evaluation, annotation.</summary>
public sealed class MultiLabelRunTests
{
    [Fact]
    public async Task A_multi_label_run_is_trained_evaluated_and_annotates()
    {
        using var folder = new ScratchFolder();
        CascadeRuns runs = new();
        string phantom = Path.Combine(folder.Path, "phantom"),
            table = Path.Combine(phantom, "annotations.csv"),
            run = Path.Combine(folder.Path, "run"),
            page = Path.Combine(folder.Path, "page.html");
        Assert.Equal(
            CommandLine.Success,
            (await Tool.Run(runs, "phantom", "--out", phantom, "--studies", "100", "--size", "64", "--findings", "3")).Code
        );
        Assert.Contains('|', await File.ReadAllTextAsync(table, TestContext.Current.CancellationToken));
        Tool trained = await Tool.Run(
            runs,
            [
                "train",
                "--data",
                table,
                "--out",
                run,
                .. Tool.QuickTraining,
                "--multi-label",
                "--json",
            ]
        );
        Assert.True(trained.Code == CommandLine.Success, trained.Error);
        using JsonDocument told = JsonDocument.Parse(trained.Output);
        Assert.Equal("multiLabel", told.RootElement.GetProperty("task").GetString());
        using JsonDocument settings = JsonDocument.Parse(
            await File.ReadAllTextAsync(Path.Combine(run, "train.json"), TestContext.Current.CancellationToken)
        );
        Assert.True(settings.RootElement.GetProperty("settings").GetProperty("multi-label").GetBoolean());
        string[] labels = [.. settings.RootElement.GetProperty("labels").EnumerateArray().Select(l => l.GetString()!)];
        Assert.DoesNotContain("normal", labels);

        using JsonDocument evaluation = JsonDocument.Parse(
            await File.ReadAllTextAsync(Path.Combine(run, "evaluation.json"), TestContext.Current.CancellationToken)
        );
        JsonElement whole = evaluation.RootElement.GetProperty("iterations")[0].GetProperty("all");
        Assert.Equal(labels, whole.GetProperty("labels").EnumerateArray().Select(l => l.GetProperty("label").GetString()!));
        Assert.Equal(4, whole.GetProperty("sets").GetArrayLength());
        Assert.Equal(
            ["label prior", "always present", "source only", "view only"],
            evaluation.RootElement.GetProperty("baselines").EnumerateArray().Select(b => b.GetProperty("name").GetString())
        );

        Tool measured = await Tool.Run(runs, "evaluate", "--run", run, "--data", table, "--report", page);
        Assert.True(measured.Code == CommandLine.Success, measured.Error);
        Assert.Contains("Macro AUROC", measured.Output, StringComparison.Ordinal);
        Assert.Contains("Finding by finding", await File.ReadAllTextAsync(page, TestContext.Current.CancellationToken), StringComparison.Ordinal);

        Tool read = await Tool.Run(runs, "annotate", "--run", run, "--json", "--beam", "2", Path.Combine(phantom, "images"));
        Assert.True(read.Code == CommandLine.Success, read.Error);
        Assert.Equal(100, read.Lines.Length);
        foreach (JsonElement file in read.Lines)
        {
            // Findings are named most probable first, as they are written.
            string[] headings =
            [
                .. file.GetProperty("annotation")
                    .GetString()!
                    .Split('|')
                    .Select(t => t.Split('/')[0].Replace(' ', '_').ToLowerInvariant())
                    .Distinct(),
            ];
            Assert.Equal(file.GetProperty("label").GetString()!.Split('|'), headings);
        }
    }

    [Fact]
    public async Task A_multi_label_run_is_cross_validated()
    {
        using var folder = new ScratchFolder();
        CascadeRuns runs = new();
        string phantom = Path.Combine(folder.Path, "phantom"),
            result = Path.Combine(folder.Path, "validation");
        Assert.Equal(
            CommandLine.Success,
            (await Tool.Run(runs, "phantom", "--out", phantom, "--studies", "80", "--size", "64", "--findings", "3")).Code
        );
        Tool validated = await Tool.Run(
            runs,
            [
                "cross-validate",
                "--data",
                Path.Combine(phantom, "annotations.csv"),
                "--out",
                result,
                "--folds",
                "2",
                .. Tool.QuickTraining,
                "--multi-label",
            ]
        );
        Assert.True(validated.Code == CommandLine.Success, validated.Error);
        Assert.Contains("Iteration 2 minus iteration 1", validated.Output, StringComparison.Ordinal);
        using JsonDocument document = JsonDocument.Parse(
            await File.ReadAllTextAsync(Path.Combine(result, "cross-validation.json"), TestContext.Current.CancellationToken)
        );
        Assert.Equal(80, document.RootElement.GetProperty("images").GetInt32());
        Assert.Equal(80, document.RootElement.GetProperty("iterations")[1].GetProperty("all").GetProperty("images").GetInt32());
        Assert.Equal(JsonValueKind.Object, document.RootElement.GetProperty("lastMinusFirst").GetProperty("all").ValueKind);
    }

    [Fact]
    public async Task The_demo_passes_on_the_multi_label_option()
    {
        FakeRuns runs = new();
        Assert.Equal(CommandLine.Success, (await Tool.Run(runs, "demo", "--multi-label")).Code);
        Assert.True(runs.Demonstrated!.Training.MultiLabel);
        Assert.Equal(CommandLine.Success, (await Tool.Run(runs, "demo")).Code);
        Assert.False(runs.Demonstrated!.Training.MultiLabel);
    }

    [Fact]
    public async Task Training_passes_on_the_multi_label_option()
    {
        FakeRuns runs = new();
        Assert.Equal(CommandLine.Success, (await Tool.Run(runs, "train", "--phantom", "30", "--out", "x", "--multi-label")).Code);
        Assert.True(runs.Trained!.MultiLabel);
    }
}
