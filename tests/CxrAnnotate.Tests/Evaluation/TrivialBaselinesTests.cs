using System.Text.Json;
using System.Text.Json.Serialization;

namespace CxrAnnotate.Tests;

/// <summary>The trivial baselines on the paper's own test sets: the published table of section 5.1 of the method's specification.</summary>
public sealed class TrivialBaselinesTests
{
    private const int Pad = 5;

    [Fact]
    public void Always_normal_on_the_17_labels() =>
        Check(Baseline("in17", BaselineFigures.AlwaysNormal), 379, [71.2, 0, 0, 0], [45.4, 0, 0, 0], [89.5, 89.5, 89.5, 89.5], 71.2);

    [Fact]
    public void The_true_label_word_on_the_17_labels() =>
        Check(Baseline("in17", BaselineFigures.TrueLabelWord), 379, [100, 0, 0, 0], [63.7, 0, 0, 0], [89.5, 89.5, 89.5, 89.5], 78.4);

    [Fact]
    public void The_true_label_with_its_most_frequent_annotation_on_the_17_labels() =>
        Check(Baseline("in17", BaselineFigures.TrueLabelMode), 379, [92.6, 9.1, 2.8, 0.5], [80.8, 54.3, 36.3, 19.3], [92.6, 93.1, 94.2, 95.4], 81.8);

    [Fact]
    public void Padding_counted_as_words_makes_always_normal_look_good()
    {
        EvaluationCases cases = Baseline("in17", BaselineFigures.AlwaysNormal);
        string Padded(string tokens) =>
            string.Join(
                ' ',
                CaptionMetrics.Words(tokens).Concat(Enumerable.Repeat("_empty_", Pad)).Take(Math.Max(Pad, CaptionMetrics.Words(tokens).Length))
            );
        Check(
            cases with
            {
                Emitted = [.. cases.Emitted!.Select(Padded)],
                Captions = [.. cases.Captions.Select(Padded)],
            },
            379,
            [85.2, 81.9, 78.8, 74.8],
            [85.2, 83.6, 81.9, 80.1],
            [86.8, 87.6, 88.2, 89.6],
            71.2
        );
    }

    [Fact]
    public void The_true_label_word_on_the_abnormal_cases() =>
        Check(Baseline("in17", BaselineFigures.TrueLabelWord).Abnormal(), 109, [100, 0, 0, 0], [20.8, 0, 0, 0], [63.5, 63.5, 63.5, 63.5], 24.8);

    [Fact]
    public void The_true_label_with_its_most_frequent_annotation_on_the_abnormal_cases() =>
        Check(
            Baseline("in17", BaselineFigures.TrueLabelMode).Abnormal(),
            109,
            [74.2, 31.6, 9.8, 1.8],
            [64.1, 48.3, 33.6, 18.2],
            [74.2, 75.9, 80.0, 84.0],
            36.7
        );

    [Fact]
    public void Always_normal_on_the_48_patterns() =>
        Check(Baseline("in48", BaselineFigures.AlwaysNormal, longest: 5), 422, [64.0, 0, 0, 0], [35.8, 0, 0, 0], [86.7, 86.7, 86.7, 86.7], 64.0);

    [Fact]
    public void The_true_pattern_with_its_most_frequent_annotation_on_the_48_patterns() =>
        Check(
            Baseline("in48", BaselineFigures.TrueLabelMode, longest: 5),
            422,
            [90.5, 12.0, 3.8, 1.2],
            [77.7, 53.4, 36.2, 22.0],
            [90.2, 91.1, 92.7, 94.1],
            76.3
        );

    [Fact]
    public void The_source_only_baseline_finds_a_disease_that_the_source_determines()
    {
        TrivialBaselines trivial = new(
            OneHot.Training(
                ["nodule", "nodule", "normal", "tuberculosis", "normal", "normal"],
                ["nodule lung left", "nodule lung left", "normal", "tuberculosis lung", "normal", "normal"],
                sources: ["jsrt", "jsrt", "jsrt", "shenzhen", "shenzhen", "shenzhen"]
            )
        );
        EvaluationCases cases = new()
        {
            Scheme = LabelScheme.Exclusive,
            Labels = ["normal", "nodule", "tuberculosis"],
            Truth = OneHot.Truth(3, 1, 0, 2),
            Decisions = OneHot.Decisions(3, 0, 0, 0),
            Scores =
            [
                [1, 0, 0],
                [1, 0, 0],
                [1, 0, 0],
            ],
            Captions = ["nodule lung right", "normal", "tuberculosis lung"],
            Emitted = ["normal", "normal", "normal"],
            Sources = ["jsrt", "shenzhen", "elsewhere"],
            Units = ["a", "b", "c"],
            NormalLabel = "normal",
        };
        Dictionary<string, EvaluationCases> outputs = trivial.On(cases).ToDictionary(o => o.Name, o => o.Cases);
        Assert.DoesNotContain(BaselineFigures.ViewOnly, outputs.Keys);
        EvaluationCases source = outputs[BaselineFigures.SourceOnly];
        Assert.Equal(OneHot.Decisions(3, 1, 0, 0), source.Decisions);
        Assert.Equal(["nodule lung left", "normal", "normal"], source.Emitted!);
        Assert.Equal([1 / 3.0, 2 / 3.0, 0], source.Scores[0]);
        Assert.Equal([0.5, 2 / 6.0, 1 / 6.0], source.Scores[2]);
        Assert.Equal(2 / 3f, source.WordProbabilities![0][Array.IndexOf(source.Words, "left")]);
        Assert.Equal(["normal", "normal", "normal"], outputs[BaselineFigures.LabelPrior].Emitted!);
        Assert.Equal(["nodule lung left", "normal", "tuberculosis lung"], outputs[BaselineFigures.TrueLabelMode].Emitted!);
        Assert.Equal(["normal", "normal", "normal"], outputs[BaselineFigures.PredictedLabelMode].Emitted!);
    }

