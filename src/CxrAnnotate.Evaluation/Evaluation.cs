namespace CxrAnnotate;

/// <summary>Computes reports from cases: chooses the sets of cases and the outputs to evaluate.</summary>
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
            Measures measures = new(of, metrics ?? EvaluationMetric.BuiltIn);
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
            IsMultiLabel = cases.IsMultiLabel,
            Resamples = resamples,
            Seed = seed,
        };
    }

    /// <summary>The second model minus the first, on the same cases in the same order.</summary>
    /// <exception cref="InvalidOperationException">The cases differ, or, for multi-label cases, the labels do.</exception>
    internal static AnnotationComparison Compare(
        EvaluationCases first,
        EvaluationCases second,
        int resamples,
        int seed,
        IReadOnlyList<EvaluationMetric>? metrics = null,
        CancellationToken cancellation = default
    )
    {
        RequireSameLabels(first, second);
        string[] labels = [.. first.Labels.Union(second.Labels)];
        first = first.Over(labels);
        second = second.Over(labels);
        RequireSameCases(first, second);

        AnnotationFigures Difference(EvaluationCases before, EvaluationCases after)
        {
            Measures from = new(before, metrics ?? EvaluationMetric.BuiltIn),
                to = new(after, metrics ?? EvaluationMetric.BuiltIn);
            return to.Figures(Intervals.PairedDifference(after.Units, to.Count, from.Compute, to.Compute, resamples, seed, cancellation));
        }

        return new AnnotationComparison
        {
            Whole = Difference(first, second),
            Abnormal = Difference(first.Abnormal(), second.Abnormal()),
            IsMultiLabel = second.IsMultiLabel,
            Resamples = resamples,
            Seed = seed,
        };
    }

    /// <summary>Single-label models may differ in their labels; a finding that only one multi-label model predicts cannot be compared.</summary>
    private static void RequireSameLabels(EvaluationCases first, EvaluationCases second)
    {
        if (first.Scheme != second.Scheme)
            throw new InvalidOperationException(
                ErrorCode.CasesDiffer.Message($"One of the views is multi-label, the other is single-label. Compare models of the same task.")
            );
        if (first.IsMultiLabel && first.Labels.Except(second.Labels).Concat(second.Labels.Except(first.Labels)).FirstOrDefault() is { } only)
            throw new InvalidOperationException(
                ErrorCode.CasesDiffer.Message(
                    $"The two models do not have the same findings: only one of them has '{only}'. Train both on the same labels."
                )
            );
    }

    private static void RequireSameCases(EvaluationCases first, EvaluationCases second)
    {
        if (first.Count != second.Count)
            throw new InvalidOperationException(
                ErrorCode.CasesDiffer.Message(
                    $"The two views do not have the same cases: the first has {first.Count} rows, the second {second.Count}."
                )
            );
        for (int i = 0; i < first.Count; i++)
            if (!first.Truth[i].AsSpan().SequenceEqual(second.Truth[i]) || first.Captions[i] != second.Captions[i])
                throw new InvalidOperationException(
                    ErrorCode.CasesDiffer.Message(
                        $"The two views do not have the same cases in the same order: row {i} has the labels '{LabelsOf(first, i)}' and the "
                            + $"annotation '{first.Captions[i]}' in the first, '{LabelsOf(second, i)}' and '{second.Captions[i]}' in the second."
                    )
                );
    }

    /// <summary>The true labels of a case; unknown ones have a question mark.</summary>
    private static string LabelsOf(EvaluationCases cases, int i) =>
        string.Join(
            '|',
            cases.Labels.Zip(cases.Truth[i]).Where(l => l.Second != 0).Select(l => float.IsNaN(l.Second) ? $"{l.First}?" : l.First)
        );
}
