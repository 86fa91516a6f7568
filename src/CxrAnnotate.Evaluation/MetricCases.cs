namespace CxrAnnotate;

/// <summary>
/// The cases that a metric is computed on. Truth, decisions and scores are matrices of cases by labels for both label schemes: for single-label cases
/// the true label is 1 and the others are 0, and the same holds for the decisions.
/// </summary>
public sealed class MetricCases
{
    private readonly Lazy<Ranking[]> _rankings;
    private readonly Lazy<LabelDecisions[]> _decisions;
    private readonly Lazy<AnnotationPairs> _pairs;

    internal MetricCases(EvaluationCases cases)
    {
        Cases = cases;
        _rankings = new(() => [.. Enumerable.Range(0, cases.Labels.Length).Select(label => Ranked([label]))]);
        _decisions = new(() => [.. Enumerable.Range(0, cases.Labels.Length).Select(label => new LabelDecisions(cases, label))]);
        _pairs = new(() => new AnnotationPairs(cases));
    }

    /// <summary>The label names, in the order of the matrices' columns.</summary>
    public IReadOnlyList<string> Labels => Cases.Labels;

    /// <summary>The number of cases.</summary>
    public int Count => Cases.Count;

    /// <summary>Whether a case may have several labels.</summary>
    public bool IsMultiLabel => Cases.IsMultiLabel;

    /// <summary>Whether there are annotations; if not, <see cref="Annotation"/> is empty for every case.</summary>
    public bool HasAnnotations => Cases.Emitted is not null;

    internal EvaluationCases Cases { get; }

    /// <summary>Each case's labels ranked by their scores, one versus the rest, over the cases in which the label is known.</summary>
    internal IReadOnlyList<Ranking> Rankings => _rankings.Value;

    /// <summary>The decisions on each label.</summary>
    internal IReadOnlyList<LabelDecisions> ByLabel => _decisions.Value;

    /// <summary>The annotated cases.</summary>
    internal AnnotationPairs Pairs => _pairs.Value;

    /// <summary>The truth of a case by label: 1 present, 0 absent, NaN unknown.</summary>
    /// <param name="index">The case, from 0.</param>
    public ReadOnlySpan<float> Truth(int index) => Cases.Truth[index];

    /// <summary>The decisions on a case by label: 1 present, 0 absent.</summary>
    /// <param name="index">The case, from 0.</param>
    public ReadOnlySpan<float> Decisions(int index) => Cases.Decisions[index];

    /// <summary>The probabilities of a case by label, in [0, 1].</summary>
    /// <param name="index">The case, from 0.</param>
    public ReadOnlySpan<double> Scores(int index) => Cases.Scores[index];

    /// <summary>The tokens of a case's true annotation, joined by blanks, terms by <c>|</c>; empty if there is none.</summary>
    /// <param name="index">The case, from 0.</param>
    public string Caption(int index) => Cases.Captions[index];

    /// <summary>The tokens of a case's emitted annotation, in the format of <see cref="Caption"/>.</summary>
    /// <param name="index">The case, from 0.</param>
    public string Annotation(int index) => Cases.Emitted?[index] ?? "";

    /// <summary>Computes the per-label statistics on a weighted sample.</summary>
    internal LabelStatistics Statistics(ReadOnlySpan<int> weights)
    {
        LabelStatistics statistics = new(new DecisionCounts[Labels.Count], new double[Labels.Count], new double[Labels.Count]);
        for (int k = 0; k < Labels.Count; k++)
        {
            statistics.Decisions[k] = ByLabel[k].On(weights);
            statistics.Auroc[k] = Rankings[k].Auroc(weights);
            statistics.AveragePrecision[k] = Rankings[k].AveragePrecision(weights);
        }

        return statistics;
    }

    /// <summary>The scores of the given labels ranked together, each over the cases in which it is known.</summary>
    internal Ranking Ranked(IEnumerable<int> labels)
    {
        (int Case, int Label)[] pairs =
        [
            .. labels.SelectMany(label => Enumerable.Range(0, Count).Where(i => !float.IsNaN(Cases.Truth[i][label])).Select(i => (i, label))),
        ];
        return new Ranking(
            [.. pairs.Select(pair => pair.Case)],
            [.. pairs.Select(pair => Cases.Scores[pair.Case][pair.Label])],
            [.. pairs.Select(pair => Cases.Truth[pair.Case][pair.Label] == 1)]
        );
    }

    /// <summary>The mean of a value given by case, over the cases whose truth is known.</summary>
    internal MetricComputation MeanOverKnown(Func<int, double> value)
    {
        int[] known = [.. Enumerable.Range(0, Count).Where(Cases.IsKnown)];
        return Weighted.Mean(known, [.. known.Select(value)]);
    }
}
