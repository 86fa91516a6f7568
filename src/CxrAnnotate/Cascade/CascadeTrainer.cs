using System.Globalization;
using static TorchSharp.torch;

namespace CxrAnnotate;

/// <summary>
/// The cascade on rows in memory. Each iteration trains the image network on the current labels and the context decoder on its features; then a joint
/// image/text context vector is computed for every training row (section 5 of the paper), the vectors of each label are clustered, and the clusters
/// become the labels of the next iteration. Only training rows are clustered. Each step computes the same as the corresponding stage. Without
/// relabeling the labels stay the same.
/// </summary>
internal sealed class CascadeTrainer(RecurrentCascadeOptions options, IReadOnlyList<string> labels, int seed, Device device)
{
    private readonly RecurrentCascadeOptions _options = options with { Seed = seed };
    private readonly long _begun = TimeProvider.System.GetTimestamp();

    /// <summary>The features of pretrained weights that no iteration changes; null if there are none.</summary>
    private FeatureViews? _features;

    /// <summary>The features of the training rows in each iteration that was trained here, and not restored.</summary>
    private readonly Dictionary<int, float[][]> _trained = [];

    /// <summary>What the image network of each iteration made of the validation rows.</summary>
    private readonly Dictionary<int, (float[][] Features, float[][] Scores)> _held = [];

    /// <summary>Where checkpoints are written and resumed from; null writes none.</summary>
    internal CascadeCheckpoints? Checkpoints { get; init; }

    /// <summary>Called with the tensors missing from the initial weights.</summary>
    internal Action<string> Warn { get; init; } = _ => { };

    /// <summary>Opens ML.NET's progress of one network's training, by its name and number of epochs; null reports none.</summary>
    internal Func<string, int, TrainingProgress>? Log { get; init; }

    /// <summary>The annotation of an image without findings, if the label scheme allows them.</summary>
    internal string NormalWord { get; init; } = MeshAnnotation.Normal;

    /// <summary>The first iteration, if it is trained already. It stays its owner's.</summary>
    internal (CascadeModel Model, CascadeIterationReport Report)? First { get; init; }

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
            else if (First is var (model, ofFirst))
                iterations.Add((model.Shared(), ofFirst));
            (int Iteration, ValidationReadings? Readings) kept = default;
            for (int iteration = iterations.Count + 1; iteration <= options.Iterations; iteration++)
            {
                Checkpoints?.Begin(iterations, names, parts);
                CascadeModel? before = iterations.Count > 0 ? iterations[^1].Model : null;
                var (trained, history, features) = TrainOnce(iteration, train, pairs, validation, names, parts, before, displayForms);
                _trained[iteration] = features;
                ValidationReadings? read = Validate(trained, iteration, validation);
                var report = new CascadeIterationReport(
                    iteration,
                    names,
                    history,
                    trained.Decoder.History,
                    read?.Disease(),
                    read?.OfContext()
                );
                iterations.Add((trained, report));
                if (read is not null && before is not null)
                {
                    int earlier = CascadeChoice.Kept([.. iterations.SkipLast(1).Select(done => done.Report.Evidence)]);
                    // The readings of an iteration that is shared, or resumed from a checkpoint, are computed again.
                    if (kept.Iteration != earlier)
                        kept = (earlier, Validate(iterations[earlier - 1].Model, earlier, validation));
                    report = report with
                    {
                        Evidence = CascadeChoice.Compare(earlier, kept.Readings!, read, Seeds.Mix(seed, iteration, 5), options.Cancellation),
                    };
                    iterations[^1] = (trained, report);
                }

                if (report.Evidence?.FavoursEarlier != true)
                    kept = (iteration, read);
                if (iteration < options.Iterations && options.Relabel)
                    (names, parts) = Relabel(iteration, trained, pairs, features);
            }

