namespace CxrAnnotate.Tests;

public sealed class LoadNih14Tests : IDisposable
{
    private readonly ScratchFolder _folder = new();
    private readonly LoggedContext _log = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_row_has_an_image_with_its_labels_as_terms_its_patient_and_its_side_of_the_official_split()
    {
        List<RadiographRecord> rows = _log.Rows(_log.Cxr.Data.LoadNih14(DataSetMiniatures.Nih14(_folder)));
        Assert.Empty(_log.Warnings);
        Assert.Equal(["Cardiomegaly|Pleural Effusion", "normal", "Nodule"], rows.Select(row => row.Mesh));
        Assert.Equal(["Cardiomegaly|Effusion", "No Finding", "Nodule"], rows.Select(row => row.FindingLabels));
        Assert.Equal([12, 14, 13], rows.Select(row => row.AbsentLabels.Split('|').Length));
        Assert.Equal(["train", "train", "test"], rows.Select(row => row.Split));
        Assert.Equal(
            [("1", "00000001_000", "M", 57f, "PA"), ("1", "00000001_001", "M", 58f, "AP"), ("2", "00000002_000", "F", 33f, "PA")],
            rows.Select(row => (row.PatientId, row.StudyId, row.PatientSex, row.PatientAge, row.View))
        );
        Assert.Equal(Path.Combine(_folder.Path, "images_002", "images", "00000002_000.png"), rows[2].ImagePath);
        Assert.All(rows, row => Assert.Equal("nih14", row.Source));
    }

    [Fact]
    public void The_first_edition_is_read_with_trailing_comma_byte_order_mark_Windows_line_ends_and_gzip()
    {
        string text =
            "\uFEFF" + DataSetMiniatures.NihHeader + ",\r\n00000005_000.png,Pleural_Thickening|Hernia,000,5,070Y,F,PA,2048,2500,0.171,0.171,\r\n";
        foreach (byte[] content in (byte[][])[System.Text.Encoding.UTF8.GetBytes(text), DataSetMiniatures.Packed(text)])
        {
            RadiographRecord row = Assert.Single(_log.Rows(_log.Cxr.Data.LoadNih14(_folder.Write("Data_Entry_2017.csv", content))));
            Assert.Equal(("Thickening/pleura|Hernia, Hiatal", "F", 70f, ""), (row.Mesh, row.PatientSex, row.PatientAge, row.Split));
            // Without any image the table can still be read, with one warning.
            Assert.Contains("none of its 1 images", _log.Warnings[^1], StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Bad_rows_are_left_out_by_line_and_odd_values_of_good_rows_are_counted()
    {
        DataSetMiniatures.Nih14(_folder);
        string table = _folder.Write(
            "Data_Entry_2017.csv",
            DataSetMiniatures.NihHeader
                + "\n"
                + "00000001_000.png,Cardiomegaly,0,1,414,M,PA,1,1,1,1\n"
                + "00000001_000.png,Cardiomegaly,0,1,57,M,PA,1,1,1,1\n"
                + "00000001_001.png,,0,1,57,M,PA,1,1,1,1\n"
                + "\"00000002_000.png\",\"Effusion|Nodule, calcified\",0,2,33,F,PA,1,1,1,1\n"
                + ",Mass,0,3,33,F,PA,1,1,1,1\n"
                + "00000009_000.png,Mass,0,9,33,F,PA,1,1,1,1\n"
        );
        List<RadiographRecord> rows = _log.Rows(_log.Cxr.Data.LoadNih14(table));
        Assert.Equal(["Cardiomegaly", "Pleural Effusion|Nodule, calcified"], rows.Select(row => row.Mesh));
        Assert.Equal(float.NaN, rows[0].PatientAge);
        string[] expected =
        [
            $"'{table}', line 3: '00000001_000.png' is listed twice.",
            "line 4: no label",
            "line 6: no image",
            "1 ages are not from 0 to 120 years and count as unknown: line 2 '414'",
            "1 labels are not among the 14 and are used unchanged: line 5 'Nodule, calcified'",
            "1 images are not in",
            "in neither list of the official split: line 7",
            "3 of 6 rows were skipped",
        ];
        Assert.All(
            expected,
            text =>
                Assert.Single(
                    _log.Warnings,
                    warning => warning.Contains(text, StringComparison.Ordinal) && warning.Contains(table, StringComparison.Ordinal)
                )
        );
    }

    [Fact]
    public void An_image_in_both_lists_counts_as_a_test_image()
    {
        DataSetMiniatures.Nih14(_folder);
        _folder.Write("test_list.txt", "00000001_001.png\r\n00000002_000.png\r\n");
        Assert.Equal(["train", "test", "test"], _log.Rows(_log.Cxr.Data.LoadNih14(_folder.Path)).Select(row => row.Split));
        Assert.Contains("'00000001_001.png' is in both lists", Assert.Single(_log.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_of_something_else_a_missing_image_folder_and_a_table_without_labels_are_errors()
    {
        Assert.Contains(
            "Data_Entry_2017_v2020.csv",
            Assert.Throws<FileNotFoundException>(() => _log.Cxr.Data.LoadNih14(_folder.Path)).Message,
            StringComparison.Ordinal
        );
        Assert.Throws<FileNotFoundException>(() => _log.Cxr.Data.LoadNih14(Path.Combine(_folder.Path, "absent")));
        Assert.Throws<DirectoryNotFoundException>(() =>
            _log.Cxr.Data.LoadNih14(DataSetMiniatures.Nih14(_folder), Path.Combine(_folder.Path, "absent"))
        );
        Assert.Contains(
            "'Finding Labels'",
            Assert.Throws<InvalidDataException>(() => _log.Cxr.Data.LoadNih14(_folder.Write("t.csv", "Image Index,Patient ID\na.png,1\n"))).Message,
            StringComparison.Ordinal
        );
    }
}
