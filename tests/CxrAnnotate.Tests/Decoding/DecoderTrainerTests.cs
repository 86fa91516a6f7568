using TorchSharp;
using static TorchSharp.torch;

namespace CxrAnnotate.Tests;

public sealed class DecoderTrainerTests
{
    private static readonly DecodeContextOptions Small = new()
    {
        HiddenSize = 32,
        Dropout = 0.1,
        FeatureDropout = 0.1,
        Optimization = new()
        {
            Epochs = 3,
            BatchSize = 8,
            LearningRate = 5e-3,
        },
    };

    public DecoderTrainerTests() => NativeRuntime.EnsureLoaded();

    [Theory]
    [InlineData(RecurrentCell.Lstm, 1)]
    [InlineData(RecurrentCell.Gru, 1)]
    [InlineData(RecurrentCell.Lstm, 2)]
    [InlineData(RecurrentCell.Gru, 2)]
    public void A_decoder_overfits_32_images(RecurrentCell cell, int layers)
    {
        // Only three labels, so that the captions must come from the images.
        string[] labels = ["nodule", "opacity", "nodule+opacity"];
        var random = new Random(8);
        string[] rowLabels = [.. Enumerable.Range(0, 32).Select(i => labels[i % 3])];
        string[] captions =
        [
            .. rowLabels.Select(l =>
                l.Replace("+", " | ", StringComparison.Ordinal)
                + string.Concat(Enumerable.Range(0, random.Next(4)).Select(_ => $" word{random.Next(12)}"))
            ),
        ];
        float[][] features = [.. Enumerable.Range(0, 32).Select(i => RecurrentDecoderTests.Numbers(24, i))];
        DecodeContextOptions options = Small with
        {
            Cell = cell,
            Layers = layers,
            HiddenSize = 64,
            Dropout = 0,
            FeatureDropout = 0,
            Optimization = new()
            {
                Epochs = 120,
                BatchSize = 16,
                LearningRate = 1e-2,
                WeightDecay = 0,
            },
        };
        using DecoderModel model = new DecoderTrainer(options, 1).Train(DecoderExamples.Of(features, rowLabels, captions));
        Hypothesis[] written = model.Greedy(features, rowLabels);
        int exact = Enumerable.Range(0, 32).Count(i => string.Join(' ', model.Vocabulary.Tokens(rowLabels[i], written[i].Words)) == captions[i]);
        Assert.True(exact / 32.0 > 0.95, $"{exact} of 32 captions, loss {model.History!.Epochs[^1].TrainLoss}");
    }

    [Fact]
    public void The_image_decides_what_the_label_leaves_open()
    {
        DecoderExamples train = Sided(200, 1),
            test = Sided(100, 2);
        using DecoderModel model = new DecoderTrainer(Small with { Optimization = Small.Optimization with { Epochs = 15 } }, 1).Train(train);
        Hypothesis[] written = model.Greedy([.. test.Views.Select(v => v[0])], test.Labels);
        int right = Enumerable
            .Range(0, test.Count)
            .Count(i => model.Vocabulary.Tokens(test.Labels[i], written[i].Words).SequenceEqual(test.Captions[i]));
        Assert.True(right >= 90, $"{right} of 100");
    }

    [Fact]
    public void The_same_seed_gives_the_same_bits_whatever_else_runs()
    {
        DecoderExamples train = Sided(40, 1);
        DecodeContextOptions options = Small with { Layers = 2, Dropout = 0.4 };
        byte[][] weights = new byte[3][];
        random.manual_seed(1);
        Parallel.For(
            0,
            3,
            i =>
            {
                using DecoderModel model = new DecoderTrainer(options, i == 2 ? 6 : 5).Train(train);
                using Tensor noise = rand(100);
                weights[i] = Bits(model);
            }
        );
        Assert.Equal(weights[0], weights[1]);
        Assert.NotEqual(weights[0], weights[2]);
    }

    [Fact]
    public void The_scale_of_standardised_features_does_not_matter()
    {
        DecoderExamples train = Sided(40, 1);
        var scaled = new DecoderExamples(
            [
                .. train.Views.Select(v =>
                    (IReadOnlyList<float[]>)
                        [
                            [.. v[0].Select(x => (x * 1024) + 4096)],
                        ]
                ),
            ],
            train.Labels,
            train.Captions
        );
        using DecoderModel plain = new DecoderTrainer(Small, 1).Train(train);
        using DecoderModel large = new DecoderTrainer(Small, 1).Train(scaled);
        Assert.Equal(plain.History!.Epochs[^1].TrainLoss, large.History!.Epochs[^1].TrainLoss, 1e-2);
        DecodeContextOptions raw = Small with { StandardizeFeatures = false };
        using DecoderModel unscaled = new DecoderTrainer(raw, 1).Train(train);
        Assert.All(unscaled.Module.state_dict()["feature_scale"].Floats(), s => Assert.Equal(1f, s));
    }

