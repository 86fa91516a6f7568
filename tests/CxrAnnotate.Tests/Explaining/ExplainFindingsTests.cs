using Microsoft.ML;
using Microsoft.ML.Data;
using TorchSharp;
using static TorchSharp.torch.nn;

namespace CxrAnnotate.Tests;

/// <summary>
/// The stage that explains a network's or a cascade's readings. It registers networks, which draw from torch's own generator for a moment: not beside
/// the tests that watch it.
/// </summary>
[Collection(nameof(CustomNetworkTests))]
public sealed class ExplainFindingsTests(TrainedCascade trained) : IClassFixture<TrainedCascade>
{
    private const int Side = 64;

    /// <summary>A maximum of channels and places, which no mean of maps gives.</summary>
    private static readonly CnnArchitecture _nonlinear = CnnArchitecture.Register(
        "test-explained-nonlinear",
        embeddingSize: 8,
        channels => Sequential(Conv2d(channels, 8, 5, stride: 4), ReLU(), AdaptiveMaxPool2d([1, 1]), Flatten())
    );

    /// <summary>A module that is no sequence of layers.</summary>
    private static readonly CnnArchitecture _opaque = CnnArchitecture.Register("test-explained-opaque", embeddingSize: 4, _ => new Opaque());

    private sealed class Row
    {
        [VectorType(1, Side, Side)]
        public float[] Image { get; set; } = [];

        public string Label { get; set; } = "";
    }

    [Theory]
    [InlineData(ExplanationMethod.Automatic)]
    [InlineData(ExplanationMethod.GradCam)]
    [InlineData(ExplanationMethod.Occlusion)]
    public void The_stage_conforms_with_every_method(ExplanationMethod method)
    {
        var ml = new MLContext(seed: 1);
        IDataView rows = Spots(ml, 12);
        using ClassifyDiseaseTransformer network = Network(ml, rows, CnnArchitecture.ResNet18Slim);
        IDataView images = ml.Transforms.SelectColumns("Image").Fit(rows).Transform(rows);
        StageConformance.Check(
            ml,
            ml.ChestXray().ExplainFindings(network, new() { Method = method, Rows = 3, Columns = 4, All = true }),
            images,
            new ConformanceOptions { Tolerance = 1e-2f, Saved = SavedStage.Refused }
        );
    }

    [Fact]
    public void The_maps_of_a_cascade_conform_and_are_those_of_the_annotator_by_occlusion()
    {
        using RecurrentCascadeTransformer cascade = trained.Context.ChestXray().LoadCascade(trained.Saved);
        IDataView rows = trained.Context.Data.TakeRows(trained.Rows, 6);
        IDataView images = trained
            .Context.ChestXray()
            .LoadRadiographs(cascade.Loading)
            .Append(trained.Context.Transforms.SelectColumns("Image"))
            .Fit(rows)
            .Transform(rows);
        ExplainFindingsOptions options = new() { Method = ExplanationMethod.Occlusion, Rows = 3, Columns = 4 };
        var fitted = (ExplainFindingsTransformer)
            StageConformance.Check(
                trained.Context,
                trained.Context.ChestXray().ExplainFindings(cascade, options),
                images,
                new ConformanceOptions { Tolerance = 1e-2f, Saved = SavedStage.Refused }
            );
        using var annotator = RadiographAnnotator.Load(trained.Onnx);
        // GetColumn fills one and the same VBuffer with every row; arrays are copies.
        float[][] findings = [.. fitted.Transform(images).GetColumn<float[]>("HeatMaps")],
            words = [.. fitted.Transform(images).GetColumn<float[]>("WordHeatMaps")];
        int compared = 0,
            differing = 0;
        for (int i = 0; i < findings.Length; i++)
        {
            IReadOnlyList<HeatMap> ofFindings = fitted.ToHeatMaps(new(findings[i].Length, findings[i]), fitted.Findings),
                ofWords = fitted.ToHeatMaps(new(words[i].Length, words[i]), fitted.Words);
            foreach (HeatMap expected in annotator.Explain(trained.Images[i], new() { Rows = 3, Columns = 4 }).HeatMaps)
            {
                HeatMap actual = ofFindings.Concat(ofWords).First(map => map.Subject == expected.Subject);
                Assert.Equal((expected.Rows, expected.Columns), (actual.Rows, actual.Columns));
                compared += expected.Values.Count;
                differing += expected.Values.Zip(actual.Values).Count(pair => Math.Abs(pair.First - pair.Second) > 0.05f);
            }
        }

        // torch and ONNX Runtime round differently, which may change the beam that a word's probability is summed over.
        Assert.InRange(compared, 36, int.MaxValue);
        Assert.InRange(differing, 0, compared / 10);
    }

