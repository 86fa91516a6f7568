using System.Text.Json;
using CxrAnnotate.Cli;

namespace CxrAnnotate.Tests;

public sealed class OptionGroupTests : IDisposable
{
    private readonly ScratchFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static CommandLine Line => new(new FakeRuns(), new Terminal(TextWriter.Null, TextWriter.Null, false, false));

    private static string[] OptionsOf(string verb) => [.. Line.Verbs.Single(v => v.Name == verb).Options.Select(option => option.Name)];

    [Fact]
    public void All_training_verbs_have_the_same_training_options()
    {
        string[] shared = [.. new TrainingOptions().Options.Select(option => option.Name)];
        Assert.Contains("--device", shared);
        Assert.Contains("--cache", shared);
        Assert.Contains("--any-modality", shared);
        Assert.Contains("--strict", shared);
        Assert.Contains("--threads", shared);
        foreach (string verb in (string[])["train", "cross-validate", "demo"])
            Assert.Subset(OptionsOf(verb).ToHashSet(), shared.ToHashSet());
    }

    [Fact]
    public void Verbs_that_read_tables_have_column_options_and_verbs_that_evaluate_have_device_threads_and_cache()
    {
        string[] table = [.. new TableOptions().Options.Select(option => option.Name)];
        Assert.Contains("--image-column", table);
        Assert.Contains("--annotation-column", table);
        foreach (string verb in (string[])["train", "cross-validate", "evaluate"])
            Assert.Subset(OptionsOf(verb).ToHashSet(), table.ToHashSet());
        Assert.Subset(OptionsOf("annotate").ToHashSet(), ((string[])["--threads", "--any-modality", "--strict"]).ToHashSet());
        Assert.Subset(OptionsOf("evaluate").ToHashSet(), ((string[])["--device", "--threads", "--cache", "--any-modality", "--strict"]).ToHashSet());
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    public void What_a_run_is_evaluated_with_is_as_strict_as_its_training_or_the_command_line(bool trained, bool asked)
    {
        LoadRadiographsOptions loading = new() { Dicom = new() { Strict = trained, Frame = 2 } };
        Assert.Equal(trained || asked, new ReadingSettings(Strict: asked).Apply(loading).Dicom.Strict);
        Assert.Equal(2, new ReadingSettings(Strict: asked).Apply(loading).Dicom.Frame);
    }

    [Theory]
    [InlineData("cpu", ComputeDevice.Cpu, null)]
    [InlineData("CUDA", ComputeDevice.Cuda, null)]
    [InlineData("cuda:0", ComputeDevice.Cuda, 0)]
    [InlineData("cuda:3", ComputeDevice.Cuda, 3)]
    public async Task A_device_is_the_cpu_the_first_gpu_or_a_numbered_gpu(string device, ComputeDevice expected, int? gpu)
    {
        FakeRuns runs = new();
        Assert.Equal(
            CommandLine.Success,
            (await Tool.Run(runs, "train", "--phantom", "30", "--out", _folder.Path, "--device", device, "--threads", "3")).Code
        );
        Assert.Equal(new ComputeSettings(expected, gpu, 3), runs.Trained!.Compute);
        using Session session = new(new Terminal(TextWriter.Null, TextWriter.Null, false, false), "train", new OutputSettings(false, false, false));
        Assert.Equal(gpu, session.CreateContext(compute: runs.Trained.Compute).GpuDeviceId);
    }

    [Theory]
    [InlineData("gpu")]
    [InlineData("cuda:")]
    [InlineData("cuda:x")]
    [InlineData("cuda:-1")]
    [InlineData("cpu:0")]
    [InlineData("cuda:99999999999")]
    [InlineData("")]
    public async Task Another_device_is_a_usage_error(string device)
    {
        Tool tool = await Tool.Run("train", "--phantom", "30", "--out", _folder.Path, "--device", device);
        Assert.Equal(CommandLine.Usage, tool.Code);
        Assert.Contains("cuda:N", tool.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_options_of_a_training_reach_cross_validation_and_the_demo()
    {
        string table = _folder.Write("a.csv", "image,annotation\n");
        string[] training =
        [
            "--architecture",
            "googlenet",
            "--cell",
            "lstm",
            "--device",
            "cuda:1",
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
            "--start-from",
            _folder.Path,
            "--frame",
            "1",
            "--window",
            "none",
            "--any-modality",
            "--strict",
            "--cache",
            _folder.Path,
            "--range",
            "percentiles",
            "--photometric",
            "automatic",
            "--multi-label",
        ];
        FakeRuns runs = new();
        Assert.Equal(CommandLine.Success, (await Tool.Run(runs, ["train", "--phantom", "30", "--out", _folder.Path, .. training])).Code);
        TrainSettings trained = runs.Trained! with { Out = "", PhantomStudies = null, Validation = 0, Checkpoints = 0 };
        Assert.Equal(
            CommandLine.Success,
            (await Tool.Run(runs, ["cross-validate", "--data", table, "--out", _folder.Path, "--validation", "0.25", .. training])).Code
        );
        Assert.Equal((table, 0.25), (runs.Trained.Data, runs.Trained.Validation));
        Assert.Equal(trained, runs.Trained with { Data = null, Out = "", Validation = 0, Freeze = trained.Freeze });
        Assert.Equal(CommandLine.Success, (await Tool.Run(runs, ["demo", "--out", _folder.Path, .. training])).Code);
        Assert.Equal(trained, runs.Demonstrated!.Training with { Freeze = trained.Freeze });
    }

    [Fact]
    public async Task Columns_with_other_names_are_read_if_named()
    {
        string table = _folder.Write("a.csv", "picture,text,case,person,projection,site,part\nb.png,normal,s1,p1,PA,here,train\n");
        FakeRuns runs = new();
        string[] columns =
        [
            "--image-column",
            "picture",
            "--annotation-column",
            "text",
            "--study-column",
            "case",
            "--patient-column",
            "person",
            "--view-column",
            "projection",
            "--source-column",
            "site",
            "--split-column",
            "PART",
        ];
        Assert.Equal(CommandLine.Success, (await Tool.Run(runs, ["evaluate", "--run", _folder.Path, "--data", table, .. columns])).Code);
        LoggedContext log = new();
        RadiographRecord row = Assert.Single(AnnotationTable.Read(log.Context, table, runs.Evaluated!.Table).Rows);
        Assert.Equal(
            ("b.png", "normal", "s1", "p1", "PA", "here", "train"),
            (Path.GetFileName(row.ImagePath), row.Mesh, row.StudyId, row.PatientId, row.View, row.Source, row.Split)
        );
        foreach (string verb in (string[])["train", "cross-validate"])
        {
            Assert.Equal(CommandLine.Success, (await Tool.Run(runs, [verb, "--data", table, "--out", _folder.Path, .. columns])).Code);
            Assert.Equal(runs.Evaluated.Table, runs.Trained!.Table);
        }
    }

    [Fact]
    public void A_named_column_must_exist_and_replaces_the_usual_names()
    {
        string table = _folder.Write("a.csv", "image,image_path,annotation,mesh,patient\na.png,b.png,normal,Nodule,p1\n");
        LoggedContext log = new();
        DataCatalog data = log.Context.ChestXray().Data;
        Assert.Equal(
            "Nodule",
            Assert
                .Single(log.Context.Data.CreateEnumerable<RadiographRecord>(data.LoadCsv(table, new TableColumns { Annotation = "mesh" }), false))
                .Mesh
        );
        InvalidDataException absent = Assert.Throws<InvalidDataException>(() => data.LoadCsv(table, new TableColumns { Patient = "person" }));
        Assert.Contains("'person'", absent.Message, StringComparison.Ordinal);
        Assert.Contains("image, image_path, annotation, mesh, patient", absent.Message, StringComparison.Ordinal);
        Assert.Equal("Split", Assert.Throws<ArgumentException>(() => data.LoadCsv(table, new TableColumns { Split = " " })).ParamName);
    }

    [Fact]
    public void Columns_of_a_known_data_set_cannot_be_named_but_its_file_can_be_read_as_a_table()
    {
        DataSetMiniatures.CheXpert(_folder);
        LoggedContext log = new();
        DataCatalog data = log.Context.ChestXray().Data;
        Assert.Contains(
            "CheXpert",
            Assert.Throws<InvalidDataException>(() => data.Load(_folder.Path, columns: new TableColumns { Annotation = "Sex" })).Message,
            StringComparison.Ordinal
        );
        RadiographRecord[] rows =
        [
            .. log.Context.Data.CreateEnumerable<RadiographRecord>(
                data.Load(Path.Combine(_folder.Path, "train.csv"), columns: new TableColumns { Image = "Path", Annotation = "Sex" }),
                false
            ),
        ];
        Assert.NotEmpty(rows);
        Assert.All(rows, row => Assert.Contains(row.Mesh, (string[])["Male", "Female", "Unknown"]));
    }

    [Fact]
    public async Task Quiet_suppresses_progress_and_notes_and_keeps_warnings_and_results()
    {
        string drawn = Path.Combine(_folder.Path, "drawn");
        Assert.Contains("Drawing", (await Tool.Run("phantom", "--out", drawn, "--studies", "3", "--size", "64")).Error, StringComparison.Ordinal);
        Tool quiet = await Tool.Run("phantom", "--out", drawn + "2", "--studies", "3", "--size", "64", "--quiet");
        Assert.Equal((CommandLine.Success, ""), (quiet.Code, quiet.Error));
        Assert.Contains("3 images", quiet.Output, StringComparison.Ordinal);
        Tool warned = await Tool.Run("mine", _folder.Write("a.mesh", "a.png|normal\nno annotation\n"), "--quiet");
        Assert.Contains("warning: ", warned.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void The_verbose_log_omits_the_begin_and_end_of_channels()
    {
        using StringWriter error = new();
        using (Session session = new(new Terminal(TextWriter.Null, error, false, false), "train", new OutputSettings(false, false, Verbose: true)))
        {
            DataCatalog data = session.CreateContext().ChestXray().Data;
            data.SplitByStudy(data.LoadRecords([.. Enumerable.Range(0, 9).Select(i => new RadiographRecord { StudyId = $"{i}", Mesh = "normal" })]));
        }
        Assert.Contains("9 rows of 9 groups", error.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("Channel", error.ToString(), StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData(CommandLine.Usage, "train", "--json", "--phantom", "3", "--out", "x")]
    [InlineData(CommandLine.Usage, "train", "--json", "--phantom", "30", "--out", "x", "--image-size", "64", "--crop-size", "65")]
    [InlineData(CommandLine.Failure, "annotate", "--json", "--run", "absent", "absent.png")]
    public async Task With_json_a_failure_is_a_document_at_the_end_of_the_output_and_a_line_of_the_error_stream(
        int exitCode,
        params string[] arguments
    )
    {
        Tool tool = await Tool.Run(new CascadeRuns(), arguments);
        Assert.Equal(exitCode, tool.Code);
        using JsonDocument error = JsonDocument.Parse(tool.Output.TrimEnd().Split('\n')[^1]);
        Assert.Equal("cxr.error", error.RootElement.GetProperty("format").GetString());
        Assert.Equal(arguments[0], error.RootElement.GetProperty("verb").GetString());
        Assert.Equal(exitCode, error.RootElement.GetProperty("exitCode").GetInt32());
        Assert.Contains(error.RootElement.GetProperty("message").GetString()!, tool.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_document_begins_with_its_format_and_version()
    {
        Assert.Equal(
            """{"format":"cxr.info","version":1,"file":"ä.png","fraction":0.5,"kind":"looksInverted","nothing":null}""",
            CxrJson.Line(
                "info",
                new
                {
                    File = "ä.png",
                    Fraction = 0.5,
                    Kind = InputWarningKind.LooksInverted,
                    Nothing = (string?)null,
                }
            )
        );
    }
}
