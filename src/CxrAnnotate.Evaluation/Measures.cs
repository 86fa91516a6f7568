namespace CxrAnnotate;

/// <summary>
/// All figures of a set of cases as functions of the case weights. The constructor computes once what does not depend on the weights (n-gram counts,
/// sorted scores, slots), so that a thousand resamples cost a thousand passes over integers.
/// </summary>
internal sealed class Measures
{
    private const int PerLabel = 5;

    private readonly MetricCases _cases;
    private readonly EvaluationMetric[] _metrics;
    private readonly MetricComputation[] _computations;
    private readonly SlotMeasures _slots;
    private readonly SetMeasures _sets;

    internal Measures(EvaluationCases cases, IReadOnlyList<EvaluationMetric> metrics)
    {
        _cases = new MetricCases(cases);
        _metrics = [.. metrics.Where(metric => metric.AppliesTo(cases.Scheme))];
        _slots = new SlotMeasures(_cases);
        _sets = new SetMeasures(_cases);
        _computations = [.. _metrics.Select(metric => metric.On(_cases)), .. _slots.Computations, .. _sets.Computations];
    }

    /// <summary>The number of figures that <see cref="Compute"/> writes: metrics, slots, sets, then <see cref="PerLabel"/> for each label.</summary>
    internal int Count => _computations.Length + PerLabel * _cases.Labels.Count;

    /// <summary>All figures on weighted cases.</summary>
    internal void Compute(ReadOnlySpan<int> weights, Span<double> values)
    {
        LabelStatistics labels = _cases.Statistics(weights);
        for (int k = 0; k < _computations.Length; k++)
            values[k] = k < _metrics.Length && _metrics[k].OfLabels is { } ofLabels ? ofLabels(labels) : _computations[k](weights);
        for (int k = 0; k < _cases.Labels.Count; k++)
        {
            Span<double> label = values.Slice(_computations.Length + PerLabel * k, PerLabel);
            DecisionCounts decisions = labels.Decisions[k];
            (label[0], label[1], label[2]) = (decisions.Precision, decisions.Recall, decisions.F1);
            (label[3], label[4]) = (labels.Auroc[k], labels.AveragePrecision[k]);
        }
    }

    /// <summary>The figures by name, from estimates in the order of <see cref="Compute"/>.</summary>
    internal AnnotationFigures Figures(Estimate[] estimates)
    {
        EvaluationCases cases = _cases.Cases;
        ReadOnlySpan<Estimate> rest = estimates.AsSpan(_metrics.Length);
        return new AnnotationFigures
        {
            Cases = cases.Count,
            LabelledCases = Enumerable.Range(0, cases.Count).Count(cases.IsKnown),
            AnnotatedCases = cases.Captions.Count(c => !string.IsNullOrWhiteSpace(c)),
            Metrics = _metrics.Zip(estimates).ToDictionary(figure => figure.First.Name, figure => figure.Second, StringComparer.Ordinal),
            Slots = _slots.Figures(rest),
            Sets = _sets.Figures(rest[_slots.Computations.Count..]),
            DistinctEmitted = _cases.Pairs.Emitted.Select(CaptionMetrics.CanonicalTerms).Distinct().Count(),
            DistinctTrue = cases.Captions.Where(c => !string.IsNullOrWhiteSpace(c)).Select(CaptionMetrics.CanonicalTerms).Distinct().Count(),
            Labels = [.. cases.Labels.Select((name, k) => Label(name, k, estimates.AsSpan(_computations.Length + PerLabel * k, PerLabel)))],
            ConfusionMatrix = cases.IsMultiLabel ? [] : Confusion(cases),
        };
    }

    private LabelFigures Label(string name, int label, ReadOnlySpan<Estimate> estimates) =>
        new()
        {
            Label = name,
            Support = (int)_cases.ByLabel[label].Unweighted.Present,
            Unknown = _cases.Cases.Truth.Count(truth => float.IsNaN(truth[label])),
            Predicted = (int)_cases.ByLabel[label].Unweighted.Predicted,
            Precision = estimates[0],
            Recall = estimates[1],
            F1 = estimates[2],
            Auroc = estimates[3],
            Auprc = estimates[4],
        };

    private static int[][] Confusion(EvaluationCases cases)
    {
        int[][] counts = [.. cases.Labels.Select(_ => new int[cases.Labels.Length])];
        for (int i = 0; i < cases.Count; i++)
            if (Array.IndexOf(cases.Truth[i], 1f) is >= 0 and int truth && Array.IndexOf(cases.Decisions[i], 1f) is >= 0 and int predicted)
                counts[truth][predicted]++;
        return counts;
    }
}
