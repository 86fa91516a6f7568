using CsCheck;

namespace CxrAnnotate.Tests;

public sealed class ReportPartsTests
{
    private static readonly string[] Pieces =
    [
        "FINDINGS:",
        "impression:",
        "\n",
        "\n\n",
        "HISTORY",
        " ",
        ":",
        "Clear.",
        "WET READ:",
        "called to Dr. A, notified",
        "é",
    ];

    private const string Whole = """
        WET READ: Possible effusion.
        FINAL REPORT
        EXAMINATION:  CHEST (PA AND LAT)

        INDICATION:  History of pneumothorax.  Rule out pneumonia.

        COMPARISON:  Prior film with effusion.

        FINDINGS:

        LUNGS: Right apical nodule.
        PLEURA: No effusion.

        IMPRESSION:

        1. Right apical nodule.

        NOTIFICATION: The mass was discussed with Dr. Jones.
        """;

    [Fact]
    public void A_whole_report_is_split_at_its_headings()
    {
        ReportParts parts = ReportParts.Split(Whole);
        Assert.Equal("LUNGS: Right apical nodule.\nPLEURA: No effusion.", parts.Findings.ReplaceLineEndings("\n"));
        Assert.Equal("1. Right apical nodule.", parts.Impression);
        Assert.Equal("History of pneumothorax.  Rule out pneumonia.", parts.Indication);
        Assert.Equal("Prior film with effusion.", parts.Comparison);
    }

    [Fact]
    public void Only_findings_and_impression_of_a_whole_report_are_mined()
    {
        MinedReport report = new ReportMiner(ReportRules.Default).Mine(Whole, "");
        Assert.Equal("Nodule/lung/apex/right", report.Annotation);
        Assert.Equal(
            [FindingState.Absent],
            report.Mentions.Where(mention => mention.Name == "Pleural Effusion").Select(mention => mention.State)
        );
        Assert.All(report.Mentions, mention => Assert.DoesNotContain(':', Whole[mention.Span.Start..mention.Span.Stop]));
    }

    [Theory]
    [InlineData("Clear lungs.", "Clear lungs.", "")]
    [InlineData("findings: Clear lungs. impression: Normal.", "Clear lungs. impression: Normal.", "")]
    [InlineData("Findings: Clear lungs. Impression: Normal.", "Clear lungs.", "Normal.")]
    [InlineData("FINIDNGS: Clear.\nIMPRESSON: Normal.", "Clear.", "Normal.")]
    [InlineData("findings:\nClear.\nimpression:\nNormal.", "Clear.", "Normal.")]
    [InlineData("FINDINGS\nClear.\nIMPRESSION\nNormal.", "Clear.", "Normal.")]
    [InlineData("INDICATION: Cough.\n\nThe lungs are clear.", "The lungs are clear.", "")]
    [InlineData("IMPRESSION: Effusion.\n\nThese findings were communicated by phone to Dr. X.", "", "Effusion.")]
    [InlineData("IMPRESSION: Effusion.\n\nADDENDUM: There is a nodule.", "There is a nodule.", "Effusion.")]
    [InlineData("History: pneumonia. Technique: AP. Findings: Clear.", "Clear.", "")]
    [InlineData("", "", "")]
    public void Headings_are_known_in_their_forms(string report, string findings, string impression)
    {
        ReportParts parts = ReportParts.Split(report);
        Assert.Equal((findings, impression), (parts.Findings, parts.Impression));
    }

    [Fact]
    public void Any_text_is_split_into_pieces_of_itself() =>
        Gen.OneOf(
                Gen.String,
                Gen.Int[0, Pieces.Length - 1]
                    .Select(i => Pieces[i])
                    .Array[0, 40]
                    .Select(string.Concat)
            )
            .Sample(
                text =>
                {
                    int last = 0;
                    foreach ((TextSpan span, _) in ReportOutline.Of(text))
                    {
                        Assert.InRange(span.Start, last, span.Stop - 1);
                        last = span.Stop;
                    }
                    Assert.InRange(last, 0, text.Length);
                },
                iter: 5000
            );
}
