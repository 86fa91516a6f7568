namespace CxrAnnotate;

/// <summary>
/// Finds the parts of an image that a reading depends on, by taking one after the other away. All findings and words of a reading are explained by
/// the same computations, so that they cost no more than one. Words can be explained by the decoder's attention instead.
/// </summary>
/// <param name="model">The model.</param>
/// <param name="options">What to explain.</param>
/// <param name="batchSize">The number of images computed together.</param>
internal sealed class ReadingExplainer(ScoringModel model, ExplanationOptions options, int batchSize)
{
    /// <summary>
    /// The maps of an image: for each cell how much the log-odds of a finding, or of a word in the annotation, fall without it.
    /// </summary>
    /// <param name="image">The image as it was loaded.</param>
    /// <param name="reading">Its reading.</param>
    /// <param name="cancellation">Stops between batches.</param>
    /// <exception cref="ArgumentOutOfRangeException">The options name what is neither a label nor a word of the model.</exception>
    internal IReadOnlyList<HeatMap> Of(ReadOnlySpan<float> image, RadiographReading reading, CancellationToken cancellation)
    {
        Subject[] all = [.. Subjects(reading)];
        Dictionary<string, HeatMap> attended = all.Where(subject => !subject.IsLabel)
            .Select(subject => Attended(subject.Name, reading))
            .OfType<HeatMap>()
            .ToDictionary(map => map.Subject, StringComparer.Ordinal);
        Dictionary<string, HeatMap> occluded = Occluded(image, reading, [.. all.Where(subject => !attended.ContainsKey(subject.Name))], cancellation)
            .ToDictionary(map => map.Subject, StringComparer.Ordinal);
        return [.. all.Select(subject => attended.GetValueOrDefault(subject.Name) ?? occluded[subject.Name])];
    }

    /// <summary>The map of a word by the decoder's attention; null if it is not to be used, or not known.</summary>
    private HeatMap? Attended(string word, RadiographReading reading) =>
        options.Attention
        && model.Info.Attention is { Height: { } height, Width: { } width }
        && reading.Attention.TryGetValue(word, out AttentionMap? attention)
            ? HeatMapCells.Map(
                word,
                options.Rows,
                options.Columns,
                HeatMapCells.Place(
                    attention.Weights,
                    attention.Rows,
                    attention.Columns,
                    ((1 - height) / 2, (1 - width) / 2, height, width),
                    options.Rows,
                    options.Columns
                )
            )
            : null;

    private HeatMap[] Occluded(ReadOnlySpan<float> image, RadiographReading reading, Subject[] subjects, CancellationToken cancellation)
    {
        if (subjects.Length == 0)
            return [];
        var occlusion = new Occlusion(image, model.Format.Height, model.Format.Width, options.Rows, options.Columns);
        double[] whole = [.. subjects.Select(subject => HeatMapCells.LogOdds(subject.In(reading)))];
        double[][] falls = [.. subjects.Select(_ => new double[occlusion.Count])];
        int length = model.Format.PixelCount;
        float[] batch = new float[Math.Min(batchSize, occlusion.Count) * length];
        for (int first = 0; first < occlusion.Count; first += batchSize)
        {
            cancellation.ThrowIfCancellationRequested();
            int count = Math.Min(batchSize, occlusion.Count - first),
                start = first;
            Parallel.For(0, count, i => occlusion.Copy(start + i, batch.AsSpan(i * length, length)));
            double[][] left = model.Run(batch.AsMemory(0, count * length), count, (results, n) => Probabilities(results, n, subjects));
            for (int i = 0; i < count; i++)
            {
                for (int s = 0; s < subjects.Length; s++)
                    falls[s][first + i] = whole[s] - HeatMapCells.LogOdds(left[i][s]);
            }
        }

        return [.. subjects.Select((subject, s) => HeatMapCells.Map(subject.Name, options.Rows, options.Columns, falls[s]))];
    }

    private double[][] Probabilities(GraphResults results, int count, Subject[] subjects)
    {
        ReadOnlySpan<float> labels = results.Floats("Score"),
            words = results.Floats("WordProbability");
        var probabilities = new double[count][];
        for (int i = 0; i < count; i++)
        {
            probabilities[i] = new double[subjects.Length];
            for (int s = 0; s < subjects.Length; s++)
            {
                (_, bool isLabel, int index) = subjects[s];
                probabilities[i][s] = isLabel
                    ? labels[(i * model.Info.Labels.Count) + index]
                    : words[(i * model.Info.ReportedWords.Count) + index];
            }
        }

        return probabilities;
    }

    private IEnumerable<Subject> Subjects(RadiographReading reading)
    {
        if (options.Subjects is { } named)
            return named.Distinct(StringComparer.Ordinal).Select(Known);
        string[] findings = [.. reading.DetectedFindings.Where(label => !IsNormal(label))];
        // The word of a detected label is explained by the label.
        IEnumerable<string> words = options.Words
            ? reading.Findings.SelectMany(finding => finding.Words).Where(word => !IsNormal(word)).Except(findings, StringComparer.Ordinal)
            : [];
        return findings.Select(Label).Concat(words.Select(Word)).OfType<Subject>();
    }

    private Subject Known(string name)
    {
        Subject? subject = Label(name) ?? Word(name);
        OptionChecks.Require(subject is not null, nameof(options.Subjects), name, "labels and words of the model, which a reading lists");
        return subject!;
    }

    private bool IsNormal(string name) => name == MeshAnnotation.Normal || name == model.Info.NormalWord;

    private Subject? Label(string name) => IndexOf(model.Info.Labels, name) is >= 0 and int label ? new(name, true, label) : null;

    private Subject? Word(string name) => IndexOf(model.Info.ReportedWords, name) is >= 0 and int word ? new(name, false, word) : null;

    private static int IndexOf(IReadOnlyList<string> names, string name)
    {
        for (int i = 0; i < names.Count; i++)
        {
            if (names[i] == name)
                return i;
        }

        return -1;
    }

    private sealed record Subject(string Name, bool IsLabel, int Index)
    {
        internal double In(RadiographReading reading) =>
            IsLabel ? reading.LabelProbabilities[Name] : reading.WordProbabilities[Name];
    }
}
