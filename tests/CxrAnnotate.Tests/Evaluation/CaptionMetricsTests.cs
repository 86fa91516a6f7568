using System.Text.Json;
using CsCheck;

namespace CxrAnnotate.Tests;

public sealed class CaptionMetricsTests
{
    private static readonly string[] Vocabulary = ["nodule", "opacity", "lung", "base", "left", "right"];
    private static readonly Gen<string> Word = Gen.Int[0, Vocabulary.Length - 1].Select(i => Vocabulary[i]);
    private static readonly Gen<string[]> Caption = Word.Array[0, 8];
    private static readonly Gen<(string[] Emitted, string[] True)[]> Corpus = Gen.Select(Caption, Word.Array[1, 8]).Array[1, 12];

    [Fact]
    public void Corpus_bleu_rouge_and_cider_equal_the_oracle()
    {
        using JsonDocument oracle = JsonDocument.Parse(File.ReadAllText(TestData.Require("oracles/caption-metrics.json")));
        Assert.NotEqual(0, oracle.RootElement.GetArrayLength());
        foreach (JsonElement corpus in oracle.RootElement.EnumerateArray())
        {
            string[][] candidates = corpus.GetProperty("candidates").Deserialize<string[][]>()!;
            string[][][] references = corpus.GetProperty("references").Deserialize<string[][][]>()!;
            double[] bleu = CaptionMetrics.Bleu([.. candidates.Select((c, i) => CaptionMetrics.Match(c, references[i]))]);
            for (int n = 0; n < 4; n++)
                Assert.Equal(corpus.GetProperty("bleu")[n].GetDouble(), bleu[n], 1e-9);
            Assert.Equal(
                corpus.GetProperty("rougeL").GetDouble(),
                candidates.Select((c, i) => CaptionMetrics.RougeL(c, references[i])).Average(),
                1e-9
            );
            Assert.Equal(corpus.GetProperty("cider").GetDouble(), CaptionMetrics.Cider(candidates, references).Average(), 1e-9);
        }
    }

    [Fact]
    public void An_annotation_has_full_scores_against_itself_up_to_its_length() =>
        Corpus.Sample(corpus =>
        {
            string[][] captions = [.. corpus.Select(c => c.True)];
            double[] bleu = CaptionMetrics.Bleu([.. captions.Select(c => CaptionMetrics.Match(c, [c]))]);
            for (int n = 1; n <= 4; n++)
                Assert.Equal(captions.Any(c => c.Length >= n) ? 1 : 0, bleu[n - 1], 1e-12);
            Assert.All(captions, c => Assert.Equal(1, CaptionMetrics.RougeL(c, [c]), 1e-12));
        });

    [Fact]
    public void The_order_of_the_examples_does_not_matter() =>
        Gen.Select(Corpus, Gen.Int[0, 1000])
            .Sample(
                (corpus, seed) =>
                {
                    (string[] Emitted, string[] True)[] shuffled = [.. corpus];
                    new Random(seed).Shuffle(shuffled);
                    double[] Scores((string[] Emitted, string[] True)[] of)
                    {
                        NgramMatch[] matches = [.. of.Select(c => CaptionMetrics.Match(c.Emitted, [c.True]))];
                        return
                        [
                            .. CaptionMetrics.Bleu(matches),
                            .. CaptionMetrics.MeanPrecision(matches),
                            CaptionMetrics.Cider([.. of.Select(c => c.Emitted)], [.. of.Select(c => new[] { c.True })]).Average(),
                        ];
                    }

                    double[] before = Scores(corpus),
                        after = Scores(shuffled);
                    for (int k = 0; k < before.Length; k++)
                        Assert.Equal(before[k], after[k], 1e-9);
                }
            );

    [Fact]
    public void A_weight_counts_as_that_many_copies() =>
        Gen.Select(Corpus, Gen.Int[0, 3].Array[12])
            .Sample(
                (corpus, weights) =>
                {
                    NgramMatch[] matches = [.. corpus.Select(c => CaptionMetrics.Match(c.Emitted, [c.True]))];
                    NgramMatch[] copies = [.. matches.SelectMany((m, i) => Enumerable.Repeat(m, weights[i]))];
                    double[] weighted =
                    [
                        .. CaptionMetrics.Bleu(matches, weights.AsSpan(0, matches.Length)),
                        .. CaptionMetrics.MeanPrecision(matches, weights.AsSpan(0, matches.Length)),
                    ];
                    double[] copied = [.. CaptionMetrics.Bleu(copies), .. CaptionMetrics.MeanPrecision(copies)];
                    for (int k = 0; k < weighted.Length; k++)
                        Assert.Equal(copied[k], weighted[k], 1e-12);
                }
            );

    [Fact]
    public void Bleu_is_a_fraction_and_is_0_if_that_of_a_lower_order_is_0() =>
        Corpus.Sample(corpus =>
        {
            double[] bleu = CaptionMetrics.Bleu([.. corpus.Select(c => CaptionMetrics.Match(c.Emitted, [c.True]))]);
            Assert.All(bleu, b => Assert.InRange(b, 0, 1 + 1e-12));
            for (int n = 1; n < 4; n++)
                Assert.True(bleu[n - 1] > 0 || bleu[n] == 0, "a longer n-gram matched where a shorter one did not");
        });

