using System.Text.Json.Serialization;

namespace CxrAnnotate;

/// <summary>
/// What <c>ChestXrayCatalog.Audit</c> finds in a data set before anything is learnt from it. It names rows, files and patients: do not publish it
/// where those must not be known.
/// </summary>
/// <remarks>
/// Rows are numbered from 0, in the order of the view. The lists hold everything that was found; only <see cref="Suspects"/> is capped.
/// </remarks>
public sealed record DataAuditReport
{
    /// <summary>The number of rows.</summary>
    public required int Rows { get; init; }

    /// <summary>The rows whose file can be read.</summary>
    public required int Readable { get; init; }

    /// <summary>The number of distinct patients (or studies, where patients are not known).</summary>
    public required int Patients { get; init; }

    /// <summary>The findings, and what else the summary says, the most serious first.</summary>
    public required IReadOnlyList<AuditFinding> Findings { get; init; }

    /// <summary>The classes of the rows, the most frequent first.</summary>
    public required IReadOnlyList<AuditedClass> Classes { get; init; }

    /// <summary>A class is learnt if it has more rows than this.</summary>
    public required int MinimumCases { get; init; }

    /// <summary>The rows of which nothing would be learnt, because none of their classes is.</summary>
    public required int RowsWithoutClass { get; init; }

    /// <summary>The rows whose file cannot be read.</summary>
    public required IReadOnlyList<UnreadableRow> UnreadableRows { get; init; }

    /// <summary>Groups of rows that show one picture.</summary>
    public required IReadOnlyList<CopiedPicture> Copies { get; init; }

    /// <summary>Rows that show one picture and are annotated differently.</summary>
    public required IReadOnlyList<AnnotationConflict> Conflicts { get; init; }

    /// <summary>Patients who are on more than one side of the split.</summary>
    public required IReadOnlyList<SharedPatient> SharedPatients { get; init; }

    /// <summary>Columns (source, view, device, sex) whose values go with the classes.</summary>
    public required IReadOnlyList<ConfoundedColumn> Columns { get; init; }

    /// <summary>How well readers that see next to nothing of the lungs tell the findings, and the reader of the whole image.</summary>
    public required IReadOnlyList<ShortcutReader> Readers { get; init; }

    /// <summary>The rows that the readers read; fewer than <see cref="Readable"/> if the set was sampled.</summary>
    public required int ReadRows { get; init; }

    /// <summary>The rows whose label a reader that was not fitted to them contradicts, the most doubtful first.</summary>
    public required IReadOnlyList<LabelSuspect> Suspects { get; init; }

    /// <summary>The report as JSON: camelCase names, undefined figures null.</summary>
    public string ToJson() => ReportJson.Write(this);

    /// <summary>Reads what <see cref="ToJson"/> wrote.</summary>
    /// <exception cref="FormatException">The text is not such a report.</exception>
    public static DataAuditReport FromJson(string json) => ReportJson.Read<DataAuditReport>(json, "an audit of data");
}

/// <summary>How serious a finding is.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<AuditSeverity>))]
public enum AuditSeverity
{
    /// <summary>A figure measured on this set would be wrong, or would not hold elsewhere.</summary>
    Problem,

    /// <summary>Something to look at.</summary>
    Warning,

    /// <summary>Checked, and nothing was found.</summary>
    Passed,
}

/// <summary>One sentence of the summary.</summary>
/// <param name="Severity">How serious it is.</param>
/// <param name="Topic">What was checked: "files", "copies", "conflicts", "patients", "classes", "shortcuts", "columns", "labels".</param>
/// <param name="Text">The sentence, in plain English.</param>
public sealed record AuditFinding(AuditSeverity Severity, string Topic, string Text);

/// <summary>A class and its rows.</summary>
/// <param name="Name">The label, as mining names it; "normal" for a row without findings.</param>
/// <param name="Rows">The rows that have it.</param>
/// <param name="Patients">The patients who have it.</param>
/// <param name="Train">The rows to train on; all if the set has no split.</param>
/// <param name="Validation">The rows to validate on.</param>
/// <param name="Test">The rows to test on.</param>
/// <param name="IsLearnt">Whether its rows that are not for testing are more than the minimum number of cases.</param>
public sealed record AuditedClass(string Name, int Rows, int Patients, int Train, int Validation, int Test, bool IsLearnt);

/// <summary>A row whose file cannot be read.</summary>
/// <param name="Row">The row, from 0.</param>
/// <param name="Image">Its path.</param>
/// <param name="Reason">Why, with the code of the cause.</param>
public sealed record UnreadableRow(int Row, string Image, string Reason);

/// <summary>How alike the members of a group of copies are.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<CopyKind>))]
public enum CopyKind
{
    /// <summary>Every pixel is equal, whatever the format of the files.</summary>
    Identical,

    /// <summary>The same picture, stored again with loss, resized, brighter or darker, cropped, mirrored or as a negative.</summary>
    NearDuplicate,
}

/// <summary>A row in a group of copies.</summary>
/// <param name="Row">The row, from 0.</param>
/// <param name="Image">Its path.</param>
/// <param name="Patient">Its patient.</param>
/// <param name="Side">Its side of the split: train, val, test, or empty.</param>
/// <param name="Annotation">Its annotation.</param>
public sealed record CopiedRow(int Row, string Image, string Patient, string Side, string Annotation);

