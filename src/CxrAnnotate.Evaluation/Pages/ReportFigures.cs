namespace CxrAnnotate;

/// <summary>The curves and points of one yes-or-no question.</summary>
public sealed record QuestionFigures
{
    /// <summary>The question: a label, or <c>abnormal</c>, or <c>all findings pooled</c>.</summary>
    public required string Question { get; init; }

    /// <summary>The ROC curve.</summary>
    public required RocCurve Roc { get; init; }

    /// <summary>The precision-recall curve.</summary>
    public required PrecisionRecallCurve PrecisionRecall { get; init; }

    /// <summary>
    /// Sensitivity at a specificity of 90 %, specificity at a sensitivity of 90 %, and what the model itself decides, in this order.
    /// </summary>
    public required IReadOnlyList<OperatingPoint> OperatingPoints { get; init; }

    /// <summary>Whether the probabilities can be taken at their word.</summary>
    public required ReliabilityDiagram Reliability { get; init; }

    /// <summary>The counts of the model's decisions.</summary>
    public required DecisionTable Decisions { get; init; }
}

/// <summary>The decisions on one question.</summary>
/// <param name="Found">Positive cases that are called positive.</param>
/// <param name="FalseAlarms">Negative cases that are called positive.</param>
/// <param name="Missed">Positive cases that are not called.</param>
/// <param name="RightlyNegative">Negative cases that are not called.</param>
public sealed record DecisionTable(int Found, int FalseAlarms, int Missed, int RightlyNegative);

/// <summary>The gaps between the groups of a column.</summary>
/// <param name="Column">The column.</param>
/// <param name="Gaps">The gap of each figure.</param>
public sealed record SubgroupFigures(string Column, IReadOnlyList<NamedGap> Gaps);

/// <summary>The gap of one figure.</summary>
/// <param name="Figure">The figure, for example <c>AUROC abnormal</c>.</param>
/// <param name="Gap">The gap.</param>
public sealed record NamedGap(string Figure, SubgroupGap Gap);

/// <summary>The figures that an evaluation report computes from its cases.</summary>
public sealed record ReportFigures
{
    /// <summary>The share that operating points are asked for.</summary>
    public const double OperatingShare = 0.9;

    /// <summary>The main question: abnormal or not; without a normal label, or for multi-label, all labels pooled.</summary>
    public required QuestionFigures Main { get; init; }

    /// <summary>Each label against its absence, in the order of the labels; labels that no case or every case has are left out.</summary>
    public required IReadOnlyList<QuestionFigures> Labels { get; init; }

    /// <summary>
    /// The probability of what the model says: single-label, of the label that it names, which is right or not; multi-label, of every finding.
    /// </summary>
    public required ReliabilityDiagram Reliability { get; init; }

    /// <summary>The same before calibration; null if those probabilities are not given.</summary>
    public required ReliabilityDiagram? ReliabilityBefore { get; init; }

    /// <summary>
    /// What is wrong among the cases that the model is surest of; null without cases. Single-label, the confidence is the probability of the label
    /// that is named; multi-label, the product over the findings of the probability of what is decided, and a case is right if all decisions are.
    /// </summary>
    public required RiskCoverageCurve? RiskCoverage { get; init; }

    /// <summary>The area under <see cref="RiskCoverage"/> with its interval; NaN without cases.</summary>
    public required Estimate RiskCoverageArea { get; init; }

    /// <summary>The labels by truth and reading; null for multi-label.</summary>
    public required ConfusionMatrix? Confusion { get; init; }

    /// <summary>The gaps of each column of groups that has at least two values.</summary>
    public required IReadOnlyList<SubgroupFigures> Subgroups { get; init; }

