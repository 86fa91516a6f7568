using Microsoft.ML;
using Microsoft.ML.Data;

namespace CxrAnnotate.Tests;

/// <summary>A cascade whose decoder attends to regions says where it looked, in every form that it is saved in.</summary>
public sealed class AttendedCascadeTests : IDisposable
{
    private readonly ScratchFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(LabelTask.SingleLabel)]
    [InlineData(LabelTask.MultiLabel)]
    public void The_weights_of_regions_are_a_column_and_survive_saving(LabelTask task)
    {
        var context = new MLContext(seed: 1);
        ChestXrayCatalog cxr = context.ChestXray();
        // Without normal images, about which a young model has no words.
        IDataView rows = cxr.Data.LoadRecords([
            .. context
                .Data.CreateEnumerable<RadiographRecord>(SmallCascade.WritePhantoms(context, _folder.Path), reuseRowObject: false)
                .Where(row => row.Mesh != "normal"),
        ]);
        RecurrentCascadeOptions options = Attending();
        options = options with { Decoder = options.Decoder with { Optimization = options.Decoder.Optimization with { Epochs = 40 } } };
        RecurrentCascadeEstimator estimator = cxr.RecurrentCascade(options with { Mining = options.Mining with { Task = task } });
        Assert.Contains("WordAttention", estimator.GetOutputSchema(Shapes.Of(rows.Schema)).Select(column => column.Name));
        using RecurrentCascadeTransformer trained = estimator.Fit(rows);
        IDataView read = trained.Transform(rows);
        string[] words = [.. trained.Model.Decoder.ReportedWords],
            tokens = [.. read.GetColumn<string>("AnnotationTokens")];
        float[][] attention = [.. read.GetColumn<float[]>("WordAttention")];
        int regions = CnnArchitecture.ResNet18Slim.Regions!.Count;
        int written = 0;
        for (int row = 0; row < attention.Length; row++)
        {
            Assert.Equal(words.Length * regions, attention[row].Length);
            for (int word = 0; word < words.Length; word++)
            {
                float sum = attention[row].AsSpan(word * regions, regions).ToArray().Sum();
                if (sum == 0)
                    continue;
                written++;
                Assert.Equal(1, sum, 1e-5);
                Assert.Contains(words[word], tokens[row].Split(' '));
            }
        }

        Assert.True(written > 0, "No word was written: the test is empty.");

        trained.Save(Path.Combine(_folder.Path, "run"));
        using RecurrentCascadeTransformer loaded = cxr.LoadCascade(Path.Combine(_folder.Path, "run"));
        Assert.Equal(attention, loaded.Transform(rows).GetColumn<float[]>("WordAttention"));
        string archive = Path.Combine(_folder.Path, "model.zip");
        cxr.SaveModel(trained, rows.Schema, archive);
        float[][] saved = [.. new MLContext().Model.Load(archive, out _).Transform(rows).GetColumn<float[]>("WordAttention")];
        Assert.All(attention.Zip(saved), pair => Assert.Equal(pair.First, pair.Second, (a, b) => MathF.Abs(a - b) <= 1e-4f));

        using RadiographAnnotator annotator = RadiographAnnotator.OfModel(trained.ToOnnx());
        string[] paths = [.. read.GetColumn<string>("ImagePath")];
        for (int row = 0; row < 8; row++)
        {
            RadiographReading reading = annotator.Annotate(paths[row]);
            for (int word = 0; word < words.Length; word++)
            {
                float[] expected = attention[row].AsSpan(word * regions, regions).ToArray();
                if (reading.Attention.TryGetValue(words[word], out AttentionMap? map))
                {
                    Assert.Equal((2, 2), (map.Rows, map.Columns));
                    Assert.All(map.Weights.Zip(expected), pair => Assert.Equal(pair.Second, pair.First, 1e-4));
                }
                else
                {
                    Assert.All(expected, weight => Assert.Equal(0, weight));
                }
            }
        }
    }

    [Fact]
    public void A_network_whose_features_have_no_regions_is_refused_by_name()
    {
        var context = new MLContext(seed: 1);
        RecurrentCascadeOptions options = Attending();
        options = options with { Classifier = options.Classifier with { Architecture = CnnArchitecture.NetworkInNetwork, CropSize = 0 } };
        string message = Assert
            .Throws<InvalidOperationException>(() =>
                context.ChestXray().RecurrentCascade(options).Fit(SmallCascade.WritePhantoms(context, _folder.Path))
            )
            .Message;
        Assert.Contains("NetworkInNetwork", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Regions_outside_the_features_are_refused()
    {
        var options = new DecodeContextOptions { Attention = new(8, 2, 2, 2) };
        DecoderExamples rows = DecoderTrainerTests.Sided(8, 1);
        Assert.Throws<InvalidOperationException>(() => new DecoderTrainer(options, 1).Train(rows));
        Assert.Throws<ArgumentOutOfRangeException>(() => new DecodeContextOptions { Attention = new(0, 0, 2, 2) }.Check());
    }

    [Fact]
    public void The_regions_of_an_architecture_are_the_means_of_its_maps()
    {
        // The features of an image whose right half is another one change in the regions on the right.
        NativeRuntime.EnsureLoaded();
        foreach (CnnArchitecture architecture in (CnnArchitecture[])[CnnArchitecture.ResNet18Slim, CnnArchitecture.TorchvisionResNet18])
        {
            FeatureRegions regions = architecture.Regions!;
            Assert.True(regions.Offset + regions.Length <= architecture.EmbeddingSize);
            using ImageNetwork network = ImageNetwork.Create(architecture, architecture.InputChannels ?? 1, 2);
            network.eval();
            using var gradients = TorchSharp.torch.no_grad();
            using var scope = TorchSharp.torch.NewDisposeScope();
            int side = 256,
                channels = architecture.InputChannels ?? 1;
            TorchSharp.torch.Tensor image = TorchSharp.torch.zeros(1, channels, side, side),
                changed = image.clone();
            changed.narrow(3, side * 7 / 8, side / 8).copy_(TorchSharp.torch.ones(1, channels, side, side / 8));
            TorchSharp.torch.Tensor before = regions.Of(network.call(image).Embedding),
                after = regions.Of(network.call(changed).Embedding);
            float[] change = after.PlusScaled(before, -1).abs().sum(2).Floats();
            float left = Enumerable.Range(0, regions.Rows).Sum(row => change[row * regions.Columns]),
                right = Enumerable.Range(0, regions.Rows).Sum(row => change[(row * regions.Columns) + regions.Columns - 1]);
            Assert.True(right > 1.5 * left, $"{architecture}: {right} on the right, {left} on the left");
        }
    }

    private static RecurrentCascadeOptions Attending()
    {
        RecurrentCascadeOptions options = SmallCascade.Options();
        return options with
        {
            Iterations = 1,
            AttendsRegions = true,
            Classifier = options.Classifier with { PriorCorrection = 0, ScoringCrops = 1, Optimization = new() { Epochs = 10 } },
            Decoder = options.Decoder with { Optimization = options.Decoder.Optimization with { Epochs = 20 } },
        };
    }
}
