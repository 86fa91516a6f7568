namespace CxrAnnotate.Tests;

public sealed class LabelMapTests
{
    [Fact]
    public void Every_term_and_location_of_the_maps_is_in_the_grammar()
    {
        foreach (LabelMap map in LabelMap.All.Values)
        {
            foreach (string label in map.Names)
            {
                Assert.True(map.TryTerms(label, out IReadOnlyList<LabelTerm> terms));
                foreach (string place in map.PlaceNames.Append(""))
                {
                    FindingPlace where =
                        place.Length == 0 ? new([], "")
                        : map.TryPlace(place, out FindingPlace found) ? found
                        : throw new InvalidOperationException(place);
                    Assert.All(
                        terms,
                        term =>
                        {
                            string text = term.At(where);
                            Assert.Equal(text, MeshAnnotation.Parse(text).ToString());
                            Assert.DoesNotContain('*', text);
                            Assert.Distinct(text.Split('/'));
                        }
                    );
                }
            }
        }
    }

    [Fact]
    public void The_maps_have_the_published_labels()
    {
        Assert.Equal(
            "Atelectasis,Cardiomegaly,Consolidation,Edema,Effusion,Emphysema,Fibrosis,Hernia,Infiltration,Mass,No "
                + "Finding,Nodule,Pleural_Thickening,Pneumonia,Pneumothorax",
            string.Join(',', LabelMap.Of(Nih14Reader.Source).Names.Order(StringComparer.Ordinal))
        );
        Assert.Equal(DataSetMiniatures.CheXpertFindings, string.Join(',', LabelMap.Of(CheXpertReader.Source).Names));
        Assert.Equal(DataSetMiniatures.MimicFindings, string.Join(',', LabelMap.Of(CheXpertReader.Source).Names.Order(StringComparer.Ordinal)));
    }

    [Fact]
    public void Findings_of_a_set_have_headings_of_their_own_so_that_absence_of_one_says_nothing_of_another()
    {
        // PadChest has several labels of one finding, VinDr-CXR two kinds of fracture, and a label of CheXpert stands for several headings.
        Assert.All(
            LabelMap.All.Where(map => map.Key is not (PadChestReader.Source or VinDrCxrReader.Source or "chexpert export")),
            map =>
                Assert.Distinct(
                    map.Value.Names.SelectMany(name => map.Value.TryTerms(name, out IReadOnlyList<LabelTerm> terms) ? terms : [])
                        .Select(term => term.Heading)
                )
        );
    }

    [Fact]
    public void Headings_of_Open_i_are_spelled_as_in_Open_i()
    {
        string[] headings =
        [
            .. File.ReadLines(TestData.Require("openi/openi.mesh"), System.Text.Encoding.Latin1)
                .SelectMany(line => line.Split('|').Skip(1))
                .Select(term => term.Split('/')[0].Trim())
                .Distinct(StringComparer.Ordinal),
        ];
        string[] ours =
        [
            .. LabelMap
                .All.Values.SelectMany(map => map.Names.SelectMany(name => map.TryTerms(name, out IReadOnlyList<LabelTerm> terms) ? terms : []))
                .Select(term => term.Heading)
                .Distinct(StringComparer.Ordinal),
        ];
        Assert.All(
            ours.Where(heading => headings.Contains(heading, StringComparer.OrdinalIgnoreCase)),
            heading => Assert.Contains(heading, headings)
        );
        // NIH has 14 labels in all; for CheXpert and PadChest this is most of them.
        Assert.All(
            LabelMap.Of(Nih14Reader.Source).Names,
            name =>
                Assert.All(
                    LabelMap.Of(Nih14Reader.Source).TryTerms(name, out IReadOnlyList<LabelTerm> terms) ? terms : [],
                    term => Assert.Contains(term.Heading, headings)
                )
        );
    }

    [Theory]
    [InlineData("label = A", "Line 1")]
    [InlineData("[a]\nlabel", "Line 2")]
    [InlineData("[a]\n\n# remark\nx = A\nX = B", "Line 5")]
    public void Errors_in_a_map_name_the_line(string text, string line) =>
        Assert.StartsWith($"CXR3201: {line}", Assert.Throws<FormatException>(() => LabelMap.Parse(text)).Message, StringComparison.Ordinal);

    [Fact]
    public void The_page_on_data_sets_has_the_maps_tables()
    {
        string page = Path.Combine(TestData.RepositoryRoot, "docs", "datasets.md");
        Assert.SkipUnless(File.Exists(page), "The repository is not beside the tests.");
        string[] lines = File.ReadAllLines(page);
        foreach (LabelMap map in LabelMap.All.Where(map => map.Key is not (PadChestReader.Source or "chexpert export")).Select(map => map.Value))
        {
            foreach (string name in map.Names)
            {
                map.TryTerms(name, out IReadOnlyList<LabelTerm> terms);
                Assert.Contains($"| {name} | `{string.Join('|', terms)}` |", lines);
            }
        }
    }

    [Fact]
    public void The_page_on_data_sets_has_what_else_the_labels_of_CheXpert_stand_for()
    {
        string page = Path.Combine(TestData.RepositoryRoot, "docs", "datasets.md");
        Assert.SkipUnless(File.Exists(page), "The repository is not beside the tests.");
        string[] lines = File.ReadAllLines(page);
        LabelMap map = LabelMap.Of("chexpert export");
        Assert.Subset(LabelMap.Of(CheXpertReader.Source).Names.ToHashSet(), map.Names.ToHashSet());
        foreach (string name in map.Names.Where(name => name != "No Finding"))
        {
            map.TryTerms(name, out IReadOnlyList<LabelTerm> terms);
            Assert.Contains($"| {name} | {string.Join(", ", terms.Select(term => $"`{term}`"))} |", lines);
        }
    }
}
