namespace CxrAnnotate;

/// <summary>
/// Every figure over one set of cases. Undefined figures are NaN, never 0, and so are those of the other label scheme (single-label or multi-label).
/// </summary>
public sealed record AnnotationFigures
{
    /// <summary>The number of cases.</summary>
    public required int Cases { get; init; }

    /// <summary>The number of cases with a known true label; the others count only in the annotation figures.</summary>
    public required int LabelledCases { get; init; }

    /// <summary>The number of cases with a true annotation; the others count only in the classification figures.</summary>
    public required int AnnotatedCases { get; init; }

    /// <summary>
    /// The figures of <see cref="EvaluationMetric.BuiltIn"/> that apply to the label scheme, and of <c>EvaluateOptions.Metrics</c>, by metric name.
    /// </summary>
    public required IReadOnlyDictionary<string, Estimate> Metrics { get; init; }

    /// <summary>The share of correct labels. NaN for multi-label cases, whose figure is <see cref="AllFindingsRight"/>.</summary>
    public Estimate Accuracy => Of("accuracy");

    /// <summary>The accuracy of always predicting the most frequent label of these cases. NaN for multi-label cases.</summary>
    public Estimate MajorityAccuracy => Of("majorityAccuracy");

    /// <summary>The mean recall over the labels that occur. NaN for multi-label cases.</summary>
    public Estimate BalancedAccuracy => Of("balancedAccuracy");

    /// <summary>The mean F1 over the labels that occur in the truth or in the predictions.</summary>
    public Estimate MacroF1 => Of("macroF1");

    /// <summary>Cohen's kappa. NaN for multi-label cases.</summary>
    public Estimate Kappa => Of("kappa");

    /// <summary>
    /// The multi-class Brier score: mean over cases of the summed squared differences between probabilities and truth (0 best, 2 worst). NaN for
    /// multi-label cases.
    /// </summary>
    public Estimate Brier => Of("brier");

    /// <summary>The mean AUROC over the labels for which it is defined.</summary>
    public Estimate MacroAuroc => Of("macroAuroc");

    /// <summary>The mean average precision over the labels for which it is defined.</summary>
    public Estimate MacroAuprc => Of("macroAuprc");

    /// <summary>AUROC of abnormal versus normal, by one minus the probability of normal. NaN for multi-label cases.</summary>
    public Estimate AbnormalAuroc => Of("abnormalAuroc");

    /// <summary>Precision over all (case, finding) pairs. NaN for single-label cases.</summary>
    public Estimate MicroPrecision => Of("microPrecision");

    /// <summary>Recall over all (case, finding) pairs. NaN for single-label cases.</summary>
    public Estimate MicroRecall => Of("microRecall");

    /// <summary>F1 over all (case, finding) pairs. NaN for single-label cases.</summary>
    public Estimate MicroF1 => Of("microF1");

    /// <summary>
    /// AUROC of all (case, finding) pairs ranked together. Knowing which findings are frequent raises it. NaN for single-label cases.
    /// </summary>
    public Estimate MicroAuroc => Of("microAuroc");

    /// <summary>Average precision of all (case, finding) pairs ranked together. NaN for single-label cases.</summary>
    public Estimate MicroAuprc => Of("microAuprc");

    /// <summary>The share of cases in which every known finding is decided correctly (subset accuracy). NaN for single-label cases.</summary>
    public Estimate AllFindingsRight => Of("allFindingsRight");

    /// <summary>Corpus BLEU-1 to BLEU-4: standard, cumulative, with brevity penalty. NaN for multi-label cases.</summary>
    public IReadOnlyList<Estimate> Bleu => ByOrder("bleu");

    /// <summary>
    /// The mean per-image clipped n-gram precision, n = 1 to 4, which the paper's tables appear to report. For n = 1, "always normal" scores the
    /// share of normal cases. NaN for multi-label cases.
    /// </summary>
    public IReadOnlyList<Estimate> NgramPrecision => ByOrder("ngramPrecision");

    /// <summary>The mean ROUGE-L (beta 1.2). NaN for multi-label cases.</summary>
    public Estimate RougeL => Of("rougeL");

    /// <summary>
    /// The mean CIDEr (0 to 10). Document frequencies come from this set of cases, in the interval's resamples too. NaN for multi-label cases.
    /// </summary>
    public Estimate Cider => Of("cider");

    /// <summary>
    /// The share of annotations with exactly the true set of terms. For multi-label cases the qualifiers of a term may come in any order, and
    /// "normal" is correct for a case without findings.
    /// </summary>
    public Estimate ExactMatch => Of("exactMatch");

    /// <summary>Finding, location, zone, side and severity; empty for multi-label cases.</summary>
    public required IReadOnlyList<SlotFigures> Slots { get; init; }

    /// <summary>Precision, recall and F1 of annotations as sets, level by level; empty for single-label cases.</summary>
    public IReadOnlyList<AnnotationSetFigures> Sets { get; init; } = [];

    /// <summary>The number of distinct emitted annotations; a small number means that the decoder repeats itself.</summary>
    public required int DistinctEmitted { get; init; }

    /// <summary>The number of distinct true annotations.</summary>
    public required int DistinctTrue { get; init; }

    /// <summary>One entry per label, in the order of the score's slots.</summary>
    public required IReadOnlyList<LabelFigures> Labels { get; init; }

    /// <summary>Cases by true label (outer) and predicted label (inner), in the order of <see cref="Labels"/>; empty for multi-label
    /// cases.</summary>
    public required IReadOnlyList<IReadOnlyList<int>> ConfusionMatrix { get; init; }

    /// <summary>The defined figures in reading order, for a table.</summary>
    /// <param name="counts">Whether to include counts; a comparison leaves them out.</param>
    internal IEnumerable<(string Metric, Estimate Estimate)> Rows(bool counts = true)
    {
        IEnumerable<(string, Estimate)> rows =
        [
            .. Metrics.Select(figure => (EvaluationMetric.BuiltIn.FirstOrDefault(m => m.Name == figure.Key)?.Title ?? figure.Key, figure.Value)),
            .. Labels.Select(l => ($"AUROC {l.Label}", l.Auroc)),
            .. Labels.Select(l => ($"AUPRC {l.Label}", l.Auprc)),
            .. Labels.Select(l => ($"F1 {l.Label}", l.F1)),
            .. Slots.Select(s => ($"{s.Slot} accuracy", s.Accuracy)),
            .. Slots.Select(s => ($"{s.Slot} AUROC", s.Auroc)),
            .. Sets.SelectMany(s =>
                (IEnumerable<(string, Estimate)>)[($"{s.Level} precision", s.Precision), ($"{s.Level} recall", s.Recall), ($"{s.Level} F1", s.F1)]
            ),
            .. counts
                ? ((string, Estimate)[])
                    [
                        ("distinct annotations", new Estimate(DistinctEmitted)),
                        ("distinct true annotations", new Estimate(DistinctTrue)),
                        ("cases", new Estimate(Cases)),
                    ]
                : [],
        ];
        return rows.Where(r => !double.IsNaN(r.Item2.Value));
    }

    private Estimate Of(string name) => Metrics.GetValueOrDefault(name, new Estimate(double.NaN));

    private IReadOnlyList<Estimate> ByOrder(string name) => [.. Enumerable.Range(1, CaptionMetrics.MaximumOrder).Select(n => Of($"{name}{n}"))];
}
