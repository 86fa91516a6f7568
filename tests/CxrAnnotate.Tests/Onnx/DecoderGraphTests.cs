using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace CxrAnnotate.Tests;

public sealed class DecoderGraphTests
{
    private const int Features = 7;
    private static readonly string[] _labels =
    [
        "normal",
        "nodule",
        "nodule+opacity",
        "opacity",
        "unseen",
        "aorta",
        "hernia",
        "spine",
        "emphysema",
        "granuloma",
    ];

    [Theory]
    [InlineData(RecurrentCell.Gru, 1, 6, DecodingSearch.Beam, 4, 0)]
    [InlineData(RecurrentCell.Gru, 2, 7, DecodingSearch.Beam, 8, 0)]
    [InlineData(RecurrentCell.Lstm, 1, 7, DecodingSearch.Beam, 3, 0.7)]
    [InlineData(RecurrentCell.Lstm, 3, 6, DecodingSearch.Beam, 1, 0)]
    [InlineData(RecurrentCell.Gru, 2, 6, DecodingSearch.Greedy, 5, 0)]
    [InlineData(RecurrentCell.Lstm, 2, 7, DecodingSearch.Greedy, 1, 0)]
    public void The_graph_searches_and_prints_as_the_decoder_does(
        RecurrentCell cell,
        int layers,
        int hidden,
        DecodingSearch search,
        int width,
        double lengthNormalization
    )
    {
        foreach (int length in (int[])[1, 2, 6])
        {
            for (int seed = 0; seed < 3; seed++)
                Compare(cell, layers, hidden, search, width, lengthNormalization, length, seed, null, several: false);
        }
    }

    [Theory]
    [InlineData(RecurrentCell.Gru, 1, 6, DecodingSearch.Beam, 4, false)]
    [InlineData(RecurrentCell.Lstm, 2, 7, DecodingSearch.Beam, 3, false)]
    [InlineData(RecurrentCell.Gru, 2, 7, DecodingSearch.Greedy, 1, false)]
    [InlineData(RecurrentCell.Gru, 2, 6, DecodingSearch.Beam, 4, true)]
    [InlineData(RecurrentCell.Lstm, 1, 7, DecodingSearch.Greedy, 2, true)]
    public void The_graph_attends_to_the_regions_that_the_decoder_attends_to(
        RecurrentCell cell,
        int layers,
        int hidden,
        DecodingSearch search,
        int width,
        bool several
    )
    {
        foreach (int length in (int[])[1, 2, 6])
        {
            for (int seed = 0; seed < 2; seed++)
                Compare(cell, layers, hidden, search, width, 0, length, seed, new FeatureRegions(1, 2, 1, 3), several);
        }
    }

    [Fact]
    public void A_decoder_that_samples_is_refused()
    {
        using DecoderModel model = Model(RecurrentCell.Gru, 1, 6, DecodingSearch.Sample, 2, 0, 4, 1, null, several: false);
        var graph = new OnnxGraph("g");
        OnnxValue features = graph.Input("f", OnnxType.Single, null, Features),
            scores = graph.Input("s", OnnxType.Single, null, _labels.Length);
        Assert.Contains(
            "Beam",
            Assert.Throws<NotSupportedException>(() => DecoderGraph.Write(graph, model, features, scores, null, _labels)).Message,
            StringComparison.Ordinal
        );
    }

