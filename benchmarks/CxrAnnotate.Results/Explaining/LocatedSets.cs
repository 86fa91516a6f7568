using System.Globalization;
using Microsoft.ML;

namespace CxrAnnotate.Results.Explaining;

/// <summary>The sets whose findings have known places.</summary>
internal static class LocatedSets
{
    private const int Side = 256;

    /// <summary>JSRT's images of 2,048 pixels have 0.175 mm per pixel; these are of 256.</summary>
    private const double MillimetresPerPixel = 0.175 * 2048 / 256;

    /// <summary>Phantoms that no model was trained on, with exact masks. Words are where their finding is.</summary>
    /// <param name="folder">Where their images are written to.</param>
    /// <param name="options">The phantoms; all of them are abnormal.</param>
    internal static IEnumerable<LocatedImage> Phantoms(string folder, ChestPhantomOptions options)
    {
        Directory.CreateDirectory(folder);
        var phantom = new ChestPhantom(options with { NormalFraction = 0 });
        for (int index = 0; index < options.Studies; index++)
        {
            string path = Path.Combine(folder, ChestPhantom.StudyId(index) + ".png");
            PhantomImage image = phantom.Render(index);
            RadiographWriter.SavePng(path, image.Pixels, image.Width, image.Height);
            var truths = new List<Truth>();
            foreach (PhantomMask mask in phantom.Masks(index))
            {
                bool[] inside = [.. mask.Pixels.Select(pixel => pixel != 0)];
                string[] words = [.. mask.Term.Split('/').Select(MeshNormalization.Token)];
                truths.Add(new Truth(words[0], Truth.Finding, mask.Width, inside));
                truths.AddRange(
                    from word in words.Skip(1)
                    let kind = Truth.KindOf(word)
                    where kind is not null
                    select new Truth(word, kind, mask.Width, inside)
                );
            }

            // A word that two findings share has no one place.
            IEnumerable<Truth> single = truths.GroupBy(truth => truth.Subject).Where(of => of.Count() == 1).Select(of => of.Single());
            yield return new(path, ChestPhantom.StudyId(index), [.. single]);
        }
    }

    /// <summary>The NIH radiographs with opacity boxes, on images of 1,024 pixels: what a model calls pneumonia.</summary>
    internal static IEnumerable<LocatedImage> Nih(MLContext context, string folder, string? split) =>
        from row in Rows(context, Path.Combine(folder, "annotations.csv"), "image", "patient", "split", "opacity_boxes_1024", "annotation")
        where row[3].Length > 0 && row[4] != MeshAnnotation.Normal && (split is null || row[2] == split)
        let boxes = row[3].Split(';').Select(box => box.Split(',').Select(n => Number(n) / 1024).ToArray()).ToArray()
        select new LocatedImage(
            Path.Combine(folder, row[0]),
            row[1],
            [
                new Truth(
                    "pneumonia",
                    Truth.Finding,
                    Side,
                    Truth.Where(Side, (x, y) => boxes.Any(b => x >= b[0] && x < b[0] + b[2] && y >= b[1] && y < b[1] + b[3]))
                ),
            ]
        );

    /// <summary>The JSRT nodules, as discs.</summary>
    internal static IEnumerable<LocatedImage> Nodules(MLContext context, string folder, string? split) =>
        from one in Located(context, folder, split, "nodule_xy_256_mm")
        let place = one.Value.Split(' ').Select(Number).ToArray()
        let radius = place[2] / 2 / MillimetresPerPixel
        select one.Image with
        {
            Truths =
            [
                new Truth(
                    "nodule",
                    Truth.Finding,
                    Side,
                    Truth.Where(Side, (x, y) => Math.Pow((x * Side) - place[0], 2) + Math.Pow((y * Side) - place[1], 2) <= radius * radius)
                ),
            ],
        };

    /// <summary>
    /// The zones of the COVID-19 set with the image's highest Brixia score, where not all are alike: A, B, C are the upper, middle and lower zone of
    /// the patient's right, D, E, F of the left. A zone is a third of the height in a half of the width, since the lungs' outlines are not known.
    /// </summary>
    internal static IEnumerable<LocatedImage> BrixiaZones(MLContext context, string folder, string? split) =>
        from one in Located(context, folder, split, "brixia_ABCDEF")
        where one.Value.Distinct().Count() > 1
        let most = one.Value.Max()
        select one.Image with
        {
            Truths =
            [
                new Truth(
                    "infiltrate",
                    Truth.Finding,
                    Side,
                    Truth.Where(Side, (x, y) => one.Value[(x < 0.5 ? 0 : 3) + Math.Min((int)(3 * y), 2)] == most)
                ),
            ],
        };

    private static IEnumerable<(LocatedImage Image, string Value)> Located(MLContext context, string folder, string? split, string kind)
    {
        Dictionary<string, string> places = Rows(context, Path.Combine(folder, "regions.csv"), "image", "kind", "value")
            .Where(row => row[1] == kind)
            .ToDictionary(row => row[0], row => row[2], StringComparer.Ordinal);
        return from row in Rows(context, Path.Combine(folder, "annotations.csv"), "image", "patient", "split")
               where places.ContainsKey(row[0]) && (split is null || row[2] == split)
               select (new LocatedImage(Path.Combine(folder, row[0]), row[1], []), places[row[0]]);
    }

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);

    private static List<string[]> Rows(MLContext context, string table, params string[] columns)
    {
        using var skipped = new SkippedRows(context, table);
        CsvTable read = CsvTable.Read(table, skipped, columns);
        int[] at = [.. columns.Select(column => read.Find(column))];
        return [.. read.Rows.Select(row => at.Select(column => row[column]).ToArray())];
    }
}
