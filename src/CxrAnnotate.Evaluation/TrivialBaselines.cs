namespace CxrAnnotate;

/// <summary>
/// Predictors that do not look at the image, made from the labels and annotations of the training rows (section 5.1 of the method's specification).
/// Their figures show how much can be predicted without it.
/// The last one uses only the model's predicted label and shows what the decoder adds to it.
/// </summary>
internal sealed class TrivialBaselines
{
    private readonly Rows? _all;
    private readonly Dictionary<string, Rows> _byLabel = [],
        _bySource = [],
        _byView = [];

    /// <param name="training">The training rows; null: only the baselines that need no training rows are made.</param>
    internal TrivialBaselines(TrainingCases? training = null)
    {
        if (training is null)
            return;
        string?[] labels = [.. training.Truth.Select(row => Array.IndexOf(row, 1f) is >= 0 and int label ? training.Labels[label] : null)];
        Dictionary<string, Rows> By(string?[] keys) =>
            Enumerable
                .Range(0, keys.Length)
                .Where(i => keys[i] is not null)
                .GroupBy(i => keys[i]!, StringComparer.Ordinal)
                .ToDictionary(g => g.Key, g => new Rows([.. g], training, labels));

        _all = new Rows([.. Enumerable.Range(0, labels.Length)], training, labels);
        _byLabel = By(labels);
        _bySource = By(training.Sources ?? []);
        _byView = By(training.Views ?? []);
    }

    /// <summary>A label's most frequent training annotation, the first seen on a tie; the label's own words if it never occurred.</summary>
    internal string MostFrequentCaption(string label) => _byLabel.TryGetValue(label, out Rows? rows) && rows.Mode is { } mode ? mode : WordsOf(label);

    /// <summary>Each baseline's output on the cases of an evaluation, in reading order.</summary>
    internal IEnumerable<(string Name, EvaluationCases Cases)> On(EvaluationCases cases)
    {
        bool decoded = cases.Emitted is not null;
        string[] words = [.. (_all?.Words ?? []).Order(StringComparer.Ordinal)];
        EvaluationCases Output(Func<int, float[]> decisions, Func<int, double[]> scores, Func<int, string> tokens, Func<int, Rows?> source)
        {
            T[] Each<T>(Func<int, T> make) => [.. Enumerable.Range(0, cases.Count).Select(make)];
            return cases with
            {
                Decisions = Each(decisions),
                Scores = Each(scores),
                Emitted = decoded ? Each(tokens) : null,
                Words = words,
                WordProbabilities = decoded && words.Length > 0 ? Each(i => (source(i) ?? _all!).WordShares(words)) : null,
            };
        }

        EvaluationCases Certain(Func<int, string?> label, Func<string, string> tokens) =>
            Output(
                i => cases.OneHot(label(i)),
                i => Array.ConvertAll(cases.OneHot(label(i)), one => (double)one),
                i => tokens(label(i) ?? ""),
                i => OfLabel(label(i))
            );
        EvaluationCases Group(Func<int, Rows> rows) =>
            Output(
                i => cases.IsMultiLabel ? rows(i).LikelyLabels(cases.Labels) : cases.OneHot(rows(i).MajorityLabel),
                i => rows(i).LabelShares(cases.Labels),
                i =>
                    cases.IsMultiLabel
                        ? rows(i).Mode ?? cases.NormalLabel
                        : rows(i).MajorityCaption ?? WordsOf(rows(i).MajorityLabel ?? cases.NormalLabel),
                rows
            );
        string? TrueLabel(int i) => cases.LabelOf(cases.Truth[i]) ?? CaptionMetrics.Words(cases.Captions[i]).FirstOrDefault();
        string? Named(int i) => cases.LabelOf(cases.Decisions[i]);
        Rows? OfLabel(string? label) => label is null ? null : _byLabel.GetValueOrDefault(label);

        if (!cases.IsMultiLabel)
            yield return (BaselineFigures.AlwaysNormal, Certain(_ => cases.NormalLabel, label => label));
        if (_all is not null)
            yield return (BaselineFigures.LabelPrior, Group(_ => _all));
        if (cases.IsMultiLabel)
            yield return (
                BaselineFigures.AlwaysPresent,
                Output(
                    _ => [.. cases.Labels.Select(_ => 1f)],
                    _ => [.. cases.Labels.Select(_ => 1.0)],
                    _ => string.Join($" {CaptionMetrics.Separator} ", cases.Labels),
                    _ => null
                )
            );
        if (_all is not null)
        {
            if (_bySource.Count > 0 && cases.Sources is { } sources)
                yield return (BaselineFigures.SourceOnly, Group(i => _bySource.GetValueOrDefault(sources[i], _all)));
            if (_byView.Count > 0 && cases.Views is { } views)
                yield return (BaselineFigures.ViewOnly, Group(i => _byView.GetValueOrDefault(views[i], _all)));
        }

        // Only a single label has an annotation that belongs to it.
        if (!decoded || cases.IsMultiLabel)
            yield break;
        yield return (BaselineFigures.TrueLabelWord, Certain(TrueLabel, WordsOf));
        if (_all is null)
            yield break;
        yield return (BaselineFigures.TrueLabelMode, Certain(TrueLabel, MostFrequentCaption));
        yield return (
            BaselineFigures.PredictedLabelMode,
            Output(i => cases.Decisions[i], i => cases.Scores[i], i => MostFrequentCaption(Named(i) ?? ""), i => OfLabel(Named(i)))
        );
    }

