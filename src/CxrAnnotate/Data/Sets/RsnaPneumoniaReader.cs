using Microsoft.ML.Runtime;

namespace CxrAnnotate;

/// <summary>
/// Rows from the RSNA Pneumonia Detection Challenge: <c>stage_2_train_labels.csv</c>, which has a row for each box, and the classes of
/// <c>stage_2_detailed_class_info.csv</c> beside it.
/// </summary>
internal static class RsnaPneumoniaReader
{
    internal const string Source = "rsna-pneumonia";

    internal const string Table = "stage_2_train_labels.csv";

    private const string Classes = "stage_2_detailed_class_info.csv",
        Opacity = "Lung Opacity",
        Other = "No Lung Opacity / Not Normal",
        Normal = "Normal";

    internal static List<RadiographRecord> Read(string path, string? imageFolder, IChannelProvider log)
    {
        string file = SetFolder.Table(path, "the RSNA Pneumonia Detection Challenge", Table),
            folder = SetFolder.Of(file);
        using var skipped = new SkippedRows(log, file);
        var table = CsvTable.Read(file, skipped, "patientId", "Target");
        int image = table.Require("patientId"),
            target = table.Require("Target");
        Dictionary<string, HashSet<string>>? classes = ClassesOf(folder, skipped, log);
        UnusedValues unknown = skipped.Values("classes are none of the three and stand for themselves"),
            unclassed = skipped.Values($"images are not in '{Classes}'"),
            contradictory = skipped.Values("images have a class that contradicts their target, or several classes, and have no annotation");
        var images = new ImageFinder(imageFolder ?? folder);
        var findings = new SourceLabels(LabelMap.Of(Source), UncertaintyPolicy.Ignore, unknown);
        var rows = new List<(RadiographRecord Row, int Line, bool Found)>();
        // An image has a row for each of its boxes.
        foreach (
            IGrouping<string, CsvLine> boxes in Usable(table.Rows, image, target, skipped).GroupBy(row => row[image], StringComparer.Ordinal)
        )
        {
            int line = boxes.First().Line;
            HashSet<string> targets = [.. boxes.Select(row => row[target])];
            HashSet<string>? named = classes?.GetValueOrDefault(boxes.Key);
            if (classes is not null && named is null)
                unclassed.Add(line, boxes.Key);
            bool sound = targets.Count == 1 && (named is null || (named.Count == 1 && named.Contains(Opacity) == targets.Contains("1")));
            if (!sound)
                contradictory.Add(line, boxes.Key);
            SourceFindings said = sound ? findings.Of(Mentions(named?.Single(), targets.Contains("1")), line) : SourceFindings.None;
            bool found = images.TryFind($"stage_2_train_images/{boxes.Key}.dcm", out string place);
            rows.Add(
                (
                    new RadiographRecord
                    {
                        ImagePath = place,
                        Mesh = said.Mesh,
                        FindingLabels = said.FindingLabels,
                        AbsentLabels = said.AbsentLabels,
                        AbsentFindings = said.AbsentFindings,
                        StudyId = boxes.Key,
                        PatientId = boxes.Key,
                        Source = Source,
                        BodyPart = "CHEST",
                    },
                    line,
                    found
                )
            );
        }

        List<RadiographRecord> used = images.WithImages(rows, skipped);
        skipped.Complete(table.Rows.Count - skipped.Count, "rows");
        return used;
    }

    private static IEnumerable<CsvLine> Usable(IReadOnlyList<CsvLine> rows, int image, int target, SkippedRows skipped)
    {
        foreach (CsvLine row in rows)
        {
            if (row[image].Length == 0 || row[image].AsSpan().ContainsAny('/', '\\'))
                skipped.Skip(row.Line, "no image.");
            else if (row[target] is not ("0" or "1"))
                skipped.Skip(row.Line, $"the target '{row[target]}' is neither 0 nor 1.");
            else
                yield return row;
        }
    }

    /// <summary>The classes exclude each other. Of an image with an opacity it is not known whether there is something else.</summary>
    /// <param name="name">The image's class; null where only the target is known.</param>
    /// <param name="opacity">The target.</param>
    private static IReadOnlyList<LabelMention> Mentions(string? name, bool opacity) =>
        name switch
        {
            Normal => [new(Normal, LabelState.Present), new(Opacity, LabelState.Absent), new(Other, LabelState.Absent)],
            { } other when other != Opacity => [new(other, LabelState.Present), new(Opacity, LabelState.Absent)],
            _ => [new(Opacity, opacity ? LabelState.Present : LabelState.Absent)],
        };

    private static Dictionary<string, HashSet<string>>? ClassesOf(string folder, SkippedRows labels, IChannelProvider log)
    {
        if (SetFolder.Find(folder, Classes) is not { } file)
        {
            labels.Note(
                $"'{Classes}' is not beside it. Images without an opacity may be normal or not, and have no annotation; put the table there to tell."
            );
            return null;
        }

        using var skipped = new SkippedRows(log, file);
        var table = CsvTable.Read(file, skipped, "patientId", "class");
        int image = table.Require("patientId"),
            name = table.Require("class");
        var classes = new Dictionary<string, HashSet<string>>(StringComparer.Ordinal);
        foreach (CsvLine row in table.Rows)
        {
            if (row[image].Length == 0 || row[name].Length == 0)
                skipped.Skip(row.Line, "no image or no class.");
            else if (!classes.TryGetValue(row[image], out HashSet<string>? named))
                classes.Add(row[image], [row[name]]);
            else
                named.Add(row[name]);
        }

        skipped.Complete(table.Rows.Count - skipped.Count, "rows");
        return classes;
    }
}
