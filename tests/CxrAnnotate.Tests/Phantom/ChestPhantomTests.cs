using CsCheck;

namespace CxrAnnotate.Tests;

/// <summary>
/// What the phantom promises about its studies: repeatable, reachable by index, annotated in the grammar of Open-i, as frequent as there.
/// </summary>
public class ChestPhantomTests
{
    private static readonly ChestPhantomOptions Small = new() { Size = 64 };

    [Fact]
    public void A_study_is_the_same_whatever_the_number_of_studies_the_order_and_the_threads()
    {
        ChestPhantom first = new(Small with { Studies = 1, Views = PhantomViews.FrontalAndLateral }),
            second = new(Small with { Studies = 900, Views = PhantomViews.FrontalAndLateral });
        PhantomStudy[] alone = new PhantomStudy[40],
            together = new PhantomStudy[40];
        for (int i = 39; i >= 0; i--)
            alone[i] = first.Study(i);
        Parallel.For(0, 40, new ParallelOptions { MaxDegreeOfParallelism = 8 }, i => together[i] = second.Study(i));
        for (int i = 0; i < 40; i++)
        {
            Assert.Equal(alone[i].Annotation, together[i].Annotation);
            Assert.Equal(alone[i].Images.Count, together[i].Images.Count);
            foreach ((PhantomImage a, PhantomImage b) in alone[i].Images.Zip(together[i].Images))
            {
                Assert.Equal(a.Pixels, b.Pixels);
                Assert.Equal(a.Regions, b.Regions);
            }
        }
    }

    [Fact]
    public void Another_seed_or_index_gives_another_patient()
    {
        byte[] patient = new ChestPhantom(Small).Render(0).Pixels;
        Assert.NotEqual(patient, new ChestPhantom(Small).Render(1).Pixels);
        Assert.NotEqual(patient, new ChestPhantom(Small with { Seed = 2017 }).Render(0).Pixels);
    }

    [Fact]
    public void The_resolution_changes_neither_patient_nor_annotation()
    {
        ChestPhantom small = new(Small with { NoiseLevel = 0 }),
            large = new(Small with { Size = 256, NoiseLevel = 0 });
        byte[][] reduced = [.. Enumerable.Range(0, 10).Select(i => PhantomProbe.Reduce(large.Render(i).Pixels, 256, 64))];
        for (int i = 0; i < reduced.Length; i++)
        {
            Assert.Equal(small.Annotation(i), large.Annotation(i));
            byte[] drawn = small.Render(i).Pixels;
            Assert.Equal(i, Enumerable.Range(0, reduced.Length).MaxBy(j => PhantomProbe.Correlation(drawn, reduced[j])));
            Assert.True(PhantomProbe.Correlation(drawn, reduced[i]) > 0.9);
        }
    }

    [Fact]
    public void Every_annotation_is_a_line_of_the_grammar_with_the_heading_of_its_finding()
    {
        ChestPhantom phantom = new(Small with { NormalFraction = 0, FindingsPerStudy = 3 });
        for (int i = 0; i < 3000; i++)
        {
            IReadOnlyList<PhantomFinding> findings = phantom.Findings(i);
            string[] terms = phantom.Annotation(i).Split('|');
            Assert.Equal(findings.Select(finding => finding.Term), terms);
            Assert.InRange(findings.Count, 1, 3);
            Assert.Equal(findings.Count, findings.Select(finding => finding.Kind).Distinct().Count());
            Assert.Equal(terms.Order(StringComparer.Ordinal), terms);
            foreach ((PhantomFinding finding, string term) in findings.Zip(terms))
            {
                Assert.StartsWith(FindingTable.Heading(finding.Kind), term, StringComparison.Ordinal);
                Assert.DoesNotContain("//", term, StringComparison.Ordinal);
                Assert.Equal(term.Trim(), term);
            }
        }
    }

    [Fact]
    public void Every_word_is_one_that_Open_i_uses_with_the_heading()
    {
        string path = TestData.Require("openi/openi.mesh");
        Dictionary<string, HashSet<string>> words = [];
        foreach (string term in File.ReadLines(path).SelectMany(line => line.Split('|').Skip(1)))
        {
            string heading =
                ChestPhantom.Headings.FirstOrDefault(known => term == known || term.StartsWith(known + "/", StringComparison.Ordinal)) ?? "";
            if (heading.Length > 0)
                words.TryAdd(heading, []);
            if (heading.Length > 0 && term.Length > heading.Length)
                words[heading].UnionWith(term[(heading.Length + 1)..].Split('/'));
        }
        PhantomRandom random = new(1);
        foreach (FindingKind kind in Enum.GetValues<FindingKind>())
            for (int i = 0; i < 400; i++)
            {
                string term = FindingTable.Sample(kind, random).Term,
                    heading = FindingTable.Heading(kind);
                foreach (string word in term.Length > heading.Length ? term[(heading.Length + 1)..].Split('/') : [])
                    Assert.Contains(word, words[heading]);
            }
    }