    /// <summary>A label as an annotation: a pattern's names become terms.</summary>
    private static string WordsOf(string label) => label.Replace("+", $" {CaptionMetrics.Separator} ", StringComparison.Ordinal);

    /// <summary>The labels, annotations and words of a group of training rows.</summary>
    private sealed class Rows
    {
        private readonly Dictionary<string, double> _shares = [];
        private readonly Dictionary<string, int> _words = [];
        private readonly int _annotated;

        internal Rows(int[] rows, TrainingCases training, string?[] labels)
        {
            for (int k = 0; k < training.Labels.Length; k++)
            {
                float[] known = [.. rows.Select(i => training.Truth[i][k]).Where(truth => !float.IsNaN(truth))];
                _shares[training.Labels[k]] = known.Length == 0 ? 0 : (double)known.Count(truth => truth == 1) / known.Length;
            }

            foreach (int i in rows)
            {
                if (string.IsNullOrWhiteSpace(training.Captions[i]))
                    continue;
                _annotated++;
                foreach (string word in CaptionMetrics.Words(training.Captions[i]).Distinct())
                    _words[word] = _words.GetValueOrDefault(word) + 1;
            }

            MajorityLabel = MostFrequent(rows.Select(i => labels[i]));
            Mode = MostFrequent(rows.Select(i => training.Captions[i]));
            MajorityCaption = MostFrequent(rows.Where(i => labels[i] == MajorityLabel).Select(i => training.Captions[i]));
        }

        internal string? MajorityLabel { get; }

        /// <summary>The most frequent annotation.</summary>
        internal string? Mode { get; }

        /// <summary>The most frequent annotation of the most frequent label.</summary>
        internal string? MajorityCaption { get; }

        internal IEnumerable<string> Words => _words.Keys;

        /// <summary>The share of rows with each label, among those in which it is known.</summary>
        internal double[] LabelShares(string[] names) => [.. names.Select(name => _shares.GetValueOrDefault(name))];

        /// <summary>1 for each label that at least half of the rows have.</summary>
        internal float[] LikelyLabels(string[] names) => Array.ConvertAll(LabelShares(names), share => share >= 0.5 ? 1f : 0);

        internal float[] WordShares(string[] words) => [.. words.Select(w => _annotated == 0 ? 0 : (float)_words.GetValueOrDefault(w) / _annotated)];

        /// <summary>The most frequent value that is not empty; the first seen on a tie.</summary>
        private static string? MostFrequent(IEnumerable<string?> values) =>
            values.Where(v => !string.IsNullOrWhiteSpace(v)).GroupBy(v => v, StringComparer.Ordinal).MaxBy(g => g.Count())?.Key;
    }
}
