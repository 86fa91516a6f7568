using System.Globalization;
using System.Text.Json;
using CxrAnnotate.Cli;

namespace CxrAnnotate.Tests;

/// <summary>Making an index and searching it by the tool, with a model that a test controls.</summary>
public sealed class SimilarVerbTests : IDisposable
{
    private readonly ScratchFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private string Index => Path.Combine(_folder.Path, "cases.safetensors");

    [Fact]
    public async Task The_nearest_files_of_the_index_are_listed_without_the_file_itself()
    {
        FakeRuns runs = Circle();
        string[] files = [.. Enumerable.Range(1, 4).Select(i => _folder.Write($"{i * 10}.png", "image"))];
        Tool made = await Tool.Run(runs, ["index", "--model", "m", "--out", Index, .. files, "--json", "--quiet"]);
        Assert.True(made.Code == CommandLine.Success, made.Error);
        Assert.Equal(4, JsonSchemas.Validate("index", made.Output).GetProperty("images").GetInt32());

        Tool found = await Tool.Run(runs, ["similar", "--model", "m", "--index", Index, "--count", "2", files[1], _folder.Write("38.png", "image")]);
        Assert.True(found.Code == CommandLine.Success, found.Error);
        JsonElement[] lines = found.Lines;
        Assert.Equal([[files[0], files[2]], [files[3], files[2]]], lines.Select(Names));
        Assert.Equal(Math.Cos(2 * Math.PI / 180), lines[1].GetProperty("neighbours")[0].GetProperty("similarity").GetDouble(), 1e-6);
    }

    [Fact]
    public async Task Files_that_cannot_be_read_are_named_and_left_out()
    {
        FakeRuns runs = Circle();
        string good = _folder.Write("5.png", "image"),
            bad = _folder.Write("bad.png", "image"),
            none = Path.Combine(_folder.Path, "none.png");
        Tool made = await Tool.Run(runs, ["index", "--model", "m", "--out", Index, bad, good, none, "--json"]);
        Assert.Equal(CommandLine.Incomplete, made.Code);
        Assert.Equal(2, JsonSchemas.Validate("index", made.Output).GetProperty("unreadableImages").GetInt32());
        Tool found = await Tool.Run(runs, ["similar", "--model", "m", "--index", Index, none, bad, _folder.Write("6.png", "image")]);
        Assert.Equal(CommandLine.Incomplete, found.Code);
        Assert.Equal(["unreadable", "unreadable", "read"], found.Lines.Select(line => line.GetProperty("status").GetString()));
        Assert.Equal([good], Names(found.Lines[2]));
    }

    [Fact]
    public async Task An_index_is_replaced_only_when_asked_and_other_files_never()
    {
        FakeRuns runs = Circle();
        string file = _folder.Write("5.png", "image");
        Task<Tool> Make(params string[] more) => Tool.Run(runs, ["index", "--model", "m", "--out", Index, file, .. more]);
        Assert.Equal(CommandLine.Success, (await Make()).Code);
        Assert.Equal(CommandLine.Usage, (await Make()).Code);
        Assert.Equal(CommandLine.Success, (await Make("--force")).Code);
        File.WriteAllText(Index, "something of mine, not an index");
        Assert.Equal(CommandLine.Usage, (await Make("--force")).Code);
    }

    [Fact]
    public async Task A_model_without_context_vectors_another_model_and_a_file_that_is_no_index_are_refused()
    {
        string file = _folder.Write("5.png", "image");
        Tool old = await Tool.Run(new FakeRuns(), "index", "--model", "old", "--out", Index, file);
        Assert.Equal(CommandLine.Failure, old.Code);
        Assert.Contains(ErrorCode.NoContextVector.Name(), old.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(Index));

        SimilarityIndex.Create([new IndexedCase("a")], [[1, 0]], new string('1', 64)).Save(Index);
        Tool other = await Tool.Run(Circle(), "similar", "--model", "m", "--index", Index, file);
        Assert.Equal(CommandLine.Failure, other.Code);
        Assert.Contains(ErrorCode.IndexOfOtherModel.Name(), other.Error, StringComparison.Ordinal);

        Tool none = await Tool.Run(Circle(), "similar", "--model", "m", "--index", file, file);
        Assert.Contains(ErrorCode.ModelDamaged.Name(), none.Error, StringComparison.Ordinal);
    }

    /// <summary>The vector of a file is at the angle of its name, in degrees.</summary>
    private static FakeRuns Circle() =>
        new()
        {
            OnFile = file => Path.GetFileName(file) is "bad.png" or "none.png" ? "!it is damaged" : "Nodule/lung",
            OnVector = file =>
            {
                double angle = Math.PI / 180 * double.Parse(Path.GetFileNameWithoutExtension(file), CultureInfo.InvariantCulture);
                return [(float)Math.Cos(angle), (float)Math.Sin(angle)];
            },
        };

    private static string?[] Names(JsonElement line) =>
        [.. line.GetProperty("neighbours").EnumerateArray().Select(similar => similar.GetProperty("file").GetString())];
}
