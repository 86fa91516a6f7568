using Microsoft.ML;
using Microsoft.ML.Data;

namespace CxrAnnotate.Tests;

public sealed class DecodeContextTests
{
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

    [Theory]
    [InlineData(DecodingSearch.Beam)]
    [InlineData(DecodingSearch.Sample)]
    public void The_stage_conforms(DecodingSearch search)
    {
        var ml = new MLContext(1);
        DecodeContextEstimator estimator = ml.ChestXray()
            .DecodeContext(
                Small with
                {
                    Search = search,
                    Optimization = new() { Epochs = 2 },
                }
            );
        StageConformance.Check(
            ml,
            estimator,
            Rows(ml, 40, 1),
            new()
            {
                FitInputs = ["Features", "Label", "Caption"],
                ScoreInputs = ["Features", "Score"],
                Tolerance = 1e-4f,
                Saved = search == DecodingSearch.Sample ? SavedStage.Refused : SavedStage.Scores,
            }
        );
    }

    [Fact]
    public void The_stage_writes_annotations_for_views_with_only_features_and_scores()
    {
        var ml = new MLContext(1);
        DecodeContextEstimator estimator = ml.ChestXray().DecodeContext(Small);
        using DecodeContextTransformer model = estimator.Fit(Rows(ml, 120, 1));
        IDataView test = ml.Transforms.SelectColumns("Features", "Score").Fit(Rows(ml, 90, 2)).Transform(Rows(ml, 90, 2));
        IDataView written = model.Transform(test);
        string[] annotations = [.. written.GetColumn<string>("Annotation")];
        string[] tokens = [.. written.GetColumn<string>("AnnotationTokens")];
        float[] probabilities = [.. written.GetColumn<float>("AnnotationProbability")];
        float[][] words = [.. written.GetColumn<float[]>("WordProbability")];
        string[] captions = [.. Rows(ml, 90, 2).GetColumn<string>("Caption")];
        Assert.True(tokens.Zip(captions).Count(p => p.First == p.Second) > 80);
        Assert.Contains("Nodule/lung/right", annotations);
        Assert.Contains("normal", annotations);
        Assert.All(probabilities, p => Assert.InRange(p, 0, 1));
        VBuffer<ReadOnlyMemory<char>> names = default;
        written.Schema["WordProbability"].GetSlotNames(ref names);
        Assert.Equal(model.Words, names.DenseValues().Select(n => n.ToString()));
        int right = model.Words.ToList().IndexOf("right");
        double With(bool has) =>
            words.Zip(captions).Where(p => p.Second.EndsWith("right", StringComparison.Ordinal) == has).Average(p => p.First[right]);
        Assert.True(With(true) > 0.7 && With(false) < 0.3, $"{With(true)} {With(false)}");
    }

    [Fact]
    public void Views_are_the_same_however_they_are_read()
    {
        var ml = new MLContext(1);
        IDataView rows = Rows(ml, 80, 1);
        using DecodeContextTransformer model = ml.ChestXray().DecodeContext(Small with { Search = DecodingSearch.Sample, Temperature = 2 }).Fit(rows);
        IDataView written = model.Transform(rows);
        string[] first = [.. written.GetColumn<string>("Annotation")];
        Assert.Equal(first, written.GetColumn<string>("Annotation"));
        Assert.Equal(first[37..50], ml.Data.TakeRows(ml.Data.SkipRows(written, 37), 13).GetColumn<string>("Annotation"));
        Assert.Equal(first[70..], model.Transform(ml.Data.SkipRows(rows, 70)).GetColumn<string>("Annotation"));
        using DecodeContextTransformer other = ml.ChestXray()
            .DecodeContext(Small with { Search = DecodingSearch.Sample, Temperature = 2, SampleSeed = 99 })
            .Fit(rows);
        Assert.NotEqual(first, other.Transform(rows).GetColumn<string>("Annotation"));
    }

    [Fact]
    public void Unusable_rows_are_counted_in_a_warning_and_the_others_are_used()
    {
        var ml = new MLContext(1);
        var warnings = new List<string>();
        ml.Log += (_, e) =>
        {
            if (e.Kind == Microsoft.ML.Runtime.ChannelMessageKind.Warning)
                warnings.Add(e.Message);
        };
        Row[] rows = [.. Source(30, 1)];
        rows[3].Name = "";
        rows[4].Caption = "  ";
        rows[5].Features[0] = float.NaN;
        rows[6].SamplingWeight = -1;
        using DecodeContextTransformer model = ml.ChestXray().DecodeContext(Small with { Optimization = new() { Epochs = 1 } }).Fit(View(ml, rows));
        Assert.Contains(
            warnings,
            w =>
                w.Contains("4 of 30 training rows", StringComparison.Ordinal)
                && w.Contains("1 have no label, 1 no caption, 1 missing features, 1 an invalid", StringComparison.Ordinal)
        );
    }

