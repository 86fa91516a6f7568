using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace CxrAnnotate;

/// <summary>Trains an image classifier on rows in memory.</summary>
internal sealed class ClassifierTrainer(ClassifyDiseaseOptions options, IReadOnlyList<string> labels, int seed, Device device)
{
    internal Action<EpochReport>? EpochEnded { get; init; }

    internal Action<int, int, int, double>? BatchEnded { get; init; }

    /// <summary>Where checkpoints are written and resumed from; null writes none.</summary>
    internal TrainingCheckpoints? Checkpoints { get; init; }

    /// <summary>Called with the tensors missing from the initial weights.</summary>
    internal Action<string> Warn { get; init; } = _ => { };

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
            CropSize = options.CropSize > 0 ? options.CropSize : ClassifierConfiguration.DefaultCrop(options.Architecture, height, width),
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
            else if (options.FineTuning is { Weights: { } weights } tuning)
                LoadInitialWeights(weights, tuning, configuration, network);
            if (Checkpoints is not null)
                Checkpoints.Describe = configuration.ToJson;
            WordTargets? words = options.WordWeight > 0 && train.Captions is not null ? new WordTargets(train.Captions) : null;
            var supervised = new SupervisedNetwork(network, words?.Words.Count ?? 0, Seeds.Mix(seed, 1));
            supervised.to(device);
            FrozenLayers? frozen = options.FineTuning is { Frozen: { Count: > 0 } names } ? new FrozenLayers(supervised, "network.", names) : null;
            var problem = new Problem(
                this,
                supervised,
                model,
                train,
                validation,
                words,
                objective,
                network.LeastNormalized(configuration.Channels, configuration.CropSize, device, frozen) == 1 ? 2 : 1
            );
            var loop = new TrainingLoop(supervised, problem, options.Optimization)
            {
                EpochEnded = EpochEnded,
                BatchEnded = BatchEnded,
                Frozen = frozen,
                Checkpoints = Checkpoints,
                Warn = text => Warn($"Image network: {text}"),
            };
            TrainingHistory history = loop.Run(options.Cancellation);
            network.eval();
            supervised.ReleaseWords();
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

    private void LoadInitialWeights(string weights, FineTuningOptions tuning, ClassifierConfiguration configuration, ImageNetwork network)
    {
        WeightSource source = WeightSource.Find(weights, "classifier");
        // The same number of labels does not mean the same labels.
        bool otherLabels = source.Configuration is { } file && !ClassifierConfiguration.Read(file).Labels.SequenceEqual(configuration.Labels);
        source.Fill(network.state_dict(), tuning, otherLabels ? configuration.Architecture.IsHead : null, Warn, configuration.Architecture.Published);
    }

    /// <summary>The image network and, while training, a linear layer that predicts the caption's words from the embedding.</summary>
    private sealed class SupervisedNetwork : nn.Module
    {
        private readonly ImageNetwork network;
        private readonly Linear? words;

        internal SupervisedNetwork(ImageNetwork network, int wordCount, int seed)
            : base(nameof(SupervisedNetwork))
        {
            this.network = network;
            words = wordCount > 0 ? nn.Linear(network.EmbeddingSize, wordCount) : null;
            if (words is not null)
            {
                using var random = new Generator(unchecked((uint)seed));
                InitialWeights.Uniform(words.weight, words.bias, random);
            }

            RegisterComponents();
        }

        internal (Tensor Logits, Tensor? Words) Forward(Tensor input)
        {
            var (embedding, logits) = network.call(input);
            return (logits, words?.call(embedding));
        }

        /// <summary>The network outlives the training; only the word layer is freed. (Disposing this module would free the network, too.)</summary>
        internal void ReleaseWords() => words?.Dispose();
    }

    private sealed class Problem : ITrainingProblem
    {
        private readonly ClassifyDiseaseOptions _options;
        private readonly ClassifierTrainer _owner;
        private readonly SupervisedNetwork _network;
        private readonly ClassifierModel _model;
        private readonly LabelledImages _train;
        private readonly LabelledImages? _validation;
        private readonly WordTargets? _words;
        private readonly ImagePreparer _preparer;
        private readonly int[] _strata;
        private readonly int[] _baseLabels;
        private readonly bool _split;
        private readonly LabelObjective _objective;
        private int[] _order = [];
        private int _epoch;
        private (int Start, int Count, Task<Batch> Work)? _next;