    /// <summary>An attended word is explained by its regions, other words and findings as ever; the stage and the annotator agree.</summary>
    [Fact]
    public void Words_are_explained_by_attention_on_request()
    {
        using var folder = new ScratchFolder();
        var ml = new MLContext(seed: 1);
        // Without normal images, of which there would be nothing to explain.
        IDataView rows = ml.ChestXray()
            .Data.LoadRecords([
                .. ml
                    .Data.CreateEnumerable<RadiographRecord>(SmallCascade.WritePhantoms(ml, folder.Path), reuseRowObject: false)
                    .Where(row => row.Mesh != "normal"),
            ]);
        // Trained long enough to write words about findings.
        RecurrentCascadeOptions small = SmallCascade.Options();
        RecurrentCascadeOptions options = small with
        {
            AttendsRegions = true,
            Iterations = 1,
            Decoder = small.Decoder with { Optimization = small.Decoder.Optimization with { Epochs = 60 } },
        };
        using RecurrentCascadeTransformer cascade = ml.ChestXray().RecurrentCascade(options).Fit(rows);
        using var annotator = RadiographAnnotator.OfModel(cascade.ToOnnx());
        IDataView few = ml.Data.TakeRows(rows, 40);
        ExplainFindingsTransformer stage = ml.ChestXray()
            .ExplainFindings(cascade, new() { Rows = 4, Columns = 4, Attention = true })
            .Fit(ml.ChestXray().LoadRadiographs(cascade.Loading).Fit(few).Transform(few));
        float[][] words =
        [
            .. stage
                .Transform(ml.ChestXray().LoadRadiographs(cascade.Loading).Fit(few).Transform(few))
                .GetColumn<float[]>("WordHeatMaps"),
        ];
        int attended = 0;
        foreach ((string image, int i) in few.GetColumn<string>("ImagePath").Select((path, i) => (path, i)))
        {
            RadiographReading reading = annotator.Explain(image, new() { Rows = 4, Columns = 4, Attention = true });
            foreach ((string word, AttentionMap map) in reading.Attention)
            {
                // The word of a detected label is explained by the label, and the normal word not at all.
                if (word == "normal" || reading.DetectedFindings.Contains(word))
                    continue;

                // The crop is 56 of 64 pixels, so that each of the 2 x 2 regions reaches to the border of the outer cells.
                HeatMap shown = reading.HeatMaps.Single(one => one.Subject == word);
                int region = map.Weights.ToList().IndexOf(map.Weights.Max());
                Assert.Equal(1, shown.Values[(region / map.Columns * 12) + (region % map.Columns * 3)], 1e-4f);
                HeatMap staged = stage.ToHeatMaps(new(words[i].Length, words[i]), stage.Words).Single(one => one.Subject == word);
                foreach ((float e, float a) in shown.Values.Zip(staged.Values))
                    Assert.Equal(e, a, 1e-3f);
                attended++;
            }
        }

        Assert.InRange(attended, 1, int.MaxValue);
    }

