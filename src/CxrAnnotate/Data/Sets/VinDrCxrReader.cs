using System.Globalization;
using Microsoft.ML.Runtime;

namespace CxrAnnotate;

/// <summary>
/// Reads rows from VinDr-CXR: tables with a row for each image and radiologist and a column for each label (<c>image_labels_train.csv</c>), or with a
/// row for each finding or box (<c>annotations_train.csv</c>, and <c>train.csv</c> on Kaggle).
/// </summary>
internal static class VinDrCxrReader
{
    internal const string Source = "vindr-cxr";

    private const string Folder = "annotations",
        Image = "image_id",
        Radiologist = "rad_id",
        Class = "class_name",
        Other = "Other disease",
        Others = "Other diseases";

    /// <summary>The tables of one side each, the preferred form first: only the tables of labels have the diagnoses.</summary>
    private static readonly string[][] _sides =
    [
        [Folder + "/image_labels_train.csv", "image_labels_train.csv", Folder + "/annotations_train.csv", "annotations_train.csv", "train.csv"],
        [Folder + "/image_labels_test.csv", "image_labels_test.csv", Folder + "/annotations_test.csv", "annotations_test.csv"],
    ];

    /// <summary>The tables that a folder of the set may have.</summary>
    internal static string[] Tables { get; } = [.. _sides.SelectMany(side => side)];

    /// <summary>Whether a table has the columns of one of the two forms.</summary>
    /// <param name="has">Whether it has all the named columns.</param>
    internal static bool IsTable(Func<string[], bool> has) =>
        has([Image, "Aortic enlargement", "No finding"]) || has([Image, Class, "x_min", "y_max"]);

    internal static List<RadiographRecord> Read(string path, UncertaintyPolicy policy, string? imageFolder, IChannelProvider log)
    {
        string first = SetFolder.Table(path, "VinDr-CXR", Tables),
            folder = SetFolder.Of(first);
        string[] files = first == path ? [path] : [.. _sides.Select(side => SetFolder.Find(path, side)).OfType<string>()];
        if (Path.GetFileName(folder).Equals(Folder, StringComparison.OrdinalIgnoreCase))
            folder = Path.GetDirectoryName(folder)!;
        var images = new ImageFinder(imageFolder ?? folder);
        return [.. files.SelectMany(file => ReadTable(file, policy, images, log))];
    }

