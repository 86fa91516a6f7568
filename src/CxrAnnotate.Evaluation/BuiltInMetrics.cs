namespace CxrAnnotate;

/// <summary>
/// The built-in metrics. Precision, recall and F1 of decisions are scikit-learn's; micro metrics pool all (case, label) pairs, macro metrics
/// are means over the labels for which they are defined. Unknown labels are always excluded.
/// </summary>
internal static class BuiltInMetrics
{
    private static readonly LabelScheme _singleLabel = LabelScheme.Exclusive,
        _multiLabel = LabelScheme.Independent;

    /// <summary>All metrics in reading order.</summary>
    internal static IReadOnlyList<EvaluationMetric> All { get; } =
    [
        new("accuracy", "labels that are right", LabelsRight) { Only = _singleLabel, IsShare = true },
        new("majorityAccuracy", "always naming the most frequent label", MajorityAccuracy)
        {
            Title = "majority accuracy",
            Only = _singleLabel,
            IsShare = true,
        },
        new("balancedAccuracy", "mean recall of the labels", BalancedAccuracy)
        {
            Title = "balanced accuracy",
            Only = _singleLabel,
            IsShare = true,
        },
        new("macroF1", "mean F1 of the labels", labels => DecisionCounts.MacroF1(labels.Decisions)) { Title = "macro-F1", IsShare = true },
        new("kappa", "agreement beyond chance (Cohen)", Kappa) { Only = _singleLabel, Minimum = -1 },
        new("brier", "summed squared errors of the probabilities, 0 to 2", Brier)
        {
            Title = "Brier",
            Only = _singleLabel,
            Maximum = 2,
            HigherIsBetter = false,
        },
        new("macroAuroc", "mean over the labels, each against its absence", labels => Statistic.MeanOfDefined(labels.Auroc))
        {
            Title = "macro AUROC",
        },
        new("macroAuprc", "mean average precision over the labels", labels => Statistic.MeanOfDefined(labels.AveragePrecision))
        {
            Title = "macro AUPRC",
        },
        new(
            "macroAuprg",
            "mean area under the precision-recall-gain curves",
            cases => Weighted.MeanArea(cases.Rankings, ranking => ranking.PrecisionRecallGainArea)
        )
        {
            Title = "macro AUPRG",
            Minimum = double.NegativeInfinity,
        },
        new("abnormalAuroc", "abnormal against normal", AbnormalAuroc) { Title = "AUROC abnormal", Only = _singleLabel },
        new("microPrecision", "over all findings of all images", labels => labels.Pooled.Precision)
        {
            Title = "micro precision",
            Only = _multiLabel,
            IsShare = true,
        },
        new("microRecall", "over all findings of all images", labels => labels.Pooled.Recall)
        {
            Title = "micro recall",
            Only = _multiLabel,
            IsShare = true,
        },
        new("microF1", "over all findings of all images", labels => labels.Pooled.F1)
        {
            Title = "micro-F1",
            Only = _multiLabel,
            IsShare = true,
        },
        new("microAuroc", "all findings of all images ranked together", cases => AllRanked(cases).Auroc)
        {
            Title = "micro AUROC",
            Only = _multiLabel,
        },
        new("microAuprc", "the same, average precision", cases => AllRanked(cases).AveragePrecision) { Title = "micro AUPRC", Only = _multiLabel },
        new("microBrier", "mean squared error of the probabilities", MicroBrier)
        {
            Title = "micro Brier",
            Only = _multiLabel,
            HigherIsBetter = false,
        },
        new("allFindingsRight", "images whose findings are all decided rightly", LabelsRight)
        {
            Title = "all findings right",
            Only = _multiLabel,
            IsShare = true,
        },
        .. Enumerable
            .Range(1, CaptionMetrics.MaximumOrder)
            .Select(n => new EvaluationMetric(
                $"bleu{n}",
                n == 1 ? "words that agree" : $"sequences of up to {n} words",
                cases => OfMatches(cases, (matches, weights) => CaptionMetrics.Bleu(matches, weights)[n - 1])
            )
            {
                Title = $"BLEU-{n}",
                Only = _singleLabel,
                NeedsAnnotations = true,
                IsShare = true,
            }),
        .. Enumerable
            .Range(1, CaptionMetrics.MaximumOrder)
            .Select(n => new EvaluationMetric(
                $"ngramPrecision{n}",
                $"sequences of {n} words that agree, mean over images",
                cases => OfMatches(cases, (matches, weights) => CaptionMetrics.MeanPrecision(matches, weights)[n - 1])
            )
            {
                Title = $"{n}-gram precision",
                Only = _singleLabel,
                NeedsAnnotations = true,
                IsShare = true,
            }),
        new("rougeL", "longest common sequence", RougeL)
        {
            Title = "ROUGE-L",
            Only = _singleLabel,
            NeedsAnnotations = true,
            IsShare = true,
        },
        new("cider", "by how telling words are, 0 to 10", Cider)
        {
            Title = "CIDEr",
            Only = _singleLabel,
            NeedsAnnotations = true,
            Maximum = 10,
        },
        new("exactMatch", "whole annotations that are right", ExactMatch)
        {
            Title = "exact match",
            NeedsAnnotations = true,
            IsShare = true,
        },
    ];

