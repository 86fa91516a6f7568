namespace CxrAnnotate.Tests;

public sealed class AnnotationSlotsTests
{
    [Theory]
    [InlineData("calcified_granuloma lung upper_lobe right", "calcified_granuloma", "lung upper_lobe", "upper_lobe", "right", "")]
    [InlineData("infiltrate lung mid+lower bilateral severe", "infiltrate", "lung mid+lower", "mid+lower", "bilateral", "severe")]
    [InlineData("nodule lung left small", "nodule", "lung", "", "left", "small")]
    [InlineData("opacity lung base left | cardiomegaly mild", "cardiomegaly opacity", "base lung", "base", "left", "mild")]
    [InlineData("lung hypoinflation | diaphragm right elevated", "diaphragm_elevated lung_hypoinflation", "", "", "right", "")]
    [InlineData("lung_hypoinflation", "lung_hypoinflation", "", "", "", "")]
    [InlineData("normal", "normal", "", "", "", "")]
    [InlineData("", "", "", "", "", "")]
    public void An_annotation_is_read_slot_by_slot(string tokens, string finding, string location, string zone, string side, string severity)
    {
        AnnotationSlots slots = AnnotationSlots.Parse(tokens);
        string[] expected = [finding, location, zone, side, severity];
        for (int slot = 0; slot < expected.Length; slot++)
            Assert.Equal(expected[slot].Split(' ', StringSplitOptions.RemoveEmptyEntries), slots[slot].Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Without_separators_an_unknown_word_starts_the_next_finding() =>
        Assert.Equal(
            ["bone_diseases_metabolic", "calcified_granuloma", "calcinosis", "density", "opacity"],
            AnnotationSlots
                .Parse("bone_diseases_metabolic spine calcified_granuloma calcinosis blood_vessels density retrocardiac opacity lung base left")[
                    AnnotationSlots.Finding
                ]
                .Order(StringComparer.Ordinal)
        );

    [Fact]
    public void Slots_agree_as_sets_whatever_the_order_of_the_terms()
    {
        AnnotationSlots one = AnnotationSlots.Parse("opacity lung base left | nodule lung right"),
            other = AnnotationSlots.Parse("nodule lung right | opacity lung base left");
        Assert.All(Enumerable.Range(0, AnnotationSlots.Names.Count), slot => Assert.True(one.Agrees(other, slot)));
        Assert.False(one.Agrees(AnnotationSlots.Parse("nodule lung right"), AnnotationSlots.Side));
    }

    [Theory]
    [InlineData("openi/openi.mesh")]
    [InlineData("context/annotations.csv")]
    public void Every_qualifier_of_the_collections_is_in_the_lexicon_once(string file)
    {
        string[] lines = File.ReadAllLines(TestData.Require(file));
        IEnumerable<string> annotations = file.EndsWith(".csv", StringComparison.Ordinal)
            ? lines.Skip(1).Select(l => l.Split(',')[1])
            : lines.Select(l => l[(l.IndexOf('|', StringComparison.Ordinal) + 1)..]);
        string[] qualifiers =
        [
            .. annotations
                .SelectMany(a => a.Split('|'))
                .SelectMany(t => t.Split('/').Skip(1))
                .Select(q => q.Trim().ToLowerInvariant().Replace(", ", "_", StringComparison.Ordinal).Replace(' ', '_'))
                .Distinct(),
        ];
        Assert.True(qualifiers.Length > 10);
        foreach (string word in qualifiers)
        {
            int homes =
                (AnnotationLexicon.Sides.Contains(word) ? 1 : 0)
                + (AnnotationLexicon.Severities.Contains(word) ? 1 : 0)
                + (AnnotationLexicon.IsLocation(word) ? 1 : 0)
                + (AnnotationLexicon.Attributes.Contains(word) ? 1 : 0);
            Assert.True(homes == 1, $"'{word}' is in {homes} lists of the lexicon");
        }
    }
}
