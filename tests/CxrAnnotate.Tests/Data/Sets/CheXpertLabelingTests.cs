using Microsoft.ML;
using Microsoft.ML.Data;

namespace CxrAnnotate.Tests;

public sealed class CheXpertLabelingTests : IDisposable
{
    private readonly ScratchFolder _folder = new();
    private readonly LoggedContext _log = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>The labels that are mentioned, as <c>Edema=1 Pneumonia=-1</c>.</summary>
    private static string Said(IReadOnlyList<float> labels) =>
        string.Join(
            ' ',
            CheXpertLabeling.Names.Zip(labels).Where(pair => !float.IsNaN(pair.Second)).Select(pair => $"{pair.First}={(int)pair.Second}")
        );

    [Theory]
    [InlineData("Cardiac Shadow/enlarged/mild", "Enlarged Cardiomediastinum=1 Cardiomegaly=1")]
    [InlineData("Mediastinum/superior/enlarged", "Enlarged Cardiomediastinum=1")]
    [InlineData("Infiltrate/lung/base/left|Airspace Disease|Opacity", "Lung Opacity=1")]
    [InlineData("Markings/lung/bilateral/interstitial", "Lung Opacity=1")]
    [InlineData("Markings/bronchovascular", "No Finding=1")]
    [InlineData("Nodule/lung/apex|Mass", "Lung Lesion=1")]
    [InlineData("pulmonary congestion/mild", "Edema=1")]
    [InlineData("Heart Failure", "Cardiomegaly=-1 Edema=1")]
    [InlineData("Heart Failure|Cardiomegaly", "Cardiomegaly=1 Edema=1")]
    [InlineData("Hydropneumothorax/left", "Pneumothorax=1 Pleural Effusion=1")]
    [InlineData("Hemothorax", "Pleural Effusion=1")]
    [InlineData("Thickening/pleura/apex", "Pleural Other=1")]
    [InlineData("Thickening/fissure", "No Finding=1")]
    [InlineData("Fractures, Bone/ribs/healed", "Fracture=1")]
    [InlineData("Tube, Inserted/left", "No Finding=1 Support Devices=1")]
    [InlineData("normal", "No Finding=1")]
    [InlineData("Scoliosis", "No Finding=1")]
    [InlineData("Not Normal", "")]
    [InlineData("Possible Other Lesion", "")]
    [InlineData("Possible Pneumonia/lung/base", "Pneumonia=-1")]
    [InlineData("", "")]
    [InlineData("/", "")]
    public void A_heading_with_its_qualifiers_is_its_labels(string annotation, string labels) =>
        Assert.Equal(labels, Said(CheXpertLabeling.Of(annotation)));

    [Theory]
    [InlineData("Nodule", "Mass", "", "Lung Lesion=1")]
    [InlineData("", "Mass", "Nodule", "Lung Lesion=-1")]
    [InlineData("Opacity/lung", "Infiltrate", "Airspace Disease", "Lung Opacity=1")]
    [InlineData("normal", "Pleural Effusion|Thickening", "", "No Finding=1 Pleural Effusion=0 Pleural Other=0")]
    [InlineData("", "Mediastinum", "", "Enlarged Cardiomediastinum=0")]
    [InlineData("Medical Device", "", "Pneumonia", "Pneumonia=-1 Support Devices=1")]
    [InlineData("", "Markings/bronchovascular|Markings/lung/interstitial", "", "Lung Opacity=0")]
    [InlineData("", "Heart Failure", "", "Edema=0")]
    [InlineData("", "Cardiomegaly", "Heart Failure", "Cardiomegaly=-1 Edema=-1")]
    public void The_strongest_state_counts_and_absent_names_stand_for_any_place(string annotation, string absent, string uncertain, string labels) =>
        Assert.Equal(labels, Said(CheXpertLabeling.Of(annotation, absent, uncertain)));

    [Fact]
    public void The_names_are_those_of_the_table() =>
        Assert.Equal(DataSetMiniatures.CheXpertFindings, string.Join(',', CheXpertLabeling.Names));

