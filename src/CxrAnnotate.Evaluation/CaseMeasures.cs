namespace CxrAnnotate;

/// <summary>
/// All figures of a set of cases as functions of how often each case counts: what can be computed once (n-gram counts, sorted scores, slots) is
/// computed in the constructor, so that a thousand resamples cost a thousand passes over integers.
/// </summary>
internal sealed class CaseMeasures
{
    private readonly EvaluationCases _cases;
    private readonly List<(int Offset, int Count, Statistics Compute)> _blocks = [];
    private readonly int[] _annotated;
    private readonly MetricBlock _metrics;
    private readonly int[] _slotCases = new int[AnnotationSlots.Names.Count];
    private readonly int[] _rankedCases = new int[AnnotationSlots.Names.Count];
    private readonly int _decisions,
        _byLabel,
        _brier,
        _areas,
        _abnormalAuroc,
        _bleu,
        _precision,
        _rouge,
        _cider,
        _exact,
        _slotAccuracy,
        _slotAuroc,
        _registered;

    internal CaseMeasures(EvaluationCases cases, IReadOnlyList<EvaluationMetric> metrics)
    {
        _cases = cases;
        int labels = cases.Labels.Length;
        _annotated = cases.Emitted is null ? [] : [.. Enumerable.Range(0, cases.Count).Where(i => !string.IsNullOrWhiteSpace(cases.Captions[i]))];

        _decisions = Add(5 + 3 * labels, Decisions);
        _byLabel = _decisions + 5;
        int[] labelled = [.. Enumerable.Range(0, cases.Count).Where(i => cases.Truth[i] >= 0)];
        double[] brier = ClassificationMetrics.Brier(cases.Truth, cases.Scores);
        _brier = AddMean(labelled, i => brier[i]);

        Ranking[] rankings = ClassificationMetrics.OneVersusRest(labels, cases.Truth, cases.Scores);
        _areas = Add(
            2 + 2 * labels,
            (weights, values) =>
            {
                for (int k = 0; k < labels; k++)
                {
                    values[2 + k] = rankings[k].Auroc(weights);
                    values[2 + labels + k] = rankings[k].AveragePrecision(weights);
                }

                values[0] = Statistic.MeanOfDefined(values.Slice(2, labels));
                values[1] = Statistic.MeanOfDefined(values.Slice(2 + labels, labels));
            }
        );

        int normal = Array.IndexOf(cases.Labels, cases.NormalLabel);
        int[] all = normal < 0 ? [] : [.. Enumerable.Range(0, cases.Count).Where(cases.IsJudged)];
        _abnormalAuroc = AddAuroc([new Ranking(all, [.. all.Select(i => -cases.Scores[i][normal])], [.. all.Select(i => !cases.IsNormal(i))])]);

        string[][] emitted = [.. _annotated.Select(i => CaptionMetrics.Words(cases.Emitted![i]))];
        string[][][] truth = [.. _annotated.Select(i => new[] { CaptionMetrics.Words(cases.Captions[i]) })];
        NgramMatch[] matches = [.. emitted.Select((words, i) => CaptionMetrics.Match(words, truth[i]))];
        _bleu = Add(CaptionMetrics.MaximumOrder, (weights, values) => CaptionMetrics.Bleu(matches, Annotated(weights)).CopyTo(values));
        _precision = Add(CaptionMetrics.MaximumOrder, (weights, values) => CaptionMetrics.MeanPrecision(matches, Annotated(weights)).CopyTo(values));
        double[] rouge = [.. emitted.Select((words, i) => CaptionMetrics.RougeL(words, truth[i]))];
        double[] cider = CaptionMetrics.Cider(emitted, truth);
        double[] exact = [.. _annotated.Select(i => CaptionMetrics.ExactMatch(cases.Emitted![i], cases.Captions[i]) ? 1.0 : 0)];
        _rouge = AddMean(_annotated, i => rouge[i], byPosition: true);
        _cider = AddMean(_annotated, i => cider[i], byPosition: true);
        _exact = AddMean(_annotated, i => exact[i], byPosition: true);

        AnnotationSlots[] said = [.. _annotated.Select(i => AnnotationSlots.Parse(cases.Emitted![i]))];
        AnnotationSlots[] meant = [.. _annotated.Select(i => AnnotationSlots.Parse(cases.Captions[i]))];
        for (int slot = 0; slot < AnnotationSlots.Names.Count; slot++)
        {
            int s = slot;
            int[] filled = [.. Enumerable.Range(0, _annotated.Length).Where(p => meant[p][s].Count > 0)];
            _slotCases[s] = filled.Length;
            int offset = AddMean([.. filled.Select(p => _annotated[p])], i => said[filled[i]].Agrees(meant[filled[i]], s) ? 1 : 0, byPosition: true);
            if (s == 0)
                _slotAccuracy = offset;
        }

        for (int slot = 0; slot < AnnotationSlots.Names.Count; slot++)
        {
            int offset = AddAuroc(SlotRankings(slot, meant));
            if (slot == 0)
                _slotAuroc = offset;
        }

        _metrics = new MetricBlock(metrics, MetricCases.Of(cases));
        _registered = Add(_metrics.Count, _metrics.Compute);
    }

