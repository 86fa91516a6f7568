namespace CxrAnnotate;

/// <summary>A figure at the top of a page.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Value">The figure.</param>
/// <param name="Interval">Its interval.</param>
/// <param name="Baseline">What is reached without the image.</param>
/// <param name="Section">The section that says more.</param>
internal sealed record SummaryTile(string Name, string Value, string Interval, string Baseline, string Section);

/// <summary>What a reader wants to know first, in three sentences and five figures.</summary>
internal sealed class ReportSummary(AnnotationReport report, ReportPage page, ReportFigures figures)
{
    private const int MostTiles = 5;

    private bool IsPooled => figures.Main.Question != "abnormal";

    internal IEnumerable<string> Sentences()
    {
        yield return page.Lead;
        if (figures.Main.Roc.Points.Count > 0)
        {
            OperatingPoint point = figures.Main.OperatingPoints[0];
            string found = point.Specificity.Value >= ReportFigures.OperatingShare
                ? $" At {ReportHtml.Percent(point.Specificity.Value)} specificity it finds {ReportHtml.Percent(point.Sensitivity.Value)} of "
                    + $"{(IsPooled ? "what is there" : "the abnormal ones")}{Between(point.Sensitivity)}."
                : "";
            yield return (
                    IsPooled
                        ? $"It ranks what is there above what is not with an AUROC of {ReportHtml.Shown(figures.Main.Roc.Area)} over all labels."
                        : $"It tells abnormal from normal with an AUROC of {ReportHtml.Shown(figures.Main.Roc.Area)}."
                ) + found;
        }
        if (report.IsMultiLabel && figures.Labels.Count > 1)
        {
            QuestionFigures best = figures.Labels.MaxBy(label => label.Roc.Area.Value)!,
                worst = figures.Labels.MinBy(label => label.Roc.Area.Value)!;
            yield return $"It recognizes {Name(best)} best (AUROC {ReportHtml.Number(best.Roc.Area.Value)}) and {Name(worst)} worst "
                + $"({ReportHtml.Number(worst.Roc.Area.Value)}).";
        }
        else if (report.Abnormal.LabelledCases > 0 && double.IsFinite(report.Abnormal.Accuracy.Value))
        {
            Confusion? mistake = figures.Confusion?.MostFrequent(int.MaxValue).FirstOrDefault(one => one.True != MeshAnnotation.Normal);
            yield return $"It names the finding of {ReportHtml.Percent(report.Abnormal.Accuracy.Value)} of the abnormal ones rightly"
                + Between(report.Abnormal.Accuracy)
                + (mistake is null ? "." : $"; most often {ReportHtml.Plain(mistake.True)} is read as {ReportHtml.Plain(mistake.Named)}.");
        }
    }