    /// <summary>
    /// Three of four lateral training rows are effusions and four of six frontal ones are normal, so that the frontal prior, the lateral prior and
    /// the prior of all ten rows differ.
    /// </summary>
    [Fact]
    public void The_view_only_baseline_has_the_prior_of_the_training_rows_of_its_view()
    {
        string[] labels = [.. Enumerable.Repeat("effusion", 3), "normal", .. Enumerable.Repeat("normal", 4), "effusion", "nodule"],
            views = [.. Enumerable.Repeat("LATERAL", 4), .. Enumerable.Repeat("PA", 6)];
        TrivialBaselines trivial = new(
            OneHot.Training(labels, [.. labels.Select(label => label == "effusion" ? "effusion lung base" : label)], views: views)
        );
        EvaluationCases cases = new()
        {
            Scheme = LabelScheme.Exclusive,
            Labels = ["normal", "effusion", "nodule"],
            Truth = OneHot.Truth(3, 1, 0, 2),
            Decisions = OneHot.Decisions(3, 0, 0, 0),
            Scores = [.. Enumerable.Repeat(new double[] { 1, 0, 0 }, 3)],
            Captions = ["effusion", "normal", "nodule"],
            Emitted = ["normal", "normal", "normal"],
            Views = ["LATERAL", "PA", "OBLIQUE"],
            Units = ["a", "b", "c"],
            NormalLabel = "normal",
        };
        Dictionary<string, EvaluationCases> outputs = trivial.On(cases).ToDictionary(o => o.Name, o => o.Cases);
        EvaluationCases view = outputs[BaselineFigures.ViewOnly];
        Assert.Equal([[0.25, 0.75, 0], [4 / 6.0, 1 / 6.0, 1 / 6.0], [0.5, 0.4, 0.1]], view.Scores);
        Assert.Equal(OneHot.Decisions(3, 1, 0, 0), view.Decisions);
        Assert.Equal(["effusion lung base", "normal", "normal"], view.Emitted!);
        Assert.All(outputs[BaselineFigures.LabelPrior].Scores, scores => Assert.Equal([0.5, 0.4, 0.1], scores));
        Assert.DoesNotContain(BaselineFigures.SourceOnly, outputs.Keys);
    }

    [Fact]
    public void On_the_radiographs_with_context_the_source_names_the_disease_and_nothing_within_a_source()
    {
        string[][] rows =
        [
            .. File.ReadAllLines(TestData.Require("context/annotations.csv")).Skip(1).Select(l => l.Split(',')).Where(r => r.Length > 5),
        ];
        string Tokens(string[] row) => row[1].ToLowerInvariant().Replace(' ', '_').Replace('/', ' ');
        string Heading(string[] row) => Tokens(row).Split(' ')[0];
        string[][] train = [.. rows.Where(r => r[5] == "train")],
            val = [.. rows.Where(r => r[5] == "val")];
        string[] labels = [.. rows.Select(Heading).Distinct()];
        int[] truth = [.. val.Select(r => Array.IndexOf(labels, Heading(r)))];
        EvaluationCases cases = new()
        {
            Scheme = LabelScheme.Exclusive,
            Labels = labels,
            Truth = OneHot.Truth(labels.Length, truth),
            Decisions = OneHot.Decisions(labels.Length, truth),
            Scores = [.. truth.Select(_ => new double[labels.Length])],
            Captions = [.. val.Select(Tokens)],
            Emitted = [.. val.Select(Tokens)],
            Sources = [.. val.Select(r => r[4])],
            Units = [.. val.Select(r => r[3])],
            NormalLabel = "normal",
        };
        TrivialBaselines trivial = new(OneHot.Training([.. train.Select(Heading)], [.. train.Select(Tokens)], sources: [.. train.Select(r => r[4])]));
        AnnotationReport report = Evaluation.Report(cases, trivial, 0, 1, cancellation: TestContext.Current.CancellationToken);
        BaselineFigures Of(IReadOnlyList<BaselineFigures> baselines, string name) => baselines.Single(b => b.Name == name);
        Assert.Equal(3, report.Groups.Count);
        Assert.True(
            Of(report.Baselines, BaselineFigures.SourceOnly).Whole.MacroAuroc.Value
                > Of(report.Baselines, BaselineFigures.LabelPrior).Whole.MacroAuroc.Value
        );
        Assert.All(
            report.Groups,
            g =>
            {
                AnnotationFigures blind = Of(g.Baselines, BaselineFigures.SourceOnly).Whole;
                Assert.Equal(0.5, blind.AbnormalAuroc.Value);
                Assert.Equal(0.5, blind.MacroAuroc.Value);
            }
        );
        SlotFigures side = report.Groups.Single(g => g.Group == "shenzhen").Abnormal.Slots.Single(s => s.Slot == "side");
        Assert.Equal(val.Count(r => r[4] == "shenzhen" && r[1].Split('/').Intersect(["left", "right", "bilateral"]).Any()), side.Cases);
        Assert.Equal(1, side.Accuracy.Value);
    }

