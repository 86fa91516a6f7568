using CxrAnnotate.Cli;
using Microsoft.ML;
using NetVips;

namespace CxrAnnotate.Tests;

/// <summary>Audits of phantoms with planted defects, and of clean ones.</summary>
public sealed class DataAuditTests : IDisposable
{
    private const int Studies = 240;

    private readonly ScratchFolder _folder = new();
    private readonly ChestXrayCatalog _cxr = new MLContext(seed: 1).ChestXray();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Planted_copies_and_conflicts_are_found_and_nothing_else()
    {
        List<RadiographRecord> rows = Phantoms();
        HashSet<(string, string)> planted = [];
        HashSet<string> contradicted = [];
        Func<Image, Image>[] changes =
        [
            image => Image.NewFromBuffer(image.JpegsaveBuffer(q: 60)),
            image => image.Resize(0.6),
            image => image.Linear([1.12], [4]).Cast(Enums.BandFormat.Uchar),
            image => image.Crop(4, 5, image.Width - 9, image.Height - 8),
            image => image.Flip(Enums.Direction.Horizontal),
            image => image.Crop(6, 0, image.Width - 6, image.Height),
            image => image.Invert(),
        ];
        for (int i = 0; i < 50; i++)
        {
            RadiographRecord original = rows[i];
            using Image image = Image.NewFromFile(original.ImagePath);
            using Image changed = changes[i % changes.Length](image);
            string path = Path.Combine(_folder.Path, $"copy{i}.png");
            changed.WriteToFile(path);
            bool conflict = i < 20;
            string other = original.Mesh == "normal" ? "Cardiomegaly" : "normal";
            rows.Add(Row(path, conflict ? other : original.Mesh, $"copy{i}", i % 2 == 0 ? "train" : "test"));
            planted.Add((original.ImagePath, path));
            if (conflict)
                contradicted.Add(path);
        }

        DataAuditReport report = Audit(rows);
        (string, string)[] found =
        [
            .. report.Copies.SelectMany(copy => copy.Rows.Skip(1).Select(row => (copy.Rows[0].Image, row.Image))),
        ];
        Assert.Empty(planted.Except(found));
        Assert.InRange(found.Except(planted).Count(), 0, 5);
        string[] conflicts = [.. report.Conflicts.Where(one => one.IsContradiction).Select(one => one.Rows[1].Image)];
        Assert.Empty(contradicted.Except(conflicts));
        Assert.InRange(conflicts.Except(contradicted).Count(), 0, 5);
        Assert.Contains(report.Findings, finding => finding is { Topic: "conflicts", Severity: AuditSeverity.Problem });
        // JSON holds the whole report.
        Assert.Equal(report.ToJson(), DataAuditReport.FromJson(report.ToJson()).ToJson());
    }

    [Fact]
    public void A_picture_stored_without_loss_in_another_format_is_identical()
    {
        List<RadiographRecord> rows = [.. Phantoms().Take(20)];
        string path = Path.Combine(_folder.Path, "again.tif");
        using (Image image = Image.NewFromFile(rows[3].ImagePath))
            image.Tiffsave(path);
        rows.Add(Row(path, rows[3].Mesh, "other", "test"));
        CopiedPicture copy = Assert.Single(Audit(rows).Copies);
        Assert.Equal((CopyKind.Identical, true), (copy.Kind, copy.CrossesPatients));
        Assert.Equal([3, 20], copy.Rows.Select(row => row.Row));
    }

    [Fact]
    public void Clean_phantoms_with_shuffled_labels_have_no_shortcut_and_a_marker_in_a_corner_is_one()
    {
        List<RadiographRecord> rows = Phantoms();
        // Which half is abnormal has nothing to do with the pictures.
        List<RadiographRecord> shuffled = [.. rows.Select((row, i) => Row(row.ImagePath, i % 2 == 0 ? "normal" : "Opacity", $"{i}", ""))];
        Assert.DoesNotContain(Audit(shuffled).Readers, reader => reader.Verdict != ShortcutVerdict.Nothing);

        List<RadiographRecord> marked =
        [
            .. shuffled.Select(row =>
            {
                if (row.Mesh == "normal")
                    return row;
                string path = Path.Combine(_folder.Path, "marked-" + Path.GetFileName(row.ImagePath));
                using Image image = Image.NewFromFile(row.ImagePath);
                using Image drawn = image.Mutate(x => x.DrawRect([255], 2, 2, 6, 6, fill: true));
                drawn.WriteToFile(path);
                return Row(path, row.Mesh, row.PatientId, "");
            }),
        ];
        DataAuditReport report = Audit(marked);
        ShortcutReader border = report.Readers.Single(reader => reader.Name == "border");
        Assert.Equal(ShortcutVerdict.Most, border.Verdict);
        Assert.InRange(border.Macro.Value, 0.9, 1);
        Assert.Contains(
            report.Findings,
            finding =>
                finding is { Topic: "shortcuts", Severity: AuditSeverity.Problem }
                && finding.Text.Contains("need not hold", StringComparison.Ordinal)
        );
    }

