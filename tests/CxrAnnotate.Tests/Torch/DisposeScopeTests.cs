using TorchSharp;
using static TorchSharp.torch;

namespace CxrAnnotate.Tests;

/// <summary>
/// A tensor that no dispose scope holds may be freed while libtorch still reads it (docs/adr/0009). So the library creates tensors only within
/// scopes, except for those that its networks own.
/// </summary>
public sealed class DisposeScopeTests
{
    private static readonly string[] _labels = ["bright", "dark", "left", "right"];

    public DisposeScopeTests() => NativeRuntime.EnsureLoaded();

    [Theory]
    [InlineData(OptimizerKind.AdamW)]
    [InlineData(OptimizerKind.Sgd)]
    [InlineData(OptimizerKind.RmsProp)]
    public void Training_on_images_creates_only_the_networks_tensors_outside_scopes(OptimizerKind optimizer)
    {
        using var folder = new ScratchFolder();
        CheckpointFolder checkpoints = CheckpointFolder.Open(new() { Folder = folder.Path }, new Dictionary<string, string>(), Assert.Fail);
        LabelledImages rows = ResumedTrainingTests.Rows(1);
        var options = new ClassifyDiseaseOptions
        {
            CropSize = 32,
            Dropout = 0.2,
            Threads = 1,
            Optimization = new()
            {
                Optimizer = optimizer,
                Epochs = 2,
                BatchSize = 12,
                WeightAverage = 0.5,
                Patience = 2,
            },
        };
        long network = Outside(() => ImageNetwork.Create(CnnArchitecture.ResNet18Slim, 1, 4, dropout: 0.2).Dispose());
        Assert.True(network > 0, "nothing is counted");
        ClassifierModel? model = null;
        long training = Outside(() =>
            model = new ClassifierTrainer(options, _labels, 5, CPU) { Checkpoints = new TrainingCheckpoints(checkpoints, "classifier", null) }
                .Train(rows, rows)
                .Model
        );
        Assert.Equal(network, training);
        using (model)
        {
            Assert.Equal(
                0,
                Outside(() =>
                {
                    model!.Score(rows.Images);
                    SafeTensors.Save(Path.Combine(folder.Path, "w.safetensors"), model.Network);
                    SafeTensors.Load(Path.Combine(folder.Path, "w.safetensors"), model.Network);
                    new WeightSource(Path.Combine(folder.Path, "w.safetensors"), null).Fill(model.Network.state_dict(), new(), null, Assert.Fail);
                    model.Network.CopyFrom(model.Network);
                })
            );
        }
    }

    [Theory]
    [InlineData(BinaryLoss.CrossEntropy)]
    [InlineData(BinaryLoss.Focal)]
    [InlineData(BinaryLoss.Asymmetric)]
    public void Multi_label_training_creates_only_the_networks_tensors_outside_scopes(BinaryLoss loss)
    {
        LabelledImages rows = ResumedTrainingTests.Rows(1) with { Scheme = LabelScheme.Independent };
        var options = new ClassifyDiseaseOptions
        {
            CropSize = 32,
            Threads = 1,
            MultiLabel = new() { Loss = loss },
            Optimization = new() { Epochs = 1, BatchSize = 12 },
        };
        long network = Outside(() => ImageNetwork.Create(CnnArchitecture.ResNet18Slim, 1, 4).Dispose());
        Assert.Equal(network, Outside(() => new ClassifierTrainer(options, _labels, 5, CPU).Train(rows, rows).Model.Dispose()));
    }

    [Theory]
    [InlineData(RecurrentCell.Lstm)]
    [InlineData(RecurrentCell.Gru)]
    public void Training_on_annotations_creates_only_the_decoders_tensors_outside_scopes(RecurrentCell cell)
    {
        DecoderExamples rows = DecoderTrainerTests.Sided(20, 1);
        var options = new DecodeContextOptions
        {
            Cell = cell,
            Layers = 2,
            HiddenSize = 16,
            Optimization = new()
            {
                Epochs = 2,
                BatchSize = 8,
                WeightAverage = 0.5,
                Patience = 3,
            },
        };
        DecoderModel? model = null;
        long training = Outside(() => model = new DecoderTrainer(options, 1).Train(rows, rows));
        using (model)
        {
            Assert.Equal(Outside(() => new DecoderModel(model!.Configuration).Dispose()), training);
            float[][] features = [.. rows.Views.Select(v => v[0])];
            Assert.Equal(
                0,
                Outside(() =>
                {
                    model!.Beam(features, rows.Labels, 3);
                    model.Sample(features, rows.Labels, [.. Enumerable.Range(0, features.Length)]);
                    model.ContextVectors(features, rows.Labels, rows.Captions);
                    model.Annotate(features, [.. features.Select(_ => (float[])[0.5f, 0.5f])], ["nodule", "normal"]);
                    model.Module.Weights();
                    model.Module.CopyFrom(model.Module, model.Vocabulary, model.Vocabulary);
                })
            );
        }
    }

    /// <summary>The tensors that this thread made outside of dispose scopes.</summary>
    private static long Outside(Action work)
    {
        long before = DisposeScopeManager.Statistics.TensorStatistics.CreatedOutsideScopeCount;
        work();
        return DisposeScopeManager.Statistics.TensorStatistics.CreatedOutsideScopeCount - before;
    }
}
