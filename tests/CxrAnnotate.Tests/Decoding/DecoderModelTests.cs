using TorchSharp;
using static TorchSharp.torch;

namespace CxrAnnotate.Tests;

public sealed class DecoderModelTests
{
    private const int Features = 5;

    private static readonly string[] Labels = ["nodule", "opacity", "nodule+opacity", "normal"];

    public DecoderModelTests() => NativeRuntime.EnsureLoaded();

    [Theory]
    [InlineData(RecurrentCell.Lstm)]
    [InlineData(RecurrentCell.Gru)]
    public void A_beam_wide_enough_gives_the_annotations_of_an_exhaustive_search(RecurrentCell cell)
    {
        using DecoderModel model = Model(cell, 3);
        var oracle = new LoopDecoder(model.Module, cell, 2);
        foreach (string label in (string[])["nodule", "nodule+opacity", "never_seen"])
        {
            float[] features = RecurrentDecoderTests.Numbers(Features, 9);
            List<Hypothesis> all = [.. Enumerate(model, oracle, features, label).OrderByDescending(h => h.LogProbability)];
            IReadOnlyList<Hypothesis> found = model.Beam([features], [label], 1000)[0];
            Assert.Equal(1, all.Sum(h => Math.Exp(h.LogProbability)), 1e-6);
            Assert.Equal(all.Count, found.Count);
            Assert.Equal(all[0].Words, found[0].Words);
            Assert.All(all.Zip(found), p => Assert.Equal(p.First.LogProbability, p.Second.LogProbability, 1e-4));
        }
    }

    [Fact]
    public void Word_probabilities_are_the_marginals_of_all_annotations()
    {
        using DecoderModel model = Model(RecurrentCell.Gru, 3, beamWidth: 1000);
        var oracle = new LoopDecoder(model.Module, RecurrentCell.Gru, 2);
        float[] features = RecurrentDecoderTests.Numbers(Features, 9);
        string[] slots = ["nodule#1", "opacity", "nodule#2", "nodule+opacity", "normal"];
        float[] scores = [0.3f, 0.1f, 0.1f, 0.35f, 0.15f];
        AnnotatedImage annotated = model.Annotate([features], [scores], slots)[0];
        var expected = model.ReportedWords.ToDictionary(w => w, _ => 0.0);
        foreach (var (label, probability) in ((string, double)[])[("nodule", 0.4), ("opacity", 0.1), ("nodule+opacity", 0.35), ("normal", 0.15)])
        {
            foreach (Hypothesis h in Enumerate(model, oracle, features, label))
            {
                foreach (string word in model.Vocabulary.Tokens(label, h.Words).Distinct().Where(expected.ContainsKey))
                    expected[word] += probability * Math.Exp(h.LogProbability);
            }
        }

        Assert.DoesNotContain("|", model.ReportedWords);
        for (int w = 0; w < model.ReportedWords.Count; w++)
            Assert.Equal(expected[model.ReportedWords[w]], annotated.WordProbabilities![w], 1e-4);
        Hypothesis best = Enumerate(model, oracle, features, "nodule").MaxBy(h => h.LogProbability)!;
        Assert.Equal("nodule", annotated.Label);
        Assert.Equal(model.Vocabulary.Tokens("nodule", best.Words), annotated.Tokens);
        Assert.Equal(0.4 * Math.Exp(best.LogProbability), annotated.Probability, 1e-5);
    }

    [Theory]
    [InlineData(DecodingSearch.Greedy)]
    [InlineData(DecodingSearch.Beam)]
    [InlineData(DecodingSearch.Sample)]
    public void A_batch_of_images_is_annotated_like_single_images(DecodingSearch search)
    {
        using DecoderModel model = Model(RecurrentCell.Lstm, 6, search: search);
        string[] fold = Labels;
        float[][] features = [.. Enumerable.Range(0, 70).Select(i => RecurrentDecoderTests.Numbers(Features, i))];
        float[][] scores = [.. Enumerable.Range(0, 70).Select(i => Distribution(Labels.Length, 100 + i))];
        AnnotatedImage[] together = model.Annotate(features, scores, fold);
        for (int i = 0; i < features.Length; i++)
        {
            AnnotatedImage alone = model.Annotate([features[i]], [scores[i]], fold)[0];
            Assert.Equal(alone.Tokens, together[i].Tokens);
            Assert.Equal(alone.Probability, together[i].Probability, 1e-5);
            Assert.All(alone.WordProbabilities!.Zip(together[i].WordProbabilities!), p => Assert.Equal(p.First, p.Second, 1e-4));
            AnnotatedImage bare = model.Annotate([features[i]], [scores[i]], fold, withWords: false)[0];
            Assert.Equal(alone.Tokens, bare.Tokens);
        }

        Assert.True(together.Select(a => string.Join(' ', a.Tokens)).Distinct().Count() > 1);
    }

