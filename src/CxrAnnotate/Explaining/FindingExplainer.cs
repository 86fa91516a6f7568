namespace CxrAnnotate;

/// <summary>The maps of an image, one after the other; NaN in those of what it was not read to have.</summary>
/// <param name="Findings">[findings, rows, columns].</param>
/// <param name="Words">[words, rows, columns]; empty without a cascade.</param>
internal sealed record ExplainedImage(float[] Findings, float[] Words);

/// <summary>Explains what a network or cascade in memory reads from images.</summary>
/// <param name="classifier">The image network.</param>
/// <param name="cascade">The cascade that it belongs to; null if it is on its own.</param>
/// <param name="options">What is explained, and how.</param>
internal sealed class FindingExplainer(ClassifierModel classifier, CascadeModel? cascade, ExplainFindingsOptions options)
{
    private readonly int[] _baseOf = BaseLabels.Indices(classifier.Configuration.Labels);

    /// <summary>The place of each finding among the base labels.</summary>
    private readonly int[] _places =
    [
        .. BaseLabels
            .Names(classifier.Configuration.Labels)
            .Select((label, place) => (label, place))
            .Where(one => one.label != MeshAnnotation.Normal)
            .Select(one => one.place),
    ];

    /// <summary>The base labels without the normal one, which is no finding.</summary>
    internal IReadOnlyList<string> Findings { get; } =
        [.. BaseLabels.Names(classifier.Configuration.Labels).Where(label => label != MeshAnnotation.Normal)];

    internal IReadOnlyList<string> Words { get; } = cascade?.Decoder.ReportedWords ?? [];

    /// <summary>Whether there are words to explain; ML.NET has no vector of size 0.</summary>
    internal bool ExplainsWords => Words.Count > 0;

    internal int Height => classifier.Configuration.Height;

    internal int Width => classifier.Configuration.Width;

    private int Cells => options.Rows * options.Columns;

    /// <exception cref="ObjectDisposedException">The networks were freed.</exception>
    internal void Check() => (cascade?.Lifetime ?? classifier.Lifetime).Check();

    /// <summary>Explains images.</summary>
    /// <param name="count">Their number.</param>
    /// <param name="read">Copies an image.</param>
    /// <param name="isMissing">Whether an image is missing.</param>
    /// <param name="ofFindings">Whether findings are explained.</param>
    /// <param name="ofWords">Whether words are explained.</param>
    internal ExplainedImage[] Explain(int count, Action<int, Memory<float>> read, Func<int, bool> isMissing, bool ofFindings, bool ofWords)
    {
        var explained = new ExplainedImage[count];
        if (count == 0)
            return explained;
        Scored[] whole = Score(count, read, ofWords, withAnnotation: ofWords && (options.Attention || !options.All));
        for (int i = 0; i < count; i++)
        {
            explained[i] = new ExplainedImage(Missing(Findings.Count), Missing(ofWords ? Words.Count : 0));
            if (isMissing(i))
                continue;
            bool[] findings = [.. Findings.Select((_, k) => ofFindings && (options.All || whole[i].Decisions[_places[k]] == 1))];
            bool[] words = [.. Words.Select(word => ofWords && (options.All || (word != MeshAnnotation.Normal && whole[i].Tokens.Contains(word))))];
            if (options.Attention)
                ByAttention(whole[i].Attention, words, explained[i]);
            Action<int, Memory<float>> image = (_, to) => read(i, to);
            bool mapped = Array.TrueForAll(findings, wanted => !wanted) || ByMaps(image, findings, explained[i]);
            if (!mapped || words.Contains(true))
                ByOcclusion(image, whole[i], mapped ? new bool[findings.Length] : findings, words, explained[i]);
        }

        return explained;
    }

    /// <summary>By class activation or Grad-CAM.</summary>
    /// <returns>Whether it was possible and wanted.</returns>
    private bool ByMaps(Action<int, Memory<float>> image, bool[] wanted, ExplainedImage to)
    {
        if (options.Method == ExplanationMethod.Occlusion)
            return false;
        int[] chosen = [.. Enumerable.Range(0, wanted.Length).Where(k => wanted[k])];
        bool byPlace =
            options.Method == ExplanationMethod.ClassActivation
            || (options.Method == ExplanationMethod.Automatic && classifier.Network.ReadsMapsLinearly);
        double[][][]? contributions = classifier.Contributions(
            1,
            image,
            [.. chosen.Select(k => Enumerable.Range(0, _baseOf.Length).Where(label => _baseOf[label] == _places[k]).ToArray())],
            byPlace,
            options.Rows,
            options.Columns
        );
        if (contributions is null)
            return options.Method == ExplanationMethod.Automatic
                ? false
                : throw new InvalidOperationException(
                    ErrorCode.OptionConflict.Message(
                        $"The module of {classifier.Network.Architecture} is not a Sequential of layers, so that its feature maps are not known. Use "
                            + $"{nameof(ExplanationMethod.Occlusion)}."
                    )
                );
        for (int c = 0; c < chosen.Length; c++)
            Set(to.Findings, chosen[c], contributions[0][c]);
        return true;
    }

