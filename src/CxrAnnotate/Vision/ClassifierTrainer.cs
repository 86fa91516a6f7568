using System.Text.RegularExpressions;
using TorchSharp;
using static TorchSharp.torch;

namespace CxrAnnotate;

/// <summary>Trains an image classifier on rows in memory.</summary>
internal sealed class ClassifierTrainer(ClassifyDiseaseOptions options, IReadOnlyList<string> labels, int seed, Device device)
{
    internal Action<EpochReport>? EpochEnded { get; init; }

    internal Action<int, int, int, double>? BatchEnded { get; init; }

    /// <summary>Called with the number of images whose features are done, and that of all.</summary>
    internal Action<int, int>? FeaturesDone { get; init; }

    /// <summary>Where checkpoints are written and resumed from; null writes none.</summary>
    internal TrainingCheckpoints? Checkpoints { get; init; }

    /// <summary>Called with the tensors missing from the initial weights.</summary>
    internal Action<string> Warn { get; init; } = _ => { };

    /// <summary>
    /// The features of the training rows by the pretrained weights, for a transfer that leaves these unchanged: computed if null, and kept for the
    /// decoder and the next iteration.
    /// </summary>
    internal FeatureViews? Features { get; set; }

    /// <summary>The rows that thresholds are chosen on, if the label scheme has thresholds; null uses the validation rows.</summary>
    internal LabelledImages? ThresholdRows { get; init; }

