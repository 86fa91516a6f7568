using Microsoft.ML;
using Microsoft.ML.Data;

namespace CxrAnnotate.Tests;

public sealed class ClassifyDiseaseTests
{
    private const int Side = 72;
    private static readonly string[] _labels = ["bright", "dark", "left", "right"];

    [Theory]
    [InlineData("ResNet18Slim", 1, 32)]
    [InlineData("NetworkInNetwork", 3, 64)]
    [InlineData("GoogLeNet", 3, 64)]
    public void Sixteen_images_can_be_overfitted(string architecture, int channels, int size)
    {
        // Random labels: only memorising the images helps.
        var random = new Random(4);
        var images = new RadiographSet(Side, Side);
        for (int i = 0; i < 16; i++)
            images.Add(Picture(random.Next(4), random));
        int[] labels = [.. Enumerable.Range(0, 16).Select(_ => random.Next(4))];
        var data = new LabelledImages(images, LabelScheme.Exclusive, [.. labels.Select(l => ExclusiveLabels.OneHot(l, 4))], null);
        var options = new ClassifyDiseaseOptions
        {
            Architecture = CnnArchitecture.Parse(architecture),
            Channels = channels,
            CropSize = size,
            LabelSmoothing = 0,
            Augmentation = AugmentationOptions.None,
            Optimization = new()
            {
                Epochs = 40,
                BatchSize = 8,
                LearningRate = 1e-3,
                WeightDecay = 0,
            },
        };
        var (model, _) = new ClassifierTrainer(options, _labels, 5, TorchSharp.torch.CPU).Train(data, null);
        using (model)
        {
            var (_, scores) = model.Score(images, cancellation: TestContext.Current.CancellationToken);
            int right = scores.Where((s, i) => Array.IndexOf(s, s.Max()) == labels[i]).Count();
            Assert.True(right >= 15, $"{right} of 16");
        }
    }

    [Fact]
    public void The_same_seed_gives_bit_identical_weights_and_another_seed_different_ones()
    {
        float[] first = Train(seed: 1),
            again = Train(seed: 1),
            other = Train(seed: 2);
        Assert.Equal(first, again);
        Assert.NotEqual(first, other);

        static float[] Train(int seed)
        {
            var context = new MLContext(seed: 9);
            using var model = new ClassifyDiseaseEstimator(context, Small() with { Seed = seed, Threads = 2 }).Fit(View(context, 24));
            return [.. model.Model.Network.state_dict().Where(p => p.Value.is_floating_point()).SelectMany(p => p.Value.Floats())];
        }
    }

    [Fact]
    public void The_stage_conforms()
    {
        var context = new MLContext(seed: 1);
        StageConformance.Check(
            context,
            new ClassifyDiseaseEstimator(context, Small()),
            View(context, 21),
            new ConformanceOptions
            {
                Tolerance = 1e-4f,
                FitInputs = ["Image", "Label"],
                ScoreInputs = ["Image"],
                FitInChain = false,
            }
        );
    }

    [Fact]
    public void It_learns_visible_differences()
    {
        var context = new MLContext(seed: 1);
        using var model = new ClassifyDiseaseEstimator(
            context,
            Small() with
            {
                Optimization = new()
                {
                    Epochs = 12,
                    BatchSize = 16,
                    LearningRate = 2e-3,
                },
            }
        ).Fit(View(context, 96));
        var rows = context.Data.CreateEnumerable<Read>(model.Transform(View(context, 40, seed: 77)), reuseRowObject: false).ToList();
        Assert.True(rows.Count(r => r.Label == r.PredictedLabel) >= 36);
        Assert.All(rows, r => Assert.Equal(1, r.Score!.Sum(), 1e-4));
        Assert.All(rows, r => Assert.Equal(1024, r.Features!.Length));
        Assert.Equal(_labels, model.Labels);
    }

    [Fact]
    public void Missing_images_are_skipped_in_training_and_have_no_score()
    {
        var context = new MLContext(seed: 1);
        var rows = Rows(20, 3);
        rows[4].Image[0] = float.NaN;
        rows[7].Image[0] = float.NaN;
        IDataView view = View(context, rows);
        using var model = new ClassifyDiseaseEstimator(context, Small()).Fit(view);
        var read = context.Data.CreateEnumerable<Read>(model.Transform(view), reuseRowObject: false).ToList();
        Assert.All(read.Index(), r => Assert.Equal(r.Index is 4 or 7, r.Item.PredictedLabel == 0 && float.IsNaN(r.Item.Score![0])));
    }

