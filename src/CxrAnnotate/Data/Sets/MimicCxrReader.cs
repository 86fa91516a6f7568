using Microsoft.ML.Runtime;

namespace CxrAnnotate;

/// <summary>
/// Reads rows from MIMIC-CXR-JPG or MIMIC-CXR: the tables of metadata, split and labels, the images, and the reports if they are available.
/// </summary>
internal static class MimicCxrReader
{
    internal const string Source = "mimic-cxr";

    internal const string Metadata = "mimic-cxr-2.*-metadata.csv";

    private const string Split = "mimic-cxr-2.*-split.csv";

    internal static List<RadiographRecord> Read(string path, MimicCxrOptions options, IChannelProvider log)
    {
        string file = SetFolder.Table(path, "MIMIC-CXR-JPG", Metadata),
            folder = SetFolder.Of(file);
        using var skipped = new SkippedRows(log, file);
        var table = CsvTable.Read(file, skipped, "dicom_id", "subject_id", "study_id", "ViewPosition", "ViewCodeSequence_CodeMeaning");
        int image = table.Require("dicom_id"),
            patient = table.Require("subject_id"),
            study = table.Require("study_id"),
            view = table.Find("ViewPosition"),
            meaning = table.Find("ViewCodeSequence_CodeMeaning");
        Dictionary<string, string> sides = Sides(folder, log);
        Dictionary<string, SourceFindings> labels = Labels(folder, options, log);
        Dictionary<string, FreeTextReport> reports = Reports(
            options.ReportFolder ?? folder,
            options.ReportFolder is not null,
            table.Rows.Select(row => (row[patient], row[study])),
            skipped
        );
        UnusedValues unlabelled = skipped.Values("images belong to studies that are missing from the table of labels: they have no annotation"),
            unsplit = skipped.Values("images are not in the table of the split");
        var images = new ImageFinder(options.ImageFolder ?? folder);
        var rows = new List<(RadiographRecord Row, int Line, bool Found)>(table.Rows.Count);
        foreach (CsvLine row in table.Rows)
        {
            string name = row[image];
            if (name.Length == 0 || row[patient].Length < 2 || row[study].Length == 0)
                skipped.Skip(row.Line, "no image, no study or no patient.");
            else if (!images.IsNew(name))
                skipped.Skip(row.Line, $"'{name}' is listed twice.");
            else
            {
                if (!labels.TryGetValue(row[study], out SourceFindings? said))
                {
                    unlabelled.Add(row.Line, name);
                    said = SourceFindings.None;
                }

                if (!sides.TryGetValue(name, out string? side) && sides.Count > 0)
                    unsplit.Add(row.Line, name);
                FreeTextReport? report = reports.GetValueOrDefault(row[study]);
                bool found = images.TryFind($"files/p{row[patient][..2]}/p{row[patient]}/s{row[study]}/{name}.jpg", out string place);
                rows.Add(
                    (
                        new RadiographRecord
                        {
                            ImagePath = place,
                            Mesh = said.Mesh,
                            FindingLabels = said.FindingLabels,
                            AbsentLabels = said.AbsentLabels,
                            UncertainLabels = said.UncertainLabels,
                            AbsentFindings = said.AbsentFindings,
                            UncertainFindings = said.UncertainFindings,
                            StudyId = row[study],
                            PatientId = row[patient],
                            View = row[view].Length > 0 ? row[view] : row[meaning],
                            Source = Source,
                            Split = side ?? "",
                            Findings = report?.Findings ?? "",
                            Impression = report?.Impression ?? "",
                            Indication = report?.Indication ?? "",
                            Comparison = report?.Comparison ?? "",
                            Language = report is null ? "" : "en",
                            BodyPart = "CHEST",
                        },
                        row.Line,
                        found
                    )
                );
            }
        }

        List<RadiographRecord> used = images.WithImages(rows, skipped);
        skipped.Complete(rows.Count, "rows");
        return used;
    }