    /// <summary>The class activation map of a network that reads its maps linearly adds up to the log-odds less those of black maps.</summary>
    [Theory]
    [InlineData("ResNet18Slim")]
    [InlineData("ResNet18")]
    [InlineData("TorchvisionResNet18")]
    [InlineData("DenseNet121")]
    [InlineData("GoogLeNet")]
    public void Contributions_by_place_add_up_to_the_log_odds_of_a_finding(string name)
    {
        using var scope = torch.NewDisposeScope();
        CnnArchitecture architecture = CnnArchitecture.All.Single(one => one.Name == name);
        using ImageNetwork network = ImageNetwork.Create(architecture, architecture.InputChannels ?? 1, 3, seed: 4);
        network.eval();
        Assert.True(network.ReadsMapsLinearly);
        torch.Tensor input = torch.randn(2, architecture.InputChannels ?? 1, 96, 96);
        using var gradients = torch.no_grad();
        float[] logits = network.call(input).Logits.Floats();
        var (maps, read) = network.Take(input);
        float[] bias = read([.. maps.Select(map => torch.zeros_like(map))]).Logits.Floats();
        IReadOnlyList<ClassActivation.Grid> grids = new ClassActivation(network, LabelScheme.Independent, null).Of(input, [[0], [2]], byPlace: true)!;
        for (int image = 0; image < 2; image++)
        {
            for (int k = 0; k < 2; k++)
            {
                int label = 2 * k;
                double sum = grids.Where(grid => grid.Label == k).Sum(grid => grid.Values[image].Sum() / (grid.Height * grid.Width));
                Assert.Equal(logits[(3 * image) + label] - bias[(3 * image) + label], sum, 1e-2);
            }
        }
    }

    [Fact]
    public void A_network_that_learned_where_a_spot_is_looks_at_the_spot()
    {
        var ml = new MLContext(seed: 1);
        IDataView rows = Spots(ml, 32);
        using ClassifyDiseaseTransformer network = Network(ml, rows, CnnArchitecture.ResNet18Slim, epochs: 10);
        IDataView others = Spots(ml, 8, seed: 9);
        foreach (ExplanationMethod method in (ExplanationMethod[])[ExplanationMethod.ClassActivation, ExplanationMethod.Occlusion])
        {
            ExplainFindingsTransformer stage = ml.ChestXray()
                .ExplainFindings(network, new() { Method = method, Rows = 4, Columns = 4 })
                .Fit(others);
            string[] labels = [.. others.GetColumn<string>("Label")];
            int explained = 0;
            double lead = 0;
            foreach ((VBuffer<float> value, string label) in stage.Transform(others).GetColumn<VBuffer<float>>("HeatMaps").Zip(labels))
            {
                foreach (HeatMap map in stage.ToHeatMaps(value, stage.Findings).Where(map => map.Subject == label))
                {
                    explained++;
                    // What the half with the spot has more than the other.
                    for (int cell = 0; cell < 16; cell++)
                        lead += cell % 4 < 2 == (label == "left") ? map.Values[cell] : -map.Values[cell];
                }
            }

            Assert.InRange(explained, 3, 8);
            Assert.True(lead > 0.1 * explained, $"{method}: {lead} of {explained}");
        }
    }

    [Fact]
    public void Only_what_was_read_is_explained_unless_all_is_asked_for()
    {
        var ml = new MLContext(seed: 1);
        IDataView rows = Spots(ml, 8);
        using ClassifyDiseaseTransformer network = Network(ml, rows, CnnArchitecture.ResNet18Slim);
        ExplainFindingsTransformer read = ml.ChestXray().ExplainFindings(network).Fit(rows),
            all = ml.ChestXray().ExplainFindings(network, new() { All = true }).Fit(rows);
        Assert.Equal(["left", "right"], read.Findings.Order());
        Assert.Empty(read.Words);
        Assert.Equal([1], read.Transform(rows).GetColumn<VBuffer<float>>("HeatMaps").Select(v => read.ToHeatMaps(v, read.Findings).Count).Distinct());
        Assert.Equal([2], all.Transform(rows).GetColumn<VBuffer<float>>("HeatMaps").Select(v => all.ToHeatMaps(v, all.Findings).Count).Distinct());
        DataViewSchema.Column column = read.GetOutputSchema(rows.Schema)["HeatMaps"];
        Assert.Equal([2, 12, 12], ((VectorDataViewType)column.Type).Dimensions);
        Assert.Equal(read.Findings, TextAnnotations.Read(column, ExplainFindingsTransformer.SubjectsKind));
        VBuffer<float> wrong = new(3, [1, 2, 3]);
        Assert.Throws<ArgumentException>(() => read.ToHeatMaps(wrong, read.Findings));
    }

