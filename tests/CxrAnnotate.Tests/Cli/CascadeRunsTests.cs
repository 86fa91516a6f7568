using System.Globalization;
using System.Text.Json;
using CxrAnnotate.Cli;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace CxrAnnotate.Tests;

/// <summary>A run trained once on a few small phantoms, for all tests of a class.</summary>
public sealed class SmallRun : IAsyncLifetime
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("cxr");

    internal string Folder => _folder.FullName;

    internal string Run => Path.Combine(Folder, "run");

    internal string Images => Path.Combine(Folder, "phantom", "images");

    internal string Table => Path.Combine(Folder, "phantom", "annotations.csv");

    internal Tool Trained { get; private set; } = new(-1, "", "");

    public async ValueTask InitializeAsync()
    {
        CascadeRuns runs = new();
        Assert.Equal(
            CommandLine.Success,
            (await Tool.Run(runs, "phantom", "--out", Path.Combine(Folder, "phantom"), "--studies", "100", "--size", "64")).Code
        );
        Trained = await Tool.Run(
            runs,
            [
                "train",
                "--data",
                Table,
                "--out",
                Run,
                .. Tool.QuickTraining,
                "--json",
            ]
        );
    }

    public ValueTask DisposeAsync()
    {
        _folder.Delete(recursive: true);
        return ValueTask.CompletedTask;
    }
}

