using Microsoft.ML;
using Microsoft.ML.Data;

namespace CxrAnnotate.Tests;

/// <summary>The multi-label image network, on pictures with a bright bar on the left, on the right, on both sides or on neither.</summary>
public sealed class ClassifyFindingsTests
{
    private const int Side = 64;
    private static readonly string[] Names = ["left bar", "right bar", "never"];

    private sealed class Row
    {
        public float[] Image { get; set; } = [];

        public float[] Label { get; set; } = [];
    }

    [Fact]
    public void The_stage_conforms()
    {
        var context = new MLContext(seed: 1);
        StageConformance.Check(
            context,
            context
                .ChestXray()
                .ClassifyDisease(
                    Small with
                    {
                        Optimization = new() { Epochs = 1, BatchSize = 8 },
                    }
                ),
            View(context, 21, 1),
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
    public void Findings_are_detected_independently_and_thresholds_are_chosen_on_validation_rows()
    {
        var context = new MLContext(seed: 1);
        using var model = context.ChestXray().ClassifyDisease(Small with { ValidationData = View(context, 60, 5) }).Fit(View(context, 120, 1));
        IDataView test = View(context, 60, 9),
            read = model.Transform(test);
        float[][] truth = [.. test.GetColumn<float[]>("Label")],
            decided = [.. read.GetColumn<float[]>("PredictedLabels")],
            scores = [.. read.GetColumn<float[]>("Score")];
        for (int k = 0; k < 2; k++)
            Assert.True(truth.Zip(decided).Count(p => float.IsNaN(p.First[k]) || p.First[k] == p.Second[k]) >= 54, $"{Names[k]}");
        Assert.Equal(0.5f, model.Thresholds![2]);
        Assert.Equal(decided, scores.Select(model.Model.Configuration.Decide));
        Assert.Contains(scores, s => s[0] > 0.8 && s[1] > 0.8);
        Assert.Equal(Names, TextAnnotations.Read(read.Schema["PredictedLabels"], TextAnnotations.SlotNamesKind)!);
    }

    [Fact]
    public void Values_other_than_0_1_and_NaN_are_refused()
    {
        var context = new MLContext(seed: 1);
        var error = Assert.Throws<FormatException>(() => context.ChestXray().ClassifyDisease(Small).Fit(View(context, 12, 1, spoil: true)));
        Assert.Contains("0.7", error.Message, StringComparison.Ordinal);
    }

    private static ClassifyDiseaseOptions Small =>
        new()
        {
            CropSize = 56,
            Augmentation = AugmentationOptions.RandomCrop,
            Optimization = new()
            {
                Epochs = 8,
                BatchSize = 16,
                LearningRate = 2e-3,
            },
            Seed = 3,
        };

    private static IDataView View(MLContext context, int rows, int seed, bool spoil = false)
    {
        var random = new Random(seed);
        var list = new List<Row>();
        for (int i = 0; i < rows; i++)
        {
            bool left = random.NextDouble() < 0.4,
                right = random.NextDouble() < 0.4;
            float[] image =
            [
                .. Enumerable
                    .Range(0, Side * Side)
                    .Select(p =>
                        (float)(
                            (0.3 + (0.1 * random.NextDouble()))
                            + (left && p % Side is > 16 and < 22 ? 0.4 : 0)
                            + (right && p % Side is > 42 and < 48 ? 0.4 : 0)
                        )
                    ),
            ];
            list.Add(
                new Row
                {
                    Image = image,
                    Label =
                    [
                        left ? 1 : 0,
                        random.NextDouble() < 0.2 ? float.NaN
                        : right ? 1
                        : 0,
                        0,
                    ],
                }
            );
        }

        if (spoil)
            list[3].Label[1] = 0.7f;
        var definition = SchemaDefinition.Create(typeof(Row));
        definition["Image"].ColumnType = new VectorDataViewType(NumberDataViewType.Single, 1, Side, Side);
        definition["Label"].ColumnType = new VectorDataViewType(NumberDataViewType.Single, Names.Length);
        definition["Label"]
            .AddAnnotation(
                "SlotNames",
                new VBuffer<ReadOnlyMemory<char>>(Names.Length, [.. Names.Select(n => n.AsMemory())]),
                new VectorDataViewType(TextDataViewType.Instance, Names.Length)
            );
        return context.Data.LoadFromEnumerable(list, definition);
    }
}
