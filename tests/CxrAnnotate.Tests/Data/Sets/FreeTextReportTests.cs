namespace CxrAnnotate.Tests;

public sealed class FreeTextReportTests
{
    [Fact]
    public void Headings_in_capitals_begin_sections_of_several_lines()
    {
        FreeTextReport report = FreeTextReport.Parse(
            "FINAL REPORT\r\n HISTORY:  Cough.\r\n\r\n COMPARISON:  ___.\r\n\r\n FINDINGS:\r\n\r\n Note: the heart is\r\n large.\r\n\r\n No "
                + "effusion.\r\n\r\n IMPRESSION:  Cardiomegaly.\r\n\r\n NOTIFICATION:  By telephone.\r\n"
        );
        Assert.Equal(new FreeTextReport("Note: the heart is large. No effusion.", "Cardiomegaly.", "Cough.", "___."), report);
    }

    [Theory]
    [InlineData("FINAL REPORT\n EXAMINATION: CHEST\n\n First words.\n\n The lungs are clear.\n", "The lungs are clear.")]
    [InlineData("The lungs are clear.", "The lungs are clear.")]
    [InlineData("INDICATION: Cough.\n\n", "Cough.")]
    [InlineData("FINDINGS AND IMPRESSION: Clear.", "Clear.")]
    [InlineData("", "")]
    public void Without_either_section_the_last_paragraph_has_the_findings(string text, string findings) =>
        Assert.Equal((findings, ""), (FreeTextReport.Parse(text).Findings, FreeTextReport.Parse(text).Impression));
}