    private static void Compare(
        RecurrentCell cell,
        int layers,
        int hidden,
        DecodingSearch search,
        int width,
        double lengthNormalization,
        int length,
        int seed,
        FeatureRegions? regions,
        bool several
    )
    {
        using DecoderModel model = Model(cell, layers, hidden, search, width, lengthNormalization, length, seed, regions, several);
        var graph = new OnnxGraph("decoder");
        OnnxValue features = graph.Input("features", OnnxType.Single, null, Features),
            scores = graph.Input("scores", OnnxType.Single, null, _labels.Length);
        OnnxValue? decisions = several ? graph.Input("decisions", OnnxType.Single, null, _labels.Length) : null;
        DecoderOutputs outputs = DecoderGraph.Write(graph, model, features, scores, decisions, _labels);
        graph.Output([outputs.Decision, .. outputs.Annotation], new Dictionary<string, string>());
        byte[] bytes = OnnxWriter.Write(graph, new OnnxModelInfo("decoder", "test", new Dictionary<string, string>()));
        OnnxStructure.Check(bytes);
        using var session = new InferenceSession(bytes);

        const int Count = 9;
        var random = new Random(seed + 100);
        float[][] f = [.. Enumerable.Range(0, Count).Select(_ => Enumerable.Range(0, Features).Select(_ => (2 * random.NextSingle()) - 1).ToArray())];
        float[][] s = [.. Enumerable.Range(0, Count).Select(i => Probabilities(random, sharpness: i))];
        f[4][2] = float.NaN;
        Array.Fill(s[6], float.NaN);
        // From none to most of the findings are detected.
        float[][]? d = several ? [.. s.Select((row, i) => row.Select(score => score > 0.25f - (0.03f * i) ? 1f : 0f).ToArray())] : null;
        AnnotatedImage[] expected = model.Annotate(f, s, _labels, decisions: d);
        NamedOnnxValue Input(string name, float[][] rows) =>
            NamedOnnxValue.CreateFromTensor(name, new DenseTensor<float>(rows.SelectMany(x => x).ToArray(), [Count, rows[0].Length]));
        using var results = session.Run([
            Input("features", f),
            Input("scores", s),
            .. d is null ? (NamedOnnxValue[])[] : [Input("decisions", d)],
        ]);
        IEnumerable<T> Of<T>(string output) => results.Single(value => value.Name == output).AsEnumerable<T>();
        if (!several)
            Assert.Equal(expected.Select(e => e.Label), Of<string>("Label"));
        Assert.Equal(expected.Select(e => CaptionText.Print(e.Tokens, model.Vocabulary.DisplayForms)), Of<string>("Annotation"));
        Assert.Equal(expected.Select(e => string.Join(' ', e.Tokens)), Of<string>("AnnotationTokens"));
        Assert.Equal(expected.Select(e => (float)e.Probability), Of<float>("AnnotationProbability"), Near);
        Assert.Equal(expected.SelectMany(e => e.WordProbabilities!), Of<float>("WordProbability"), Near);
        Assert.Equal(expected.SelectMany(e => e.ContextVector!), Of<float>("ContextVector"), Near);
        if (regions is null)
            return;
        Assert.Equal(expected.SelectMany(e => e.WordAttention!), Of<float>("WordAttention"), Near);
        foreach (AnnotatedImage image in expected)
        {
            foreach (float[] weights in image.WordAttention!.Chunk(regions.Count))
                Assert.True(float.IsNaN(weights.Sum()) || weights.Sum() == 0 || Near(weights.Sum(), 1), $"{weights.Sum()}");
        }

        // The labels of a case may be some that the grammar knows no further word of.
        if (length > 1 && model.Grammar is null)
            Assert.Contains(expected, image => image.WordAttention!.Any(weight => weight > 0));
    }

    private static bool Near(float a, float b) => (float.IsNaN(a) && float.IsNaN(b)) || MathF.Abs(a - b) <= 1e-5f;

    private static float[] Probabilities(Random random, int sharpness)
    {
        double[] values = [.. _labels.Select(_ => Math.Exp(sharpness * random.NextDouble()))];
        return [.. values.Select(v => (float)(v / values.Sum()))];
    }

    private static DecoderModel Model(
        RecurrentCell cell,
        int layers,
        int hidden,
        DecodingSearch search,
        int width,
        double lengthNormalization,
        int length,
        int seed,
        FeatureRegions? regions,
        bool several
    )
    {
        string[] trained = [.. _labels.Where(l => l != "unseen")];
        string[][] captions =
        [
            ["nodule", "lung", "right", "upper_lobe"],
            ["nodule", "|", "opacity", "left"],
            ["nodule", "left", "lung"],
            ["normal"],
        ];
        DecoderVocabulary vocabulary = DecoderVocabulary.Build(trained, captions);
        // Every other decoder may write any words.
        AnnotationGrammar? grammar =
            seed % 2 == 1
                ? null
                : AnnotationGrammar.Learn(
                    vocabulary,
                    captions.Zip(
                        ["nodule", "nodule+opacity", "nodule", "normal"],
                        (caption, label) => (vocabulary.StartOf(label), vocabulary.Targets(label, caption))
                    )
                );
        var configuration = new DecoderConfiguration
        {
            Cell = cell,
            Layers = layers,
            HiddenSize = hidden,
            FeatureSize = Features,
            Attention = regions,
            NormalWord = several ? "normal" : null,
            Scheme = LabelScheme.Of(null, several).Name,
            Words = vocabulary.Words,
            FirstPrintable = vocabulary.FirstPrintable,
            Labels = [.. vocabulary.Labels],
            DisplayForms = new Dictionary<string, string> { ["nodule"] = "Nodule", ["opacity"] = "opacity, focal" },
            Search = search,
            BeamWidth = width,
            LengthNormalization = lengthNormalization,
            MaximumLength = length,
            Grammar = grammar,
        };
        return new DecoderModel(
            configuration,
            RecurrentDecoderTests.Scrambled(cell, vocabulary.Words.Count, hidden, layers, Features, seed: 40 + seed, regions),
            null
        );
    }
}
