namespace CxrAnnotate.Tests;

public sealed class LoadMimicCxrTests : IDisposable
{
    private readonly ScratchFolder _folder = new();
    private readonly LoggedContext _log = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Metadata_split_labels_and_reports_are_joined_in_one_row_per_image()
    {
        List<RadiographRecord> rows = _log.Rows(_log.Cxr.Data.LoadMimicCxr(DataSetMiniatures.MimicCxr(_folder)));
        Assert.Equal(["normal", "normal", "Cardiomegaly"], rows.Select(row => row.Mesh));
        Assert.Equal(["train", "train", "val"], rows.Select(row => row.Split));
        Assert.Equal(["PA", "lateral", "AP"], rows.Select(row => row.View));
        Assert.Equal(
            [("10000001", "50000001"), ("10000001", "50000001"), ("11000002", "50000002")],
            rows.Select(row => (row.PatientId, row.StudyId))
        );
        Assert.Equal(Path.Combine(_folder.Path, "files", "p11", "p11000002", "s50000002", "bbbb-1.jpg"), rows[2].ImagePath);
        Assert.Equal(
            ("Atelectasis", "Consolidation", "Pulmonary Atelectasis"),
            (rows[2].UncertainLabels, rows[2].AbsentLabels, rows[2].UncertainFindings)
        );
        Assert.Equal(
            ("The heart is enlarged.", "Possible atelectasis.", "___ year old man with cough // pneumonia?", "None.", "en"),
            (rows[2].Findings, rows[2].Impression, rows[2].Indication, rows[2].Comparison, rows[2].Language)
        );
        Assert.Equal(("", "", float.NaN, ""), (rows[0].Findings, rows[0].Language, rows[0].PatientAge, rows[0].PatientSex));
        Assert.Contains("1 of 2 studies have no report", Assert.Single(_log.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void The_labeler_the_policy_and_the_folders_of_images_and_reports_are_options()
    {
        DataSetMiniatures.MimicCxr(_folder);
        using var images = new ScratchFolder();
        string dicom = images.Write("files/p11/p11000002/s50000002/bbbb-1.dcm", "");
        using var reports = new ScratchFolder();
        reports.Write("p10/p10000001/s50000001.txt", "FINDINGS: Clear lungs.");
        List<RadiographRecord> rows = _log.Rows(
            _log.Cxr.Data.LoadMimicCxr(
                _folder.Path,
                new()
                {
                    Labels = MimicCxrLabels.NegBio,
                    ImageFolder = images.Path,
                    ReportFolder = reports.Path,
                }
            )
        );
        RadiographRecord row = Assert.Single(rows);
        Assert.Equal((dicom, "Pulmonary Atelectasis", ""), (row.ImagePath, row.Mesh, row.Findings));
        Assert.Contains(_log.Warnings, warning => warning.Contains("2 images are not in", StringComparison.Ordinal));
        Assert.Equal(
            "Cardiomegaly|Pulmonary Atelectasis",
            string.Join(
                '|',
                _log.Rows(_log.Cxr.Data.LoadMimicCxr(_folder.Path, new() { Uncertainty = UncertaintyPolicy.Positive }))[2].Mesh.Split('|').Order()
            )
        );
    }

    [Fact]
    public void Images_without_labels_or_side_are_kept_and_counted_and_odd_rows_are_left_out()
    {
        DataSetMiniatures.MimicCxr(_folder);
        _folder.Write(
            "mimic-cxr-2.0.0-metadata.csv.gz",
            DataSetMiniatures.Packed(
                "dicom_id,subject_id,study_id,ViewPosition\n"
                    + "aaaa-1,10000001,50000001,PA\naaaa-1,10000001,50000001,PA\n,10000001,50000001,PA\naaaa-2,10000001,59999999,LL\n"
            )
        );
        _folder.Write(
            "mimic-cxr-2.0.0-split.csv.gz",
            DataSetMiniatures.Packed("dicom_id,study_id,subject_id,split\naaaa-1,50000001,10000001,test\nbbbb-1,1,1,other\n")
        );
        List<RadiographRecord> rows = _log.Rows(_log.Cxr.Data.LoadMimicCxr(_folder.Path));
        Assert.Equal([("normal", "test"), ("", "")], rows.Select(row => (row.Mesh, row.Split)));
        foreach (
            string text in (string[])
                [
                    "line 3: 'aaaa-1' is listed twice",
                    "line 4: no image",
                    "line 5 'aaaa-2'",
                    "the split 'other'",
                    "images are not in the table of the split: line 5",
                ]
        )
            Assert.Contains(_log.Warnings, warning => warning.Contains(text, StringComparison.Ordinal));
    }

    [Fact]
    public void Missing_tables_bad_options_and_a_folder_without_reports_are_errors()
    {
        Assert.Contains(
            "metadata",
            Assert.Throws<FileNotFoundException>(() => _log.Cxr.Data.LoadMimicCxr(_folder.Path)).Message,
            StringComparison.Ordinal
        );
        DataSetMiniatures.MimicCxr(_folder);
        Assert.Equal(
            "Labels",
            Assert.Throws<ArgumentOutOfRangeException>(() => _log.Cxr.Data.LoadMimicCxr(_folder.Path, new() { Labels = (MimicCxrLabels)7 })).ParamName
        );
        using var empty = new ScratchFolder();
        Assert.Contains(
            "mimic-cxr-reports.zip",
            Assert.Throws<DirectoryNotFoundException>(() => _log.Cxr.Data.LoadMimicCxr(_folder.Path, new() { ReportFolder = empty.Path })).Message,
            StringComparison.Ordinal
        );
        File.Delete(Path.Combine(_folder.Path, "mimic-cxr-2.0.0-chexpert.csv.gz"));
        Assert.Contains(
            "chexpert",
            Assert.Throws<FileNotFoundException>(() => _log.Cxr.Data.LoadMimicCxr(_folder.Path)).Message,
            StringComparison.Ordinal
        );
        _folder.Write("mimic-cxr-2.0.0-chexpert.csv.gz", DataSetMiniatures.Packed("subject_id,study_id,No Finding\n1,1,1.0\n")[..30]);
        Assert.Contains(
            "gzip",
            Assert.Throws<InvalidDataException>(() => _log.Cxr.Data.LoadMimicCxr(_folder.Path)).Message,
            StringComparison.Ordinal
        );
    }
}
