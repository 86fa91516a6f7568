using static TorchSharp.torch;

namespace CxrAnnotate;

/// <summary>
/// The cascade on rows in memory. Each iteration trains the image network on the present labels and the context decoder on its features; then every
/// training row's annotation is turned into a joint image/text context vector (section 5 of the paper), the vectors of each label are clustered, and
/// the clusters are the labels of the next iteration. Only training rows are clustered.
/// </summary>
internal sealed class CascadeTrainer(RecurrentCascadeOptions options, IReadOnlyList<string> labels, int seed, Device device)
{
    private readonly RecurrentCascadeOptions _options = options with { Seed = seed };

    /// <summary>Where the state of the training goes, and where it is taken up from; null leaves none.</summary>
    internal CascadeCheckpoints? Checkpoints { get; init; }

    /// <summary>Called with the tensors missing from the initial weights.</summary>
    internal Action<string> Warn { get; init; } = _ => { };

    /// <summary>The annotation of an image without findings; read for several findings alone.</summary>
    internal string NormalWord { get; init; } = MeshAnnotation.Normal;

    /// <summary>Trains all iterations.</summary>
    internal List<(CascadeModel Model, CascadeIterationReport Report)> Train(
        CascadeRows train,
        CascadeRows? validation,
        IReadOnlyDictionary<string, string>? displayForms
    )
    {
        var iterations = new List<(CascadeModel Model, CascadeIterationReport Report)>();
        IReadOnlyList<string> names = labels;
        CascadeInstance[] instances = CascadeInstance.Of(train, labels);
        int[] present = [.. instances.Select(i => i.Label)];
        try
        {
            if (Checkpoints?.Restore(device, instances.Length, iterations) is { } position)
                (names, present) = (position.Labels, position.RowLabels);
            for (int iteration = iterations.Count + 1; iteration <= options.Iterations; iteration++)
            {
                Checkpoints?.Begin(iterations, names, present);
                CascadeModel? before = iterations.Count > 0 ? iterations[^1].Model : null;
                var (model, history, features) = TrainOnce(iteration, train, instances, validation, names, present, before, displayForms);
                var (disease, context) = Validate(model, validation);
                iterations.Add((model, new CascadeIterationReport(iteration, names, history, model.Decoder.History, disease, context)));
                if (iteration < options.Iterations)
                    (names, present) = Relabel(iteration, model, instances, features);
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
        CascadeRows train,
        CascadeInstance[] instances,
        CascadeRows? validation,
        IReadOnlyList<string> names,
        int[] present,
        CascadeModel? before,
        IReadOnlyDictionary<string, string>? displayForms
    )
    {
        CascadeIterationOptions stages = _options.ForIteration(iteration);
        ClassifyDiseaseOptions vision = stages.Classifier;
        bool multi = train.Targets is not null;
        // With several findings the losses are balanced, not the draws.
        float[] weights = multi ? [.. instances.Select(_ => 1f)] : Weights(names, present);
        ClassifierData data = multi
            ? new ClassifierData(train.Images, train.Labels, [.. train.Labels.Select(_ => 1f)], train.Captions)
            {
                Targets = CascadeFindings.Targets(train, names, instances, present),
                Views = train.Views,
            }
            : new ClassifierData(train.Images, present, weights, train.Captions) { Views = train.Views };
        ClassifierData? held =
            validation is null ? null
            : multi
                ? new ClassifierData(validation.Images, validation.Labels, [], validation.Captions)
                {
                    Targets = CascadeFindings.FirstParts(validation, names),
                }
            : new ClassifierData(validation.Images, FirstOfBase(names, validation.Labels), [], validation.Captions);
        string stage = $"iteration {iteration}: image network";
        var (classifier, history) =
            Checkpoints?.TakeClassifier(device)
            ?? new ClassifierTrainer(vision, names, vision.Seed!.Value, device)
            {
                BatchEnded = Tell(stage, vision.Optimization.Epochs),
                Checkpoints = Checkpoints?.OfClassifier(),
                ThresholdRows = multi ? held : null,
                Warn = Warn,
            }.Train(data, vision.Optimization.Patience > 0 ? held : null, options.ContinueWeights ? before?.Classifier : null);
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
            var examples = new DecoderExamples(
                [.. instances.Select(instance => (IReadOnlyList<float[]>)[.. views.Select(v => v[instance.Row])])],
                [.. present.Select(l => names[l])],
                [.. instances.Select(i => i.Words)],
                weights
            );
            stage = $"iteration {iteration}: context decoder";
            var decoding = new DecoderTrainer(stages.Decoder, stages.Decoder.Seed!.Value)
            {
                Initial = options.ContinueWeights ? before?.Decoder : null,
                BatchEnded = Tell(stage, options.Decoder.Optimization.Epochs),
                Checkpoints = Checkpoints?.OfDecoder(classifier, history),
                NormalWord = multi ? NormalWord : null,
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
        CascadeInstance[] instances = CascadeInstance.Of(validation, labels);
        return new DecoderExamples(
            [.. instances.Select(i => (IReadOnlyList<float[]>)[features[i.Row]])],
            [.. instances.Select(i => labels[i.Label])],
            [.. instances.Select(i => i.Words)]
        );
    }

    private (IReadOnlyList<string> Names, int[] Labels) Relabel(int iteration, CascadeModel model, CascadeInstance[] instances, float[][] features)
    {
        options.Progress?.Report(new CascadeProgress($"iteration {iteration}: relabeling by context", 0, features.Length, "images"));
        RelabelByContextOptions relabeling = _options.ForIteration(iteration).Relabeling;
        int[] ofInstances = [.. instances.Select(i => i.Label)];
        float[][] vectors = model.Decoder.ContextVectors(
            [.. instances.Select(i => features[i.Row])],
            [.. ofInstances.Select(l => labels[l])],
            [.. instances.Select(i => i.Words)]
        );
        ContextClusters clusters = ContextClustering.Fit(
            labels,
            ofInstances,
            vectors,
            relabeling.Clustering,
            relabeling.Clustering.Seed!.Value,
            relabeling.Cancellation
        );
        return (clusters.Names, [.. ofInstances.Select((label, i) => clusters.Assign(label, vectors[i]))]);
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
        if (validation.Targets is { } targets)
        {
            return (
                CascadeFindings.MacroF1(targets, [.. readings.Select(r => r.Decisions)], labels.Count),
                CascadeScores.ContextF1(
                    [.. validation.Captions.Select(CascadeFindings.ContextWords)],
                    [.. readings.Select(r => CascadeFindings.ContextWords(r.Annotation!.Tokens))],
                    [.. targets.Select(t => t.Contains(1f))]
                )
            );
        }

        double f1 = CascadeScores.MacroF1(validation.Labels, [.. readings.Select(r => r.Label)], labels.Count);
        double? context = CascadeScores.ContextF1(
            [.. validation.Captions.Select((c, i) => CascadeScores.ContextWords(c, labels[validation.Labels[i]]))],
            [.. readings.Select(r => CascadeScores.ContextWords(r.Annotation!.Tokens, labels[r.Label]))],
            [.. validation.Labels.Select(l => !ClassWeights.IsNormal(labels[l], options.Balancing.NormalLabels))]
        );
        return (f1, context);
    }

    private Action<int, int, int, double>? Tell(string stage, int epochs) =>
        options.Progress is not { } progress
            ? null
            : (epoch, done, rows, loss) =>
                progress.Report(new CascadeProgress(stage, ((long)(epoch - 1) * rows) + done, (long)epochs * rows, "images", loss));
}