    [Fact]
    public void Padding_end_and_start_symbols_are_never_written()
    {
        using DecoderModel model = Model(RecurrentCell.Gru, 12);
        float[][] features = [.. Enumerable.Range(0, 300).Select(i => RecurrentDecoderTests.Numbers(Features, i))];
        string[] labels = [.. features.Select((_, i) => Labels[i % Labels.Length])];
        Hypothesis[] drawn = model.Sample(features, labels, [.. Enumerable.Range(0, 300)], temperature: 5);
        Assert.All(drawn.SelectMany(h => h.Words), w => Assert.InRange(w, model.Vocabulary.FirstPrintable, model.Vocabulary.Words.Count - 1));
        Assert.Equal(model.Vocabulary.Words.Count - model.Vocabulary.FirstPrintable, drawn.SelectMany(h => h.Words).Distinct().Count());
    }

    [Theory]
    [InlineData(RecurrentCell.Lstm)]
    [InlineData(RecurrentCell.Gru)]
    public void Context_vectors_are_the_mean_state_over_the_annotations_words(RecurrentCell cell)
    {
        using DecoderModel model = Model(cell, 6);
        var oracle = new LoopDecoder(model.Module, cell, 2);
        (string Label, string Caption, int Skip)[] rows =
        [
            ("nodule", "nodule lung right", 0),
            ("nodule+opacity", "nodule | opacity", 1),
            ("normal", "normal", 0),
            ("nodule#2", "nodule unheard_of lung", 0),
            ("never_seen", "lung", 1),
        ];
        float[][] features = [.. rows.Select((_, i) => RecurrentDecoderTests.Numbers(Features, 40 + i))];
        float[][] vectors = model.ContextVectors(features, [.. rows.Select(r => r.Label)], [.. rows.Select(r => DecoderVocabulary.Split(r.Caption))]);
        for (int i = 0; i < rows.Length; i++)
        {
            int[] words =
            [
                model.Vocabulary.StartOf(rows[i].Label),
                .. model.Vocabulary.Targets(rows[i].Label, DecoderVocabulary.Split(rows[i].Caption)),
            ];
            double[][] hidden = oracle.Run(features[i], words).Hidden[rows[i].Skip..];
            for (int j = 0; j < vectors[i].Length; j++)
                Assert.Equal(hidden.Average(h => h[j]), vectors[i][j], 1e-5);
        }
    }

    [Fact]
    public void Missing_features_or_scores_give_a_missing_annotation_and_do_not_affect_the_others()
    {
        using DecoderModel model = Model(RecurrentCell.Gru, 6);
        string[] fold = Labels;
        float[] good = RecurrentDecoderTests.Numbers(Features, 1);
        float[] scores = Distribution(Labels.Length, 2);
        float[] bad = [.. good[..^1], float.NaN];
        AnnotatedImage[] annotated = model.Annotate([bad, good, good], [scores, scores, [float.NaN, 0, 0, 1]], fold);
        Assert.Equal(model.Annotate([good], [scores], fold)[0].Tokens, annotated[1].Tokens);
        foreach (int i in (int[])[0, 2])
        {
            Assert.Empty(annotated[i].Tokens);
            Assert.Equal(double.NaN, annotated[i].Probability);
            Assert.All(annotated[i].WordProbabilities!, p => Assert.Equal(float.NaN, p));
        }
    }

