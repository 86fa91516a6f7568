using System.Globalization;
using System.Text.Json;
using CxrAnnotate.Cli;

namespace CxrAnnotate.Tests;

/// <summary>Mining the authors' list by their protocol gives the numbers of the paper (sections 1 and 4 of its specification).</summary>
public sealed class MiningReportTests
{
    private static readonly Lazy<MiningReport> LazyReport = new(() =>
        MiningReportBuilder.Build(List(), new MineLabelsOptions { Protocol = MiningProtocol.Paper })
    );

    private static MiningReport Report
    {
        get
        {
            TestData.Require("openi/openi.mesh.top");
            return LazyReport.Value;
        }
    }

    private static OpenIAnnotationList List() => OpenIAnnotationList.Read(TestData.Require("openi/openi.mesh"));

    private sealed record SplitRow(string Fname, string Uid, int Pattern, string MeshTop, string TermsRaw, string? Split, bool In17, bool In48)
    {
        internal SplitPart Part =>
            Split switch
            {
                "train" => SplitPart.Train,
                "val" => SplitPart.Validation,
                "test" => SplitPart.Test,
                _ => SplitPart.None,
            };
    }

    private static List<SplitRow> SplitRows()
    {
        using FileStream stream = File.OpenRead(TestData.Require("openi/split.json"));
        return
        [
            .. JsonDocument
                .Parse(stream)
                .RootElement.EnumerateArray()
                .Select(e => new SplitRow(
                    e.GetProperty("fname").GetString()!,
                    e.GetProperty("uid").GetString()!,
                    e.GetProperty("pattern").GetInt32(),
                    e.GetProperty("mesh_top").GetString()!,
                    e.GetProperty("terms_raw").GetString()!,
                    e.GetProperty("split").GetString(),
                    e.GetProperty("in17").GetBoolean(),
                    e.GetProperty("in48").GetBoolean()
                )),
        ];
    }

    [Fact]
    public void The_collection_is_the_authors()
    {
        MiningReport report = Report;
        Assert.Equal((7284, 145, 1333, 0), (report.Images, report.TopTerms, report.Patterns, report.SkippedLines));
        Assert.Empty(report.Warnings);
        CollectionReport c = report.Collection;
        Assert.Equal(
            (3753, 2696, 1379, 4588, 1563, 12),
            (c.Studies, c.NormalImages, c.NormalStudies, c.AbnormalImages, c.SingleTermAbnormalImages, c.MaximumTerms)
        );
        Assert.Equal(2.56, c.MeanTerms!.Value, 0.005);
        Assert.Equal((162, 55, 4378), (c.PatternsOnce, c.PatternsSplit, c.ImagesSplit));
    }

    [Fact]
    public void Table_one_is_the_published_one()
    {
        string[] lines = [.. File.ReadAllLines(TestData.Require("openi/openi.mesh.overlap")).Skip(1).Where(line => line.Length > 0)];
        Assert.Equal(
            lines.Select(line => string.Join('\t', System.Text.RegularExpressions.Regex.Split(line.Trim(), " {2,}"))),
            Report.Terms.Select(t => string.Create(CultureInfo.InvariantCulture, $"{t.Term}\t{t.Total:N0}\t{t.Overlap}\t{t.Percent:00.00000}%"))
        );
    }

