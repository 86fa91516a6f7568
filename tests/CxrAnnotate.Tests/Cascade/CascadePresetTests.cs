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

    [Fact]
    public void The_presets_fit_the_options()
    {
        foreach (
            RecurrentCascadeOptions preset in (RecurrentCascadeOptions[])
                [RecurrentCascadeOptions.ForRadiographs, RecurrentCascadeOptions.ForSeveralFindings, RecurrentCascadeOptions.ForPhantoms]
        )
            preset.Check();
    }

    [Fact]
    public void The_stages_have_the_size_and_the_epochs_of_the_presets()
    {
        Assert.Equal(RecurrentCascadeOptions.ForRadiographs.Loading, new LoadRadiographsOptions());
        Assert.Equal(RecurrentCascadeOptions.ForRadiographs.Classifier.Optimization.Epochs, new OptimizationOptions().Epochs);
    }
}
