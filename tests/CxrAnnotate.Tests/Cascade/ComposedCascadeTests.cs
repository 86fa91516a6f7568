using Microsoft.ML;
using static TorchSharp.torch;

namespace CxrAnnotate.Tests;

/// <summary>Iterations composed of the public stages reproduce the cascade's.</summary>
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
        IDataView view = Prepared(ml, rows, options);
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

    [Theory]
    [InlineData(LabelTask.SingleLabel)]
    [InlineData(LabelTask.MultiLabel)]
    public void Three_iterations_by_hand_have_the_labels_of_the_cascade(LabelTask task)
    {
        using var folder = new ScratchFolder();
        var ml = new MLContext(seed: 1);
        ChestXrayCatalog cxr = ml.ChestXray();
        IDataView rows = SmallCascade.WritePhantoms(ml, folder.Path);
        RecurrentCascadeOptions options = SmallCascade.Options() with { Iterations = 3 };
        options = options with { Mining = options.Mining with { Task = task } };
        using RecurrentCascadeTransformer cascade = cxr.RecurrentCascade(options).Fit(rows);
        Assert.Contains(cascade.Iterations[2].Labels, label => label.Contains('#', StringComparison.Ordinal));

        IDataView view = Prepared(ml, rows, options);
        var disposed = new List<IDisposable>();
        ClassifyDiseaseTransformer? network = null;
        DecodeContextTransformer? decoder = null;
        for (int iteration = 1; iteration <= 3; iteration++)
        {
            CascadeIterationOptions stages = options.ForIteration(iteration);
            disposed.Add(network = cxr.ClassifyDisease(stages.Classifier).Fit(view, network));
            Assert.Equal(cascade.Iterations[iteration - 1].Labels, network.Labels);
            IDataView featured = cxr.FeaturizeRadiographs(network, stages.Featurizer).Fit(view).Transform(view);
            featured = ml.Data.Cache(featured, "Features");
            disposed.Add(decoder = cxr.DecodeContext(stages.Decoder).Fit(featured, decoder));
            IDataView contexts = cxr.ContextVectors(decoder, labelColumnName: "BaseLabel").Fit(featured).Transform(featured);
            RelabelByContextOptions relabeling = stages.Relabeling with { LabelColumnName = "BaseLabel" };
            view = ml.Data.Cache(cxr.RelabelByContext(relabeling).Fit(contexts).Transform(contexts), "Label");
        }

        AssertClose(cascade.Models[2].Classifier.Network.state_dict(), network!.Model.Network.state_dict());
        AssertClose(cascade.Models[2].Decoder.Module.state_dict(), decoder!.Model.Module.state_dict());
        foreach (IDisposable stage in disposed)
            stage.Dispose();
    }

    [Fact]
    public void The_initial_network_must_have_the_same_architecture()
    {
        var ml = new MLContext(seed: 1);
        using var folder = new ScratchFolder();
        RecurrentCascadeOptions options = SmallCascade.Options();
        IDataView view = Prepared(ml, SmallCascade.WritePhantoms(ml, folder.Path), options);
        ClassifyDiseaseOptions slim = options.Classifier with { Optimization = new() { Epochs = 1 } };
        using ClassifyDiseaseTransformer network = ml.ChestXray().ClassifyDisease(slim).Fit(view);
        Assert.Contains(
            "ResNet18Slim",
            Assert
                .Throws<ArgumentException>(() =>
                    ml.ChestXray().ClassifyDisease(slim with { Architecture = CnnArchitecture.ResNet18 }).Fit(view, network)
                )
                .Message,
            StringComparison.Ordinal
        );
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

    /// <summary>The cascade's training rows with labels, weights and images; BaseLabel keeps the base labels.</summary>
    private static IDataView Prepared(MLContext ml, IDataView rows, RecurrentCascadeOptions options)
    {
        ChestXrayCatalog cxr = ml.ChestXray();
        IDataView view = cxr.MineLabels(options.Mining).Fit(rows).Transform(rows);
        if (options.Mining.Task == LabelTask.SingleLabel)
        {
            view = ml.Data.FilterRowsByMissingValues(view, "Label");
            view = cxr.BalanceClasses(options.Balancing).Fit(view).Transform(view);
        }

        view = ml.Transforms.CopyColumns("BaseLabel", "Label").Fit(view).Transform(view);
        return cxr.LoadRadiographs(options.Loading).Fit(view).Transform(view);
    }

    private static void AssertClose(IReadOnlyDictionary<string, Tensor> expected, IReadOnlyDictionary<string, Tensor> actual)
    {
        Assert.Equal(expected.Keys.Order(), actual.Keys.Order());
        foreach (var (name, tensor) in expected.Where(p => p.Value.is_floating_point()))
            // The cascade keeps images in 16 bits per pixel; the stage reads the column directly.
            Assert.All(
                tensor.Floats().Zip(actual[name].Floats()),
                v => Assert.Equal(v.First, v.Second, 1e-3f * Math.Max(1, Math.Abs(v.First)))
            );
    }
}