    [Fact]
    public void Every_row_has_the_pattern_caption_and_part_of_an_independent_computation()
    {
        List<SplitRow> expected = SplitRows();
        OpenIAnnotationList list = List();
        MiningRule rule = MiningRule.Of(new MineLabelsOptions { Protocol = MiningProtocol.Paper });
        RowFindings[] rows = [.. list.Rows.Select(row => rule.Read(row.Mesh, row.MeshTop, null)!)];
        MinedLabels mined = LabelMiner.Mine(rows, new MineLabelsOptions { Protocol = MiningProtocol.Paper });
        Dictionary<string, MinedPattern> patterns = mined.Patterns.ToDictionary(p => p.Name);
        SplitPart[] parts = PaperSplit.Assign([
            .. rows.Select(row => patterns[row.Pattern].Cases >= PaperSplit.MinimumRows ? patterns[row.Pattern].Index : -1),
        ]);
        Assert.Equal(expected.Count, rows.Length);
        for (int i = 0; i < rows.Length; i++)
        {
            SplitRow e = expected[i];
            Assert.Equal((e.Fname, e.Uid), (list.Rows[i].Image[1..].Replace('/', '_'), list.Rows[i].Study));
            Assert.Equal(
                (e.MeshTop, e.Pattern, e.TermsRaw),
                (string.Join('|', rows[i].Terms), patterns[rows[i].Pattern].Index, string.Join(' ', rows[i].Tokens([])))
            );
            Assert.Equal((e.Part, e.In17, e.In48), (parts[i], mined.LabelOf(rows[i]) >= 0, patterns[rows[i].Pattern].Cases > PaperSplit.MinimumRows));
        }
    }

    [Fact]
    public void The_labels_are_the_seventeen_of_the_paper()
    {
        List<SplitRow> rows = [.. SplitRows().Where(row => row.In17)];
        var expected = rows.GroupBy(row => row.Pattern)
            .Select(g =>
                (
                    g.First().MeshTop,
                    g.Key,
                    g.Count(),
                    g.Count(r => r.Part == SplitPart.Train),
                    g.Count(r => r.Part == SplitPart.Validation),
                    g.Count(r => r.Part == SplitPart.Test),
                    g.Select(r => r.Uid).Distinct().Count(),
                    g.Where(r => r.Part == SplitPart.Train).Select(r => r.TermsRaw).Distinct().Count(),
                    g.Where(r => r.Part == SplitPart.Train).GroupBy(r => r.TermsRaw).Max(c => c.Count())
                )
            )
            .OrderByDescending(l => l.Item4)
            .ThenBy(l => l.Key);
        Assert.Equal(
            expected,
            Report.Labels.Select(l => (l.Name, l.Index, l.Total, l.Train, l.Validation, l.Test, l.Studies, l.TrainCaptions, l.CommonestCaptionTrain))
        );
        Assert.Equal([1, 4, 6, 6, 8, 9, 9, 11, 11, 15, 17, 18, 18, 19, 19, 19, 21], Report.Labels.Select(l => l.BalancedCopies!.Value));
        Assert.Equal([1, 15, 22, 22, 32, 33, 33, 42, 44, 58, 65, 69, 69, 71, 74, 74, 82], Report.Labels.Select(l => l.EqualisedCopies!.Value));
        Assert.Equal(17, Report.Labels.Count);
        Assert.Equal(new PartSizes(3026, 378, 379), Report.LabelParts);
        Assert.Equal(new PartSizes(3506, 433, 439), Report.SplitParts);
        Assert.Equal("calcified_granuloma lung upper_lobe left", Report.Labels.Single(l => l.Name == "calcified_granuloma").CommonestCaption);
    }

    [Fact]
    public void Captions_and_lists_of_the_first_iteration_are_the_authors()
    {
        CaptionReport captions = Report.Captions;
        Assert.Equal((1085, 1, 8), (captions.Count, captions.Minimum, captions.Maximum));
        Assert.Equal([288, 339, 146, 195, 108, 8, 0, 1], captions.Histogram);
        Assert.Equal(2.56221198157, captions.Mean!.Value, 1e-10);
        Assert.Equal(1.36007952168, captions.StandardDeviation!.Value, 1e-10);
        Assert.Equal(6.64245054661, captions.Mean.Value + (3 * captions.StandardDeviation.Value), 1e-10);
        Assert.Equal(68, Report.Vocabulary);

        TrainingLists lists = Report.Paper!.FirstIteration;
        Assert.Equal((11088, 9503, 572, 36200), (lists.Balanced, lists.Thinned, lists.NormalsKept, lists.Equalised));
        Assert.Equal(
            (10987, 9400, 570, 379, 376),
            (lists.BalancedShort, lists.ThinnedShort, lists.NormalsKeptShort, lists.TestShort, lists.ValidationShort)
        );
        Assert.Equal(0.257765414928, lists.NormalRatio!.Value, 1e-11);
        Assert.Equal(5.34615384615, lists.LargestToSmallest!.Value, 1e-10);
        Assert.Equal(82.9615384615, lists.NormalToSmallest!.Value, 1e-10);
    }

