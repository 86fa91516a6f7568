using Microsoft.ML;
using Microsoft.ML.Data;

namespace CxrAnnotate.Tests;

public sealed class LoadCheXpertTests : IDisposable
{
    private readonly ScratchFolder _folder = new();
    private readonly LoggedContext _log = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_tables_are_sides_of_the_split_and_present_absent_uncertain_and_unmentioned_are_distinguished()
    {
        List<RadiographRecord> rows = _log.Rows(_log.Cxr.Data.LoadCheXpert(DataSetMiniatures.CheXpert(_folder)));
        Assert.Empty(_log.Warnings);
        Assert.Equal(["train", "train", "val"], rows.Select(row => row.Split));
        Assert.Equal(["AP", "Lateral", "PA"], rows.Select(row => row.View));
        Assert.Equal(
            [("patient00001", "patient00001/study1"), ("patient00001", "patient00001/study2"), ("patient64541", "patient64541/study1")],
            rows.Select(row => (row.PatientId, row.StudyId))
        );
        Assert.Equal(("F", 68f), (rows[0].PatientSex, rows[0].PatientAge));
        Assert.Equal(
            ("Cardiomegaly|Pleural Effusion|Medical Device", "Cardiomegaly|Pleural Effusion|Support Devices", "Consolidation", "Edema"),
            (rows[0].Mesh, rows[0].FindingLabels, rows[0].AbsentLabels, rows[0].UncertainLabels)
        );
        Assert.Equal(("Consolidation", "Pulmonary Edema"), (rows[0].AbsentFindings, rows[0].UncertainFindings));
        Assert.Equal("normal", rows[2].Mesh);
        Assert.All(rows, row => Assert.True(File.Exists(row.ImagePath)));
    }

