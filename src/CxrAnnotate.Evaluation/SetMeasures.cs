namespace CxrAnnotate;

/// <summary>Multi-label annotations as sets, level by level: precision, recall and F1 over the elements of all cases.</summary>
internal sealed class SetMeasures
{
    private readonly DecisionCounts[][] _sets = [];
    private readonly List<MetricComputation> _computations = [];

    internal SetMeasures(MetricCases cases)
    {
        if (!cases.IsMultiLabel)
            return;
        AnnotationPairs pairs = cases.Pairs;
        _sets =
        [
            .. AnnotationSets.Levels.Select(
                (_, level) => Enumerable.Range(0, pairs.Count).Select(p => Overlap(pairs.Emitted[p], pairs.True[p], level, cases)).ToArray()
            ),
        ];
        foreach (DecisionCounts[] level in _sets)
        {
            DecisionCounts On(ReadOnlySpan<int> weights)
            {
                long common = 0,
                    emitted = 0,
                    meant = 0;
                for (int p = 0; p < level.Length; p++)
                {
                    int weight = weights[pairs.Case(p)];
                    common += weight * level[p].Hits;
                    emitted += weight * level[p].Predicted;
                    meant += weight * level[p].Present;
                }

                return new(common, emitted, meant);
            }

            _computations.AddRange([weights => On(weights).Precision, weights => On(weights).Recall, weights => On(weights).F1]);
        }
    }

    /// <summary>Precision, recall and F1 for each level; empty for single-label cases.</summary>
    internal IReadOnlyList<MetricComputation> Computations => _computations;

    /// <summary>The figures, from estimates in the order of <see cref="Computations"/>.</summary>
    internal IReadOnlyList<AnnotationSetFigures> Figures(ReadOnlySpan<Estimate> estimates)
    {
        var figures = new AnnotationSetFigures[_sets.Length];
        for (int level = 0; level < figures.Length; level++)
            figures[level] = new AnnotationSetFigures
            {
                Level = AnnotationSets.Levels[level],
                TrueElements = (int)_sets[level].Sum(set => set.Present),
                EmittedElements = (int)_sets[level].Sum(set => set.Predicted),
                Precision = estimates[3 * level],
                Recall = estimates[3 * level + 1],
                F1 = estimates[3 * level + 2],
            };
        return figures;
    }

    /// <summary>Counts the elements of one case.</summary>
    private static DecisionCounts Overlap(string emitted, string truth, int level, MetricCases cases)
    {
        IReadOnlySet<string> said = AnnotationSets.Of(emitted, level, cases.Cases.NormalLabel),
            meant = AnnotationSets.Of(truth, level, cases.Cases.NormalLabel);
        return new(meant.Count(said.Contains), said.Count, meant.Count);
    }
}