    [Fact]
    public void The_second_iteration_has_the_authors_patterns_lists_and_captions()
    {
        SecondIterationReport second = Report.Paper!.SecondIteration;
        Assert.Equal((48, new PartSizes(3450, 426, 432), 96), (second.Patterns, second.Parts, second.Vocabulary));
        Assert.Equal((24974, 422, 413), (second.Lists.BalancedShort, second.Lists.TestShort, second.Lists.ValidationShort));
        Assert.Equal([323, 489, 247, 274, 160, 36, 19, 21, 22, 8, 9, 0, 2], second.Captions.Histogram);
        Assert.Equal((1610, 1, 13), (second.Captions.Count, second.Captions.Minimum, second.Captions.Maximum));
        Assert.Equal(3.01739130435, second.Captions.Mean!.Value, 1e-10);
        Assert.Equal(1.8992501043, second.Captions.StandardDeviation!.Value, 1e-9);
        Assert.Equal(8.71514161725, second.Captions.Mean.Value + (3 * second.Captions.StandardDeviation.Value), 1e-9);
    }

    [Fact]
    public void The_clustering_rule_gives_fifty_seven_labels()
    {
        ClusteringReport clustering = Report.Paper!.Clustering;
        Assert.Equal(
            (1513, 36, 3020, 18, 414),
            (clustering.Images, clustering.FirstWords, clustering.CountedRows, clustering.Minimum, clustering.Maximum)
        );
        Assert.Equal(83.8888888889, clustering.Mean!.Value, 1e-10);
        Assert.Equal((170, 57, 85, 57), (clustering.Threshold, clustering.Labels, clustering.SingleThreshold, clustering.LabelsBySingleCount));
        Assert.Equal(
            "calcified_granuloma 207 8, lung_hypoinflation 147 5, thoracic_vertebrae_degenerative 106 4, calcinosis 105 4, opacity 104 4",
            string.Join(", ", clustering.Words.Where(w => w.Clusters > 1).Select(w => $"{w.Name} {w.Images} {w.Clusters}"))
        );
        // Section 4.3 of the specification; equal counts are in ordinal order.
        Assert.Equal(
            [72, 67, 62, 55, 50, 44, 37, 35, 35, 34, 32, 32, 30, 20, 20, 20, 19, 19, 18, 16, 14, 14, 13, 13, 13, 11, 11, 10, 10, 9, 9],
            clustering.Words.Where(w => w.Clusters == 1).Select(w => w.Images)
        );
    }

    [Fact]
    public void Studies_are_shared_between_parts_as_measured()
    {
        StudyOverlap labels = Report.StudyOverlap,
            second = Report.Paper!.SecondIteration.StudyOverlap,
            split = Report.Paper.SplitPatternsOverlap;
        Assert.Equal(
            (379, 8, 5, 13, 13),
            (labels.Test, labels.TestSharingWithTrain, labels.TestSharingWithValidation, labels.TestSharingWithEither, labels.StudiesInSeveralParts)
        );
        Assert.Equal((109, 13, 0), (labels.AbnormalTest, labels.AbnormalTestSharingWithEither, labels.ValidationSharingWithTrain));
        Assert.Equal((432, 18, 41), (second.Test, second.TestSharingWithTrain, second.TestSharingWithEither));
        Assert.Equal((439, 18, 48, 45), (split.Test, split.TestSharingWithTrain, split.TestSharingWithEither, split.StudiesInSeveralParts));
    }

