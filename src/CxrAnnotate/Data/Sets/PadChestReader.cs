using System.Globalization;
using Microsoft.ML.Runtime;

namespace CxrAnnotate;

/// <summary>Reads rows from PadChest: its table of labels, gzipped or not, and the images in the folders 0 to 54 or in one.</summary>
internal static class PadChestReader
{
    internal const string Source = "padchest";

    internal const string Tables = "PADCHEST_chest_x_ray_images_labels_160K_*.csv";

    // The prefix by which the physicians distinguished locations from findings.
    private const string PlacePrefix = "loc ";

    private static readonly string[] _columns =
    [
        "ImageID",
        "StudyDate_DICOM",
        "StudyID",
        "PatientID",
        "PatientBirth",
        "PatientSex_DICOM",
        "Projection",
        "Modality_DICOM",
        "Manufacturer_DICOM",
        "Report",
        "MethodLabel",
        "Labels",
        "Localizations",
        "LabelsLocalizationsBySentence",
    ];

    internal static List<RadiographRecord> Read(string path, string? imageFolder, bool physicianLabelsOnly, IChannelProvider log)
    {
        string file = SetFolder.Table(path, "PadChest", Tables);
        using var skipped = new SkippedRows(log, file);
        var table = CsvTable.Read(file, skipped, _columns);
        int image = table.Require("ImageID"),
            study = table.Require("StudyID"),
            patient = table.Require("PatientID"),
            labels = table.Require("Labels");
        int date = table.Find("StudyDate_DICOM"),
            birth = table.Find("PatientBirth"),
            sex = table.Find("PatientSex_DICOM"),
            projection = table.Find("Projection"),
            modality = table.Find("Modality_DICOM"),
            manufacturer = table.Find("Manufacturer_DICOM"),
            report = table.Find("Report"),
            method = physicianLabelsOnly ? table.Require("MethodLabel") : -1,
            places = table.Find("Localizations"),
            sentences = table.Find("LabelsLocalizationsBySentence");
        UnusedValues badAges = skipped.Values("differences of study and birth year are not ages from 0 to 120 years and count as unknown"),
            unknown = skipped.Values("labels and places are not in the library's map and are used unchanged"),
            chestless = skipped.Values("images are marked EXCLUDE by the set (no chest, or not usable) and are left out"),
            byNetwork = skipped.Values("images were labelled by the set's network, not by physicians, and are left out as requested");
        var images = new ImageFinder(imageFolder ?? SetFolder.Of(file));
        var findings = new SourceLabels(LabelMap.Of(Source), UncertaintyPolicy.Ignore, unknown);
        var rows = new List<(RadiographRecord Row, int Line, bool Found)>(table.Rows.Count);
        foreach (CsvLine row in table.Rows)
        {
            string name = row[image];
            if (name.Length == 0 || row[patient].Length == 0 || row[study].Length == 0)
                skipped.Skip(row.Line, "no image, no study or no patient.");
            else if (!PythonLists.TryRead(row[labels], out List<string> listed))
                skipped.Skip(
                    row.Line,
                    $"'{name}' has no list of labels but '{(row[labels].Length > 60 ? row[labels][..60] + "..." : row[labels])}'; expected "
                        + $"['label', 'label']."
                );
            else if (row[projection].Equals("EXCLUDE", StringComparison.OrdinalIgnoreCase))
                chestless.Add(row.Line, name);
            else if (physicianLabelsOnly && !row[method].StartsWith("Physician", StringComparison.OrdinalIgnoreCase))
                byNetwork.Add(row.Line, name);
            else if (!images.IsNew(name))
                skipped.Skip(row.Line, $"'{name}' is listed twice.");
            else
            {
                if (!TryAge(row[date], row[birth], out float years))
                    badAges.Add(row.Line, $"{row[date]} - {row[birth]}");
                bool found = images.TryFind(name, out string place);
                SourceFindings said = findings.Of(Mentions(listed, row[places], row[sentences]), row.Line);
                rows.Add(
                    (
                        new RadiographRecord
                        {
                            ImagePath = place,
                            Mesh = said.Mesh,
                            FindingLabels = said.FindingLabels,
                            StudyId = row[study],
                            PatientId = row[patient],
                            View = row[projection],
                            Source = Source,
                            Findings = row[report],
                            Language = "es",
                            PatientSex = PatientFacts.Sex(row[sex]),
                            PatientAge = years,
                            Modality = row[modality],
                            BodyPart = "CHEST",
                            Manufacturer = row[manufacturer],
                        },
                        row.Line,
                        found
                    )
                );
            }
        }

        List<RadiographRecord> used = images.WithImages(rows, skipped);
        skipped.Complete(rows.Count + chestless.Count + byNetwork.Count, "rows");
        return used;
    }