            return [.. iterations.Select(one => (Measured(one.Model, one.Report.Iteration, validation), one.Report))];
        }
        catch
        {
            foreach (var (done, _) in iterations)
                done.Dispose();
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
        string stage = $"{Name(iteration)}: image network";
        if (iteration > 1 && KeepsFeatures)
            _features ??= PretrainedFeatures(before!.Classifier, train.Images);
        var (classifier, history) = Checkpoints?.TakeClassifier(device) ?? TrainClassifier();
        try
        {
            ReportFeatures(iteration, 0, train.Count);
            if (KeepsFeatures)
                _features ??= PretrainedFeatures(classifier, train.Images);
            FeatureViews features = _features ?? FeaturesOf(classifier, train.Images, stages);
            stage = $"{Name(iteration)}: context decoder";
            int epochs = stages.Decoder.Optimization.Epochs;
            using TrainingProgress? log = Log?.Invoke(stage, epochs);
            var decoding = new DecoderTrainer(stages.Decoder, stages.Decoder.Seed!.Value)
            {
                Initial = options.ContinueWeights ? before?.Decoder : null,
                BatchEnded = ProgressOf(stage, epochs) + (log is null ? null : log.BatchEnded),
                EpochEnded = EpochsOf(TrainingEpoch.Decoder, iteration, epochs) + (log is null ? null : log.EpochEnded),
                Checkpoints = Checkpoints?.OfDecoder(classifier, history),
                NormalWord = train.Scheme.WordForNone(NormalWord),
                Warn = Warn,
            };
            DecoderModel decoder = decoding.Train(Examples(pairs, features, draws), Held(classifier, validation), displayForms);
            return (new CascadeModel(classifier, decoder), history, features.Plain);
        }
        catch
        {
            classifier.Dispose();
            throw;
        }

        (ClassifierModel, TrainingHistory) TrainClassifier()
        {
            int epochs = (KeepsFeatures ? vision.Transfer.Heads : vision.Optimization).Epochs;
            using TrainingProgress? log = Log?.Invoke(stage, epochs);
            var trainer = new ClassifierTrainer(vision, names, vision.Seed!.Value, device)
            {
                BatchEnded = ProgressOf(stage, epochs) + (log is null ? null : log.BatchEnded),
                EpochEnded = EpochsOf(TrainingEpoch.Classifier, iteration, epochs) + (log is null ? null : log.EpochEnded),
                FeaturesDone = (done, all) => ReportFeatures(iteration, done, all),
                Checkpoints = Checkpoints?.OfClassifier(),
                ThresholdRows = held,
                Features = _features,
                Warn = Warn,
            };
            var trained = trainer.Train(rows, vision.Optimization.Patience > 0 ? held : null, options.ContinueWeights ? before?.Classifier : null);
            _features = trainer.Features;
            return trained;
        }
    }

    private DecoderExamples? Held(ClassifierModel classifier, LabelledImages? validation)
    {
        if (validation is null || options.Decoder.Optimization.Patience == 0)
            return null;
        var (features, _) = classifier.Score(validation.Images, cancellation: options.Cancellation);
        return Examples(CascadePair.Of(validation, labels), FeatureViews.Of(features), null);
    }

    /// <summary>Whether all iterations have the features of the pretrained weights.</summary>
    private bool KeepsFeatures => options.Classifier is { Pretrained: not null, Transfer.Mode: TransferMode.Frozen };

    /// <summary>Those features: the same from the network of any iteration.</summary>
    private FeatureViews PretrainedFeatures(ClassifierModel classifier, RadiographSet images)
    {
        ClassifyDiseaseOptions first = _options.ForIteration(1).Classifier;
        return ClassifierTrainer.FeaturesOf(classifier, images, first, first.Seed!.Value);
    }

    /// <summary>
    /// The features that the decoder is trained on. Those of a transfer are of mirrored images, too, as those of its heads are.
    /// </summary>
    private FeatureViews FeaturesOf(ClassifierModel classifier, RadiographSet images, CascadeIterationOptions stages)
    {
        FeaturizeRadiographsOptions featurizer = stages.Featurizer;
        bool transfers = stages.Classifier.Pretrained is not null;
        return FeatureViews.Of(
            classifier,
            images,
            transfers ? featurizer.Augmentation : featurizer.Augmentation with { Mirror = 0 },
            featurizer.Views,
            featurizer.Seed!.Value,
            cancellation: options.Cancellation
        );
    }

    /// <summary>The pairs with the views of their images; a pair whose image may be mirrored is two of half the draws if there are mirrored
    /// views.</summary>
    private DecoderExamples Examples(CascadePair[] pairs, FeatureViews features, float[]? draws)
    {
        float[][][] plain = [.. features.Views.Where(view => !view.Mirrored).Select(view => view.Features)],
            mirrored = [.. features.Views.Where(view => view.Mirrored).Select(view => view.Features)];
        (CascadePair Pair, float Draws, float[][][] Views)[] examples =
        [
            .. pairs.SelectMany(
                (pair, i) =>
                {
                    float weight = draws?[i] ?? 1;
                    return mirrored.Length > 0 && WordTargets.CanMirror(pair.Words)
                        ?
                        [
                            (pair, weight / 2, plain),
                            (pair with { Words = WordTargets.Mirrored(pair.Words) }, weight / 2, mirrored),
                        ]
                        : ((CascadePair, float, float[][][])[])[(pair, weight, plain)];
                }
            ),
        ];
        return new(
            [.. examples.Select(example => (IReadOnlyList<float[]>)[.. example.Views.Select(view => view[example.Pair.Row])])],
            [.. examples.Select(example => labels[example.Pair.Label])],
            [.. examples.Select(example => example.Pair.Words)],
            draws is null ? null : [.. examples.Select(example => example.Draws)]
        );
    }

    private (IReadOnlyList<string> Names, int[] Parts) Relabel(int iteration, CascadeModel model, CascadePair[] pairs, float[][] features)
    {
        options.Progress?.Report(new CascadeProgress($"{Name(iteration)}: relabeling by context", 0, features.Length, "images"));
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

    /// <summary>The model with what the validation rows say of its outputs. A first iteration trained before has been measured then.</summary>
    private CascadeModel Measured(CascadeModel model, int iteration, LabelledImages? validation) =>
        validation is not { Count: > 0 } || (First is not null && iteration == 1)
            ? model
            : model.Measured(
                CascadeReliability.Of(model, validation.Truth, Held(model, iteration, validation), _trained.GetValueOrDefault(iteration))
            );

    private (float[][] Features, float[][] Scores) Held(CascadeModel model, int iteration, LabelledImages validation) =>
        _held.TryGetValue(iteration, out var held)
            ? held
            : _held[iteration] = model.Classifier.Score(validation.Images, cancellation: options.Cancellation);

    /// <summary>What a model reads in the validation rows; null if there are none.</summary>
    private ValidationReadings? Validate(CascadeModel model, int iteration, LabelledImages? validation)
    {
        if (validation is not { Count: > 0 })
            return null;
        var (features, scores) = Held(model, iteration, validation);
        CascadeReading[] readings = model.Read(features, scores, withWords: false, withAnnotation: true);
        float[][] decided = [.. readings.Select(r => r.Decisions)];
        bool[] diseases = [.. labels.Select(label => !ClassWeights.IsNormal(label, options.Balancing.NormalLabels))];
        return new(
            validation.Truth,
            decided,
            CascadeScores.ContextF1(
                [.. validation.Captions!.Select((caption, i) => Context(caption, validation.Truth[i]))],
                [.. readings.Select((reading, i) => Context(reading.Annotation!.Tokens, decided[i]))],
                [.. validation.Truth.Select(truth => truth.Where((value, k) => value == 1 && diseases[k]).Any())]
            ),
            validation.Groups ?? [.. Enumerable.Range(0, validation.Count).Select(i => i.ToString(CultureInfo.InvariantCulture))]
        );

        HashSet<string> Context(string[] words, float[] row) =>
            validation.Scheme.ContextWords(words, Array.IndexOf(row, 1f) is >= 0 and int label ? labels[label] : "");
    }

    /// <summary>The iteration in progress reports: that of a cascade, or of its control.</summary>
    private string Name(int iteration) => First is null ? $"iteration {iteration}" : $"control of iteration {iteration}";

    private void ReportFeatures(int iteration, int done, int all) =>
        options.Progress?.Report(new CascadeProgress($"{Name(iteration)}: features", done, all, "images"));

    private Action<EpochReport>? EpochsOf(string network, int iteration, int epochs) =>
        options.EpochProgress is not { } log
            ? null
            : report =>
                log.Report(
                    new TrainingEpoch(
                        network,
                        iteration,
                        First is not null,
                        report.Epoch,
                        epochs,
                        report.Steps,
                        report.TrainLoss,
                        report.ValidationLoss,
                        report.ValidationScore,
                        report.LearningRate,
                        report.RowsPerSecond,
                        TimeProvider.System.GetElapsedTime(_begun).TotalSeconds,
                        TimeProvider.System.GetUtcNow()
                    )
                );

    private Action<int, int, int, double>? ProgressOf(string stage, int epochs) =>
        options.Progress is not { } progress
            ? null
            : (epoch, done, rows, loss) =>
                progress.Report(new CascadeProgress(stage, ((long)(epoch - 1) * rows) + done, (long)epochs * rows, "images", loss));
}
