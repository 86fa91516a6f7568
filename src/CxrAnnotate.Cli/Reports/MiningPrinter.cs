using System.Globalization;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace CxrAnnotate.Cli;

/// <summary>A mining report for people: every number with a line that explains it.</summary>
internal static class MiningPrinter
{
    private sealed record Fact(string Name, string Value, string Meaning);

    internal static void Write(IAnsiConsole console, MiningReport report)
    {
        bool paper = report.Protocol == MiningProtocol.Paper;
        Facts(console, $"The list, protocol {(paper ? "paper" : "strict")}", Collection(report, paper));
        Terms(console, report);
        Labels(console, report, paper);
        Facts(console, "The labels together", LabelTotals(report, paper));
        Captions(console, "Captions of the labelled images with findings, all parts", report.Captions);
        Facts(console, "Studies on two sides of the split of the labels", Overlap(report.StudyOverlap));
        if (report.Paper is not { } lists)
            return;
        Facts(console, "Training lists of the first iteration", Lists(lists.FirstIteration));
        Facts(
            console,
            "Second iteration: all patterns of more than 10 images",
            [
                new("patterns", Text(lists.SecondIteration.Patterns), "patterns of more than 10 images"),
                new("train / validation / test", Text(lists.SecondIteration.Parts), "their images by part"),
                new(
                    "vocabulary",
                    Text(lists.SecondIteration.Vocabulary),
                    "words of captions of 5 words or fewer in train and validation, and the padding word"
                ),
                .. Lists(lists.SecondIteration.Lists),
            ]
        );
        Captions(console, "Captions of the second iteration without the normal ones", lists.SecondIteration.Captions);
        Facts(console, "Studies on two sides of the second iteration's split", Overlap(lists.SecondIteration.StudyOverlap));
        Facts(console, "Studies on two sides of the split of all patterns of 10 images or more", Overlap(lists.SplitPatternsOverlap));
        Clustering(console, lists.Clustering);
    }

    private static Fact[] Collection(MiningReport report, bool paper) =>
        [
            new("images", Text(report.Images), "lines with a usable annotation"),
            new("studies", Text(report.Collection.Studies), "examinations"),
            new(paper ? "top terms" : "headings", Text(report.TopTerms), paper ? "distinct top terms" : "distinct headings of the full terms"),
            new("patterns", Text(report.Patterns), "distinct sets of terms"),
            new("patterns seen once", Text(report.Collection.PatternsOnce), "of one image only"),
            new(
                "patterns of 10 or more",
                Text(report.Collection.PatternsSplit),
                $"of enough images to be split; they have {Text(report.Collection.ImagesSplit)} images"
            ),
            new("normal images", Text(report.Collection.NormalImages), $"without a finding, of {Text(report.Collection.NormalStudies)} studies"),
            new(
                "abnormal images",
                Text(report.Collection.AbnormalImages),
                $"with a finding; {Text(report.Collection.SingleTermAbnormalImages)} have exactly one term"
            ),
            new("terms per abnormal image", Text(report.Collection.MeanTerms, "F2"), $"mean; the maximum is {Text(report.Collection.MaximumTerms)}"),
            new("skipped lines", Text(report.SkippedLines), "not usable; warnings name file and line"),
        ];

    private static Fact[] LabelTotals(MiningReport report, bool paper) =>
        [
            new("labels", Text(report.Labels.Count), $"patterns of more than {Text(report.MinimumCases)} images"),
            new(
                "labelled images",
                Text(report.Labels.Sum(label => label.Total)),
                $"{Percent(report.Labels.Sum(label => label.Total), report.Images)} of all"
            ),
            new("train / validation / test", Text(report.LabelParts), "the labelled images by part"),
            .. report.SplitParts is { } split
                ? [new("all patterns of 10 or more", Text(split), "train / validation / test images of all patterns that the program split")]
                : (Fact[])[],
            new(
                "vocabulary",
                Text(report.Vocabulary),
                paper
                    ? "words of captions of 5 words or fewer in train and validation, and the padding word"
                    : "words that a decoder sees in training"
            ),
        ];

