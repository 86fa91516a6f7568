using System.Text.Json;
using CxrAnnotate.Cli;
using Microsoft.ML;

namespace CxrAnnotate.Tests;

public sealed class MineReportsVerbTests : IDisposable
{
    private readonly ScratchFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private string Table(string text) => _folder.Write("reports.csv", text);

    private const string Annotated = """
        study,findings,impression,annotation
        1,"Nodule in the left apex. No effusion.",,Nodule/lung/apex/right
        2,The lungs are clear.,Possible <b>scar</b>.,normal
        3,Cardiomegaly.,,Scoliosis
        4,,,normal
        """;

    [Fact]
    public async Task Annotated_reports_are_evaluated_and_the_document_has_the_figures()
    {
        Tool tool = await Tool.Run("mine-reports", Table(Annotated), "--json");
        Assert.Equal(CommandLine.Success, tool.Code);
        Assert.Contains("line 5", tool.Error, StringComparison.Ordinal);
        using JsonDocument document = JsonDocument.Parse(tool.Output);
        JsonElement evaluation = document.RootElement.GetProperty("evaluation");
        Assert.Equal(3, evaluation.GetProperty("reports").GetInt32());
        Assert.Equal(0.5, evaluation.GetProperty("figures").GetProperty("microF1").GetProperty("value").GetDouble(), 12);
        JsonElement nodule = evaluation
            .GetProperty("findings")
            .EnumerateArray()
            .Single(finding => finding.GetProperty("finding").GetString() == "Nodule")
            .GetProperty("figures");
        Assert.Equal((1.0, 1.0, 0.0), (Value("f1"), Value("placeRight"), Value("sideRight")));
        Assert.Contains(
            document.RootElement.GetProperty("findings").EnumerateArray(),
            total => total.GetProperty("finding").GetString() == "Cicatrix" && total.GetProperty("uncertainReports").GetInt32() == 1
        );
        double Value(string metric) => nodule.GetProperty(metric).GetProperty("value").GetDouble();
        Assert.Contains("micro-F1 0.500", (await Tool.Run("mine-reports", Table(Annotated))).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Reports_without_annotation_are_counted_and_written_to_a_table()
    {
        string output = Path.Combine(_folder.Path, "out", "annotations.csv");
        Tool tool = await Tool.Run(
            "mine-reports",
            Table("id;report\n7;Possible nodule. Cardiomegaly, severe.\n"),
            "--uncertainty",
            "class",
            "--out",
            output
        );
        Assert.Equal(CommandLine.Success, tool.Code);
        Assert.Contains("Cardiomegaly", tool.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("micro-F1", tool.Output, StringComparison.Ordinal);
        Assert.Equal(
            [
                "study,annotation,absent,uncertain,findings,impression",
                "7,Possible Nodule|Cardiomegaly/severe,,Nodule,\"Possible nodule. Cardiomegaly, severe.\",",
            ],
            File.ReadAllLines(output)
        );
    }

    [Fact]
    public async Task Other_columns_are_kept_for_every_row_so_that_the_table_is_one_to_train_from()
    {
        string reports = Table(
                "image,patient,view,report,language\n"
                    + "a.png,p1,PA,\"INDICATION: effusion\nFINDINGS: Nodule in the left apex.\nIMPRESSION: Nodule. No effusion.\",en\n"
                    + "b.png,p1,L,\"INDICATION: effusion\nFINDINGS: Nodule in the left apex.\nIMPRESSION: Nodule. No effusion.\",en\n"
                    + "c.png,p2,PA,Sin derrame. Normal chest.,es\n"
            ),
            output = Path.Combine(_folder.Path, "out", "annotations.csv");
        Tool tool = await Tool.Run("mine-reports", reports, "--out", output);
        Assert.Equal(CommandLine.Success, tool.Code);
        Assert.Contains("1 report is not in English", tool.Error, StringComparison.Ordinal);
        Assert.Equal(
            [
                "study,annotation,absent,uncertain,findings,impression,image,patient,view,language",
                $"a.png,Nodule/lung/apex/left,Pleural Effusion,,Nodule in the left apex.,Nodule. No effusion.,{Path.Combine("..", "a.png")},p1,PA,en",
                $"b.png,Nodule/lung/apex/left,Pleural Effusion,,Nodule in the left apex.,Nodule. No effusion.,{Path.Combine("..", "b.png")},p1,L,en",
                $"c.png,,,,Sin derrame. Normal chest.,,{Path.Combine("..", "c.png")},p2,PA,es",
            ],
            File.ReadAllLines(output)
        );
        MLContext context = new();
        RadiographRecord[] rows =
        [
            .. context.Data.CreateEnumerable<RadiographRecord>(context.ChestXray().Data.LoadCsv(output), reuseRowObject: false),
        ];
        Assert.Equal(
            [(Path.Combine(_folder.Path, "a.png"), "p1", "Pleural Effusion"), (Path.Combine(_folder.Path, "b.png"), "p1", "Pleural Effusion")],
            rows.Select(row => (Path.GetFullPath(row.ImagePath), row.PatientId, row.AbsentFindings))
        );
    }

    [Fact]
    public async Task An_archive_of_reports_gives_one_row_for_each_image()
    {
        string folder = Path.Combine(_folder.Path, "ecgen-radiology");
        Directory.CreateDirectory(Path.Combine(folder, "images"));
        await File.WriteAllTextAsync(
            Path.Combine(folder, "7.xml"),
            """
            <eCitation><uId id="CXR7"/><MedlineCitation><Abstract>
            <AbstractText Label="FINDINGS">Cardiomegaly.</AbstractText></Abstract></MedlineCitation>
            <parentImage id="CXR7_1_IM-1"/><parentImage id="CXR7_1_IM-2"/></eCitation>
            """,
            TestContext.Current.CancellationToken
        );
        await File.WriteAllBytesAsync(Path.Combine(folder, "images", "CXR7_1_IM-2.png"), [], TestContext.Current.CancellationToken);
        string output = Path.Combine(_folder.Path, "annotations.csv");
        Assert.Equal(CommandLine.Success, (await Tool.Run("mine-reports", folder, "--out", output)).Code);
        string[] lines = File.ReadAllLines(output);
        Assert.Equal("study,annotation,absent,uncertain,findings,impression,image", lines[0]);
        Assert.Equal(
            ["CXR7_1_IM-1.png", "CXR7_1_IM-2.png"],
            lines[1..].Select(line => Path.GetFileName(line.Split(',')[^1]))
        );
        Assert.All(lines[1..], line => Assert.StartsWith("7,Cardiomegaly,", line, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_table_is_written_to_the_current_folder()
    {
        string name = $"mined-{Guid.NewGuid():N}.csv";
        try
        {
            Tool tool = await Tool.Run("mine-reports", Table("report\nCardiomegaly.\n"), "--out", name);
            Assert.True(tool.Code == CommandLine.Success, tool.Error);
            Assert.True(File.Exists(name));
        }
        finally
        {
            File.Delete(name);
        }
    }

    [Fact]
    public async Task The_labels_of_CheXpert_are_written_as_its_tables_have_them()
    {
        string output = Path.Combine(_folder.Path, "out", "labels.csv");
        Tool tool = await Tool.Run(
            "mine-reports",
            Table("id;report\n7;Possible nodule. Cardiomegaly, severe. No effusion.\n8;The lungs are clear.\n"),
            "--format",
            "chexpert",
            "--out",
            output
        );
        Assert.True(tool.Code == CommandLine.Success, tool.Error);
        Assert.Contains("labels are in", tool.Output, StringComparison.Ordinal);
        Tool without = await Tool.Run("mine-reports", Table("report\nCardiomegaly.\n"), "--format", "chexpert");
        Assert.Equal(CommandLine.Usage, without.Code);
        Assert.Contains("--out", without.Error, StringComparison.Ordinal);
        Assert.Equal(
            ["study," + DataSetMiniatures.CheXpertFindings, "7,,,1.0,,-1.0,,,,,,0.0,,,", "8,1.0,,,,,,,,,,,,,"],
            File.ReadAllLines(output)
        );
    }

    [Fact]
    public async Task Columns_with_other_names_are_read_if_named()
    {
        string table = Table("case,text,summary,terms\n7,Nothing.,Cardiomegaly.,Cardiomegaly\n"),
            output = Path.Combine(_folder.Path, "annotations.csv");
        Tool tool = await Tool.Run(
            "mine-reports",
            table,
            "--findings-column",
            "text",
            "--impression-column",
            "SUMMARY",
            "--study-column",
            "case",
            "--annotation-column",
            "terms",
            "--out",
            output,
            "--json"
        );
        Assert.True(tool.Code == CommandLine.Success, tool.Error);
        Assert.Equal(1, JsonSchemas.Validate("mine-reports", tool.Output).GetProperty("evaluation").GetProperty("exactReports").GetInt32());
        Assert.StartsWith("7,Cardiomegaly,", File.ReadAllLines(output)[1], StringComparison.Ordinal);

        Tool absent = await Tool.Run("mine-reports", table, "--findings-column", "body");
        Assert.Equal(CommandLine.Failure, absent.Code);
        Assert.Contains("'body'", absent.Error, StringComparison.Ordinal);
        Tool archive = await Tool.Run("mine-reports", _folder.Path, "--findings-column", "body");
        Assert.Equal(CommandLine.Usage, archive.Code);
    }

    [Fact]
    public async Task The_page_marks_findings_needs_no_script_and_shows_texts_as_text()
    {
        string page = Path.Combine(_folder.Path, "review.html");
        Assert.Equal(CommandLine.Success, (await Tool.Run("mine-reports", Table(Annotated), "--review", page)).Code);
        string html = await File.ReadAllTextAsync(page, TestContext.Current.CancellationToken);
        Assert.DoesNotContain("<script", html, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("://", html, StringComparison.Ordinal);
        Assert.Contains("prefers-color-scheme: dark", html, StringComparison.Ordinal);
        Assert.Contains(
            "<mark class=\"present\">Nodule</mark> in the <mark class=\"side\">left</mark> <mark class=\"place\">apex</mark>. <mark "
                + "class=\"cue\">No</mark> <mark class=\"absent\">effusion</mark>.",
            html,
            StringComparison.Ordinal
        );
        Assert.Contains("<mark class=\"cue\">Possible</mark> &lt;b&gt;<mark class=\"uncertain\">scar</mark>", html, StringComparison.Ordinal);
        Assert.Contains("Other side: Nodule", html, StringComparison.Ordinal);
        Assert.Contains("Missed: Scoliosis", html, StringComparison.Ordinal);
        int cardiomegaly = ReportMiningEvaluation.Findings.ToList().IndexOf("Cardiomegaly");
        Assert.Contains($"f{cardiomegaly}-extra", html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Custom_rules_are_used_and_their_errors_name_file_and_line()
    {
        string good = _folder.Write("good.rules", "report-rules 1\n[finding Wombat]\nwombat\n"),
            bad = _folder.Write("bad.rules", "report-rules 1\n[finding Wombat]\nwombat (\n");
        string table = Table("report\nA wombat.\n");
        Assert.Contains("Wombat", (await Tool.Run("mine-reports", table, "--add-rules", good)).Output, StringComparison.Ordinal);
        Tool tool = await Tool.Run("mine-reports", table, "--rules", bad);
        Assert.Equal(CommandLine.Failure, tool.Code);
        Assert.Contains($"'{bad}', line 3", tool.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("image,annotation\na.png,normal\n", "no column 'findings'")]
    [InlineData("findings\n", "no report")]
    public async Task A_table_without_reports_is_an_error(string text, string told)
    {
        Tool tool = await Tool.Run("mine-reports", Table(text));
        Assert.Equal(CommandLine.Failure, tool.Code);
        Assert.Contains(told, tool.Error, StringComparison.Ordinal);
    }
}