    private static Dictionary<string, string> Sides(string folder, IChannelProvider log)
    {
        var sides = new Dictionary<string, string>(StringComparer.Ordinal);
        if (SetFolder.Find(folder, Split) is not { } file)
            return sides;
        using var skipped = new SkippedRows(log, file);
        var table = CsvTable.Read(file, skipped, "dicom_id", "split");
        int image = table.Require("dicom_id"),
            split = table.Require("split");
        foreach (CsvLine row in table.Rows)
        {
            string side = row[split].ToUpperInvariant() switch
            {
                "TRAIN" => "train",
                "VALIDATE" or "VALIDATION" or "VALID" or "VAL" => "val",
                "TEST" => "test",
                _ => "",
            };
            if (side.Length == 0)
                skipped.Skip(row.Line, $"the split '{row[split]}' is none of train, validate, test.");
            else
                sides[row[image]] = side;
        }

        skipped.Complete(sides.Count, "rows");
        return sides;
    }

    private static Dictionary<string, SourceFindings> Labels(string folder, MimicCxrOptions options, IChannelProvider log)
    {
        string labeler = options.Labels == MimicCxrLabels.NegBio ? "negbio" : "chexpert";
        string file = SetFolder.Table(folder, "MIMIC-CXR-JPG", $"mimic-cxr-2.*-{labeler}.csv");
        using var skipped = new SkippedRows(log, file);
        var table = CsvTable.Read(file, skipped, ["subject_id", "study_id", .. CheXpertLabels.Columns]);
        int study = table.Require("study_id");
        var labels = new CheXpertLabels(table, options.Uncertainty, skipped);
        var findings = new Dictionary<string, SourceFindings>(StringComparer.Ordinal);
        foreach (CsvLine row in table.Rows)
        {
            if (row[study].Length == 0)
                skipped.Skip(row.Line, "no study.");
            else if (!findings.TryAdd(row[study], labels.Of(row)))
                skipped.Skip(row.Line, $"the study {row[study]} is listed twice.");
        }

        skipped.Complete(findings.Count, "rows");
        return findings;
    }

    /// <summary>Reads the existing reports, by study. There are about 230,000 small files, so that all cores are used.</summary>
    private static Dictionary<string, FreeTextReport> Reports(
        string folder,
        bool required,
        IEnumerable<(string Patient, string Study)> studies,
        SkippedRows skipped
    )
    {
        string? root = ((string[])[Path.Combine(folder, "files"), folder]).FirstOrDefault(place =>
            Directory.Exists(place) && Directory.EnumerateDirectories(place, "p1?").Any()
        );
        if (root is null)
        {
            return !required
                ? []
                : throw new DirectoryNotFoundException(
                    ErrorCode.DataSetIncomplete.Message(
                        $"'{folder}' does not hold the reports of MIMIC-CXR: expected folders p10 to p19, or a folder 'files' of them. They are in "
                            + $"mimic-cxr-reports.zip."
                    )
                );
        }

        (string Patient, string Study)[] wanted =
        [
            .. studies.Where(study => study.Patient.Length >= 2 && study.Study.Length > 0).DistinctBy(study => study.Study),
        ];
        var reports = new (FreeTextReport? Report, string? Problem)[wanted.Length];
        Parallel.For(
            0,
            wanted.Length,
            i =>
            {
                string file = Path.Combine(root, $"p{wanted[i].Patient[..2]}", $"p{wanted[i].Patient}", $"s{wanted[i].Study}.txt");
                try
                {
                    if (File.Exists(file))
                        reports[i].Report = FreeTextReport.Parse(TextFile.Read(file, out _));
                }
                catch (Exception e) when (e is IOException or InvalidDataException or UnauthorizedAccessException)
                {
                    reports[i].Problem = $"'{file}': {e.Message}";
                }
            }
        );

        var read = new Dictionary<string, FreeTextReport>(StringComparer.Ordinal);
        int missing = 0;
        UnusedValues broken = skipped.Values("reports cannot be read, and their rows have no text");
        for (int i = 0; i < wanted.Length; i++)
        {
            if (reports[i].Problem is { } problem)
                broken.Add($"study {wanted[i].Study}", problem);
            else if (reports[i].Report is { } report)
                read.Add(wanted[i].Study, report);
            else
                missing++;
        }

        if (missing > 0 && (read.Count > 0 || required))
            skipped.Note($"{missing} of {wanted.Length} studies have no report in '{root}'; their rows have no text.");
        return read;
    }
}