    [Fact]
    public void A_written_table_gives_the_same_annotations()
    {
        IDataView rows = _log.Cxr.Data.LoadCheXpert(DataSetMiniatures.CheXpert(_folder));
        string table = Path.Combine(_folder.Path, "written.csv");
        _log.Cxr.Data.WriteCheXpert(rows, table);
        List<RadiographRecord> before = _log.Rows(rows),
            after = _log.Rows(_log.Cxr.Data.LoadCheXpert(table));
        Assert.Empty(_log.Warnings);
        Assert.Equal(before.Select(Facts), after.Select(Facts));
        // What No Finding means for the other labels is now said of each of them.
        Assert.Equal(before.Select(Absent), after.Select(Absent));
        string[] lines = File.ReadAllLines(table);
        Assert.Equal(DataSetMiniatures.CheXpertHeader, lines[0]);
        Assert.EndsWith("study1/view1_frontal.jpg,Female,68,Frontal,AP,,,1.0,,,-1.0,0.0,,,,1.0,,,1.0", lines[1], StringComparison.Ordinal);

        static object Facts(RadiographRecord row) =>
            (
                row.ImagePath,
                row.Mesh,
                row.FindingLabels,
                row.UncertainLabels,
                row.UncertainFindings,
                row.StudyId,
                row.PatientSex,
                (row.PatientAge, row.View)
            );
        static string Absent(RadiographRecord row) => string.Join('|', row.AbsentFindings.Split('|').Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Rows_of_any_set_are_written_and_rows_without_an_annotation_have_blanks()
    {
        string table = Path.Combine(_folder.Path, "written.csv");
        _log.Cxr.Data.WriteCheXpert(
            _log.Cxr.Data.LoadRecords([
                new()
                {
                    ImagePath = "=p\\s\\a.png",
                    Mesh = "Nodule/lung",
                    AbsentFindings = "Pleural Effusion",
                    View = "AP-horizontal",
                    PatientSex = "M",
                    PatientAge = 0.5f,
                },
                new() { ImagePath = "p/s/b.png", View = "LL" },
            ]),
            table
        );
        Assert.Equal(
            ["'=p/s/a.png,Male,0.5,Frontal,AP,,,,,1.0,,,,,,0.0,,,", "p/s/b.png,Unknown,,Lateral,,,,,,,,,,,,,,,"],
            File.ReadAllLines(table)[1..]
        );
        IDataView bare = _log.Context.Data.LoadFromEnumerable([new { ImagePath = "a.png" }]);
        Assert.Throws<ArgumentOutOfRangeException>(() => _log.Cxr.Data.WriteCheXpert(bare, table));
    }

    [Fact]
    public void Mined_reports_get_the_labels_on_request()
    {
        IDataView reports = _log.Cxr.Data.LoadRecords([
            new() { Findings = "Nodule in the left apex. No effusion.", Impression = "Possible pneumonia." },
            new() { Findings = "The lungs are clear." },
            new(),
        ]);
        MineReportsEstimator stage = _log.Cxr.MineReports(new MineReportsOptions { CheXpertColumnName = "CheXpert" });
        StageConformance.Check(_log.Context, stage, reports, new() { Saved = SavedStage.Nothing });
        IDataView mined = stage.Fit(reports).Transform(reports);
        Assert.Equal(["Lung Lesion=1 Pneumonia=-1 Pleural Effusion=0", "No Finding=1", ""], mined.GetColumn<float[]>("CheXpert").Select(Said));
        VBuffer<ReadOnlyMemory<char>> slots = default;
        mined.Schema["CheXpert"].GetSlotNames(ref slots);
        Assert.Equal(CheXpertLabeling.Names, slots.DenseValues().Select(name => name.ToString()));
        Assert.Null(_log.Cxr.MineReports().Fit(reports).Transform(reports).Schema.GetColumnOrNull("CheXpert"));
        Assert.Throws<ArgumentException>(() => _log.Cxr.MineReports(new MineReportsOptions { CheXpertColumnName = "" }));
        Assert.Throws<ArgumentException>(() => _log.Cxr.MineReports(new MineReportsOptions { CheXpertColumnName = "FindingStates" }));
    }
}
