namespace CxrAnnotate.Tests;

public sealed class LoadRsnaPneumoniaTests : IDisposable
{
    private const string Labels = "stage_2_train_labels.csv",
        Classes = "stage_2_detailed_class_info.csv";

    private readonly ScratchFolder _folder = new();
    private readonly LoggedContext _log = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void An_image_is_one_row_with_its_class_however_many_boxes_it_has()
    {
        List<RadiographRecord> rows = _log.Rows(_log.Cxr.Data.LoadRsnaPneumonia(DataSetMiniatures.RsnaPneumonia(_folder)));
        Assert.Empty(_log.Warnings);
        Assert.Equal(["0004-a", "0043-b", "0043-c"], rows.Select(row => row.PatientId));
        Assert.Equal(["Not Normal", "normal", "Opacity/lung"], rows.Select(row => row.Mesh));
        Assert.Equal(["No Lung Opacity Not Normal", "Normal", "Lung Opacity"], rows.Select(row => row.FindingLabels));
        // Beside an opacity there may be anything else.
        Assert.Equal(["Opacity", "Opacity|Not Normal", ""], rows.Select(row => row.AbsentFindings));
        Assert.Equal(Path.Combine(_folder.Path, "stage_2_train_images", "0043-c.dcm"), rows[2].ImagePath);
        Assert.All(rows, row => Assert.Equal(("rsna-pneumonia", "", "CHEST"), (row.Source, row.Split, row.BodyPart)));
    }

    [Fact]
    public void Without_the_classes_what_is_no_opacity_may_be_normal_or_not_and_has_no_annotation()
    {
        DataSetMiniatures.RsnaPneumonia(_folder);
        File.Delete(Path.Combine(_folder.Path, Classes));
        List<RadiographRecord> rows = _log.Rows(_log.Cxr.Data.Load(_folder.Path));
        Assert.Equal(["", "", "Opacity/lung"], rows.Select(row => row.Mesh));
        Assert.Equal(["Opacity", "Opacity", ""], rows.Select(row => row.AbsentFindings));
        Assert.Contains(Classes, Assert.Single(_log.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void Bad_rows_are_left_out_by_line_and_contradictions_have_no_annotation()
    {
        DataSetMiniatures.RsnaPneumonia(_folder);
        string table = _folder.Write(
            Labels,
            "patientId,x,y,width,height,Target\n0004-a,1,1,1,1,1\n0043-b,,,,,0\n0043-b,1,1,1,1,1\n0043-c,1,1,1,1,2\n,,,,,0\n0043-c,1,1,1,1,1\n"
        );
        _folder.Write(Classes, "patientId,class\n0004-a,Normal\n0043-b,Normal\n0043-c,\n");
        List<RadiographRecord> rows = _log.Rows(_log.Cxr.Data.LoadRsnaPneumonia(table));
        Assert.Equal([("0004-a", ""), ("0043-b", ""), ("0043-c", "Opacity/lung")], rows.Select(row => (row.PatientId, row.Mesh)));
        string[] expected =
        [
            $"'{table}', line 5: the target '2' is neither 0 nor 1.",
            $"'{table}', line 6: no image.",
            "2 images have a class that contradicts their target, or several classes, and have no annotation: line 2 '0004-a', line 3 '0043-b'",
            $"1 images are not in '{Classes}': line 7 '0043-c'",
            "2 of 6 rows were skipped",
            "line 4: no image or no class.",
        ];
        Assert.All(expected, text => Assert.Single(_log.Warnings, warning => warning.Contains(text, StringComparison.Ordinal)));
    }

    [Fact]
    public void A_class_that_nobody_knows_stands_for_itself()
    {
        DataSetMiniatures.RsnaPneumonia(_folder);
        _folder.Write(Classes, "patientId,class\n0004-a,Foreign Body\n0043-b,Normal\n0043-c,Lung Opacity\n");
        Assert.Equal("Foreign Body", _log.Rows(_log.Cxr.Data.LoadRsnaPneumonia(_folder.Path))[0].Mesh);
        Assert.Contains("1 classes are none of the three", Assert.Single(_log.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_of_something_else_a_missing_image_folder_and_a_table_without_targets_are_errors()
    {
        Assert.Throws<FileNotFoundException>(() => _log.Cxr.Data.LoadRsnaPneumonia(_folder.Path));
        Assert.Throws<DirectoryNotFoundException>(() =>
            _log.Cxr.Data.LoadRsnaPneumonia(DataSetMiniatures.RsnaPneumonia(_folder), Path.Combine(_folder.Path, "absent"))
        );
        Assert.Contains(
            "'Target'",
            Assert.Throws<InvalidDataException>(() => _log.Cxr.Data.LoadRsnaPneumonia(_folder.Write("t.csv", "patientId,x\na,1\n"))).Message,
            StringComparison.Ordinal
        );
    }
}