    private static MetricComputation LabelsRight(MetricCases cases) => cases.MeanOverKnown(i => IsRight(cases.Truth(i), cases.Decisions(i)) ? 1 : 0);

    private static bool IsRight(ReadOnlySpan<float> truth, ReadOnlySpan<float> decisions)
    {
        for (int k = 0; k < truth.Length; k++)
            if (!float.IsNaN(truth[k]) && truth[k] != decisions[k])
                return false;
        return true;
    }

    private static double MajorityAccuracy(LabelStatistics labels)
    {
        long total = labels.Pooled.Present;
        return total == 0 ? double.NaN : (double)labels.Decisions.Max(d => d.Present) / total;
    }

    /// <summary>Over the labels that occur in the truth.</summary>
    private static double BalancedAccuracy(LabelStatistics labels) =>
        Statistic.MeanOfDefined([.. labels.Decisions.Where(d => d.Present > 0).Select(d => d.Recall)]);

    /// <summary>NaN if the agreement expected by chance is complete (one label only).</summary>
    private static double Kappa(LabelStatistics labels)
    {
        (long hits, _, long total) = labels.Pooled;
        double chance = labels.Decisions.Sum(d => (double)d.Present / total * d.Predicted / total);
        return chance >= 1 ? double.NaN : ((double)hits / total - chance) / (1 - chance);
    }

    private static MetricComputation Brier(MetricCases cases) =>
        cases.MeanOverKnown(i => cases.Cases.Scores[i].Zip(cases.Cases.Truth[i], (score, truth) => (score - truth) * (score - truth)).Sum());

    /// <summary>The binary Brier score (0 to 1) over all (case, finding) pairs with known truth.</summary>
    private static MetricComputation MicroBrier(MetricCases cases)
    {
        (int Case, double Error)[] errors =
        [
            .. from i in Enumerable.Range(0, cases.Count)
            from error in cases.Cases.Scores[i].Zip(cases.Cases.Truth[i], (score, truth) => (score - truth) * (score - truth))
            where !double.IsNaN(error)
            select (i, error),
        ];
        return Weighted.Mean([.. errors.Select(e => e.Case)], [.. errors.Select(e => e.Error)]);
    }

    /// <summary>By one minus the probability of normal.</summary>
    private static MetricComputation AbnormalAuroc(MetricCases cases)
    {
        EvaluationCases of = cases.Cases;
        int normal = Array.IndexOf(of.Labels, of.NormalLabel);
        int[] judged = normal < 0 ? [] : [.. Enumerable.Range(0, of.Count).Where(of.IsJudged)];
        return new Ranking(judged, [.. judged.Select(i => -of.Scores[i][normal])], [.. judged.Select(i => !of.IsNormal(i))]).Auroc;
    }

    private static Ranking AllRanked(MetricCases cases) => cases.Ranked(Enumerable.Range(0, cases.Labels.Count));

    private static MetricComputation OfMatches(MetricCases cases, Func<NgramMatch[], int[], double> metric)
    {
        NgramMatch[] matches = cases.Pairs.Matches;
        return weights => metric(matches, cases.Pairs.Weights(weights));
    }

    private static MetricComputation RougeL(MetricCases cases)
    {
        (string[][] emitted, string[][][] truth) = (cases.Pairs.EmittedWords, cases.Pairs.TrueWords);
        return cases.Pairs.Mean(p => CaptionMetrics.RougeL(emitted[p], truth[p]));
    }

    private static MetricComputation Cider(MetricCases cases)
    {
        double[] cider = CaptionMetrics.Cider(cases.Pairs.EmittedWords, cases.Pairs.TrueWords);
        return cases.Pairs.Mean(p => cider[p]);
    }

    /// <summary>For multi-label cases a term's qualifiers may come in any order, and "normal" is a set without terms.</summary>
    private static MetricComputation ExactMatch(MetricCases cases)
    {
        (string[] emitted, string[] truth) = (cases.Pairs.Emitted, cases.Pairs.True);
        IReadOnlySet<string> Terms(string tokens) => AnnotationSets.Of(tokens, AnnotationSets.Term, cases.Cases.NormalLabel);
        return cases.Pairs.Mean(p =>
            (cases.IsMultiLabel ? Terms(emitted[p]).SetEquals(Terms(truth[p])) : CaptionMetrics.ExactMatch(emitted[p], truth[p])) ? 1 : 0
        );
    }
}
