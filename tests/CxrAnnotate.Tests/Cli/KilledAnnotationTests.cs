using System.Diagnostics;
using CxrAnnotate.Cli;

namespace CxrAnnotate.Tests;

/// <summary>The tool as a separate process that annotates, stopped by signals after some results; and without libtorch.</summary>
public sealed class KilledAnnotationTests(SmallRun small) : IClassFixture<SmallRun>, IDisposable
{
    private const int Kills = 6,
        Copies = 400;

    private readonly ScratchFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Killed_at_random_instants_all_existing_results_are_complete_and_correct()
    {
        string images = Many();
        Tool whole = await Tool.End(Tool.Start(["annotate", "--model", small.Run, images]));
        Assert.True(whole.Code == CommandLine.Success, whole.Error);
        Assert.Equal(Copies, whole.Lines.Length);
        string table = Path.Combine(_folder.Path, "whole.csv");
        Assert.Equal(CommandLine.Success, (await Tool.End(Tool.Start(["annotate", "--model", small.Run, "--out", table, images]))).Code);

        var random = new Random(9);
        int between = 0;
        for (int kill = 0; kill < Kills; kill++)
        {
            string name = (kill % 3) switch
            {
                0 => "r.csv",
                1 => "r.jsonl",
                _ => "r.parquet",
            },
                path = Path.Combine(_folder.Path, name),
                kept = name == "r.parquet" ? path + ".part.jsonl" : path;
            using Process process = Tool.Start(["annotate", "--model", small.Run, "--out", path, "--force", images]);
            int lines = random.Next(1, Copies - 50);
            while (!process.HasExited && LinesOf(kept) < lines)
                await Task.Delay(1, TestContext.Current.CancellationToken);
            process.Kill();
            await Tool.End(process);
            string text = await File.ReadAllTextAsync(kept, TestContext.Current.CancellationToken);
            string expected = name == "r.csv" ? await File.ReadAllTextAsync(table, TestContext.Current.CancellationToken) : whole.Output;
            int last = text.LastIndexOf('\n') + 1;
            // Only the last line may be truncated.
            Assert.StartsWith(text, expected, StringComparison.Ordinal);
            Assert.True(text[..last].Count(c => c == '\n') >= lines);
            between += text.Length < expected.Length ? 1 : 0;
            File.Delete(kept);
        }

        // Otherwise nothing was tested.
        Assert.True(between > Kills / 2);
    }

