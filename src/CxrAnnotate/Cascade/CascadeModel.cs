namespace CxrAnnotate;

/// <summary>One iteration's image network and context decoder, which map images to base label probabilities and annotations.</summary>
internal sealed class CascadeModel : IDisposable
{
    private readonly int[] _baseIndices;

    private readonly CascadeModel? _owner;

    internal CascadeModel(ClassifierModel classifier, DecoderModel decoder, ModelReliability? reliability = null)
        : this(classifier, decoder, reliability, null) { }

    private CascadeModel(ClassifierModel classifier, DecoderModel decoder, ModelReliability? reliability, CascadeModel? owner)
    {
        _owner = owner;
        Reliability = reliability;
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
    /// Must be entered before using both networks, so that neither is freed in between;
    /// <see cref="Read(int, Action{int, Memory{float}}, bool, bool)"/> does so itself.
    /// </summary>
    internal Lifetime Lifetime { get; }

    internal ClassifierModel Classifier { get; }

    internal DecoderModel Decoder { get; }

    /// <summary>What the validation rows say of its outputs; null in older models, and without validation rows.</summary>
    internal ModelReliability? Reliability { get; }

    /// <summary>The labels of the probabilities: the classifier's labels, with the parts of a base label added up.</summary>
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
        ClassifierConfiguration configuration = Classifier.Configuration;
        float[][] decisions = [.. scores.Select(s => Scheme.Decide(_baseIndices, s, configuration.Thresholds))];
        float[][] probabilities = [.. scores.Select(s => Scheme.Fold(_baseIndices, s))];
        // Decisions come first: what calibrates probabilities does not change them.
        if (Reliability?.Calibration is { } calibration)
            probabilities = [.. probabilities.Select(p => calibration.Apply(p))];
        AnnotatedImage[]? annotated =
            withWords || withAnnotation
                ? Decoder.Annotate(features, probabilities, BaseLabels, withWords, withAnnotation, decisions)
                : null;
        return [.. features.Select((f, i) => new CascadeReading(f, probabilities[i], decisions[i], annotated?[i]))];
    }

    /// <summary>How the labels of an image relate to each other.</summary>
    internal LabelScheme Scheme => Classifier.Configuration.LabelScheme;

    /// <summary>The same networks for another user, valid until this model is disposed; disposing the copy frees nothing.</summary>
    internal CascadeModel Shared() => new(Classifier, Decoder, Reliability, this);

    /// <summary>The same model, which takes the place of this one, with what validation rows say of it.</summary>
    internal CascadeModel Measured(ModelReliability? reliability) => new(Classifier, Decoder, reliability, _owner);

    /// <summary>The same networks with another beam width, shared as in <see cref="Shared"/>.</summary>
    internal CascadeModel WithBeam(int width) =>
        new(Classifier, Decoder.Searching(Decoder.Configuration with { Search = DecodingSearch.Beam, BeamWidth = width }), Reliability, this);

    /// <summary>Frees the networks once no call uses them.</summary>
    public void Dispose() => Lifetime.End();
}

/// <summary>A cascade's reading of one image.</summary>
/// <param name="Features">The embedding.</param>
/// <param name="Scores">Probabilities of the base labels.</param>
/// <param name="Decisions">1 for each detected base label, 0 for the others; NaN if the image is missing.</param>
/// <param name="Annotation">The annotation, if requested.</param>
internal sealed record CascadeReading(float[] Features, float[] Scores, float[] Decisions, AnnotatedImage? Annotation)
{
    /// <summary>The reading of an unreadable image.</summary>
    internal CascadeReading Missing() =>
        new(
            [.. Features.Select(_ => float.NaN)],
            [.. Scores.Select(_ => float.NaN)],
            [.. Decisions.Select(_ => float.NaN)],
            Annotation?.Missing()
        );
}