    private static Fact[] Lists(TrainingLists lists) =>
        [
            new("balanced (sa)", Text(lists.Balanced), "normals once, others 4 x (largest other label) / (their label) times"),
            new("thinned (sp)", Text(lists.Thinned), $"the same with normals thinned out at random; {Text(lists.NormalsKept)} are kept"),
            new("equalised (saa)", Text(lists.Equalised), "normals once, others as often as fits into the number of normals"),
            new("balanced, short", Text(lists.BalancedShort), "the balanced list without captions of more than 5 words"),
            new("thinned, short", Text(lists.ThinnedShort), $"the thinned list without them; {Text(lists.NormalsKeptShort)} normals are kept"),
            new("validation, short", Text(lists.ValidationShort), "validation images without them"),
            new("test, short", Text(lists.TestShort), "test images without them"),
            new("normal ratio", Text(lists.NormalRatio, "G12"), "share of normals that thinning keeps: 4 x (largest other label) / normals"),
            new("largest to smallest", Text(lists.LargestToSmallest, "G12"), "training images of the largest label over the smallest, normals aside"),
            new("normal to smallest", Text(lists.NormalToSmallest, "G12"), "normal training images over those of the smallest other label"),
        ];

    private static Fact[] Overlap(StudyOverlap overlap) =>
        [
            new("studies in several parts", Text(overlap.StudiesInSeveralParts), "studies with images in two or three parts"),
            new("test beside train", $"{Text(overlap.TestSharingWithTrain)} of {Text(overlap.Test)}", "test images whose study has training images"),
            new(
                "test beside validation",
                $"{Text(overlap.TestSharingWithValidation)} of {Text(overlap.Test)}",
                "test images whose study has validation images"
            ),
            new(
                "test beside either",
                $"{Text(overlap.TestSharingWithEither)} of {Text(overlap.Test)}",
                "test images whose study has images in another part"
            ),
            new(
                "abnormal test beside either",
                $"{Text(overlap.AbnormalTestSharingWithEither)} of {Text(overlap.AbnormalTest)}",
                "of those with a finding"
            ),
            new("validation beside train", Text(overlap.ValidationSharingWithTrain), "validation images whose study has training images"),
        ];

    private static void Facts(IAnsiConsole console, string title, IReadOnlyList<Fact> facts)
    {
        Table table = New(title).AddColumn("Number").AddColumn(Right("Value")).AddColumn("[grey]Meaning[/]");
        foreach (Fact fact in facts)
            table.AddRow(
                TerminalText.Markup(fact.Name),
                $"[bold]{TerminalText.Markup(fact.Value)}[/]",
                $"[grey]{TerminalText.Markup(fact.Meaning)}[/]"
            );
        Write(console, table);
    }

    private static void Terms(IAnsiConsole console, MiningReport report)
    {
        Table table = New($"Table 1: the {report.Terms.Count} most frequent terms")
            .AddColumn("Term")
            .AddColumn(Right("Total"))
            .AddColumn(Right("Overlap"))
            .AddColumn(Right("Percent"));
        table.Caption = new TableTitle("total: images with the term; overlap: those that also have another term of this table");
        foreach (TermReport term in report.Terms)
            table.AddRow(TerminalText.Markup(term.Term), Text(term.Total), Text(term.Overlap), Text(term.Percent, "F2"));
        Write(console, table);
    }

