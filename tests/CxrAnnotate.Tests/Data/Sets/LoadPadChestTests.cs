namespace CxrAnnotate.Tests;

public sealed class LoadPadChestTests : IDisposable
{
    private readonly ScratchFolder _folder = new();
    private readonly LoggedContext _log = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_row_has_terms_with_the_locations_of_their_sentence_the_report_and_the_age_at_the_study()
    {
        List<RadiographRecord> rows = _log.Rows(_log.Cxr.Data.LoadPadChest(DataSetMiniatures.PadChest(_folder)));
        Assert.Empty(_log.Warnings);
        Assert.Equal(
            ["Cardiomegaly|Pleural Effusion/costophrenic angle/right", "Cardiomegaly|Pleural Effusion/costophrenic angle/right", "normal"],
            rows.Select(row => row.Mesh)
        );
        Assert.Equal("cardiomegaly|pleural effusion", rows[0].FindingLabels);
        Assert.Equal(
            [("s1", "p1", "PA", "M", 84f), ("s1", "p1", "L", "M", 84f), ("s2", "p2", "AP_horizontal", "F", 2f)],
            rows.Select(row => (row.StudyId, row.PatientId, row.View, row.PatientSex, row.PatientAge))
        );
        Assert.Equal(
            ("sin cambio edema", "es", "CR", "ImagingDynamicsCompanyLtd"),
            (rows[0].Findings, rows[0].Language, rows[0].Modality, rows[0].Manufacturer)
        );
        Assert.Equal(Path.Combine(_folder.Path, "54", "b_00-002-001.png"), rows[2].ImagePath);
    }