    private static EvaluationCases Baseline(string set, string name, int longest = int.MaxValue)
    {
        SplitRow[] rows =
        [
            .. JsonSerializer
                .Deserialize<SplitRow[]>(File.ReadAllText(TestData.Require("openi/split.json")))!
                .Where(r => set == "in17" ? r.In17 : r.In48),
        ];
        SplitRow[] train = [.. rows.Where(r => r.Split == "train")],
            test = [.. rows.Where(r => r.Split == "test" && CaptionMetrics.Words(r.Caption).Length <= longest)];
        string[] labels = [.. rows.Select(r => Label(r, set)).Distinct()];
        int[] truth = [.. test.Select(r => Array.IndexOf(labels, Label(r, set)))];
        EvaluationCases cases = new()
        {
            Scheme = LabelScheme.Exclusive,
            Labels = labels,
            Truth = OneHot.Truth(labels.Length, truth),
            Decisions = OneHot.Decisions(labels.Length, truth),
            Scores = [.. truth.Select(_ => new double[labels.Length])],
            Captions = [.. test.Select(r => r.Caption)],
            Emitted = [.. test.Select(_ => "")],
            Units = [.. test.Select(r => r.Study)],
            NormalLabel = "normal",
        };
        return new TrivialBaselines(OneHot.Training([.. train.Select(r => Label(r, set))], [.. train.Select(r => r.Caption)]))
            .On(cases)
            .Single(o => o.Name == name)
            .Cases;
    }

    private static string Label(SplitRow row, string set) =>
        set == "in17" ? row.Top : string.Join('+', row.Top.Split('|').Order(StringComparer.Ordinal));

    private static void Check(EvaluationCases cases, int count, double[] precision, double[] bleu, double[] authors, double exact)
    {
        Assert.Equal(count, cases.Count);
        string[][] emitted = [.. cases.Emitted!.Select(CaptionMetrics.Words)],
            truth = [.. cases.Captions.Select(CaptionMetrics.Words)];
        NgramMatch[] matches = [.. emitted.Select((e, i) => CaptionMetrics.Match(e, [truth[i]]))];
        Assert.Equal(precision, Percent(CaptionMetrics.MeanPrecision(matches)));
        Assert.Equal(bleu, Percent(CaptionMetrics.Bleu(matches)));
        Assert.Equal(
            authors,
            Percent([.. Enumerable.Range(1, 4).Select(n => emitted.Select((e, i) => CaptionMetrics.AuthorsBleu(e, [truth[i]], n)).Average())])
        );
        Assert.Equal([exact], Percent([emitted.Select((e, i) => e.SequenceEqual(truth[i]) ? 1.0 : 0).Average()]));

        // The report uses the same functions.
        Measures measures = new(cases, EvaluationMetric.BuiltIn);
        AnnotationFigures figures = measures.Figures(
            Intervals.Bootstrap(cases.Units, measures.Count, measures.Compute, 0, 1, TestContext.Current.CancellationToken)
        );
        Assert.Equal(precision, Percent([.. figures.NgramPrecision.Select(e => e.Value)]));
        Assert.Equal(bleu, Percent([.. figures.Bleu.Select(e => e.Value)]));
        Assert.Equal([exact], Percent([figures.ExactMatch.Value]));
    }

    private static double[] Percent(double[] values) => [.. values.Select(v => Math.Round(100 * v, 1))];

    private sealed record SplitRow(
        [property: JsonPropertyName("uid")] string Study,
        [property: JsonPropertyName("mesh_top")] string Top,
        [property: JsonPropertyName("terms_raw")] string Caption,
        [property: JsonPropertyName("split")] string Split,
        [property: JsonPropertyName("in17")] bool In17,
        [property: JsonPropertyName("in48")] bool In48
    );
}