    private static void Labels(IAnsiConsole console, MiningReport report, bool paper)
    {
        Table table = New($"The {report.Labels.Count} labels").AddColumn("Label");
        string[] columns = ["Index", "Total", "Train", "Val", "Test", "Studies", .. paper ? (string[])["Copies sa", "Copies saa"] : [], "Captions"];
        foreach (string column in columns)
            table.AddColumn(Right(column));
        table.AddColumn("Commonest train caption");
        table.Caption = new TableTitle(
            "index: order of first appearance in the list; captions: different ones among the training images"
                + (paper ? "; copies: how often each training image appears in the balanced (sa) and equalised (saa) list" : "")
        );
        foreach (MinedLabelReport label in report.Labels)
        {
            table.AddRow([
                TerminalText.Markup(label.Name),
                Text(label.Index),
                $"[bold]{Text(label.Total)}[/]",
                Text(label.Train),
                Text(label.Validation),
                Text(label.Test),
                Text(label.Studies),
                .. paper ? (string[])[Text(label.BalancedCopies), Text(label.EqualisedCopies)] : [],
                Text(label.TrainCaptions),
                TerminalText.Markup(label.CommonestCaption.Length > 0 ? $"{label.CommonestCaption} (x{Text(label.CommonestCaptionTrain)})" : ""),
            ]);
        }
        Write(console, table);
    }

    private static void Captions(IAnsiConsole console, string title, CaptionReport captions)
    {
        Facts(
            console,
            title,
            [
                new("captions", Text(captions.Count), "captions counted"),
                new("shortest / longest", $"{Text(captions.Minimum)} / {Text(captions.Maximum)}", "in words"),
                new("mean", Text(captions.Mean, "G12"), "words"),
                new("standard deviation", Text(captions.StandardDeviation, "G12"), "of the population"),
                new(
                    "mean + 3 deviations",
                    Text(captions.Mean + 3 * captions.StandardDeviation, "G12"),
                    "words; the program looked at this to choose its limit"
                ),
                .. captions.Histogram.Select((count, i) => new Fact($"of {Text(i + 1)} {(i == 0 ? "word" : "words")}", Text(count), "captions")),
            ]
        );
    }

    private static void Clustering(IAnsiConsole console, ClusteringReport clustering)
    {
        Facts(
            console,
            "Clusters of the second iteration",
            [
                new("images", Text(clustering.Images), "with a finding, in train and validation, of patterns of 10 images or more"),
                new("rows counted", Text(clustering.CountedRows), "by two passes in whole batches of 10"),
                new("first words", Text(clustering.FirstWords), "labels before clustering: first words of the captions"),
                new("fewest / most rows", $"{Text(clustering.Minimum)} / {Text(clustering.Maximum)}", "of a first word, over two passes"),
                new("mean", Text(clustering.Mean, "G12"), "rows of a first word"),
                new("standard deviation", Text(clustering.StandardDeviation, "G12"), "of the population"),
                new("threshold", Text(clustering.Threshold), "first words of fewer rows stay whole"),
                new("labels", Text(clustering.Labels), "after clustering, one cluster for every 50 rows, with the normal one"),
                new(
                    "by single counts",
                    Text(clustering.LabelsBySingleCount),
                    $"labels where images count once: threshold {Text(clustering.SingleThreshold)}, one cluster for every 25"
                ),
            ]
        );
        Table table = New("First words and their clusters").AddColumn("First word").AddColumn(Right("Images")).AddColumn(Right("Clusters"));
        foreach (ClusteredLabel word in clustering.Words)
            table.AddRow(TerminalText.Markup(word.Name), Text(word.Images), Text(word.Clusters));
        Write(console, table);
    }

    private static Table New(string title) => new Table().Border(TableBorder.Rounded).Title(new TableTitle($"[bold]{TerminalText.Markup(title)}[/]"));

    private static TableColumn Right(string name) => new TableColumn(name).RightAligned();

    private static void Write(IAnsiConsole console, Table table)
    {
        console.Write((IRenderable)table);
        console.WriteLine();
    }

    private static string Text(int? number) => number?.ToString("N0", CultureInfo.InvariantCulture) ?? "";

    private static string Text(double? number, string format) => number?.ToString(format, CultureInfo.InvariantCulture) ?? "-";

    private static string Text(PartSizes parts) => $"{Text(parts.Train)} / {Text(parts.Validation)} / {Text(parts.Test)}";

    private static string Percent(int part, int whole) =>
        whole == 0 ? "-" : (100.0 * part / whole).ToString("F1", CultureInfo.InvariantCulture) + " %";
}
