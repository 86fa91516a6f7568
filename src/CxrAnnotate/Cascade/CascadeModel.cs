namespace CxrAnnotate;

/// <summary>One iteration's image network and context decoder: images to base label probabilities and annotations.</summary>
internal sealed class CascadeModel : IDisposable
{
    private readonly int[] _baseIndices;

    internal CascadeModel(ClassifierModel classifier, DecoderModel decoder)
        : this(classifier, decoder, null) { }

    private CascadeModel(ClassifierModel classifier, DecoderModel decoder, CascadeModel? owner)
    {
        Lifetime = new Lifetime(typeof(RecurrentCascadeTransformer), Free, owner?.Lifetime);
        Classifier = classifier;
        Decoder = decoder;
        BaseLabels = CxrAnnotate.BaseLabels.Names(classifier.Configuration.Labels);
        _baseIndices = CxrAnnotate.BaseLabels.Indices(classifier.Configuration.Labels);

        void Free()
        {
            if (owner is not null)
                return;
            classifier.Dispose();
            decoder.Dispose();
        }
    }

    /// <summary>
    /// To be entered by whoever uses both networks together, so that they are there from the first to the last;
    /// <see cref="Read(int, Action{int, Memory{float}}, bool, bool)"/> does so itself.
    /// </summary>
    internal Lifetime Lifetime { get; }

    internal ClassifierModel Classifier { get; }

    internal DecoderModel Decoder { get; }

    /// <summary>The labels that the probabilities are of: the classifier's, parts of one base label added up.</summary>
    internal IReadOnlyList<string> BaseLabels { get; }

    /// <summary>Reads images.</summary>
    internal CascadeReading[] Read(int count, Action<int, Memory<float>> pixels, bool withWords, bool withAnnotation)
    {
        using Lifetime.Use use = Lifetime.Enter();
        var (features, scores) = Classifier.Score(count, pixels);
        return Read(features, scores, withWords, withAnnotation);
    }

    /// <summary>Reads images from their features and scores.</summary>
    internal CascadeReading[] Read(float[][] features, float[][] scores, bool withWords, bool withAnnotation)
    {
        if (IsMultiLabel)
            return ReadFindings(features, scores, withWords, withAnnotation);
        AnnotatedImage[]? annotated =
            withWords || withAnnotation ? Decoder.Annotate(features, scores, Classifier.Configuration.Labels, withWords, withAnnotation) : null;
        var readings = new CascadeReading[features.Length];
        for (int i = 0; i < readings.Length; i++)
            readings[i] = new CascadeReading(
                features[i],
                CxrAnnotate.BaseLabels.Fold(_baseIndices, scores[i]),
                CxrAnnotate.BaseLabels.ArgMax(_baseIndices, scores[i]),
                annotated?[i]
            );
        return readings;
    }

    /// <summary>Whether an image may have several findings.</summary>
    internal bool IsMultiLabel => Classifier.Configuration.IsMultiLabel;

    private CascadeReading[] ReadFindings(float[][] features, float[][] scores, bool withWords, bool withAnnotation)
    {
        float[][] detected = [.. scores.Select(s => LabelThresholds.Decide(s, Classifier.Configuration.Thresholds!))];
        AnnotatedImage[]? annotated =
            withWords || withAnnotation
                ? Decoder.AnnotateFindings(features, scores, detected, Classifier.Configuration.Labels, withWords, withAnnotation)
                : null;
        return
        [
            .. features.Select(
                (f, i) =>
                    new CascadeReading(f, CxrAnnotate.BaseLabels.FoldFindings(_baseIndices, scores[i]), -1, annotated?[i])
                    {
                        Detected = CxrAnnotate.BaseLabels.FoldFindings(_baseIndices, detected[i]),
                    }
            ),
        ];
    }

    /// <summary>
    /// The same networks for another owner, who can use them as long as this one is not disposed; disposing that one frees nothing.
    /// </summary>
    internal CascadeModel Shared() => new(Classifier, Decoder, this);

    /// <summary>The same networks, searching with another beam; shared as by <see cref="Shared"/>.</summary>
    internal CascadeModel WithBeam(int width) =>
        new(Classifier, Decoder.Searching(Decoder.Configuration with { Search = DecodingSearch.Beam, BeamWidth = width }), this);

    /// <summary>Frees the networks when nobody uses them any more.</summary>
    public void Dispose() => Lifetime.End();
}

/// <summary>What a cascade reads in one image.</summary>
/// <param name="Features">The embedding.</param>
/// <param name="Scores">Probabilities of the base labels.</param>
/// <param name="Label">Index of the most probable base label; -1 where there are several findings.</param>
/// <param name="Annotation">The annotation, where it was asked for.</param>
internal sealed record CascadeReading(float[] Features, float[] Scores, int Label, AnnotatedImage? Annotation)
{
    /// <summary>Of several findings 1 for each that is detected, 0 for the others; null for single labels.</summary>
    internal float[]? Detected { get; init; }
}
