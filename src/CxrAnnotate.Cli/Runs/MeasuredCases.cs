namespace CxrAnnotate.Cli;

/// <summary>The individual images of a measurement, for a report's page.</summary>
internal static class MeasuredCases
{
    /// <summary>The longer side in pixels of the image for a closer look.</summary>
    private const int ImageSize = 640;

    /// <summary>The number of cases with such an image, chosen evenly: beyond, the file would be too large for a mail.</summary>
    private const int MostImages = 240;

    /// <summary>One case for each image that could be read.</summary>
    /// <param name="measured">The measurement.</param>
    /// <param name="records">The measured rows, by position.</param>
    /// <param name="groups">The columns by which they are grouped, by position.</param>
    /// <param name="fit">How the model fits images, of which the page shows as much as the model sees; null: thumbnails are enough.</param>
    /// <param name="withNames">Whether to show file names; otherwise images are numbered, and the page reveals no name.</param>
    /// <param name="maps">The heat maps by the number of the case (<see cref="ExplainedCases"/>).</param>
    internal static IReadOnlyList<ReportCase> Of(
        CascadeMeasurement measured,
        IReadOnlyList<RadiographRecord> records,
        IReadOnlyList<GroupColumn> groups,
        ImageFit? fit,
        bool withNames,
        IReadOnlyDictionary<int, IReadOnlyList<HeatMap>> maps
    )
    {
        ScoredRows scored = measured.Scored;
        int side = ThumbnailSize(scored.Rows.Count);
        HashSet<int> large = [.. WithImage(scored.Rows.Count)];
        return
        [
            .. scored.Rows.Select(
                (row, number) =>
                {
                    RadiographRecord record = records[row.Index];
                    Labelling labels = scored.LabelsOf(row);
                    return new ReportCase
                    {
                        Name = withNames ? Path.GetFileName(record.ImagePath) : $"Image {number + 1}",
                        Truth = record.Mesh,
                        Read = row.Annotation,
                        TruthTokens = row.Caption,
                        ReadTokens = row.AnnotationTokens,
                        Probability = row.AnnotationProbability,
                        Probabilities = [.. row.Score.Select(score => (double)score)],
                        ProbabilitiesBefore = measured.Calibration is { } calibration
                            ? [.. calibration.Undo(row.Score).Select(score => (double)score)]
                            : null,
                        TrueLabels = labels.True,
                        UnknownLabels = labels.Unknown,
                        NamedLabels = labels.Named,
                        Unit = record.PatientId.Length > 0 ? record.PatientId : record.StudyId,
                        Groups = [.. groups.Select(column => column.Values[row.Index])],
                        Thumbnail = () => RadiographPreview.WebP(record.ImagePath, side, quality: 70),
                        HeatMaps = maps.GetValueOrDefault(number, []),
                        Image = fit is { } seen && large.Contains(number) ? () => RadiographPreview.WebP(record.ImagePath, ImageSize, seen) : null,
                    };
                }
            ),
        ];
    }

    /// <summary>The side of the small images: the more there are, the smaller.</summary>
    private static int ThumbnailSize(int cases) =>
        cases <= 1000 ? 160
        : cases <= 3000 ? 128
        : 96;

    /// <summary>The cases that get a large image: all, or one of every so many.</summary>
    internal static IEnumerable<int> WithImage(int cases) =>
        cases <= MostImages
            ? Enumerable.Range(0, cases)
            : Enumerable.Range(0, MostImages).Select(k => (int)((long)k * cases / MostImages));
}
