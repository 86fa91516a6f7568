using CxrAnnotate.Cli;

namespace CxrAnnotate.Tests;

public sealed class ModelKeeperTests : IDisposable
{
    private readonly ScratchFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void On_a_full_disk_the_model_is_saved_where_the_user_says()
    {
        _folder.Write("taken/cascade.json", "{}");
        string other = Path.Combine(_folder.Path, "other");
        (string? place, string told) = Save(
            $"{Path.Combine(_folder.Path, "full2")}\n{Path.Combine(_folder.Path, "taken")}\n{other}\n",
            null,
            path => path.Contains("full", StringComparison.Ordinal)
        );
        Assert.Equal(other, place);
        Assert.True(File.Exists(Path.Combine(other, "model")));
        Assert.Contains("--force", told, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("\n")]
    public void Without_an_answer_the_model_is_saved_in_the_fallback_or_a_temporary_folder_and_the_error_says_where(string? answers)
    {
        string fallback = Path.Combine(_folder.Path, "fallback");
        var error = Assert.Throws<IOException>(() => Save(answers, fallback, path => path.Contains("full", StringComparison.Ordinal)));
        Assert.Contains(fallback, error.Message, StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(fallback, "model")));

        error = Assert.Throws<IOException>(() => Save(answers, fallback, path => !path.Contains("cxr-run-", StringComparison.Ordinal)));
        string kept = error.Message.Split('\'').Single(part => part.Contains("cxr-run-", StringComparison.Ordinal));
        Assert.True(File.Exists(Path.Combine(kept, "model")));
        Directory.Delete(kept, recursive: true);

        Assert.Contains("anywhere else", Assert.Throws<IOException>(() => Save(answers, fallback, _ => true)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Free_space_is_checked_before_the_work()
    {
        string folder = Path.Combine(_folder.Path, "not", "there", "yet");
        DiskRoom.Require(folder, 1, "the training", "");
        var error = Assert.Throws<IOException>(() => DiskRoom.Require(folder, long.MaxValue, "the training", ", or less"));
        Assert.Contains(folder, error.Message, StringComparison.Ordinal);
        Assert.Contains("or less", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task On_a_small_disk_a_training_is_rejected_at_once_and_saving_leaves_the_earlier_model_intact()
    {
        string disk = Path.Combine(_folder.Path, "disk");
        Directory.CreateDirectory(disk);
        Assert.SkipUnless(
            OperatingSystem.IsLinux() && await Ran("mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", disk),
            "No small file system can be mounted here."
        );
        try
        {
            CascadeRuns runs = new();
            string phantom = Path.Combine(_folder.Path, "phantom"),
                run = Path.Combine(_folder.Path, "run"),
                table = Path.Combine(phantom, "annotations.csv");
            Assert.Equal(CommandLine.Success, (await Tool.Run(runs, "phantom", "--out", phantom, "--studies", "60", "--size", "64")).Code);
            string[] training =
            [
                "train",
                "--data",
                table,
                .. Tool.QuickTraining,
                "--iterations",
                "1",
            ];
            Tool refused = await Tool.Run(runs, [.. training, "--out", Path.Combine(disk, "run")]);
            Assert.Equal(CommandLine.Failure, refused.Code);
            Assert.Contains("--checkpoints 0", refused.Error, StringComparison.Ordinal);
            Assert.Empty(Directory.GetFileSystemEntries(disk));

            // With space for only one model, saving the second fails.
            Tool first = await Tool.Run(runs, [.. training, "--out", Path.Combine(disk, "run"), "--checkpoints", "0"]);
            Assert.True(first.Code == CommandLine.Success, first.Error);
            Tool exported = await Tool.Run(runs, "export", "--run", Path.Combine(disk, "run"), "--onnx", Path.Combine(disk, "a.onnx"));
            Assert.True(exported.Code == CommandLine.Success, exported.Error);
            byte[] before = await File.ReadAllBytesAsync(Path.Combine(disk, "a.onnx"), TestContext.Current.CancellationToken);
            using (var filler = new FileStream(Path.Combine(disk, "filler"), FileMode.Create))
            {
                byte[] block = new byte[1 << 16];
                try
                {
                    while (true)
                    {
                        filler.Write(block);
                        filler.Flush();
                    }
                }
                catch (IOException)
                {
                    // The disk is full.
                }
            }

            Tool full = await Tool.Run(runs, "export", "--run", Path.Combine(disk, "run"), "--onnx", Path.Combine(disk, "a.onnx"), "--force");
            Assert.Equal(CommandLine.Failure, full.Code);
            Assert.Contains("CXR5102", full.Error, StringComparison.Ordinal);
            Assert.Equal(before, await File.ReadAllBytesAsync(Path.Combine(disk, "a.onnx"), TestContext.Current.CancellationToken));
            full = await Tool.Run(runs, "export", "--run", Path.Combine(disk, "run"), "--mlnet", Path.Combine(disk, "m.zip"));
            Assert.Equal(CommandLine.Failure, full.Code);
            Assert.False(File.Exists(Path.Combine(disk, "m.zip")));

            Microsoft.ML.MLContext context = new(1);
            using RecurrentCascadeTransformer cascade = context.ChestXray().LoadCascade(Path.Combine(disk, "run"));
            Assert.Contains(
                "still in memory",
                Assert.Throws<IOException>(() => cascade.Save(Path.Combine(disk, "run"))).Message,
                StringComparison.Ordinal
            );
            context.ChestXray().LoadCascade(Path.Combine(disk, "run")).Dispose();
            cascade.Save(Path.Combine(_folder.Path, "elsewhere"));
            Assert.DoesNotContain(
                Directory.GetFileSystemEntries(disk, "*", SearchOption.AllDirectories),
                name => name.EndsWith(DurableFile.AsideSuffix, StringComparison.Ordinal)
            );

            // The disk fills up during training.
            File.Delete(Path.Combine(disk, "filler"));
            Directory.Delete(Path.Combine(disk, "run"), recursive: true);
            string fallback = Path.Combine(_folder.Path, "fallback");
            Tool kept = await Tool.Run(
                new FillingRuns(() => File.WriteAllBytes(Path.Combine(disk, "filler"), new byte[44 << 20])),
                [.. training, "--out", Path.Combine(disk, "run"), "--checkpoints", "0", "--fallback", fallback]
            );
            Assert.Equal(CommandLine.Failure, kept.Code);
            Assert.Contains(fallback, kept.Error, StringComparison.Ordinal);
            context.ChestXray().LoadCascade(fallback).Dispose();
            Assert.Equal(CommandLine.Success, (await Tool.Run(runs, "evaluate", "--run", fallback, "--data", table)).Code);
        }
        finally
        {
            await Ran("umount", disk);
        }
    }

    /// <summary>Saves a file; returns its folder and the messages.</summary>
    private (string Place, string Messages) Save(string? answers, string? fallback, Func<string, bool> isFull)
    {
        using StringWriter error = new();
        using StringReader? input = answers is null ? null : new(answers);
        using Session session = new(
            new Terminal(TextWriter.Null, error, false, false) { Answers = input },
            "train",
            new OutputSettings(false, false, false)
        );
        string place = new ModelKeeper(session, fallback).Save(
            Path.Combine(_folder.Path, "full"),
            path =>
            {
                if (isFull(path))
                    throw new IOException($"No space left on device: '{path}'");
                Directory.CreateDirectory(path);
                File.WriteAllText(Path.Combine(path, "model"), "weights");
            }
        );
        return (place, error.ToString());
    }

    private static async Task<bool> Ran(string program, params string[] arguments)
    {
        try
        {
            using var process = System.Diagnostics.Process.Start(
                new System.Diagnostics.ProcessStartInfo(program, arguments) { RedirectStandardError = true }
            )!;
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }

    /// <summary>Trains like the tool; the disk is filled when the training begins.</summary>
    private sealed class FillingRuns(Action fill) : ICascadeRuns
    {
        private readonly CascadeRuns _runs = new();

        public TrainReport Train(TrainSettings settings, Session session, CancellationToken cancellation) =>
            new CascadeTraining(settings, session, cancellation) { Begun = fill }
                .Run()
                .Report;

        public IFileAnnotator OpenAnnotator(AnnotateSettings settings, Session session) => _runs.OpenAnnotator(settings, session);

        public EvaluationReport Evaluate(EvaluateSettings settings, Session session, CancellationToken cancellation) =>
            _runs.Evaluate(settings, session, cancellation);

        public CrossValidationReport CrossValidate(TrainSettings settings, int folds, Session session, CancellationToken cancellation) =>
            _runs.CrossValidate(settings, folds, session, cancellation);

        public DemoReport Demo(DemoSettings settings, Session session, CancellationToken cancellation) => _runs.Demo(settings, session, cancellation);
    }
}
