using static TorchSharp.torch;

namespace CxrAnnotate.Tests;

/// <summary>A training that is interrupted and resumed by new objects, as by a new process, gives the weights of an uninterrupted one.</summary>
public sealed class ResumedTrainingTests
{
    private static readonly string[] _labels = ["bright", "dark", "left", "right"];

    public ResumedTrainingTests() => NativeRuntime.EnsureLoaded();

    [Theory]
    [InlineData(OptimizerKind.AdamW, ScheduleKind.Cosine, 0.9, 0, 1)]
    [InlineData(OptimizerKind.AdamW, ScheduleKind.Step, 0, 3, 1)]
    [InlineData(OptimizerKind.Sgd, ScheduleKind.Constant, 0.9, 2, 2)]
    [InlineData(OptimizerKind.RmsProp, ScheduleKind.Cosine, 0, 0, 3)]
    public void The_loop_interrupted_anywhere_ends_with_the_same_bits_and_history(
        OptimizerKind optimizer,
        ScheduleKind schedule,
        double average,
        int patience,
        int every
    )
    {
        var options = new OptimizationOptions
        {
            Optimizer = optimizer,
            Schedule = schedule,
            Epochs = 8,
            BatchSize = 8,
            LearningRate = 2e-3,
            WeightAverage = average,
            Patience = patience,
            GradientClip = 1,
        };
        (byte[][] Bits, TrainingHistory History) Run(TrainingCheckpoints? checkpoints, int? breakAt)
        {
            int batches = 0;
            using var problem = new SmallProblem();
            var loop = new TrainingLoop(problem.Module, problem, options)
            {
                Checkpoints = checkpoints,
                BatchEnded = (_, _, _, _) =>
                {
                    if (++batches == breakAt)
                        throw new OperationCanceledException();
                },
            };
            TrainingHistory history = loop.Run(TestContext.Current.CancellationToken);
            return (Bits(problem.Module), history);
        }

        var (expected, whole) = Run(null, null);
        using var folder = new ScratchFolder();
        foreach (int breakAt in (int[])[1, 4, 5, 10, 2, 7])
        {
            try
            {
                Run(Checkpoints(folder, "classifier", every), breakAt);
            }
            catch (OperationCanceledException)
            {
                // Like a killed process.
            }
        }

        var (bits, history) = Run(Checkpoints(folder, "classifier", every), null);
        Assert.Equal(expected, bits);
        Assert.Equal(whole.BestEpoch, history.BestEpoch);
        Assert.Equal(
            whole.Epochs.Select(e => (e.Epoch, e.TrainLoss, e.ValidationScore, e.LearningRate)),
            history.Epochs.Select(e => (e.Epoch, e.TrainLoss, e.ValidationScore, e.LearningRate))
        );

        // Once more: the finished training is read, not trained.
        Assert.Equal(expected, Run(Checkpoints(folder, "classifier", every), 1).Bits);
    }

    [Fact]
    public void An_interrupted_image_network_ends_with_the_same_bits()
    {
        LabelledImages train = Rows(1);
        var options = new ClassifyDiseaseOptions
        {
            CropSize = 32,
            Dropout = 0.3,
            WordWeight = 0.2,
            Threads = 1,
            Optimization = new()
            {
                Epochs = 3,
                BatchSize = 8,
                WeightAverage = 0.9,
            },
        };
        byte[][] Run(TrainingCheckpoints? checkpoints, int? breakAt)
        {
            int batches = 0;
            var trainer = new ClassifierTrainer(options, _labels, 5, CPU)
            {
                Checkpoints = checkpoints,
                BatchEnded = (_, _, _, _) =>
                {
                    if (++batches == breakAt)
                        throw new OperationCanceledException();
                },
            };
            using ClassifierModel model = trainer.Train(train, null).Model;
            return Bits(model.Network);
        }

        byte[][] expected = Run(null, null);
        using var folder = new ScratchFolder();
        foreach (int breakAt in (int[])[5, 4])
            Assert.Throws<OperationCanceledException>(() => Run(Checkpoints(folder, "classifier", 1), breakAt));
        Assert.Equal(expected, Run(Checkpoints(folder, "classifier", 1), null));
    }

    [Theory]
    [InlineData(RecurrentCell.Lstm)]
    [InlineData(RecurrentCell.Gru)]
    public void A_decoder_interrupted_anywhere_ends_with_the_same_bits(RecurrentCell cell)
    {
        DecoderExamples train = DecoderTrainerTests.Sided(40, 1);
        var options = new DecodeContextOptions
        {
            Cell = cell,
            Layers = 2,
            HiddenSize = 16,
            Dropout = 0.3,
            FeatureDropout = 0.2,
            Optimization = new()
            {
                Epochs = 5,
                BatchSize = 16,
                WeightAverage = 0.8,
            },
        };
        byte[][] Run(TrainingCheckpoints? checkpoints, int? breakAt)
        {
            int batches = 0;
            using DecoderModel model = new DecoderTrainer(options, 3)
            {
                Checkpoints = checkpoints,
                BatchEnded = (_, _, _, _) =>
                {
                    if (++batches == breakAt)
                        throw new OperationCanceledException();
                },
            }.Train(train);
            return Bits(model.Module);
        }

        byte[][] expected = Run(null, null);
        using var folder = new ScratchFolder();
        foreach (int breakAt in (int[])[2, 5, 4])
            Assert.Throws<OperationCanceledException>(() => Run(Checkpoints(folder, "decoder", 1), breakAt));
        Assert.Equal(expected, Run(Checkpoints(folder, "decoder", 1), null));
    }

