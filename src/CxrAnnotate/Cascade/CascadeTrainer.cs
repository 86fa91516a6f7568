using static TorchSharp.torch;

namespace CxrAnnotate;

/// <summary>
/// The cascade on rows in memory. Each iteration trains the image network on the present labels and the context decoder on its features; then every training
/// row's annotation is turned into a joint image/text context vector (section 5 of the paper), the vectors of each label are clustered, and the clusters are the
/// labels of the next iteration. Only training rows are clustered.
/// </summary>
internal sealed class CascadeTrainer(RecurrentCascadeOptions options, IReadOnlyList<string> labels, int seed, Device device)
{
    /// <summary>Where the state of the training goes, and where it is taken up from; null leaves none.</summary>
    internal CascadeCheckpoints? Checkpoints { get; init; }

    /// <summary>Told what a file of weights to start from had not.</summary>
    internal Action<string> Warn { get; init; } = _ => { };

    /// <summary>Trains all iterations.</summary>
    internal List<(CascadeModel Model, CascadeIterationReport Report)> Train(CascadeRows train, CascadeRows? validation, IReadOnlyDictionary<string, string>? displayForms)
    {
        var iterations = new List<(CascadeModel Model, CascadeIterationReport Report)>();
        IReadOnlyList<string> names = labels;
        int[] present = train.Labels;
        try
        {
            if (Checkpoints?.Restore(device, train.Count, iterations) is { } position)
                (names, present) = (position.Labels, position.RowLabels);
            for (int iteration = iterations.Count + 1; iteration <= options.Iterations; iteration++)
            {
                Checkpoints?.Begin(iterations, names, present);
                CascadeModel? before = iterations.Count > 0 ? iterations[^1].Model : null;
                var (model, history, features) = TrainOnce(iteration, train, validation, names, present, before, displayForms);
                var (disease, context) = Validate(model, validation);
                iterations.Add((model, new CascadeIterationReport(iteration, names, history, model.Decoder.History, disease, context)));
                if (iteration < options.Iterations)
                    (names, present) = Relabel(iteration, model, train, features);
            }

            return iterations;
        }
        catch
        {
            foreach (var (model, _) in iterations)
                model.Dispose();
            throw;
        }
    }

    private (CascadeModel Model, TrainingHistory History, float[][] Features) TrainOnce(int iteration, CascadeRows train, CascadeRows? validation, IReadOnlyList<string> names, int[] present,
        CascadeModel? before, IReadOnlyDictionary<string, string>? displayForms)
    {
        ClassifyDiseaseOptions vision = options.Classifier with { Cancellation = options.Cancellation };
        if (iteration > 1)
            vision = vision with { Optimization = options.Refinement ?? vision.Optimization, WordWeight = options.ContextWordWeight };
        float[] weights = Weights(names, present);
        var data = new ClassifierData(train.Images, present, weights, train.Captions);
        ClassifierData? held = validation is null ? null : new ClassifierData(validation.Images, FirstOfBase(names, validation.Labels), [], validation.Captions);
        string stage = $"iteration {iteration}: image network";
        var (classifier, history) = Checkpoints?.TakeClassifier(device) ?? new ClassifierTrainer(vision, names, Seeds.Mix(seed, iteration, 1), device)
        {
            BatchEnded = Tell(stage, vision.Optimization.Epochs),
            Checkpoints = Checkpoints?.OfClassifier(),
            Warn = Warn,
        }.Train(data, vision.Optimization.Patience > 0 ? held : null, options.ContinueWeights ? before?.Classifier : null);
        try
        {
            options.Progress?.Report(new CascadeProgress($"iteration {iteration}: features", 0, train.Count, "images"));
            var views = new List<float[][]> { classifier.Score(train.Images, cancellation: options.Cancellation).Features };
            for (int view = 0; view < options.FeatureViews; view++)
                views.Add(classifier.FeaturesOfView(train.Images, vision.Augmentation, Seeds.Mix(seed, iteration, 2), view, cancellation: options.Cancellation));
            var examples = new DecoderExamples(
                [.. Enumerable.Range(0, train.Count).Select(i => (IReadOnlyList<float[]>)[.. views.Select(v => v[i])])],
                [.. present.Select(l => names[l])], train.Captions, weights);
            stage = $"iteration {iteration}: context decoder";
            var decoding = new DecoderTrainer(options.Decoder with { Cancellation = options.Cancellation }, Seeds.Mix(seed, iteration, 3))
            {
                Initial = options.ContinueWeights ? before?.Decoder : null,
                BatchEnded = Tell(stage, options.Decoder.Optimization.Epochs),
                Checkpoints = Checkpoints?.OfDecoder(classifier, history),
                Warn = Warn,
            };
            DecoderModel decoder = decoding.Train(examples, Held(classifier, validation), displayForms);
            return (new CascadeModel(classifier, decoder), history, views[0]);
        }
        catch
        {
            classifier.Dispose();
            throw;
        }
    }

