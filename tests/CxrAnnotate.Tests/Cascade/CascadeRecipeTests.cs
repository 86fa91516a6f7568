using Microsoft.ML;
using Microsoft.ML.Data;

namespace CxrAnnotate.Tests;

/// <summary>How the cascade applies its options between the stages, on networks with known weights and probabilities.</summary>
public sealed class CascadeRecipeTests : IDisposable
{
    private static readonly string[] Names = ["nodule", "normal"];

    private readonly ScratchFolder _folder = new();
    private readonly MLContext _context = new(seed: 1);

    [Fact]
    public void Ties_go_to_the_later_iteration()
    {
        IDataView validation = ConstantNetwork.Rows(_context, Names, Enumerable.Repeat((1, "normal"), 4));
        using RecurrentCascadeTransformer model = Train(Still() with { Iterations = 3, ValidationData = validation }, Rows(8, 8));
        // Every image is read as normal, which is correct.
        Assert.Equal([1.0, 1.0, 1.0], model.Iterations.Select(i => i.ValidationScore!.Value));
        Assert.Equal(3, model.ChosenIteration);
    }

    [Theory]
    [InlineData(1, 0.9, 0.5, 0.3)]
    [InlineData(3, 0.5, 0.9, 0.9, 0.2)]
    [InlineData(2, 0.5, 0.9, 0.8)]
    [InlineData(3, 0.9, 0.9, 0.9)]
    public void The_iteration_with_the_highest_score_is_chosen(int best, params double[] scores) =>
        Assert.Equal(best, CascadeChoice.Best([.. scores.Select(score => (double?)score)]));

    [Fact]
    public void Without_validation_the_last_iteration_is_chosen()
    {
        Assert.Equal(3, CascadeChoice.Best([null, null, null]));
        Assert.Equal(1, CascadeChoice.Best([null]));
    }

    [Theory]
    // Every class is drawn as often as the disease has rows: 6 and 6.
    [InlineData(BalancingMethod.DataDropout, 1, 12)]
    // Twice as often.
    [InlineData(BalancingMethod.DataDropout, 2, 24)]
    [InlineData(BalancingMethod.None, 1, 36)]
    public void Both_networks_of_all_iterations_are_trained_on_balanced_rows(BalancingMethod method, double ratio, int rows)
    {
        var progress = new Totals();
        using RecurrentCascadeTransformer model = Train(
            Still() with
            {
                Balancing = new() { Method = method, NormalRatio = ratio },
                Progress = progress,
            },
            Rows(6, 30)
        );
        foreach (int iteration in (int[])[1, 2])
        {
            Assert.Equal(rows, progress[$"iteration {iteration}: image network"]);
            Assert.Equal(rows, progress[$"iteration {iteration}: context decoder"]);
        }
    }

