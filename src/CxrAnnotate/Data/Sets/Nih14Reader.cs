using Microsoft.ML.Runtime;

namespace CxrAnnotate;

/// <summary>
/// Reads rows from NIH ChestX-ray14: <c>Data_Entry_2017.csv</c> or its 2020 edition, and the lists of the official split beside it.
/// </summary>
internal static class Nih14Reader
{
    internal const string Source = "nih14";

    internal static readonly string[] Tables = ["Data_Entry_2017_v2020.csv", "Data_Entry_2017.csv"];

    internal static List<RadiographRecord> Read(string path, string? imageFolder, IChannelProvider log)
    {
        string file = SetFolder.Table(path, "NIH ChestX-ray14", Tables),
            folder = SetFolder.Of(file);
        using var skipped = new SkippedRows(log, file);
        var table = CsvTable.Read(
            file,
            skipped,
            "Image Index",
            "Finding Labels",
            "Patient ID",
            "Patient Age",
            "Patient Gender",
            "Patient Sex",
            "View Position"
        );
        int image = table.Require("Image Index"),
            labels = table.Require("Finding Labels"),
            patient = table.Require("Patient ID");
        int age = table.Find("Patient Age"),
            sex = table.Find("Patient Gender", "Patient Sex"),
            view = table.Find("View Position");
        Dictionary<string, string> sides = Sides(folder, skipped);
        UnusedValues badAges = skipped.Values("ages are not from 0 to 120 years and count as unknown"),
            unknown = skipped.Values("labels are not among the 14 and are used unchanged"),
            unsplit = skipped.Values("images are in neither list of the official split");
        var images = new ImageFinder(imageFolder ?? folder);
        var findings = new SourceLabels(LabelMap.Of(Source), UncertaintyPolicy.Ignore, unknown);
        var rows = new List<(RadiographRecord Row, int Line, bool Found)>(table.Rows.Count);
        foreach (CsvLine row in table.Rows)
        {
            string name = row[image];
            if (name.Length == 0 || row[patient].Length == 0)
                skipped.Skip(row.Line, "no image or no patient.");
            else if (row[labels].Length == 0)
                skipped.Skip(row.Line, $"no label for '{name}'; expected 'No Finding' if there is none.");
            else if (!images.IsNew(name))
                skipped.Skip(row.Line, $"'{name}' is listed twice.");
            else
            {
                if (!PatientFacts.TryAge(row[age], out float years))
                    badAges.Add(row.Line, row[age]);
                string? side = sides.GetValueOrDefault(name);
                if (side is null && sides.Count > 0)
                    unsplit.Add(row.Line, name);
                bool found = images.TryFind(name, out string place);
                SourceFindings said = findings.Of(Mentions(row[labels]), row.Line);
                rows.Add(
                    (
                        new RadiographRecord
                        {
                            ImagePath = place,
                            Mesh = said.Mesh,
                            FindingLabels = said.FindingLabels,
                            AbsentLabels = said.AbsentLabels,
                            AbsentFindings = said.AbsentFindings,
                            StudyId = Path.GetFileNameWithoutExtension(name),
                            PatientId = row[patient],
                            View = row[view],
                            Source = Source,
                            Split = side ?? "",
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

    /// <summary>The set's own definition: of its 14 findings, those not named are absent.</summary>
    private static List<LabelMention> Mentions(string labels)
    {
        string[] present = labels.Split('|', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        return
        [
            .. present.Select(label => new LabelMention(label, LabelState.Present)),
            .. LabelMap
                .Of(Source)
                .Names.Skip(1)
                .Except(present, StringComparer.OrdinalIgnoreCase)
                .Select(label => new LabelMention(label, LabelState.Absent)),
        ];
    }

    private static Dictionary<string, string> Sides(string folder, SkippedRows skipped)
    {
        var sides = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach ((string list, string side) in ((string, string)[])[("train_val_list.txt", "train"), ("test_list.txt", "test")])
        {
            string file = Path.Combine(folder, list);
            if (!File.Exists(file))
                continue;
            foreach (
                string name in TextFile.Read(file, out _).Split(['\r', '\n'], StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            )
            {
                if (!sides.TryAdd(name, side) && sides[name] != side)
                {
                    skipped.Note($"'{name}' is in both lists of the official split and counts as a test image.");
                    sides[name] = side;
                }
            }
        }

        return sides;
    }
}