    [Fact]
    public void A_view_without_a_usable_row_is_an_error_that_says_what_to_do()
    {
        var ml = new MLContext(1);
        Row[] rows = [.. Source(4, 1)];
        foreach (Row row in rows)
            row.Caption = "";
        var error = Assert.Throws<InvalidOperationException>(() => ml.ChestXray().DecodeContext(Small).Fit(View(ml, rows)));
        Assert.Contains("'Caption'", error.Message, StringComparison.Ordinal);
        Assert.Contains("MineLabels", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Wrong_columns_fail_as_in_ml_net()
    {
        var ml = new MLContext(1);
        IDataView rows = Rows(ml, 10, 1);
        foreach (
            DecodeContextOptions wrong in (DecodeContextOptions[])
                [Small with { FeaturesColumnName = "No" }, Small with { CaptionColumnName = "Features" }, Small with { LabelColumnName = "Caption" }]
        )
            Assert.Equal("inputSchema", Assert.Throws<ArgumentOutOfRangeException>(() => ml.ChestXray().DecodeContext(wrong).Fit(rows)).ParamName);
        using DecodeContextTransformer model = ml.ChestXray().DecodeContext(Small with { Optimization = new() { Epochs = 1 } }).Fit(rows);
        Assert.Throws<ArgumentOutOfRangeException>(() => model.Transform(ml.Transforms.DropColumns("Score").Fit(rows).Transform(rows)));
        IDataView unnamed = ml.Transforms.Concatenate("Score", "Features").Fit(rows).Transform(rows);
        IDataView named = ml.Transforms.CopyColumns("Features", "Score").Fit(rows).Transform(rows);
        Assert.Throws<ArgumentOutOfRangeException>(() => model.Transform(unnamed));
        Assert.Throws<ArgumentOutOfRangeException>(() => model.Transform(named));
    }

    [Theory]
    [InlineData(nameof(DecodeContextOptions.Layers))]
    [InlineData(nameof(DecodeContextOptions.HiddenSize))]
    [InlineData(nameof(DecodeContextOptions.Dropout))]
    [InlineData(nameof(DecodeContextOptions.FeatureDropout))]
    [InlineData(nameof(DecodeContextOptions.BeamWidth))]
    [InlineData(nameof(DecodeContextOptions.Temperature))]
    [InlineData(nameof(DecodeContextOptions.MaximumLength))]
    [InlineData(nameof(DecodeContextOptions.LengthNormalization))]
    [InlineData(nameof(DecodeContextOptions.Cell))]
    [InlineData(nameof(DecodeContextOptions.Search))]
    public void An_option_out_of_its_range_is_named(string option)
    {
        DecodeContextOptions wrong = option switch
        {
            nameof(DecodeContextOptions.Layers) => new() { Layers = 0 },
            nameof(DecodeContextOptions.HiddenSize) => new() { HiddenSize = 0 },
            nameof(DecodeContextOptions.Dropout) => new() { Dropout = 1 },
            nameof(DecodeContextOptions.FeatureDropout) => new() { FeatureDropout = double.NaN },
            nameof(DecodeContextOptions.BeamWidth) => new() { BeamWidth = 0 },
            nameof(DecodeContextOptions.Temperature) => new() { Temperature = 0 },
            nameof(DecodeContextOptions.MaximumLength) => new() { MaximumLength = 0 },
            nameof(DecodeContextOptions.LengthNormalization) => new() { LengthNormalization = -1 },
            nameof(DecodeContextOptions.Cell) => new() { Cell = (RecurrentCell)7 },
            _ => new() { Search = (DecodingSearch)7 },
        };
        Assert.Equal(option, Assert.Throws<ArgumentOutOfRangeException>(() => new MLContext(1).ChestXray().DecodeContext(wrong)).ParamName);
    }

    [Fact]
    public void Options_can_be_written_without_their_types_name() =>
        Assert.NotNull(new MLContext(1).ChestXray().DecodeContext(new() { Cell = RecurrentCell.Lstm }));

    internal static IDataView Rows(MLContext ml, int count, int seed) => View(ml, Source(count, seed));

    private static IEnumerable<Row> Source(int count, int seed)
    {
        DecoderExamples examples = DecoderTrainerTests.Sided(count, seed);
        for (int i = 0; i < count; i++)
        {
            string label = examples.Labels[i];
            float[] score = [.. Slots.Select(s => s == label ? 0.96f : 0.02f)];
            yield return new Row
            {
                Features = examples.Views[i][0],
                Name = label,
                Caption = string.Join(' ', examples.Captions[i]),
                Score = score,
                SamplingWeight = 1.5f,
            };
        }
    }

    private static readonly string[] Slots = ["nodule#1", "nodule#2", "normal"];

    private static IDataView View(MLContext ml, IEnumerable<Row> rows)
    {
        SchemaDefinition definition = SchemaDefinition.Create(typeof(Row));
        definition[nameof(Row.Score)].AddAnnotation("SlotNames", Text(Slots), new VectorDataViewType(TextDataViewType.Instance, Slots.Length));
        string[] forms = ["nodule\tNodule", "lung\tlung"];
        definition[nameof(Row.Caption)].AddAnnotation("WordForms", Text(forms), new VectorDataViewType(TextDataViewType.Instance, forms.Length));
        IDataView view = ml.Data.LoadFromEnumerable(rows, definition);
        return ml
            .Transforms.Conversion.MapValueToKey("Label", "Name", keyData: ml.Data.LoadFromEnumerable(Slots.Select(s => new Named { Name = s })))
            .Fit(view)
            .Transform(view);
    }

    private static VBuffer<ReadOnlyMemory<char>> Text(string[] texts) => new(texts.Length, [.. texts.Select(t => t.AsMemory())]);

    private sealed class Named
    {
        public string Name { get; set; } = "";
    }

    private sealed class Row
    {
        [VectorType(12)]
        public float[] Features { get; set; } = [];

        [VectorType(3)]
        public float[] Score { get; set; } = [];

        public string Name { get; set; } = "";

        public string Caption { get; set; } = "";

        public float SamplingWeight { get; set; }
    }
}
