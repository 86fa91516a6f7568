using System.IO.Compression;
using System.Text;
using CxrAnnotate.Cli;

namespace CxrAnnotate.Tests;

/// <summary>
/// Every input that may name a person, an institution or a place gets an unmistakable name; no output for publication may contain it, in any
/// encoding, inside archives or not.
/// </summary>
public sealed class PrivacyTests : IDisposable
{
    private const string Planted = "zqxPlanted";

    private static readonly string[] _training =
    [
        "--pretrained",
        "none",
        .. Tool.QuickTraining,
        "--iterations",
        "1",
    ];

    private static readonly ChestPhantomOptions _phantoms = new()
    {
        Studies = 60,
        Size = 64,
        NormalFraction = 0.4,
        Headings = ["Cardiomegaly", "Pleural Effusion"],
        Seed = 5,
    };

    private readonly ScratchFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private string Input => Path.Combine(_folder.Path, Planted + "Folder");

    private string Output => Path.Combine(_folder.Path, "out");

    [Fact]
    public void Planted_names_are_found_wherever_they_are()
    {
        _folder.Write("out/a.json", $"{{\"x\": \"{Planted}\"}}");
        Assert.Single(Found());
        _folder.Write("out/a.json", Convert.ToBase64String(Encoding.UTF8.GetBytes($"ab{Planted}")));
        Assert.Single(Found());
        _folder.Write("out/a.json", Encoding.Unicode.GetBytes(Planted.ToUpperInvariant()));
        Assert.Single(Found());
        using (ZipArchive zip = new(File.Create(Path.Combine(Output, "a.json")), ZipArchiveMode.Create))
        using (StreamWriter entry = new(zip.CreateEntry("deep").Open()))
            entry.Write(string.Concat(Enumerable.Repeat(Planted, 99)));
        Assert.Single(Found());
        File.Delete(Path.Combine(Output, "a.json"));
        Assert.Empty(Found());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Published_output_from_a_table_names_nobody(bool withKey)
    {
        string table = PlantedTable();
        string[] key = withKey ? ["--identifier-key", _folder.Write($"{Planted}Key/{Planted}.txt", $"{Planted}-0123456789\n")] : [];
        string run = Path.Combine(Output, "run");
        await Done(["train", "--data", table, "--out", run, .. key, .. _training]);
        string[] by = ["--by", "source", "--by", "device"];
        await Done(["evaluate", "--run", run, "--data", table, "--report", Path.Combine(Output, "page.html"), .. by, .. key]);
        await Done([
            "evaluate",
            "--run",
            run,
            "--data",
            table,
            "--report",
            Path.Combine(Output, "views"),
            "--by",
            "view",
            "--split",
            "train",
            .. key,
        ]);
        await Done(["export", "--run", run, "--onnx", Path.Combine(Output, "a.onnx"), "--mlnet", Path.Combine(Output, "a.zip")]);
        await Done(["train", "--data", table, "--out", Path.Combine(Output, "more"), "--start-from", run, .. key, .. _training]);
        await Done([
            "cross-validate",
            "--data",
            table,
            "--out",
            Path.Combine(Output, "folds"),
            "--folds",
            "2",
            "--pretrained",
            "none",
            "--epochs",
            "1",
            "--image-size",
            "64",
            "--minimum-cases",
            "3",
            "--iterations",
            "1",
            "--threads",
            "1",
        ]);
        Assert.Contains(
            Directory.GetFiles(Output, "*", SearchOption.AllDirectories),
            file => file.EndsWith("cross-validation.json", StringComparison.Ordinal)
        );
        Assert.Empty(Found());

        Tool told = await Done(["evaluate", "--run", run, "--data", table, "--split", "train", .. key]);
        Assert.Contains("images were trained on", told.Output, StringComparison.Ordinal);
        Tool test = await Done(["evaluate", "--run", run, "--data", table, "--split", "test", .. key]);
        Assert.DoesNotContain("images were trained on", test.Output, StringComparison.Ordinal);
        // Every patient of the table has an image on each side.
        Assert.Equal(withKey, test.Output.Contains("are of patients", StringComparison.Ordinal));
        if (withKey)
        {
            Assert.Contains("give --identifier-key", (await Done(["evaluate", "--run", run, "--data", table])).Output, StringComparison.Ordinal);
            Tool other = await Tool.Run(
                new CascadeRuns(),
                "evaluate",
                "--run",
                run,
                "--data",
                table,
                "--identifier-key",
                _folder.Write("other.key", "another key of enough bytes")
            );
            Assert.Equal(CommandLine.Usage, other.Code);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Published_output_from_DICOM_files_names_neither_patient_nor_institution_nor_device(bool withKey)
    {
        string[] studies = PlantedDicom();
        string[] key = withKey ? ["--identifier-key", _folder.Write("key.txt", "0123456789abcdef")] : [];
        string run = Path.Combine(Output, "run");
        await Done(["train", "--data", Input, "--out", run, .. key, .. _training]);
        await Done(["evaluate", "--run", run, "--data", Input, "--split", "all", "--report", Path.Combine(Output, "page.html"), .. key]);
        await Done(["export", "--run", run, "--onnx", Path.Combine(Output, "a.onnx"), "--mlnet", Path.Combine(Output, "a.zip")]);
        Assert.Empty(Found());
        string[] texts = [.. Directory.GetFiles(Output, "*", SearchOption.AllDirectories).Select(File.ReadAllText)];
        Assert.DoesNotContain(studies, study => texts.Any(text => text.Contains(study, StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Checkpoints_name_nobody()
    {
        string table = PlantedTable(),
            run = Path.Combine(Output, "run"),
            checkpoints = Path.Combine(run, "checkpoints");
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        using StringWriter output = new(),
            error = new();
        Task<int> training = new CommandLine(new CascadeRuns(), new Terminal(output, error, false, false)).RunAsync(
            [
                "train",
                "--data",
                table,
                "--out",
                run,
                "--pretrained",
                "none",
                "--epochs",
                "60",
                "--image-size",
                "64",
                "--minimum-cases",
                "3",
                "--iterations",
                "1",
                "--threads",
                "1",
                "--seed",
                "5",
            ],
            stop.Token
        );
        while (!training.IsCompleted && !CheckpointFolder.HasAny(checkpoints))
            await Task.Delay(20, TestContext.Current.CancellationToken);
        await stop.CancelAsync();
        Assert.True(await training == CommandLine.Cancelled, error.ToString());
        Assert.True(CheckpointFolder.HasAny(checkpoints));
        Assert.Empty(Found());
    }

    [Fact]
    public void Without_a_key_no_identifiers_are_stored_and_with_one_those_of_LoadDicom()
    {
        RadiographRecord[] rows =
        [
            new()
            {
                ImagePath = _folder.Write("a.png", "content"),
                Mesh = "normal",
                StudyId = "s",
                PatientId = "p",
                View = "PA",
                Source = "Clinic",
            },
        ];
        IdentifierKey key = new("0123456789abcdef"u8);
        string bare = Path.Combine(_folder.Path, "bare.csv"),
            keyed = Path.Combine(_folder.Path, "keyed.csv");
        TrainedRows.Write(bare, rows, null);
        TrainedRows.Write(keyed, rows, key);
        Assert.Equal(
            [IdentifierKey.OfContent(rows[0].ImagePath, null), "normal", "", "", "PA", "", "", "", ""],
            File.ReadAllLines(bare)[1].Split(',')
        );
        string[] cells = File.ReadAllLines(keyed)[1].Split(',');
        Assert.Equal(
            (key.Of("study", "s"), key.Of("patient", "p"), "PA", key.Of("source", "Clinic"), key.Fingerprint),
            (cells[2], cells[3], cells[4], cells[5], cells[8])
        );
        Assert.NotEqual(IdentifierKey.OfContent(rows[0].ImagePath, null), cells[0]);
        Assert.Equal(5, cells.Where(cell => cell.Length == 32).Append(cells[8]).Count());
    }

    /// <summary>Phantoms under names that must not leak: folder, table, files, every column.</summary>
    private string PlantedTable()
    {
        string drawn = Path.Combine(_folder.Path, "drawn");
        Directory.CreateDirectory(Path.Combine(Input, Planted + "Images"));
        var lines = new List<string>
        {
            $"image,annotation,study,patient,view,source,split,findings,impression,indication,comparison,manufacturer,body_part,{Planted}Column",
        };
        RadiographRecord[] rows = Drawn(drawn);
        for (int i = 0; i < rows.Length; i++)
        {
            string image = Path.Combine(Planted + "Images", $"{Planted}-{i}.png"),
                side = i % 5 == 0 ? "test"
                : i % 5 == 1 ? "val"
                : "train",
                p = Planted;
            File.Copy(rows[i].ImagePath, Path.Combine(Input, image));
            lines.Add(
                $"{image},\"{rows[i].Mesh}\",{p}Study{i},{p}Patient{i / 5},{p}View{i % 2},{p}Hospital{i % 3},{side},{p} findings,{p} "
                    + $"impression,{p} indication,{p} comparison,{p} maker,{p} part,{p} more"
            );
        }

        string table = Path.Combine(Input, Planted + "Table.csv");
        File.WriteAllLines(table, lines);
        return table;
    }

    /// <summary>The same phantoms as DICOM files, with an institution; returns the UIDs of their studies.</summary>
    private string[] PlantedDicom()
    {
        Directory.CreateDirectory(Input);
        string drawn = Path.Combine(_folder.Path, "drawn");
        RadiographRecord[] rows = Drawn(drawn);
        for (int i = 0; i < rows.Length; i++)
        {
            string path = Path.Combine(Input, $"{Planted}-{i:D2}.dcm");
            byte[] grey = RadiographWriter.ToBytes(RadiographReader.Read(rows[i].ImagePath, new RadiographFormat(64, 64)));
            DicomFileWriter.Save(path, grey, 64, 64, $"{Planted}Image{i}", $"{Planted}Study{i}", $"{Planted}Patient{i}", "PA", Planted + "Maker");
            byte[] content = File.ReadAllBytes(path);
            int before = content.AsSpan().IndexOf((byte[])[0x08, 0, 0x90, 0, (byte)'P', (byte)'N']);
            byte[] institution = Encoding.ASCII.GetBytes($"{Planted}Hospital{i % 2}".PadRight(20));
            File.WriteAllBytes(
                path,
                [.. content[..before], 0x08, 0, 0x80, 0, (byte)'L', (byte)'O', (byte)institution.Length, 0, .. institution, .. content[before..]]
            );
        }

        RadiographRecord[] headers = Read(context => context.ChestXray().Data.LoadDicom(Input));
        Assert.All(headers, header => Assert.StartsWith(Planted, header.Source, StringComparison.Ordinal));
        File.WriteAllLines(
            Path.Combine(Input, "annotations.csv"),
            [
                "study_instance_uid,annotation,split,findings",
                .. headers.Select((header, i) => $"{header.StudyId},\"{rows[i].Mesh}\",{(i % 5 == 0 ? "test" : "train")},{Planted} report"),
            ]
        );
        Assert.All(
            Read(context => context.ChestXray().Data.Load(Input)),
            row => Assert.True(row.Source.StartsWith(Planted, StringComparison.Ordinal) && row.Mesh.Length > 0)
        );
        return [.. headers.Select(header => header.StudyId)];
    }

    private static RadiographRecord[] Drawn(string folder)
    {
        new Microsoft.ML.MLContext(1).ChestXray().Data.WritePhantom(folder, _phantoms);
        return Read(context => context.ChestXray().Data.LoadCsv(Path.Combine(folder, "annotations.csv")));
    }

    private static RadiographRecord[] Read(Func<Microsoft.ML.MLContext, Microsoft.ML.IDataView> load)
    {
        Microsoft.ML.MLContext context = new(1);
        return [.. context.Data.CreateEnumerable<RadiographRecord>(load(context), reuseRowObject: false)];
    }

    private static async Task<Tool> Done(string[] arguments)
    {
        Tool tool = await Tool.Run(new CascadeRuns(), arguments);
        Assert.True(tool.Code == CommandLine.Success, tool.Error);
        return tool;
    }

    /// <summary>The outputs and parts of archives that contain a planted name: in any case, in UTF-16 or in base64.</summary>
    private List<string> Found()
    {
        var found = new List<string>();
        foreach (string file in Directory.EnumerateFiles(Output, "*", SearchOption.AllDirectories))
        {
            if (Has(Encoding.UTF8.GetBytes(Path.GetRelativePath(Output, file))) || Has(File.ReadAllBytes(file)) || Parts(file).Any(Has))
                found.Add(file);
        }

        return found;
    }

    private static IEnumerable<byte[]> Parts(string file)
    {
        using FileStream stream = File.OpenRead(file);
        if (stream.ReadByte() != 'P' || stream.ReadByte() != 'K')
            yield break;
        stream.Position = 0;
        using ZipArchive zip = new(stream);
        foreach (ZipArchiveEntry entry in zip.Entries)
        {
            yield return Encoding.UTF8.GetBytes(entry.FullName);
            using MemoryStream content = new();
            using Stream opened = entry.Open();
            opened.CopyTo(content);
            yield return content.ToArray();
        }
    }

    private static bool Has(byte[] content)
    {
        string text = Encoding.Latin1.GetString(content),
            name = Planted;
        if (
            text.Contains(name, StringComparison.OrdinalIgnoreCase)
            || text.Contains(string.Join('\0', name.AsEnumerable()), StringComparison.OrdinalIgnoreCase)
        )
            return true;
        // Base64 encodes three bytes at a time: the inner part of the name at each of the three offsets.
        for (int shift = 0; shift < 3; shift++)
        {
            string coded = Convert.ToBase64String(Encoding.UTF8.GetBytes(new string(' ', shift) + name));
            if (text.Contains(coded[4..^4], StringComparison.Ordinal))
                return true;
        }

        return false;
    }
}
