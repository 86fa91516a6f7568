using CsCheck;

namespace CxrAnnotate.Tests;

public sealed class LabelMinerTests
{
    private static readonly MineLabelsOptions Paper = new() { Protocol = MiningProtocol.Paper, MinimumCases = 0 };
    private static readonly MineLabelsOptions Strict = new() { MinimumCases = 0 };

    private static string Caption(MineLabelsOptions options, string mesh, string top = "") =>
        string.Join(' ', MiningRule.Of(options).Read(mesh, top, null)!.Tokens([]));

    private static (string[] Labels, string?[] OfRows) Mine(MineLabelsOptions options, params string[] rows)
    {
        MiningRule rule = MiningRule.Of(options);
        RowFindings?[] findings = [.. rows.Select(row => rule.Read(row, row, null))];
        MinedLabels mined = LabelMiner.Mine(findings, options);
        return ([.. mined.Labels.Select(l => l.Name)], [.. findings.Select(f => mined.LabelOf(f) is >= 0 and int i ? mined.Labels[i].Name : null)]);
    }

    [Theory]
    [InlineData("Calcified Granuloma/lung/upper lobe/right", "Calcified Granuloma", "calcified_granuloma lung upper_lobe right")]
    [InlineData(
        "Bone Diseases, Metabolic/spine|Calcified Granuloma|Calcinosis/blood vessels|Density/retrocardiac|Opacity/lung/base/left",
        "Bone Diseases, Metabolic|Calcified Granuloma|Calcinosis|Density|Opacity",
        "bone_diseases_metabolic spine calcified_granuloma calcinosis blood_vessels density retrocardiac opacity lung base left"
    )]
    [InlineData("Lung/hypoinflation/bilateral", "Lung/hypoinflation", "lung_hypoinflation bilateral")]
    // Quirks: a top term is found inside another heading, and a folded heading keeps only its first place.
    [InlineData("Calcified Granuloma/lung/apex/right|Granuloma", "Granuloma", "granuloma granuloma lung apex right")]
    [InlineData("Cicatrix/Lung/base|Lung/hypoinflation", "Lung", "lung rix lung base")]
    [InlineData("Opacity/lung/left|Opacity/lung/right", "Opacity", "opacity lung left")]
    [InlineData("normal", "normal", "normal")]
    public void The_paper_rule_writes_captions_as_its_program_did(string mesh, string top, string caption) =>
        Assert.Equal(caption, Caption(Paper, mesh, top));

    [Theory]
    [InlineData("Calcified Granuloma/lung/apex/right|Granuloma", "calcified_granuloma lung apex right | granuloma")]
    [InlineData("Opacity/lung/left|Opacity/lung/right", "opacity lung left | opacity lung right")]
    [InlineData("Lung/hypoinflation", "lung hypoinflation")]
    [InlineData("Normal", "normal")]
    public void The_strict_rule_keeps_every_term_and_matches_whole_headings(string mesh, string caption) =>
        Assert.Equal(caption, Caption(Strict, mesh));

    [Fact]
    public void Patterns_do_not_depend_on_the_order_of_terms() =>
        Gen.Select(MeshAnnotationTests.Annotation, Gen.Int)
            .Sample(
                (annotation, seed) =>
                {
                    MeshTerm[] shuffled = [.. annotation.Terms];
                    new Random(seed).Shuffle(shuffled);
                    foreach (MineLabelsOptions options in (MineLabelsOptions[])[Paper, Strict])
                    {
                        MiningRule rule = MiningRule.Of(options);
                        string text = annotation.ToString(),
                            other = new MeshAnnotation(shuffled).ToString();
                        Assert.Equal(rule.Read(text, text, null)!.Pattern, rule.Read(other, other, null)!.Pattern);
                    }
                },
                iter: 300
            );

    [Fact]
    public void Strict_captions_are_the_tokens_of_the_annotation() =>
        MeshAnnotationTests.Annotation.Sample(
            annotation => Assert.Equal(CaptionText.Tokenize(annotation), MiningRule.Of(Strict).Read(annotation.ToString(), "", null)!.Tokens([])),
            iter: 300
        );

    [Fact]
    public void Several_terms_are_a_label_of_their_own_unless_single_terms_are_required()
    {
        string[] rows = ["Mass|Opacity", "Opacity|Mass/left", "Opacity", "normal", "normal", "normal"];
        Assert.Equal(["normal", "mass+opacity", "opacity"], Mine(Strict, rows).Labels);
        Assert.Equal(["normal", "mass+opacity"], Mine(Strict with { MinimumCases = 1 }, rows).Labels);
        Assert.Equal(["normal", "opacity"], Mine(Strict with { SingleTermPatternsOnly = true }, rows).Labels);
        Assert.Equal(["normal"], Mine(Strict with { MaximumLabels = 1 }, rows).Labels);
        Assert.Equal([null, null, null, "normal", "normal", "normal"], Mine(Strict with { MinimumCases = 2 }, rows).OfRows);
    }

