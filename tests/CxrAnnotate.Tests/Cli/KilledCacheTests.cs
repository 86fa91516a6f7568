using System.Diagnostics;
using Microsoft.ML;

namespace CxrAnnotate.Tests;

/// <summary>Several processes of the tool that share a cache of decoded radiographs, killed by SIGKILL while they write it.</summary>
public sealed class KilledCacheTests : IDisposable
{
    private const int Rounds = 6,
        Processes = 3,
        Studies = 150;

    private readonly ScratchFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Killed_processes_leave_a_cache_with_bit_identical_values()
    {
        string tool = Tool.Program();
        string drawn = Path.Combine(_folder.Path, "phantom"),
            cache = Path.Combine(_folder.Path, "cache"),
            table = Path.Combine(drawn, "annotations.csv");
        new MLContext(seed: 1)
            .ChestXray()
            .Data.WritePhantom(
                drawn,
                new ChestPhantomOptions
                {
                    Studies = Studies,
                    Size = 512,
                    Headings = ["Cardiomegaly", "Pleural Effusion"],
                },
                cancellationToken: TestContext.Current.CancellationToken
            );
        string[] images = Directory.GetFiles(Path.Combine(drawn, "images"));
        var format = new LoadRadiographsOptions { Height = 256, Width = 256 }.Format;
        float[][] fresh = [.. RadiographFiles.LoadAll(images, format, cancellation: TestContext.Current.CancellationToken).Select(i => i.Pixels!)];

        var random = new Random(5);
        int kept = 0,
            halfWritten = 0;
        for (int round = 0; round < Rounds; round++)
        {
            if (Directory.Exists(cache))
                Directory.Delete(cache, recursive: true);
            await KillAt(
                random.Next(1, Studies - 20),
                cache,
                [.. Enumerable.Range(0, Processes).Select(i => Start(tool, table, Path.Combine(_folder.Path, $"run-{round}-{i}"), cache))]
            );
            halfWritten += Directory.GetFiles(cache, "*.aside").Length;
            var after = new RadiographCache(cache, 1L << 30);
            float[] pixels = new float[format.PixelCount];
            for (int i = 0; i < images.Length; i++)
            {
                after.Read(images[i], format, pixels);
                Assert.Equal(fresh[i], pixels);
            }

            kept += images.Length - (int)after.Decoded;
        }

        // Otherwise nothing was tested.
        Assert.True(kept > 0);
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{Rounds} times {Processes} processes: {kept} radiographs came out of the cache, {halfWritten} files were left half written"
        );
    }

    private static Process Start(string tool, string table, string run, string cache)
    {
        var start = new ProcessStartInfo(tool) { RedirectStandardError = true, RedirectStandardOutput = true };
        foreach (
            string argument in (string[])
                ["train", "--data", table, "--out", run, "--image-size", "256", "--epochs", "1", "--threads", "1", "--cache", cache]
        )
            start.ArgumentList.Add(argument);
        start.Environment["GOMP_SPINCOUNT"] = "1000";
        Process process = Process.Start(start)!;
        process.BeginErrorReadLine();
        process.BeginOutputReadLine();
        return process;
    }

    /// <summary>Kills the processes when the given number of entries exists.</summary>
    private static async Task KillAt(int entries, string cache, Process[] processes)
    {
        try
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
            limit.CancelAfter(TimeSpan.FromMinutes(2));
            while (!Directory.Exists(cache) || Directory.GetFiles(cache, "*.pixels").Length < entries)
                await Task.Delay(1, limit.Token);
        }
        finally
        {
            foreach (Process process in processes)
            {
                process.Kill();
                await process.WaitForExitAsync(CancellationToken.None);
                process.Dispose();
            }
        }
    }
}
