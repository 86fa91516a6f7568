namespace CxrAnnotate;

/// <summary>Makes readings of a graph's results.</summary>
/// <param name="info">The model's metadata.</param>
/// <param name="alternatives">The maximum number of annotations that a reading lists besides the best one.</param>
/// <param name="coverage">The coverage of conformal sets.</param>
internal sealed class ReadingBuilder(CascadeGraphInfo info, int alternatives, double coverage)
{
    /// <summary>
    /// The outputs without which nothing can be read; the entropy, and those of the search, which alternatives are made of, need not be there.
    /// </summary>
    internal static IReadOnlyList<string> Required(LabelScheme scheme) =>
        [
            "Score",
            scheme == LabelScheme.Independent ? "PredictedLabels" : "Label",
            "Annotation",
            "AnnotationTokens",
            "AnnotationProbability",
            "WordProbability",
        ];

    /// <summary>The readings of a batch.</summary>
    internal RadiographReading[] Of(GraphResults results, int count)
    {
        RadiographReading[] readings =
            info.LabelScheme == LabelScheme.Independent ? MultiLabel(results, count, info.NormalWord!) : SingleLabel(results, count);
        if (info.Reliability is not { } reliability)
            return readings;
        ReadOnlySpan<float> features = results.Floats("Features"),
            scores = results.Floats("Score");
        int labels = info.Labels.Count;
        for (int i = 0; i < count; i++)
        {
            if (reliability.Distance is { } distance && features.Length == count * distance.Size)
                readings[i] = readings[i] with { OutOfDistribution = distance.Score(features.Slice(i * distance.Size, distance.Size)) };
            if (reliability.Conformal is { } conformal)
                readings[i] = WithSet(readings[i], conformal, scores.Slice(i * labels, labels).ToArray());
        }

        return readings;
    }

    private RadiographReading WithSet(RadiographReading reading, ConformalThresholds conformal, float[] scores)
    {
        bool[] possible = conformal.Possible(scores, coverage);
        float[] decisions = [.. info.Labels.Select(label => reading.DetectedFindings.Contains(label) ? 1f : 0)];
        return reading with
        {
            FindingSet =
            [
                .. Enumerable.Range(0, scores.Length).Where(k => possible[k]).OrderByDescending(k => scores[k]).Select(k => info.Labels[k]),
            ],
            Verdict = conformal.IsDecided(scores, decisions, coverage) ? ReadingVerdict.Confident : ReadingVerdict.LookAgain,
        };
    }

    /// <summary>The readings of a single-label model.</summary>
    private RadiographReading[] SingleLabel(GraphResults results, int count)
    {
        ReadOnlySpan<float> scores = results.Floats("Score"),
            probabilities = results.Floats("AnnotationProbability"),
            words = results.Floats("WordProbability"),
            entropies = results.Floats("ScoreEntropy");
        string[] labels = results.Texts("Label"),
            annotations = results.Texts("Annotation"),
            tokens = results.Texts("AnnotationTokens");
        ReadOnlySpan<long> beams = results.Integers("BeamWords");
        ReadOnlySpan<double> logs = results.Doubles("BeamLogProbability");
        int width = logs.Length / count,
            length = beams.Length / Math.Max(logs.Length, 1);
        var readings = new RadiographReading[count];
        for (int i = 0; i < count; i++)
        {
            Dictionary<string, double> byLabel = Named(info.Labels, scores.Slice(i * info.Labels.Count, info.Labels.Count));
            Dictionary<string, double> byWord = Named(info.ReportedWords, words.Slice(i * info.ReportedWords.Count, info.ReportedWords.Count));
            double label = byLabel.GetValueOrDefault(labels[i]);
            readings[i] = new RadiographReading
            {
                Label = labels[i],
                DetectedFindings = [labels[i]],
                LabelProbability = label,
                Annotation = annotations[i],
                Probability = probabilities[i],
                Findings = ReadFinding.Parse(
                    tokens[i].Split(' ', StringSplitOptions.RemoveEmptyEntries),
                    word => byWord.GetValueOrDefault(word, label)
                ),
                Alternatives = Others(
                    labels[i],
                    annotations[i],
                    label,
                    beams.Slice(i * width * length, width * length),
                    logs.Slice(i * width, width),
                    length
                ),
                LabelProbabilities = byLabel,
                ScoreEntropy = entropies.IsEmpty ? null : entropies[i],
                WordProbabilities = byWord,
                Attention = Attention(results, i),
                ContextVector = Row(results.Floats("ContextVector"), i, count),
            };
        }

        return readings;
    }

