namespace CxrAnnotate;

/// <summary>The cases of an evaluation as arrays, one entry per case. What ML.NET views are read into, and what baselines are made as.</summary>
internal sealed record EvaluationCases
{
    /// <summary>The label names.</summary>
    internal required string[] Labels { get; init; }

    /// <summary>The true label, a position in <see cref="Labels"/>; -1: none.</summary>
    internal required int[] Truth { get; init; }

    /// <summary>The predicted label; -1: none.</summary>
    internal required int[] Predicted { get; init; }

    /// <summary>Probability by label.</summary>
    internal required double[][] Scores { get; init; }

    /// <summary>The true annotation's tokens; empty: none.</summary>
    internal required string[] Captions { get; init; }

    /// <summary>The emitted annotation's tokens; null where nothing was decoded.</summary>
    internal required string[]? Emitted { get; init; }

    /// <summary>The vocabulary of <see cref="WordProbabilities"/>.</summary>
    internal string[] Words { get; init; } = [];

    /// <summary>Each word's probability to occur in the annotation; null where the model gives none.</summary>
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

    /// <summary>Whether nothing abnormal is there: by the label, and without a label by the annotation.</summary>
    internal bool IsNormal(int i) => Truth[i] >= 0 ? Labels[Truth[i]] == NormalLabel : CaptionMetrics.CanonicalTerms(Captions[i]) == NormalLabel;

    /// <summary>Whether there is any truth to say normal or abnormal by.</summary>
    internal bool IsJudged(int i) => Truth[i] >= 0 || !string.IsNullOrWhiteSpace(Captions[i]);

    internal EvaluationCases Abnormal() => Where(i => IsJudged(i) && !IsNormal(i));

    internal EvaluationCases Where(Func<int, bool> keep)
    {
        int[] kept = [.. Enumerable.Range(0, Count).Where(keep)];
        T[] Pick<T>(T[] values) => [.. kept.Select(i => values[i])];
        return this with
        {
            Truth = Pick(Truth),
            Predicted = Pick(Predicted),
            Scores = Pick(Scores),
            Captions = Pick(Captions),
            Emitted = Emitted is null ? null : Pick(Emitted),
            WordProbabilities = WordProbabilities is null ? null : Pick(WordProbabilities),
            Sources = Sources is null ? null : Pick(Sources),
            Views = Views is null ? null : Pick(Views),
            Units = Pick(Units),
        };
    }

    /// <summary>The same cases over another list of labels that holds all of this one's.</summary>
    internal EvaluationCases Over(string[] labels)
    {
        int[] moved = [.. Labels.Select(l => Array.IndexOf(labels, l))];
        return this with
        {
            Labels = labels,
            Truth = [.. Truth.Select(t => t < 0 ? -1 : moved[t])],
            Predicted = [.. Predicted.Select(p => p < 0 ? -1 : moved[p])],
            Scores =
            [
                .. Scores.Select(s =>
                {
                    double[] row = new double[labels.Length];
                    for (int k = 0; k < s.Length; k++)
                        row[moved[k]] = s[k];
                    return row;
                }),
            ],
        };
    }
}
