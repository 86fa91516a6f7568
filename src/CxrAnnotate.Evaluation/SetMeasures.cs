namespace CxrAnnotate;

/// <summary>Annotations of several findings as sets, level by level: precision, recall and F1 over the elements of all cases.</summary>
internal sealed class SetMeasures
{
    private readonly (int Common, int Emitted, int True)[][] _sets = [];
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
        foreach ((int Common, int Emitted, int True)[] level in _sets)
        {
            DecisionCounts Counts(ReadOnlySpan<int> weights) =>
                new(Sum(weights, set => set.Common), Sum(weights, set => set.Emitted), Sum(weights, set => set.True));
            long Sum(ReadOnlySpan<int> weights, Func<(int Common, int Emitted, int True), int> size)
            {
                long sum = 0;
                for (int p = 0; p < level.Length; p++)
                    sum += (long)weights[pairs.Case(p)] * size(level[p]);
                return sum;
            }

            _computations.AddRange([weights => Counts(weights).Precision, weights => Counts(weights).Recall, weights => Counts(weights).F1]);
        }
    }

    /// <summary>Level by level precision, recall and F1; empty where labels exclude each other.</summary>
    internal IReadOnlyList<MetricComputation> Computations => _computations;

    /// <summary>The figures, from estimates in the order of <see cref="Computations"/>.</summary>
    internal IReadOnlyList<AnnotationSetFigures> Figures(ReadOnlySpan<Estimate> estimates)
    {
        var figures = new AnnotationSetFigures[_sets.Length];
        for (int level = 0; level < figures.Length; level++)
            figures[level] = new AnnotationSetFigures
            {
                Level = AnnotationSets.Levels[level],
                TrueElements = _sets[level].Sum(set => set.True),
                EmittedElements = _sets[level].Sum(set => set.Emitted),
                Precision = estimates[3 * level],
                Recall = estimates[3 * level + 1],
                F1 = estimates[3 * level + 2],
            };
        return figures;
    }

    private static (int Common, int Emitted, int True) Overlap(string emitted, string truth, int level, MetricCases cases)
    {
        IReadOnlySet<string> said = AnnotationSets.Of(emitted, level, cases.Cases.NormalLabel),
            meant = AnnotationSets.Of(truth, level, cases.Cases.NormalLabel);
        return (meant.Count(said.Contains), said.Count, meant.Count);
    }
}
