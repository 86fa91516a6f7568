namespace CxrAnnotate;

/// <summary>
/// How well each slot of the annotation is filled, for single-label cases. With several findings, a slot does not say which of them it belongs to.
/// </summary>
internal sealed class SlotMeasures
{
    private readonly MetricCases _cases;
    private readonly AnnotationSlots[] _truth = [];
    private readonly int[] _filled = new int[AnnotationSlots.Names.Count];
    private readonly int[] _ranked = new int[AnnotationSlots.Names.Count];
    private readonly List<MetricComputation> _computations = [];

    internal SlotMeasures(MetricCases cases)
    {
        _cases = cases;
        if (cases.IsMultiLabel)
            return;
        AnnotationPairs pairs = cases.Pairs;
        _truth = [.. pairs.True.Select(AnnotationSlots.Parse)];
        AnnotationSlots[] said = [.. pairs.Emitted.Select(AnnotationSlots.Parse)];
        for (int slot = 0; slot < AnnotationSlots.Names.Count; slot++)
        {
            int s = slot;
            int[] filled = [.. Enumerable.Range(0, pairs.Count).Where(p => _truth[p][s].Count > 0)];
            _filled[s] = filled.Length;
            _computations.Add(pairs.Mean(filled, p => said[p].Agrees(_truth[p], s) ? 1 : 0));
            _computations.Add(Weighted.MeanArea(Rankings(s), ranking => ranking.Auroc));
        }
    }

    /// <summary>The accuracy and AUROC of each slot; empty for multi-label cases.</summary>
    internal IReadOnlyList<MetricComputation> Computations => _computations;

    /// <summary>The figures, from estimates in the order of <see cref="Computations"/>.</summary>
    internal IReadOnlyList<SlotFigures> Figures(ReadOnlySpan<Estimate> estimates)
    {
        var figures = new SlotFigures[_computations.Count / 2];
        for (int s = 0; s < figures.Length; s++)
            figures[s] = new SlotFigures
            {
                Slot = AnnotationSlots.Names[s],
                Cases = _filled[s],
                Accuracy = estimates[2 * s],
                Auroc = estimates[2 * s + 1],
                RankedCases = _ranked[s],
            };
        return figures;
    }

    /// <summary>
    /// The rankings whose mean AUROC measures a slot's word probabilities: right versus left for the side, each occurring word versus the rest for
    /// zone and severity.
    /// A word's score is its share among the competing words.
    /// </summary>
    private Ranking[] Rankings(int slot)
    {
        EvaluationCases cases = _cases.Cases;
        if (
            cases.WordProbabilities is not { } probabilities
            || slot is not (AnnotationSlots.Side or AnnotationSlots.Zone or AnnotationSlots.Severity)
        )
            return [];

        string[] rivals =
            slot == AnnotationSlots.Side ? ["right", "left"] : [.. cases.Words.Where(w => AnnotationSlots.IsValue(slot, w)).Distinct()];
        int[] columns = [.. rivals.Select(w => Array.IndexOf(cases.Words, w))];
        if (columns.Contains(-1))
            return [];

        int[] positions =
        [
            .. Enumerable
                .Range(0, _truth.Length)
                .Where(p =>
                    slot == AnnotationSlots.Side ? _truth[p][slot].Count == 1 && !_truth[p][slot].Contains("bilateral") : _truth[p][slot].Count > 0
                ),
        ];
        _ranked[slot] = positions.Length;
        int[] ranked = [.. positions.Select(_cases.Pairs.Case)];
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
                        new Ranking(ranked, [.. ranked.Select(i => Share(i, columns[r]))], [.. positions.Select(p => _truth[p][slot].Contains(word))])
                ),
        ];
    }
}
