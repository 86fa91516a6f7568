namespace CxrAnnotate.Tests;

public sealed class ReportColumnsTests : IDisposable
{
    private const string PlusHeader =
        "path_to_image,frontal_lateral,ap_pa,deid_patient_id,patient_report_date_order,report,section_clinical_history,section_history,"
        + "section_comparison,section_findings,section_impression,age,sex,split";

    private readonly ScratchFolder _folder = new();
    private readonly LoggedContext _log = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Reports_of_CheXpert_Plus_are_read_once_for_each_report_of_a_patient()
    {
        string table = _folder.Write(
            "df_chexpert_plus_240401.csv",
            PlusHeader
                + "\ntrain/patient1/study1/view1_frontal.jpg,Frontal,AP,patient1,1,Whole.,Cough.,,,Clear.,Normal.,60,Male,train\n"
                + "train/patient1/study1/view2_lateral.jpg,Lateral,,patient1,1,Whole.,Cough.,,,Clear.,Normal.,60,Male,train\n"
                + "train/patient2/study1/view1_frontal.jpg,Frontal,PA,patient2,1,Whole.,,,,,Edema.,70,Female,valid\n"
        );
        List<RadiographRecord> rows = _log.Rows(_log.Cxr.Data.LoadReports(table));
        Assert.Equal(
            [("patient1/1", "Clear.", "Normal."), ("patient2/1", "", "Edema.")],
            rows.Select(row => (row.StudyId, row.Findings, row.Impression))
        );
    }

    [Fact]
    public void Its_images_with_annotations_are_read_as_a_table()
    {
        string table = _folder.Write(
            "table.csv",
            PlusHeader
                + ",annotation\na.png,Frontal,AP,patient1,1,Whole.,Cough.,,None.,Clear.,Normal.,60,Male,train,normal\n"
                + "b.png,Lateral,,patient1,1,Whole.,,Fever.,,Clear.,Normal.,60,Male,train,normal\n"
        );
        List<RadiographRecord> rows = _log.Rows(_log.Cxr.Data.LoadCsv(table));
        Assert.Equal(
            [("patient1", "patient1/1", "AP", "Cough.", "None."), ("patient1", "patient1/1", "Lateral", "Fever.", "")],
            rows.Select(row => (row.PatientId, row.StudyId, row.View, row.Indication, row.Comparison))
        );
        Assert.Equal(("Clear.", "Normal."), (rows[0].Findings, rows[0].Impression));
        Assert.Equal(("M", 60f, "train"), (rows[0].PatientSex, rows[0].PatientAge, rows[0].Split));
    }

    [Fact]
    public void The_last_paragraph_stands_for_a_report_of_MIMIC_without_findings_and_impression()
    {
        string table = _folder.Write(
            "mimic_cxr_sectioned.csv",
            "study,impression,findings,last_paragraph,comparison\ns1,Edema.,,Other.,None.\ns2,,,Small effusion.,\ns3,,,,\n"
        );
        List<RadiographRecord> rows = _log.Rows(_log.Cxr.Data.LoadReports(table));
        Assert.Equal([("s1", "", "Edema."), ("s2", "Small effusion.", "")], rows.Select(row => (row.StudyId, row.Findings, row.Impression)));
        Assert.Contains(_log.Warnings, warning => warning.Contains("line 4: no report text.", StringComparison.Ordinal));
    }
}