    [Fact]
    public void Features_are_scaled_by_their_deviation_but_not_beyond_a_hundred_times_the_usual_one()
    {
        // Deviations 3, 1, 0.00001 and 0; their root mean square is the root of (9 + 1) / 4.
        float[] Row(int i) => [i % 2 == 0 ? 5 : -1, i % 4 < 2 ? 1 : -1, i % 2 == 0 ? 1e-5f : -1e-5f, 7];
        DecoderExamples rows = DecoderExamples.Of(
            [.. Enumerable.Range(0, 16).Select(Row)],
            [.. Enumerable.Range(0, 16).Select(i => i % 2 == 0 ? "nodule" : "normal")],
            [.. Enumerable.Range(0, 16).Select(i => i % 2 == 0 ? "nodule" : "normal")]
        );
        using DecoderModel model = new DecoderTrainer(Small with { Optimization = Small.Optimization with { Epochs = 1 } }, 1).Train(rows);
        float[] scale = model.Module.state_dict()["feature_scale"].Floats(),
            mean = model.Module.state_dict()["feature_mean"].Floats();
        Assert.Equal([2, 0, 0, 7], mean.Select(m => Math.Round(m, 5)));
        Assert.Equal(1 / 3.0, scale[0], 1e-5);
        Assert.Equal(1, scale[1], 1e-5);
        Assert.Equal(100 / Math.Sqrt(10 / 4.0), scale[2], 1e-3);
        Assert.Equal(0, scale[3]);
    }

    [Fact]
    public void All_views_of_a_row_are_trained_on_and_rows_are_drawn_by_weight()
    {
        float[] a = [1, 0, 0],
            b = [0, 1, 0],
            c = [0, 0, 1];
        var examples = new DecoderExamples(
            [
                [a, b],
                [c],
            ],
            ["nodule", "normal"],
            [
                ["nodule", "lung"],
                ["normal"],
            ],
            [2.5f, 0]
        );
        var rowsOfEpoch = new Dictionary<int, int>();
        var trainer = new DecoderTrainer(
            Small with
            {
                StandardizeFeatures = false,
                FeatureDropout = 0,
                Optimization = Small.Optimization with { Epochs = 40 },
            },
            3
        )
        {
            BatchEnded = (epoch, _, rows, _) => rowsOfEpoch[epoch] = rows,
        };
        using DecoderModel model = trainer.Train(examples);
        Assert.Equal([2, 3], rowsOfEpoch.Values.Distinct().Order());
        Hypothesis[] written = model.Greedy([a, b], ["nodule", "nodule"]);
        Assert.All(written, h => Assert.Equal(["nodule", "lung"], model.Vocabulary.Tokens("nodule", h.Words)));
    }

    [Fact]
    public void Early_stopping_keeps_the_epoch_that_describes_the_validation_rows_best()
    {
        DecoderExamples train = Sided(60, 1),
            validation = Sided(30, 2);
        using DecoderModel model = new DecoderTrainer(
            Small with
            {
                Optimization = new()
                {
                    Epochs = 30,
                    BatchSize = 8,
                    LearningRate = 0.02,
                    Patience = 30,
                },
            },
            1
        ).Train(train, validation);
        EpochReport best = model.History!.Epochs.MaxBy(e => e.ValidationScore)!;
        Assert.Equal(best.Epoch, model.History.BestEpoch);
        using var _ = NewDisposeScope();
        using var __ = no_grad();
        DecoderBatch rows = DecoderBatch.Create([
            .. Enumerable
                .Range(0, 30)
                .Select(i =>
                    (
                        validation.Views[i][0],
                        model.Vocabulary.StartOf(validation.Labels[i]),
                        model.Vocabulary.Targets(validation.Labels[i], validation.Captions[i])
                    )
                ),
        ]);
        Assert.Equal(best.ValidationLoss!.Value, rows.Loss(model.Module).Number(), 1e-6);
    }

