using CsCheck;

namespace CxrAnnotate.Tests;

public sealed class SequenceSearchTests
{
    private const int End = 0;

    [Fact]
    public void A_wide_beam_finds_every_sequence_with_its_exact_probability_in_order() =>
        Tables.Sample(
            t =>
            {
                var expected = All(t).OrderByDescending(h => h.LogProbability).ToList();
                var search = new BeamSearch(1, 200, t.MaximumLength, End);
                Drive(search, [t]);
                var found = search.Results(0);
                Assert.Equal(expected.Count, found.Count);
                Assert.Equal(1, found.Sum(h => Math.Exp(h.LogProbability)), 1e-5);
                Assert.All(expected.Zip(found), p => Assert.Equal(p.First.LogProbability, p.Second.LogProbability, 1e-5));
                var probabilities = expected.ToDictionary(h => (string.Join(' ', h.Words), h.Ended), h => h.LogProbability);
                Assert.All(found, h => Assert.Equal(probabilities[(string.Join(' ', h.Words), h.Ended)], h.LogProbability, 1e-5));
            },
            iter: 50
        );

    [Fact]
    public void A_narrow_beam_reports_true_probabilities_and_never_beats_the_best_sequence() =>
        Tables.Sample(
            t =>
            {
                var probabilities = All(t).ToDictionary(h => (string.Join(' ', h.Words), h.Ended), h => h.LogProbability);
                double best = probabilities.Values.Max();
                foreach (int width in (int[])[1, 2, 3])
                {
                    var search = new BeamSearch(1, width, t.MaximumLength, End);
                    Drive(search, [t]);
                    var found = search.Results(0);
                    Assert.InRange(found.Count, 1, width);
                    Assert.True(found[0].LogProbability <= best + 1e-6);
                    Assert.All(found, h => Assert.Equal(probabilities[(string.Join(' ', h.Words), h.Ended)], h.LogProbability, 1e-5));
                    Assert.Equal(found.OrderByDescending(h => h.LogProbability), found);
                }
            },
            iter: 50
        );

    [Fact]
    public void A_beam_of_one_is_greedy_search() =>
        Tables.Sample(
            t =>
            {
                var words = new List<int>();
                double logProbability = 0;
                bool ended = false;
                while (!ended && words.Count < t.MaximumLength)
                {
                    float[] next = t.Next([.. words]);
                    int word = Array.IndexOf(next, next.Max());
                    logProbability += next[word];
                    if (word == End)
                        ended = true;
                    else
                        words.Add(word);
                }

                var search = new BeamSearch(1, 1, t.MaximumLength, End);
                Drive(search, [t]);
                Hypothesis found = Assert.Single(search.Results(0));
                Assert.Equal(words, found.Words);
                Assert.Equal(ended, found.Ended);
                Assert.Equal(logProbability, found.LogProbability, 1e-6);
            },
            iter: 200
        );

    [Fact]
    public void Length_normalisation_ranks_by_the_mean_when_it_is_one() =>
        Tables.Sample(
            t =>
            {
                double best = All(t).Max(h => h.LogProbability / (h.Words.Length + (h.Ended ? 1 : 0)));
                var search = new BeamSearch(1, 200, t.MaximumLength, End, lengthNormalization: 1);
                Drive(search, [t]);
                Hypothesis first = search.Results(0)[0];
                Assert.Equal(best, first.LogProbability / (first.Words.Length + (first.Ended ? 1 : 0)), 1e-5);
            },
            iter: 50
        );

    [Fact]
    public void Parallel_searches_do_not_affect_each_other() =>
        Gen.Select(Tables, Tables, Tables)
            .Sample(
                (a, b, c) =>
                {
                    Table[] tables = [.. new[] { a, b, c }.Select(t => a with { Seed = t.Seed })];
                    var together = new BeamSearch(3, 2, a.MaximumLength, End);
                    Drive(together, tables);
                    for (int i = 0; i < 3; i++)
                    {
                        var alone = new BeamSearch(1, 2, a.MaximumLength, End);
                        Drive(alone, [tables[i]]);
                        Assert.Equal(
                            alone.Results(0).Select(h => string.Join(' ', h.Words)),
                            together.Results(i).Select(h => string.Join(' ', h.Words))
                        );
                        Assert.Equal(alone.Results(0).Select(h => h.LogProbability), together.Results(i).Select(h => h.LogProbability));
                    }
                },
                iter: 50
            );

