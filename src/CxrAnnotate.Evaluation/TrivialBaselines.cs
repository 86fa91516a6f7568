namespace CxrAnnotate;

/// <summary>
/// Readers that look at no image, made from the training rows' labels and annotations (section 5.1 of the method's specification): what they reach is
/// what the collection gives away for free.
/// The last one looks through the model's label alone and shows what the decoder adds to it.
/// </summary>
internal sealed class TrivialBaselines
{
    internal const string AlwaysNormal = "always normal";
    internal const string LabelPrior = "label prior";
    internal const string SourceOnly = "source only";
    internal const string ViewOnly = "view only";
    internal const string TrueLabelWord = "true label word";
    internal const string TrueLabelMode = "true label, its most frequent annotation";
    internal const string PredictedLabelMode = "predicted label, its most frequent annotation";

    private readonly Rows? _all;
    private readonly Dictionary<string, Rows> _byLabel,
        _bySource,
        _byView;
    private readonly bool _knowsSources,
        _knowsViews;

    /// <summary>Baselines without a training set: only those that need none.</summary>
    internal TrivialBaselines()
        : this([], [], null, null) => _all = null;

    /// <param name="labels">Label of each training row; null: none.</param>
    /// <param name="captions">Annotation tokens of each training row; empty: none.</param>
    /// <param name="sources">Source of each training row, where known.</param>
    /// <param name="views">Projection of each training row, where known.</param>
    internal TrivialBaselines(
        IReadOnlyList<string?> labels,
        IReadOnlyList<string> captions,
        IReadOnlyList<string>? sources,
        IReadOnlyList<string>? views
    )
    {
        Dictionary<string, Rows> By(Func<int, string?> key) =>
            Enumerable
                .Range(0, labels.Count)
                .Where(i => key(i) is not null)
                .GroupBy(i => key(i)!, StringComparer.Ordinal)
                .ToDictionary(g => g.Key, g => new Rows([.. g], labels, captions));

        _all = new Rows([.. Enumerable.Range(0, labels.Count)], labels, captions);
        _byLabel = By(i => labels[i]);
        _knowsSources = sources is not null;
        _knowsViews = views is not null;
        _bySource = sources is null ? [] : By(i => sources[i]);
        _byView = views is null ? [] : By(i => views[i]);
    }

    /// <summary>A label's most frequent training annotation, the first seen on a tie; the label's words where it never occurred.</summary>
    internal string MostFrequentCaption(string label) => _byLabel.TryGetValue(label, out Rows? rows) && rows.Mode is { } mode ? mode : WordsOf(label);

