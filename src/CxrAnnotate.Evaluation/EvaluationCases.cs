namespace CxrAnnotate;

/// <summary>
/// The cases of an evaluation as arrays, one entry per case, read from ML.NET views or made by a baseline. Truth, decisions and
/// scores are matrices in both label schemes; for single-label cases, truth and decisions are one-hot.
/// </summary>
internal sealed record EvaluationCases
{
    /// <summary>How the labels relate to each other.</summary>
    internal required LabelScheme Scheme { get; init; }

    /// <summary>The label names.</summary>
    internal required string[] Labels { get; init; }

    /// <summary>
    /// By case and label: 1 present, 0 absent, NaN unknown. A single-label row is either known as a whole or unknown.
    /// </summary>
    internal required float[][] Truth { get; init; }

    /// <summary>By case and label: 1 predicted, 0 not.</summary>
    internal required float[][] Decisions { get; init; }

    /// <summary>Probability by case and label.</summary>
    internal required double[][] Scores { get; init; }

    /// <summary>The true annotation's tokens; empty: none.</summary>
    internal required string[] Captions { get; init; }

    /// <summary>The emitted annotation's tokens; null if no annotations were decoded.</summary>
    internal required string[]? Emitted { get; init; }

    /// <summary>The vocabulary of <see cref="WordProbabilities"/>.</summary>
    internal string[] Words { get; init; } = [];

    /// <summary>Each word's probability to occur in the annotation; null if the model provides none.</summary>
    internal float[][]? WordProbabilities { get; init; }

    /// <summary>The group (source) of each case; null: not known.</summary>
    internal string[]? Sources { get; init; }

    /// <summary>The projection of each case; null: not known.</summary>
    internal string[]? Views { get; init; }

    /// <summary>The unit (patient, study) that each case belongs to; intervals draw units.</summary>
    internal required string[] Units { get; init; }

    /// <summary>The label and word of a normal case.</summary>
    internal required string NormalLabel { get; init; }

    internal int Count => Truth.Length;

    internal bool IsMultiLabel => Scheme == LabelScheme.Independent;

    /// <summary>Whether the truth of any label is known.</summary>
    internal bool IsKnown(int i) => Array.Exists(Truth[i], truth => !float.IsNaN(truth));

    /// <summary>The first label that is set in a row of truth or decisions; null if none.</summary>
    internal string? LabelOf(float[] row) => Array.IndexOf(row, 1f) is >= 0 and int label ? Labels[label] : null;

    /// <summary>A row of truth or decisions with one label set; with none if the label is null or not in the list.</summary>
    internal float[] OneHot(string? label) => [.. Labels.Select(name => name == label ? 1f : 0f)];

    /// <summary>Whether the case is normal: by its labels, or by its annotation if they are unknown.</summary>
    internal bool IsNormal(int i) =>
        IsKnown(i)
            ? !Labels.Where((label, k) => Truth[i][k] == 1 && label != NormalLabel).Any()
            : CaptionMetrics.CanonicalTerms(Captions[i]) == NormalLabel;

    /// <summary>Whether any truth shows that the case is normal or abnormal.</summary>
    internal bool IsJudged(int i) => IsKnown(i) || !string.IsNullOrWhiteSpace(Captions[i]);

    internal EvaluationCases Abnormal() => Where(i => IsJudged(i) && !IsNormal(i));

    internal EvaluationCases Where(Func<int, bool> keep) => Of([.. Enumerable.Range(0, Count).Where(keep)]);

    /// <summary>Some of the cases, in another order.</summary>
    internal EvaluationCases Of(int[] kept)
    {
        T[] Pick<T>(T[] values) => [.. kept.Select(i => values[i])];
        return this with
        {
            Truth = Pick(Truth),
            Decisions = Pick(Decisions),
            Scores = Pick(Scores),
            Captions = Pick(Captions),
            Emitted = Emitted is null ? null : Pick(Emitted),
            WordProbabilities = WordProbabilities is null ? null : Pick(WordProbabilities),
            Sources = Sources is null ? null : Pick(Sources),
            Views = Views is null ? null : Pick(Views),
            Units = Pick(Units),
        };
    }

    /// <summary>The same cases over another list of labels. A label that is new here is absent wherever the truth is known.</summary>
    internal EvaluationCases Over(string[] labels)
    {
        int[] from = [.. labels.Select(label => Array.IndexOf(Labels, label))];
        T[][] Take<T>(T[][] rows, Func<int, T> missing) =>
            [.. rows.Select((row, i) => from.Select(k => k < 0 ? missing(i) : row[k]).ToArray())];
        return this with
        {
            Labels = labels,
            Truth = Take(Truth, i => IsKnown(i) ? 0 : float.NaN),
            Decisions = Take(Decisions, _ => 0f),
            Scores = Take(Scores, _ => 0.0),
        };
    }
}