    internal IReadOnlyList<SummaryTile> Tiles()
    {
        AnnotationFigures whole = report.Whole,
            abnormal = report.Abnormal;
        OperatingPoint point = figures.Main.OperatingPoints[0];
        // A few radiographs say too little to stand at the top.
        Estimate side =
            whole.Slots.FirstOrDefault(slot => slot.Slot == "side" && slot.Cases >= SubgroupGap.DefaultMinimumCases)?.Accuracy
            ?? new Estimate(double.NaN);
        SummaryTile?[] candidates =
        [
            IsPooled && report.IsMultiLabel
                ? Plain("Mean AUROC of the findings", whole.MacroAuroc, "chance 0.500", "curves")
                : Plain(IsPooled ? "AUROC, all labels" : "AUROC, abnormal or normal", figures.Main.Roc.Area, Auroc(), "curves"),
            figures.Main.Roc.Points.Count == 0
                ? null
                : Share(
                    $"Sensitivity at {ReportHtml.Percent(point.Specificity.Value)} specificity",
                    point.Sensitivity,
                    $"chance {ReportHtml.Percent(1 - point.Specificity.Value)}",
                    "curves"
                ),
            report.IsMultiLabel
                ? Share("F1 over all findings", whole.MicroF1, Without(f => f.MicroF1.Value), "mistakes")
                : Share(
                    "Finding right, abnormal ones",
                    abnormal.Accuracy,
                    $"most frequent one {ReportHtml.Percent(abnormal.MajorityAccuracy.Value)}",
                    "mistakes"
                ),
            report.IsMultiLabel
                ? Share("Annotation right, every term", whole.ExactMatch, Without(f => f.ExactMatch.Value), "parts")
                : Share(
                    "Side right, where there is one",
                    side,
                    MostFrequent("side") is { } usual ? $"always {usual.Value} {ReportHtml.Percent(usual.Share)}" : "",
                    "parts"
                ),
            Plain("Calibration error (ECE)", figures.Reliability.Ece, "0 is best", "calibration"),
            Share("Annotation right, every word", whole.ExactMatch, Without(f => f.ExactMatch.Value), "parts"),
            Share("Labels right", whole.Accuracy, Without(f => f.Accuracy.Value), "mistakes"),
            Plain("Mean AUROC of the labels", whole.MacroAuroc, "chance 0.500", "findings"),
        ];
        return [.. candidates.OfType<SummaryTile>().DistinctBy(tile => tile.Name).Take(MostTiles)];
    }

    /// <summary>
    /// The most frequent content of a slot, over the true annotations that fill it, and its share: what is right without looking at the image.
    /// </summary>
    internal (string Value, double Share)? MostFrequent(string slot)
    {
        int index = AnnotationSlots.Names.ToList().IndexOf(slot);
        string[] values =
        [
            .. page
                .Cases.Select(one => AnnotationSlots.Parse(one.TruthTokens)[index])
                .Where(content => content.Count > 0)
                .Select(content => string.Join(", ", content.Order(StringComparer.Ordinal).Select(ReportHtml.Plain))),
        ];
        return values.Length == 0
            ? null
            : values
                .GroupBy(value => value, StringComparer.Ordinal)
                .OrderByDescending(same => same.Count())
                .ThenBy(same => same.Key, StringComparer.Ordinal)
                .Select(same => (same.Key, (double)same.Count() / values.Length))
                .First();
    }

    /// <summary>The best ranking without the image: by the source or the view, where they are known.</summary>
    private string Auroc() =>
        ReportHtml.BestBaseline(report, f => IsPooled ? f.MacroAuroc.Value : f.AbnormalAuroc.Value, abnormal: false) is { Value: > 0.5 } best
            ? $"{best.Name} {ReportHtml.Number(best.Value)}"
            : "chance 0.500";

    private string Without(Func<AnnotationFigures, double> figure, bool abnormal = false) =>
        ReportHtml.BestBaseline(report, figure, abnormal) is { } best ? $"{best.Name} {ReportHtml.Percent(best.Value)}" : "";

    private static SummaryTile? Plain(string name, Estimate estimate, string baseline, string section) =>
        double.IsFinite(estimate.Value)
            ? new(
                name,
                ReportHtml.Number(estimate.Value),
                double.IsFinite(estimate.Low) ? $"{ReportHtml.Number(estimate.Low)} to {ReportHtml.Number(estimate.High)}" : "",
                baseline,
                section
            )
            : null;

    private static SummaryTile? Share(string name, Estimate estimate, string baseline, string section) =>
        double.IsFinite(estimate.Value)
            ? new(name, ReportHtml.Percent(estimate.Value), double.IsFinite(estimate.Low) ? ReportHtml.PercentRange(estimate) : "", baseline, section)
            : null;

    private static string Between(Estimate estimate) =>
        double.IsFinite(estimate.Low) ? $" ({ReportHtml.PercentRange(estimate)})" : "";

    private static string Name(QuestionFigures label) => ReportHtml.Plain(label.Question);
}
