using CxrAnnotate.Cli;

namespace CxrAnnotate.Tests;

/// <summary>A word that begins with a hyphen and is not an option is never taken for a file or another option's value.</summary>
public sealed class MisspelledOptionTests : IDisposable
{
    private readonly ScratchFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("--output", "--out", "annotate", "--model", ".", "--output", "x.csv", "a.png")]
    [InlineData("--recursiv", "--recursive", "annotate", "--model", ".", "--recursiv", "a.png")]
    [InlineData("--rceursive", "--recursive", "info", "a.png", "--rceursive")]
    [InlineData("--Recursive", "--recursive", "info", "a.png", "--Recursive")]
    [InlineData("\u2014recursive", "--recursive", "info", "a.png", "\u2014recursive")]
    [InlineData("-recursive", "--recursive", "info", "-recursive", "a.png")]
    [InlineData("--jsn", "--json", "info", "a.png", "--jsn")]
    [InlineData("--epoch", "--epochs", "train", "--phantom", "30", "--out", "x", "--epoch=3")]
    [InlineData("--phantm", "--phantom", "train", "--phantm", "30", "--out", "x")]
    [InlineData("--reprt", "--report", "evaluate", "--run", ".", "--data", ".", "--reprt", "p.html")]
    [InlineData("--protocl", "--protocol", "mine", "openi.mesh", "--protocl", "paper")]
    [InlineData("--recursiv", "--recursive", "annotate", "--model", ".", "--out", "--recursiv", "a.png")]
    public async Task A_misspelled_option_is_rejected_with_a_suggestion(string word, string meant, params string[] arguments)
    {
        Tool tool = await Tool.Run(arguments);
        Assert.Equal((CommandLine.Usage, ""), (tool.Code, tool.Output));
        Assert.Contains($"has no option '{word}'. Did you mean {meant}?", tool.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_option_similar_to_none_is_rejected_without_a_suggestion()
    {
        Tool tool = await Tool.Run("info", "a.png", "--zzz");
        Assert.Equal(CommandLine.Usage, tool.Code);
        Assert.Contains("has no option '--zzz'.", tool.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("Did you mean", tool.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_misspelled_verb_is_rejected_with_a_suggestion()
    {
        Tool tool = await Tool.Run("anotate", "a.png");
        Assert.Equal(CommandLine.Usage, tool.Code);
        Assert.Contains("Did you mean 'cxr annotate'?", tool.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task After_two_hyphens_or_an_equals_sign_a_name_may_begin_with_anything()
    {
        string image = _folder.Write("--odd.png", ImageBytes.Png(2, 1, 8, ImageBytes.Grey, [7, 9]));
        string before = Environment.CurrentDirectory;
        Tool tool = await Tool.Run("info", "--", "--odd.png", "@list");
        Assert.Equal(CommandLine.Failure, tool.Code);
        Assert.Contains("--odd.png", tool.Output, StringComparison.Ordinal);
        Assert.Contains("@list", tool.Output, StringComparison.Ordinal);
        Assert.Equal(CommandLine.Success, (await Tool.Run("info", image)).Code);
        FakeRuns runs = new();
        Assert.Equal(CommandLine.Success, (await Tool.Run(runs, "train", "--phantom", "30", "--seed", "-7", "--out=--odd")).Code);
        Assert.Equal((-7, "--odd"), (runs.Trained!.Seed, Path.GetFileName(runs.Trained.Out)));
        Assert.Equal(before, Environment.CurrentDirectory);
    }
}
