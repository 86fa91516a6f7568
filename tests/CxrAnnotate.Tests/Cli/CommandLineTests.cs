using System.CommandLine;
using System.Text.Json;
using System.Text.RegularExpressions;
using CxrAnnotate.Cli;

namespace CxrAnnotate.Tests;

public sealed class CommandLineTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("cxr");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Help_of_the_tool_and_of_every_verb_ends_with_valid_examples()
    {
        CommandLine line = new(new FakeRuns(), new Terminal(TextWriter.Null, TextWriter.Null, false, false));
        Assert.Equal(
            [
                "mine",
                "mine-reports",
                "info",
                "phantom",
                "audit",
                "train",
                "annotate",
                "index",
                "similar",
                "evaluate",
                "compare",
                "export",
                "cross-validate",
                "demo",
                "setup",
                "completion",
            ],
            line.Verbs.Select(verb => verb.Name)
        );
        foreach (
            (string[] arguments, IReadOnlyList<Example> examples) in line
                .Verbs.Select(verb => ((string[])[verb.Name, "--help"], verb.Examples))
                .Prepend((["--help"], CommandLine.Examples))
        )
        {
            Tool help = await Tool.Run(arguments);
            Assert.Equal(CommandLine.Success, help.Code);
            Assert.NotEmpty(examples);
            foreach (string example in examples.SelectMany(e => e.Lines))
            {
                Assert.Contains(example, help.Output, StringComparison.Ordinal);
                ParseResult parsed = line.Parse([.. example.Split('>')[0].Split('|')[^1].Split(' ', StringSplitOptions.RemoveEmptyEntries).Skip(1)]);
                Assert.All(parsed.Errors, error => Assert.Contains("there is no ", ParseErrors.InWords(error), StringComparison.Ordinal));
            }
        }
    }

    [Theory]
    [InlineData("--data", "train")]
    [InlineData("--phantom", "train", "--phantom", "3", "--out", "x")]
    [InlineData("--out", "train", "--phantom", "30")]
    [InlineData("vgg", "train", "--phantom", "30", "--out", "x", "--architecture", "vgg")]
    [InlineData("--crop-size", "train", "--phantom", "30", "--out", "x", "--image-size", "64", "--crop-size", "65")]
    [InlineData("--window", "train", "--phantom", "30", "--out", "x", "--window", "wide")]
    [InlineData("--learning-rate", "train", "--phantom", "30", "--out", "x", "--learning-rate", "0")]
    [InlineData("absent.csv", "evaluate", "--run", ".", "--data", "absent.csv")]
    [InlineData("trian", "trian")]
    public async Task A_usage_error_has_a_message_and_an_exit_code(string told, params string[] arguments)
    {
        Tool tool = await Tool.Run(arguments);
        Assert.Equal(CommandLine.Usage, tool.Code);
        Assert.Empty(tool.Output);
        Assert.Contains(told, tool.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--epochs is 'abc'; it must be a whole number from 1 to 2147483647.", "train", "--phantom", "30", "--out", "x", "--epochs", "abc")]
    [InlineData("--epochs is '1.5'; it must be a whole number from 1 to 2147483647.", "train", "--phantom", "30", "--out", "x", "--epochs", "1.5")]
    [InlineData("--studies is '99999999999'; it must be a whole number from 1 to 2147483647.", "phantom", "--out", "x", "--studies", "99999999999")]
    [InlineData("--seed is 'x'; it must be a whole number from -2147483648 to 2147483647.", "phantom", "--out", "x", "--seed", "x")]
    [InlineData("--iterations is '2,5'; it must be a whole number from 1 to 10.", "train", "--phantom", "30", "--out", "x", "--iterations", "2,5")]
    [InlineData("--validation is 'ten'; it must be a number from 0 to 0.5.", "train", "--phantom", "30", "--out", "x", "--validation", "ten")]
    [InlineData(
        "--learning-rate is '1e'; it must be a number above 0 and at most 10.",
        "train",
        "--phantom",
        "30",
        "--out",
        "x",
        "--learning-rate",
        "1e"
    )]
    [InlineData("--learning-rate must be above 0 and at most 10, not 0.", "train", "--phantom", "30", "--out", "x", "--learning-rate", "0")]
    [InlineData("--validation must be from 0 to 0.5, not NaN.", "train", "--phantom", "30", "--out", "x", "--validation", "nan")]
    [InlineData(
        "--photometric is 'negative'; it must be as-stored, inverted or automatic.",
        "train",
        "--phantom",
        "30",
        "--out",
        "x",
        "--photometric",
        "negative"
    )]
    [InlineData("--data: there is no file or folder 'absent.csv'.", "train", "--data", "absent.csv", "--out", "x")]
    [InlineData("--out is required.", "train", "--phantom", "30")]
    [InlineData("FILE is required.", "annotate", "--run", ".")]
    [InlineData("--out needs a value: DIR.", "phantom", "--out")]
    public async Task Errors_of_the_parser_are_reworded(string told, params string[] arguments)
    {
        Tool tool = await Tool.Run(arguments);
        Assert.Equal(CommandLine.Usage, tool.Code);
        Assert.Contains($"cxr: CXR1001: {told}{Environment.NewLine}", tool.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void No_option_value_causes_an_error_that_mentions_types()
    {
        CommandLine line = new(new FakeRuns(), new Terminal(TextWriter.Null, TextWriter.Null, false, false));
        string[] options =
        [
            .. line.Verbs.SelectMany(verb =>
                verb.Options.Where(option => option is not System.CommandLine.Help.HelpOption).Select(option => $"{verb.Name} {option.Name}")
            ),
        ];
        Assert.NotEmpty(options);
        string[] told =
        [
            .. from option in options
            from value in (string[])["abc", "1.5", "99999999999", "-1", "1e400", "NaN", ""]
            from error in line.Parse($"{option}={value}".Split(' ')).Errors
            select ParseErrors.InWords(error),
        ];
        Assert.NotEmpty(told);
        Assert.DoesNotContain(told, text => Regex.IsMatch(text, "System|Cannot parse|does not exist|not recognized|' is required|missing"));
    }

    [Fact]
    public async Task An_error_is_one_line_with_a_stack_trace_only_if_verbose()
    {
        FakeRuns runs = new() { OnTrain = _ => throw new ArgumentOutOfRangeException("BatchSize", 7, "BatchSize must be\neven.") };
        string[] arguments = ["train", "--phantom", "30", "--out", "x"];
        Tool tool = await Tool.Run(runs, arguments);
        Assert.Equal(CommandLine.Failure, tool.Code);
        Assert.Equal("cxr: CXR1002: --batch-size must be even.", tool.Error.TrimEnd());
        Tool verbose = await Tool.Run(runs, [.. arguments, "--verbose"]);
        Assert.Contains("   at ", verbose.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Cancellation_has_its_own_exit_code()
    {
        using CancellationTokenSource source = new();
        FakeRuns runs = new()
        {
            OnTrain = token =>
            {
                source.Cancel();
                token.WaitHandle.WaitOne(TimeSpan.FromSeconds(30));
                throw new OperationCanceledException(token);
            },
        };
        using StringWriter error = new();
        int code = await new CommandLine(runs, new Terminal(TextWriter.Null, error, false, false)).RunAsync(
            ["train", "--phantom", "30", "--out", "x"],
            source.Token
        );
        Assert.Equal(CommandLine.Cancelled, code);
        Assert.Equal("cxr: stopped.", error.ToString().TrimEnd());
    }

    [Fact]
    public async Task Training_gets_the_values_of_the_options()
    {
        string table = Path.Combine(_folder.FullName, "a.csv");
        await File.WriteAllTextAsync(table, "image,annotation\n", TestContext.Current.CancellationToken);
        FakeRuns runs = new();
        Tool tool = await Tool.Run(
            runs,
            "train",
            "--data",
            table,
            "--out",
            _folder.FullName,
            "--architecture",
            "googlenet",
            "--cell",
            "lstm",
            "--device",
            "cuda",
            "--iterations",
            "3",
            "--image-size",
            "128",
            "--crop-size",
            "112",
            "--epochs",
            "5",
            "--batch-size",
            "8",
            "--learning-rate",
            "1e-2",
            "--minimum-cases",
            "4",
            "--seed",
            "-7",
            "--threads",
            "2",
            "--validation",
            "0.25",
            "--resume",
            "--checkpoints",
            "3",
            "--start-from",
            _folder.FullName,
            "--freeze",
            "stem",
            "--freeze",
            "stem_norm",
            "--frame",
            "1",
            "--window",
            "none",
            "--any-modality",
            "--strict"
        );
        Assert.Equal((CommandLine.Success, ""), (tool.Code, tool.Error));
        Assert.Equal(
            new TrainSettings
            {
                Data = table,
                Out = _folder.FullName,
                Architecture = CnnArchitecture.GoogLeNet,
                Cell = RecurrentCell.Lstm,
                Compute = new(ComputeDevice.Cuda, null, 2),
                Iterations = 3,
                ImageSize = 128,
                CropSize = 112,
                Epochs = 5,
                BatchSize = 8,
                LearningRate = 0.01,
                MinimumCases = 4,
                Seed = -7,
                Validation = 0.25,
                Dicom = new()
                {
                    Frame = 1,
                    Window = null,
                    AcceptAnyModality = true,
                    Strict = true,
                },
                Resume = true,
                Checkpoints = 3,
                StartFrom = _folder.FullName,
            },
            runs.Trained! with
            {
                Freeze = [],
            }
        );
        Assert.Equal(["stem", "stem_norm"], runs.Trained.Freeze);
        Assert.Contains("75.0 (70.0 to 80.0)", tool.Output, StringComparison.Ordinal);
        Assert.Contains("iteration 2 annotates", tool.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task With_json_the_output_is_one_document()
    {
        using JsonDocument trained = Json(await Tool.Run("train", "--phantom", "30", "--out", "x", "--json"));
        Assert.Equal(2, trained.RootElement.GetProperty("chosenIteration").GetInt32());

        Assert.Equal(
            "Nodule/lung/left",
            Assert.Single((await Tool.Run("annotate", "--run", _folder.FullName, "a.png", "--json")).Lines).GetProperty("annotation").GetString()
        );

        string drawn = Path.Combine(_folder.FullName, "drawn");
        using JsonDocument phantom = Json(await Tool.Run("phantom", "--out", drawn, "--studies", "3", "--size", "64", "--views", "both", "--json"));
        Assert.Equal(6, phantom.RootElement.GetProperty("images").GetInt32());
        Assert.Equal(7, (await File.ReadAllLinesAsync(Path.Combine(drawn, "annotations.csv"), TestContext.Current.CancellationToken)).Length);

        static JsonDocument Json(Tool tool)
        {
            Assert.Equal(CommandLine.Success, tool.Code);
            return JsonDocument.Parse(tool.Output);
        }
    }

    [Fact]
    public async Task An_unreadable_file_among_others_is_a_warning_and_only_unreadable_files_are_an_error()
    {
        FakeRuns runs = new() { OnFile = file => file.StartsWith("bad", StringComparison.Ordinal) ? "!not an image." : "normal" };
        Tool some = await Tool.Run(runs, "annotate", "--run", _folder.FullName, "bad.png", "good.png");
        Assert.Equal(CommandLine.Incomplete, some.Code);
        Assert.Contains("good.png", some.Output, StringComparison.Ordinal);
        Assert.Contains("warning: 'bad.png' could not be read: not an image.", some.Error, StringComparison.Ordinal);
        Assert.Contains("1 of 2 files", some.Error, StringComparison.Ordinal);

        Tool none = await Tool.Run(runs, "annotate", "--run", _folder.FullName, "bad1.png", "bad2.png");
        Assert.Equal(CommandLine.Failure, none.Code);
        Assert.Contains("bad1.png", none.Error, StringComparison.Ordinal);
        Assert.Equal(CommandLine.Success, (await Tool.Run(runs, "annotate", "--run", _folder.FullName, "good.png")).Code);
    }

    [Fact]
    public async Task A_folder_stands_for_the_radiographs_in_it()
    {
        foreach (string name in (string[])["b.PNG", "a.tif", "notes.txt"])
            await File.WriteAllTextAsync(Path.Combine(_folder.FullName, name), "", TestContext.Current.CancellationToken);
        JsonElement[] annotated = (await Tool.Run("annotate", "--run", _folder.FullName, _folder.FullName, "--json")).Lines;
        Assert.Equal(["a.tif", "b.PNG"], annotated.Select(file => Path.GetFileName(file.GetProperty("file").GetString())));
    }

    [Fact]
    public async Task Exported_DICOM_files_are_found_by_their_content_and_in_subfolders_if_recursive()
    {
        byte[] dicom = [.. new byte[128], .. "DICM"u8, .. new byte[16]];
        foreach (string name in (string[])["IM000001", "1.2.840.10008.17", "below/IM000002", "slide.bin", "DICOMDIR"])
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(_folder.FullName, name))!);
            await File.WriteAllBytesAsync(Path.Combine(_folder.FullName, name), dicom, TestContext.Current.CancellationToken);
        }

        await File.WriteAllTextAsync(
            Path.Combine(_folder.FullName, "IM000003"),
            "no DICOM, and too short for it",
            TestContext.Current.CancellationToken
        );
        Assert.Equal(["1.2.840.10008.17", "IM000001"], await Files());
        Assert.Equal(["1.2.840.10008.17", "IM000001", Path.Combine("below", "IM000002")], await Files("--recursive"));

        async Task<IEnumerable<string>> Files(params string[] options)
        {
            JsonElement[] annotated = (await Tool.Run(["annotate", "--run", _folder.FullName, _folder.FullName, "--json", .. options])).Lines;
            return [.. annotated.Select(file => Path.GetRelativePath(_folder.FullName, file.GetProperty("file").GetString()!))];
        }
    }

    [Fact]
    public async Task Evaluation_is_told_where_to_write_its_report()
    {
        string table = Path.Combine(_folder.FullName, "a.csv"),
            page = Path.Combine(_folder.FullName, "pages", "index.html");
        await File.WriteAllTextAsync(table, "image,annotation\n", TestContext.Current.CancellationToken);
        FakeRuns runs = new();
        string[] by = ["--by", "source", "--by", "x"];
        Tool tool = await Tool.Run(runs, ["evaluate", "--run", _folder.FullName, "--data", table, .. by, "--split", "val", "--report", page]);
        Assert.Equal(CommandLine.Success, tool.Code);
        EvaluateSettings told = runs.Evaluated!;
        Assert.Equal((_folder.FullName, table, "val", false), (told.Run, told.Data, told.Split, told.WithNames));
        Assert.Equal(["source", "x"], told.By);
        Assert.Equal(
            new ReportFiles(page, Path.ChangeExtension(page, ".metrics.json"), Path.ChangeExtension(page, ".cases.csv")),
            told.Report
        );
        string folder = Path.Combine("a", "b");
        Assert.Equal(
            new ReportFiles(Path.Combine(folder, "index.html"), Path.Combine(folder, "metrics.json"), Path.Combine(folder, "cases.csv")),
            ReportFiles.Of(folder)
        );
        Assert.Contains("Drawn by a program.", tool.Output, StringComparison.Ordinal);
    }
}
