namespace CxrAnnotate.Tests;

public sealed class ReportTextTests
{
    private static readonly ReportVocabulary Vocabulary = new();

    static ReportTextTests()
    {
        foreach (string word in (string[])["left", "sided", "patients", "nodule", "effusion", "dr"])
            Vocabulary.Add(word);
        Vocabulary.Add("dr", ReportWordClass.Abbreviation);
        Vocabulary.Add("the", ReportWordClass.Continuation);
    }

    private static string[] Sentences(string text)
    {
        List<ReportToken> tokens = [];
        ReportText.Tokenize(text, new TextSpan(0, text.Length), Vocabulary, tokens);
        List<string> sentences = [""];
        foreach (ReportToken token in tokens)
        {
            if (token.Kind == ReportTokenKind.End)
                sentences.Add("");
            else
                sentences[^1] = $"{sentences[^1]} {text[token.Start..token.Stop]}".TrimStart();
        }
        return [.. sentences.Where(sentence => sentence.Length > 0)];
    }

    [Theory]
    [InlineData("Nodule. Effusion.", "Nodule|Effusion")]
    [InlineData("1. Nodule. 2. Effusion.", "Nodule|Effusion")]
    [InlineData("1) Nodule 3.Effusion", "Nodule 3|Effusion")]
    [InlineData("A 3.2 cm nodule.", "A 3.2 cm nodule")]
    [InlineData("Told to Dr. Jones. Nodule", "Told to Dr Jones|Nodule")]
    [InlineData("e.g. nodule", "e g nodule")]
    [InlineData("left-sided nodule/effusion", "left sided nodule effusion")]
    [InlineData("the patient's nodule", "the patient's nodule")]
    [InlineData("Nodule\n\nEffusion", "Nodule|Effusion")]
    [InlineData("Nodule\nleft", "Nodule left")]
    [InlineData("Nodule; effusion", "Nodule|effusion")]
    [InlineData("noted.There", "noted|There")]
    [InlineData("... .", "")]
    [InlineData("Nodule\nEffusion", "Nodule|Effusion")]
    [InlineData("Nodule of the\nLeft lung", "Nodule of the Left lung")]
    [InlineData("- Nodule\n- Effusion", "Nodule|Effusion")]
    [InlineData("Nodule - effusion", "Nodule - effusion")]
    [InlineData("3-4 cm", "3 4 cm")]
    [InlineData("? nodule", "? nodule")]
    [InlineData("Nodule? Effusion", "Nodule|Effusion")]
    public void Sentences_end_where_a_reader_would_end_them(string text, string sentences) =>
        Assert.Equal(sentences, string.Join('|', Sentences(text)));

    [Fact]
    public void Words_are_known_in_any_case_and_placeholders_and_numbers_are_distinguished()
    {
        List<ReportToken> tokens = [];
        ReportText.Tokenize("LEFT Patient's xxxx XXXX 12 unknown", new TextSpan(0, "LEFT Patient's xxxx XXXX 12 unknown".Length), Vocabulary, tokens);
        Assert.Equal(
            [
                Vocabulary.Find("left"),
                Vocabulary.Find("patients"),
                ReportVocabulary.Blank,
                ReportVocabulary.Blank,
                ReportVocabulary.Number,
                ReportVocabulary.Unknown,
                ReportVocabulary.Unknown,
            ],
            tokens.Select(token => token.Id)
        );
    }
}
