using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using CxrAnnotate.Cli;
using Microsoft.ML;

namespace CxrAnnotate.Tests;

/// <summary>The file handling of <c>cxr annotate</c>, independent of the model.</summary>
public sealed class AnnotateVerbTests : IDisposable
{
    private static readonly string[] _columns =
    [
        "index",
        "file",
        "status",
        "annotation",
        "annotation_probability",
        "label",
        "label_probability",
        "warnings",
        "group",
        "error_code",
        "error",
        "sha256",
        "model",
        "model_sha256",
        "tool_version",
        "format",
        "version",
    ];

    private readonly ScratchFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_result_is_in_the_file_before_the_next_radiograph_is_requested()
    {
        string[] images = [.. Enumerable.Range(0, 30).Select(i => _folder.Write($"{i:D2}.png", $"{i}"))];
        foreach (string name in (string[])["r.csv", "r.jsonl", "r.parquet"])
        {
            string path = Path.Combine(_folder.Path, name),
                kept = name == "r.parquet" ? path + ".part.jsonl" : path;
            int header = name == "r.csv" ? 1 : 0,
                asked = 0;
            FakeRuns runs = new()
            {
                OnFile = _ =>
                {
                    string text = File.ReadAllText(kept);
                    Assert.True(text.Length == 0 || text.EndsWith('\n'));
                    Assert.Equal(asked++ + header, text.Count(c => c == '\n'));
                    return "normal";
                },
            };
            Tool tool = await Tool.Run(runs, ["annotate", "--model", "m", "--out", path, .. images]);
            Assert.True(tool.Code == CommandLine.Success, tool.Error);
            Assert.Equal(images.Length, asked);
            Assert.Empty(tool.Output);
            Assert.Contains($"30 results are in '{path}'", tool.Error, StringComparison.Ordinal);
            Assert.False(File.Exists(path + ".part.jsonl"));
        }
    }

