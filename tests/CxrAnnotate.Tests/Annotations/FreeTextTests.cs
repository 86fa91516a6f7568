using System.Text;

namespace CxrAnnotate.Tests;

public sealed class FreeTextTests
{
    [Theory]
    [InlineData("No acute disease.")]
    [InlineData("No acute findings")]
    [InlineData("The lungs are clear")]
    [InlineData("Heart size and pulmonary vascularity within normal limits. There is a 5/6 mm nodule")]
    [InlineData("Stable cardiomegaly | no effusion | without pneumothorax")]
    [InlineData("Kein Anhalt für eine akute Stauung.")]
    [InlineData("Infiltrado alveolar en lóbulo inferior derecho compatible con proceso infeccioso")]
    public void Sentences_are_detected(string text) => Assert.True(FreeText.Looks(text));

    [Theory]
    [InlineData("")]
    [InlineData("normal")]
    [InlineData("No Finding")]
    [InlineData("Technical Quality of Image Unsatisfactory ")]
    [InlineData("Opacity/lung/base/left|Catheters, Indwelling|Pulmonary Disease, Chronic Obstructive/severe")]
    [InlineData("Nodule/lung/upper lobe/right/multiple/small/calcified/round/scattered")]
    public void Annotations_are_not_taken_for_sentences(string text) => Assert.False(FreeText.Looks(text));

    [Fact]
    public void No_annotation_of_the_collection_is_taken_for_a_sentence() =>
        Assert.DoesNotContain(
            File.ReadLines(TestData.Require("openi/openi.mesh"), Encoding.Latin1)
                .Select(line => line[(line.IndexOf('|', StringComparison.Ordinal) + 1)..]),
            text => FreeText.Looks(text)
        );

    [Fact]
    public void Most_reports_of_the_collection_are_detected()
    {
        var log = new LoggedContext();
        string[] texts =
        [
            .. log.Rows(log.Cxr.Data.LoadOpenI(TestData.Require("openi/reports.tgz")))
                .SelectMany(row => new[] { row.Findings, row.Impression })
                .Where(text => text.Length > 0)
                .Distinct(StringComparer.Ordinal),
        ];
        Assert.True(texts.Count(FreeText.Looks) > 0.9 * texts.Length, $"{texts.Count(FreeText.Looks)} of {texts.Length}");
    }
}