    [Theory]
    [InlineData(1.0)]
    [InlineData(0.5)]
    [InlineData(2.0)]
    public void Draws_have_the_frequencies_of_the_distribution_at_the_temperature(double temperature)
    {
        const int Draws = 20_000;
        var table = new Table(3, 2, 17);
        var search = new SamplingSearch([.. Enumerable.Range(0, Draws)], temperature, table.MaximumLength, End);
        Drive(search, [.. Enumerable.Repeat(table, Draws)]);
        var counts = Enumerable.Range(0, Draws).CountBy(i => string.Join(' ', search.Results(i)[0].Words)).ToDictionary();
        foreach (
            var (words, probability) in All(table with { Temperature = temperature })
                .Select(h => (string.Join(' ', h.Words), Math.Exp(h.LogProbability)))
        )
        {
            double deviation = Math.Sqrt(Draws * probability * (1 - probability));
            Assert.InRange(counts.GetValueOrDefault(words), (Draws * probability) - (4.5 * deviation), (Draws * probability) + (4.5 * deviation));
        }
    }

    [Fact]
    public void A_draw_depends_on_its_own_seed_and_reports_the_models_probability()
    {
        var table = new Table(4, 4, 5);
        var probabilities = All(table).ToDictionary(h => (string.Join(' ', h.Words), h.Ended), h => h.LogProbability);
        var together = new SamplingSearch([1, 2, 3, 4, 5, 6, 7, 8], 0.7, 4, End);
        Drive(together, [.. Enumerable.Repeat(table, 8)]);
        for (int i = 0; i < 8; i++)
        {
            var alone = new SamplingSearch([i + 1], 0.7, 4, End);
            Drive(alone, [table]);
            Hypothesis drawn = together.Results(i)[0];
            Assert.Equal(alone.Results(0)[0].Words, drawn.Words);
            Assert.Equal(probabilities[(string.Join(' ', drawn.Words), drawn.Ended)], drawn.LogProbability, 1e-5);
        }
    }

    [Fact]
    public void Forbidden_words_are_neither_found_nor_drawn()
    {
        float[] next = [MathF.Log(0.4f), float.NegativeInfinity, MathF.Log(0.6f)];
        var beam = new BeamSearch(1, 50, 3, End);
        var draws = new SamplingSearch([.. Enumerable.Range(0, 200)], 3, 3, End);
        foreach (SequenceSearch search in (SequenceSearch[])[beam, draws])
        {
            while (search.Parents.Length > 0)
                search.Advance([.. Enumerable.Repeat(next, search.Parents.Length).SelectMany(n => n)]);
            for (int i = 0; i < search.Inputs; i++)
                Assert.All(search.Results(i), h => Assert.DoesNotContain(1, h.Words));
        }

        Assert.Equal(4, beam.Results(0).Count);
    }

    private static readonly Gen<Table> Tables = Gen.Select(Gen.Int[2, 4], Gen.Int[1, 4], Gen.Int[0, 1_000_000], (v, l, s) => new Table(v, l, s));

    private static void Drive(SequenceSearch search, Table[] tables)
    {
        var open = tables.Select(t => (Table: t, Words: Array.Empty<int>())).ToList();
        while (true)
        {
            search.Advance([.. open.SelectMany(o => o.Table.Next(o.Words))]);
            if (search.Parents.Length == 0)
                return;
            open = [.. search.Parents.Zip(search.Words, (p, w) => (open[p].Table, (int[])[.. open[p].Words, w]))];
        }
    }

    private static IEnumerable<Hypothesis> All(Table table, int[]? words = null, double before = 0)
    {
        words ??= [];
        float[] next = table.Next(words);
        for (int word = 0; word < next.Length; word++)
        {
            double logProbability = before + next[word];
            if (word == End)
                yield return new Hypothesis(words, logProbability, true);
            else if (words.Length + 1 == table.MaximumLength)
                yield return new Hypothesis([.. words, word], logProbability, false);
            else
            {
                foreach (Hypothesis longer in All(table, [.. words, word], logProbability))
                    yield return longer;
            }
        }
    }

    /// <summary>A distribution of the next word that depends on all previous words.</summary>
    private sealed record Table(int Vocabulary, int MaximumLength, int Seed, double Temperature = 1)
    {
        internal float[] Next(int[] words)
        {
            var random = new Random(words.Aggregate(Seed, (h, w) => unchecked((h * 31) + w + 1)));
            double[] scores = [.. Enumerable.Range(0, Vocabulary).Select(_ => Math.Log(random.NextDouble() + 0.01))];
            double before = Math.Log(scores.Sum(Math.Exp));
            scores = [.. scores.Select(s => (s - before) / Temperature)];
            double total = Math.Log(scores.Sum(Math.Exp));
            return [.. scores.Select(s => (float)(s - total))];
        }
    }
}
