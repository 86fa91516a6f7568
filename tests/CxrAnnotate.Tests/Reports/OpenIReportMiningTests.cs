using System.Text.RegularExpressions;

namespace CxrAnnotate.Tests;

/// <summary>Mined annotations against the human indexing of the Open-i reports.</summary>
public sealed class OpenIReportMiningTests
{
    /// <summary>An independent baseline: a regular expression for each of the more frequent findings, and one rule of negation.</summary>
    private static readonly (string Finding, Regex Words)[] Baseline =
    [
        .. new (string Finding, string Words)[]
        {
            ("Opacity", "opaci"),
            ("Cardiomegaly", "cardiomegaly|(heart|cardiac)[^.]*enlarged|enlarged[^.]*(heart|cardiac)"),
            ("Pulmonary Atelectasis", "atelecta"),
            ("Calcinosis", "calcification|calcified (?!granulom)"),
            ("Lung/hypoinflation", "(low|decreased|reduced) (lung )?volume|hypoinflat|hypoventil"),
            ("Calcified Granuloma", "calcified[^.]*granuloma"),
            ("Thoracic Vertebrae/degenerative", "degenerative[^.]*thoracic"),
            ("Lung/hyperdistention", "hyper(inflat|expan)"),
            ("Cicatrix", "scar"),
            ("Spine/degenerative", "degenerative[^.]*(?<!thoracic )spine"),
            ("Aorta/tortuous", "tortuo|ectatic aorta"),
            ("Pleural Effusion", "effusion"),
            ("Atherosclerosis", "atheroscl"),
            ("Airspace Disease", "air ?space disease"),
            ("Catheters, Indwelling", "catheter|picc|\\bport\\b"),
            ("Density", "densit"),
            ("Granulomatous Disease", "granulomatous"),
            ("Nodule", "nodule"),
            ("Deformity", "deformit"),
            ("Surgical Instruments", "clips|staples"),
            ("Scoliosis", "scolio"),
        }.Select(pair => (pair.Finding, new Regex(pair.Words, RegexOptions.IgnoreCase | RegexOptions.CultureInvariant))),
    ];

    private static readonly Regex Negation = new(
        @"\b(no|not|without|negative for|free of|clear of)\b[^.]*$",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant
    );

    private static MeshAnnotation? ByExpressions(RadiographRecord report)
    {
        string[] sentences = $"{report.Findings} {report.Impression}".Split('.');
        MeshTerm[] terms =
        [
            .. from finding in Baseline
            where sentences.Any(sentence => finding.Words.Match(sentence) is { Success: true } match && !Negation.IsMatch(sentence[..match.Index]))
            let parts = finding.Finding.Split('/')
            select new MeshTerm(parts[0], parts[1..]),
        ];
        return new MeshAnnotation(terms.Length > 0 ? terms : [new MeshTerm(MeshAnnotation.Normal)]);
    }

    [Fact]
    public void The_rules_read_the_held_out_reports_better_than_regular_expressions_do()
    {
        List<RadiographRecord> reports = OpenIReportReader.ReadReports(TestData.Require("openi/reports.tgz"), new LoggedContext().Context);
        Assert.Equal(2586, reports.Count);
        RadiographRecord[] heldOut = [.. reports.Where(report => report.Mesh.Length > 0 && !ReportMiningEvaluation.IsDevelopment(report.StudyId))];
        ReportMiner miner = new(ReportRules.Default);
        ReportMiningEvaluation mined = new(),
            baseline = new();
        foreach (RadiographRecord report in heldOut)
        {
            MeshAnnotation truth = MeshAnnotation.Parse(report.Mesh);
            MinedReport read = miner.Mine(report.Findings, report.Impression);
            mined.Add(truth, read.Terms.Count > 0 ? new MeshAnnotation(read.Terms) : null);
            baseline.Add(truth, ByExpressions(report));
        }
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"held-out: micro-F1 {mined.MicroF1:F3}, macro-F1 {mined.MacroF1:F3}; expressions {baseline.MicroF1:F3}, {baseline.MacroF1:F3}"
        );
        Assert.Equal(heldOut.Length, mined.Reports);
        Assert.InRange(heldOut.Length, 1200, 1300);
        Assert.True(baseline.MicroF1 > 0.7, $"The expressions reach {baseline.MicroF1:F3} only: they are no measure.");
        Assert.True(mined.MicroF1 > baseline.MicroF1, $"{mined.MicroF1:F3} against {baseline.MicroF1:F3} by regular expressions.");
        Assert.True(mined.MacroF1 > baseline.MacroF1, $"{mined.MacroF1:F3} against {baseline.MacroF1:F3} by regular expressions.");
    }

    [Fact]
    public void An_annotation_agrees_with_itself_and_counts_what_differs()
    {
        ReportMiningEvaluation evaluation = new();
        MeshAnnotation truth = MeshAnnotation.Parse("Opacity/lung/base/left|Lung/hypoinflation/mild|Kyphosis");
        Assert.Empty(evaluation.Add(truth, truth));
        Assert.Equal(
            [
                new("Opacity", ReportDisagreement.Missed),
                new("Nodule", ReportDisagreement.Extra),
            ],
            evaluation.Add(truth, MeshAnnotation.Parse("Lung/hypoinflation|Nodule"))
        );
        Assert.Equal(
            [
                new("Opacity", ReportDisagreement.Place),
                new("Opacity", ReportDisagreement.Side),
                new("Lung/hypoinflation", ReportDisagreement.Missed),
            ],
            evaluation.Add(truth, MeshAnnotation.Parse("Opacity/lung/apex/bilateral|Lung/hyperlucent"))
        );
        FindingCounts opacity = evaluation.Counts[0];
        Assert.Equal((2, 0, 1, 1, 1), (opacity.TruePositive, opacity.FalsePositive, opacity.FalseNegative, opacity.PlaceRight, opacity.SideRight));
        Assert.Equal((4, 1, 2), (evaluation.Sum.TruePositive, evaluation.Sum.FalsePositive, evaluation.Sum.FalseNegative));
        Assert.Equal(2 * 4 / 11.0, evaluation.MicroF1, 12);
        Assert.Equal((0.8 + 0.8 + 0) / 3, evaluation.MacroF1, 12);
        Assert.Equal((3, 1), (evaluation.Reports, evaluation.Exact));
    }
}