    /// <summary>Each baseline's output on the cases of an evaluation, in reading order.</summary>
    internal IEnumerable<(string Name, EvaluationCases Cases)> On(EvaluationCases cases)
    {
        bool decoded = cases.Emitted is not null;
        EvaluationCases Output(Func<int, string?> label, Func<int, double[]> scores, Func<int, string> tokens, Func<int, Rows?> source)
        {
            string[] words = [.. (_all?.Words ?? []).Order(StringComparer.Ordinal)];
            return cases with
            {
                Predicted = [.. Enumerable.Range(0, cases.Count).Select(i => label(i) is { } name ? Array.IndexOf(cases.Labels, name) : -1)],
                Scores = [.. Enumerable.Range(0, cases.Count).Select(scores)],
                Emitted = decoded ? [.. Enumerable.Range(0, cases.Count).Select(tokens)] : null,
                Words = words,
                WordProbabilities =
                    decoded && words.Length > 0 ? [.. Enumerable.Range(0, cases.Count).Select(i => (source(i) ?? _all!).WordShares(words))] : null,
            };
        }

        double[] Certain(string? label) => [.. cases.Labels.Select(l => l == label ? 1.0 : 0)];
        string? TrueLabel(int i) => cases.Truth[i] >= 0 ? cases.Labels[cases.Truth[i]] : CaptionMetrics.Words(cases.Captions[i]).FirstOrDefault();
        string? Named(int i) => cases.Predicted[i] >= 0 ? cases.Labels[cases.Predicted[i]] : null;
        Rows? OfLabel(string? label) => label is null ? null : _byLabel.GetValueOrDefault(label);

        yield return (
            AlwaysNormal,
            Output(_ => cases.NormalLabel, _ => Certain(cases.NormalLabel), _ => cases.NormalLabel, _ => OfLabel(cases.NormalLabel))
        );
        if (_all is not null)
        {
            EvaluationCases Group(Func<int, Rows> rows) =>
                Output(
                    i => rows(i).MajorityLabel,
                    i => rows(i).LabelShares(cases.Labels),
                    i => rows(i).MajorityCaption ?? WordsOf(rows(i).MajorityLabel ?? cases.NormalLabel),
                    rows
                );

            yield return (LabelPrior, Group(_ => _all));
            if (_knowsSources && cases.Sources is { } sources)
                yield return (SourceOnly, Group(i => _bySource.GetValueOrDefault(sources[i], _all)));
            if (_knowsViews && cases.Views is { } views)
                yield return (ViewOnly, Group(i => _byView.GetValueOrDefault(views[i], _all)));
        }

        if (!decoded)
            yield break;
        yield return (TrueLabelWord, Output(TrueLabel, i => Certain(TrueLabel(i)), i => WordsOf(TrueLabel(i) ?? ""), i => OfLabel(TrueLabel(i))));
        if (_all is null)
            yield break;
        yield return (
            TrueLabelMode,
            Output(TrueLabel, i => Certain(TrueLabel(i)), i => MostFrequentCaption(TrueLabel(i) ?? ""), i => OfLabel(TrueLabel(i)))
        );
        yield return (PredictedLabelMode, Output(Named, i => cases.Scores[i], i => MostFrequentCaption(Named(i) ?? ""), i => OfLabel(Named(i))));
    }

    /// <summary>A label as an annotation: a pattern's names become terms.</summary>
    private static string WordsOf(string label) => label.Replace("+", $" {CaptionMetrics.Separator} ", StringComparison.Ordinal);

    /// <summary>What a group of training rows has: labels, annotations, words.</summary>
    private sealed class Rows
    {
        private readonly Dictionary<string, int> _labels = [];
        private readonly Dictionary<string, int> _words = [];
        private readonly int _annotated;

        internal Rows(int[] rows, IReadOnlyList<string?> labels, IReadOnlyList<string> captions)
        {
            foreach (int i in rows)
            {
                if (labels[i] is { } label)
                    _labels[label] = _labels.GetValueOrDefault(label) + 1;
                if (string.IsNullOrWhiteSpace(captions[i]))
                    continue;
                _annotated++;
                foreach (string word in CaptionMetrics.Words(captions[i]).Distinct())
                    _words[word] = _words.GetValueOrDefault(word) + 1;
            }

            MajorityLabel = MostFrequent(rows.Select(i => labels[i]));
            Mode = MostFrequent(rows.Select(i => captions[i]));
            MajorityCaption = MostFrequent(rows.Where(i => labels[i] == MajorityLabel).Select(i => captions[i]));
        }

        internal string? MajorityLabel { get; }

        /// <summary>The most frequent annotation.</summary>
        internal string? Mode { get; }

        /// <summary>The most frequent annotation of the most frequent label.</summary>
        internal string? MajorityCaption { get; }

        internal IEnumerable<string> Words => _words.Keys;

        internal double[] LabelShares(string[] names)
        {
            double total = _labels.Values.Sum();
            return [.. names.Select(n => total == 0 ? 0 : _labels.GetValueOrDefault(n) / total)];
        }

        internal float[] WordShares(string[] words) => [.. words.Select(w => _annotated == 0 ? 0 : (float)_words.GetValueOrDefault(w) / _annotated)];

        /// <summary>The first seen of the most frequent values that are not empty.</summary>
        private static string? MostFrequent(IEnumerable<string?> values) =>
            values.Where(v => !string.IsNullOrWhiteSpace(v)).GroupBy(v => v, StringComparer.Ordinal).MaxBy(g => g.Count())?.Key;
    }
}
