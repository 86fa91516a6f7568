namespace CxrAnnotate;

/// <summary>
/// Every figure of <see cref="FindingsFigures"/> as a statistic of a weighted sample, for the bootstrap. Precision, recall and F1 of decisions are
/// scikit-learn's (F1 = 2 hits / (2 hits + wrong + missed)); micro figures pool all (case, finding) pairs, macro figures are means over the findings
/// for which they are defined; the area under the precision-recall curve is average precision.
/// Unknown findings are left out of everything.
/// </summary>
internal sealed class FindingMeasures
{
    private readonly FindingCases _cases;
    private readonly Ranking[] _rankings;
    private readonly Ranking _pooled;
    private readonly (int Common, int True, int Emitted)[][] _sets;
    private readonly int[] _annotated;
    private readonly int _labels;
    private readonly MetricBlock _metrics;
    private readonly int _levels = AnnotationSets.Levels.Count;

    internal FindingMeasures(FindingCases cases, IReadOnlyList<EvaluationMetric> metrics)
    {
        _cases = cases;
        _labels = cases.Labels.Length;
        _metrics = new MetricBlock(metrics, MetricCases.Of(cases));
        _rankings = [.. Enumerable.Range(0, _labels).Select(k => Rank([.. Pairs(k)]))];
        _pooled = Rank([.. Enumerable.Range(0, _labels).SelectMany(Pairs)]);
        _annotated = cases.Emitted is null ? [] : [.. Enumerable.Range(0, cases.Count).Where(i => !string.IsNullOrWhiteSpace(cases.Captions[i]))];
        _sets = [.. Enumerable.Range(0, _levels).Select(level => _annotated.Select(i => Overlap(i, level)).ToArray())];
    }

    /// <summary>
    /// The number of statistics: by finding precision, recall, F1, AUROC, AUPRC; macro F1, AUROC, AUPRC; micro precision, recall, F1, AUROC, AUPRC;
    /// all findings right; by level precision, recall, F1; exact sets; the registered metrics.
    /// </summary>
    internal int Count => Registered + _metrics.Count;

    private int Registered => (5 * _labels) + 9 + (3 * _levels) + 1;

    internal void Compute(ReadOnlySpan<int> weights, Span<double> values)
    {
        long hits = 0,
            predicted = 0,
            present = 0;
        for (int k = 0; k < _labels; k++)
        {
            var (h, p, t) = Counts(k, weights);
            hits += h;
            predicted += p;
            present += t;
            Ratios(new(h, p, t), values.Slice(5 * k, 3));
            values[(5 * k) + 3] = _rankings[k].Auroc(weights);
            values[(5 * k) + 4] = _rankings[k].AveragePrecision(weights);
        }

        Span<double> macro = values[(5 * _labels)..],
            micro = macro[3..],
            rest = macro[8..];
        for (int figure = 0; figure < 3; figure++)
            macro[figure] = MeanOver(values, figure + 2);
        Ratios(new(hits, predicted, present), micro[..3]);
        micro[3] = _pooled.Auroc(weights);
        micro[4] = _pooled.AveragePrecision(weights);
        rest[0] = AllRight(weights);
        for (int level = 0; level < _levels; level++)
        {
            long common = 0,
                emitted = 0,
                truth = 0;
            for (int p = 0; p < _annotated.Length; p++)
            {
                int weight = weights[_annotated[p]];
                common += weight * _sets[level][p].Common;
                emitted += weight * _sets[level][p].Emitted;
                truth += weight * _sets[level][p].True;
            }

            Ratios(new(common, emitted, truth), rest.Slice(1 + (3 * level), 3));
        }

        rest[1 + (3 * _levels)] = ExactSets(weights);
        _metrics.Compute(weights, values[Registered..]);
    }

