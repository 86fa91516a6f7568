using CsCheck;
using static TorchSharp.torch;

namespace CxrAnnotate.Tests;

public sealed class TrainingFaultsTests
{
    private static readonly string[] _labels = ["bright", "dark", "left", "right"];

    private static readonly ClassifyDiseaseOptions Small = new()
    {
        CropSize = 32,
        Threads = 1,
        Optimization = new()
        {
            Epochs = 2,
            BatchSize = 24,
            LearningRate = 1e-3,
        },
    };

    private readonly List<string> _warnings = [];

    public TrainingFaultsTests() => NativeRuntime.EnsureLoaded();

    [Fact]
    public void Mini_batches_cover_the_rows_and_none_is_too_small() =>
        Gen.Select(Gen.Int[1, 300], Gen.Int[1, 40], Gen.Int[1, 3])
            .Where((rows, size, minimum) => rows >= minimum && size >= minimum)
            .Sample(
                (rows, size, minimum) =>
                {
                    var counts = new List<int>();
                    for (int start = 0; start < rows; start += counts[^1])
                        counts.Add(MiniBatches.CountAt(start, rows, size, minimum));
                    int[] plain = [.. Enumerable.Range(0, rows).Chunk(size).Select(c => c.Length)];
                    return counts.Sum() == rows
                        && counts.TrueForAll(c => c >= minimum && c < size + minimum)
                        && counts.Count == MiniBatches.Number(rows, size, minimum)
                        && (plain[^1] < minimum || counts.SequenceEqual(plain));
                }
            );

    /// <summary>At 32 pixels the last maps have one value per channel of each image: a batch of one row cannot be normalised.</summary>
    [Theory]
    [InlineData("ResNet18Slim", 32)]
    [InlineData("ResNet18", 32)]
    [InlineData("GoogLeNet", 32)]
    [InlineData("NetworkInNetwork", 64)]
    public void A_last_row_that_cannot_be_normalised_by_itself_joins_the_previous_batch(string network, int crop)
    {
        var done = new List<int>();
        var trainer = new ClassifierTrainer(
            Small with
            {
                Architecture = CnnArchitecture.Parse(network),
                CropSize = crop,
                Optimization = Small.Optimization with { BatchSize = 4, Epochs = 1 },
            },
            _labels,
            5,
            CPU
        )
        {
            BatchEnded = (_, rows, _, _) => done.Add(rows),
        };
        var (model, history) = trainer.Train(Rows(5, crop), null);
        using (model)
        {
            Assert.True(double.IsFinite(history.Epochs[0].TrainLoss));
            Assert.Equal([5], done);
        }
    }

    [Fact]
    public void Batches_are_unchanged_if_one_row_has_several_values_per_channel()
    {
        var done = new List<int>();
        var trainer = new ClassifierTrainer(
            Small with
            {
                CropSize = 48,
                Optimization = Small.Optimization with { BatchSize = 4, Epochs = 1 },
            },
            _labels,
            5,
            CPU
        )
        {
            BatchEnded = (_, rows, _, _) => done.Add(rows),
        };
        trainer.Train(Rows(5, 48), null).Model.Dispose();
        Assert.Equal([4, 5], done);
    }

