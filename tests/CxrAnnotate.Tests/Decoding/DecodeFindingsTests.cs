using Microsoft.ML;
using Microsoft.ML.Data;

namespace CxrAnnotate.Tests;

/// <summary>The multi-label decoder, on features that encode the side of each finding.</summary>
public sealed class DecodeFindingsTests
{
    private static readonly string[] Findings = ["nodule", "opacity#1", "cardiomegaly", "opacity#2"];

    private static readonly DecodeContextOptions Small = new()
    {
        HiddenSize = 24,
        Seed = 4,
        Optimization = new()
        {
            Epochs = 12,
            BatchSize = 8,
            LearningRate = 1e-2,
        },
    };

    private sealed class Row
    {
        public float[] Features { get; set; } = [];

        public float[] Score { get; set; } = [];

        public float[] PredictedLabels { get; set; } = [];

        public float[] Label { get; set; } = [];

        public string Caption { get; set; } = "";
    }

    [Fact]
    public void Captions_are_split_by_finding()
    {
        var parts = FindingCaptions.Of("opacity lung left | nodule | opacity lung right".Split(' '));
        Assert.Equal(["opacity", "nodule"], parts.Select(p => p.Finding));
        Assert.Equal("opacity lung left | opacity lung right", string.Join(' ', parts[0].Words));
        Assert.Equal(["nodule"], parts[1].Words);
        Assert.Empty(FindingCaptions.Of([]));
        Assert.Equal(["a"], FindingCaptions.Of(["|", "a", "|"]).Select(p => p.Finding));
    }

    [Theory]
    [
        InlineData(DecodingSearch.Beam, 12),
        InlineData(DecodingSearch.Greedy, 12),
        InlineData(DecodingSearch.Beam, 1),
        InlineData(DecodingSearch.Sample, 12)
    ]
    public void The_stage_conforms(DecodingSearch search, int most)
    {
        var ml = new MLContext(1);
        StageConformance.Check(
            ml,
            ml.ChestXray()
                .DecodeContext(
                    Small with
                    {
                        Search = search,
                        MaximumFindings = most,
                        Optimization = new() { Epochs = 2 },
                    }
                ),
            View(ml, 40, 1),
            new()
            {
                FitInputs = ["Features", "Label", "Caption"],
                ScoreInputs = ["Features", "Score", "PredictedLabels"],
                Tolerance = 1e-4f,
                Saved = search == DecodingSearch.Sample ? SavedStage.Refused : SavedStage.Scores,
            }
        );
    }

    [Fact]
    public void Every_detected_finding_gets_its_own_words_the_most_probable_first()
    {
        var ml = new MLContext(1);
        using DecodeContextTransformer model = ml.ChestXray().DecodeContext(Small).Fit(View(ml, 160, 1));
        IDataView written = model.Transform(View(ml, 90, 2));
        string[] annotations = [.. written.GetColumn<string>("Annotation")];
        float[][] own = [.. written.GetColumn<float[]>("FindingProbability")],
            words = [.. written.GetColumn<float[]>("WordProbability")];
        float[] probabilities = [.. written.GetColumn<float>("AnnotationProbability")];
        Row[] rows = Rows(90, 2);
        int right = 0;
        for (int i = 0; i < rows.Length; i++)
        {
            double[] p = [rows[i].Score[0], Math.Max(rows[i].Score[1], rows[i].Score[3]), rows[i].Score[2]];
            bool[] detected =
            [
                rows[i].PredictedLabels[0] == 1,
                rows[i].PredictedLabels[1] == 1 || rows[i].PredictedLabels[3] == 1,
                rows[i].PredictedLabels[2] == 1,
            ];
            string[] names = ["nodule", "opacity", "cardiomegaly"];
            string[] order = [.. Enumerable.Range(0, 3).Where(k => detected[k]).OrderByDescending(k => p[k]).Select(k => names[k])];
            string[] headings = annotations[i] == "normal" ? [] : [.. annotations[i].Split('|').Select(t => t.Split('/')[0].ToLowerInvariant())];
            Assert.Equal(order, headings);
            // The annotation's probability is the product over the written findings and the absence of the others.
            double product = 1;
            for (int k = 0; k < 3; k++)
            {
                Assert.True(detected[k] ? own[i][k] > 0 && own[i][k] <= p[k] + 1e-6 : own[i][k] == 0);
                product *= detected[k] ? own[i][k] : 1 - p[k];
            }

            Assert.Equal(product, probabilities[i], 1e-5);
            right += rows[i].Caption.Split(" | ").Order().SequenceEqual(annotations[i].ToLowerInvariant().Replace('/', ' ').Split('|').Order())
                ? 1
                : 0;
        }

        Assert.True(right > 75, $"{right} of 90 sets of annotations are exactly correct");
        int left = model.Words.ToList().IndexOf("left");
        Assert.All(words.Zip(rows).Where(w => w.Second.Caption == "normal"), w => Assert.True(w.First[left] < 0.5));
    }

    private static Row[] Rows(int count, int seed)
    {
        var random = new Random(seed);
        return
        [
            .. Enumerable
                .Range(0, count)
                .Select(_ =>
                {
                    bool nodule = random.NextDouble() < 0.5,
                        opacity = random.NextDouble() < 0.5,
                        heart = random.NextDouble() < 0.3,
                        noduleLeft = random.Next(2) == 0,
                        opacityLeft = random.Next(2) == 0;
                    bool second = random.Next(2) == 0;
                    float P(bool there) => (float)(there ? 0.6 + (0.39 * random.NextDouble()) : 0.4 * random.NextDouble());
                    float[] score = [P(nodule), P(opacity && !second), P(heart), P(opacity && second)];
                    string[] terms =
                    [
                        .. nodule ? (string[])[noduleLeft ? "nodule lung left" : "nodule lung right"] : [],
                        .. opacity ? (string[])[opacityLeft ? "opacity left" : "opacity right"] : [],
                        .. heart ? (string[])["cardiomegaly"] : [],
                    ];
                    return new Row
                    {
                        Features = [noduleLeft ? 1 : -1, opacityLeft ? 1 : -1, (float)random.NextDouble(), 0.5f],
                        Score = score,
                        PredictedLabels = [.. score.Select(s => s >= 0.5f ? 1f : 0f)],
                        Label = [nodule ? 1 : 0, opacity && !second ? 1 : 0, heart ? 1 : 0, opacity && second ? 1 : 0],
                        Caption = terms.Length == 0 ? "normal" : string.Join(" | ", terms),
                    };
                }),
        ];
    }

    private static IDataView View(MLContext ml, int count, int seed)
    {
        var definition = SchemaDefinition.Create(typeof(Row));
        definition["Features"].ColumnType = new VectorDataViewType(NumberDataViewType.Single, 4);
        foreach (string name in (string[])["Score", "PredictedLabels", "Label"])
        {
            definition[name].ColumnType = new VectorDataViewType(NumberDataViewType.Single, Findings.Length);
            definition[name]
                .AddAnnotation(
                    "SlotNames",
                    new VBuffer<ReadOnlyMemory<char>>(Findings.Length, [.. Findings.Select(n => n.AsMemory())]),
                    new VectorDataViewType(TextDataViewType.Instance, Findings.Length)
                );
        }

        return ml.Data.LoadFromEnumerable(Rows(count, seed), definition);
    }
}
