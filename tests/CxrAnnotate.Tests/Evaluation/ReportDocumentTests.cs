using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace CxrAnnotate.Tests;

public sealed partial class ReportDocumentTests
{
    private const string Hostile = "</script><img src=x onerror=alert(1)>\"'&<!--";

    private static string Html(ReportDocument document)
    {
        using StringWriter html = new();
        document.WriteHtml(html);
        return html.ToString();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_page_has_all_sections_and_loads_nothing(bool several)
    {
        string html = Html(SyntheticReport.Of(several: several));
        foreach (string id in (string[])["curves", "calibration", "mistakes", "findings", "parts", "subgroups", "training", "tables", "cases"])
            Assert.Contains($"<section id=\"{id}\"", html, StringComparison.Ordinal);
        Assert.StartsWith("<!doctype html>", html, StringComparison.Ordinal);
        Assert.True(Regex.Count(html, "Not for diagnosis") >= 3);
        Assert.Equal(5, Regex.Count(html, "<li><a href=\"#\\w+\"><span class=\"name\">"));
        // Nothing is loaded: no address but those of images inside the page, and no style in attributes, which the policy would refuse.
        Assert.DoesNotContain("://", html, StringComparison.Ordinal);
        Assert.DoesNotContain("@import", html, StringComparison.Ordinal);
        Assert.DoesNotMatch("(?i)<[^>]*\\sstyle=", html);
        Assert.DoesNotMatch("(?i)<[a-z][^>]*\\son[a-z]+=", html);
        Assert.All(
            Regex.Matches(html, " src=\"([^\"]*)\"").Select(m => m.Groups[1].Value),
            src => Assert.StartsWith("data:image/png", src, StringComparison.Ordinal)
        );
    }

    [Fact]
    public void The_policy_allows_the_page_s_own_style_and_script_alone()
    {
        string html = Html(SyntheticReport.Of());
        string policy = Policy().Match(html).Groups[1].Value;
        string Hash(string pattern) =>
            Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(Regex.Match(html, pattern, RegexOptions.Singleline).Groups[1].Value)));
        Assert.Equal(
            $"default-src 'none'; img-src data:; style-src 'sha256-{Hash("<style>(.*?)</style>")}'; "
                + $"script-src 'sha256-{Hash("<script>(.*?)</script>")}'; base-uri 'none'; form-action 'none'",
            policy
        );
        Assert.Single(Regex.Matches(html, "<script>"));
    }

    [Fact]
    public void Texts_are_escaped_wherever_they_come_from()
    {
        string html = Html(
            SyntheticReport.Of(
                change: page =>
                    page with
                    {
                        Title = Hostile,
                        Lead = Hostile,
                        Notes = [Hostile],
                        GroupColumns = [Hostile, "Sex"],
                        Cases =
                        [
                            .. page.Cases.Select(one =>
                                one with
                                {
                                    Name = Hostile,
                                    Read = Hostile,
                                    Truth = Hostile,
                                    ReadTokens = Hostile,
                                    TruthTokens = Hostile,
                                    Groups = [Hostile + one.Groups[0], one.Groups[1]],
                                    HeatMaps = [.. one.HeatMaps.Select(map => map with { Subject = Hostile })],
                                }
                            ),
                        ],
                        Tables = [new PageTable(Hostile, [new(Hostile)], [new PageRow(Hostile, Hostile, [new(Hostile, Hostile)])], Hostile)],
                        Training = [new TrainingCurve(Hostile, [1], [], [], 1)],
                        LeadingSections =
                        [
                            new PageSection(Hostile, [Hostile]) { Pictures = [new PagePicture(new byte[] { 0x89, 0x50 }, Hostile, Hostile)] },
                        ],
                    }
            )
        );
        Assert.DoesNotContain("<img src=x", html, StringComparison.Ordinal);
        Assert.DoesNotContain("<!--", html, StringComparison.Ordinal);
        // The elements of the page alone are closed.
        Assert.Equal(Regex.Count(html, "<script[ >]"), Regex.Count(html, "</script>"));
        Assert.Contains("&lt;/script&gt;&lt;img src=x", html, StringComparison.Ordinal);
        Assert.Contains("\\u003C/script\\u003E", html, StringComparison.Ordinal);
    }

    [Fact]
    public void Split_labels_are_merged_and_named_labels_count_for_their_base()
    {
        ReportFigures figures = SyntheticReport.Of().Figures;
        Assert.Equal(["normal", "nodule", "opacity", "cardiomegaly"], figures.Labels.Select(label => label.Question));
        QuestionFigures nodule = figures.Labels[1];
        Assert.Equal((30, 90), (nodule.Roc.Positives, nodule.Roc.Negatives));
        Assert.Equal(30, nodule.Decisions.Found + nodule.Decisions.Missed);
        Assert.True(nodule.Decisions.Found > 15);
        Assert.Equal("abnormal", figures.Main.Question);
        Assert.Equal(120, figures.Confusion!.Cases);
        Assert.Null(figures.ReliabilityBefore);
        Assert.Equal("all labels pooled", SyntheticReport.Of(several: true).Figures.Main.Question);
    }

    [Fact]
    public void Probabilities_from_before_the_calibration_give_a_second_diagram()
    {
        ReportDocument document = SyntheticReport.Of(
            change: page =>
                page with
                {
                    Cases = [.. page.Cases.Select(one => one with { ProbabilitiesBefore = [.. one.Probabilities.Select(p => Math.Pow(p, 0.05))] })],
                }
        );
        Assert.True(document.Figures.ReliabilityBefore!.Ece.Value > document.Figures.Reliability.Ece.Value);
        string html = Html(document);
        Assert.Contains("<b>Before calibration</b>", html, StringComparison.Ordinal);
        Assert.Contains("<b>After calibration</b>", html, StringComparison.Ordinal);
        ArgumentException refused = Assert.Throws<ArgumentException>(() =>
            SyntheticReport.Of(change: page => page with { Cases = [page.Cases[0] with { ProbabilitiesBefore = [1] }] })
        );
        Assert.Contains("CXR1004", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_page_says_which_cases_have_heat_maps()
    {
        Assert.Contains(">with heat maps (40)</option>", Html(SyntheticReport.Of()), StringComparison.Ordinal);
        string bare = Html(
            SyntheticReport.Of(change: page => page with { Cases = [.. page.Cases.Select(one => one with { HeatMaps = [] })] })
        );
        Assert.DoesNotContain("with heat maps", bare, StringComparison.Ordinal);
    }

    [Fact]
    public void The_joint_space_and_the_slices_lead_to_their_cases_and_name_no_others()
    {
        string html = Html(SyntheticReport.Of());
        Assert.Contains("<section id=\"space\"", html, StringComparison.Ordinal);
        Assert.Contains("<section id=\"slices\"", html, StringComparison.Ordinal);
        Assert.Contains("<a href=\"#case-0\"><img src=\"data:image/png;base64,", html, StringComparison.Ordinal);
        string bare = Html(SyntheticReport.Of(change: page => page with { Space = null, Slices = null }));
        Assert.DoesNotContain("<section id=\"space\"", bare, StringComparison.Ordinal);
        Assert.DoesNotContain("<section id=\"slices\"", bare, StringComparison.Ordinal);
        ArgumentException refused = Assert.Throws<ArgumentException>(() =>
            SyntheticReport.Of(change: page => page with { Cases = [.. page.Cases.Take(100)] })
        );
        Assert.Contains("CXR1004", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_risk_of_all_cases_is_the_share_of_wrong_ones_and_the_area_has_an_interval(bool several)
    {
        ReportDocument document = SyntheticReport.Of(several: several);
        RiskCoverageCurve curve = document.Figures.RiskCoverage!;
        int wrong = document.Figures.Labels.Sum(label => label.Decisions.Missed);
        Assert.Equal(new RiskCoveragePoint(1, wrong / 120.0), curve.Points[^1]);
        Assert.Equal(curve.Area, document.Figures.RiskCoverageArea.Value, 1e-12);
        Assert.InRange(curve.Area, document.Figures.RiskCoverageArea.Low, document.Figures.RiskCoverageArea.High);
        Assert.True(curve.IdealArea < curve.Area);
        Assert.Contains("<b>Risk and coverage</b>", Html(document), StringComparison.Ordinal);
    }

    [Fact]
    public void Sections_of_the_caller_stand_at_the_beginning_and_the_end()
    {
        string html = Html(
            SyntheticReport.Of(
                change: page =>
                    page with
                    {
                        LeadingSections = [new PageSection("The data", ["Two files are the same."]) { Tables = page.Tables }],
                        FurtherSections = [new PageSection("What was learnt", ["Clusters."])],
                    }
            )
        );
        int data = html.IndexOf(">The data</h2>", StringComparison.Ordinal),
            curves = html.IndexOf("<section id=\"curves\"", StringComparison.Ordinal),
            training = html.IndexOf("<section id=\"training\"", StringComparison.Ordinal),
            learnt = html.IndexOf(">What was learnt</h2>", StringComparison.Ordinal);
        Assert.True(data > 0 && data < curves && curves < training && training < learnt);
        Assert.Contains("<a href=\"#part-1\">The data</a>", html, StringComparison.Ordinal);
    }

    [Fact]
    public void Programs_get_the_same_figures_and_cases()
    {
        ReportDocument document = SyntheticReport.Of();
        JsonElement metrics = JsonSchemas.Validate("report", document.MetricsJson());
        Assert.Equal(
            document.Figures.Main.Roc.Area.Value,
            metrics.GetProperty("figures").GetProperty("main").GetProperty("roc").GetProperty("area").GetProperty("value").GetDouble()
        );
        Assert.Equal(120, metrics.GetProperty("report").GetProperty("whole").GetProperty("cases").GetInt32());
        string[][] rows = [.. document.CaseRows().Select(row => row.ToArray())];
        Assert.Equal(120, rows.Length);
        Assert.All(rows, row => Assert.Equal(document.CaseHeader.Count, row.Length));
        Assert.Equal(["name", "verdict", "truth", "read"], document.CaseHeader.Take(4));
        Assert.Equal("probability_nodule", document.CaseHeader[^3]);
        Assert.Equal(["right", "partly", "wrong"], rows.Select(row => row[1]).Distinct().OrderBy(v => v is "right" ? 0 : v is "partly" ? 1 : 2));
        Assert.Empty(JsonSchemas.Faults("report", System.Text.Json.Nodes.JsonNode.Parse(SyntheticReport.Of(several: true).MetricsJson())));
    }

    [Fact]
    public void A_page_of_few_cases_or_without_images_is_written()
    {
        Html(SyntheticReport.Of(cases: 1));
        Html(SyntheticReport.Of(cases: 5, several: true));
        string bare = Html(
            SyntheticReport.Of(
                change: page =>
                    page with
                    {
                        Resamples = 0,
                        GroupColumns = [],
                        Training = [],
                        Tables = [],
                        Cases =
                        [
                            .. page.Cases.Select(one =>
                                one with
                                {
                                    Groups = [],
                                    Thumbnail = null,
                                    Image = null,
                                    HeatMaps = [],
                                    Probability = null,
                                }
                            ),
                        ],
                    }
            )
        );
        Assert.DoesNotContain("data:image", bare.Split("<script>")[0], StringComparison.Ordinal);
    }

    [Fact]
    public void An_unknown_truth_is_neither_right_nor_wrong_for_a_label()
    {
        ReportDocument document = SyntheticReport.Of(
            several: true,
            change: page =>
                page with
                {
                    Cases =
                    [
                        page.Cases[0] with
                        {
                            UnknownLabels = ["nodule"],
                            TrueLabels = [],
                        },
                        page.Cases[1] with
                        {
                            TrueLabels = null,
                        },
                        .. page.Cases.Skip(2),
                    ],
                }
        );
        Assert.Equal(118, document.Figures.Labels[0].Roc.Positives + document.Figures.Labels[0].Roc.Negatives);
        Assert.Equal(119, document.Figures.Labels[1].Roc.Positives + document.Figures.Labels[1].Roc.Negatives);
    }

    [Fact]
    public void The_parts_of_an_annotation_are_right_wrong_missed_or_extra()
    {
        CaseComparison right = CaseComparison.OfSlots("nodule lung left", "nodule lung left"),
            partly = CaseComparison.OfSlots("nodule lung left", "nodule lung right mild"),
            wrong = CaseComparison.OfSlots("nodule lung left", "normal");
        Assert.Equal([CaseVerdict.Right, CaseVerdict.Partly, CaseVerdict.Wrong], new[] { right, partly, wrong }.Select(one => one.Verdict));
        Assert.Equal([PartVerdict.Right, PartVerdict.Right, PartVerdict.Right, PartVerdict.Absent], right.Parts.Select(part => part.Verdict));
        Assert.Equal([PartVerdict.Right, PartVerdict.Right, PartVerdict.Wrong, PartVerdict.Missed], partly.Parts.Select(part => part.Verdict));
        Assert.Equal([PartVerdict.Wrong, PartVerdict.Extra, PartVerdict.Extra, PartVerdict.Absent], wrong.Parts.Select(part => part.Verdict));
    }

    [Theory]
    [InlineData("", "", CaseVerdict.Right)]
    [InlineData("normal", "normal", CaseVerdict.Right)]
    [InlineData("opacity left | nodule", "nodule | opacity left", CaseVerdict.Right)]
    [InlineData("opacity left", "opacity right | nodule", CaseVerdict.Partly)]
    [InlineData("opacity left", "nodule", CaseVerdict.Wrong)]
    public void Findings_are_compared_one_by_one(string read, string truth, CaseVerdict verdict) =>
        Assert.Equal(verdict, CaseComparison.OfFindings(read, truth).Verdict);

    [GeneratedRegex("http-equiv=\"Content-Security-Policy\" content=\"([^\"]*)\"")]
    private static partial Regex Policy();
}