    [Fact]
    public void Grey_values_from_0_to_255_are_refused_with_advice()
    {
        var context = new MLContext(seed: 1);
        var rows = Rows(8, 3);
        rows[2].Image[5] = 200;
        var error = Assert.Throws<FormatException>(() => new ClassifyDiseaseEstimator(context, Small()).Fit(View(context, rows)));
        Assert.Contains("scaleImage", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void One_label_is_not_enough()
    {
        var context = new MLContext(seed: 1);
        var rows = Rows(8, 3);
        foreach (Row row in rows)
            row.Label = "dark";
        var error = Assert.Throws<InvalidOperationException>(() => new ClassifyDiseaseEstimator(context, Small()).Fit(View(context, rows)));
        Assert.Contains("dark", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_empty_view_is_an_error_that_says_so()
    {
        var context = new MLContext(seed: 1);
        IDataView none = context.Data.FilterRowsByMissingValues(View(context, 8), "Nothing");
        var error = Assert.Throws<InvalidOperationException>(() => new ClassifyDiseaseEstimator(context, Small()).Fit(none));
        Assert.Contains("no usable row", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Images_of_another_size_than_in_training_are_refused()
    {
        var context = new MLContext(seed: 1);
        using var model = new ClassifyDiseaseEstimator(context, Small()).Fit(View(context, 12));
        var definition = SchemaDefinition.Create(typeof(Row));
        definition["Image"].ColumnType = new VectorDataViewType(NumberDataViewType.Single, 1, Side / 2, Side * 2);
        IDataView wide = context.Data.LoadFromEnumerable(Rows(2, 1), definition);
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => model.Transform(wide));
        Assert.Equal("inputSchema", error.ParamName);
    }

    [Fact]
    public void Five_crops_give_the_mean_of_the_single_crops()
    {
        var images = new RadiographSet(Side, Side);
        var random = new Random(8);
        for (int i = 0; i < 6; i++)
            images.Add(Picture(i % 4, random));
        var configuration = new ClassifierConfiguration
        {
            Architecture = CnnArchitecture.ResNet18Slim,
            Labels = _labels,
            Height = Side,
            Width = Side,
            CropSize = 64,
            Channels = 1,
            BatchNormalization = true,
            Dropout = 0,
            ScoringCrops = 5,
        };
        using var model = new ClassifierModel(configuration, configuration.CreateNetwork(seed: 1), TorchSharp.torch.CPU);
        var (features, scores) = model.Score(images, cancellation: TestContext.Current.CancellationToken);
        // The four shifted crops of an image are the centre crops of the image shifted by as much.
        using var one = new ClassifierModel(configuration with { ScoringCrops = 1 }, model.Network, TorchSharp.torch.CPU);
        float[][] expected = [.. Enumerable.Range(0, 6).Select(_ => new float[4])];
        foreach (var (dy, dx) in (ReadOnlySpan<(int, int)>)[(0, 0), (-2, -2), (-2, 2), (2, -2), (2, 2)])
        {
            var moved = new RadiographSet(Side, Side);
            var pixels = new float[Side * Side];
            for (int i = 0; i < 6; i++)
            {
                images.CopyTo(i, pixels);
                moved.Add([
                    .. Enumerable
                        .Range(0, pixels.Length)
                        .Select(p => pixels[(Math.Clamp((p / Side) + dy, 0, Side - 1) * Side) + Math.Clamp((p % Side) + dx, 0, Side - 1)]),
                ]);
            }

            var (_, alone) = one.Score(moved, cancellation: TestContext.Current.CancellationToken);
            for (int i = 0; i < 6; i++)
                for (int k = 0; k < 4; k++)
                    expected[i][k] += alone[i][k] / 5;
        }

        for (int i = 0; i < 6; i++)
            for (int k = 0; k < 4; k++)
                Assert.Equal(expected[i][k], scores[i][k], 1e-4);
        Assert.All(features, f => Assert.Equal(1024, f.Length));
    }

    [Fact]
    public void Prior_correction_turns_balanced_odds_into_natural_ones()
    {
        // 90 normal rows drawn at a ninth, 10 diseased drawn once: the network sees 10 of each, but the natural ratio is nine to one.
        int[] labels = [.. Enumerable.Repeat(0, 90), .. Enumerable.Repeat(1, 10)];
        float[] weights = [.. labels.Select(l => l == 0 ? 1f / 9 : 1f)];
        float[] shift = ClassifierTrainer.PriorShift(labels, weights, 2, 1);
        Assert.Equal(9, Math.Exp(shift[0] - shift[1]), 1e-4);
        float[] half = ClassifierTrainer.PriorShift(labels, weights, 2, 0.5);
        Assert.Equal(3, Math.Exp(half[0] - half[1]), 1e-4);
    }

    [Fact]
    public void Cancelling_stops_the_training()
    {
        var context = new MLContext(seed: 1);
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();
        Assert.ThrowsAny<OperationCanceledException>(() =>
            new ClassifyDiseaseEstimator(context, Small() with { Cancellation = cancelled.Token }).Fit(View(context, 12))
        );
    }

    [Theory]
    [InlineData("Channels")]
    [InlineData("CropSize")]
    [InlineData("LabelSmoothing")]
    [InlineData("ScoringBatchSize")]
    [InlineData("Epochs")]
    [InlineData("LearningRate")]
    public void Options_out_of_range_are_refused_by_name(string option)
    {
        ClassifyDiseaseOptions options = option switch
        {
            "Channels" => new() { Channels = 2 },
            "CropSize" => new() { CropSize = 7 },
            "LabelSmoothing" => new() { LabelSmoothing = 1 },
            "ScoringBatchSize" => new() { ScoringBatchSize = 0 },
            "Epochs" => new() { Optimization = new() { Epochs = 0 } },
            _ => new() { Optimization = new() { LearningRate = double.NaN } },
        };
        Assert.Equal(option, Assert.Throws<ArgumentOutOfRangeException>(() => new MLContext().ChestXray().ClassifyDisease(options)).ParamName);
    }

    private static ClassifyDiseaseOptions Small() =>
        new()
        {
            CropSize = 64,
            Augmentation = AugmentationOptions.RandomCrop,
            Optimization = new() { Epochs = 2, BatchSize = 8 },
            ScoringBatchSize = 4,
            Seed = 3,
        };

    private static IDataView View(MLContext context, int rows, int seed = 1) => View(context, Rows(rows, seed));

    private static IDataView View(MLContext context, List<Row> rows)
    {
        var definition = SchemaDefinition.Create(typeof(Row));
        definition["Image"].ColumnType = new VectorDataViewType(NumberDataViewType.Single, 1, Side, Side);
        IDataView view = context.Data.LoadFromEnumerable(rows, definition);
        IDataView keys = context.Data.LoadFromEnumerable(_labels.Select(l => new Name { Label = l }));
        return context.Transforms.Conversion.MapValueToKey("Label", keyData: keys).Fit(view).Transform(view);
    }

    private static List<Row> Rows(int count, int seed)
    {
        var random = new Random(seed);
        return
        [
            .. Enumerable
                .Range(0, count)
                .Select(i => new Row
                {
                    Label = _labels[i % 4],
                    Image = Picture(i % 4, random),
                    Nothing = float.NaN,
                }),
        ];
    }

    private static float[] Picture(int kind, Random random)
    {
        var pixels = new float[Side * Side];
        int top = random.Next(20, 40),
            left = kind switch
            {
                2 => random.Next(8, 18),
                3 => random.Next(46, 56),
                _ => random.Next(20, 44),
            };
        for (int i = 0; i < pixels.Length; i++)
        {
            int y = i / Side,
                x = i % Side;
            bool inside = y >= top && y < top + 10 && x >= left && x < left + 10;
            float blob = inside
                ? kind == 1
                    ? -0.35f
                    : 0.35f
                : 0;
            if (kind == 0 && inside)
                blob = (y + x) % 2 == 0 ? 0.45f : 0.1f;
            pixels[i] = Math.Clamp(0.5f + blob + (0.08f * (random.NextSingle() - 0.5f)), 0, 1);
        }

        return pixels;
    }

    private sealed class Row
    {
        public float[] Image { get; set; } = [];

        public string Label { get; set; } = "";

        public float Nothing { get; set; }
    }

    private sealed class Name
    {
        public string Label { get; set; } = "";
    }

    private sealed class Read
    {
        public uint Label { get; set; }

        public uint PredictedLabel { get; set; }

        public float[]? Score { get; set; }

        public float[]? Features { get; set; }
    }
}
