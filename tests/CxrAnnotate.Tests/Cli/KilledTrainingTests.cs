using System.Diagnostics;
using CxrAnnotate.Cli;
using Microsoft.ML;

namespace CxrAnnotate.Tests;

/// <summary>The tool as a separate process, killed by SIGKILL: in the middle of an epoch, of a checkpoint, between stages, at its start.</summary>
public sealed class KilledTrainingTests : IDisposable
{
    private const int Kills = 16;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("cxr");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Killed_at_random_instants_a_training_always_resumes_and_ends_with_the_same_bits()
    {
        string tool = Tool.Program();
        string table = Draw(),
            whole = Path.Combine(_folder.FullName, "whole"),
            run = Path.Combine(_folder.FullName, "run");
        Ended untouched = await Run(tool, table, whole, ["--control", "--checkpoints", "0"], null);
        Assert.True(untouched.Code == CommandLine.Success, untouched.Error);
        double each = untouched.Seconds;

        var random = new Random(16);
        int kills = 0,
            finished = 0;
        var moments = new SortedDictionary<string, int>(StringComparer.Ordinal);
        while (kills < Kills || finished == 0)
        {
            // From before the first checkpoint to about four fifths of a training; after enough kills it may finish.
            double? limit = kills < Kills ? each * (0.25 + (0.55 * random.NextDouble())) : null;
            Ended ended = await Run(tool, table, run, ["--control", "--resume", "--checkpoints", "3"], limit);
            bool done = File.Exists(RunFolder.Settings(run)) && !Directory.Exists(RunFolder.Checkpoints(run));
            if (ended.Killed)
            {
                kills++;
                string moment = done ? "finished" : Moment(RunFolder.Checkpoints(run));
                moments[moment] = moments.GetValueOrDefault(moment) + 1;
            }
            else
            {
                Assert.True(ended.Code == CommandLine.Success, ended.Error);
                Assert.True(done);
            }

            Assert.DoesNotContain("skipped", ended.Error, StringComparison.Ordinal);
            if (!done)
                continue;
            finished++;
            AssertSame(whole, run);
            Directory.Delete(run, recursive: true);
        }

        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{kills} kills, {finished} trainings: {string.Join(", ", moments.Select(m => $"{m.Key} {m.Value}"))}"
        );
    }

    [Fact]
    public async Task An_unfinished_training_is_not_overwritten_and_a_finished_one_not_resumed()
    {
        string table = Draw(),
            run = Path.Combine(_folder.FullName, "run");
        Directory.CreateDirectory(Path.Combine(RunFolder.Checkpoints(run), "checkpoint-000001"));
        Tool again = await Tool.Run(new CascadeRuns(), "train", "--data", table, "--out", run);
        Assert.Equal(CommandLine.Usage, again.Code);
        Assert.Contains("--resume", again.Error, StringComparison.Ordinal);
        Directory.Delete(RunFolder.Checkpoints(run), recursive: true);
        await File.WriteAllTextAsync(RunFolder.Settings(run), "{}", TestContext.Current.CancellationToken);
        Tool done = await Tool.Run(new CascadeRuns(), "train", "--data", table, "--out", run, "--resume");
        Assert.Equal(CommandLine.Usage, done.Code);
        Assert.Contains("finished", done.Error, StringComparison.Ordinal);
    }

    /// <summary>The step in which a process was killed, inferred from the newest file in the folder.</summary>
    private static string Moment(string checkpoints)
    {
        if (!Directory.Exists(checkpoints))
            return "before the first checkpoint";
        if (Directory.GetDirectories(checkpoints, "*.new").Length > 0)
            return "writing";
        string? newest = Directory.GetDirectories(checkpoints, "checkpoint-??????").Max();
        if (newest is null)
            return "before the first checkpoint";
        return !File.Exists(Path.Combine(newest, TrainingState.FileName))
            ? "after relabeling"
            : TrainingState.Read(Path.Combine(newest, TrainingState.FileName)).Network;
    }

    private static void AssertSame(string expected, string actual)
    {
        string[] files =
        [
            .. Directory
                .GetFiles(expected, "*", SearchOption.AllDirectories)
                .Where(file => file.Contains("iteration-", StringComparison.Ordinal))
                .Select(file => Path.GetRelativePath(expected, file)),
        ];
        // Of two iterations of the cascade, and of two of its control.
        Assert.Equal(16, files.Length);
        foreach (string file in files)
            Assert.True(File.ReadAllBytes(Path.Combine(expected, file)).AsSpan().SequenceEqual(File.ReadAllBytes(Path.Combine(actual, file))), file);
    }

    private string Draw()
    {
        ChestXrayCatalog cxr = new MLContext(seed: 1).ChestXray();
        string drawn = Path.Combine(_folder.FullName, "phantom");
        cxr.Data.WritePhantom(
            drawn,
            new ChestPhantomOptions
            {
                Studies = 36,
                Size = 64,
                NormalFraction = 0.4,
                Headings = ["Cardiomegaly", "Pleural Effusion"],
            }
        );
        // Without the column that identifies phantoms, so that an epoch has no more rows than the table.
        string[][] rows = [.. File.ReadLines(Path.Combine(drawn, "annotations.csv")).Skip(1).Select(line => line.Split(','))];
        string table = Path.Combine(_folder.FullName, "table.csv");
        File.WriteAllLines(
            table,
            rows.Select(row => $"{Path.Combine(drawn, row[0])},{row[1]},{row[2]},train").Prepend("image,annotation,study,split")
        );
        return table;
    }

    private static async Task<Ended> Run(string tool, string table, string run, string[] more, double? seconds)
    {
        var start = new ProcessStartInfo(tool) { RedirectStandardError = true, RedirectStandardOutput = true };
        foreach (
            string argument in (string[])
                [
                    "train",
                    "--data",
                    table,
                    "--out",
                    run,
                    "--pretrained",
                    "none",
                    "--image-size",
                    "36",
                    "--crop-size",
                    "32",
                    "--epochs",
                    "2",
                    "--minimum-cases",
                    "5",
                    "--threads",
                    "1",
                    "--validation",
                    "0",
                    .. more,
                ]
        )
            start.ArgumentList.Add(argument);
        start.Environment["GOMP_SPINCOUNT"] = "1000";
        long begun = Stopwatch.GetTimestamp();
        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken),
            output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        bool killed = false;
        using (var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken))
        {
            if (seconds is { } s)
                limit.CancelAfter(TimeSpan.FromSeconds(s));
            try
            {
                await process.WaitForExitAsync(limit.Token);
            }
            catch (OperationCanceledException)
            {
                process.Kill();
                killed = true;
                await process.WaitForExitAsync(CancellationToken.None);
            }
        }

        await output;
        return new Ended(process.ExitCode, killed, await error, Stopwatch.GetElapsedTime(begun).TotalSeconds);
    }

    private sealed record Ended(int Code, bool Killed, string Error, double Seconds);
}