    [Fact]
    public void Weights_and_configuration_restore_the_decoder()
    {
        using DecoderModel model = Model(RecurrentCell.Lstm, 6);
        using var again = new DecoderModel(DecoderVocabularyTests.Read(model.Configuration.ToJson()));
        var state = again.Module.state_dict();
        Assert.Equal(model.Module.state_dict().Keys.Order(), state.Keys.Order());
        using (no_grad())
        {
            foreach (var (name, tensor) in model.Module.state_dict())
                state[name].copy_(tensor);
        }

        float[] features = RecurrentDecoderTests.Numbers(Features, 1);
        float[] scores = Distribution(Labels.Length, 2);
        AnnotatedImage first = model.Annotate([features], [scores], Labels)[0];
        AnnotatedImage second = again.Annotate([features], [scores], Labels)[0];
        Assert.Equal(first.Tokens, second.Tokens);
        Assert.Equal(first.Probability, second.Probability);
        Assert.Equal(first.WordProbabilities, second.WordProbabilities);
    }

    [Fact]
    public void Threads_may_share_a_decoder()
    {
        using DecoderModel model = Model(RecurrentCell.Gru, 6);
        string[] fold = Labels;
        float[][] features = [.. Enumerable.Range(0, 16).Select(i => RecurrentDecoderTests.Numbers(Features, i))];
        float[][] scores = [.. Enumerable.Range(0, 16).Select(i => Distribution(Labels.Length, i))];
        string expected = Read();
        Parallel.For(0, 16, _ => Assert.Equal(expected, Read()));

        string Read() => string.Join('\n', model.Annotate(features, scores, fold).Select(a => string.Join(' ', a.Tokens)));
    }

    [Fact]
    public void Reading_leaves_no_tensor_behind()
    {
        using DecoderModel model = Model(RecurrentCell.Lstm, 6);
        float[] features = RecurrentDecoderTests.Numbers(Features, 1);
        float[] scores = Distribution(Labels.Length, 2);
        Once();
        long before = DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount;
        for (int i = 0; i < 20; i++)
            Once();
        Assert.Equal(before, DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount);

        void Once()
        {
            model.Annotate([features, features], [scores, scores], Labels);
            model.ContextVectors(
                [features],
                ["nodule"],
                [
                    ["nodule", "lung"],
                ]
            );
        }
    }

    private static IEnumerable<Hypothesis> Enumerate(
        DecoderModel model,
        LoopDecoder oracle,
        float[] features,
        string label,
        int[]? words = null,
        double before = 0
    )
    {
        words ??= [];
        double[] logits = oracle.Run(features, [model.Vocabulary.StartOf(label), .. words]).Logits[^1];
        int[] allowed =
        [
            ReservedWords.EndId,
            .. Enumerable.Range(model.Vocabulary.FirstPrintable, logits.Length - model.Vocabulary.FirstPrintable),
        ];
        double total = Math.Log(allowed.Sum(w => Math.Exp(logits[w])));
        foreach (int word in allowed)
        {
            double logProbability = before + logits[word] - total;
            if (word == ReservedWords.EndId)
                yield return new Hypothesis(words, logProbability, true);
            else if (words.Length + 1 == model.Configuration.MaximumLength)
                yield return new Hypothesis([.. words, word], logProbability, false);
            else
            {
                foreach (Hypothesis longer in Enumerate(model, oracle, features, label, [.. words, word], logProbability))
                    yield return longer;
            }
        }
    }

    private static float[] Distribution(int count, int seed)
    {
        float[] values = [.. RecurrentDecoderTests.Numbers(count, seed).Select(x => MathF.Exp(2 * x))];
        return [.. values.Select(v => v / values.Sum())];
    }

    private static DecoderModel Model(RecurrentCell cell, int maximumLength, int beamWidth = 4, DecodingSearch search = DecodingSearch.Beam)
    {
        DecoderVocabulary vocabulary = DecoderVocabulary.Build(
            Labels,
            [
                ["nodule", "lung", "right"],
                ["nodule", "|", "opacity"],
                ["normal"],
            ]
        );
        var configuration = new DecoderConfiguration
        {
            Cell = cell,
            Layers = 2,
            HiddenSize = 6,
            FeatureSize = Features,
            Words = vocabulary.Words,
            FirstPrintable = vocabulary.FirstPrintable,
            Labels = [.. vocabulary.Labels],
            DisplayForms = new Dictionary<string, string>(),
            Search = search,
            BeamWidth = beamWidth,
            MaximumLength = maximumLength,
        };
        return new DecoderModel(configuration, RecurrentDecoderTests.Scrambled(cell, vocabulary.Words.Count, 6, 2, Features, seed: 21), null);
    }
}
