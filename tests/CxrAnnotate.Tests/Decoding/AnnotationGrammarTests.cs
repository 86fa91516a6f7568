namespace CxrAnnotate.Tests;

/// <summary>No search writes what no training annotation would, whatever the weights.</summary>
public sealed class AnnotationGrammarTests
{
    private const int Features = 5;

    private static readonly (string Label, string[] Caption)[] _annotations =
    [
        ("normal", ["normal"]),
        ("nodule", ["nodule", "lung", "right", "upper_lobe"]),
        ("nodule", ["nodule", "lung", "left", "small"]),
        ("nodule", ["nodule", "left", "|", "effusion", "bilateral", "mild"]),
        ("effusion", ["effusion", "left", "right", "large"]),
        ("effusion", ["effusion", "right"]),
        ("nodule+opacity", ["nodule", "|", "opacity", "lung", "base", "left"]),
        ("nodule+opacity", ["opacity", "left", "base", "|", "nodule", "small"]),
    ];

    [Theory]
    [InlineData(DecodingSearch.Beam)]
    [InlineData(DecodingSearch.Greedy)]
    [InlineData(DecodingSearch.Sample)]
    public void No_annotation_that_a_search_prints_violates_the_grammar_whatever_the_weights(DecodingSearch search)
    {
        int written = 0,
            free = 0;
        for (int seed = 0; seed < 25; seed++)
        {
            string[] labels = ["normal", "nodule", "effusion", "nodule+opacity", "unseen"];
            float[][] features = Random(new Random(seed), labels.Length);
            using DecoderModel bound = Model(seed, bound: true),
                any = Model(seed, bound: false);
            foreach (var (label, found) in Found(bound, search, features, labels))
            {
                if (label != "unseen")
                    Assert.Null(Violation(label, found));
                Assert.True(found.Words.Length == 0 || double.IsFinite(found.LogProbability));
                written += found.Words.Length;
            }

            free += Found(any, search, features, labels).Count(one => one.Label != "unseen" && Violation(one.Label, one.Found) is not null);
        }

        // Otherwise the test would say nothing.
        Assert.True(written > 50, $"{written} words");
        Assert.True(free > 50, $"{free} violations without the grammar");

        IEnumerable<(string Label, Hypothesis Found)> Found(DecoderModel model, DecodingSearch by, float[][] f, string[] names) =>
            by switch
            {
                DecodingSearch.Beam => model.Beam(f, names, 6).SelectMany((beam, i) => beam.Select(one => (names[i], one))),
                DecodingSearch.Greedy => model.Greedy(f, names).Select((one, i) => (names[i], one)),
                _ => model.Sample(f, names, [.. names.Select((_, i) => i)]).Select((one, i) => (names[i], one)),
            };

        string? Violation(string label, Hypothesis found) =>
            Violated(label, [.. found.Words.Select(word => Vocabulary().Words[word])], found.Ended);
    }

    [Theory]
    [InlineData("normal", "", null)]
    [InlineData("normal", "lung bilateral", "normal lung")]
    [InlineData("normal", "| nodule", "normal |")]
    [InlineData("nodule", "lung left small", null)]
    [InlineData("nodule", "lung right left", "right left")]
    [InlineData("nodule", "mild", "nodule mild")]
    [InlineData("effusion", "left right", null)]
    [InlineData("effusion", "bilateral mild", null)]
    [InlineData("nodule", "left | opacity", "opacity beside nodule")]
    public void What_is_allowed_is_what_the_training_annotations_show(string label, string words, string? violated)
    {
        string[] written = words.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        // The oracle of this test and the tables of the searches agree.
        Assert.Equal(violated is null, Violated(label, written, complete: true) is null);
        DecoderVocabulary vocabulary = Vocabulary();
        GrammarState state = new GrammarTables(Grammar(vocabulary), vocabulary).Begin([vocabulary.StartOf(label)]);
        bool allowed = true;
        foreach (int id in (int[])[.. written.Select(vocabulary.IdOf), ReservedWords.EndId])
        {
            allowed &= state.Mask()[id] == 0;
            state.Advance([0], [id]);
        }

        Assert.Equal(violated is null, allowed);
    }