        internal Problem(
            ClassifierTrainer owner,
            SupervisedNetwork network,
            ClassifierModel model,
            LabelledImages train,
            LabelledImages? validation,
            WordTargets? words,
            LabelObjective objective,
            int minimumRows
        )
        {
            MinimumRows = minimumRows;
            _objective = objective;
            _owner = owner;
            _options = owner.Options;
            _network = network;
            _model = model;
            _train = train;
            _strata = [.. train.Truth.Select(train.Scheme.Stratum)];
            _validation = validation;
            _words = words;
            _preparer = model.Configuration.Preparer();
            _baseLabels = BaseLabels.Indices(model.Configuration.Labels);
            _split = _baseLabels.Distinct().Count() < _baseLabels.Length;
        }

        public int MinimumRows { get; }

        public string? FaultOf(int start, int count)
        {
            Batch batch = Prepare(start, count);
            int at = Array.FindIndex(batch.Pixels, pixel => !float.IsFinite(pixel));
            return at < 0 ? null : $"the image of row {_order[start + (at / _preparer.Length)] + 1} has non-finite values";
        }

        public int BeginEpoch(int epoch)
        {
            _epoch = epoch;
            _next = null;
            _order = EpochSampler.Draw(_train.Weights, _strata, _owner.Seed, epoch);
            return _order.Length;
        }

        public Tensor Loss(int start, int count)
        {
            Batch batch =
                _next is { } next && next.Start == start && next.Count == count ? next.Work.GetAwaiter().GetResult() : Prepare(start, count);
            int following = start + count;
            int followingCount = MiniBatches.CountAt(following, _order.Length, _options.Optimization.BatchSize, MinimumRows);
            _next = followingCount > 0 ? (following, followingCount, Task.Run(() => Prepare(following, followingCount))) : null;

            int size = _preparer.Size;
            Tensor input = tensor(batch.Pixels).reshape(count, _preparer.Channels, size, size).to(_owner.Device);
            var (logits, words) = _network.Forward(input);
            Tensor loss = _objective.Loss(logits, batch.Targets);
            if (words is not null)
            {
                Tensor targets = tensor(batch.Words!).reshape(count, -1).to(_owner.Device);
                Tensor binary = nn.functional.binary_cross_entropy_with_logits(words, targets, reduction: nn.Reduction.Sum);
                loss = loss.Plus(binary.Times(_options.WordWeight / count));
            }

            return loss;
        }

        public (double Loss, double Score)? Validate() =>
            _validation is { Count: > 0 }
                ? _objective.Validate(_model.Score(_validation.Images, cancellation: _options.Cancellation).Scores, _validation)
                : null;

        private Batch Prepare(int start, int count)
        {
            int labels = _baseLabels.Length;
            int words = _words?.Words.Count ?? 0;
            var batch = new Batch(new float[count * _preparer.Length], new float[count * labels], words > 0 ? new float[count * words] : null);
            Parallel.For(
                0,
                count,
                () => new float[_preparer.Height * _preparer.Width],
                (i, _, image) =>
                {
                    int row = _order[start + i];
                    Random random = Seeds.At(_owner.Seed, _epoch, start + i);
                    bool mirror =
                        random.NextDouble() < _options.Augmentation.Mirror
                        && (_train.Captions is null || WordTargets.CanMirror(_train.Captions[row]));
                    bool anyOfBase = mirror && _split && (_train.Captions is null || WordTargets.HasSide(_train.Captions[row]));
                    _train.Images.CopyTo(row, image);
                    _preparer.Prepare(image, batch.Pixels.AsSpan(i * _preparer.Length, _preparer.Length), _options.Augmentation, random, mirror);
                    _objective.Fill(row, anyOfBase, batch.Targets.AsSpan(i * labels, labels));
                    if (batch.Words is not null)
                        _words!.Fill(row, mirror, batch.Words.AsSpan(i * words, words));
                    return image;
                },
                _ => { }
            );
            return batch;
        }

        /// <param name="Pixels">The prepared images.</param>
        /// <param name="Targets">The labels' targets.</param>
        /// <param name="Words">The captions' words.</param>
        private sealed record Batch(float[] Pixels, float[] Targets, float[]? Words);
    }

    private ClassifyDiseaseOptions Options => options;

    private int Seed => seed;

    private Device Device => device;
}