    /// <summary>How many figures <see cref="Compute"/> gives.</summary>
    internal int Count { get; private set; }

    /// <summary>All figures on weighted cases.</summary>
    internal void Compute(ReadOnlySpan<int> weights, Span<double> values)
    {
        foreach ((int offset, int count, Statistics compute) in _blocks)
            compute(weights, values.Slice(offset, count));
    }

    /// <summary>The figures by name, from estimates in the order of <see cref="Compute"/>.</summary>
    internal AnnotationFigures Figures(IReadOnlyList<Estimate> e)
    {
        int labels = _cases.Labels.Length;
        ConfusionMatrix confusion = new(labels, _cases.Truth, _cases.Predicted);
        int[] predictions = new int[labels];
        for (int i = 0; i < _cases.Count; i++)
            if (_cases.Truth[i] >= 0 && _cases.Predicted[i] >= 0)
                predictions[_cases.Predicted[i]]++;

        return new AnnotationFigures
        {
            Cases = _cases.Count,
            LabelledCases = (int)confusion.Total,
            AnnotatedCases = _cases.Captions.Count(c => !string.IsNullOrWhiteSpace(c)),
            Accuracy = e[_decisions],
            MajorityAccuracy = e[_decisions + 1],
            BalancedAccuracy = e[_decisions + 2],
            MacroF1 = e[_decisions + 3],
            Kappa = e[_decisions + 4],
            Brier = e[_brier],
            MacroAuroc = e[_areas],
            MacroAuprc = e[_areas + 1],
            AbnormalAuroc = e[_abnormalAuroc],
            Bleu = [.. Enumerable.Range(_bleu, CaptionMetrics.MaximumOrder).Select(i => e[i])],
            NgramPrecision = [.. Enumerable.Range(_precision, CaptionMetrics.MaximumOrder).Select(i => e[i])],
            RougeL = e[_rouge],
            Cider = e[_cider],
            ExactMatch = e[_exact],
            Slots =
            [
                .. AnnotationSlots.Names.Select(
                    (name, s) =>
                        new SlotFigures
                        {
                            Slot = name,
                            Cases = _slotCases[s],
                            Accuracy = e[_slotAccuracy + s],
                            Auroc = e[_slotAuroc + s],
                            RankedCases = _rankedCases[s],
                        }
                ),
            ],
            Metrics = _metrics.Figures([.. e.Skip(_registered).Take(_metrics.Count)]),
            DistinctEmitted = _annotated.Select(i => CaptionMetrics.CanonicalTerms(_cases.Emitted![i])).Distinct().Count(),
            DistinctTrue = _cases.Captions.Where(c => !string.IsNullOrWhiteSpace(c)).Select(CaptionMetrics.CanonicalTerms).Distinct().Count(),
            Labels =
            [
                .. _cases.Labels.Select(
                    (name, k) =>
                        new LabelFigures
                        {
                            Label = name,
                            Support = (int)confusion.Support(k),
                            Predicted = predictions[k],
                            Precision = e[_byLabel + k],
                            Recall = e[_byLabel + labels + k],
                            F1 = e[_byLabel + 2 * labels + k],
                            Auroc = e[_areas + 2 + k],
                            Auprc = e[_areas + 2 + labels + k],
                        }
                ),
            ],
            ConfusionMatrix =
            [
                .. Enumerable.Range(0, labels).Select(t => (IReadOnlyList<int>)[.. Enumerable.Range(0, labels).Select(p => (int)confusion[t, p])]),
            ],
        };
    }