    [Fact]
    public void A_radiograph_without_findings_may_have_a_device_and_lacks_the_other_findings()
    {
        RadiographRecord row = _log.Rows(_log.Cxr.Data.LoadCheXpert(DataSetMiniatures.CheXpert(_folder)))[1];
        Assert.Equal(("Medical Device", "No Finding|Support Devices", "Pneumothorax"), (row.Mesh, row.FindingLabels, row.AbsentLabels));
        Assert.Equal(12, row.AbsentFindings.Split('|').Length);
        Assert.DoesNotContain("Medical Device", row.AbsentFindings, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(UncertaintyPolicy.Ignore, "", "", "Pneumonia")]
    [InlineData(UncertaintyPolicy.Positive, "Pneumonia", "", "")]
    [InlineData(UncertaintyPolicy.Negative, "normal", "Pneumonia", "")]
    [InlineData(UncertaintyPolicy.SeparateClass, "Possible Pneumonia", "", "Pneumonia")]
    public void The_policy_decides_on_uncertain_labels_and_the_sets_own_words_stay(
        UncertaintyPolicy policy,
        string mesh,
        string absent,
        string uncertain
    )
    {
        string table = _folder.Write(
            "train.csv",
            DataSetMiniatures.CheXpertHeader + "\nx/train/patient1/study1/view1_frontal.jpg,Male,50,Frontal,AP,,,,,,,,-1.0,,,,,,\n"
        );
        RadiographRecord row = Assert.Single(_log.Rows(_log.Cxr.Data.LoadCheXpert(table, policy)));
        Assert.Equal((mesh, absent, uncertain, "Pneumonia"), (row.Mesh, row.AbsentFindings, row.UncertainFindings, row.UncertainLabels));
    }

    [Fact]
    public void Images_of_the_large_edition_in_batches_are_found_by_the_end_of_their_path()
    {
        string table = _folder.Write(
            "train.csv",
            DataSetMiniatures.CheXpertHeader + "\nCheXpert-v1.0/train/patient00002/study1/view1_frontal.jpg,Male,50,Frontal,AP,1.0,,,,,,,,,,,,,\n"
        );
        string image = _folder.Write("CheXpert-v1.0 batch 2 (train 1)/patient00002/study1/view1_frontal.jpg", "");
        Assert.Equal(image, Assert.Single(_log.Rows(_log.Cxr.Data.LoadCheXpert(table))).ImagePath);
        Assert.Empty(_log.Warnings);
    }

    [Fact]
    public void Bad_rows_labels_and_ages_are_counted_with_file_and_line()
    {
        DataSetMiniatures.CheXpert(_folder);
        string table = _folder.Write(
            "train.csv",
            DataSetMiniatures.CheXpertHeader
                + "\r\n"
                + "x/train/patient00001/study1/view1_frontal.jpg,Unknown,0,Frontal,AP,,,2.0,,,,,yes,,,1.0,,,\r\n"
                + "x/train/patient00001/study1/view1_frontal.jpg,Female,68,Frontal,AP,1.0,,,,,,,,,,,,,\r\n"
                + "view1_frontal.jpg,Female,68,Frontal,AP,1.0,,,,,,,,,,,,,\r\n"
                + "x/train/patient00007/study1/view1_frontal.jpg,Female,68,Frontal,AP,1.0,,,,,,,,,,,,,\r\n"
        );
        RadiographRecord row = Assert.Single(_log.Rows(_log.Cxr.Data.LoadCheXpert(table)));
        Assert.Equal(("Pleural Effusion", "", float.NaN), (row.Mesh, row.PatientSex, row.PatientAge));
        string[] expected =
        [
            "line 3: 'x/train/patient00001/study1/view1_frontal.jpg' is listed twice",
            "line 4: the path 'view1_frontal.jpg' does not end in",
            "1 ages are not from 1 to 120 years and count as unknown: line 2 '0'",
            "2 labels are neither 1, 0, -1 nor blank and count as not mentioned: line 2 'Cardiomegaly: 2.0', line 2 'Pneumonia: yes'",
            "1 images are not in",
            "2 of 4 rows were skipped",
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
    public void Unmentioned_findings_are_unknown_in_multi_label_mining()
    {
        IDataView rows = _log.Cxr.Data.LoadCheXpert(DataSetMiniatures.CheXpert(_folder));
        IDataView mined = _log
            .Cxr.MineLabels(
                new MineLabelsOptions
                {
                    Task = LabelTask.MultiLabel,
                    MinimumCases = 0,
                    AbsentColumnName = "AbsentFindings",
                    UncertainColumnName = "UncertainFindings",
                }
            )
            .Fit(rows)
            .Transform(rows);
        VBuffer<ReadOnlyMemory<char>> names = default;
        mined.Schema["Label"].Annotations.GetValue("SlotNames", ref names);
        string[] slots = [.. names.DenseValues().Select(name => name.ToString())];
        Dictionary<string, float>[] labels =
        [
            .. mined.GetColumn<float[]>("Label").Select(row => slots.Zip(row).ToDictionary(pair => pair.First, pair => pair.Second)),
        ];
        Assert.Equal(3, slots.Length);
        Assert.Equal([1f, 0f, 0f], labels.Select(row => row[MeshNormalization.Token("Pleural Effusion")]));
        Assert.Equal([1f, 1f, 0f], labels.Select(row => row[MeshNormalization.Token("Medical Device")]));
    }

    [Fact]
    public void An_undefined_policy_and_a_table_of_something_else_are_errors()
    {
        Assert.Equal(
            "uncertainty",
            Assert.Throws<ArgumentOutOfRangeException>(() => _log.Cxr.Data.LoadCheXpert(_folder.Path, (UncertaintyPolicy)9)).ParamName
        );
        Assert.Contains(
            "'No Finding'",
            Assert.Throws<InvalidDataException>(() => _log.Cxr.Data.LoadCheXpert(_folder.Write("train.csv", "Path,Sex\na/b/c.jpg,Male\n"))).Message,
            StringComparison.Ordinal
        );
    }
}
