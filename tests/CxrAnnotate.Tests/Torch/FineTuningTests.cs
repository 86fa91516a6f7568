using static TorchSharp.torch;

namespace CxrAnnotate.Tests;

public sealed class FineTuningTests
{
    private static readonly string[] _labels = ["bright", "dark", "left", "right"];

    private static readonly ClassifyDiseaseOptions Small = new()
    {
        CropSize = 32,
        Threads = 1,
        Optimization = new()
        {
            Epochs = 2,
            BatchSize = 12,
            LearningRate = 1e-2,
            WeightAverage = 0.5,
            WeightDecay = 0.1,
        },
    };

    private readonly List<string> _warnings = [];

    public FineTuningTests() => NativeRuntime.EnsureLoaded();

    [Theory]
    [InlineData(OptimizerKind.AdamW)]
    [InlineData(OptimizerKind.Sgd)]
    [InlineData(OptimizerKind.RmsProp)]
    public void Frozen_layers_keep_every_bit_statistics_included_and_the_others_learn(OptimizerKind optimizer)
    {
        using var folder = new ScratchFolder();
        string path = Path.Combine(folder.Path, "w.safetensors");
        using ImageNetwork before = ImageNetwork.Create(CnnArchitecture.ResNet18Slim, 1, 4, seed: 77);
        SafeTensors.Save(path, before);
        string[] frozen = ["stem", "stem_norm", "stages.stage0_0", "stages.stage1_0.norm1"];
        using ClassifierModel after = Train(
            Small with
            {
                FineTuning = new() { Weights = path, Frozen = frozen },
                Optimization = Small.Optimization with { Optimizer = optimizer },
            }
        );
        Dictionary<string, Tensor> now = after.Network.state_dict();
        foreach (var (name, tensor) in before.state_dict().Where(p => p.Value.is_floating_point()))
        {
            bool kept = frozen.Any(layer => name.StartsWith(layer + ".", StringComparison.Ordinal));
            Assert.True(kept == tensor.Bytes().AsSpan().SequenceEqual(now[name].Bytes()), name);
        }

        // Such a short training may end with a higher loss than it began with, which gives a warning.
        Assert.DoesNotContain(_warnings, warning => !warning.Contains("The loss grew", StringComparison.Ordinal));
    }

    [Fact]
    public void Frozen_parameters_have_no_optimizer_state()
    {
        using var folder = new ScratchFolder();
        CheckpointFolder checkpoints = CheckpointFolder.Open(
            new() { Folder = folder.Path, Keep = 9 },
            new Dictionary<string, string>(),
            _warnings.Add
        );
        using ClassifierModel model = Train(
            Small with
            {
                FineTuning = new() { Frozen = ["stem", "stem_norm", "stages"] },
            },
            new TrainingCheckpoints(checkpoints, "classifier", null)
        );
        using SafeTensorsFile state = SafeTensorsFile.Open(Path.Combine(folder.Path, "checkpoint-000001", "optimizer.safetensors"));
        Assert.Equal(
            ["first.network.head.bias", "first.network.head.weight", "second.network.head.bias", "second.network.head.weight"],
            state.Entries.Keys.Order(StringComparer.Ordinal)
        );
    }

    [Fact]
    public void A_frozen_decoder_layer_keeps_every_bit()
    {
        DecoderExamples rows = DecoderTrainerTests.Sided(40, 1);
        using var folder = new ScratchFolder();
        CheckpointFolder checkpoints = CheckpointFolder.Open(new() { Folder = folder.Path }, new Dictionary<string, string>(), _warnings.Add);
        var options = new DecodeContextOptions
        {
            HiddenSize = 16,
            Optimization = new() { Epochs = 2, BatchSize = 16 },
        };
        using DecoderModel first = new DecoderTrainer(options, 3) { Checkpoints = new TrainingCheckpoints(checkpoints, "decoder", null) }.Train(rows);
        using DecoderModel second = new DecoderTrainer(
            options with
            {
                FineTuning = new() { Weights = folder.Path, Frozen = ["layer0"] },
            },
            4
        )
        {
            Warn = _warnings.Add,
        }.Train(rows);
        // The start word of labels missing from training is the one row that the end of a training writes itself; it is part of the checkpoint's
        // state only before that.
        foreach (string name in (string[])["layer0.hidden", "layer0.hidden_bias", "layer0.input_bias"])
            Assert.Equal(first.Module.state_dict()[name].Bytes(), second.Module.state_dict()[name].Bytes());
        Assert.NotEqual(first.Module.state_dict()["output"].Bytes(), second.Module.state_dict()["output"].Bytes());
        Assert.Empty(_warnings);
    }