    [Fact]
    public void A_later_decoder_copies_the_weights_of_shared_words()
    {
        DecoderExamples first = Sided(20, 1);
        using DecoderModel earlier = new DecoderTrainer(Small, 1).Train(first);
        var more = new DecoderExamples(
            first.Views,
            [.. first.Labels.Select((_, i) => i % 2 == 0 ? "nodule" : "abscess")],
            [.. first.Captions.Select((c, i) => (IReadOnlyList<string>)(i % 2 == 0 ? c : ["abscess", .. c.Skip(1)]))]
        );
        // A negligible rate leaves the initial weights unchanged.
        DecodeContextOptions still = Small with
        {
            Optimization = new()
            {
                Epochs = 1,
                LearningRate = 1e-12,
                WeightDecay = 0,
            },
        };
        using DecoderModel later = new DecoderTrainer(still, 2) { Initial = earlier }.Train(more);
        float[] Row(DecoderModel model, string word) => model.Module.state_dict()["layer0.input"][model.Vocabulary.IdOf(word)].Floats();
        Assert.NotEqual(earlier.Vocabulary.IdOf("right"), later.Vocabulary.IdOf("right"));
        Assert.All(Row(earlier, "right").Zip(Row(later, "right")), p => Assert.Equal(p.First, p.Second, 1e-6f));
        Assert.All(
            earlier.Module.state_dict()["layer0.hidden"].Floats().Zip(later.Module.state_dict()["layer0.hidden"].Floats()),
            p => Assert.Equal(p.First, p.Second, 1e-6f)
        );
        var other = new DecoderTrainer(still with { HiddenSize = 16 }, 2) { Initial = earlier };
        Assert.Throws<ArgumentException>(() => other.Train(more));
    }

    [Fact]
    public void The_unknown_start_word_is_the_mean_of_the_labels()
    {
        using DecoderModel model = new DecoderTrainer(Small, 1).Train(Sided(20, 1));
        using var _ = NewDisposeScope();
        Tensor input = model.Module.state_dict()["layer0.input"].detach();
        float[] mean = input[model.Vocabulary.IdOf("nodule")].Plus(input[model.Vocabulary.IdOf("normal")]).Times(0.5).Floats();
        Assert.All(mean.Zip(input[ReservedWords.UnknownId].Floats()), p => Assert.Equal(p.First, p.Second, 1e-6f));
    }

    [Fact]
    public void Training_leaves_no_tensor_behind()
    {
        DecoderExamples train = Sided(40, 1),
            validation = Sided(10, 2);
        long after1 = Live(1),
            after6 = Live(6);
        Assert.Equal(after1, after6);

        long Live(int epochs)
        {
            DecodeContextOptions options = Small with { Optimization = Small.Optimization with { Epochs = epochs, WeightAverage = 0.9 } };
            long before = DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount;
            using (new DecoderTrainer(options, 1).Train(train, validation)) { }

            return DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount - before;
        }
    }

    [Fact]
    public void Cancelling_stops_the_training()
    {
        using var source = new CancellationTokenSource();
        var trainer = new DecoderTrainer(Small with { Cancellation = source.Token }, 1) { BatchEnded = (_, _, _, _) => source.Cancel() };
        Assert.ThrowsAny<OperationCanceledException>(() => trainer.Train(Sided(40, 1)));
    }

    [Fact]
    public void No_rows_are_an_error_that_says_so() =>
        Assert.Throws<InvalidOperationException>(() => new DecoderTrainer(Small, 1).Train(DecoderExamples.Of([], [], [])));

    /// <summary>Images whose features encode the side of the nodule under noise, but not its part; a third are normal.</summary>
    internal static DecoderExamples Sided(int count, int seed)
    {
        var random = new Random(seed);
        var features = new List<float[]>();
        var labels = new List<string>();
        var captions = new List<string>();
        for (int i = 0; i < count; i++)
        {
            bool right = random.Next(2) == 0;
            float[] row = [.. Enumerable.Range(0, 12).Select(_ => (float)random.NextDouble() * 0.5f)];
            row[3] += right ? 1 : -1;
            row[7] += right ? -0.5f : 0.5f;
            features.Add(row);
            labels.Add(
                i % 3 == 0 ? "normal"
                : i % 3 == 1 ? "nodule#1"
                : "nodule#2"
            );
            captions.Add(
                i % 3 == 0 ? "normal"
                : right ? "nodule lung right"
                : "nodule lung left"
            );
        }

        return DecoderExamples.Of(features, labels, captions);
    }

    private static byte[] Bits(DecoderModel model) =>
        [.. model.Module.state_dict().OrderBy(p => p.Key, StringComparer.Ordinal).SelectMany(p => p.Value.Bytes())];
}
