namespace CxrAnnotate;

/// <summary>From cases of several findings to a report, with the baselines that look at no image.</summary>
internal static class FindingsEvaluation
{
    internal const string LabelPrior = "label prior";
    internal const string AlwaysPresent = "always present";

    /// <summary>The full report of one model.</summary>
    /// <param name="cases">What was read.</param>
    /// <param name="training">The findings and captions of the training rows, over the same labels; null where they are not known.</param>
    /// <param name="resamples">How many resamples make an interval.</param>
    /// <param name="seed">Their seed.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <param name="metrics">The registered metrics; null: those of the library.</param>
    internal static FindingsReport Report(
        FindingCases cases,
        (float[][] Truth, string[] Captions)? training,
        int resamples,
        int seed,
        IReadOnlyList<EvaluationMetric>? metrics = null,
        CancellationToken cancellation = default
    )
    {
        FindingsFigures Figures(FindingCases of)
        {
            cancellation.ThrowIfCancellationRequested();
            FindingMeasures measures = new(of, metrics ?? EvaluationMetric.BuiltIn);
            return measures.Figures(Intervals.Bootstrap(of.Units, measures.Count, measures.Compute, resamples, seed, cancellation));
        }

        FindingCases Constant(float[] scores, float[] decisions, string annotation) =>
            cases with
            {
                Scores = [.. cases.Truth.Select(_ => Array.ConvertAll(scores, score => (double)score))],
                Predicted = [.. cases.Truth.Select(_ => decisions)],
                Emitted = cases.Emitted is null ? null : [.. cases.Truth.Select(_ => annotation)],
            };

        List<FindingsBaseline> baselines = [];
        if (training is var (truth, captions))
        {
            float[] shares = [.. cases.Labels.Select((_, k) => Share([.. truth.Select(t => t[k]).Where(v => !float.IsNaN(v))]))];
            string mode =
                captions.Where(c => !string.IsNullOrWhiteSpace(c)).GroupBy(c => c, StringComparer.Ordinal).MaxBy(g => g.Count())?.Key
                ?? cases.NormalLabel;
            baselines.Add(
                new FindingsBaseline(LabelPrior, Figures(Constant(shares, Array.ConvertAll(shares, share => share >= 0.5f ? 1f : 0f), mode)))
            );
        }

        float[] ones = [.. cases.Labels.Select(_ => 1f)];
        baselines.Add(new FindingsBaseline(AlwaysPresent, Figures(Constant(ones, ones, string.Join($" {CaptionMetrics.Separator} ", cases.Labels)))));
        return new FindingsReport
        {
            Whole = Figures(cases),
            Baselines = baselines,
            Resamples = resamples,
            Seed = seed,
        };
    }

    /// <summary>The second model minus the first, on the same cases in the same order.</summary>
    /// <exception cref="InvalidOperationException">The cases, or the findings, are not the same.</exception>
    internal static FindingsComparison Compare(
        FindingCases first,
        FindingCases second,
        int resamples,
        int seed,
        IReadOnlyList<EvaluationMetric>? metrics = null,
        CancellationToken cancellation = default
    )
    {
        Evaluation.RequireSameCount(first.Count, second.Count);
        if (first.Labels.Except(second.Labels).Concat(second.Labels.Except(first.Labels)).FirstOrDefault() is { } only)
            throw new InvalidOperationException(
                ErrorCode.CasesDiffer.Message(
                    $"The two models do not tell the same findings: only one of them knows '{only}'. Train both on the same labels."
                )
            );
        first = first.Over(second.Labels);
        for (int i = 0; i < first.Count; i++)
        {
            if (first.Captions[i] != second.Captions[i])
                throw new InvalidOperationException(
                    ErrorCode.CasesDiffer.Message(
                        $"The two views are not of the same cases in the same order: row {i} has the annotation '{first.Captions[i]}' in the "
                            + $"first, '{second.Captions[i]}' in the second."
                    )
                );
            if (!first.Truth[i].AsSpan().SequenceEqual(second.Truth[i]))
                throw new InvalidOperationException(
                    ErrorCode.CasesDiffer.Message(
                        $"The two views are not of the same cases in the same order: the true findings of row {i} are others in the first than in "
                            + $"the second."
                    )
                );
        }

        FindingMeasures from = new(first, metrics ?? EvaluationMetric.BuiltIn),
            to = new(second, metrics ?? EvaluationMetric.BuiltIn);
        return new FindingsComparison
        {
            Whole = to.Figures(Intervals.PairedDifference(second.Units, to.Count, from.Compute, to.Compute, resamples, seed, cancellation)),
            Resamples = resamples,
            Seed = seed,
        };
    }

    private static float Share(float[] known) => known.Length == 0 ? 0 : known.Average();
}