    /// <summary>By the decoder's attention, of the words that it attended to regions for; these are then no longer wanted.</summary>
    private void ByAttention(float[]? weights, bool[] wanted, ExplainedImage to)
    {
        if (weights is null || cascade?.Decoder.Configuration.Attention is not { } regions)
            return;
        double height = (double)classifier.Configuration.CropSize / Height,
            width = (double)classifier.Configuration.CropSize / Width;
        for (int w = 0; w < wanted.Length; w++)
        {
            double[] own = [.. weights.AsSpan(w * regions.Count, regions.Count).ToArray().Select(weight => (double)weight)];
            if (!wanted[w] || own.Sum() == 0)
                continue;
            (double, double, double, double) part = ((1 - height) / 2, (1 - width) / 2, height, width);
            Set(to.Words, w, HeatMapCells.Place(own, regions.Rows, regions.Columns, part, options.Rows, options.Columns));
            wanted[w] = false;
        }
    }

    private void ByOcclusion(Action<int, Memory<float>> image, Scored whole, bool[] findings, bool[] words, ExplainedImage to)
    {
        float[] pixels = new float[Height * Width];
        image(0, pixels);
        var occlusion = new Occlusion(pixels, Height, Width, options.Rows, options.Columns);
        bool withWords = words.Contains(true);
        double[][] ofFindings = [.. findings.Select(wanted => wanted ? new double[Cells] : [])],
            ofWords = [.. words.Select(wanted => wanted ? new double[Cells] : [])];
        int batch = classifier.ScoringBatchSize;
        for (int first = 0; first < Cells; first += batch)
        {
            int start = first;
            Scored[] left = Score(
                Math.Min(batch, Cells - first),
                (i, to) => occlusion.Copy(start + i, to.Span),
                withWords,
                withAnnotation: false
            );
            for (int i = 0; i < left.Length; i++)
            {
                for (int k = 0; k < findings.Length; k++)
                {
                    if (findings[k])
                        ofFindings[k][first + i] = Fall(whole.Probabilities[_places[k]], left[i].Probabilities[_places[k]]);
                }

                for (int w = 0; w < words.Length; w++)
                {
                    if (words[w])
                        ofWords[w][first + i] = Fall(whole.Words[w], left[i].Words[w]);
                }
            }
        }

        for (int k = 0; k < findings.Length; k++)
        {
            if (findings[k])
                Set(to.Findings, k, ofFindings[k]);
        }

        for (int w = 0; w < words.Length; w++)
        {
            if (words[w])
                Set(to.Words, w, ofWords[w]);
        }
    }

    private static double Fall(double before, double after) => HeatMapCells.LogOdds(before) - HeatMapCells.LogOdds(after);

    private void Set(float[] maps, int index, double[] contributions) =>
        HeatMapCells
            .Map("", options.Rows, options.Columns, contributions)
            .Values.ToArray()
            .CopyTo(maps, index * Cells);

    private float[] Missing(int maps)
    {
        float[] values = new float[maps * Cells];
        Array.Fill(values, float.NaN);
        return values;
    }

    private Scored[] Score(int count, Action<int, Memory<float>> read, bool withWords, bool withAnnotation)
    {
        if (cascade is not null)
            return
            [
                .. cascade
                    .Read(count, read, withWords, withAnnotation)
                    .Select(r => new Scored(
                        r.Scores,
                        r.Decisions,
                        r.Annotation?.WordProbabilities ?? [],
                        r.Annotation?.Tokens ?? [],
                        r.Annotation?.WordAttention
                    )),
            ];
        LabelScheme scheme = classifier.Configuration.LabelScheme;
        return
        [
            .. classifier
                .Score(count, read)
                .Scores.Select(scores => new Scored(
                    scheme.Fold(_baseOf, scores),
                    scheme.Decide(_baseOf, scores, classifier.Configuration.Thresholds),
                    [],
                    [],
                    null
                )),
        ];
    }

    /// <summary>Probabilities and decisions of the base labels, probabilities of the words, and the annotation's words and attention.</summary>
    private sealed record Scored(
        float[] Probabilities,
        float[] Decisions,
        float[] Words,
        IReadOnlyList<string> Tokens,
        float[]? Attention
    );
}
