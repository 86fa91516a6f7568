using Microsoft.ML.Runtime;

namespace CxrAnnotate;

/// <summary>Reads rows from CheXpert: <c>train.csv</c>, <c>valid.csv</c> and <c>test.csv</c>, or another table with the same columns.</summary>
internal static class CheXpertReader
{
    internal const string Source = "chexpert";

    private static readonly string[] _tables = ["train.csv", "valid.csv", "test.csv"];

    internal static List<RadiographRecord> Read(string path, UncertaintyPolicy policy, string? imageFolder, IChannelProvider log)
    {
        string first = SetFolder.Table(path, "CheXpert", _tables);
        string[] files = first == path ? [path] : [.. _tables.Select(table => SetFolder.Find(path, table)).OfType<string>()];
        // patient00001/study1/view1_frontal.jpg identifies an image; the folders above differ between editions (small, in batches).
        var images = new ImageFinder(imageFolder ?? SetFolder.Of(first), depth: 3);
        return [.. files.SelectMany(file => ReadTable(file, policy, images, log))];
    }

    private static List<RadiographRecord> ReadTable(string file, UncertaintyPolicy policy, ImageFinder images, IChannelProvider log)
    {
        using var skipped = new SkippedRows(log, file);
        var table = CsvTable.Read(file, skipped, ["Path", "Sex", "Age", "Frontal/Lateral", "AP/PA", .. CheXpertLabels.Columns]);
        int image = table.Require("Path"),
            sex = table.Find("Sex"),
            age = table.Find("Age"),
            plane = table.Find("Frontal/Lateral"),
            projection = table.Find("AP/PA");
        var labels = new CheXpertLabels(table, policy, skipped);
        UnusedValues badAges = skipped.Values("ages are not from 1 to 120 years and count as unknown");
        string side = Side(Path.GetFileName(file));
        var rows = new List<(RadiographRecord Row, int Line, bool Found)>(table.Rows.Count);
        foreach (CsvLine row in table.Rows)
        {
            string[] parts = row[image].Split('/', '\\');
            if (parts.Length < 3 || parts[^3..].Any(part => part.Length == 0))
                skipped.Skip(row.Line, $"the path '{row[image]}' does not end in PATIENT/STUDY/IMAGE.");
            else if (!images.IsNew(row[image]))
                skipped.Skip(row.Line, $"'{row[image]}' is listed twice.");
            else
            {
                // All patients of this set are 18 or older; an age of 0 means unknown.
                if (!PatientFacts.TryAge(row[age], out float years) || years == 0)
                {
                    badAges.Add(row.Line, row[age]);
                    years = float.NaN;
                }

                bool found = images.TryFind(row[image], out string place);
                SourceFindings said = labels.Of(row);
                bool lateral = row[plane].StartsWith("lat", StringComparison.OrdinalIgnoreCase);
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
                            StudyId = $"{parts[^3]}/{parts[^2]}",
                            PatientId = parts[^3],
                            View = lateral || row[projection].Length == 0 ? row[plane] : row[projection],
                            Source = Source,
                            Split = side,
                            PatientSex = PatientFacts.Sex(row[sex]),
                            PatientAge = years,
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

    private static string Side(string name) =>
        name switch
        {
            _ when name.StartsWith("train", StringComparison.OrdinalIgnoreCase) => "train",
            _ when name.StartsWith("val", StringComparison.OrdinalIgnoreCase) => "val",
            _ when name.StartsWith("test", StringComparison.OrdinalIgnoreCase) => "test",
            _ => "",
        };
}