    [Theory]
    [InlineData(1, 24, "1 row")]
    [InlineData(8, 1, "BatchSize is 1")]
    public void Rows_and_batches_too_few_to_normalise_are_refused_with_the_cause(int rows, int batchSize, string cause)
    {
        var error = Assert.Throws<InvalidOperationException>(() =>
            new ClassifierTrainer(Small with { Optimization = Small.Optimization with { BatchSize = batchSize } }, _labels, 5, CPU).Train(
                Rows(rows, 32),
                null
            )
        );
        Assert.Contains(cause, error.Message, StringComparison.Ordinal);
        Assert.Contains("normalisation", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("learning rate", error.Message, StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public void Two_and_three_rows_are_trained_on(int rows)
    {
        var (model, history) = new ClassifierTrainer(Small with { Optimization = Small.Optimization with { BatchSize = 2 } }, _labels, 5, CPU).Train(
            Rows(rows, 32),
            null
        );
        model.Dispose();
        Assert.All(history.Epochs, epoch => Assert.True(double.IsFinite(epoch.TrainLoss)));
    }

    [Fact]
    public void Non_finite_features_are_named_and_the_learning_rate_is_not_blamed()
    {
        var rows = DecoderExamples.Of(
            [
                [1, 2],
                [float.NaN, 1],
                [2, 1],
            ],
            ["nodule", "normal", "nodule"],
            ["nodule lung", "normal", "nodule base"]
        );
        var options = new DecodeContextOptions
        {
            HiddenSize = 8,
            StandardizeFeatures = false,
            Optimization = new() { Epochs = 1, BatchSize = 3 },
        };
        string message = Assert.Throws<InvalidOperationException>(() => new DecoderTrainer(options, 1).Train(rows)).Message;
        Assert.Contains("features of row", message, StringComparison.Ordinal);
        Assert.Contains("mini-batch 1 of 1", message, StringComparison.Ordinal);
        Assert.DoesNotContain("learning rate", message, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void Non_finite_initial_weights_are_named()
    {
        using var folder = new ScratchFolder();
        string path = Path.Combine(folder.Path, "w.safetensors");
        using ImageNetwork network = ImageNetwork.Create(CnnArchitecture.ResNet18Slim, 1, 4);
        using (no_grad())
            network.state_dict()["head.bias"].copy_(tensor([0f, 1f, float.NaN, 0f]));
        SafeTensors.Save(path, network);
        string message = Assert
            .Throws<InvalidDataException>(() =>
                new ClassifierTrainer(Small with { FineTuning = new() { Weights = path } }, _labels, 5, CPU).Train(Rows(8, 32), null)
            )
            .Message;
        Assert.Contains("head.bias", message, StringComparison.Ordinal);
        Assert.Contains("w.safetensors", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(5)]
    [InlineData(0)]
    public void Steps_that_are_too_large_are_blamed_on_the_learning_rate(double clip)
    {
        var options = Small with
        {
            Optimization = new()
            {
                Optimizer = OptimizerKind.Sgd,
                Epochs = 60,
                BatchSize = 4,
                LearningRate = 1e30,
                Schedule = ScheduleKind.Constant,
                GradientClip = clip,
            },
        };
        string message = Assert
            .Throws<InvalidOperationException>(() => new ClassifierTrainer(options, _labels, 5, CPU).Train(Rows(8, 32), null))
            .Message;
        Assert.Contains("lower learning rate", message, StringComparison.Ordinal);
        Assert.Contains("epoch", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_growing_loss_is_reported()
    {
        DecoderExamples rows = DecoderTrainerTests.Sided(24, 1);
        var options = new DecodeContextOptions
        {
            HiddenSize = 16,
            Optimization = new()
            {
                Optimizer = OptimizerKind.Sgd,
                Epochs = 8,
                BatchSize = 8,
                LearningRate = 30,
                Schedule = ScheduleKind.Constant,
            },
        };
        using DecoderModel diverged = new DecoderTrainer(options, 1) { Warn = _warnings.Add }.Train(rows);
        Assert.True(diverged.History!.Diverged);
        Assert.Contains("grew", Assert.Single(_warnings), StringComparison.Ordinal);
        _warnings.Clear();
        using DecoderModel sound = new DecoderTrainer(
            options with
            {
                Optimization = new()
                {
                    Epochs = 8,
                    BatchSize = 8,
                    LearningRate = 3e-3,
                },
            },
            1
        )
        {
            Warn = _warnings.Add,
        }.Train(rows);
        Assert.False(sound.History!.Diverged);
        Assert.Empty(_warnings);
    }

    [Theory]
    [InlineData(false, 2.0)]
    [InlineData(false, 2.0, 2.05)]
    [InlineData(false, 2.0, 9.0, 9.0, 9.0, 9.0, 9.0, 1.0, 1.0)]
    [InlineData(true, 2.0, 2.2)]
    [InlineData(true, 2.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1464.0)]
    [InlineData(true, 2.0, double.NaN)]
    public void Training_diverged_if_the_last_epochs_are_worse_than_the_first(bool expected, params double[] losses) =>
        Assert.Equal(
            expected,
            new TrainingHistory([.. losses.Select((loss, i) => new EpochReport(i + 1, loss, null, null, 1e-3, 1))], losses.Length).Diverged
        );

    /// <summary>Noise with labels.</summary>
    private static LabelledImages Rows(int count, int size)
    {
        var random = new Random(1);
        var images = new RadiographSet(size, size);
        float[] pixels = new float[size * size];
        for (int i = 0; i < count; i++)
        {
            for (int p = 0; p < pixels.Length; p++)
                pixels[p] = (float)random.NextDouble();
            images.Add(pixels);
        }

        return new LabelledImages(images, LabelScheme.Exclusive, [.. Enumerable.Range(0, count).Select(i => ExclusiveLabels.OneHot(i % 4, 4))], null);
    }
}