    private void Decisions(ReadOnlySpan<int> weights, Span<double> values)
    {
        int labels = _cases.Labels.Length;
        ConfusionMatrix confusion = new(labels, _cases.Truth, _cases.Predicted, weights);
        values[0] = confusion.Accuracy;
        values[1] = confusion.MajorityAccuracy;
        values[2] = confusion.BalancedAccuracy;
        values[3] = confusion.MacroF1;
        values[4] = confusion.Kappa;
        for (int k = 0; k < labels; k++)
        {
            values[5 + k] = confusion.Counts(k).Precision;
            values[5 + labels + k] = confusion.Counts(k).Recall;
            values[5 + 2 * labels + k] = confusion.Counts(k).F1;
        }
    }

    /// <summary>
    /// The rankings whose mean AUROC grades a slot's word probabilities: right versus left for the side, each occurring word versus the rest for zone
    /// and severity.
    /// A word's score is its share among the words it competes with.
    /// </summary>
    private Ranking[] SlotRankings(int slot, AnnotationSlots[] meant)
    {
        if (
            _cases.WordProbabilities is not { } probabilities
            || slot is not (AnnotationSlots.Side or AnnotationSlots.Zone or AnnotationSlots.Severity)
        )
            return [];

        string[] rivals =
            slot == AnnotationSlots.Side ? ["right", "left"] : [.. _cases.Words.Where(w => AnnotationSlots.IsValue(slot, w)).Distinct()];
        int[] columns = [.. rivals.Select(w => Array.IndexOf(_cases.Words, w))];
        if (columns.Contains(-1))
            return [];

        int[] positions =
        [
            .. Enumerable
                .Range(0, meant.Length)
                .Where(p =>
                    slot == AnnotationSlots.Side ? meant[p][slot].Count == 1 && !meant[p][slot].Contains("bilateral") : meant[p][slot].Count > 0
                ),
        ];
        _rankedCases[slot] = positions.Length;
        int[] ranked = [.. positions.Select(p => _annotated[p])];
        double Share(int i, int column)
        {
            double sum = columns.Sum(c => (double)probabilities[i][c]);
            return sum > 0 ? probabilities[i][column] / sum : 1.0 / columns.Length;
        }

        return
        [
            .. rivals
                .Take(slot == AnnotationSlots.Side ? 1 : rivals.Length)
                .Select(
                    (word, r) =>
                        new Ranking(ranked, [.. ranked.Select(i => Share(i, columns[r]))], [.. positions.Select(p => meant[p][slot].Contains(word))])
                ),
        ];
    }

    private int[] Annotated(ReadOnlySpan<int> weights)
    {
        int[] picked = new int[_annotated.Length];
        for (int p = 0; p < picked.Length; p++)
            picked[p] = weights[_annotated[p]];
        return picked;
    }

    private int Add(int count, Statistics compute)
    {
        _blocks.Add((Count, count, compute));
        Count += count;
        return Count - count;
    }

    /// <summary>The weighted mean over some cases of a value given by case, or by position among them.</summary>
    private int AddMean(int[] over, Func<int, double> value, bool byPosition = false)
    {
        double[] values = [.. over.Select((i, p) => value(byPosition ? p : i))];
        return Add(
            1,
            (weights, result) =>
            {
                double sum = 0;
                long total = 0;
                for (int p = 0; p < over.Length; p++)
                {
                    sum += weights[over[p]] * values[p];
                    total += weights[over[p]];
                }

                result[0] = sum / total;
            }
        );
    }

    private int AddAuroc(Ranking[] rankings) =>
        Add(
            1,
            (weights, result) =>
            {
                double[] areas = new double[rankings.Length];
                for (int k = 0; k < areas.Length; k++)
                    areas[k] = rankings[k].Auroc(weights);
                result[0] = Statistic.MeanOfDefined(areas);
            }
        );
}