    [Fact]
    public void A_checkpoint_of_another_network_is_refused_by_name()
    {
        LabelledImages train = Rows(1);
        var options = new ClassifyDiseaseOptions
        {
            CropSize = 32,
            Optimization = new() { Epochs = 2, BatchSize = 24 },
        };
        using var folder = new ScratchFolder();
        var (model, _) = new ClassifierTrainer(options, _labels, 5, CPU) { Checkpoints = Checkpoints(folder, "classifier", 1) }.Train(train, null);
        model.Dispose();
        var error = Assert.Throws<InvalidDataException>(() =>
            new ClassifierTrainer(options with { Architecture = CnnArchitecture.GoogLeNet }, _labels, 5, CPU)
            {
                Checkpoints = Checkpoints(folder, "classifier", 1),
            }.Train(train, null)
        );
        Assert.Contains("network.safetensors", error.Message, StringComparison.Ordinal);
    }

    internal static LabelledImages Rows(int seed)
    {
        var random = new Random(seed);
        var images = new RadiographSet(36, 36);
        int[] labels = [.. Enumerable.Range(0, 24).Select(i => i % 4)];
        float[] pixels = new float[36 * 36];
        foreach (int label in labels)
        {
            for (int i = 0; i < pixels.Length; i++)
                pixels[i] =
                    (float)random.NextDouble() * 0.5f
                    + (
                        label == 0 ? 0.4f
                        : label == 2 && i % 36 < 18 ? 0.3f
                        : label == 3 && i % 36 >= 18 ? 0.3f
                        : 0
                    );
            images.Add(pixels);
        }

        return new LabelledImages(
            images,
            LabelScheme.Exclusive,
            [.. labels.Select(l => ExclusiveLabels.OneHot(l, 4))],
            [.. labels.Select(l => (string[])["nodule", _labels[l]])]
        );
    }

    internal static byte[][] Bits(nn.Module module) =>
        [.. module.state_dict().OrderBy(p => p.Key, StringComparer.Ordinal).Select(p => p.Value.Bytes())];

    private static TrainingCheckpoints Checkpoints(ScratchFolder folder, string network, int every)
    {
        CheckpointFolder checkpoints = CheckpointFolder.Open(
            new()
            {
                Folder = folder.Path,
                EveryEpochs = every,
                Resume = true,
            },
            new Dictionary<string, string>(),
            message => Assert.Fail(message)
        );
        return new TrainingCheckpoints(checkpoints, network, checkpoints.Restored);
    }

    private sealed class SmallNetwork : nn.Module<Tensor, Tensor>
    {
        private readonly TorchSharp.Modules.Linear a = nn.Linear(6, 12);
        private readonly BatchNormalization norm = new(12);
        private readonly SeededDropout drop = new(0.4, 9);
        private readonly TorchSharp.Modules.Linear b = nn.Linear(12, 2);

        internal SmallNetwork()
            : base(nameof(SmallNetwork)) => RegisterComponents();

        public override Tensor forward(Tensor input) => b.call(drop.call(norm.call(a.call(input))));
    }

    /// <summary>
    /// A small training with all that makes resuming hard: dropout, batch statistics, rows drawn anew for every epoch, a validation score that has
    /// its best early.
    /// </summary>
    private sealed class SmallProblem : ITrainingProblem, IDisposable
    {
        private readonly Tensor _input;
        private readonly Tensor _target;
        private Tensor? _order;
        private int _epoch;

        internal SmallProblem()
        {
            using var random = new Generator(3);
            _input = rand([30, 6], generator: random).DetachFromDisposeScope();
            _target = rand([30, 2], generator: random).DetachFromDisposeScope();
            Module = new SmallNetwork();
            InitialWeights.Uniform(Module, random);
            foreach (var (_, parameter) in Module.named_parameters())
                InitialWeights.Normal(parameter, 0.3, random);
        }

        internal SmallNetwork Module { get; }

        public int BeginEpoch(int epoch)
        {
            _epoch = epoch;
            int[] order = [.. Enumerable.Range(0, 30)];
            Seeds.At(4, epoch).Shuffle(order);
            _order?.Dispose();
            _order = tensor(order.Select(i => (long)i).ToArray()).DetachFromDisposeScope();
            return 30;
        }

        public int MinimumRows => 1;

        public string? FaultOf(int start, int count) => null;

        public Tensor Loss(int start, int count)
        {
            Tensor rows = _order!.narrow(0, start, count);
            Tensor wrong = Module.call(_input.index_select(0, rows)) - _target.index_select(0, rows);
            return wrong.mul(wrong).mean();
        }

        public (double Loss, double Score)? Validate()
        {
            double sum = Module.call(_input).sum().Number();
            return (sum, _epoch == 4 ? 2 : Math.Sin(sum));
        }

        public void Dispose()
        {
            _input.Dispose();
            _target.Dispose();
            _order?.Dispose();
            Module.Dispose();
        }
    }
}
