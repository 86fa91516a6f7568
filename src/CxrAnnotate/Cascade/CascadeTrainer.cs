using static TorchSharp.torch;

namespace CxrAnnotate;

/// <summary>
/// The cascade on rows in memory. Each iteration trains the image network on the current labels and the context decoder on its features; then a joint
/// image/text context vector is computed for every training row (section 5 of the paper), the vectors of each label are clustered, and the clusters
/// become the labels of the next iteration. Only training rows are clustered. Each step computes the same as the corresponding stage.
/// </summary>
internal sealed class CascadeTrainer(RecurrentCascadeOptions options, IReadOnlyList<string> labels, int seed, Device device)
{
    private readonly RecurrentCascadeOptions _options = options with { Seed = seed };

    /// <summary>Where checkpoints are written and resumed from; null writes none.</summary>
    internal CascadeCheckpoints? Checkpoints { get; init; }

    /// <summary>Called with the tensors missing from the initial weights.</summary>
    internal Action<string> Warn { get; init; } = _ => { };

    /// <summary>The annotation of an image without findings, if the label scheme allows them.</summary>
    internal string NormalWord { get; init; } = MeshAnnotation.Normal;

    /// <summary>Trains all iterations.</summary>
    internal List<(CascadeModel Model, CascadeIterationReport Report)> Train(
        LabelledImages train,
        LabelledImages? validation,
        IReadOnlyDictionary<string, string>? displayForms
    )
    {
        var iterations = new List<(CascadeModel Model, CascadeIterationReport Report)>();
        IReadOnlyList<string> names = labels;
        CascadePair[] pairs = CascadePair.Of(train, labels);
        int[] parts = [.. pairs.Select(pair => pair.Label)];
        try
        {
            if (Checkpoints?.Restore(device, pairs.Length, iterations) is { } position)
                (names, parts) = (position.Labels, position.RowLabels);
            for (int iteration = iterations.Count + 1; iteration <= options.Iterations; iteration++)
            {
                Checkpoints?.Begin(iterations, names, parts);
                CascadeModel? before = iterations.Count > 0 ? iterations[^1].Model : null;
                var (model, history, features) = TrainOnce(iteration, train, pairs, validation, names, parts, before, displayForms);
                var (disease, context) = Validate(model, validation);
                iterations.Add((model, new CascadeIterationReport(iteration, names, history, model.Decoder.History, disease, context)));
                if (iteration < options.Iterations)
                    (names, parts) = Relabel(iteration, model, pairs, features);
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

    private (CascadeModel Model, TrainingHistory History, float[][] Features) TrainOnce(
        int iteration,
        LabelledImages train,
        CascadePair[] pairs,
        LabelledImages? validation,
        IReadOnlyList<string> names,
        int[] parts,
        CascadeModel? before,
        IReadOnlyDictionary<string, string>? displayForms
    )
    {
        CascadeIterationOptions stages = _options.ForIteration(iteration);
        ClassifyDiseaseOptions vision = stages.Classifier;
        int[] baseOf = BaseLabels.Indices(names);
        float[] draws = Draws(train.Scheme, pairs);
        var rows = train with { Truth = CascadePair.Truth(train.Truth, baseOf, pairs, parts), Weights = [.. train.Weights] };
        foreach (var (pair, weight) in pairs.Zip(draws))
            rows.Weights[pair.Row] = weight;
        // The parts of validation rows are unknown. The first one is as good as any, since validation merges parts.
        int[] first = [.. labels.Select((_, label) => Array.IndexOf(baseOf, label))];
        LabelledImages? held = validation is null
            ? null
            : validation with
            {
                Truth = [.. validation.Truth.Select(truth => BaseLabels.Unfold(baseOf, truth, first))],
            };
        string stage = $"iteration {iteration}: image network";
        var (classifier, history) =
            Checkpoints?.TakeClassifier(device)
            ?? new ClassifierTrainer(vision, names, vision.Seed!.Value, device)
            {
                BatchEnded = ProgressOf(stage, vision.Optimization.Epochs),
                Checkpoints = Checkpoints?.OfClassifier(),
                ThresholdRows = held,
                Warn = Warn,
            }.Train(rows, vision.Optimization.Patience > 0 ? held : null, options.ContinueWeights ? before?.Classifier : null);
        try
        {
            options.Progress?.Report(new CascadeProgress($"iteration {iteration}: features", 0, train.Count, "images"));
            var views = new List<float[][]> { classifier.Score(train.Images, cancellation: options.Cancellation).Features };
            for (int view = 0; view < stages.Featurizer.Views; view++)
                views.Add(
                    classifier.FeaturesOfView(
                        train.Images,
                        stages.Featurizer.Augmentation,
                        stages.Featurizer.Seed!.Value,
                        view,
                        cancellation: options.Cancellation
                    )
                );
            stage = $"iteration {iteration}: context decoder";
            var decoding = new DecoderTrainer(stages.Decoder, stages.Decoder.Seed!.Value)
            {
                Initial = options.ContinueWeights ? before?.Decoder : null,
                BatchEnded = ProgressOf(stage, options.Decoder.Optimization.Epochs),
                Checkpoints = Checkpoints?.OfDecoder(classifier, history),
                NormalWord = train.Scheme.WordForNone(NormalWord),
                Warn = Warn,
            };
            DecoderModel decoder = decoding.Train(Examples(pairs, views, draws), Held(classifier, validation), displayForms);
            return (new CascadeModel(classifier, decoder), history, views[0]);
        }
        catch
        {
            classifier.Dispose();
            throw;
        }
    }

    private DecoderExamples? Held(ClassifierModel classifier, LabelledImages? validation)
    {
        if (validation is null || options.Decoder.Optimization.Patience == 0)
            return null;
        var (features, _) = classifier.Score(validation.Images, cancellation: options.Cancellation);
        return Examples(CascadePair.Of(validation, labels), [features], null);
    }

    private DecoderExamples Examples(CascadePair[] pairs, IReadOnlyList<float[][]> views, float[]? draws) =>
        new(
            [.. pairs.Select(pair => (IReadOnlyList<float[]>)[.. views.Select(view => view[pair.Row])])],
            [.. pairs.Select(pair => labels[pair.Label])],
            [.. pairs.Select(pair => pair.Words)],
            draws
        );

    private (IReadOnlyList<string> Names, int[] Parts) Relabel(int iteration, CascadeModel model, CascadePair[] pairs, float[][] features)
    {
        options.Progress?.Report(new CascadeProgress($"iteration {iteration}: relabeling by context", 0, features.Length, "images"));
        RelabelByContextOptions relabeling = _options.ForIteration(iteration).Relabeling;
        int[] baseLabels = [.. pairs.Select(pair => pair.Label)];
        float[][] vectors = model.Decoder.ContextVectors(
            [.. pairs.Select(pair => features[pair.Row])],
            [.. baseLabels.Select(label => labels[label])],
            [.. pairs.Select(pair => pair.Words)]
        );
        ContextClusters clusters = ContextClustering.Fit(
            labels,
            baseLabels,
            vectors,
            relabeling.Clustering,
            relabeling.Clustering.Seed!.Value,
            relabeling.Cancellation
        );
        return (clusters.Names, [.. baseLabels.Select((label, i) => clusters.Assign(label, vectors[i]))]);
    }

    /// <summary>
    /// Expected draws of each pair per epoch. A base label is drawn equally often in every iteration, its parts in proportion to their sizes.
    /// </summary>
    private float[] Draws(LabelScheme scheme, CascadePair[] pairs)
    {
        if (!scheme.WeighsDraws)
            return [.. pairs.Select(_ => 1f)];
        var counts = new int[labels.Count];
        foreach (CascadePair pair in pairs)
            counts[pair.Label]++;
        double[] weights = ClassWeights.Compute(labels, counts, options.Balancing);
        return [.. pairs.Select(pair => (float)weights[pair.Label])];
    }

    private (double? Disease, double? Context) Validate(CascadeModel model, LabelledImages? validation)
    {
        if (validation is not { Count: > 0 })
            return (null, null);
        var (features, scores) = model.Classifier.Score(validation.Images, cancellation: options.Cancellation);
        CascadeReading[] readings = model.Read(features, scores, withWords: false, withAnnotation: true);
        float[][] decided = [.. readings.Select(r => r.Decisions)];
        bool[] diseases = [.. labels.Select(label => !ClassWeights.IsNormal(label, options.Balancing.NormalLabels))];
        return (
            CascadeScores.MacroF1(validation.Truth, decided, labels.Count),
            CascadeScores.ContextF1(
                [.. validation.Captions!.Select((caption, i) => Context(caption, validation.Truth[i]))],
                [.. readings.Select((reading, i) => Context(reading.Annotation!.Tokens, decided[i]))],
                [.. validation.Truth.Select(truth => truth.Where((value, k) => value == 1 && diseases[k]).Any())]
            )
        );

        HashSet<string> Context(string[] words, float[] row) =>
            validation.Scheme.ContextWords(words, Array.IndexOf(row, 1f) is >= 0 and int label ? labels[label] : "");
    }

    private Action<int, int, int, double>? ProgressOf(string stage, int epochs) =>
        options.Progress is not { } progress
            ? null
            : (epoch, done, rows, loss) =>
                progress.Report(new CascadeProgress(stage, ((long)(epoch - 1) * rows) + done, (long)epochs * rows, "images", loss));
}
