namespace CxrAnnotate.Cli;

/// <summary>The individual images of a measurement, for a gallery.</summary>
internal static class MeasuredCases
{
    /// <summary>The side of an embedded image in pixels.</summary>
    private const int EmbeddedSize = 320;

    private static readonly string[] ShownByBrowsers = [".png", ".jpg", ".jpeg", ".gif", ".webp", ".bmp"];

    /// <summary>One case for each image that could be read.</summary>
    /// <param name="measured">The measurement.</param>
    /// <param name="records">The measured rows, by position.</param>
    /// <param name="withNames">Whether to show file names and link the files; otherwise images are numbered and embedded, and the page reveals no
    /// path.</param>
    internal static IEnumerable<GalleryCase> Of(CascadeMeasurement measured, IReadOnlyList<RadiographRecord> records, bool withNames) =>
        measured.Scored.Rows.Select(
            (row, number) =>
            {
                RadiographRecord record = records[row.Index];
                return new GalleryCase(
                    withNames ? Path.GetFileName(record.ImagePath) : $"Image {number + 1}",
                    withNames && ShownByBrowsers.Contains(Path.GetExtension(record.ImagePath), StringComparer.OrdinalIgnoreCase)
                        ? GalleryImage.Linked(record.ImagePath)
                        : Embedded(record.ImagePath),
                    row.Annotation,
                    row.AnnotationProbability,
                    record.Mesh,
                    measured.IsMultiLabel ? CompareFindings(row.AnnotationTokens, row.Caption) : Compare(row.AnnotationTokens, row.Caption)
                )
                {
                    IsMultiLabel = measured.IsMultiLabel,
                };
            }
        );

    /// <summary>
    /// A representative selection of the cases: for every true finding, images read correctly, partly and wrongly, if any, and a few normal ones.
    /// The selection follows the order of the images, not how well they were read.
    /// </summary>
    internal static IReadOnlyList<GalleryCase> Balanced(IReadOnlyList<GalleryCase> cases, int ofEachVerdict, int normals)
    {
        IEnumerable<GalleryCase> Some(IEnumerable<GalleryCase> of, int most) =>
            of.GroupBy(one => one.Verdict).OrderBy(verdict => verdict.Key).SelectMany(verdict => verdict.Take(most));
        return
        [
            .. cases
                .Where(one => !one.IsNormal)
                .GroupBy(one => one.Finding, StringComparer.Ordinal)
                .OrderBy(finding => finding.Key, StringComparer.Ordinal)
                .SelectMany(finding => Some(finding, ofEachVerdict)),
            .. Some(cases.Where(one => one.IsNormal), normals),
        ];
    }

    private static IReadOnlyList<SlotComparison> Compare(string read, string truth)
    {
        AnnotationSlots predicted = AnnotationSlots.Parse(read),
            actual = AnnotationSlots.Parse(truth);
        // The zone is part of the location, which is shown as a whole.
        return
        [
            .. AnnotationSlots
                .Names.Select((name, slot) => (name, slot))
                .Where(s => s.slot != AnnotationSlots.Zone)
                .Select(s => new SlotComparison(s.name, Text(predicted[s.slot]), Text(actual[s.slot]))),
        ];
    }

    /// <summary>Finding by finding, in the order of the truth and then of what was read: its context in words.</summary>
    private static IReadOnlyList<SlotComparison> CompareFindings(string read, string truth)
    {
        Dictionary<string, string> predicted = Terms(read),
            actual = Terms(truth);
        return
        [
            .. actual
                .Keys.Concat(predicted.Keys.Except(actual.Keys))
                .Select(heading => new SlotComparison(
                    heading.Replace('_', ' '),
                    predicted.GetValueOrDefault(heading),
                    actual.GetValueOrDefault(heading)
                )),
        ];
    }

    private static Dictionary<string, string> Terms(string tokens) =>
        tokens
            .Split('|', StringSplitOptions.TrimEntries)
            .Select(term => term.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Where(words => words.Length > 0 && words is not [MeshAnnotation.Normal])
            .GroupBy(words => words[0], StringComparer.Ordinal)
            .ToDictionary(
                terms => terms.Key,
                terms => string.Join("; ", terms.Select(Context).Distinct().Order(StringComparer.Ordinal)),
                StringComparer.Ordinal
            );

    /// <summary>A term's qualifiers in a fixed order, since their order has no meaning.</summary>
    private static string Context(string[] term) =>
        term.Length == 1 ? "there" : string.Join(", ", term.Skip(1).Distinct().Order(StringComparer.Ordinal).Select(word => word.Replace('_', ' ')));

    private static string? Text(IReadOnlySet<string> values) =>
        values.Count == 0 ? null : string.Join(", ", values.Order(StringComparer.Ordinal).Select(value => value.Replace('_', ' ')));

    private static GalleryImage Embedded(string file) => GalleryImage.Embedded(() => RadiographPreview.Png(file, EmbeddedSize));
}