    /// <summary>
    /// The labels with the locations of their sentences. Without a sentence, the location of a label is unknown unless the report has only one label.
    /// </summary>
    internal static List<LabelMention> Mentions(IReadOnlyList<string> labels, string places, string sentences)
    {
        List<LabelMention> mentions = [];
        if (sentences.Length > 0 && PythonLists.TryReadNested(sentences, out List<List<string>> read))
        {
            foreach (List<string> sentence in sentences.AsSpan().Count('[') > 1 ? read : [.. read.SelectMany(Parts)])
            {
                string[] said = [.. sentence.Where(IsPlace).Select(Place).Distinct(StringComparer.Ordinal)];
                mentions.AddRange(sentence.Where(item => !IsPlace(item)).Distinct(StringComparer.Ordinal).Select(item => WithSide(item, said)));
            }

            // The list of the report determines the findings, the sentences only their locations; a finding with a location is not repeated without
            // it.
            mentions.RemoveAll(mention => !labels.Contains(mention.Label, StringComparer.OrdinalIgnoreCase));
            HashSet<string> placed = [.. mentions.Where(mention => mention.Places.Count > 0).Select(mention => mention.Label)];
            mentions.RemoveAll(mention => mention.Places.Count == 0 && placed.Contains(mention.Label));
        }

        string[] unplaced =
        [
            .. labels
                .Distinct(StringComparer.OrdinalIgnoreCase)
                .Where(label => !mentions.Exists(mention => mention.Label.Equals(label, StringComparison.OrdinalIgnoreCase))),
        ];
        string[] whole =
            unplaced.Length == 1 && mentions.Count == 0 && PythonLists.TryRead(places, out List<string> all) ? [.. all.Select(Place)] : [];
        mentions.AddRange(unplaced.Select(label => new LabelMention(label, LabelState.Present, whole)));
        return mentions;
    }

    /// <summary>
    /// Physicians wrote some sides after the label (<c>pleural effusion right side</c>); the authors of the set removed them from Labels, but not
    /// from the sentences.
    /// </summary>
    private static LabelMention WithSide(string item, string[] places)
    {
        foreach (
            (string ending, string side) in ((string, string)[])
                [
                    (" right side", FindingPlace.Right),
                    (" left side", FindingPlace.Left),
                    (" both sides", FindingPlace.Bilateral),
                    (" both side", FindingPlace.Bilateral),
                    (" bilateral", FindingPlace.Bilateral),
                ]
        )
        {
            if (item.EndsWith(ending, StringComparison.OrdinalIgnoreCase))
                return new LabelMention(item[..^ending.Length], LabelState.Present, [.. places, side]);
        }

        return new LabelMention(item, LabelState.Present, places);
    }

    /// <summary>
    /// Splits the published form: all sentences in one list, the labels of each before its locations, without a separator. Of several labels before a
    /// location, only the last certainly belongs to its sentence, so that only this one gets the location.
    /// </summary>
    private static IEnumerable<List<string>> Parts(List<string> sequence)
    {
        List<string> part = [];
        foreach (string item in sequence)
        {
            if (!IsPlace(item) && part.Count > 0)
            {
                yield return part;
                part = [];
            }

            if (!IsPlace(item) || part.Count > 0)
                part.Add(item);
        }

        if (part.Count > 0)
            yield return part;
    }

    private static bool IsPlace(string item) => item.StartsWith(PlacePrefix, StringComparison.OrdinalIgnoreCase);

    private static string Place(string item) => (IsPlace(item) ? item[PlacePrefix.Length..] : item).Trim();

    private static bool TryAge(string date, string birth, out float years)
    {
        years = float.NaN;
        if (date.Length == 0 || birth.Length == 0)
            return true;
        if (
            date.Length < 4
            || !int.TryParse(date[..4], NumberStyles.None, CultureInfo.InvariantCulture, out int study)
            || !double.TryParse(birth, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double born)
        )
            return false;
        double age = study - born;
        if (age is not (>= 0 and <= PatientFacts.OldestAge))
            return false;
        years = (float)age;
        return true;
    }
}