    [Fact]
    public void Frequencies_over_5000_studies_lie_within_binomial_bounds()
    {
        ChestPhantom phantom = new();
        const int Studies = 5000;
        Dictionary<string, int> counts = Enumerable
            .Range(0, Studies)
            .SelectMany(i => phantom.Findings(i).Select(finding => FindingTable.Heading(finding.Kind)).DefaultIfEmpty("normal"))
            .CountBy(name => name)
            .ToDictionary();
        double all = Enum.GetValues<FindingKind>().Sum(FindingTable.Count);
        // The sum of the 16 abnormal labels in the paper.
        Assert.Equal(1087, all);
        // Four and a half standard deviations: all 18 bounds hold together with probability 0.9999.
        void Check(string name, double probability) =>
            Assert.InRange(
                counts.GetValueOrDefault(name) - Studies * probability,
                -4.5 * Math.Sqrt(Studies * probability * (1 - probability)),
                4.5 * Math.Sqrt(Studies * probability * (1 - probability))
            );
        Check("normal", 0.71);
        foreach (FindingKind kind in Enum.GetValues<FindingKind>())
            Check(FindingTable.Heading(kind), 0.29 * FindingTable.Count(kind) / all);
    }

    [Fact]
    public void The_two_views_of_a_study_share_its_findings()
    {
        ChestPhantom phantom = new(
            new()
            {
                Size = 96,
                Views = PhantomViews.FrontalAndLateral,
                NormalFraction = 0,
            }
        );
        HashSet<FindingKind> shown = [];
        for (int i = 0; i < 120; i++)
        {
            PhantomStudy study = phantom.Study(i);
            Assert.Equal([PhantomImage.FrontalView, PhantomImage.LateralView], study.Images.Select(image => image.View));
            Assert.Equal(phantom.Annotation(i), study.Annotation);
            PhantomFinding finding = Assert.Single(phantom.Findings(i));
            byte[] without = phantom.RenderWithout(i, finding, lateral: true).Pixels;
            if (!without.AsSpan().SequenceEqual(study.Images[1].Pixels))
                shown.Add(finding.Kind);
        }
        // A bent spine cannot be seen from the side; everything else can.
        Assert.Equal(Enum.GetValues<FindingKind>().Where(kind => kind != FindingKind.Scoliosis), shown.Order());
    }

    [Fact]
    public void Only_the_requested_headings_are_drawn()
    {
        ChestPhantom phantom = new(Small with { Headings = ["Nodule", "Lung/hypoinflation"], NormalFraction = 0 });
        Assert.Equal(
            ["Lung/hypoinflation", "Nodule"],
            Enumerable.Range(0, 200).Select(i => FindingTable.Heading(phantom.Findings(i)[0].Kind)).Distinct().Order(StringComparer.Ordinal)
        );
    }

    [Theory]
    [InlineData(nameof(ChestPhantomOptions.Studies))]
    [InlineData(nameof(ChestPhantomOptions.Size))]
    [InlineData(nameof(ChestPhantomOptions.NormalFraction))]
    [InlineData(nameof(ChestPhantomOptions.Views))]
    [InlineData(nameof(ChestPhantomOptions.FindingsPerStudy))]
    [InlineData(nameof(ChestPhantomOptions.Headings))]
    [InlineData(nameof(ChestPhantomOptions.NoiseLevel))]
    [InlineData(nameof(ChestPhantomOptions.FindingContrast))]
    public void An_option_outside_its_range_is_refused_by_name(string option)
    {
        ChestPhantomOptions bad = option switch
        {
            nameof(ChestPhantomOptions.Studies) => new() { Studies = 0 },
            nameof(ChestPhantomOptions.Size) => new() { Size = 1024 },
            nameof(ChestPhantomOptions.NormalFraction) => new() { NormalFraction = double.NaN },
            nameof(ChestPhantomOptions.Views) => new() { Views = 0 },
            nameof(ChestPhantomOptions.FindingsPerStudy) => new() { FindingsPerStudy = 4 },
            nameof(ChestPhantomOptions.Headings) => new() { Headings = ["Broken Heart"] },
            nameof(ChestPhantomOptions.NoiseLevel) => new() { NoiseLevel = -1 },
            _ => new() { FindingContrast = 0 },
        };
        Assert.Equal(option, Assert.Throws<ArgumentOutOfRangeException>(() => new ChestPhantom(bad)).ParamName);
    }

    [Fact]
    public void Ranges_of_the_grades_of_a_finding_never_touch() =>
        Gen.Enum<FindingKind>()
            .Sample(
                kind =>
                {
                    FindingGrade[] order =
                    [
                        FindingGrade.Small,
                        FindingGrade.Mild,
                        FindingGrade.Plain,
                        FindingGrade.Moderate,
                        FindingGrade.Severe,
                        FindingGrade.Large,
                    ];
                    PhantomRandom random = new((ulong)kind);
                    HashSet<FindingGrade> drawn = [.. Enumerable.Range(0, 300).Select(_ => FindingTable.Sample(kind, random).Grade)];
                    FindingGrade[] grades = [.. order.Where(drawn.Contains)];
                    return grades
                        .Zip(grades.Skip(1))
                        .All(pair => FindingTable.Extent(kind, pair.First).High < FindingTable.Extent(kind, pair.Second).Low);
                },
                iter: 60
            );
}
