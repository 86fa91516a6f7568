namespace CxrAnnotate.Tests;

public sealed class DecoderVocabularyTests
{
    private static readonly DecoderVocabulary Vocabulary = DecoderVocabulary.Build(
        ["nodule#1", "nodule#2", "opacity+scoliosis", "normal", "cicatrix"],
        [
            ["nodule", "lung", "right"],
            ["nodule", "lung", "|", "opacity"],
            ["opacity", "|", "scoliosis"],
            ["normal"],
            ["lung"],
        ]
    );

    [Fact]
    public void Words_are_ordered_and_each_label_has_its_start_word()
    {
        Assert.Equal(
            ["_empty_", "_end_", "_unknown_", "opacity+scoliosis", "cicatrix", "lung", "nodule", "normal", "opacity", "right", "scoliosis", "|"],
            Vocabulary.Words
        );
        Assert.Equal(4, Vocabulary.FirstPrintable);
        Assert.Equal(["cicatrix", "nodule", "normal", "opacity+scoliosis"], Vocabulary.Labels);
        Assert.Equal(Vocabulary.IdOf("nodule"), Vocabulary.StartOf("nodule#7"));
        Assert.Equal(3, Vocabulary.StartOf("opacity+scoliosis"));
    }

    [Theory]
    [InlineData("never_seen")]
    [InlineData("opacity")]
    [InlineData("right")]
    [InlineData("_end_")]
    public void A_label_not_seen_in_training_starts_with_the_unknown_word(string label) =>
        Assert.Equal(ReservedWords.UnknownId, Vocabulary.StartOf(label));

    [Theory]
    [InlineData("nodule#2", "nodule lung right", "lung right", "nodule lung right")]
    [InlineData("normal", "normal", "", "normal")]
    [InlineData("cicatrix", "lung", "lung", "cicatrix lung")]
    [InlineData("opacity+scoliosis", "opacity | scoliosis", "opacity | scoliosis", "opacity | scoliosis")]
    [InlineData("nodule", "nodule lung unheard_of _empty_ _empty_", "lung", "nodule lung")]
    public void A_heading_is_printed_first_and_a_pattern_only_starts(string label, string caption, string targets, string tokens)
    {
        int[] ids = Vocabulary.Targets(label, DecoderVocabulary.Split(caption));
        Assert.Equal(targets, string.Join(' ', ids.Select(i => Vocabulary.Words[i])));
        Assert.Equal(tokens, string.Join(' ', Vocabulary.Tokens(label, ids)));
    }

    [Fact]
    public void A_configuration_survives_json()
    {
        var configuration = new DecoderConfiguration
        {
            Cell = RecurrentCell.Lstm,
            Layers = 2,
            HiddenSize = 3,
            FeatureSize = 4,
            Words = Vocabulary.Words,
            FirstPrintable = Vocabulary.FirstPrintable,
            Labels = [.. Vocabulary.Labels],
            DisplayForms = new Dictionary<string, string> { ["nodule"] = "Nodule, \"x\"" },
            Search = DecodingSearch.Sample,
            Temperature = 0.7,
            SampleSeed = -3,
            MaximumLength = 5,
        };
        DecoderConfiguration read = Read(configuration.ToJson());
        Assert.Equal(configuration.ToJson(), read.ToJson());
        Assert.Equal(configuration.Words, read.Words);
        Assert.Equal((RecurrentCell.Lstm, DecodingSearch.Sample, 0.7, -3), (read.Cell, read.Search, read.Temperature, read.SampleSeed));
        Assert.Equal("Nodule, \"x\"", read.CreateVocabulary().DisplayForms["nodule"]);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("null")]
    [InlineData("{\"Cell\":\"Gru\"}")]
    [InlineData(
        "{\"Cell\":\"Gru\",\"Layers\":0,\"HiddenSize\":3,\"FeatureSize\":4,"
            + "\"Words\":[\"a\",\"b\",\"c\",\"d\"],\"FirstPrintable\":3,\"Labels\":[],\"DisplayForms\":{},\"MaximumLength\":5}"
    )]
    [InlineData(
        "{\"Cell\":\"Gru\",\"Layers\":1,\"HiddenSize\":3,\"FeatureSize\":4,"
            + "\"Words\":[\"a\",\"b\",\"c\",\"c\"],\"FirstPrintable\":3,\"Labels\":[],\"DisplayForms\":{},\"MaximumLength\":5}"
    )]
    public void A_broken_configuration_is_refused(string json) => Assert.Throws<InvalidDataException>(() => Read(json));

    internal static DecoderConfiguration Read(string json)
    {
        using var folder = new ScratchFolder();
        return DecoderConfiguration.Read(folder.Write("decoder.json", json));
    }
}
