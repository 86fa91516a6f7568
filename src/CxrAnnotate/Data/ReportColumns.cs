namespace CxrAnnotate;

/// <summary>
/// The usual headers of the sections of reports, those of CheXpert Plus (<c>df_chexpert_plus_240401.csv</c>) and of MIMIC-CXR
/// (<c>mimic_cxr_sectioned.csv</c>) among them, and what their rows say in several columns.
/// </summary>
internal static class ReportColumns
{
    private const string LastParagraph = "last_paragraph",
        Patient = "deid_patient_id",
        Order = "patient_report_date_order",
        Projection = "ap_pa",
        Plane = "frontal_lateral",
        History = "section_history",
        ClinicalHistory = "section_clinical_history";

    internal static readonly string[] Findings = ["findings", "section_findings"],
        Impression = ["impression", "section_impression"],
        Indication = ["indication", History, ClinicalHistory],
        Comparison = ["comparison", "section_comparison"],
        // The order is one within the patient; Joined makes a study of both.
        Study = ["study", "studyid", "study_id", Order],
        Patients = ["patient", "patientid", "patient_id", Patient, "subject_id"],
        View = ["view", Projection, Plane],
        Image = ["image", "path", "imagepath", "image_path", "path_to_image"];

    /// <summary>All these headers, and those that only <see cref="Joined"/> reads.</summary>
    internal static IEnumerable<string> All =>
        [.. Findings, .. Impression, .. Indication, .. Comparison, .. Study, .. Patients, .. View, .. Image, LastParagraph];

    /// <summary>
    /// The table with what a row says in another column: the last paragraph of a report without findings and impression, the study of a patient's
    /// n-th report, the plane of an image without a projection, the clinical history where there is no other. Other tables are as they were.
    /// </summary>
    internal static CsvTable Joined(CsvTable table)
    {
        int findings = table.Find(Findings),
            impression = table.Find(Impression),
            last = table.Find(LastParagraph),
            text = findings >= 0 ? findings : impression;
        if (last >= 0 && text >= 0)
            table = table.With(text, row => row[findings].Length == 0 && row[impression].Length == 0 ? row[last] : row[text]);
        int patient = table.Find(Patient),
            order = table.Find(Order);
        if (patient >= 0 && order >= 0)
            table = table.With(order, row => row[patient].Length > 0 && row[order].Length > 0 ? $"{row[patient]}/{row[order]}" : "");
        table = Filled(table, Projection, Plane);
        return Filled(table, History, ClinicalHistory);
    }

    private static CsvTable Filled(CsvTable table, string name, string other)
    {
        int column = table.Find(name),
            from = table.Find(other);
        return column >= 0 && from >= 0 ? table.With(column, row => row[column].Length > 0 ? row[column] : row[from]) : table;
    }
}