    [Fact]
    public void Labels_of_the_network_can_be_left_out()
    {
        DataSetMiniatures.PadChest(_folder);
        Assert.Equal(["s1", "s1"], _log.Rows(_log.Cxr.Data.LoadPadChest(_folder.Path, physicianLabelsOnly: true)).Select(row => row.StudyId));
        Assert.Contains("1 images were labelled by the set's network", Assert.Single(_log.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void Odd_rows_are_left_out_or_counted_by_line_and_unknown_labels_are_used_unchanged()
    {
        DataSetMiniatures.PadChest(_folder);
        string table = _folder.Write(
            "PADCHEST_chest_x_ray_images_labels_160K_01.02.19.csv.gz",
            DataSetMiniatures.Packed(
                "\uFEFF"
                    + DataSetMiniatures.PadChestHeader
                    + "\r\n"
                    + Row("a_00-001-001.png", "1930.0", "PA", "['nódulo raro', 'unchanged']", "['nódulo raro', 'loc oreja', 'unchanged']")
                    + Row("a_00-001-002.png", "2099.0", "L", "['unchanged']", "[]")
                    + Row("b_00-002-001.png", "1950", "EXCLUDE", "['normal']", "[]")
                    + Row("b_00-002-001.png", "1950", "PA", "nan", "nan")
                    + Row("a_00-001-001.png", "1950", "PA", "['normal']", "[]")
                    + Row("c.png", "1950", "PA", "['normal']", "[]")
            )
        );
        List<RadiographRecord> rows = _log.Rows(_log.Cxr.Data.LoadPadChest(table));
        Assert.Equal(["nódulo raro/oreja", ""], rows.Select(row => row.Mesh));
        Assert.Equal(["nódulo raro|unchanged", "unchanged"], rows.Select(row => row.FindingLabels));
        Assert.Equal([84f, float.NaN], rows.Select(row => row.PatientAge));
        string[] expected =
        [
            "line 5: 'b_00-002-001.png' has no list of labels but 'nan'",
            "line 6: 'a_00-001-001.png' is listed twice",
            "1 images are marked EXCLUDE",
            "2 labels and places are not in the library's map",
            "line 2 'nódulo raro', line 2 'oreja'",
            "line 3 '20140915 - 2099.0'",
            "line 7 'c.png'",
            "2 of 6 rows were skipped",
        ];
        Assert.All(
            expected,
            text =>
                Assert.Single(
                    _log.Warnings,
                    warning => warning.Contains(text, StringComparison.Ordinal) && warning.Contains(table, StringComparison.Ordinal)
                )
        );

        static string Row(string image, string birth, string projection, string labels, string sentences) =>
            DataSetMiniatures
                .PadChestRow(image, "20140915", "s1", "p1", birth, "O", projection, "Physician", "informe", labels, "[]", sentences)
                .Replace("\n", "\r\n", StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(
        "['cardiomegaly', 'nodule', 'pleural effusion']",
        "",
        "['normal', 'cardiomegaly', 'nodule', 'loc left upper lobe', 'normal', 'loc bone', 'pleural effusion', 'loc right', 'loc costophrenic "
            + "angle']",
        "Cardiomegaly|Nodule/lung/upper lobe/left|Pleural Effusion/costophrenic angle/right"
    )]
    [InlineData(
        "['infiltrates', 'pleural effusion']",
        "",
        "['infiltrates', 'pleural effusion', 'loc right', 'loc basal']",
        "Infiltrate|Pleural Effusion/lung/base/right"
    )]
    [InlineData("['nodule']", "", "['loc bone', 'nodule', 'loc left', 'nodule']", "Nodule/left")]
    [InlineData(
        "['pleural effusion', 'hilar enlargement']",
        "",
        "['pleural effusion right side', 'loc costophrenic angle', 'hilar enlargement bilateral']",
        "Pleural Effusion/costophrenic angle/right|Lung/hilum/bilateral/enlarged"
    )]
    [InlineData("['nodule', 'mass']", "", "['normal', 'nodule', 'mass']", "Nodule|Mass")]
    [InlineData("['nodule']", "['loc left upper lobe']", "[['nodule', 'loc left upper lobe']]", "Nodule/lung/upper lobe/left")]
    [InlineData("['nodule']", "['loc left', 'loc right']", "[['nodule', 'loc left', 'loc right']]", "Nodule/bilateral")]
    [InlineData("['infiltrates']", "", "[['infiltrates', 'loc basal', 'loc right']]", "Infiltrate/lung/base/right")]
    [InlineData(
        "['infiltrates']",
        "",
        "[['infiltrates', 'loc right upper lobe', 'loc left lower lobe']]",
        "Infiltrate/lung/upper lobe/right|Infiltrate/lung/lower lobe/left"
    )]
    [InlineData("['infiltrates']", "", "[['infiltrates', 'loc left upper lobe', 'loc right upper lobe']]", "Infiltrate/lung/upper lobe/bilateral")]
    [InlineData("['atelectasis basal']", "", "[['atelectasis basal', 'loc basal bilateral']]", "Pulmonary Atelectasis/base/bilateral")]
    [InlineData("['rib fracture']", "", "[['rib fracture', 'loc rib', 'loc left']]", "Fractures, Bone/ribs/left")]
    [InlineData("['hemidiaphragm elevation']", "", "[['hemidiaphragm elevation', 'loc right', 'loc diaphragm']]", "Diaphragm/right/elevated")]
    [InlineData("['cardiomegaly']", "", "[['cardiomegaly', 'loc cardiac']]", "Cardiomegaly")]
    [InlineData("['calcified pleural plaques']", "", "[['calcified pleural plaques', 'loc left']]", "Pleural Plaques/left|Calcinosis/pleura/left")]
    [InlineData("['normal', 'scoliosis']", "", "", "Scoliosis")]
    [InlineData("['exclude']", "", "", "")]
    [InlineData("['nodule', 'mass']", "['loc left']", "", "Nodule|Mass")]
    [InlineData("['nodule']", "['loc left']", "", "Nodule/left")]
    [InlineData("['nodule']", "", "[['mass', 'loc left']]", "Nodule")]
    public void Labels_and_locations_become_terms(string labels, string places, string sentences, string mesh)
    {
        Assert.True(PythonLists.TryRead(labels, out List<string> listed));
        UnusedValues unknown = new("unknown");
        Assert.Equal(
            mesh,
            new SourceLabels(LabelMap.Of(PadChestReader.Source), UncertaintyPolicy.Ignore, unknown)
                .Of(PadChestReader.Mentions(listed, places, sentences), 1)
                .Mesh
        );
        Assert.Equal(0, unknown.Count);
    }
}
