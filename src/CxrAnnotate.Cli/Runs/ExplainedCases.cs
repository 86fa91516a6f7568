namespace CxrAnnotate.Cli;

/// <summary>The heat maps of some cases of a measurement, for a report's page.</summary>
internal static class ExplainedCases
{
    /// <summary>
    /// The most pixels that are explained, so that two cores take about a quarter of a minute: a map costs as much as reading its image 144 times.
    /// By pixels rather than by time, so that a page is the same every time.
    /// </summary>
    private const int MostPixels = 80 * 96 * 96;

    /// <summary>The fewest and the most cases that are explained, if there are as many.</summary>
    private const int Fewest = 3,
        Most = 80;

    /// <summary>The maps, by the number of the case among the measured ones; empty if the model cannot be explained.</summary>
    /// <param name="cascade">The cascade that read them.</param>
    /// <param name="measured">The measurement.</param>
    /// <param name="records">The measured rows, by position.</param>
    /// <param name="threads">The number of threads; 0: one per core.</param>
    /// <param name="progress">Shows the progress.</param>
    /// <param name="cancellation">Stops between two cases.</param>
    internal static IReadOnlyDictionary<int, IReadOnlyList<HeatMap>> Of(
        RecurrentCascadeTransformer cascade,
        CascadeMeasurement measured,
        IReadOnlyList<RadiographRecord> records,
        int threads,
        ProgressReporter progress,
        CancellationToken cancellation
    )
    {
        Dictionary<int, IReadOnlyList<HeatMap>> maps = [];
        int[] cases = Chosen(measured.Scored, Budget(cascade.Loading.Height * cascade.Loading.Width));
        if (cases.Length == 0)
            return maps;
        byte[] model;
        try
        {
            model = cascade.ToOnnx();
        }
        catch (NotSupportedException)
        {
            // A decoder that samples has no graph.
            return maps;
        }

        using RadiographAnnotator annotator = RadiographAnnotator.OfModel(model, new RadiographAnnotatorOptions { Threads = threads });
        using ProgressStep step = progress.Begin("Explaining readings", cases.Length, "images");
        foreach (int number in cases)
        {
            cancellation.ThrowIfCancellationRequested();
            maps[number] = annotator.Explain(records[measured.Scored.Rows[number].Index].ImagePath).HeatMaps;
            step.Report(maps.Count);
        }

        return maps;
    }

    /// <summary>How many images of a size are explained.</summary>
    internal static int Budget(int pixels) => Math.Clamp(MostPixels / pixels, Fewest, Most);

    /// <summary>
    /// Cases in which a finding was read, of those with a large image, in their order: as many with a mistake as without, if there are.
    /// </summary>
    internal static int[] Chosen(ScoredRows scored, int most)
    {
        int[] found =
        [
            .. MeasuredCases
                .WithImage(scored.Rows.Count)
                .Where(number => scored.LabelsOf(scored.Rows[number]).Named.Any(label => label != MeshAnnotation.Normal)),
        ];
        int[] wrong = [.. found.Where(number => !IsRight(number))],
            right = [.. found.Where(IsRight)];
        int mistakes = Math.Min(wrong.Length, Math.Max((most + 1) / 2, most - right.Length));
        return [.. wrong.Take(mistakes).Concat(right.Take(most - mistakes)).Order()];

        bool IsRight(int number) => scored.Rows[number].AnnotationTokens == scored.Rows[number].Caption;
    }
}
