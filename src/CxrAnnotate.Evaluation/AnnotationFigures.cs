namespace CxrAnnotate;

/// <summary>Every figure over one set of cases. Undefined figures are NaN, never 0.</summary>
public sealed record AnnotationFigures
{
    /// <summary>The number of cases.</summary>
    public required int Cases { get; init; }

    /// <summary>The cases that have a true label; the others count for the annotation figures only.</summary>
    public required int LabelledCases { get; init; }

    /// <summary>The cases that have a true annotation; the others count for the classification figures only.</summary>
    public required int AnnotatedCases { get; init; }

    /// <summary>The share of right labels.</summary>
    public required Estimate Accuracy { get; init; }

    /// <summary>The accuracy of always naming the label that is most frequent among these cases.</summary>
    public required Estimate MajorityAccuracy { get; init; }

    /// <summary>The mean recall over the labels that occur.</summary>
    public required Estimate BalancedAccuracy { get; init; }

    /// <summary>The mean F1 over the labels that occur in the truth or in the predictions.</summary>
    public required Estimate MacroF1 { get; init; }

    /// <summary>Cohen's kappa.</summary>
    public required Estimate Kappa { get; init; }

    /// <summary>
    /// The multi-class Brier score: mean over cases of the summed squared differences between probabilities and truth (0 best, 2 worst).
    /// </summary>
    public required Estimate Brier { get; init; }

    /// <summary>The mean AUROC over the labels for which it is defined.</summary>
    public required Estimate MacroAuroc { get; init; }

    /// <summary>The mean average precision over the labels for which it is defined.</summary>
    public required Estimate MacroAuprc { get; init; }

    /// <summary>AUROC of abnormal versus normal, by one minus the probability of normal.</summary>
    public required Estimate AbnormalAuroc { get; init; }

    /// <summary>Corpus BLEU-1 to BLEU-4: standard, cumulative, with brevity penalty.</summary>
    public required IReadOnlyList<Estimate> Bleu { get; init; }

    /// <summary>
    /// The mean per-image clipped n-gram precision, n = 1 to 4: what the paper's tables appear to report. "Always normal" scores the share of normals
    /// in the first.
    /// </summary>
    public required IReadOnlyList<Estimate> NgramPrecision { get; init; }

    /// <summary>The mean ROUGE-L (beta 1.2).</summary>
    public required Estimate RougeL { get; init; }

    /// <summary>The mean CIDEr (0 to 10). Document frequencies are those of this set of cases, also in the interval's resamples.</summary>
    public required Estimate Cider { get; init; }

    /// <summary>The share of annotations with exactly the true set of terms.</summary>
    public required Estimate ExactMatch { get; init; }

    /// <summary>Finding, location, zone, side and severity.</summary>
    public required IReadOnlyList<SlotFigures> Slots { get; init; }

    /// <summary>How many different annotations were emitted: few mean that the decoder repeats itself.</summary>
    public required int DistinctEmitted { get; init; }

    /// <summary>How many different annotations the truth has.</summary>
    public required int DistinctTrue { get; init; }

    /// <summary>One entry per label, in the order of the score's slots.</summary>
    public required IReadOnlyList<LabelFigures> Labels { get; init; }

    /// <summary>Cases by true label (outer) and predicted label (inner), in the order of <see cref="Labels"/>.</summary>
    public required IReadOnlyList<IReadOnlyList<int>> ConfusionMatrix { get; init; }

    /// <summary>
    /// The figures of <see cref="EvaluationMetric.BuiltIn"/> and of <c>EvaluateOptions.Metrics</c> by the names of their metrics.
    /// </summary>
    public IReadOnlyDictionary<string, Estimate> Metrics { get; init; } = new Dictionary<string, Estimate>();

    /// <summary>The defined figures in reading order, for a table.</summary>
    internal IEnumerable<(string Metric, Estimate Estimate)> Rows()
    {
        IEnumerable<(string, Estimate)> rows =
        [
            ("accuracy", Accuracy),
            ("majority accuracy", MajorityAccuracy),
            ("balanced accuracy", BalancedAccuracy),
            ("macro-F1", MacroF1),
            ("kappa", Kappa),
            ("Brier", Brier),
            ("macro AUROC", MacroAuroc),
            ("macro AUPRC", MacroAuprc),
            ("AUROC abnormal", AbnormalAuroc),
            .. Labels.Select(l => ($"AUROC {l.Label}", l.Auroc)),
            .. Labels.Select(l => ($"F1 {l.Label}", l.F1)),
            .. Bleu.Select((b, n) => ($"BLEU-{n + 1}", b)),
            .. NgramPrecision.Select((p, n) => ($"{n + 1}-gram precision", p)),
            ("ROUGE-L", RougeL),
            ("CIDEr", Cider),
            ("exact match", ExactMatch),
            .. Slots.Select(s => ($"{s.Slot} accuracy", s.Accuracy)),
            .. Slots.Select(s => ($"{s.Slot} AUROC", s.Auroc)),
            .. MetricBlock.Rows(Metrics),
            ("distinct annotations", new Estimate(DistinctEmitted)),
            ("distinct true annotations", new Estimate(DistinctTrue)),
            ("cases", new Estimate(Cases)),
        ];
        return rows.Where(r => !double.IsNaN(r.Item2.Value));
    }
}