    /// <summary>The readings of a multi-label model.</summary>
    private RadiographReading[] MultiLabel(GraphResults results, int count, string normal)
    {
        int labels = info.Labels.Count;
        ReadOnlySpan<float> scores = results.Floats("Score"),
            detected = results.Floats("PredictedLabels"),
            probabilities = results.Floats("AnnotationProbability"),
            words = results.Floats("WordProbability"),
            entropies = results.Floats("ScoreEntropy");
        string[] annotations = results.Texts("Annotation"),
            tokens = results.Texts("AnnotationTokens");
        ReadOnlySpan<long> searched = results.Integers("BeamFindings"),
            beams = results.Integers("BeamWords");
        ReadOnlySpan<double> logs = results.Doubles("BeamLogProbability");
        int ofFindings = searched.Length / count,
            ofLogs = logs.Length / count,
            ofWords = beams.Length / count;
        var readings = new RadiographReading[count];
        for (int i = 0; i < count; i++)
        {
            Dictionary<string, double> byLabel = Named(info.Labels, scores.Slice(i * labels, labels));
            float[] found = detected.Slice(i * labels, labels).ToArray();
            string[] findings = [.. info.Labels.Where((_, k) => found[k] == 1).OrderByDescending(label => byLabel[label])];
            readings[i] = new RadiographReading
            {
                Label = findings.Length > 0 ? findings[0] : normal,
                LabelProbability = findings.Length > 0 ? byLabel[findings[0]] : byLabel.Values.Aggregate(1.0, (product, p) => product * (1 - p)),
                DetectedFindings = findings,
                Annotation = annotations[i],
                Probability = probabilities[i],
                Findings =
                    findings.Length == 0
                        ? []
                        : ReadFinding.Parse(
                            tokens[i].Split(' ', StringSplitOptions.RemoveEmptyEntries),
                            heading => byLabel.GetValueOrDefault(heading)
                        ),
                Alternatives = OtherTerms(
                    annotations[i],
                    probabilities[i],
                    found,
                    searched.Slice(i * ofFindings, ofFindings),
                    beams.Slice(i * ofWords, ofWords),
                    logs.Slice(i * ofLogs, ofLogs)
                ),
                LabelProbabilities = byLabel,
                ScoreEntropy = entropies.IsEmpty ? null : entropies[i],
                WordProbabilities = Named(info.ReportedWords, words.Slice(i * info.ReportedWords.Count, info.ReportedWords.Count)),
                Attention = Attention(results, i),
                ContextVector = Row(results.Floats("ContextVector"), i, count),
            };
        }

        return readings;
    }

    /// <summary>The attention of the words that were written in one reading.</summary>
    private Dictionary<string, AttentionMap> Attention(GraphResults results, int row)
    {
        var maps = new Dictionary<string, AttentionMap>(StringComparer.Ordinal);
        ReadOnlySpan<float> weights = results.Floats("WordAttention");
        if (info.Attention is not { } grid || weights.IsEmpty)
            return maps;
        int regions = grid.Rows * grid.Columns;
        for (int word = 0; word < info.ReportedWords.Count; word++)
        {
            float[] own = weights.Slice(((row * info.ReportedWords.Count) + word) * regions, regions).ToArray();
            if (own.Sum() > 0)
                maps.Add(info.ReportedWords[word], new AttentionMap(grid.Rows, grid.Columns, [.. own.Select(weight => (double)weight)]));
        }

        return maps;
    }

    /// <summary>An image's values of an output; null if the graph does not have it.</summary>
    private static float[]? Row(ReadOnlySpan<float> values, int row, int count) =>
        values.IsEmpty ? null : values.Slice(row * (values.Length / count), values.Length / count).ToArray();

    private List<AnnotationCandidate> Others(
        string label,
        string best,
        double labelProbability,
        ReadOnlySpan<long> beams,
        ReadOnlySpan<double> logs,
        int length
    )
    {
        var others = new List<AnnotationCandidate>();
        for (int rank = 1; rank < logs.Length && others.Count < alternatives; rank++)
        {
            if (!double.IsFinite(logs[rank]))
                continue;
            // Two sequences may have the same text: a repeated word is written once.
            string text = CaptionText.Print(Tokens(label, beams.Slice(rank * length, length)), info.DisplayForms);
            if (text != best && others.All(o => o.Annotation != text))
                others.Add(new AnnotationCandidate(text, labelProbability * Math.Exp(logs[rank])));
        }

        return others;
    }

    /// <summary>The annotations of the same findings with other words for at least one of them.</summary>
    private List<AnnotationCandidate> OtherTerms(
        string best,
        double probability,
        float[] detected,
        ReadOnlySpan<long> searched,
        ReadOnlySpan<long> beams,
        ReadOnlySpan<double> logs
    )
    {
        if (searched.IsEmpty)
            return [];
        int width = logs.Length / searched.Length,
            length = beams.Length / logs.Length;
        var findings = new List<IReadOnlyList<TermCandidate>>();
        for (int s = 0; s < searched.Length && detected[searched[s]] == 1; s++)
        {
            var terms = new List<TermCandidate>();
            for (int rank = 0; rank < width; rank++)
            {
                int at = (s * width) + rank;
                if (double.IsFinite(logs[at]))
                    terms.Add(new TermCandidate(Tokens(info.Labels[(int)searched[s]], beams.Slice(at * length, length)), logs[at]));
            }

            if (terms.Count == 0)
                return [];
            findings.Add(terms);
        }

        double bestLog = findings.Sum(terms => terms[0].LogProbability);
        var others = new List<AnnotationCandidate>();
        foreach ((IReadOnlyList<string> tokens, double log) in TermCandidate.Combine(findings))
        {
            if (others.Count == alternatives)
                break;
            string text = CaptionText.Print(tokens, info.DisplayForms);
            if (text != best && others.All(o => o.Annotation != text))
                others.Add(new AnnotationCandidate(text, probability * Math.Exp(log - bestLog)));
        }

        return others;
    }

    private List<string> Tokens(string label, ReadOnlySpan<long> words)
    {
        var tokens = new List<string>();
        if (BaseLabels.IsHeading(label))
            tokens.Add(label);
        foreach (long word in words)
        {
            if (word > ReservedWords.UnknownId && word < info.Words.Count)
                tokens.Add(info.Words[(int)word]);
        }

        return tokens;
    }

    private static Dictionary<string, double> Named(IReadOnlyList<string> names, ReadOnlySpan<float> values)
    {
        var named = new Dictionary<string, double>(names.Count, StringComparer.Ordinal);
        for (int i = 0; i < names.Count; i++)
            named[names[i]] = values[i];
        return named;
    }
}
