namespace CxrAnnotate.Tests;

public sealed class ReportRulesTests : IDisposable
{
    private readonly ScratchFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static string[] Expand(string phrase, params (string Name, string[] Words)[] names) =>
        [
            .. PhrasePattern
                .Expand(
                    PhrasePattern.Parse(
                        phrase,
                        names.ToDictionary(
                            name => name.Name,
                            name => name.Words.Select(words => words.Split(' ').Select(word => new PhrasePart(word, [])).ToList()).ToList()
                        ),
                        out _
                    )
                )
                .Select(sequence => string.Join(' ', sequence)),
        ];

    [Theory]
    [InlineData("Pleural effusion", "pleural effusion")]
    [InlineData("a|b c", "a c;b c")]
    [InlineData("(a b|c) d", "a b d;c d")]
    [InlineData("a b? c", "a b c;a c")]
    [InlineData("a (b|c)?", "a b;a c;a")]
    [InlineData("a _ b", "a _ b")]
    [InlineData("a ... b", "a b;a _ b;a _ _ b;a _ _ _ b")]
    [InlineData("{n} a", "x y a;z a")]
    [InlineData("# cm", "# cm")]
    public void A_phrase_stands_for_its_sequences(string phrase, string sequences) =>
        Assert.Equal(sequences.Split(';'), Expand(phrase, ("n", ["x y", "z"])));

    [Theory]
    [InlineData("(a", "not closed")]
    [InlineData("a)", "a word is expected")]
    [InlineData("a }", "a word is expected")]
    [InlineData("{m}", "[words m]")]
    [InlineData("a-b", "hyphen")]
    [InlineData("a|", "expected")]
    [InlineData("_ a", "begins with any word")]
    [InlineData("a?", "no word at all")]
    public void A_malformed_phrase_is_reported_with_the_reason(string phrase, string reason) =>
        Assert.Contains(reason, Assert.Throws<FormatException>(() => Expand(phrase)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("rules", 1, "report-rules 1")]
    [InlineData("report-rules 99", 1, "newer version")]
    [InlineData("report-rules 1\nnodule", 2, "outside a block")]
    [InlineData("report-rules 1\n\n[finding Nodule\nnodule", 3, "not closed")]
    [InlineData("report-rules 1\n[findings Nodule]", 2, "Blocks are")]
    [InlineData("report-rules 1\n[finding Nodule]\nnodule (", 3, "not closed")]
    [InlineData("report-rules 1\n[finding Nodule]\nsize = 1", 3, "no option 'size'")]
    [InlineData("report-rules 1\n[finding Nodule]\ntakes = colour", 3, "'colour'")]
    [InlineData("report-rules 1\n[finding Nodule]\n- mass", 3, "cannot be removed")]
    [InlineData("report-rules 1\n[finding Nodule]\ngives way to = Mass\nnodule", 3, "[finding Mass]")]
    [InlineData("report-rules 1\n[negation before]\ntakes = place", 3, "outside")]
    [InlineData("report-rules 1\n[finding A//b]", 2, "not a heading")]
    public void An_error_in_a_file_names_file_and_line(string text, int line, string told)
    {
        string message = Assert.Throws<InvalidDataException>(() => ReportRulesReader.Parse(text, "our.rules")).Message;
        Assert.StartsWith($"'our.rules', line {line}: ", CxrError.TextOf(message), StringComparison.Ordinal);
        Assert.Contains(told, message, StringComparison.Ordinal);
    }

    [Fact]
    public void Files_without_rules_are_named()
    {
        string empty = _folder.Write("empty.rules", ""),
            binary = _folder.Write("binary.rules", [0, 1, 2, 255]),
            nothing = _folder.Write("nothing.rules", "report-rules 1\n[normality]\nclear\n");
        foreach (string file in (string[])[empty, binary, nothing])
            Assert.Contains(file, Assert.Throws<InvalidDataException>(() => ReportRulesReader.Read(file, [])).Message, StringComparison.Ordinal);
        Assert.Throws<FileNotFoundException>(() => ReportRulesReader.Read(Path.Combine(_folder.Path, "absent.rules"), []));
    }

    [Fact]
    public void Rules_extend_reduce_or_replace_those_of_the_library()
    {
        string more = _folder.Write("more.rules", "report-rules 1\n[finding Gossypiboma]\nretained sponge\n[finding Nodule]\n- nodule|nodules\n");
        ReportMiner added = new(ReportRulesReader.Read(null, [more])),
            alone = new(ReportRulesReader.Parse("report-rules 1\n[finding Gossypiboma]\nretained sponge\n", "x"));
        const string text = "Retained sponge in the left upper lobe. Nodule. Cardiomegaly.";
        Assert.Equal("Gossypiboma/lung/upper lobe/left|Cardiomegaly", added.Mine(text, "").Annotation);
        Assert.Equal("Gossypiboma", alone.Mine(text, "").Annotation);
        Assert.DoesNotContain(ReportRules.Default.Findings, finding => finding.Name == "Gossypiboma");
    }

    [Fact]
    public void The_rules_of_the_library_cover_every_evaluated_finding() =>
        Assert.Empty(ReportMiningEvaluation.Findings.Except(ReportRules.Default.Findings.Select(finding => finding.Name)));

    [Fact]
    public void The_longest_phrase_from_the_left_is_taken_in_each_layer()
    {
        ReportMiner miner = new(
            ReportRulesReader.Parse("report-rules 1\n[finding A]\nbig red spot\n[finding B]\nbig red\n[finding C]\nspot\n[side left]\nred\n", "x")
        );
        Assert.Equal("A/left", miner.Mine("big red spot", "").Annotation);
        Assert.Equal("B/left", miner.Mine("big red dot", "").Annotation);
        Assert.Equal("B/left|C", miner.Mine("big red dot. spot", "").Annotation);
    }
}