    private DecoderExamples? Held(ClassifierModel classifier, CascadeRows? validation)
    {
        if (validation is null || options.Decoder.Optimization.Patience == 0)
            return null;
        var (features, _) = classifier.Score(validation.Images, cancellation: options.Cancellation);
        return new DecoderExamples([.. features.Select(f => (IReadOnlyList<float[]>)[f])], [.. validation.Labels.Select(l => labels[l])], validation.Captions);
    }

    private (IReadOnlyList<string> Names, int[] Labels) Relabel(int iteration, CascadeModel model, CascadeRows train, float[][] features)
    {
        options.Progress?.Report(new CascadeProgress($"iteration {iteration}: relabeling by context", 0, train.Count, "images"));
        float[][] vectors = model.Decoder.ContextVectors(features, [.. train.Labels.Select(l => labels[l])], train.Captions);
        ContextClusters clusters = ContextClustering.Fit(labels, train.Labels, vectors, options.Relabeling, options.Relabeling.Seed ?? Seeds.Mix(seed, iteration, 4), options.Cancellation);
        return (clusters.Names, [.. train.Labels.Select((label, i) => clusters.Assign(label, vectors[i]))]);
    }

    private float[] Weights(IReadOnlyList<string> names, int[] present)
    {
        // A base label is drawn as often in every iteration: its parts share its draws by their sizes.
        var bases = BaseLabels.Names(names);
        int[] baseOf = BaseLabels.Indices(names);
        var counts = new int[bases.Count];
        foreach (int label in present)
            counts[baseOf[label]]++;
        double[] weights = ClassWeights.Compute(bases, counts, options.Balancing);
        return [.. present.Select(l => (float)weights[baseOf[l]])];
    }

    private static int[] FirstOfBase(IReadOnlyList<string> names, int[] baseLabels)
    {
        int[] baseOf = BaseLabels.Indices(names);
        return [.. baseLabels.Select(b => Array.IndexOf(baseOf, b))];
    }

    private (double? Disease, double? Context) Validate(CascadeModel model, CascadeRows? validation)
    {
        if (validation is not { Count: > 0 })
            return (null, null);
        var (features, scores) = model.Classifier.Score(validation.Images, cancellation: options.Cancellation);
        CascadeReading[] readings = model.Read(features, scores, withWords: false, withAnnotation: true);
        double f1 = CascadeScores.MacroF1(validation.Labels, [.. readings.Select(r => r.Label)], labels.Count);
        double? context = CascadeScores.ContextF1(
            [.. validation.Captions.Select((c, i) => CascadeScores.ContextWords(c, labels[validation.Labels[i]]))],
            [.. readings.Select(r => CascadeScores.ContextWords(r.Annotation!.Tokens, labels[r.Label]))],
            [.. validation.Labels.Select(l => !ClassWeights.IsNormal(labels[l], options.Balancing.NormalLabels))]);
        return (f1, context);
    }

    private Action<int, int, int, double>? Tell(string stage, int epochs) => options.Progress is not { } progress
        ? null
        : (epoch, done, rows, loss) => progress.Report(new CascadeProgress(stage, ((long)(epoch - 1) * rows) + done, (long)epochs * rows, "images", loss));
}