    internal static ReportFigures Of(AnnotationReport report, ReportPage page)
    {
        PageCases cases = new(page, report.IsMultiLabel);
        CancellationToken cancellation = page.CancellationToken;
        int normal = Array.IndexOf(cases.Labels, MeshAnnotation.Normal);
        int[] known = [.. Enumerable.Range(0, cases.Count).Where(cases.IsKnown)];
        bool isAbnormal = !report.IsMultiLabel && normal >= 0 && known.Select(i => cases.Has(i, normal)).Distinct().Count() == 2;
        (int Case, int Label)[] pairs =
        [
            .. from i in known from k in Enumerable.Range(0, cases.Labels.Length) where cases.Truth(i, k) is not null select (i, k),
        ];
        BinaryCases main = isAbnormal
            ? new([.. known.Select(i => 1 - cases.Score(i, normal))], [.. known.Select(i => !cases.Has(i, normal))], Units(known))
            : Pooled(cases.Score);
        bool[] mainCalled = isAbnormal
            ? [.. known.Select(i => !cases.Names(i, normal))]
            : [.. pairs.Select(pair => cases.Names(pair.Case, pair.Label))];
        double[] confidence = [.. known.Select(Confidence)];
        bool[] allRight = [.. known.Select(cases.AllRight)];
        ConfusionMatrix? confusion =
            report.IsMultiLabel || report.Whole.ConfusionMatrix.Count == 0
                ? null
                : new ConfusionMatrix([.. report.Whole.Labels.Select(label => label.Label)], report.Whole.ConfusionMatrix);
        return new ReportFigures
        {
            Main = Question(isAbnormal ? "abnormal" : "all labels pooled", main, mainCalled),
            Labels =
            [
                .. Enumerable
                    .Range(0, cases.Labels.Length)
                    .Select(k => (Label: k, Cases: (int[])[.. known.Where(i => cases.Truth(i, k) is not null)]))
                    .Where(label => label.Cases.Select(i => cases.Has(i, label.Label)).Distinct().Count() == 2)
                    .Select(label =>
                        Question(
                            cases.Labels[label.Label],
                            OfLabel(label.Label, label.Cases),
                            [.. label.Cases.Select(i => cases.Names(i, label.Label))]
                        )
                    ),
            ],
            Reliability = Reliability(cases.Score),
            ReliabilityBefore = cases.HasBefore ? Reliability(cases.ScoreBefore) : null,
            RiskCoverage = known.Length == 0 ? null : RiskCoverageCurve.Of(confidence, allRight),
            RiskCoverageArea =
                known.Length == 0
                    ? new Estimate(double.NaN)
                    : RiskCoverageCurve.AreaOf(confidence, allRight, Units(known), page.Resamples, page.Seed, cancellation),
            Confusion = confusion,
            Subgroups = [.. page.GroupColumns.Select(Subgroups).OfType<SubgroupFigures>()],
        };

        double Confidence(int i) =>
            report.IsMultiLabel
                ? Enumerable
                    .Range(0, cases.Labels.Length)
                    .Aggregate(1.0, (all, k) => all * (cases.Names(i, k) ? cases.Score(i, k) : 1 - cases.Score(i, k)))
                : cases.NamedLabels(i).Select(k => cases.Score(i, k)).DefaultIfEmpty().Max();

        string[] Units(IEnumerable<int> of) => [.. of.Select(i => cases.Units[i])];

        BinaryCases Pooled(Func<int, int, double> score) =>
            new(
                [.. pairs.Select(pair => score(pair.Case, pair.Label))],
                [.. pairs.Select(pair => cases.Has(pair.Case, pair.Label))],
                Units(pairs.Select(pair => pair.Case))
            );

        BinaryCases OfLabel(int label, int[] of) =>
            new([.. of.Select(i => cases.Score(i, label))], [.. of.Select(i => cases.Has(i, label))], Units(of));

        QuestionFigures Question(string name, BinaryCases of, bool[] called)
        {
            cancellation.ThrowIfCancellationRequested();
            int Count(bool positive, bool yes) => Enumerable.Range(0, of.Count).Count(i => of.Positive[i] == positive && called[i] == yes);
            return new QuestionFigures
            {
                Question = name,
                Roc = RocCurve.Of(of, page.Resamples, page.Seed, cancellation),
                PrecisionRecall = PrecisionRecallCurve.Of(of, page.Resamples, page.Seed, cancellation),
                OperatingPoints =
                [
                    OperatingPoint.AtSpecificity(of, OperatingShare, page.Resamples, page.Seed, cancellation),
                    OperatingPoint.AtSensitivity(of, OperatingShare, page.Resamples, page.Seed, cancellation),
                    OperatingPoint.OfDecisions(of, called, page.Resamples, page.Seed, cancellation),
                ],
                Reliability = ReliabilityDiagram.Of(of, resamples: page.Resamples, seed: page.Seed, cancellation: cancellation),
                Decisions = new DecisionTable(Count(true, true), Count(false, true), Count(true, false), Count(false, false)),
            };
        }

        ReliabilityDiagram Reliability(Func<int, int, double> score)
        {
            BinaryCases of = Pooled(score);
            if (!report.IsMultiLabel)
            {
                // The label named is that of the reading, whichever probabilities are shown.
                (int Case, int Named)[] named =
                [
                    .. known.Select(i => (i, Array.FindIndex(cases.Labels, label => cases.Names(i, label)))).Where(one => one.Item2 >= 0),
                ];
                of = new(
                    [.. named.Select(one => score(one.Case, one.Named))],
                    [.. named.Select(one => cases.Has(one.Case, one.Named))],
                    Units(named.Select(one => one.Case))
                );
            }
            return ReliabilityDiagram.Of(of, resamples: page.Resamples, seed: page.Seed, cancellation: cancellation);
        }

        SubgroupFigures? Subgroups(string column, int index)
        {
            cancellation.ThrowIfCancellationRequested();
            string[] groups = [.. page.Cases.Select(one => one.Groups[index])];
            int values = groups.Where(group => group.Length > 0).Distinct(StringComparer.Ordinal).Count();
            if (values < 2)
                return null;
            List<NamedGap> gaps = [];
            if (isAbnormal)
                gaps.Add(Gap("AUROC abnormal", known, main.Ranking().Auroc));
            else if (MacroAuroc(groups) is { } macro)
                gaps.Add(Gap(macro.Name, [.. Enumerable.Range(0, cases.Count)], macro.Figure));
            int[] right = [.. known.Select(i => cases.AllRight(i) ? 1 : 0)];
            gaps.Add(
                Gap(
                    report.IsMultiLabel ? "Share of radiographs with all findings right" : "Share of radiographs with the right label",
                    known,
                    Weighted.Mean([.. Enumerable.Range(0, known.Length)], [.. right.Select(one => (double)one)])
                )
            );
            return new SubgroupFigures(column, gaps);

            NamedGap Gap(string name, int[] of, MetricComputation figure) =>
                new(
                    name,
                    SubgroupGap.Of(
                        [.. of.Select(i => groups[i])],
                        Units(of),
                        figure,
                        resamples: page.Resamples,
                        seed: page.Seed,
                        cancellation: cancellation
                    )
                );
        }

        // Only labels that every compared group has and lacks: otherwise the groups would be compared by different labels.
        (string Name, MetricComputation Figure)? MacroAuroc(string[] groups)
        {
            const int least = 3;
            int[][] compared =
            [
                .. known
                    .Where(i => groups[i].Length > 0)
                    .GroupBy(i => groups[i], StringComparer.Ordinal)
                    .Where(group => group.Count() >= SubgroupGap.DefaultMinimumCases)
                    .Select(group => group.ToArray()),
            ];
            int[] shared =
            [
                .. Enumerable
                    .Range(0, cases.Labels.Length)
                    .Where(k =>
                        Array.TrueForAll(
                            compared,
                            group =>
                                group.Count(i => cases.Truth(i, k) == true) >= least && group.Count(i => cases.Truth(i, k) == false) >= least
                        )
                    ),
            ];
            if (compared.Length < 2 || shared.Length == 0)
                return null;
            return (
                $"Mean AUROC of the {Plural.Of(shared.Length, "label", "labels")} that all groups have",
                Weighted.MeanArea(
                    shared.Select(k =>
                    {
                        int[] of = [.. known.Where(i => cases.Truth(i, k) is not null)];
                        return new Ranking(of, [.. of.Select(i => cases.Score(i, k))], [.. of.Select(i => cases.Has(i, k))]);
                    }),
                    ranking => ranking.Auroc
                )
            );
        }
    }
}