public sealed class CascadeRunsTests(SmallRun small) : IClassFixture<SmallRun>, IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("cxr");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task A_control_is_saved_beside_the_run_and_measured_with_it()
    {
        string run = Path.Combine(_folder.FullName, "run");
        string[] training =
        [
            "train",
            "--data",
            small.Table,
            "--out",
            run,
            "--pretrained",
            "none",
            .. Tool.QuickTraining,
            "--quiet",
        ];
        Tool trained = await Tool.Run(new CascadeRuns(), [.. training, "--control"]);
        Assert.True(trained.Code == CommandLine.Success, trained.Error);
        Assert.Contains("Iteration 2 minus its control", trained.Output, StringComparison.Ordinal);
        Assert.False(Directory.Exists(RunFolder.Checkpoints(run)));

        using RecurrentCascadeTransformer control = new MLContext().ChestXray().LoadCascade(RunFolder.Control(run));
        Assert.Equal(2, control.Iterations.Count);
        Assert.All(control.Iterations, iteration => Assert.Equal(control.Labels, iteration.Labels));
        JsonElement figures = JsonSchemas.Validate(
            "evaluate",
            (await Tool.Run(new CascadeRuns(), "evaluate", "--run", run, "--data", small.Table, "--json")).Output
        );
        Assert.Equal(
            figures.GetProperty("images").GetInt32(),
            figures.GetProperty("control").GetProperty("all").GetProperty("images").GetInt32()
        );
        Assert.Equal(JsonValueKind.Object, figures.GetProperty("lastMinusControl").ValueKind);

        // A run without a control leaves none of an earlier one behind.
        trained = await Tool.Run(new CascadeRuns(), [.. training, "--force"]);
        Assert.True(trained.Code == CommandLine.Success, trained.Error);
        Assert.False(Directory.Exists(RunFolder.Control(run)));
    }

    [Fact]
    public async Task A_cascade_without_checkpoints_is_kept_if_its_control_is_interrupted()
    {
        string run = Path.Combine(_folder.FullName, "run");
        using var interrupt = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        using StringWriter output = new();
        using var error = new InterruptingWriter("control of iteration 2: image network", interrupt);
        int code = await new CommandLine(new CascadeRuns(), new Terminal(output, error, false, false)).RunAsync(
            [
                "train",
                "--data",
                small.Table,
                "--out",
                run,
                "--pretrained",
                "none",
                .. Tool.QuickTraining,
                "--checkpoints",
                "0",
                "--control",
            ],
            interrupt.Token
        );
        Assert.True(interrupt.IsCancellationRequested, error.ToString());
        Assert.Equal(CommandLine.Cancelled, code);
        Assert.Contains("without its control", error.ToString(), StringComparison.Ordinal);
        Assert.False(Directory.Exists(RunFolder.Control(run)));
        using RecurrentCascadeTransformer kept = new MLContext().ChestXray().LoadCascade(run);
        Assert.Equal(2, kept.Iterations.Count);
    }

    [Fact]
    public void The_library_trains_the_same_weights_from_the_same_preset()
    {
        ChestXrayCatalog cxr = new MLContext(seed: 2016).ChestXray();
        StudySplit split = cxr.Data.SplitByColumn(cxr.Data.LoadCsv(small.Table));
        RecurrentCascadeOptions preset = RecurrentCascadeOptions.ForPhantoms;
        using RecurrentCascadeTransformer cascade = cxr.RecurrentCascade(
                preset with
                {
                    Mining = preset.Mining with { MinimumCases = 3 },
                    Loading = preset.Loading with { Height = 64, Width = 64 },
                    Classifier = preset.Classifier with
                    {
                        Optimization = preset.Classifier.Optimization with { Epochs = 1 },
                        Device = ComputeDevice.Cpu,
                        Threads = 1,
                    },
                    Refinement = preset.Refinement! with { Epochs = 1 },
                    ValidationData = split.Validation,
                    Seed = 2016,
                }
            )
            .Fit(split.Train);
        string saved = Path.Combine(_folder.FullName, "library");
        cascade.Save(saved);
        string[] weights = [.. Directory.EnumerateFiles(saved, "*.safetensors", SearchOption.AllDirectories)];
        Assert.Equal(4, weights.Length);
        Assert.All(
            weights,
            file => Assert.Equal(File.ReadAllBytes(Path.Combine(small.Run, Path.GetRelativePath(saved, file))), File.ReadAllBytes(file))
        );
    }

    [Fact]
    public void Training_writes_a_run_and_reports_the_figures_of_the_test_rows()
    {
        Assert.True(small.Trained.Code == CommandLine.Success, small.Trained.Error);
        using JsonDocument told = JsonDocument.Parse(small.Trained.Output);
        Assert.Equal(2, told.RootElement.GetProperty("iterations").GetArrayLength());
        string[] baselines =
        [
            .. told
                .RootElement.GetProperty("evaluation")
                .GetProperty("baselines")
                .EnumerateArray()
                .Select(baseline => baseline.GetProperty("name").GetString()!),
        ];
        Assert.Contains("always normal", baselines);
        Assert.Contains("label prior", baselines);

        using JsonDocument train = JsonDocument.Parse(File.ReadAllText(Path.Combine(small.Run, "train.json")));
        Assert.Equal("test", train.RootElement.GetProperty("heldOut").GetString());
        using JsonDocument evaluation = JsonDocument.Parse(File.ReadAllText(Path.Combine(small.Run, "evaluation.json")));
        Assert.Equal(Rows("test").Length, evaluation.RootElement.GetProperty("images").GetInt32());
    }

    [Fact]
    public void Test_and_validation_rows_are_not_trained_on()
    {
        string[] trained = [.. File.ReadLines(Path.Combine(small.Run, "training-rows.csv")).Skip(1).Select(line => line.Split(',')[0])];
        Assert.Equal(
            Rows("train").Select(name => IdentifierKey.OfContent(Path.Combine(small.Images, name), null)).Order(StringComparer.Ordinal),
            trained.Order(StringComparer.Ordinal)
        );
    }

    [Fact]
    public async Task Evaluation_reports_every_iteration_the_chosen_one_and_the_figures_of_training()
    {
        Tool tool = await Tool.Run(new CascadeRuns(), "evaluate", "--run", small.Run, "--data", small.Table, "--json");
        Assert.True(tool.Code == CommandLine.Success, tool.Error);
        using JsonDocument told = JsonDocument.Parse(tool.Output),
            before = JsonDocument.Parse(File.ReadAllText(Path.Combine(small.Run, "evaluation.json")));
        JsonElement[] iterations = [.. told.RootElement.GetProperty("iterations").EnumerateArray()];
        Assert.Equal(2, iterations.Length);
        int chosen = told.RootElement.GetProperty("chosenIteration").GetInt32();
        Assert.InRange(chosen, 1, 2);
        string[] truths =
        [
            .. File.ReadLines(small.Table).Where(line => line.EndsWith(",test", StringComparison.Ordinal)).Select(line => line.Split(',')[1]),
        ];
        foreach (JsonElement whole in iterations.Select(iteration => iteration.GetProperty("all")))
        {
            Assert.Equal(truths.Length, whole.GetProperty("images").GetInt32());
            JsonElement normal = Assert.Single(
                whole.GetProperty("labels").EnumerateArray(),
                label => label.GetProperty("label").GetString() == "normal"
            );
            Assert.Equal(truths.Count(truth => truth == "normal"), normal.GetProperty("images").GetInt32());
        }

        // With the same rows, networks and baselines, the figures equal those measured after training.
        Assert.Equal(before.RootElement.GetProperty("iterations").GetRawText(), told.RootElement.GetProperty("iterations").GetRawText());
    }

    [Fact]
    public async Task Evaluation_counts_the_labels_that_annotation_names()
    {
        string[] names =
        [
            .. File.ReadLines(small.Table)
                .Where(line => line.Split(',')[1] == "normal")
                .Select(line => Path.Combine(small.Images, Path.GetFileName(line.Split(',')[0]))),
        ];
        string table = Path.Combine(_folder.FullName, "normals.csv");
        await File.WriteAllLinesAsync(table, ["image,annotation", .. names.Select(name => $"{name},normal")], TestContext.Current.CancellationToken);
        Tool evaluated = await Tool.Run(new CascadeRuns(), "evaluate", "--run", small.Run, "--data", table, "--json");
        Tool annotated = await Tool.Run(new CascadeRuns(), ["annotate", "--run", small.Run, "--json", .. names]);
        using JsonDocument measured = JsonDocument.Parse(evaluated.Output);
        JsonElement chosen = measured.RootElement.GetProperty("iterations")[measured.RootElement.GetProperty("chosenIteration").GetInt32() - 1];
        foreach (JsonElement label in chosen.GetProperty("all").GetProperty("labels").EnumerateArray())
            Assert.Equal(
                annotated.Lines.Count(file => file.GetProperty("label").GetString() == label.GetProperty("label").GetString()),
                label.GetProperty("predictedImages").GetInt32()
            );
    }

    [Fact]
    public async Task Rows_without_a_readable_image_are_left_out_by_name_and_the_page_shows_the_others()
    {
        string[] lines = await File.ReadAllLinesAsync(small.Table, TestContext.Current.CancellationToken);
        string table = Path.Combine(_folder.FullName, "other.csv"),
            page = Path.Combine(_folder.FullName, "page.html");
        string Absolute(string line) =>
            line.Replace("images/", small.Images + "/", StringComparison.Ordinal).Replace(",val", ",test", StringComparison.Ordinal);
        string[] good = [.. lines.Skip(1).Where(line => line.EndsWith(",test", StringComparison.Ordinal)).Select(Absolute)];
        await File.WriteAllLinesAsync(
            table,
            [lines[0], .. good, "absent.png,normal,s1,s1,Frontal,elsewhere,test", ",normal,s2,s2,Frontal,elsewhere,test"],
            TestContext.Current.CancellationToken
        );
        Tool tool = await Tool.Run(new CascadeRuns(), "evaluate", "--run", small.Run, "--data", table, "--report", page);
        Assert.True(tool.Code == CommandLine.Incomplete, tool.Error);
        Assert.Contains("absent.png", tool.Error, StringComparison.Ordinal);
        Assert.Single(tool.Error.Split('\n'), line => line.Contains("absent.png", StringComparison.Ordinal));
        Assert.Contains($"line {good.Length + 3}", tool.Error, StringComparison.OrdinalIgnoreCase);
        Assert.Contains($"1 of {good.Length + 1} rows are left out", tool.Output, StringComparison.Ordinal);
        Assert.Contains($">all ({good.Length})<", await File.ReadAllTextAsync(page, TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.Equal(
            good.Length + 1,
            (await File.ReadAllLinesAsync(Path.Combine(_folder.FullName, "page.cases.csv"), TestContext.Current.CancellationToken)).Length
        );
        string metrics = Path.Combine(_folder.FullName, "page.metrics.json");
        JsonSchemas.Validate("report", await File.ReadAllTextAsync(metrics, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Evaluating_on_training_rows_is_reported()
    {
        Tool tool = await Tool.Run(new CascadeRuns(), "evaluate", "--run", small.Run, "--data", small.Table, "--split", "train");
        Assert.True(tool.Code == CommandLine.Success, tool.Error);
        Assert.Contains($"{Rows("train").Length} of the {Rows("train").Length} images were trained on", tool.Output, StringComparison.Ordinal);
    }

    /// <summary>CXR_TEST_FILES makes the folder larger, 10000 for example.</summary>
    [Fact]
    public async Task An_image_unlike_the_training_images_is_read_with_a_warning()
    {
        string sound = Directory.GetFiles(small.Images)[0],
            inverted = Path.Combine(_folder.FullName, "inverted.png");
        float[] grey = RadiographReader.Read(sound, new RadiographFormat(64, 64));
        RadiographWriter.SavePng(inverted, [.. grey.Select(g => (byte)(255 - (g * 255)))], 64, 64);
        Tool tool = await Tool.Run(new CascadeRuns(), "annotate", "--run", small.Run, "--json", sound, inverted);
        Assert.Equal(CommandLine.Success, tool.Code);
        string?[][] kinds =
        [
            .. tool.Lines.Select(file => file.GetProperty("warnings").EnumerateArray().Select(w => w.GetProperty("kind").GetString()).ToArray()),
        ];
        Assert.Empty(kinds[0]);
        Assert.Contains("looksInverted", kinds[1]);
        Assert.Contains("inverted.png': It looks inverted", tool.Error, StringComparison.Ordinal);
        Assert.All(tool.Lines, file => Assert.NotEqual(JsonValueKind.Null, file.GetProperty("annotation").ValueKind));
    }

    [Fact]
    public async Task Exactly_the_damaged_files_of_a_large_folder_are_listed_and_the_others_are_annotated()
    {
        int count = int.TryParse(Environment.GetEnvironmentVariable("CXR_TEST_FILES"), CultureInfo.InvariantCulture, out int asked) ? asked : 500;
        byte[] sound = await File.ReadAllBytesAsync(Directory.GetFiles(small.Images)[0], TestContext.Current.CancellationToken);
        var broken = new HashSet<string>(StringComparer.Ordinal);
        for (int i = 0; i < count; i++)
        {
            string name = Path.Combine(_folder.FullName, string.Create(CultureInfo.InvariantCulture, $"{i:D5}{(i % 3 == 0 ? ".dcm" : ".png")}"));
            if (i % 100 == 37)
            {
                broken.Add(name);
                await File.WriteAllBytesAsync(
                    name,
                    (i / 100 % 3) switch
                    {
                        0 => sound[..(sound.Length / 2)],
                        1 => [],
                        _ => "no radiograph"u8.ToArray(),
                    },
                    TestContext.Current.CancellationToken
                );
            }
            else if (i % 3 == 0)
            {
                DicomFileWriter.Save(name, new byte[64 * 64], 64, 64, name, name, name, "PA", "nobody");
            }
            else
            {
                await File.WriteAllBytesAsync(name, sound, TestContext.Current.CancellationToken);
            }
        }

        foreach (
            string[] arguments in (string[][])
                [
                    ["annotate", "--run", small.Run, "--json", _folder.FullName],
                    ["info", "--json", _folder.FullName],
                ]
        )
        {
            Tool tool = await Tool.Run(new CascadeRuns(), arguments);
            Assert.True(tool.Code == CommandLine.Incomplete, tool.Error);
            JsonElement[] files = tool.Lines;
            Assert.Equal(
                Directory.EnumerateFiles(_folder.FullName).Order(StringComparer.Ordinal),
                files.Select(file => file.GetProperty("file").GetString())
            );
            Assert.Equal(
                broken.Order(StringComparer.Ordinal),
                files
                    .Where(file => file.TryGetProperty("error", out JsonElement error) && error.ValueKind != JsonValueKind.Null)
                    .Select(file => file.GetProperty("file").GetString())
            );
        }
    }

    [Fact]
    public async Task Good_truncated_and_missing_files_have_results_in_their_order()
    {
        string good = Directory.GetFiles(small.Images)[0],
            cut = Path.Combine(_folder.FullName, "cut.png"),
            missing = Path.Combine(_folder.FullName, "missing.png");
        byte[] bytes = await File.ReadAllBytesAsync(good, TestContext.Current.CancellationToken);
        await File.WriteAllBytesAsync(cut, bytes[..(bytes.Length / 2)], TestContext.Current.CancellationToken);
        Tool tool = await Tool.Run(new CascadeRuns(), "annotate", "--run", small.Run, "--json", cut, good, missing);
        Assert.True(tool.Code == CommandLine.Incomplete, tool.Error);
        JsonElement[] files = tool.Lines;
        Assert.Equal([cut, good, missing], files.Select(file => file.GetProperty("file").GetString()));
        Assert.Equal([true, false, true], files.Select(file => file.GetProperty("error").ValueKind == JsonValueKind.Object));
        Assert.Contains("truncated", files[0].GetProperty("error").GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Equal("there is no such file.", files[2].GetProperty("error").GetProperty("message").GetString());
        Assert.NotEqual("", files[1].GetProperty("annotation").GetString());
        Assert.InRange(files[1].GetProperty("labelProbability").GetDouble(), double.Epsilon, 1);
    }

    [Fact]
    public async Task The_tool_gives_the_readings_of_the_networks_of_the_run()
    {
        string[] images = [.. Directory.GetFiles(small.Images).Order(StringComparer.Ordinal)];
        Tool tool = await Tool.Run(new CascadeRuns(), "annotate", "--model", small.Run, small.Images);
        Assert.True(tool.Code == CommandLine.Success, tool.Error);
        ChestXrayCatalog cxr = new MLContext(seed: 1).ChestXray();
        using RecurrentCascadeTransformer cascade = cxr.LoadCascade(small.Run);
        IDataView read = cascade.Transform(cxr.Data.LoadRecords([.. images.Select(image => new RadiographRecord { ImagePath = image })]));
        Assert.Equal(read.GetColumn<string>("Annotation"), tool.Lines.Select(line => line.GetProperty("annotation").GetString()));
        Assert.All(
            read.GetColumn<float>("AnnotationProbability").Zip(tool.Lines),
            both => Assert.Equal(both.First, both.Second.GetProperty("annotationProbability").GetDouble(), 1e-4)
        );
    }

    [Fact]
    public async Task A_wider_beam_never_finds_a_less_probable_annotation_than_greedy_search()
    {
        async Task<double[]> Probabilities(string beam)
        {
            Tool tool = await Tool.Run(new CascadeRuns(), "annotate", "--run", small.Run, "--json", "--beam", beam, small.Images);
            return [.. tool.Lines.Select(file => file.GetProperty("annotationProbability").GetDouble())];
        }
        double[] greedy = await Probabilities("1"),
            wide = await Probabilities("50");
        Assert.All(greedy.Zip(wide), both => Assert.True(both.Second >= both.First * (1 - 1e-4)));
    }

    [Fact]
    public async Task A_missing_or_damaged_run_is_reported_in_one_line()
    {
        string image = Directory.GetFiles(small.Images)[0],
            absent = Path.Combine(_folder.FullName, "nothing"),
            damaged = Path.Combine(_folder.FullName, "damaged");
        foreach (string file in Directory.GetFiles(small.Run, "*", SearchOption.AllDirectories))
        {
            string copy = Path.Combine(damaged, Path.GetRelativePath(small.Run, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }
        // The ONNX model is damaged, then missing, so that the networks are loaded, which are damaged, too.
        string onnx = Path.Combine(damaged, "cascade.onnx"),
            weights = Path.Combine(damaged, "iteration-2", "classifier.safetensors");
        foreach (string file in (string[])[onnx, weights])
            await File.WriteAllBytesAsync(
                file,
                (await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken))[..1000],
                TestContext.Current.CancellationToken
            );
        await Fails(absent, absent);
        await Fails(damaged, onnx);
        File.Delete(onnx);
        await Fails(damaged, weights);

        async Task Fails(string run, string told)
        {
            Tool tool = await Tool.Run(new CascadeRuns(), "annotate", "--run", run, image);
            Assert.Equal((CommandLine.Failure, ""), (tool.Code, tool.Output));
            string[] lines = tool.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries);
            Assert.Contains(told, Assert.Single(lines, line => !line.StartsWith("warning: ", StringComparison.Ordinal)), StringComparison.Ordinal);
            Assert.Equal(run == damaged && !File.Exists(onnx), lines.Length > 1); // A missing ONNX model is a warning.
        }
    }

    [Fact]
    public async Task A_side_of_the_split_that_the_table_lacks_is_a_usage_error()
    {
        string table = Path.Combine(_folder.FullName, "a.csv");
        await File.WriteAllLinesAsync(
            table,
            ["image,annotation", $"{Directory.GetFiles(small.Images)[0]},normal"],
            TestContext.Current.CancellationToken
        );
        Tool tool = await Tool.Run(new CascadeRuns(), "evaluate", "--run", small.Run, "--data", table, "--split", "val");
        Assert.Equal(CommandLine.Usage, tool.Code);
        Assert.Contains("--split val", tool.Error, StringComparison.Ordinal);
    }

    private string[] Rows(string side) =>
        [
            .. File.ReadLines(small.Table)
                .Where(line => line.EndsWith($",{side}", StringComparison.Ordinal))
                .Select(line => Path.GetFileName(line.Split(',')[0])),
        ];

    /// <summary>Cancels when a text is written.</summary>
    private sealed class InterruptingWriter(string text, CancellationTokenSource interrupt) : StringWriter
    {
        public override void Write(char value)
        {
            base.Write(value);
            Look();
        }

        public override void Write(string? value)
        {
            base.Write(value);
            Look();
        }

        public override void WriteLine(string? value)
        {
            base.WriteLine(value);
            Look();
        }

        private void Look()
        {
            if (!interrupt.IsCancellationRequested && ToString().Contains(text, StringComparison.Ordinal))
                interrupt.Cancel();
        }
    }
}