    [Fact]
    public void Rules_map_names_of_another_library_and_mismatches_are_reported()
    {
        using var folder = new ScratchFolder();
        string path = Path.Combine(folder.Path, "foreign.safetensors");
        using ImageNetwork source = ImageNetwork.Create(CnnArchitecture.ResNet18Slim, 1, 7, seed: 77);
        SafeTensors.Save(
            path,
            source
                .state_dict()
                .Where(p => p.Key != "stem_norm.bias")
                .Select(p =>
                    KeyValuePair.Create(
                        p.Key.Replace("stem.", "conv1.", StringComparison.Ordinal).Replace("stages.stage0_", "layer1.", StringComparison.Ordinal),
                        p.Value
                    )
                )
                .Append(KeyValuePair.Create("odd", source.state_dict()["stem.weight"]))
        );
        using ImageNetwork target = ImageNetwork.Create(CnnArchitecture.ResNet18Slim, 1, 4, seed: 78);
        byte[] bias = target.state_dict()["stem_norm.bias"].Bytes(),
            head = target.state_dict()["head.weight"].Bytes();
        var options = new FineTuningOptions { Names = [new(@"conv1\.(.*)", "stem.$1"), new(@"layer1\.(\d)\.(.*)", "stages.stage0_$1.$2")] };
        new WeightSource(path, null).Fill(target.state_dict(), options, null, _warnings.Add);
        foreach (string name in (string[])["stem.weight", "stages.stage0_1.conv2.weight", "stages.stage2_0.norm1.running_var"])
            Assert.Equal(source.state_dict()[name].Bytes(), target.state_dict()[name].Bytes());
        Assert.Equal(bias, target.state_dict()["stem_norm.bias"].Bytes());
        Assert.Equal(head, target.state_dict()["head.weight"].Bytes());
        string told = Assert.Single(_warnings);
        foreach (string word in (string[])[path, "stem_norm.bias", "odd", "head.weight (of shape [7, 1024], not [4, 1024])"])
            Assert.Contains(word, told, StringComparison.Ordinal);

        Assert.Contains(
            "stem_norm.bias",
            Assert
                .Throws<InvalidDataException>(() =>
                    new WeightSource(path, null).Fill(target.state_dict(), options with { RequireAll = true }, null, _warnings.Add)
                )
                .Message,
            StringComparison.Ordinal
        );
        Assert.Contains(
            "none of its tensors fits",
            Assert
                .Throws<InvalidDataException>(() =>
                    new WeightSource(path, null).Fill(target.state_dict(), new() { Names = [new(".*", "")] }, null, _warnings.Add)
                )
                .Message,
            StringComparison.Ordinal
        );
        Assert.Contains(
            "both renamed",
            Assert
                .Throws<InvalidDataException>(() =>
                    new WeightSource(path, null).Fill(
                        target.state_dict(),
                        new() { Names = [new("odd|conv1.weight", "stem.weight")] },
                        null,
                        _warnings.Add
                    )
                )
                .Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void A_checkpoint_gives_its_averaged_weights_and_the_head_only_to_the_same_labels()
    {
        using var folder = new ScratchFolder();
        CheckpointFolder checkpoints = CheckpointFolder.Open(
            new() { Folder = folder.Path, Keep = 9 },
            new Dictionary<string, string>(),
            _warnings.Add
        );
        using ClassifierModel model = Train(Small, new TrainingCheckpoints(checkpoints, "classifier", null));
        string middle = Path.Combine(folder.Path, "checkpoint-000001");
        WeightSource source = WeightSource.Find(middle, "classifier");
        Assert.EndsWith("average.safetensors", source.Path, StringComparison.Ordinal);
        using ImageNetwork target = ImageNetwork.Create(CnnArchitecture.ResNet18Slim, 1, 4, seed: 78);
        source.Fill(target.state_dict(), new(), null, _warnings.Add);
        Assert.Empty(_warnings);

        // Of the finished training: with nothing left to learn but the head, everything else is that of the model.
        string[] all = [.. model.Network.state_dict().Keys.Select(name => name.Split('.')[0]).Where(name => name != "head").Distinct()];
        var still = Small with
        {
            FineTuning = new() { Weights = folder.Path, Frozen = all },
        };
        using ClassifierModel same = Train(still);
        using ClassifierModel other = Train(still, labels: ["bright", "dark", "left", "up"]);
        foreach (string name in (string[])["stem.weight", "stages.stage3_1.norm2.running_mean"])
        {
            Assert.Equal(model.Network.state_dict()[name].Bytes(), same.Network.state_dict()[name].Bytes());
            Assert.Equal(model.Network.state_dict()[name].Bytes(), other.Network.state_dict()[name].Bytes());
        }

        Assert.Contains("head.weight", Assert.Single(_warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void Unknown_layers_and_fully_frozen_networks_are_rejected()
    {
        var unknown = Assert.Throws<InvalidOperationException>(() => Train(Small with { FineTuning = new() { Frozen = ["stern"] } }));
        Assert.Contains("'stern'", unknown.Message, StringComparison.Ordinal);
        Assert.Contains("stem_norm", unknown.Message, StringComparison.Ordinal);
        Assert.Throws<InvalidOperationException>(() => Train(Small with { FineTuning = new() { Frozen = ["stem", "stem_norm", "stages", "head"] } }));
        Assert.Throws<ArgumentOutOfRangeException>(() => new FineTuningOptions { Names = [new("(", "a")] }.Check());
    }

    [Fact]
    public void Missing_weights_are_reported()
    {
        using var folder = new ScratchFolder();
        Assert.Contains(
            folder.Path,
            Assert.Throws<FileNotFoundException>(() => WeightSource.Find(folder.Path, "classifier")).Message,
            StringComparison.Ordinal
        );
        folder.Write("cascade.json", "{\"chosenIteration\":\"one\"}");
        Assert.Contains(
            "cascade.json",
            Assert.Throws<InvalidDataException>(() => WeightSource.Find(folder.Path, "classifier")).Message,
            StringComparison.Ordinal
        );
    }

    private ClassifierModel Train(ClassifyDiseaseOptions options, TrainingCheckpoints? checkpoints = null, string[]? labels = null) =>
        new ClassifierTrainer(options, labels ?? _labels, 5, CPU) { Warn = _warnings.Add, Checkpoints = checkpoints }
            .Train(ResumedTrainingTests.Rows(1), null)
            .Model;
}