    /// <summary>
    /// Trains from random weights, or from those of another model, if given (including its head if the number of labels is the same).
    /// </summary>
    internal (ClassifierModel Model, TrainingHistory History) Train(LabelledImages train, LabelledImages? validation, ClassifierModel? start = null)
    {
        int height = train.Images.Height;
        int width = train.Images.Width;
        LabelObjective objective = LabelObjective.Of(options, labels, train, device);
        var configuration = new ClassifierConfiguration
        {
            Architecture = options.Architecture,
            EmbeddingSize = options.Architecture.EmbeddingSize,
            Labels = labels,
            Height = height,
            Width = width,
            CropSize =
                options.CropSize > 0 ? options.CropSize
                : options.Pretrained is null ? ClassifierConfiguration.DefaultCrop(options.Architecture, height, width)
                : ClassifierConfiguration.LargestCrop(options.Architecture, height, width),
            Channels = options.Architecture.ChannelsOr(options.Channels),
            BatchNormalization = options.BatchNormalization,
            Dropout = options.Dropout,
            ScoringCrops = options.ScoringCrops,
            Scheme = objective.Scheme.Name,
            Thresholds = objective.Thresholds,
            Trained = TrainedImages.Of(train.Images.Statistics(), train.Views),
            LogitShift = objective.LogitShift,
        };
        configuration.CheckCrop();
        using TorchThreads threads = TorchThreads.Use(options.Threads);
        ImageNetwork network = configuration.CreateNetwork(Seeds.Mix(seed, 0));
        network.to(device);
        var model = new ClassifierModel(configuration, network, device);
        try
        {
            if (start is not null)
            {
                using Lifetime.Use use = start.Lifetime.Enter();
                network.CopyFrom(start.Network);
            }
            else if (options.Pretrained is { } pretrained)
                LoadPretrained(pretrained, network);
            else if (options.FineTuning is { Weights: { } weights } tuning)
                LoadInitialWeights(weights, tuning, configuration, network);
            if (Checkpoints is not null)
                Checkpoints.Describe = configuration.ToJson;
            var targets = new TrainingTargets(train, labels, objective, options.WordWeight, device);
            TrainingHistory history = options.Pretrained is null
                ? TrainNetwork(model, train, validation, targets, objective)
                : Transfer(model, train, validation, targets, objective);
            network.eval();
            if (
                (ThresholdRows ?? validation) is { } held
                && objective.ChooseThresholds(held, () => model.Score(held.Images, cancellation: options.Cancellation).Scores) is { } thresholds
            )
                model = new ClassifierModel(configuration with { Thresholds = thresholds }, network, device);
            return (model, history);
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <summary>Trains all layers but the frozen ones.</summary>
    private TrainingHistory TrainNetwork(
        ClassifierModel model,
        LabelledImages train,
        LabelledImages? validation,
        TrainingTargets targets,
        LabelObjective objective
    )
    {
        var supervised = new SupervisedNetwork(model.Network, targets.Words, Seeds.Mix(seed, 1));
        supervised.to(device);
        FrozenLayers? frozen = options.FineTuning is { Frozen: { Count: > 0 } names } ? new FrozenLayers(supervised, "network.", names) : null;
        TrainingHistory history = Loop(supervised, Problem(supervised, model, train, validation, targets, objective, frozen), frozen)
            .Run(options.Cancellation);
        supervised.ReleaseHeads();
        return history;
    }

    /// <summary>
    /// Fits the heads to the features of the pretrained network and, if so configured, fine-tunes its layers and the heads together.
    /// </summary>
    private TrainingHistory Transfer(
        ClassifierModel model,
        LabelledImages train,
        LabelledImages? validation,
        TrainingTargets targets,
        LabelObjective objective
    )
    {
        TransferOptions transfer = options.Transfer;
        model.Network.LinearHead();
        Features ??= FeaturesOf(model, train.Images, options, seed, FeaturesDone);
        var heads = new TransferHeads(Features, targets.Labels, targets.Words);
        heads.to(device);
        var supervised = new SupervisedNetwork(model.Network, heads);
        var fitted = new HeadProblem(heads, Features, train, targets, Seeds.Mix(seed, 3), device);
        bool tunes = transfer.Mode == TransferMode.FineTuned;
        TrainingHistory history = new TrainingLoop(heads, fitted, transfer.Heads)
        {
            EpochEnded = tunes ? null : EpochEnded,
            BatchEnded = tunes ? null : BatchEnded,
            Warn = text => Warn($"Image network, heads: {text}"),
        }.Run(options.Cancellation);
        if (tunes)
        {
            Features = null;
            string[] still = [.. FrozenOf(model.Configuration.Architecture)];
            var frozen = new FrozenLayers(supervised, "network.", still) { HoldsStatistics = transfer.HoldStatistics };
            using var before = new WeightStore(supervised);
            before.Save();
            history = Loop(supervised, Problem(supervised, model, train, validation, targets, objective, frozen), frozen).Run(options.Cancellation);
            before.Mix(transfer.FineTunedPart);
        }

        supervised.CopyHeads();
        supervised.ReleaseHeads();
        return history;
    }

    /// <summary>The features that the heads are fitted to.</summary>
    internal static FeatureViews FeaturesOf(
        ClassifierModel model,
        RadiographSet images,
        ClassifyDiseaseOptions options,
        int seed,
        Action<int, int>? done = null
    ) => FeatureViews.Of(model, images, options.Augmentation, options.Transfer.Views, Seeds.Mix(seed, 2), done, options.Cancellation);

    /// <summary>The layers that fine-tuning leaves unchanged: the first ones, and those that the user names.</summary>
    private IEnumerable<string> FrozenOf(CnnArchitecture architecture)
    {
        int first = (int)Math.Round(options.Transfer.FrozenPart * architecture.Layers.Count);
        return architecture.Layers.Take(first).Union(options.FineTuning?.Frozen ?? []);
    }

    /// <summary>The factor of a tensor's learning rate: those of earlier layers are smaller.</summary>
    private double RateOf(string tensor)
    {
        IReadOnlyList<string> layers = options.Architecture.Layers;
        int at = layers.Count;
        for (int i = 0; i < layers.Count; i++)
        {
            if (tensor.StartsWith($"network.{layers[i]}.", StringComparison.Ordinal))
                at = i;
        }

        return Math.Pow(options.Transfer.LayerDecay, layers.Count - at);
    }

    private ClassifierProblem Problem(
        SupervisedNetwork supervised,
        ClassifierModel model,
        LabelledImages train,
        LabelledImages? validation,
        TrainingTargets targets,
        LabelObjective objective,
        FrozenLayers? frozen
    )
    {
        ClassifierConfiguration configuration = model.Configuration;
        int minimum = model.Network.LeastNormalized(configuration.Channels, configuration.CropSize, device, frozen) == 1 ? 2 : 1;
        return new(supervised, model, train, validation, targets, objective, options, seed, device, minimum);
    }

    private TrainingLoop Loop(SupervisedNetwork supervised, ClassifierProblem problem, FrozenLayers? frozen) =>
        new(supervised, problem, options.Optimization)
        {
            EpochEnded = EpochEnded,
            BatchEnded = BatchEnded,
            Frozen = frozen,
            RateOf = options.Pretrained is null ? null : RateOf,
            Checkpoints = Checkpoints,
            Warn = text => Warn($"Image network: {text}"),
        };

    /// <summary>
    /// log(natural frequency / sampled frequency) of each label, times <paramref name="part"/>; a label without rows counts as if it had one.
    /// </summary>
    internal static float[] PriorShift(int[] rows, float[] weights, int labels, double part)
    {
        var natural = new double[labels];
        var drawn = new double[labels];
        for (int i = 0; i < rows.Length; i++)
        {
            if (rows[i] < 0)
                continue;
            natural[rows[i]]++;
            drawn[rows[i]] += weights[i];
        }

        double all = natural.Sum();
        double draws = drawn.Sum();
        return
        [
            .. natural.Select(
                (n, k) =>
                    n == 0 || drawn[k] == 0 ? (float)(part * Math.Log(1 / Math.Max(all, 1))) : (float)(part * Math.Log(n / all / (drawn[k] / draws)))
            ),
        ];
    }

    /// <summary>All weights but those of the head, which is fitted to the features.</summary>
    private void LoadPretrained(string path, ImageNetwork network)
    {
        var heads = network.Architecture.HeadLayers.Select(layer => new WeightName($@"(network\.)?{Regex.Escape(layer)}\..*", ""));
        WeightSource
            .Find(path, "classifier")
            .Fill(
                network.state_dict().Where(tensor => !network.Architecture.IsHead(tensor.Key)).ToDictionary(),
                new FineTuningOptions { Names = [.. heads], RequireAll = true },
                null,
                Warn,
                network.Architecture.Published
            );
    }

    private void LoadInitialWeights(string weights, FineTuningOptions tuning, ClassifierConfiguration configuration, ImageNetwork network)
    {
        WeightSource source = WeightSource.Find(weights, "classifier");
        // The same number of labels does not mean the same labels.
        bool otherLabels = source.Configuration is { } file && !ClassifierConfiguration.Read(file).Labels.SequenceEqual(configuration.Labels);
        source.Fill(network.state_dict(), tuning, otherLabels ? configuration.Architecture.IsHead : null, Warn, configuration.Architecture.Published);
    }
}
