using CsCheck;

namespace CxrAnnotate.Tests;

public sealed class StudySplitterTests
{
    private static readonly Gen<double[]> _fractions = Gen.OneOf<double[]>(
        [0.8, 0.1, 0.1],
        [0.5, 0.5],
        [0.2, 0.2, 0.2, 0.2, 0.2],
        [0.7, 0, 0.3],
        [0.6, 0.25, 0.15]
    );

    // Groups with one label each, like studies.
    private static readonly Gen<(string[] Groups, string[] Labels)> _studies = Gen.Select(
            Gen.Int[1, 4],
            Gen.OneOf("normal", "normal", "normal", "nodule", "opacity", "rare")
        )
        .Array[6, 300]
        .Select(studies =>
            (
                studies.SelectMany((s, i) => Enumerable.Repeat($"study {i}", s.Item1)).ToArray(),
                studies.SelectMany(s => Enumerable.Repeat(s.Item2, s.Item1)).ToArray()
            )
        );

    // Groups with several labels, like patients.
    private static readonly Gen<(string[] Groups, string[] Labels)> _patients = Gen.Select(
            Gen.Int[0, 60],
            Gen.OneOf("normal", "nodule", "opacity", "rare")
        )
        .Array[60, 300]
        .Select(rows => (rows.Select(row => $"patient {row.Item1}").ToArray(), rows.Select(row => row.Item2).ToArray()));

    [Fact]
    public void Every_row_is_on_one_side_with_a_share_and_every_such_side_has_rows() =>
        Gen.Select(Gen.OneOf(_studies, _patients), _fractions, Gen.Int)
            .Sample(
                (rows, fractions, seed) =>
                {
                    Dictionary<string, int> part = StudySplitter.Assign(rows.Groups, rows.Labels, fractions, seed);
                    Assert.Equal(rows.Groups.ToHashSet(), part.Keys.ToHashSet());
                    Assert.Equal(Enumerable.Range(0, fractions.Length).Where(i => fractions[i] > 0), part.Values.Distinct().Order());
                }
            );

    [Fact]
    public void A_frequent_label_misses_its_share_of_a_side_by_less_than_the_largest_study() =>
        Gen.Select(_studies, _fractions, Gen.Int)
            .Where((rows, _, _) => rows.Groups.Distinct().Count() > 60)
            .Sample(
                (rows, fractions, seed) =>
                {
                    Dictionary<string, int> part = StudySplitter.Assign(rows.Groups, rows.Labels, fractions, seed);
                    double fewest = 1 / fractions.Where(fraction => fraction > 0).Min();
                    foreach (string label in rows.Labels.Distinct())
                    {
                        (string Group, string Label)[] of = [.. rows.Groups.Zip(rows.Labels).Where(row => row.Second == label)];
                        if (of.Select(row => row.Group).Distinct().Count() < fewest)
                            continue;
                        for (int side = 0; side < fractions.Length; side++)
                            Assert.InRange(of.Count(row => part[row.Group] == side) - (fractions[side] * of.Length), -4 + 1e-9, 4 - 1e-9);
                    }
                }
            );

    [Fact]
    public void The_split_depends_on_the_seed_and_not_on_the_order_of_the_rows() =>
        Gen.Select(_patients, _fractions, Gen.Int, Gen.Int[0, 1000])
            .Sample(
                (rows, fractions, seed, shuffle) =>
                {
                    int[] order = [.. Enumerable.Range(0, rows.Groups.Length)];
                    new Random(shuffle).Shuffle(order);
                    Dictionary<string, int> part = StudySplitter.Assign(rows.Groups, rows.Labels, fractions, seed);
                    Assert.Equal(
                        part.OrderBy(p => p.Key, StringComparer.Ordinal),
                        StudySplitter
                            .Assign([.. order.Select(i => rows.Groups[i])], [.. order.Select(i => rows.Labels[i])], fractions, seed)
                            .OrderBy(p => p.Key, StringComparer.Ordinal)
                    );
                }
            );

    [Fact]
    public void Another_seed_gives_another_split()
    {
        string[] groups = [.. Enumerable.Range(0, 100).Select(i => $"{i}")];
        string[] labels = [.. groups.Select(_ => "normal")];
        Assert.NotEqual(Sides(1), Sides(2));

        IEnumerable<int> Sides(int seed) => groups.Select(group => StudySplitter.Assign(groups, labels, [0.5, 0.5], seed)[group]).ToArray();
    }

    [Fact]
    public void Many_labels_of_one_case_do_not_all_go_to_the_largest_side()
    {
        string[] groups = [.. Enumerable.Range(0, 500).Select(i => $"{i}")];
        Dictionary<string, int> part = StudySplitter.Assign(groups, groups, [0.8, 0.1, 0.1], 0);
        Assert.Equal([400, 50, 50], Enumerable.Range(0, 3).Select(side => part.Values.Count(p => p == side)));
    }

    [Fact]
    public void Fewer_studies_than_sides_is_an_error() =>
        Assert.Contains(
            "2 groups cannot be split into 3 parts",
            Assert.Throws<InvalidOperationException>(() => StudySplitter.Assign(["a", "b", "b"], ["x", "y", "y"], [0.8, 0.1, 0.1], 0)).Message,
            StringComparison.Ordinal
        );
}
