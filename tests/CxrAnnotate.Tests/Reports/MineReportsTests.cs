using Microsoft.ML;
using Microsoft.ML.Data;

namespace CxrAnnotate.Tests;

public sealed class MineReportsTests
{
    private readonly LoggedContext _log = new();

    private IDataView View(params (string Findings, string Impression)[] reports) =>
        _log.Cxr.Data.LoadRecords([.. reports.Select(report => new RadiographRecord { Findings = report.Findings, Impression = report.Impression })]);

    private IDataView Some() =>
        View(
            ("Nodule in the left apex. No effusion.", "Possible pneumonia."),
            ("", ""),
            ("The lungs are clear.", "Normal chest."),
            ("", "Cardiomegaly.")
        );

    [Fact]
    public void The_stage_conforms() => StageConformance.Check(_log.Context, _log.Cxr.MineReports(), Some(), new() { Saved = SavedStage.Nothing });

    [Fact]
    public void The_stage_conforms_with_one_section() =>
        StageConformance.Check(
            _log.Context,
            _log.Cxr.MineReports(new MineReportsOptions { Sections = ReportSections.Impression }),
            Some(),
            new() { Saved = SavedStage.Nothing }
        );

    [Fact]
    public void Rows_get_annotation_absent_and_uncertain_findings_and_states_with_names()
    {
        MineReportsTransformer stage = _log.Cxr.MineReports().Fit(Some());
        IDataView view = stage.Transform(Some());
        Assert.Equal(["Nodule/lung/apex/left", "", "normal", "Cardiomegaly"], view.GetColumn<string>("MinedMesh"));
        Assert.Equal(["Pleural Effusion", "", "", ""], view.GetColumn<string>("AbsentFindings"));
        Assert.Equal(["Pneumonia", "", "", ""], view.GetColumn<string>("UncertainFindings"));
        VBuffer<ReadOnlyMemory<char>> slots = default;
        view.Schema["FindingStates"].GetSlotNames(ref slots);
        string[] names = [.. slots.DenseValues().Select(name => name.ToString())];
        Assert.Equal(stage.Findings, names);
        float[] first = view.GetColumn<float[]>("FindingStates").First();
        Assert.Equal(
            (1f, 0f, -1f, float.NaN),
            (
                first[Array.IndexOf(names, "Nodule")],
                first[Array.IndexOf(names, "Pleural Effusion")],
                first[Array.IndexOf(names, "Pneumonia")],
                first[Array.IndexOf(names, "Scoliosis")]
            )
        );
        Assert.NotEmpty(stage.RulesVersion);
    }

    [Fact]
    public void Mined_annotations_can_be_labelled()
    {
        IDataView view = View([.. Enumerable.Repeat(("Nodule in the left apex.", ""), 4), .. Enumerable.Repeat(("Lungs are clear.", ""), 4)]);
        MineLabelsTransformer labels = _log.Cxr.MineReports("Mesh").Append(_log.Cxr.MineLabels(minimumCases: 3)).Fit(view).LastTransformer;
        Assert.Equal(["nodule", "normal"], labels.Labels.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Bad_options_are_refused_by_name()
    {
        Assert.Equal(
            "Sections",
            Assert
                .Throws<ArgumentOutOfRangeException>(() => _log.Cxr.MineReports(new MineReportsOptions { Sections = ReportSections.None }))
                .ParamName
        );
        Assert.Equal(
            "Conflict",
            Assert.Throws<ArgumentOutOfRangeException>(() => _log.Cxr.MineReports(new MineReportsOptions { Conflict = (SectionConflict)9 })).ParamName
        );
        Assert.Equal(
            "Uncertainty",
            Assert.Throws<ArgumentOutOfRangeException>(() => _log.Cxr.MineReports(uncertainty: (UncertaintyPolicy)9)).ParamName
        );
        Assert.Throws<ArgumentException>(() => _log.Cxr.MineReports(""));
        Assert.Throws<ArgumentException>(() => _log.Cxr.MineReports("AbsentFindings"));
        Assert.Throws<FileNotFoundException>(() => _log.Cxr.MineReports(new MineReportsOptions { RulesFile = "absent.rules" }));
    }
}
