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
                Compare(cell, layers, hidden, search, width, lengthNormalization, length, seed);
        }
    }

    [Fact]
    public void A_decoder_that_samples_is_refused()
    {
        using DecoderModel model = Model(RecurrentCell.Gru, 1, 6, DecodingSearch.Sample, 2, 0, 4, 1);
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
        int seed
    )
    {
        using DecoderModel model = Model(cell, layers, hidden, search, width, lengthNormalization, length, seed);
        var graph = new OnnxGraph("decoder");
        OnnxValue features = graph.Input("features", OnnxType.Single, null, Features),
            scores = graph.Input("scores", OnnxType.Single, null, _labels.Length);
        DecoderOutputs outputs = DecoderGraph.Write(graph, model, features, scores, null, _labels);
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
        AnnotatedImage[] expected = model.Annotate(f, s, _labels);
        using var results = session.Run([
            NamedOnnxValue.CreateFromTensor("features", new DenseTensor<float>(f.SelectMany(x => x).ToArray(), [Count, Features])),
            NamedOnnxValue.CreateFromTensor("scores", new DenseTensor<float>(s.SelectMany(x => x).ToArray(), [Count, _labels.Length])),
        ]);
        IEnumerable<T> Of<T>(string output) => results.Single(value => value.Name == output).AsEnumerable<T>();
        Assert.Equal(expected.Select(e => e.Label), Of<string>("Label"));
        Assert.Equal(expected.Select(e => CaptionText.Print(e.Tokens, model.Vocabulary.DisplayForms)), Of<string>("Annotation"));
        Assert.Equal(expected.Select(e => string.Join(' ', e.Tokens)), Of<string>("AnnotationTokens"));
        Assert.Equal(expected.Select(e => (float)e.Probability), Of<float>("AnnotationProbability"), Near);
        Assert.Equal(expected.SelectMany(e => e.WordProbabilities!), Of<float>("WordProbability"), Near);
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
        int seed
    )
    {
        string[] trained = [.. _labels.Where(l => l != "unseen")];
        DecoderVocabulary vocabulary = DecoderVocabulary.Build(
            trained,
            [
                ["nodule", "lung", "right", "upper_lobe"],
                ["nodule", "|", "opacity", "left"],
                ["normal"],
            ]
        );
        var configuration = new DecoderConfiguration
        {
            Cell = cell,
            Layers = layers,
            HiddenSize = hidden,
            FeatureSize = Features,
            Words = vocabulary.Words,
            FirstPrintable = vocabulary.FirstPrintable,
            Labels = [.. vocabulary.Labels],
            DisplayForms = new Dictionary<string, string> { ["nodule"] = "Nodule", ["opacity"] = "opacity, focal" },
            Search = search,
            BeamWidth = width,
            LengthNormalization = lengthNormalization,
            MaximumLength = length,
        };
        return new DecoderModel(
            configuration,
            RecurrentDecoderTests.Scrambled(cell, vocabulary.Words.Count, hidden, layers, Features, seed: 40 + seed),
            null
        );
    }
}