    [Fact]
    public void A_decoder_is_trained_with_a_grammar_that_its_file_keeps_and_older_files_have_none()
    {
        using var folder = new ScratchFolder();
        string[] labels = [.. _annotations.Select(a => a.Label)];
        var examples = new DecoderExamples(
            [.. Random(new Random(1), labels.Length).Select(f => (IReadOnlyList<float[]>)[f])],
            labels,
            [.. _annotations.Select(a => a.Caption)]
        );
        var options = new DecodeContextOptions { HiddenSize = 8, Optimization = new() { Epochs = 1 } };
        using DecoderModel trained = new DecoderTrainer(options, 1).Train(examples),
            free = new DecoderTrainer(options with { ObeysGrammar = false }, 1).Train(examples);
        Assert.Null(free.Configuration.Grammar);
        string path = Path.Combine(folder.Path, "decoder.json");
        File.WriteAllText(path, trained.Configuration.ToJson());
        Assert.Equivalent(trained.Configuration.Grammar, DecoderConfiguration.Read(path).Grammar);
        Assert.NotNull(trained.Configuration.Grammar);
        File.WriteAllText(path, free.Configuration.ToJson());
        Assert.DoesNotContain("Grammar", File.ReadAllText(path), StringComparison.Ordinal);
        File.WriteAllText(path, (trained.Configuration with { Grammar = trained.Configuration.Grammar! with { Next = ["1"] } }).ToJson());
        Assert.Equal(ErrorCode.ModelDamaged, CxrError.CauseOf(Assert.Throws<InvalidDataException>(() => DecoderConfiguration.Read(path))));
    }

    /// <summary>What in an annotation no training annotation shows, from the annotations themselves; null if there is nothing.</summary>
    private static string? Violated(string label, string[] words, bool complete)
    {
        bool heads = !label.Contains('+', StringComparison.Ordinal);
        string[] all = heads ? [label, .. words] : words;
        if (!complete && all is [.., "|"])
            all = all[..^1];
        string[][] terms = Terms(all);
        string[][][] shown = [.. _annotations.Select(a => Terms(a.Caption))];
        for (int t = 0; t < terms.Length; t++)
        {
            string[] term = terms[t];
            if (term.Length == 0)
                return "an empty term";
            if (term.Distinct().Count() < term.Length)
                return $"a word twice: {string.Join(' ', term)}";
            foreach (string qualifier in term.Skip(1))
            {
                if (!shown.SelectMany(s => s).Any(s => s[0] == term[0] && s.Skip(1).Contains(qualifier)))
                    return $"{term[0]} {qualifier}";
            }

            foreach (string[] rivals in (string[][])[["left", "right", "bilateral"], ["small", "large", "mild"]])
            {
                string[] own = [.. term.Intersect(rivals)];
                if (own.Length > 1 && !shown.SelectMany(s => s).Any(s => own.All(s.Contains)))
                    return string.Join(' ', own);
            }

            if (t > 0 && !_annotations.Where(a => a.Label == label).Any(a => Terms(a.Caption).Skip(1).Any(s => s[0] == term[0])))
                return $"{term[0]} beside {label}";
        }

        for (int i = 1; i < all.Length; i++)
        {
            if (!_annotations.Any(a => a.Caption.Skip(1).Select((word, k) => (a.Caption[k], word)).Contains((all[i - 1], all[i]))))
                return $"{all[i - 1]} {all[i]}";
        }

        return null;
    }

    private static string[][] Terms(string[] words)
    {
        var terms = new List<List<string>> { new() };
        foreach (string word in words)
        {
            if (word == "|")
                terms.Add([]);
            else
                terms[^1].Add(word);
        }

        return words.Length == 0 ? [] : [.. terms.Select(term => term.ToArray())];
    }

    private static DecoderVocabulary Vocabulary() =>
        DecoderVocabulary.Build(_annotations.Select(a => a.Label), _annotations.Select(a => a.Caption));

    private static AnnotationGrammar Grammar(DecoderVocabulary vocabulary) =>
        AnnotationGrammar.Learn(vocabulary, _annotations.Select(a => (vocabulary.StartOf(a.Label), vocabulary.Targets(a.Label, a.Caption))));

    private static float[][] Random(Random random, int rows) =>
        [.. Enumerable.Range(0, rows).Select(_ => Enumerable.Range(0, Features).Select(_ => (2 * random.NextSingle()) - 1).ToArray())];

    private static DecoderModel Model(int seed, bool bound)
    {
        DecoderVocabulary vocabulary = Vocabulary();
        return new DecoderModel(
            new DecoderConfiguration
            {
                Cell = RecurrentCell.Gru,
                Layers = 1,
                HiddenSize = 6,
                FeatureSize = Features,
                Words = vocabulary.Words,
                FirstPrintable = vocabulary.FirstPrintable,
                Labels = [.. vocabulary.Labels],
                DisplayForms = new Dictionary<string, string>(),
                BeamWidth = 4,
                MaximumLength = 7,
                Grammar = bound ? Grammar(vocabulary) : null,
            },
            RecurrentDecoderTests.Scrambled(RecurrentCell.Gru, vocabulary.Words.Count, 6, 1, Features, seed: 70 + seed, null),
            null
        );
    }
}