/// <summary>Rows that show one picture.</summary>
/// <param name="Kind">Identical if all members are.</param>
/// <param name="Rows">The rows, at least two.</param>
/// <param name="Correlation">The least correlation by which a member was joined to the group; 1 if all are identical.</param>
/// <param name="Difference">How the members differ, such as "cropped by 5 %, mirrored"; empty for none.</param>
/// <param name="CrossesSplit">Whether members are on different sides of the split.</param>
/// <param name="CrossesPatients">Whether members have different patients.</param>
public sealed record CopiedPicture(
    CopyKind Kind,
    IReadOnlyList<CopiedRow> Rows,
    double Correlation,
    string Difference,
    bool CrossesSplit,
    bool CrossesPatients
);

/// <summary>Rows that show one picture and have different annotations.</summary>
/// <param name="Rows">The rows, at least two.</param>
/// <param name="IsContradiction">Whether the sets of findings differ; otherwise only their places or degrees do.</param>
public sealed record AnnotationConflict(IReadOnlyList<CopiedRow> Rows, bool IsContradiction);

/// <summary>A patient on several sides of the split.</summary>
/// <param name="Patient">The patient.</param>
/// <param name="Sides">The sides.</param>
/// <param name="Rows">The patient's rows, from 0.</param>
public sealed record SharedPatient(string Patient, IReadOnlyList<string> Sides, IReadOnlyList<int> Rows);

/// <summary>A column whose values go with the classes.</summary>
/// <param name="Column">The column: Source, View, Manufacturer or PatientSex.</param>
/// <param name="CramersV">How strongly, from 0 (not at all) to 1 (the value decides the class); with the bias correction of Bergsma (2013).</param>
/// <param name="Values">The values, the most frequent first.</param>
public sealed record ConfoundedColumn(string Column, double CramersV, IReadOnlyList<ColumnValue> Values);

/// <summary>A value of a column.</summary>
/// <param name="Value">The value.</param>
/// <param name="Rows">The rows that have it.</param>
/// <param name="Abnormal">The share of them with any finding.</param>
/// <param name="CommonestClass">Their most frequent class.</param>
/// <param name="CommonestShare">Its share of them.</param>
public sealed record ColumnValue(string Value, int Rows, double Abnormal, string CommonestClass, double CommonestShare);

/// <summary>Whether a reader tells findings that it should not be able to tell.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ShortcutVerdict>))]
public enum ShortcutVerdict
{
    /// <summary>Not more than chance.</summary>
    Nothing,

    /// <summary>More than chance, but less than half of what the whole image tells beyond chance.</summary>
    Some,

    /// <summary>At least half of what the whole image tells beyond chance.</summary>
    Most,
}

/// <summary>
/// A reader that sees only part of what there is to see: a regularised logistic regression for each finding, cross-validated by patient.
/// </summary>
/// <param name="Name">Its name: "border", "surroundings", "thumbnail", "histogram", "file", "source", "view", "device", "age and sex", "whole
/// image".</param>
/// <param name="Sees">What it sees.</param>
/// <param name="SeesLungs">Whether what it sees includes the lungs, however coarsely, or facts of the patient, so that it may tell a finding
/// rightly.</param>
/// <param name="Macro">The mean of the areas over the findings.</param>
/// <param name="Verdict">The gravest verdict over the findings.</param>
/// <param name="Findings">The figures of each finding.</param>
public sealed record ShortcutReader(
    string Name,
    string Sees,
    bool SeesLungs,
    Estimate Macro,
    ShortcutVerdict Verdict,
    IReadOnlyList<ShortcutFigure> Findings
);

/// <summary>How well a reader tells a finding from its absence.</summary>
/// <param name="Finding">The finding; "any finding" for abnormal or not.</param>
/// <param name="Present">The rows that have it.</param>
/// <param name="Auroc">The area under the ROC curve of out-of-fold readings, with its 95 % interval by the bootstrap over patients.</param>
/// <param name="Chance">The area that 97.5 % of shuffles of the labels stay below.</param>
/// <param name="ShareOfWhole">What it tells beyond chance, as a share of what the whole image tells: (area - 0.5) / (area of the whole image - 0.5).
/// Null if the whole image tells nothing.</param>
/// <param name="Verdict">The verdict.</param>
public sealed record ShortcutFigure(
    string Finding,
    int Present,
    Estimate Auroc,
    double Chance,
    double? ShareOfWhole,
    ShortcutVerdict Verdict
);

/// <summary>A row whose label may be wrong.</summary>
/// <param name="Row">The row, from 0.</param>
/// <param name="Image">Its path.</param>
/// <param name="Annotation">Its annotation.</param>
/// <param name="Finding">The finding in doubt.</param>
/// <param name="IsPresent">Whether the row is annotated with it.</param>
/// <param name="Probability">The out-of-fold probability of what the row says.</param>
public sealed record LabelSuspect(int Row, string Image, string Annotation, string Finding, bool IsPresent, double Probability);
