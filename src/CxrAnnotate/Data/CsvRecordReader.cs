using Microsoft.ML.Runtime;

namespace CxrAnnotate;

/// <summary>Reads rows from a CSV or Parquet table with a column of image paths and one of annotations.</summary>
internal static class CsvRecordReader
{
    /// <summary>The columns that are read, with all their accepted names.</summary>
    internal static readonly string[] Columns =
    [
        .. ReportColumns.All,
        "annotation",
        "mesh",
        "meshtop",
        "mesh_top",
        "source",
        "split",
        "language",
        "meshautomatic",
        "mesh_automatic",
        "findinglabels",
        "finding_labels",
        "absentlabels",
        "absent_labels",
        "uncertainlabels",
        "uncertain_labels",
        "absentfindings",
        "absent_findings",
        "absent",
        "uncertainfindings",
        "uncertain_findings",
        "uncertain",
        "patientsex",
        "patient_sex",
        "sex",
        "patientage",
        "patient_age",
        "age",
        "modality",
        "bodypart",
        "body_part",
        "laterality",
        "manufacturer",
    ];

    internal static List<RadiographRecord> Read(string path, TableColumns columns, IChannelProvider log)
    {
        using var skipped = new SkippedRows(log, path);
        return Read(path, CsvTable.Read(path, skipped, [.. Columns, .. columns.Given]), columns, skipped);
    }

    internal static List<RadiographRecord> ReadParquet(string path, TableColumns columns, IChannelProvider log)
    {
        using var skipped = new SkippedRows(log, path, "row");
        return Read(path, ParquetTable.Read(path, [.. Columns, .. columns.Given]), columns, skipped);
    }

    /// <summary>The text of one column, by the path of the image. Rows that cannot be read are skipped, as when the table is loaded.</summary>
    internal static Dictionary<string, string> ReadColumn(string path, string column, TableColumns columns, IChannelProvider log)
    {
        bool parquet = Path.GetExtension(path).Equals(".parquet", StringComparison.OrdinalIgnoreCase);
        using var skipped = new SkippedRows(log, path, parquet ? "row" : "line");
        string[] wanted = [.. ReportColumns.All, .. columns.Given, column];
        CsvTable table = ReportColumns.Joined(parquet ? ParquetTable.Read(path, wanted) : CsvTable.Read(path, skipped, wanted));
        int image = columns.Image is { } named ? table.Require(named) : table.Require(ReportColumns.Image),
            value = table.Require(column);
        Dictionary<string, string> values = new(StringComparer.Ordinal);
        foreach (CsvLine row in table.Rows.Where(row => row[image].Length > 0))
            values.TryAdd(ShownPath(path, row[image]), row[value]);
        return values;
    }

    /// <summary>The path of an image as records have it: by the table's path and its own, so that messages name both.</summary>
    private static string ShownPath(string table, string image) =>
        RadiographFile.IsUrl(image)
            ? image
            : Path.Combine(Path.GetDirectoryName(table) ?? "", image.Replace('\\', Path.DirectorySeparatorChar));

    private static List<RadiographRecord> Read(string path, CsvTable table, TableColumns columns, SkippedRows skipped)
    {
        table = ReportColumns.Joined(table);
        int image = columns.Image is { } named ? table.Require(named) : table.Require(ReportColumns.Image);
        int mesh = columns.Annotation is { } header ? table.Require(header) : table.Require("annotation", "mesh");
        int top = table.Find("meshtop", "mesh_top");
        int study = table.FindGiven(columns.Study, ReportColumns.Study);
        int patient = table.FindGiven(columns.Patient, ReportColumns.Patients);
        int view = table.FindGiven(columns.View, ReportColumns.View);
        int source = table.FindGiven(columns.Source, "source");
        int split = table.FindGiven(columns.Split, "split");
        int findings = table.FindGiven(columns.Findings, ReportColumns.Findings);
        int impression = table.FindGiven(columns.Impression, ReportColumns.Impression);
        int indication = table.Find(ReportColumns.Indication);
        int comparison = table.Find(ReportColumns.Comparison);
        int language = table.Find("language");
        int automatic = table.Find("meshautomatic", "mesh_automatic");
        int present = table.Find("findinglabels", "finding_labels");
        int absent = table.Find("absentlabels", "absent_labels");
        int uncertain = table.Find("uncertainlabels", "uncertain_labels");
        int absentFindings = table.Find("absentfindings", "absent_findings", "absent");
        int uncertainFindings = table.Find("uncertainfindings", "uncertain_findings", "uncertain");
        int sex = table.Find("patientsex", "patient_sex", "sex");
        int age = table.Find("patientage", "patient_age", "age");
        int modality = table.Find("modality");
        int bodyPart = table.Find("bodypart", "body_part");
        int laterality = table.Find("laterality");
        int manufacturer = table.Find("manufacturer");
        var badAges = skipped.Values("ages are not from 0 to 120 years and count as unknown");
        var addresses = skipped.Values("image paths are URLs, which are not read; download the images, and give their paths");
        var sentences = skipped.Values(
            "annotations look like free text, not like Heading/qualifier|Heading; MineReports extracts annotations from reports"
        );
        var records = new List<RadiographRecord>(table.Rows.Count);
        foreach (CsvLine row in table.Rows)
        {
            if (row[image].Length == 0)
            {
                skipped.Skip(row.Line, "no image path.");
                continue;
            }

            if (row[mesh].Length == 0)
            {
                skipped.Skip(row.Line, "no annotation; write 'normal' if there is no finding.");
                continue;
            }

            if (!PatientFacts.TryAge(row[age], out float years))
                badAges.Add(row.Line, row[age]);
            bool address = RadiographFile.IsUrl(row[image]);
            if (address)
                addresses.Add(row.Line, row[image]);
            if (FreeText.Looks(row[mesh]))
                sentences.Add(row.Line);
            // An image without a study gets its full path as study.
            string shown = ShownPath(path, row[image]);
            string place = address ? shown : Path.GetFullPath(shown);
            records.Add(
                new()
                {
                    ImagePath = shown,
                    Mesh = row[mesh],
                    MeshTop = row[top],
                    StudyId = FirstOf(row[study], row[patient], place),
                    PatientId = FirstOf(row[patient], row[study], place),
                    View = row[view],
                    Source = row[source],
                    Split = row[split],
                    Findings = row[findings],
                    Impression = row[impression],
                    Indication = row[indication],
                    Comparison = row[comparison],
                    Language = row[language],
                    MeshAutomatic = row[automatic],
                    FindingLabels = row[present],
                    AbsentLabels = row[absent],
                    UncertainLabels = row[uncertain],
                    AbsentFindings = row[absentFindings],
                    UncertainFindings = row[uncertainFindings],
                    PatientSex = PatientFacts.Sex(row[sex]),
                    PatientAge = years,
                    Modality = row[modality],
                    BodyPart = row[bodyPart],
                    Laterality = row[laterality],
                    Manufacturer = row[manufacturer],
                }
            );
        }

        skipped.Complete(records.Count, "rows");
        return records;
    }

    private static string FirstOf(string first, string second, string last) =>
        first.Length > 0 ? first
        : second.Length > 0 ? second
        : last;
}