    [Fact]
    public async Task The_three_formats_have_the_same_records()
    {
        string[] images =
        [
            _folder.Write("a.png", "one"),
            _folder.Write("=b,\"c\".png", "two"),
            Path.Combine(_folder.Path, "absent.png"),
            _folder.Write("d.png", "four"),
        ];
        FakeRuns runs = new()
        {
            OnFile = file =>
                Path.GetFileName(file).Contains("b,", StringComparison.Ordinal) ? "-Nodule/lung"
                : file.EndsWith("d.png", StringComparison.Ordinal)
                    ? "!CXR2102: The radiograph 'd' cannot be read: it is cut off. A whole PNG, JPEG, TIFF, BMP, WebP, GIF or DICOM file is needed."
                : "normal",
        };
        string csv = Path.Combine(_folder.Path, "r.csv"),
            lines = Path.Combine(_folder.Path, "r.jsonl"),
            parquet = Path.Combine(_folder.Path, "r.parquet");
        foreach (string path in (string[])[csv, lines, parquet])
            Assert.Equal(CommandLine.Incomplete, (await Tool.Run(runs, ["annotate", "--model", "m", "--abstain", "--out", path, .. images])).Code);
        Tool piped = await Tool.Run(runs, ["annotate", "--model", "m", "--abstain", .. images]),
            json = await Tool.Run(runs, ["annotate", "--model", "m", "--abstain", "--json", .. images]);
        Assert.Equal(piped.Output, json.Output);
        Assert.Equal(piped.Output, await File.ReadAllTextAsync(lines, TestContext.Current.CancellationToken));

        JsonElement[] records = piped.Lines;
        Assert.Equal(images, records.Select(r => r.GetProperty("file").GetString()));
        Assert.Equal([0, 1, 2, 3], records.Select(r => r.GetProperty("index").GetInt32()));
        Assert.Equal(["read", "read", "read", "unreadable"], records.Select(r => r.GetProperty("status").GetString()));
        Assert.Equal(
            images.Select(image => File.Exists(image) ? Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(image))) : null),
            records.Select(r => r.GetProperty("sha256").GetString())
        );
        Assert.Equal(
            ("CXR2102", "it is cut off."),
            (records[3].GetProperty("error").GetProperty("code").GetString(), records[3].GetProperty("error").GetProperty("message").GetString())
        );
        Assert.Equal(["format", "version"], records[0].EnumerateObject().Take(2).Select(p => p.Name));

        string[][] expected = [.. records.Select(Cells)];
        IReadOnlyList<string> all = _columns;
        Assert.Equal(expected, Rows(CsvTable(csv)));
        ParquetOf(parquet, out string[][] rows);
        Assert.Equal(expected, rows);
        // A cell that a spreadsheet would evaluate is escaped.
        Assert.Contains(",'-Nodule/lung,", await File.ReadAllTextAsync(csv, TestContext.Current.CancellationToken), StringComparison.Ordinal);

        string[][] Rows(CxrAnnotate.CsvTable table) => [.. table.Rows.Select(row => all.Select(column => row[table.Require(column)]).ToArray())];
        CxrAnnotate.CsvTable CsvTable(string path)
        {
            var context = new MLContext(seed: 1);
            using var skipped = new SkippedRows(context, path);
            return CxrAnnotate.CsvTable.Read(path, skipped);
        }

        void ParquetOf(string path, out string[][] read) => read = Rows(ParquetTable.Read(path, all.ToArray()));
    }

    [Fact]
    public async Task Readings_are_divided_into_three_groups_if_that_is_asked_for()
    {
        string[] images = [.. ((string[])["a", "b", "c", "d"]).Select(name => _folder.Write($"{name}.png", name))];
        FakeRuns runs = new()
        {
            OnFile = file => Path.GetFileName(file) is "a.png" or "d.png" ? "normal" : "Nodule",
            VerdictOf = text => text == "normal" ? ReadingVerdict.Confident : ReadingVerdict.LookAgain,
        };
        Tool asked = await Tool.Run(runs, ["annotate", "--model", "m", "--abstain", "--coverage", "0.95", .. images]);
        Assert.Equal(0.95, runs.Annotated!.Options.Coverage);
        Tool not = await Tool.Run(runs, ["annotate", "--model", "m", .. images]);
        Assert.Equal(["confident", "lookAgain", "lookAgain", "confident"], asked.Lines.Select(line => line.GetProperty("group").GetString()));
        Assert.Contains("confident: 2, lookAgain: 2, unlikeTraining: 0.", asked.Error, StringComparison.Ordinal);
        Assert.All(not.Lines, line => Assert.Null(line.GetProperty("group").GetString()));
        Assert.DoesNotContain("confident", not.Error, StringComparison.Ordinal);

        // An earlier model has no groups, and says so.
        Tool earlier = await Tool.Run(new FakeRuns { VerdictOf = _ => null }, ["annotate", "--model", "m", "--abstain", .. images]);
        Assert.Contains("trained without validation images", earlier.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stopped_after_some_files_it_reports_how_many_results_are_kept_and_where()
    {
        string[] images = [.. Enumerable.Range(0, 30).Select(i => _folder.Write($"{i:D2}.png", $"{i}"))];
        foreach (
            (string name, string kept) in ((string, string)[])[("r.csv", "r.csv"), ("r.jsonl", "r.jsonl"), ("r.parquet", "r.parquet.part.jsonl")]
        )
        {
            using CancellationTokenSource source = new();
            int asked = 0;
            FakeRuns runs = new()
            {
                OnFile = _ =>
                {
                    if (++asked == 8)
                        source.Cancel();
                    return "normal";
                },
            };
            using StringWriter error = new();
            string path = Path.Combine(_folder.Path, name);
            int code = await new CommandLine(runs, new Terminal(TextWriter.Null, error, false, false)).RunAsync(
                ["annotate", "--model", "m", "--out", path, .. images],
                source.Token
            );
            Assert.Equal(CommandLine.Cancelled, code);
            int written = File.ReadAllLines(Path.Combine(_folder.Path, kept)).Length - (name == "r.csv" ? 1 : 0);
            Assert.InRange(written, 7, 8);
            Assert.Contains(
                $"cxr: stopped. {written} results are kept in '{Path.Combine(_folder.Path, kept)}'.",
                error.ToString(),
                StringComparison.Ordinal
            );
        }

        // The journal of an interrupted table is not lost, either.
        Tool again = await Tool.Run("annotate", "--model", "m", "--out", Path.Combine(_folder.Path, "r.parquet"), images[0]);
        Assert.Equal(CommandLine.Usage, again.Code);
        Assert.Contains("r.parquet.part.jsonl", again.Error, StringComparison.Ordinal);
        Assert.Equal(
            CommandLine.Success,
            (await Tool.Run("annotate", "--model", "m", "--out", Path.Combine(_folder.Path, "r.parquet"), "--force", images[0])).Code
        );
    }

    [Fact]
    public async Task Existing_results_are_not_replaced_without_force()
    {
        string image = _folder.Write("a.png", "one"),
            path = _folder.Write("r.csv", "mine\n");
        Tool tool = await Tool.Run("annotate", "--model", "m", "--out", path, image);
        Assert.Equal(CommandLine.Usage, tool.Code);
        Assert.Contains("--force", tool.Error, StringComparison.Ordinal);
        Assert.Equal("mine\n", await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken));
        Assert.Equal(CommandLine.Success, (await Tool.Run("annotate", "--model", "m", "--out", path, "--force", image)).Code);
        Assert.StartsWith("index,file,", await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("none of the extensions", "--out", "r.txt", "a.png")]
    [InlineData("one of them", "--json", "--out", "r.csv", "a.png")]
    [InlineData("only once", "-", "-")]
    [InlineData("give - as a FILE", "--null", "a.png")]
    [InlineData("empty name", "")]
    public async Task Conflicting_options_are_a_usage_error(string told, params string[] arguments)
    {
        Tool tool = await Tool.Run(["annotate", "--model", "m", .. arguments]);
        Assert.Equal(CommandLine.Usage, tool.Code);
        Assert.DoesNotContain("cxr.annotate", tool.Output, StringComparison.Ordinal);
        Assert.Contains(told, tool.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_list_on_standard_input_is_read_name_by_name()
    {
        string a = _folder.Write("in/a.png", ""),
            b = _folder.Write("in/sub/b.png", ""),
            odd = _folder.Write("odd\nname.png", "");
        string folder = Path.Combine(_folder.Path, "in");
        Tool lines = await Tool.RunWith(
            Bytes($"\uFEFFx y.png\r\n\n{folder}\n-\nlast.png"),
            new FakeRuns(),
            "annotate",
            "--model",
            "m",
            "--recursive",
            "first.png",
            "-",
            "end.png"
        );
        Assert.Equal(CommandLine.Success, lines.Code);
        Assert.Equal(["first.png", "x y.png", a, b, "-", "last.png", "end.png"], Names(lines));
        Assert.Equal([odd, "b\r"], Names(await Tool.RunWith(Bytes($"{odd}\0b\r\0"), new FakeRuns(), "annotate", "--model", "m", "-0", "-")));
        Tool empty = await Tool.RunWith(Bytes(""), new FakeRuns(), "annotate", "--model", "m", "-");
        Assert.Equal(CommandLine.Failure, empty.Code);
        Assert.Contains("nothing to read", empty.Error, StringComparison.Ordinal);
        Assert.Equal(["none.png"], Names(await Tool.RunWith(Bytes("none.png\n"), new FakeRuns(), "info", "-")));

        static MemoryStream Bytes(string text) => new(Encoding.UTF8.GetBytes(text));
    }

    [Fact]
    public async Task A_name_from_a_pipe_is_processed_before_the_next_one_arrives()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Names with line ends only.");
        using Process process = Tool.Start(["info", "-"]);
        for (int i = 0; i < 3; i++)
        {
            await process.StandardInput.WriteAsync($"absent-{i}.png\n");
            await process.StandardInput.FlushAsync(TestContext.Current.CancellationToken);
        }

        process.StandardInput.Close();
        Tool tool = await Tool.End(process);
        Assert.Equal(CommandLine.Failure, tool.Code);
        Assert.Equal(3, tool.Lines.Length);
    }

    [Fact]
    public async Task An_unreadable_entry_of_a_folder_is_a_result_with_its_reason()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "mkfifo is asked.");
        string good = _folder.Write("in/m.png", "");
        foreach (string pipe in (string[])["in/a.png", "in/notes", "in/notes.txt"])
            Process.Start("mkfifo", [Path.Combine(_folder.Path, pipe)]).WaitForExit();
        File.CreateSymbolicLink(Path.Combine(_folder.Path, "in", "nothing.dcm"), "absent");
        File.CreateSymbolicLink(Path.Combine(_folder.Path, "in", "nothing.txt"), "absent");
        Directory.CreateSymbolicLink(Path.Combine(_folder.Path, "in", "up"), "..");
        string folder = Path.Combine(_folder.Path, "in");
        Tool tool = await Tool.Run("annotate", "--model", "m", "--recursive", folder);
        Assert.Equal(CommandLine.Incomplete, tool.Code);
        Assert.Equal(["a.png", "m.png", "nothing.dcm"], Names(tool).Select(Path.GetFileName));
        Assert.Equal(
            ["CXR2003", null, "CXR2001"],
            tool.Lines.Select(line =>
                line.GetProperty("error") is { ValueKind: JsonValueKind.Object } error ? error.GetProperty("code").GetString() : null
            )
        );
        Assert.Contains("2 of 3 files could not be read", tool.Error, StringComparison.Ordinal);
        Assert.Contains("2 FIFOs", tool.Error, StringComparison.Ordinal);
        // Its link "up" leads back to the folder.
        Assert.Contains("1 links", tool.Error, StringComparison.Ordinal);
        Assert.Equal([good, good], Names(await Tool.Run("annotate", "--model", "m", good, good)));

        Tool one = await Tool.Run("annotate", "--model", "m", good, Path.GetDirectoryName(_folder.Write("empty/readme.txt", ""))!);
        Assert.Equal(CommandLine.Incomplete, one.Code);
        Assert.Contains("has no radiographs", one.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Files_are_enumerated_as_they_are_needed()
    {
        // More names than memory could hold: 64 KB each, 1.3 GB in total.
        int given = 0,
            read = 0;
        FakeRuns runs = new()
        {
            OnFile = _ =>
            {
                Assert.InRange(given - ++read, 0, 4);
                return "normal";
            },
        };
        const int Count = 20_000;
        Tool tool = await Tool.RunWith(
            new ListOfNames(Count, 1 << 16, () => given++),
            runs,
            "annotate",
            "--model",
            "m",
            "--out",
            Path.Combine(_folder.Path, "r.csv"),
            "-"
        );
        Assert.True(tool.Code == CommandLine.Success, tool.Error);
        Assert.Equal(Count, read);
    }

    [Fact]
    public async Task On_a_terminal_a_row_is_written_before_the_next_radiograph_is_requested()
    {
        using StringWriter output = new(),
            error = new();
        int asked = 0;
        FakeRuns runs = new()
        {
            OnFile = file =>
            {
                Assert.Equal(asked == 0 ? 0 : asked + 1, output.ToString().Count(c => c == '\n'));
                asked++;
                return $"Nodule/{file[0]}\u001b[31m";
            },
        };
        Assert.Equal(
            CommandLine.Success,
            await new CommandLine(runs, new Terminal(output, error, OutputIsTerminal: true, ErrorIsTerminal: false)).RunAsync(
                ["annotate", "--model", "m", "a.png", "b.png", "c.png"],
                TestContext.Current.CancellationToken
            )
        );
        Assert.Equal(3, asked);
        Assert.Contains("0.80  Nodule/b", output.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("\u001b[31m", output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_first_of_many_unreadable_files_are_named_and_all_are_counted()
    {
        string[] images = [.. Enumerable.Range(0, 60).Select(i => $"{i:D2}.png")];
        Tool tool = await Tool.Run(
            new FakeRuns { OnFile = file => file == "00.png" ? "normal" : "!broken." },
            ["annotate", "--model", "m", .. images]
        );
        Assert.Equal(CommandLine.Incomplete, tool.Code);
        Assert.Equal(20, tool.Error.Split('\n').Count(line => line.Contains("could not be read: broken.", StringComparison.Ordinal)));
        Assert.Contains("59 of 60 files could not be read", tool.Error, StringComparison.Ordinal);
    }

    private static IEnumerable<string> Names(Tool tool) => tool.Lines.Select(line => line.GetProperty("file").GetString()!);

    private static string[] Cells(JsonElement record)
    {
        JsonElement error = record.GetProperty("error");
        return
        [
            Text("index"),
            Text("file"),
            Text("status"),
            Text("annotation"),
            Text("annotationProbability"),
            Text("label"),
            Text("labelProbability"),
            string.Join('|', record.GetProperty("warnings").EnumerateArray().Select(w => w.GetProperty("kind").GetString())),
            record.GetProperty("group").GetString() ?? "",
            error.ValueKind == JsonValueKind.Null ? "" : error.GetProperty("code").GetString() ?? "",
            error.ValueKind == JsonValueKind.Null ? "" : error.GetProperty("message").GetString()!,
            Text("sha256"),
            record.GetProperty("model").GetProperty("name").GetString()!,
            record.GetProperty("model").GetProperty("sha256").GetString()!,
            Text("toolVersion"),
            Text("format"),
            Text("version"),
        ];

        string Text(string name) =>
            record.GetProperty(name) is { ValueKind: JsonValueKind.Number } number
                ? number.GetDouble().ToString(CultureInfo.InvariantCulture)
                : record.GetProperty(name).GetString() ?? "";
    }

    /// <summary>Names on lines, generated one per read.</summary>
    private sealed class ListOfNames(int count, int length, Action given) : Stream
    {
        private int _next;

        public override int Read(byte[] buffer, int offset, int count1)
        {
            if (_next == count)
                return 0;
            given();
            byte[] name = Encoding.ASCII.GetBytes(
                string.Create(CultureInfo.InvariantCulture, $"{_next++:D8}").PadLeft(Math.Min(length, count1) - 1, 'x') + "\n"
            );
            name.CopyTo(buffer, offset);
            return name.Length;
        }

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override void Flush() { }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count1) => throw new NotSupportedException();
    }
}