    /// <summary>The figures with their estimates.</summary>
    internal FindingsFigures Figures(Estimate[] e)
    {
        int macro = 5 * _labels,
            micro = macro + 3,
            rest = macro + 8;
        int[] once = [.. Enumerable.Repeat(1, _cases.Count)];
        return new FindingsFigures
        {
            Cases = _cases.Count,
            AnnotatedCases = _annotated.Length,
            Labels =
            [
                .. _cases.Labels.Select(
                    (name, k) =>
                        new FindingFigures
                        {
                            Label = name,
                            Support = (int)Counts(k, once).Present,
                            Unknown = _cases.Truth.Count(t => float.IsNaN(t[k])),
                            Predicted = (int)Counts(k, once).Predicted,
                            Precision = e[5 * k],
                            Recall = e[(5 * k) + 1],
                            F1 = e[(5 * k) + 2],
                            Auroc = e[(5 * k) + 3],
                            Auprc = e[(5 * k) + 4],
                        }
                ),
            ],
            MacroF1 = e[macro],
            MacroAuroc = e[macro + 1],
            MacroAuprc = e[macro + 2],
            MicroPrecision = e[micro],
            MicroRecall = e[micro + 1],
            MicroF1 = e[micro + 2],
            MicroAuroc = e[micro + 3],
            MicroAuprc = e[micro + 4],
            AllFindingsRight = e[rest],
            Sets =
            [
                .. AnnotationSets.Levels.Select(
                    (name, level) =>
                        new AnnotationSetFigures
                        {
                            Level = name,
                            TrueElements = _sets[level].Sum(s => s.True),
                            EmittedElements = _sets[level].Sum(s => s.Emitted),
                            Precision = e[rest + 1 + (3 * level)],
                            Recall = e[rest + 2 + (3 * level)],
                            F1 = e[rest + 3 + (3 * level)],
                        }
                ),
            ],
            ExactSets = e[rest + 1 + (3 * _levels)],
            Metrics = _metrics.Figures(e[Registered..]),
        };
    }

    private IEnumerable<(int Case, double Score, bool Present)> Pairs(int label) =>
        Enumerable
            .Range(0, _cases.Count)
            .Where(i => !float.IsNaN(_cases.Truth[i][label]))
            .Select(i => (i, _cases.Scores[i][label], _cases.Truth[i][label] == 1));

    private static Ranking Rank((int Case, double Score, bool Present)[] pairs) =>
        new([.. pairs.Select(p => p.Case)], [.. pairs.Select(p => p.Score)], [.. pairs.Select(p => p.Present)]);

    private DecisionCounts Counts(int label, ReadOnlySpan<int> weights)
    {
        long hits = 0,
            predicted = 0,
            present = 0;
        for (int i = 0; i < _cases.Count; i++)
        {
            float truth = _cases.Truth[i][label];
            if (float.IsNaN(truth))
                continue;
            bool said = _cases.Predicted[i][label] == 1;
            hits += truth == 1 && said ? weights[i] : 0;
            predicted += said ? weights[i] : 0;
            present += truth == 1 ? weights[i] : 0;
        }

        return new(hits, predicted, present);
    }

    private static void Ratios(DecisionCounts counts, Span<double> values) =>
        (values[0], values[1], values[2]) = (counts.Precision, counts.Recall, counts.F1);

    private double MeanOver(ReadOnlySpan<double> values, int figure)
    {
        double[] all = new double[_labels];
        for (int k = 0; k < _labels; k++)
            all[k] = values[(5 * k) + figure];
        return Statistic.MeanOfDefined(all);
    }

    private double AllRight(ReadOnlySpan<int> weights)
    {
        long right = 0,
            all = 0;
        for (int i = 0; i < _cases.Count; i++)
        {
            bool known = false,
                good = true;
            for (int k = 0; k < _labels; k++)
            {
                if (float.IsNaN(_cases.Truth[i][k]))
                    continue;
                known = true;
                good &= _cases.Truth[i][k] == _cases.Predicted[i][k];
            }

            all += known ? weights[i] : 0;
            right += known && good ? weights[i] : 0;
        }

        return (double)right / all;
    }

    private (int Common, int True, int Emitted) Overlap(int i, int level)
    {
        IReadOnlySet<string> truth = AnnotationSets.Of(_cases.Captions[i], level, _cases.NormalLabel),
            emitted = AnnotationSets.Of(_cases.Emitted![i], level, _cases.NormalLabel);
        return (truth.Count(emitted.Contains), truth.Count, emitted.Count);
    }

    private double ExactSets(ReadOnlySpan<int> weights)
    {
        long right = 0,
            all = 0;
        for (int p = 0; p < _annotated.Length; p++)
        {
            var (common, truth, emitted) = _sets[0][p];
            all += weights[_annotated[p]];
            right += common == truth && common == emitted ? weights[_annotated[p]] : 0;
        }

        return (double)right / all;
    }
}
