namespace CxrAnnotate;

/// <summary>
/// The cases that a metric is computed on. Truth, decisions and scores are matrices of cases by labels for both label schemes: with one label per
/// image a case's true label is 1 and the others are 0, and so for what is predicted.
/// </summary>
public sealed class MetricCases
{
    private readonly float[][] _truth,
        _decisions;
    private readonly double[][] _scores;
    private readonly string[] _captions;
    private readonly string[]? _annotations;
    private readonly Lazy<Ranking[]> _rankings;

    private MetricCases(string[] labels, float[][] truth, float[][] decisions, double[][] scores, string[] captions, string[]? annotations)
    {
        Labels = labels;
        (_truth, _decisions, _scores, _captions, _annotations) = (truth, decisions, scores, captions, annotations);
        _rankings = new(() => [.. Enumerable.Range(0, labels.Length).Select(Rank)]);
    }

    /// <summary>The label names, in the order of the matrices' columns.</summary>
    public IReadOnlyList<string> Labels { get; }

    /// <summary>The number of cases.</summary>
    public int Count => _truth.Length;

    /// <summary>Whether a case may have several labels.</summary>
    public bool IsMultiLabel { get; private init; }

    /// <summary>Whether there are annotations; without, <see cref="Annotation"/> is empty for every case.</summary>
    public bool HasAnnotations => _annotations is not null;

    /// <summary>Each case's labels ranked by their scores, one versus the rest over the cases of which the label is known.</summary>
    internal IReadOnlyList<Ranking> Rankings => _rankings.Value;

    /// <summary>The truth of a case by label: 1 present, 0 absent, NaN unknown.</summary>
    /// <param name="index">The case, from 0.</param>
    public ReadOnlySpan<float> Truth(int index) => _truth[index];

    /// <summary>What is predicted for a case by label: 1 present, 0 absent.</summary>
    /// <param name="index">The case, from 0.</param>
    public ReadOnlySpan<float> Decisions(int index) => _decisions[index];

    /// <summary>The probabilities of a case by label, in [0, 1].</summary>
    /// <param name="index">The case, from 0.</param>
    public ReadOnlySpan<double> Scores(int index) => _scores[index];

    /// <summary>The tokens of a case's true annotation, joined by blanks, terms by <c>|</c>; empty where there is none.</summary>
    /// <param name="index">The case, from 0.</param>
    public string Caption(int index) => _captions[index];

    /// <summary>The tokens of a case's emitted annotation, as those of <see cref="Caption"/>.</summary>
    /// <param name="index">The case, from 0.</param>
    public string Annotation(int index) => _annotations?[index] ?? "";

    internal static MetricCases Of(EvaluationCases cases)
    {
        int labels = cases.Labels.Length;
        float[] OneHot(int label, float other) => [.. Enumerable.Range(0, labels).Select(k => k == label ? 1f : other)];
        return new MetricCases(
            cases.Labels,
            [.. cases.Truth.Select(label => OneHot(label, label < 0 ? float.NaN : 0))],
            [.. cases.Predicted.Select(label => OneHot(label, 0))],
            cases.Scores,
            cases.Captions,
            cases.Emitted
        );
    }

    internal static MetricCases Of(FindingCases cases) =>
        new(cases.Labels, cases.Truth, cases.Predicted, cases.Scores, cases.Captions, cases.Emitted) { IsMultiLabel = true };

    private Ranking Rank(int label)
    {
        int[] known = [.. Enumerable.Range(0, Count).Where(i => !float.IsNaN(_truth[i][label]))];
        return new Ranking(known, [.. known.Select(i => _scores[i][label])], [.. known.Select(i => _truth[i][label] == 1)]);
    }
}