    [Fact]
    public void A_patient_on_two_sides_an_unreadable_file_and_a_rare_class_are_reported()
    {
        List<RadiographRecord> rows =
        [
            .. Phantoms().Take(30).Select((row, i) => Row(row.ImagePath, i < 25 ? "normal" : "Scoliosis", $"p{i / 2}", "train")),
        ];
        rows[1] = Row(rows[1].ImagePath, "normal", "p0", "test");
        rows.Add(Row(_folder.Write("broken.png", "no image"), "normal", "q", "train"));
        rows.Add(Row(Path.Combine(_folder.Path, "absent.png"), "normal", "r", "train"));
        DataAuditReport report = Audit(rows, minimumCases: 10);
        SharedPatient shared = Assert.Single(report.SharedPatients);
        Assert.Equal("p0", shared.Patient);
        Assert.Equal(["test", "train"], shared.Sides);
        Assert.Equal([30, 31], report.UnreadableRows.Select(row => row.Row));
        Assert.All(report.UnreadableRows, row => Assert.StartsWith("CXR2", row.Reason, StringComparison.Ordinal));
        Assert.Equal([true, false], report.Classes.Select(one => one.IsLearnt));
        Assert.Equal(30, report.Readable);
    }

    [Fact]
    public async Task The_tool_prints_the_audit_and_reports_unreadable_files_by_its_exit_code()
    {
        List<RadiographRecord> rows = [.. Phantoms().Take(12)];
        string table = _folder.Write(
            "table.csv",
            "image,annotation,patient\n" + string.Concat(rows.Select((row, i) => $"{row.ImagePath},{row.Mesh},{i / 2}\n")) + "absent.png,normal,9\n"
        );
        string file = Path.Combine(_folder.Path, "audit.json");
        Tool printed = await Tool.Run(new FakeRuns(), "audit", table, "--out", file, "--quiet");
        Assert.Equal(CommandLine.Incomplete, printed.Code);
        Assert.Contains("cannot be read", printed.Output, StringComparison.Ordinal);
        JsonSchemas.Validate("audit", File.ReadAllText(file));
        Tool json = await Tool.Run(new FakeRuns(), "audit", table, "--json", "--quiet");
        Assert.Equal(13, JsonSchemas.Validate("audit", json.Output).GetProperty("rows").GetInt32());
    }

    [Fact]
    public void A_column_that_decides_the_class_has_an_association_of_one_and_an_unrelated_one_of_about_none()
    {
        string[] classes = [.. Enumerable.Range(0, 200).Select(i => i % 2 == 0 ? "a" : "b")];
        Assert.Equal(1, Association.CramersV(classes, classes), 6);
        Assert.InRange(Association.CramersV([.. Enumerable.Range(0, 200).Select(i => i % 4 < 2 ? "x" : "y")], classes), 0, 0.01);
    }

    [Fact]
    public void A_flipped_label_is_the_first_in_doubt()
    {
        bool[] present = [.. Enumerable.Range(0, 40).Select(i => i < 20 != (i is 7))];
        double[] probability = [.. Enumerable.Range(0, 40).Select(i => i < 20 ? 0.9 : 0.1)];
        LabelDoubt doubt = Assert.Single(LabelDoubts.Find([present], [probability]));
        Assert.Equal((7, 0, 0.1), (doubt.Row, doubt.Finding, Math.Round(doubt.Probability, 6)));
    }

    private DataAuditReport Audit(IEnumerable<RadiographRecord> rows, int minimumCases = 30) =>
        _cxr.Audit(
            _cxr.Data.LoadRecords(rows),
            new DataAuditOptions
            {
                Mining = new() { MinimumCases = minimumCases },
                Resamples = 200,
                Shuffles = 100,
            }
        );

    private List<RadiographRecord> Phantoms()
    {
        string drawn = Path.Combine(_folder.Path, "phantoms");
        _cxr.Data.WritePhantom(drawn, new ChestPhantomOptions { Studies = Studies, Size = 96, NormalFraction = 0.5 });
        IDataView view = _cxr.Data.LoadCsv(Path.Combine(drawn, "annotations.csv"));
        return [.. _cxr.Context.Data.CreateEnumerable<RadiographRecord>(view, reuseRowObject: false)];
    }

    private static RadiographRecord Row(string path, string mesh, string patient, string side) =>
        new()
        {
            ImagePath = path,
            Mesh = mesh,
            PatientId = patient,
            StudyId = patient,
            Split = side,
        };
}