    [Fact]
    public void Rouge_of_equally_long_sequences_is_symmetric_and_equals_their_common_share() =>
        Gen.Int[1, 8]
            .SelectMany(n => Gen.Select(Word.Array[n], Word.Array[n]))
            .Sample(
                (a, b) =>
                {
                    double rouge = CaptionMetrics.RougeL(a, [b]);
                    Assert.Equal(CaptionMetrics.RougeL(b, [a]), rouge, 1e-12);
                    Assert.Equal((double)LongestByEnumeration(a, b) / a.Length, rouge, 1e-12);
                }
            );

    [Fact]
    public void Known_sentences_have_hand_computed_scores()
    {
        string[] reference = ["opacity", "lung", "base", "left"];
        // 3 of 3 words, 1 of 2 bigrams, no trigram; brevity exp(1 - 4/3).
        NgramMatch match = CaptionMetrics.Match(["opacity", "lung", "left"], [reference]);
        double[] bleu = CaptionMetrics.Bleu([match]);
        Assert.Equal(Math.Exp(-1 / 3.0), bleu[0], 1e-12);
        Assert.Equal(Math.Exp(-1 / 3.0) * Math.Sqrt(0.5), bleu[1], 1e-12);
        Assert.Equal(0, bleu[2]);
        Assert.Equal([1, 0.5, 0, 0], CaptionMetrics.MeanPrecision([match]));
        // The subsequence "opacity lung left": precision 1, recall 3/4.
        Assert.Equal(2.44 * 0.75 / (0.75 + 1.44), CaptionMetrics.RougeL(["opacity", "lung", "left"], [reference]), 1e-12);
    }

    [Fact]
    public void A_repeated_word_is_matched_no_more_often_than_some_reference_has_it()
    {
        NgramMatch match = CaptionMetrics.Match(
            ["left", "left", "left"],
            [
                ["left", "right"],
                ["left", "base", "left"],
            ]
        );
        Assert.Equal(2, match.Matched[0]);
        Assert.Equal(3, match.Possible[0]);
        Assert.Equal(3, match.ReferenceLength);
    }

    [Fact]
    public void Of_two_references_equally_close_in_length_the_shorter_counts() =>
        Assert.Equal(
            2,
            CaptionMetrics
                .Match(
                    ["a", "b", "c"],
                    [
                        ["a", "b", "c", "d"],
                        ["a", "b"],
                    ]
                )
                .ReferenceLength
        );

    [Fact]
    public void A_candidate_without_words_scores_zero_and_affects_the_brevity_penalty()
    {
        NgramMatch full = CaptionMetrics.Match(
                ["nodule", "lung"],
                [
                    ["nodule", "lung"],
                ]
            ),
            empty = CaptionMetrics.Match(
                [],
                [
                    ["nodule", "lung"],
                ]
            );
        Assert.Equal(Math.Exp(-1), CaptionMetrics.Bleu([full, empty])[0], 1e-12);
        Assert.Equal(0.5, CaptionMetrics.MeanPrecision([full, empty])[0]);
        Assert.Equal(0, CaptionMetrics.Bleu([empty])[0]);
        Assert.Equal(
            0,
            CaptionMetrics.RougeL(
                [],
                [
                    ["nodule"],
                ]
            )
        );
        Assert.Equal(
            0,
            CaptionMetrics.Cider(
                [
                    [],
                    ["nodule"],
                ],
                [
                    [
                        ["nodule"],
                    ],
                    [
                        ["opacity"],
                    ],
                ]
            )[0]
        );
        Assert.Equal(
            0,
            CaptionMetrics.AuthorsBleu(
                [],
                [
                    ["nodule"],
                ],
                4
            )
        );
    }

    [Fact]
    public void Separators_are_not_words() => Assert.Equal(["nodule", "opacity", "left"], CaptionMetrics.Words(" nodule | opacity  left"));

    [Theory]
    [InlineData("nodule lung | opacity left", "opacity left | nodule lung", true)]
    [InlineData("nodule lung | nodule lung", "nodule lung", true)]
    [InlineData("nodule lung left", "nodule lung right", false)]
    [InlineData("nodule | lung", "nodule lung", false)]
    [InlineData("nodule", "nodule | opacity", false)]
    [InlineData("", "normal", false)]
    public void Exact_match_compares_sets_of_terms(string emitted, string truth, bool match) =>
        Assert.Equal(match, CaptionMetrics.ExactMatch(emitted, truth));

    private static int LongestByEnumeration(string[] a, string[] b)
    {
        int best = 0;
        for (int subset = 0; subset < 1 << a.Length; subset++)
        {
            int at = 0,
                length = 0;
            for (int i = 0; i < a.Length && at <= b.Length; i++)
            {
                if ((subset >> i & 1) == 0)
                    continue;
                at = Array.IndexOf(b, a[i], at) + 1;
                length++;
                if (at == 0)
                {
                    length = -1;
                    break;
                }
            }

            best = Math.Max(best, length);
        }

        return best;
    }

    /// <summary>
    /// Worked by hand after Vedantam et al. (2015), with idf = ln 2: "a a" has the vector 2 ln 2, clipped to the reference's ln 2, so that the
    /// unigrams' cosine is 1/2. The penalty is that of one word more, and no longer n-gram matches.
    /// </summary>
    [Fact]
    public void Cider_counts_a_repeated_word_no_more_often_than_the_reference_has_it()
    {
        double[] scores = CaptionMetrics.Cider([["a", "a"], ["b"]], [[["a"]], [["b"]]]);
        Assert.Equal(10 * 0.5 * Math.Exp(-1 / 72.0) / 4, scores[0], 1e-9);
        Assert.Equal(10 / 4.0, scores[1], 1e-9);
    }
}
