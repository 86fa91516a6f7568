using Microsoft.ML;
using Microsoft.ML.Data;

namespace CxrAnnotate.Tests;

/// <summary>The featurizer stage, on 24 images of 64 x 64, bright on the left or on the right.</summary>
public sealed class FeaturizeRadiographsTests
{
    private const int Side = 64;

    private sealed class Row
    {
        [VectorType(1, Side, Side)]
        public float[] Image { get; set; } = [];

        public string Label { get; set; } = "";
    }

    [Fact]
    public void The_stage_conforms_and_gives_the_features_of_its_network()
    {
        var ml = new MLContext(seed: 1);
        IDataView rows = View(ml, Rows(24));
        using ClassifyDiseaseTransformer network = Network(ml, rows);
        FeaturizeRadiographsEstimator stage = ml.ChestXray()
            .FeaturizeRadiographs(network, new FeaturizeRadiographsOptions { FeaturesColumnName = "Embedding", BatchSize = 5 });
        IDataView images = ml.Transforms.SelectColumns("Image").Fit(rows).Transform(rows);
        ITransformer fitted = StageConformance.Check(ml, stage, images, new ConformanceOptions { Tolerance = 1e-4f });
        AssertClose(network.Transform(rows).GetColumn<float[]>("Features"), fitted.Transform(rows).GetColumn<float[]>("Embedding"));
    }

    [Fact]
    public void Stock_trainers_learn_from_the_features_without_our_classifier()
    {
        var ml = new MLContext(seed: 1);
        IDataView rows = View(ml, Rows(24));
        using ClassifyDiseaseTransformer network = Network(ml, rows);
        var pipeline = ml.ChestXray()
            .FeaturizeRadiographs(network)
            .AppendCacheCheckpoint(ml)
            .Append(ml.MulticlassClassification.Trainers.LbfgsMaximumEntropy("Label", "Features"));
        var model = pipeline.Fit(rows);
        IDataView read = model.Transform(View(ml, Rows(24, seed: 5)));
        Assert.Equal(1, ml.MulticlassClassification.Evaluate(read).MicroAccuracy);

        var binary = ml
            .Transforms.CustomMapping<LabelOnly, Truth>((from, to) => to.IsLeft = from.Label == 1, null)
            .Append(ml.ChestXray().FeaturizeRadiographs(network))
            .AppendCacheCheckpoint(ml)
            .Append(ml.BinaryClassification.Trainers.LbfgsLogisticRegression("IsLeft", "Features"));
        IDataView told = binary.Fit(rows).Transform(rows);
        Assert.Equal(1, ml.BinaryClassification.Evaluate(told, "IsLeft").Accuracy);
    }

    [Fact]
    public void Weights_on_disk_give_the_same_features_and_need_no_labels()
    {
        var ml = new MLContext(seed: 1);
        IDataView rows = View(ml, Rows(12));
        using ClassifyDiseaseTransformer network = Network(ml, rows);
        using var folder = new ScratchFolder();
        CascadeFolder.SaveClassifier(folder.Path, network.Model);
        FeaturizeRadiographsEstimator stage = ml.ChestXray()
            .FeaturizeRadiographs(
                new FeaturizeRadiographsOptions { Weights = Path.Combine(folder.Path, "classifier.safetensors"), CropSize = 56 }
            );
        using FeaturizeRadiographsTransformer loaded = stage.Fit(rows);
        Assert.Equal(
            network.Transform(rows).GetColumn<float[]>("Features"),
            loaded.Transform(ml.Transforms.SelectColumns("Image").Fit(rows).Transform(rows)).GetColumn<float[]>("Features")
        );
    }

    [Fact]
    public void Variants_depend_on_the_seed_the_row_and_the_variant_but_not_on_the_batch()
    {
        var ml = new MLContext(seed: 1);
        Row[] rows = [.. Enumerable.Repeat(Rows(1)[0], 5)];
        IDataView view = View(ml, rows);
        using ClassifyDiseaseTransformer network = Network(ml, View(ml, Rows(12)));
        float[][] once = Variants(seed: 3, batch: 5);
        AssertClose(once, Variants(seed: 3, batch: 2));
        Assert.NotEqual(once[0], Variants(seed: 4, batch: 5)[0]);
        Assert.Equal(10, once.SelectMany(row => row.Chunk(row.Length / 2)).Select(v => string.Join(' ', v)).Distinct().Count());

        // As the cascade computes them, from images in memory.
        var set = new RadiographSet(Side, Side);
        foreach (Row row in rows)
            set.Add(row.Image);
        float[][] second = network.Model.FeaturesOfView(
            set,
            AugmentationOptions.RandomCrop,
            seed: 3,
            view: 1,
            cancellation: TestContext.Current.CancellationToken
        );
        AssertClose(second, once.Select(row => row[(row.Length / 2)..]));

        float[][] Variants(int seed, int batch)
        {
            var options = new FeaturizeRadiographsOptions
            {
                Views = 2,
                Seed = seed,
                BatchSize = batch,
                Augmentation = AugmentationOptions.RandomCrop,
            };
            IDataView featurized = ml.ChestXray().FeaturizeRadiographs(network, options).Fit(view).Transform(view);
            Assert.Equal([2, 1024], ((VectorDataViewType)featurized.Schema["FeatureViews"].Type).Dimensions);
            return [.. featurized.GetColumn<float[]>("FeatureViews")];
        }
    }