    [Theory]
    [InlineData("INT")]
    [InlineData("TERM")]
    public async Task A_signal_ends_it_with_complete_lines_and_a_message(string signal)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Signals are sent by kill.");
        // A shell starts background jobs with SIGINT ignored, which child processes inherit.
        Assert.SkipWhen(signal == "INT" && Ignores(2), "SIGINT is ignored where these tests were started.");
        string path = Path.Combine(_folder.Path, "r.jsonl");
        using Process process = Tool.Start(["annotate", "--model", small.Run, "--out", path, Many()]);
        while (!process.HasExited && LinesOf(path) < 20)
            await Task.Delay(1, TestContext.Current.CancellationToken);
        Tool.Signal(process, signal);
        Tool tool = await Tool.End(process);
        Assert.Equal(CommandLine.Cancelled, tool.Code);
        int kept = Tool.Parsed(await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken)).Length;
        Assert.InRange(kept, 20, Copies - 1);
        Assert.Contains($"cxr: stopped. {kept} results are kept in '{path}'.", tool.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("annotate")]
    [InlineData("info")]
    public async Task A_signal_ends_it_while_it_waits_for_a_name(string verb)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Signals are sent by kill.");
        using Process process = Tool.Start([verb, .. verb == "annotate" ? (string[])["--model", small.Run] : [], "-"]);
        foreach (string name in Directory.GetFiles(small.Images).Take(40))
            await process.StandardInput.WriteLineAsync(name);
        await process.StandardInput.FlushAsync(TestContext.Current.CancellationToken);
        // Standard input stays open. The first result shows that the names have arrived.
        Assert.NotNull(await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken));
        Tool.Signal(process, "TERM");
        Assert.Equal(CommandLine.Cancelled, (await Tool.End(process)).Code);
    }

    [Fact]
    public async Task Folders_that_contain_themselves_and_FIFOs_do_not_hang()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "mkfifo is asked.");
        string images = Path.Combine(_folder.Path, "loops"),
            image = Directory.GetFiles(small.Images)[0];
        Directory.CreateDirectory(Path.Combine(images, "x"));
        File.Copy(image, Path.Combine(images, "a.png"));
        File.Copy(image, Path.Combine(images, "x", "b.png"));
        foreach (string link in (string[])["1", "2", "x/3"])
            Directory.CreateSymbolicLink(Path.Combine(images, link), images);
        Process.Start("mkfifo", [Path.Combine(images, "pipe.png")]).WaitForExit();
        foreach (
            string[] verb in (string[][])
                [
                    ["annotate", "--model", small.Run],
                    ["info"],
                ]
        )
        {
            Tool tool = await Tool.End(Tool.Start([.. verb, "--recursive", images, Path.Combine(images, "pipe.png")]));
            Assert.Equal(CommandLine.Incomplete, tool.Code);
            Assert.Equal(
                ["a.png", "pipe.png", "b.png", "pipe.png"],
                tool.Lines.Select(line => Path.GetFileName(line.GetProperty("file").GetString()))
            );
        }
    }

    [Fact]
    public async Task All_kinds_of_models_are_read_without_libtorch_with_equal_results()
    {
        string onnx = Path.Combine(_folder.Path, "model.onnx"),
            zip = Path.Combine(_folder.Path, "model.zip"),
            bare = Path.Combine(_folder.Path, "bare");
        Tool exported = await Tool.End(Tool.Start(["export", "--run", small.Run, "--onnx", onnx, "--mlnet", zip]));
        Assert.True(exported.Code == CommandLine.Success, exported.Error);
        // Any attempt to load libtorch fails.
        (string, string?)[] without =
        [
            ("CXR_LIBTORCH", Path.Combine(_folder.Path, "nowhere")),
            ("HOME", _folder.Path),
            ("NUGET_PACKAGES", Path.Combine(_folder.Path, "nowhere")),
        ];
        string[][] readings = [];
        foreach (string model in (string[])[onnx, zip, small.Run])
        {
            Tool tool = await Tool.End(Tool.Start(["annotate", "--model", model, small.Images], without));
            Assert.True(tool.Code == CommandLine.Success, tool.Error);
            Assert.DoesNotContain("libtorch", tool.Error, StringComparison.Ordinal);
            readings =
            [
                .. readings,
                [
                    .. tool.Lines.Select(line =>
                        $"{line.GetProperty("file")} {line.GetProperty("annotation")} {line.GetProperty("annotationProbability")} "
                        + $"{line.GetProperty("label")} {line.GetProperty("labelProbability")}"
                    ),
                ],
            ];
        }

        Assert.NotEmpty(readings[0]);
        Assert.Equal(readings[0], readings[1]);
        Assert.Equal(readings[0], readings[2]);

        // An older run without an ONNX model, and another beam width, do need it.
        foreach (
            string file in Directory.GetFiles(small.Run, "*", SearchOption.AllDirectories).Where(file => Path.GetFileName(file) != "cascade.onnx")
        )
        {
            string copy = Path.Combine(bare, Path.GetRelativePath(small.Run, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }

        foreach (
            string[] arguments in (string[][])
                [
                    ["--model", bare],
                    ["--model", small.Run, "--beam", "7"],
                ]
        )
        {
            Tool tool = await Tool.End(Tool.Start(["annotate", .. arguments, small.Images], without));
            Assert.Equal((CommandLine.Failure, ""), (tool.Code, tool.Output));
            Assert.Contains("so that libtorch is needed", tool.Error, StringComparison.Ordinal);
        }

        Tool fallen = await Tool.Run(new CascadeRuns(), "annotate", "--model", bare, small.Images);
        Assert.True(fallen.Code == CommandLine.Success, fallen.Error);
        Assert.Contains("by libtorch", fallen.Error, StringComparison.Ordinal);
        Assert.Equal(
            readings[0],
            fallen.Lines.Select(line =>
                $"{line.GetProperty("file")} {line.GetProperty("annotation")} {line.GetProperty("annotationProbability")} "
                + $"{line.GetProperty("label")} {line.GetProperty("labelProbability")}"
            )
        );
        Assert.Equal(CommandLine.Usage, (await Tool.Run(new CascadeRuns(), "annotate", "--model", onnx, "--beam", "7", small.Images)).Code);
    }

    /// <summary>A folder of many images, all copies of a few.</summary>
    private string Many()
    {
        string folder = Path.Combine(_folder.Path, "many");
        if (Directory.Exists(folder))
            return folder;
        Directory.CreateDirectory(folder);
        string[] images = [.. Directory.GetFiles(small.Images).Order(StringComparer.Ordinal)];
        for (int i = 0; i < Copies; i++)
            File.Copy(images[i % images.Length], Path.Combine(folder, $"{i:D5}.png"));
        return folder;
    }

    private static bool Ignores(int signal)
    {
        string mask = File.ReadLines("/proc/self/status").First(line => line.StartsWith("SigIgn:", StringComparison.Ordinal))[7..].Trim();
        return (Convert.ToUInt64(mask, 16) >> (signal - 1) & 1) == 1;
    }

    private static int LinesOf(string path)
    {
        try
        {
            using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using StreamReader reader = new(file);
            return reader.ReadToEnd().Count(c => c == '\n');
        }
        catch (IOException)
        {
            return 0;
        }
    }
}
