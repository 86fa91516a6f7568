using CxrAnnotate.Cli;

namespace CxrAnnotate.Tests;

/// <summary>The library's presets and the tool's defaults are the same.</summary>
public sealed class CascadePresetTests
{
    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task The_tool_trains_with_the_library_s_presets(bool phantoms, bool multiLabel)
    {
        FakeRuns runs = new();
        await Tool.Run(
            runs,
            [
                "train",
                "--phantom",
                "30",
                "--out",
                Path.Combine(Path.GetTempPath(), Path.GetRandomFileName()),
                .. multiLabel ? (string[])["--multi-label"] : [],
            ]
        );
        TrainSettings settings = runs.Trained!;
        RecurrentCascadeOptions tool = TrainingDefaults.Of(settings, phantoms);
        RecurrentCascadeOptions preset =
            phantoms ? RecurrentCascadeOptions.ForPhantoms
            : multiLabel ? RecurrentCascadeOptions.ForSeveralFindings
            : RecurrentCascadeOptions.ForRadiographs;

        Assert.Equal(preset.Iterations, tool.Iterations);
        Assert.Equal(preset.Loading, tool.Loading);
        Assert.Equal(preset.Balancing, tool.Balancing);
        Assert.Equal(preset.Classifier with { Device = tool.Classifier.Device, PriorCorrection = multiLabel ? 1 : 0.5 }, tool.Classifier);
        Assert.Equal(preset.Refinement, tool.Refinement);
        Assert.Equal(preset.Decoder, tool.Decoder);
        Assert.Equal(preset.Relabeling, tool.Relabeling);
        Assert.Equal((preset.ContextWordWeight, preset.FeatureViews), (tool.ContextWordWeight, tool.FeatureViews));
        Assert.Equal(multiLabel ? LabelTask.MultiLabel : LabelTask.SingleLabel, tool.Mining.Task);
    }

    [Theory]
    [InlineData(null, null, null, "imagenet")]
    [InlineData("none", null, null, null)]
    [InlineData("mine.pth", null, null, "mine.pth")]
    [InlineData(null, "googlenet", null, null)]
    [InlineData(null, null, "earlier", null)]
    [InlineData("none", "googlenet", null, null)]
    public void Radiographs_are_trained_from_ImageNet_unless_another_start_is_given(
        string? pretrained,
        string? architecture,
        string? startFrom,
        string? expected
    )
    {
        RecurrentCascadeOptions options = TrainingDefaults.Of(
            new TrainSettings
            {
                Out = "run",
                Pretrained = pretrained,
                Architecture = architecture is null ? null : CnnArchitecture.Parse(architecture),
                StartFrom = startFrom,
            },
            phantoms: false
        );
        // Where the application has no weights, nothing is the default.
        if (pretrained is null && PretrainedWeights.OfApplication is null)
            expected = null;
        Assert.Equal(expected, options.Classifier.Pretrained);
        Assert.Equal(expected is null ? 144 : 224, options.Loading.Height);
    }

    [Theory]
    [InlineData("GoogLeNet", 144)]
    [InlineData("ResNet18ImageNet", 224)]
    public void A_training_that_starts_from_another_has_its_network_unless_one_is_given(string name, int side)
    {
        CnnArchitecture network = CnnArchitecture.Parse(name);
        using var folder = new ScratchFolder();
        File.WriteAllText(Path.Combine(folder.Path, "cascade.json"), """{ "chosenIteration": 1 }""");
        var configuration = new ClassifierConfiguration
        {
            Architecture = network,
            EmbeddingSize = network.EmbeddingSize,
            Labels = ["normal", "nodule"],
            Height = 224,
            Width = 224,
            CropSize = 224,
            Channels = network.InputChannels ?? 1,
            BatchNormalization = true,
            Dropout = 0,
        };
        Directory.CreateDirectory(Path.Combine(folder.Path, "iteration-1"));
        File.WriteAllText(Path.Combine(folder.Path, "iteration-1", "classifier.json"), configuration.ToJson());
        var settings = new TrainSettings { Out = "run", StartFrom = folder.Path };
        RecurrentCascadeOptions options = TrainingDefaults.Of(settings, phantoms: false);
        Assert.Equal((network, side), (options.Classifier.Architecture, options.Loading.Height));
        options = TrainingDefaults.Of(settings with { Architecture = CnnArchitecture.NetworkInNetwork }, phantoms: false);
        Assert.Equal(CnnArchitecture.NetworkInNetwork, options.Classifier.Architecture);
    }

    [Theory]
    [InlineData("--architecture", "googlenet")]
    [InlineData("--start-from", ".")]
    public async Task Pretrained_weights_exclude_another_network_or_start(string option, string value)
    {
        FakeRuns runs = new();
        Tool result = await Tool.Run(runs, ["train", "--phantom", "30", "--out", "run", "--pretrained", "imagenet", option, value]);
        Assert.Equal(2, result.Code);
        Assert.Contains(option, result.Error, StringComparison.Ordinal);
        Assert.Null(runs.Trained);
    }

    [Fact]
    public void The_presets_fit_the_options()
    {
        foreach (
            RecurrentCascadeOptions preset in (RecurrentCascadeOptions[])
                [
                    RecurrentCascadeOptions.FromScratch,
                    RecurrentCascadeOptions.FromImageNet,
                    RecurrentCascadeOptions.ForSeveralFindings,
                    RecurrentCascadeOptions.ForPhantoms,
                ]
        )
            preset.Check();
    }

    [Fact]
    public void The_stages_have_the_size_and_the_epochs_of_the_presets()
    {
        Assert.Equal(RecurrentCascadeOptions.FromScratch.Loading, new LoadRadiographsOptions());
        Assert.Equal(RecurrentCascadeOptions.FromScratch.Classifier.Optimization.Epochs, new OptimizationOptions().Epochs);
    }
}