    [Fact]
    public void A_missing_image_has_missing_features_and_one_of_another_size_is_refused()
    {
        var ml = new MLContext(seed: 1);
        Row[] rows = Rows(6);
        using ClassifyDiseaseTransformer network = Network(ml, View(ml, Rows(12)));
        rows[2].Image = [float.NaN, .. rows[2].Image[1..]];
        IDataView view = View(ml, rows);
        FeaturizeRadiographsEstimator stage = ml.ChestXray()
            .FeaturizeRadiographs(network, new FeaturizeRadiographsOptions { Views = 1 });
        IDataView featurized = stage.Fit(view).Transform(view);
        foreach (string column in (string[])["Features", "FeatureViews"])
            Assert.All(featurized.GetColumn<float[]>(column).Index(), row => Assert.Equal(row.Index == 2, row.Item.All(float.IsNaN)));

        DataViewSchema smaller = Shapes.Retyped(view.Schema, "Image", new VectorDataViewType(NumberDataViewType.Single, 1, 48, 48));
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => stage.Fit(view).GetOutputSchema(smaller));
        Assert.Contains("64 x 64", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void It_needs_a_network_or_weights()
    {
        ChestXrayCatalog cxr = new MLContext().ChestXray();
        Assert.Contains("Weights", Assert.Throws<ArgumentException>(() => cxr.FeaturizeRadiographs(new())).Message, StringComparison.Ordinal);
        Assert.Throws<FileNotFoundException>(() =>
            cxr.FeaturizeRadiographs(new FeaturizeRadiographsOptions { Weights = "no such weights" }).Fit(View(new MLContext(), Rows(1)))
        );
        Assert.Throws<ArgumentOutOfRangeException>("Views", () => cxr.FeaturizeRadiographs(new() { Weights = "w", Views = -1 }));
    }

    private static ClassifyDiseaseTransformer Network(MLContext ml, IDataView rows) =>
        ml.ChestXray()
            .ClassifyDisease(
                new ClassifyDiseaseOptions
                {
                    CropSize = 56,
                    Augmentation = AugmentationOptions.None,
                    Optimization = new() { Epochs = 2, BatchSize = 8 },
                    Seed = 3,
                }
            )
            .Fit(rows);

    private static Row[] Rows(int count, int seed = 1)
    {
        var random = new Random(seed);
        return
        [
            .. Enumerable
                .Range(0, count)
                .Select(i => new Row
                {
                    Label = i % 2 == 0 ? "left" : "right",
                    Image =
                    [
                        .. Enumerable
                            .Range(0, Side * Side)
                            .Select(p => (p % Side < Side / 2 == (i % 2 == 0) ? 0.6f : 0.2f) + (0.2f * random.NextSingle())),
                    ],
                }),
        ];
    }

    private static IDataView View(MLContext ml, Row[] rows)
    {
        IDataView view = ml.Data.LoadFromEnumerable(rows);
        IDataView keys = ml.Data.LoadFromEnumerable((Key[])[new() { Label = "left" }, new() { Label = "right" }]);
        return ml.Transforms.Conversion.MapValueToKey("Label", keyData: keys).Fit(view).Transform(view);
    }

    private static void AssertClose(IEnumerable<float[]> expected, IEnumerable<float[]> actual) =>
        Assert.All(
            expected.Zip(actual),
            pair => Assert.All(pair.First.Zip(pair.Second), value => Assert.Equal(value.First, value.Second, 1e-4f))
        );

    private sealed class Key
    {
        public string Label { get; set; } = "";
    }

    private sealed class LabelOnly
    {
        [KeyType(2)]
        public uint Label { get; set; }
    }

    private sealed class Truth
    {
        public bool IsLeft { get; set; }
    }
}