    [Fact]
    public void Later_iterations_learn_the_words_of_the_annotations_by_their_own_weight()
    {
        double[] weights = [0, 1, 3];
        double[][] losses =
        [
            .. weights.Select(weight =>
            {
                using RecurrentCascadeTransformer model = Train(Still() with { ContextWordWeight = weight }, Rows(10, 10));
                return model.Iterations.Select(i => i.Classifier!.Epochs[0].TrainLoss).ToArray();
            }),
        ];
        // Probabilities 0.4 and 0.6 of labels with the same number of rows.
        double ofLabels = -(Math.Log(0.4) + Math.Log(0.6)) / 2;
        Assert.All(losses, l => Assert.Equal(ofLabels, l[0], 1e-5));
        Assert.Equal(ofLabels, losses[0][1], 1e-5);
        // Three words, about ln 2 each before training.
        double ofWords = losses[1][1] - ofLabels;
        Assert.InRange(ofWords, 1, 4);
        Assert.Equal(3 * ofWords, losses[2][1] - ofLabels, 1e-4);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Later_iterations_start_from_the_previous_weights_or_from_new_ones(bool goOn)
    {
        using RecurrentCascadeTransformer model = Train(Still() with { ContinueWeights = goOn }, Rows(8, 8));
        foreach (string name in (string[])["stem.weight", "stages.stage3_1.conv2.weight"])
            Check(model.Models[0].Classifier.Network.state_dict()[name].Floats(), model.Models[1].Classifier.Network.state_dict()[name].Floats());
        foreach (string name in (string[])["layer0.hidden", "output"])
            Check(model.Models[0].Decoder.Module.state_dict()[name].Floats(), model.Models[1].Decoder.Module.state_dict()[name].Floats());

        void Check(float[] before, float[] after) =>
            Assert.Equal(goOn, before.Zip(after).All(pair => MathF.Abs(pair.First - pair.Second) < 1e-6));
    }

    [Fact]
    public void The_decoder_is_trained_on_the_features_of_the_images_and_of_differently_augmented_views()
    {
        IDataView rows = Rows(8, 8);
        var noisy = AugmentationOptions.None with { Noise = 1 };
        using RecurrentCascadeTransformer plain = Train(WithViews(0, noisy), rows);
        float[][] features = [.. plain.Transform(rows).GetColumn<float[]>("Features")];
        double[] image = [.. Enumerable.Range(0, features[0].Length).Select(k => features.Average(f => (double)f[k]))];
        Assert.Equal(0, Distance(image, MeanOfFeatures(0, noisy)), 1e-3);

        // The difference of the sums over n + 1 and n views is the mean of the last view.
        double[] one = MeanOfFeatures(1, noisy),
            two = MeanOfFeatures(2, noisy);
        double[] first = [.. one.Zip(image, (both, i) => (2 * both) - i)],
            second = [.. two.Zip(one, (three, both) => (3 * three) - (2 * both))];
        double scale = Distance(image, new double[image.Length]);
        Assert.True(Distance(first, image) > 0.02 * scale, "the first view is the image");
        Assert.True(Distance(second, first) > 0.005 * scale, "the second view is the first");
        Assert.Equal(0, Distance(image, MeanOfFeatures(2, AugmentationOptions.None)), 1e-3);

        RecurrentCascadeOptions WithViews(int views, AugmentationOptions augmentation)
        {
            RecurrentCascadeOptions still = Still();
            return still with
            {
                Iterations = 1,
                FeatureViews = views,
                Classifier = still.Classifier with { Augmentation = augmentation, Threads = 1 },
            };
        }

        double[] MeanOfFeatures(int views, AugmentationOptions augmentation)
        {
            RecurrentCascadeOptions options = WithViews(views, augmentation);
            // Noise in the training images changes the network's statistics, so features are compared for the same network.
            using RecurrentCascadeTransformer model = Train(options, rows);
            double[] mean = [.. model.Models[0].Decoder.Module.state_dict()["feature_mean"].Floats()];
            if (augmentation == noisy)
                return mean;
            float[][] own = [.. model.Transform(rows).GetColumn<float[]>("Features")];
            return [.. mean.Select((m, k) => m - own.Average(f => (double)f[k]) + image[k])];
        }
    }

    [Fact]
    public void Thresholds_are_chosen_on_the_validation_rows_even_without_early_stopping()
    {
        string[] findings = ["effusion", "nodule"];
        IDataView Findings(int rows) =>
            ConstantNetwork.Rows(
                _context,
                findings,
                Enumerable
                    .Range(0, rows)
                    .Select(i =>
                        (
                            new float[] { i % 2, i % 4 < 2 ? 1 : 0 },
                            string.Join(" | ", findings.Where((_, k) => k == 0 ? i % 2 == 1 : i % 4 < 2).DefaultIfEmpty("normal"))
                        )
                    )
            );
        using RecurrentCascadeTransformer model = Train(
            Still(Math.Log(0.8 / 0.2), Math.Log(0.3 / 0.7)) with
            {
                Iterations = 1,
                ValidationData = Findings(24),
            },
            Findings(16)
        );
        // All images have the same probabilities, 0.8 and 0.3: the highest F1 detects all, with a threshold halfway to 0.
        Assert.Equal([0.4, 0.15], model.Thresholds!.Select(t => Math.Round(t, 5)));
    }

    public void Dispose() => _folder.Dispose();

    private RecurrentCascadeTransformer Train(RecurrentCascadeOptions options, IDataView rows) =>
        _context.ChestXray().RecurrentCascade(options).Fit(rows);

    private IDataView Rows(int nodules, int normals) =>
        ConstantNetwork.Rows(
            _context,
            Names,
            [.. Enumerable.Repeat((0, "nodule left"), nodules), .. Enumerable.Repeat((1, "normal"), normals)]
        );

    /// <summary>Two iterations that change no weights and split no label; the labels' probabilities are 0.4 and 0.6.</summary>
    private RecurrentCascadeOptions Still() => Still(Math.Log(0.4), Math.Log(0.6));

    private RecurrentCascadeOptions Still(params double[] logits) =>
        new()
        {
            ValidationFraction = 0,
            FeatureViews = 0,
            ContextWordWeight = 0,
            Relabeling = new() { MinimumClusterSize = 1000 },
            Classifier = ConstantNetwork.Options(ConstantNetwork.Write(_folder, logits)),
            Decoder = new() { HiddenSize = 8, Optimization = ConstantNetwork.Still },
            Seed = 6,
        };

    private static double Distance(double[] a, double[] b) => Math.Sqrt(a.Zip(b, (x, y) => (x - y) * (x - y)).Sum());

    private sealed class Totals : IProgress<CascadeProgress>
    {
        private readonly Dictionary<string, long> _totals = [];

        internal long this[string stage] => _totals[stage];

        public void Report(CascadeProgress value)
        {
            lock (_totals)
                _totals[value.Stage] = value.Total;
        }
    }
}