    [Fact]
    public void A_missing_image_has_no_maps()
    {
        var ml = new MLContext(seed: 1);
        IDataView rows = Spots(ml, 4);
        using ClassifyDiseaseTransformer network = Network(ml, rows, CnnArchitecture.ResNet18Slim);
        ExplainFindingsTransformer stage = ml.ChestXray().ExplainFindings(network, new() { All = true }).Fit(rows);
        IDataView missing = ml.Data.LoadFromEnumerable([new Row { Image = [.. Enumerable.Repeat(float.NaN, Side * Side)], Label = "left" }]);
        Assert.All(stage.Transform(missing).GetColumn<VBuffer<float>>("HeatMaps").Single().GetValues().ToArray(), v => Assert.True(float.IsNaN(v)));
    }

    [Fact]
    public void Users_own_networks_are_explained_by_the_method_that_they_allow()
    {
        var ml = new MLContext(seed: 1);
        IDataView rows = Spots(ml, 8);
        using ClassifyDiseaseTransformer nonlinear = Network(ml, rows, _nonlinear),
            opaque = Network(ml, rows, _opaque);
        Assert.Contains(
            "test-explained-nonlinear",
            Assert
                .Throws<InvalidOperationException>(() => ml.ChestXray().ExplainFindings(nonlinear, With(ExplanationMethod.ClassActivation)))
                .Message,
            StringComparison.Ordinal
        );
        Assert.Equal(Maps(nonlinear, ExplanationMethod.GradCam), Maps(nonlinear, ExplanationMethod.Automatic));
        Assert.Equal(Maps(opaque, ExplanationMethod.Occlusion), Maps(opaque, ExplanationMethod.Automatic));
        Assert.Contains(
            "not a Sequential",
            Assert.ThrowsAny<Exception>(() => Maps(opaque, ExplanationMethod.GradCam)).Message,
            StringComparison.Ordinal
        );

        static ExplainFindingsOptions With(ExplanationMethod method) => new() { Method = method, All = true };
        float[] Maps(ClassifyDiseaseTransformer network, ExplanationMethod method) =>
            [
                .. ml.ChestXray()
                    .ExplainFindings(network, With(method))
                    .Fit(rows)
                    .Transform(rows)
                    .GetColumn<VBuffer<float>>("HeatMaps")
                    .SelectMany(value => value.DenseValues()),
            ];
    }

    private static ClassifyDiseaseTransformer Network(MLContext ml, IDataView rows, CnnArchitecture architecture, int epochs = 1) =>
        ml.Transforms.Conversion.MapValueToKey("Label")
            .Append(
                ml.ChestXray()
                    .ClassifyDisease(
                        new ClassifyDiseaseOptions
                        {
                            Architecture = architecture,
                            CropSize = 56,
                            Augmentation = AugmentationOptions.None,
                            Optimization = new() { Epochs = epochs, BatchSize = 8 },
                            Seed = 3,
                        }
                    )
            )
            .Fit(rows)
            .LastTransformer;

    /// <summary>Grey noise with a bright spot in the left or the right half.</summary>
    private static IDataView Spots(MLContext ml, int count, int seed = 1)
    {
        var random = new Random(seed);
        return ml.Data.LoadFromEnumerable([
            .. Enumerable
                .Range(0, count)
                .Select(i =>
                {
                    int x = random.Next(10, 18) + (i % 2 == 0 ? 0 : 28),
                        y = random.Next(16, 44);
                    return new Row
                    {
                        Label = i % 2 == 0 ? "left" : "right",
                        Image =
                        [
                            .. Enumerable
                                .Range(0, Side * Side)
                                .Select(p =>
                                    (0.2f * random.NextSingle())
                                    + (Math.Abs((p % Side) - x) < 6 && Math.Abs((p / Side) - y) < 6 ? 0.7f : 0.1f)
                                ),
                        ],
                    };
                }),
        ]);
    }

    private sealed class Opaque : Module<torch.Tensor, torch.Tensor>
    {
        private readonly TorchSharp.Modules.Linear read;

        internal Opaque()
            : base("opaque")
        {
            read = Linear(16, 4);
            RegisterComponents();
        }

        public override torch.Tensor forward(torch.Tensor input) => read.call(functional.adaptive_avg_pool2d(input, [4, 4]).flatten(1));
    }
}
