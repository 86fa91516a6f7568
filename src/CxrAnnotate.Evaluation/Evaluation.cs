namespace CxrAnnotate;

/// <summary>From cases to reports: which sets of cases are looked at, and whose output.</summary>
internal static class Evaluation
{
    /// <summary>The full report of one model.</summary>
    internal static AnnotationReport Report(
        EvaluationCases cases,
        TrivialBaselines trivial,
        int resamples,
        int seed,
        IReadOnlyList<EvaluationMetric>? metrics = null,
        CancellationToken cancellation = default
    )
    {
        AnnotationFigures Figures(EvaluationCases of)
        {
            cancellation.ThrowIfCancellationRequested();
            CaseMeasures measures = new(of, metrics ?? EvaluationMetric.BuiltIn);
            return measures.Figures(Intervals.Bootstrap(of.Units, measures.Count, measures.Compute, resamples, seed, cancellation));
        }

        List<(string Name, EvaluationCases Cases)> outputs = [.. trivial.On(cases)];
        IReadOnlyList<BaselineFigures> Baselines(Func<EvaluationCases, EvaluationCases> part) =>
            [
                .. outputs
                    .Select(o => (o.Name, Cases: part(o.Cases)))
                    .Select(o => new BaselineFigures
                    {
                        Name = o.Name,
                        Whole = Figures(o.Cases),
                        Abnormal = Figures(o.Cases.Abnormal()),
                    }),
            ];

        GroupFigures Group(string name)
        {
            EvaluationCases Within(EvaluationCases of) => of.Where(i => of.Sources![i] == name);
            EvaluationCases group = Within(cases);
            return new GroupFigures
            {
                Group = name,
                Whole = Figures(group),
                Abnormal = Figures(group.Abnormal()),
                Baselines = Baselines(Within),
            };
        }

        return new AnnotationReport
        {
            Whole = Figures(cases),
            Abnormal = Figures(cases.Abnormal()),
            Baselines = Baselines(c => c),
            Groups = [.. (cases.Sources ?? []).Distinct().Order(StringComparer.Ordinal).Select(Group)],
            Resamples = resamples,
            Seed = seed,
        };
    }

    /// <summary>The second model minus the first, on the same cases in the same order.</summary>
    /// <exception cref="InvalidOperationException">The cases are not the same.</exception>
    internal static AnnotationComparison Compare(
        EvaluationCases first,
        EvaluationCases second,
        int resamples,
        int seed,
        IReadOnlyList<EvaluationMetric>? metrics = null,
        CancellationToken cancellation = default
    )
    {
        RequireSameCount(first.Count, second.Count);
        string[] labels = [.. first.Labels.Union(second.Labels)];
        first = first.Over(labels);
        second = second.Over(labels);
        for (int i = 0; i < first.Count; i++)
            if (first.Truth[i] != second.Truth[i] || first.Captions[i] != second.Captions[i])
                throw new InvalidOperationException(
                    ErrorCode.CasesDiffer.Message(
                        $"The two views are not of the same cases in the same order: row {i} has the label '{Name(first.Truth[i])}' and the "
                            + $"annotation '{first.Captions[i]}' "
                            + $"in the first, '{Name(second.Truth[i])}' and '{second.Captions[i]}' in the second."
                    )
                );

        string Name(int label) => label < 0 ? "" : labels[label];
        AnnotationFigures Difference(EvaluationCases before, EvaluationCases after)
        {
            CaseMeasures from = new(before, metrics ?? EvaluationMetric.BuiltIn),
                to = new(after, metrics ?? EvaluationMetric.BuiltIn);
            return to.Figures(Intervals.PairedDifference(after.Units, to.Count, from.Compute, to.Compute, resamples, seed, cancellation));
        }

        return new AnnotationComparison
        {
            Whole = Difference(first, second),
            Abnormal = Difference(first.Abnormal(), second.Abnormal()),
            Resamples = resamples,
            Seed = seed,
        };
    }

    /// <exception cref="InvalidOperationException">The counts differ.</exception>
    internal static void RequireSameCount(int first, int second)
    {
        if (first != second)
            throw new InvalidOperationException(
                ErrorCode.CasesDiffer.Message($"The two views are not of the same cases: the first has {first} rows, the second {second}.")
            );
    }
}