    [Fact]
    public void Rare_patterns_can_take_the_label_of_their_most_frequent_term()
    {
        string[] rows = ["Mass|Opacity", "Opacity|Mass/left|Nodule", "Opacity", "Nodule|Cyst", "normal", "Cyst"];
        // Opacity 3, mass, nodule and cyst 2 each; no row has only nodule.
        (string[] labels, string?[] ofRows) = Mine(Strict with { MinimumCases = 1, UnlabelledPatterns = UnlabelledPatterns.MostFrequentTerm }, rows);
        Assert.Equal(["opacity", "cyst", "mass", "nodule"], labels);
        Assert.Equal(["opacity", "opacity", "opacity", "cyst", null, "cyst"], ofRows);
    }

    [Fact]
    public void Normal_terms_are_one_label_and_are_ignored_beside_a_finding()
    {
        MineLabelsOptions options = Strict with { NormalTerms = ["No Finding", "normal"] };
        string[] rows = ["NO FINDING", "Normal|no finding", "normal", "Opacity|normal", "Opacity"];
        (string[] labels, string?[] ofRows) = Mine(options, rows);
        Assert.Equal(["no_finding", "opacity"], labels);
        Assert.Equal(["no_finding", "no_finding", "no_finding", "opacity", "opacity"], ofRows);
        Assert.Equal(["normal", "normal+opacity", "opacity"], Mine(Strict with { NormalTerms = [] }, "normal", "Opacity|normal", "Opacity").Labels);
    }

    [Fact]
    public void Ties_are_in_ordinal_order_or_by_first_appearance_for_the_paper()
    {
        string[] rows = ["Opacity", "Mass", "Mass", "Opacity", "Cyst"];
        Assert.Equal(["mass", "opacity", "cyst"], Mine(Strict, rows).Labels);
        Assert.Equal(["opacity", "mass", "cyst"], Mine(Paper, rows).Labels);
    }

    [Theory]
    [
        InlineData(10, 8, 1, 1),
        InlineData(15, 12, 1, 2),
        InlineData(25, 20, 3, 2),
        InlineData(81, 65, 8, 8),
        InlineData(174, 139, 18, 17),
        InlineData(2696, 2157, 269, 270)
    ]
    public void The_paper_split_has_the_sizes_of_its_program(int rows, int train, int validation, int test) =>
        Assert.Equal((train, validation, test), PaperSplit.Sizes(rows));

    [Fact]
    public void The_paper_split_divides_each_pattern_in_file_order_train_test_validation() =>
        Gen.Int[-1, 4]
            .Array[0, 200]
            .Sample(
                groups =>
                {
                    SplitPart[] parts = PaperSplit.Assign(groups),
                        order = [SplitPart.Train, SplitPart.Test, SplitPart.Validation];
                    Assert.All(Enumerable.Range(0, groups.Length), i => Assert.Equal(groups[i] < 0, parts[i] == SplitPart.None));
                    foreach (int group in groups.Where(g => g >= 0).Distinct())
                    {
                        SplitPart[] own = [.. parts.Where((_, i) => groups[i] == group)];
                        (int train, int validation, int test) = PaperSplit.Sizes(own.Length);
                        Assert.True(train > 0 && validation >= 0 && test >= 0);
                        Assert.Equal(
                            (train, validation, test),
                            (own.Count(p => p == SplitPart.Train), own.Count(p => p == SplitPart.Validation), own.Count(p => p == SplitPart.Test))
                        );
                        Assert.Equal(own.OrderBy(p => Array.IndexOf(order, p)), own);
                    }
                },
                iter: 300
            );

    [Fact]
    public void The_twister_draws_what_numpy_draws()
    {
        // The first numbers of numpy.random.RandomState(123).random_sample(), and the reference output for the authors' default seed 5489.
        MersenneTwister random = new(123);
        Assert.Equal([0.69646919, 0.28613933, 0.22685145], Enumerable.Range(0, 3).Select(_ => Math.Round(random.NextDouble(), 8)));
        MersenneTwister reference = new(5489);
        uint last = 0;
        for (int i = 0; i < 10_000; i++)
            last = reference.NextUInt32();
        Assert.Equal(4123659995u, last);
    }

    [Fact]
    public void Clusters_are_whole_numbers_of_the_count_from_the_threshold_on()
    {
        Assert.Equal([1, 1, 4, 5, 8], new[] { 18, 168, 208, 294, 414 }.Select(n => PaperClusterRule.Clusters(n, 170, 50)));
        Assert.Equal(1, PaperClusterRule.Clusters(20, 10, 50));
        Gen.Int[1, 300]
            .Array[1, 40]
            .Sample(
                counts =>
                {
                    ClusteringReport report = PaperClusterRule.Apply([.. counts.OrderDescending().Select((n, i) => ($"w{i}", n))], hasNormal: true);
                    Assert.Equal(report.Labels, report.LabelsBySingleCount);
                    Assert.Equal(report.Labels, 1 + report.Words.Sum(w => w.Clusters));
                },
                iter: 300
            );
    }
}
