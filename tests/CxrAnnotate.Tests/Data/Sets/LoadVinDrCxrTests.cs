namespace CxrAnnotate.Tests;

public sealed class LoadVinDrCxrTests : IDisposable
{
    private readonly ScratchFolder _folder = new();
    private readonly LoggedContext _log = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void What_two_of_three_radiologists_say_is_present_and_what_one_says_uncertain()
    {
        List<RadiographRecord> rows = _log.Rows(_log.Cxr.Data.LoadVinDrCxr(DataSetMiniatures.VinDrCxr(_folder)));
        Assert.Empty(_log.Warnings);
        Assert.Equal([("a1", "train"), ("b2", "train"), ("c3", "test")], rows.Select(row => (row.StudyId, row.Split)));
        Assert.Equal(["Cardiomegaly|Pneumonia", "normal", "Lung Lesion|Lung Neoplasms"], rows.Select(row => row.Mesh));
        Assert.Equal("Rib fracture|Other disease", rows[0].UncertainLabels);
        // Of the clavicle nobody speaks, but its heading is that of the ribs.
        Assert.Equal("Fractures, Bone|Other Disease", rows[0].UncertainFindings);
        Assert.DoesNotContain("Fractures, Bone", rows[0].AbsentFindings.Split('|'));
        Assert.Contains("Tuberculosis", rows[0].AbsentFindings.Split('|'));
        Assert.Equal(("", 26), (rows[1].UncertainFindings, rows[1].AbsentFindings.Split('|').Length));
        Assert.Equal(Path.Combine(_folder.Path, "test", "c3.dicom"), rows[2].ImagePath);
        Assert.All(rows, row => Assert.Equal(("vindr-cxr", "PA", row.StudyId), (row.Source, row.View, row.PatientId)));
    }

    [Theory]
    [InlineData(UncertaintyPolicy.Positive, "Cardiomegaly|Fractures, Bone/ribs|Pneumonia|Other Disease", "")]
    [InlineData(UncertaintyPolicy.Negative, "Cardiomegaly|Pneumonia", "")]
    [InlineData(
        UncertaintyPolicy.SeparateClass,
        "Cardiomegaly|Possible Fractures, Bone/ribs|Pneumonia|Possible Other Disease",
        "Fractures, Bone|Other Disease"
    )]
    public void The_policy_decides_on_what_only_one_has_seen(UncertaintyPolicy policy, string mesh, string uncertain)
    {
        RadiographRecord row = _log.Rows(_log.Cxr.Data.LoadVinDrCxr(DataSetMiniatures.VinDrCxr(_folder), policy))[0];
        Assert.Equal((mesh, uncertain), (row.Mesh, row.UncertainFindings));
    }

    [Theory]
    [InlineData("annotations")]
    [InlineData("annotations/image_labels_train.csv")]
    public void The_folder_of_the_tables_and_a_table_find_the_images_beside_them(string path)
    {
        DataSetMiniatures.VinDrCxr(_folder);
        List<RadiographRecord> rows = _log.Rows(_log.Cxr.Data.Load(Path.Combine(_folder.Path, path)));
        Assert.All(rows, row => Assert.True(File.Exists(row.ImagePath)));
        Assert.Equal("Cardiomegaly|Pneumonia", rows[0].Mesh);
    }

    [Fact]
    public void The_boxes_of_Kaggle_count_once_for_each_radiologist_and_what_nobody_marks_is_absent()
    {
        _folder.Write(
            "train.csv",
            "image_id,class_name,class_id,rad_id,x_min,y_min,x_max,y_max\n"
                + "a1,Nodule/Mass,8,R8,1,1,2,2\na1,Nodule/Mass,8,R8,5,5,6,6\na1,Nodule/Mass,8,R9,1,1,2,2\na1,ILD,5,R10,1,1,2,2\n"
                + "b2,No finding,14,R8,,,,\nb2,No finding,14,R9,,,,\nb2,Cardiomegaly,3,R10,1,1,2,2\n"
                + "c3,No finding,14,R8,,,,\nc3,No finding,14,R9,,,,\nc3,No finding,14,R10,,,,\n"
        );
        foreach (string image in (string[])["a1", "b2", "c3"])
            _folder.Write($"train/{image}.dicom", "");
        List<RadiographRecord> rows = _log.Rows(_log.Cxr.Data.Load(_folder.Path));
        Assert.Empty(_log.Warnings);
        Assert.Equal(["Lung Lesion", "normal", "normal"], rows.Select(row => row.Mesh));
        Assert.Equal(["Lung Diseases, Interstitial", "Cardiomegaly", ""], rows.Select(row => row.UncertainFindings));
        Assert.Equal(
            ["Cardiomegaly", "Lung Diseases, Interstitial|Lung Lesion", "Cardiomegaly|Lung Diseases, Interstitial|Lung Lesion"],
            rows.Select(row => row.AbsentFindings)
        );
        Assert.All(rows, row => Assert.Equal("train", row.Split));
    }

    [Fact]
    public void Bad_rows_and_labels_are_counted_with_file_and_line()
    {
        DataSetMiniatures.VinDrCxr(_folder);
        string table = _folder.Write(
            "annotations/image_labels_train.csv",
            "image_id,rad_id,Aortic enlargement,No finding,Cardiomegaly\na1,R1,0,0,1\na1,R1,0,1,0\n,R1,0,0,1\na1,R2,0,yes,1.0\nz9,R1,0,1,\n"
        );
        RadiographRecord row = Assert.Single(_log.Rows(_log.Cxr.Data.LoadVinDrCxr(table)));
        Assert.Equal(("Cardiomegaly", "Aorta, Thoracic"), (row.Mesh, row.AbsentFindings));
        string[] expected =
        [
            "line 3: the image 'a1' has a row of the radiologist 'R1' already.",
            "line 4: no image.",
            "1 labels are neither 1, 0 nor blank and count as not said: line 5 'No finding: yes'",
            "1 images are not in",
            "2 of 5 rows were skipped",
        ];
        Assert.All(expected, text => Assert.Single(_log.Warnings, warning => warning.Contains(text, StringComparison.Ordinal)));
    }

    [Fact]
    public void A_folder_of_something_else_an_undefined_policy_and_a_table_without_labels_are_errors()
    {
        Assert.Throws<FileNotFoundException>(() => _log.Cxr.Data.LoadVinDrCxr(_folder.Path));
        Assert.Equal(
            "uncertainty",
            Assert.Throws<ArgumentOutOfRangeException>(() => _log.Cxr.Data.LoadVinDrCxr(_folder.Path, (UncertaintyPolicy)9)).ParamName
        );
        Assert.Contains(
            "'No finding'",
            Assert.Throws<InvalidDataException>(() => _log.Cxr.Data.LoadVinDrCxr(_folder.Write("t.csv", "image_id,x\na,1\n"))).Message,
            StringComparison.Ordinal
        );
    }
}