    [Fact]
    public void The_threshold_is_strict()
    {
        OpenIAnnotationList list = List();
        foreach (int minimum in (int[])[0, 9, 10, 38, 39, 5000])
        {
            MiningReport report = MiningReportBuilder.Build(list, new MineLabelsOptions { Protocol = MiningProtocol.Paper, MinimumCases = minimum });
            int[] sizes = [.. SplitRows().GroupBy(row => row.Pattern).Select(g => g.Count()).Where(n => n > minimum)];
            Assert.Equal(sizes.Length, report.Labels.Count);
            Assert.Equal(sizes.Sum(), report.Labels.Sum(l => l.Total));
            Assert.All(report.Labels, l => Assert.Equal(l.Total, l.Train + l.Validation + l.Test));
        }
    }

    [Fact]
    public void The_strict_protocol_mines_only_the_full_terms_and_splits_no_study()
    {
        string path = TestData.Require("openi/openi.mesh");
        MiningReport report = MiningReportBuilder.Build(OpenIAnnotationList.Read(path), new MineLabelsOptions());
        string[][] lines = [.. File.ReadLines(path).Select(line => line.Split('|')[1..])];
        var expected = lines
            .Select(terms =>
                string.Join(
                    '+',
                    terms
                        .Select(t => t.Split('/')[0].Trim().ToLowerInvariant().Replace(", ", "_").Replace(' ', '_'))
                        .Distinct()
                        .Order(StringComparer.Ordinal)
                )
            )
            .GroupBy(name => name)
            .ToDictionary(g => g.Key, g => g.Count());
        Assert.Equal((7284, expected.Count), (report.Images, report.Patterns));
        Assert.Equal(
            expected
                .Where(p => p.Value > 30)
                .OrderByDescending(p => p.Value)
                .ThenBy(p => p.Key, StringComparer.Ordinal)
                .Select(p => (p.Key, p.Value)),
            report.Labels.Select(l => (l.Name, l.Total))
        );
        Assert.Equal((0, 0), (report.StudyOverlap.StudiesInSeveralParts, report.StudyOverlap.TestSharingWithEither));
        Assert.All(report.Labels, l => Assert.True(l.Train > 0 && l.Validation > 0 && l.Test > 0, l.Name));
        Assert.Null(report.Paper);
    }

    [Fact]
    public void Captions_of_the_whole_list_print_back_as_its_annotations()
    {
        WordForms forms = new();
        FindingsReader reader = new(MiningRule.Of(new MineLabelsOptions()), forms);
        (string Mesh, RowFindings Findings)[] rows = [.. List().Rows.Select(row => (row.Mesh, reader.Read(row.Mesh, "")!))];
        Dictionary<string, string> display = forms.ToDictionary();
        // The list writes a heading with a small letter here and there; the most frequent form is printed.
        Assert.All(
            rows.DistinctBy(row => row.Mesh),
            row => Assert.Equal(MeshAnnotation.Parse(row.Mesh).ToString(), CaptionText.Print(row.Findings.Tokens([]), display), ignoreCase: true)
        );
        Assert.Equal("Catheters, Indwelling", display["catheters_indwelling"]);
    }

    [Fact]
    public void Json_has_the_promised_names()
    {
        using JsonDocument json = JsonDocument.Parse(CxrJson.Document("mine", Report));
        JsonElement root = json.RootElement,
            label = root.GetProperty("labels")[1];
        Assert.Equal(
            (7284, 145, 1333),
            (root.GetProperty("images").GetInt32(), root.GetProperty("topTermCount").GetInt32(), root.GetProperty("patternCount").GetInt32())
        );
        Assert.Equal("calcified_granuloma", label.GetProperty("label").GetString());
        Assert.Equal(
            [174, 139, 18, 17],
            new[] { "images", "trainImages", "validationImages", "testImages" }.Select(name => label.GetProperty(name).GetInt32())
        );
        Assert.Equal("paper", root.GetProperty("protocol").GetString());
        Assert.Equal(11088, root.GetProperty("paper").GetProperty("firstIteration").GetProperty("balancedImages").GetInt32());
    }
}
