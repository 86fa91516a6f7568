using Microsoft.ML;
using static TorchSharp.torch;

namespace CxrAnnotate.Tests;

/// <summary>An iteration composed of the public stages is the one that the cascade trains.</summary>
public sealed class ComposedCascadeTests
{
    [Theory]
    [InlineData(LabelTask.SingleLabel)]
    [InlineData(LabelTask.MultiLabel)]
    public void The_first_iteration_by_hand_has_the_weights_and_the_next_labels_of_the_cascade(LabelTask task)
    {
        using var folder = new ScratchFolder();
        var ml = new MLContext(seed: 1);
        ChestXrayCatalog cxr = ml.ChestXray();
        IDataView rows = SmallCascade.WritePhantoms(ml, folder.Path);
        RecurrentCascadeOptions options = SmallCascade.Options() with { FeatureViews = 2 };
        options = options with { Mining = options.Mining with { Task = task } };
        using RecurrentCascadeTransformer cascade = cxr.RecurrentCascade(options).Fit(rows);
        Assert.Contains(cascade.Iterations[1].Labels, label => label.Contains('#', StringComparison.Ordinal));

        CascadeIterationOptions first = options.ForIteration(1);
        IDataView view = cxr.MineLabels(options.Mining).Fit(rows).Transform(rows);
        if (task == LabelTask.SingleLabel)
        {
            view = ml.Data.FilterRowsByMissingValues(view, "Label");
            view = cxr.BalanceClasses(options.Balancing).Fit(view).Transform(view);
        }

        view = cxr.LoadRadiographs(options.Loading).Fit(view).Transform(view);
        using ClassifyDiseaseTransformer network = cxr.ClassifyDisease(first.Classifier).Fit(view);
        view = cxr.FeaturizeRadiographs(network, first.Featurizer).Fit(view).Transform(view);
        view = ml.Data.Cache(view, "Features", "FeatureViews");
        using DecodeContextTransformer decoder = cxr.DecodeContext(first.Decoder).Fit(view);
        view = cxr.ContextVectors(decoder).Fit(view).Transform(view);
        RelabelByContextTransformer relabeling = cxr.RelabelByContext(first.Relabeling).Fit(view);

        AssertClose(cascade.Models[0].Classifier.Network.state_dict(), network.Model.Network.state_dict());
        AssertClose(cascade.Models[0].Decoder.Module.state_dict(), decoder.Model.Module.state_dict());
        Assert.Equal(cascade.Iterations[1].Labels, relabeling.Clusters.Select(c => c.Name));
    }

    [Fact]
    public void Later_iterations_differ_in_seeds_word_weight_and_optimization()
    {
        RecurrentCascadeOptions options = RecurrentCascadeOptions.ForRadiographs with { Seed = 7 };
        CascadeIterationOptions first = options.ForIteration(1),
            second = options.ForIteration(2);
        Assert.Equal(options.Classifier.Optimization, first.Classifier.Optimization);
        Assert.Equal(options.Refinement, second.Classifier.Optimization);
        Assert.Equal((0.2, 0.4), (first.Classifier.WordWeight, second.Classifier.WordWeight));
        Assert.Equal(8, Seeds(first).Concat(Seeds(second)).Distinct().Count());
        Assert.All(Seeds(options.ForIteration(2) with { Relabeling = new() }).Take(3), seed => Assert.NotNull(seed));
        Assert.Equal([null, null, null, null], Seeds((options with { Seed = null }).ForIteration(1)));
        Assert.Throws<ArgumentOutOfRangeException>(() => options.ForIteration(0));

        static int?[] Seeds(CascadeIterationOptions stages) =>
            [stages.Classifier.Seed, stages.Featurizer.Seed, stages.Decoder.Seed, stages.Relabeling.Clustering.Seed];
    }

    private static void AssertClose(IReadOnlyDictionary<string, Tensor> expected, IReadOnlyDictionary<string, Tensor> actual)
    {
        Assert.Equal(expected.Keys.Order(), actual.Keys.Order());
        foreach (var (name, tensor) in expected.Where(p => p.Value.is_floating_point()))
            // The cascade keeps images in 16 bits a pixel; the stage reads the column as it is.
            Assert.All(
                tensor.Floats().Zip(actual[name].Floats()),
                v => Assert.Equal(v.First, v.Second, 1e-3f * Math.Max(1, Math.Abs(v.First)))
            );
    }
}