    private static List<RadiographRecord> ReadTable(string file, UncertaintyPolicy policy, ImageFinder images, IChannelProvider log)
    {
        using var skipped = new SkippedRows(log, file);
        var table = CsvTable.Read(file, skipped);
        string side = Side(Path.GetFileName(file));
        UnusedValues unknown = skipped.Values("classes are in no map and stand for themselves"),
            bad = skipped.Values("labels are neither 1, 0 nor blank and count as not said"),
            repeated = skipped.Values("images are in another table, too, and are left out here");
        var findings = new SourceLabels(LabelMap.Of(Source), policy, unknown);
        List<ImageVotes> votes = table.Find(Class) >= 0 ? VotesOfClasses(table, skipped) : VotesOfColumns(table, skipped, bad);
        var rows = new List<(RadiographRecord Row, int Line, bool Found)>(votes.Count);
        foreach (ImageVotes image in votes)
        {
            if (!images.IsNew(image.Name))
            {
                repeated.Add(image.Line, image.Name);
                continue;
            }

            bool found = images.TryFind($"{(side == "test" ? side : "train")}/{image.Name}.dicom", out string place);
            SourceFindings said = findings.Of(image.Mentions, image.Line);
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
                        StudyId = image.Name,
                        PatientId = image.Name,
                        View = "PA",
                        Source = Source,
                        Split = side,
                        BodyPart = "CHEST",
                    },
                    image.Line,
                    found
                )
            );
        }

        List<RadiographRecord> used = images.WithImages(rows, skipped);
        skipped.Complete(table.Rows.Count - skipped.Count, "rows");
        return used;
    }

    /// <summary>A column for each label; a row is one radiologist's opinion, or the consensus.</summary>
    private static List<ImageVotes> VotesOfColumns(CsvTable table, SkippedRows skipped, UnusedValues bad)
    {
        int image = table.Require(Image),
            radiologist = table.Find(Radiologist);
        (string Label, int Column)[] columns =
        [
            // The table of the training images writes 'Other diseases'.
            .. LabelMap
                .Of(Source)
                .Names.Select(label => (label, label == Other ? table.Find(label, Others) : table.Find(label)))
                .Where(column => column.Item2 >= 0),
        ];
        if (columns.Length == 0)
            table.Require([.. LabelMap.Of(Source).Names]);
        var images = new OrderedDictionary<string, ImageVotes>(StringComparer.Ordinal);
        foreach (CsvLine row in table.Rows)
        {
            if (ImageOf(row, image, images, skipped) is not { } votes)
                continue;
            // Without their names every row is another one's.
            if (!votes.Radiologists.Add(radiologist < 0 ? row.Line.ToString(CultureInfo.InvariantCulture) : row[radiologist]))
            {
                skipped.Skip(row.Line, $"the image '{votes.Name}' has a row of the radiologist '{row[radiologist]}' already.");
                continue;
            }

            foreach ((string label, int column) in columns)
            {
                if (row[column] is "1" or "1.0")
                    votes.Count(label, present: 1, of: 1);
                else if (row[column] is "0" or "0.0")
                    votes.Count(label, present: 0, of: 1);
                else if (row[column].Length > 0)
                    bad.Add(row.Line, $"{label}: {row[column]}");
            }
        }

        return [.. images.Values];
    }

    /// <summary>
    /// A row for each finding of a radiologist, or for each box. A radiologist of an image who has no row for a class that the table has elsewhere
    /// says that it is absent.
    /// </summary>
    private static List<ImageVotes> VotesOfClasses(CsvTable table, SkippedRows skipped)
    {
        int image = table.Require(Image),
            name = table.Require(Class),
            radiologist = table.Find(Radiologist);
        var images = new OrderedDictionary<string, ImageVotes>(StringComparer.Ordinal);
        var said = new HashSet<(string Image, string Label, string Radiologist)>();
        foreach (CsvLine row in table.Rows)
        {
            if (LabelTerm.Cleaned(row[name]).Length == 0)
                skipped.Skip(row.Line, "no class.");
            else if (ImageOf(row, image, images, skipped) is { } votes)
            {
                votes.Radiologists.Add(row[radiologist]);
                said.Add((votes.Name, row[name].Equals(Others, StringComparison.OrdinalIgnoreCase) ? Other : row[name], row[radiologist]));
            }
        }

        ILookup<string, string> byImage = said.ToLookup(one => one.Image, one => one.Label, StringComparer.Ordinal);
        string[] classes = [.. said.Select(one => one.Label).Distinct(StringComparer.OrdinalIgnoreCase)];
        IReadOnlyList<string> known = LabelMap.Of(Source).Names;
        string[] ordered =
        [
            .. known.Intersect(classes, StringComparer.OrdinalIgnoreCase),
            .. classes.Except(known, StringComparer.OrdinalIgnoreCase).Order(StringComparer.Ordinal),
        ];
        foreach (ImageVotes votes in images.Values)
        {
            foreach (string label in ordered)
                votes.Count(
                    label,
                    byImage[votes.Name].Count(one => one.Equals(label, StringComparison.OrdinalIgnoreCase)),
                    votes.Radiologists.Count
                );
        }

        return [.. images.Values];
    }

    private static ImageVotes? ImageOf(CsvLine row, int image, OrderedDictionary<string, ImageVotes> images, SkippedRows skipped)
    {
        string name = row[image];
        if (name.Length == 0 || name.AsSpan().ContainsAny('/', '\\'))
        {
            skipped.Skip(row.Line, "no image.");
            return null;
        }

        if (!images.TryGetValue(name, out ImageVotes? votes))
            images.Add(name, votes = new ImageVotes(name, row.Line));
        return votes;
    }

    private static string Side(string name) =>
        name.Contains("test", StringComparison.OrdinalIgnoreCase) ? "test"
        : name.Contains("train", StringComparison.OrdinalIgnoreCase) ? "train"
        : "";
}
