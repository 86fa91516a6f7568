using CsCheck;

namespace CxrAnnotate.Tests;

public sealed class CaptionTextTests
{
    private static string Print(string caption, params (string Token, string Form)[] forms) =>
        CaptionText.Print(caption.Split(' ', StringSplitOptions.RemoveEmptyEntries), forms.ToDictionary(f => f.Token, f => f.Form));

    private static WordForms FormsOf(params MeshAnnotation[] annotations)
    {
        WordForms forms = new();
        foreach (MeshTerm term in annotations.SelectMany(annotation => annotation.Terms))
        {
            string[] tokens = CaptionText.Tokenize(term);
            forms.AddHeading(tokens[0], term.Heading);
            for (int i = 1; i < tokens.Length; i++)
                forms.AddQualifier(tokens[i], term.Qualifiers[i - 1]);
        }
        return forms;
    }

    [Theory]
    [InlineData("Catheters, Indwelling", "catheters_indwelling"), InlineData("Lung/hypoinflation", "lung_hypoinflation")]
    [InlineData(" Thoracic Vertebrae/degenerative ", "thoracic_vertebrae_degenerative"), InlineData("normal", "normal")]
    [InlineData("Pulmonary Disease, Chronic Obstructive", "pulmonary_disease_chronic_obstructive"), InlineData("a,  b/ c", "a__b__c")]
    public void Terms_are_normalised_by_the_rule_of_the_paper(string term, string token) => Assert.Equal(token, MeshNormalization.Token(term));

    [Fact]
    public void Normalising_equals_the_chain_of_replacements_and_is_idempotent() =>
        Gen.String[Gen.Char["aB ,/_é"], 0, 20]
            .Sample(
                text =>
                {
                    string token = MeshNormalization.Token(text);
                    Assert.Equal(text.Trim().ToLowerInvariant().Replace('/', '_').Replace(", ", "_").Replace(' ', '_'), token);
                    Assert.Equal(token, MeshNormalization.Token(token));
                },
                iter: 2000
            );

    [Fact]
    public void Tokens_have_a_separator_between_terms_and_the_label_first()
    {
        MeshAnnotation annotation = MeshAnnotation.Parse("Density/retrocardiac|Opacity/lung/base/left|Density/left");
        Assert.Equal("density retrocardiac | opacity lung base left | density left", string.Join(' ', CaptionText.Tokenize(annotation)));
        Assert.Equal("opacity lung base left | density retrocardiac | density left", string.Join(' ', CaptionText.Tokenize(annotation, ["opacity"])));
        Assert.Equal("density retrocardiac | density left | opacity lung base left", string.Join(' ', CaptionText.Tokenize(annotation, ["density"])));
    }

    [Fact]
    public void Tokens_print_back_as_the_annotation()
    {
        // Tokens that differ in more than their letters' case cannot share one form, so words are drawn apart.
        Gen<string> heading = Gen.OneOf("Opacity", "Catheters, Indwelling", "Bone and Bones", "Lung", "COPD", "Aorta, Thoracic", "normal");
        Gen<string> qualifier = Gen.OneOf("left", "upper lobe", "lung", "aorta, thoracic", "mid+lower", "bone and bones", "small", "Emphysema");
        Gen.Select(
                heading,
                qualifier.Array[0, 3],
                (h, q) => new MeshTerm(h, [.. q.Distinct().Where(x => MeshNormalization.Token(x) != MeshNormalization.Token(h))])
            )
            .Array[1, 5]
            .Select(terms => new MeshAnnotation(terms))
            .Sample(
                annotation =>
                    Assert.Equal(annotation.ToString(), CaptionText.Print(CaptionText.Tokenize(annotation), FormsOf(annotation).ToDictionary())),
                iter: 500
            );
    }

    [Fact]
    public void Every_sequence_of_words_prints_a_readable_annotation()
    {
        Gen<string> token = Gen.OneOf("|", "|", "opacity", "left", "upper_lobe", "_", "catheters_indwelling", "", "lung_hypoinflation");
        token
            .List[0, 12]
            .Sample(
                tokens =>
                {
                    string text = CaptionText.Print(tokens, new Dictionary<string, string> { ["lung_hypoinflation"] = "Lung/hypoinflation" });
                    bool hasWord = tokens.Any(t => t is not ("|" or "" or "_"));
                    Assert.Equal(hasWord, MeshAnnotation.TryParse(text, out MeshAnnotation? read));
                    Assert.Equal(read?.ToString() ?? "", text);
                },
                iter: 1000
            );
    }

    [Theory]
    [InlineData("| opacity left", "Opacity/left"), InlineData("opacity | | nodule |", "Opacity|Nodule"), InlineData("left opacity", "Left/opacity")]
    [
        InlineData("opacity left left", "Opacity/left"),
        InlineData("normal", "normal"),
        InlineData("bone_and_bones", "Bone and Bones"),
        InlineData("|", ""),
        InlineData("", "")
    ]
    public void Odd_sequences_print_sensibly(string caption, string expected) => Assert.Equal(expected, Print(caption));

    [Fact]
    public void Forms_restore_what_normalising_removed()
    {
        MeshAnnotation[] annotations =
        [
            MeshAnnotation.Parse("Catheters, Indwelling/aorta, thoracic"),
            MeshAnnotation.Parse("Aorta, Thoracic/lung"),
            MeshAnnotation.Parse("Lung/hypoinflation"),
        ];
        Dictionary<string, string> forms = FormsOf(annotations).ToDictionary();
        Assert.Equal("Catheters, Indwelling", forms["catheters_indwelling"]);
        foreach (MeshAnnotation annotation in annotations)
            Assert.Equal(annotation.ToString(), CaptionText.Print(CaptionText.Tokenize(annotation), forms));
        Assert.Equal("Aorta, Thoracic/aorta thoracic", CaptionText.Print(["aorta_thoracic", "aorta thoracic"], forms));
        Assert.Contains("catheters_indwelling\tCatheters, Indwelling", WordForms.ToEntries(forms));
    }

    [Fact]
    public void The_most_frequent_form_wins_in_any_order()
    {
        string[] headings = ["Thoracic Vertebrae", "Thoracic vertebrae", "Thoracic Vertebrae"];
        foreach (string[] order in (string[][])[headings, [.. headings.Reverse()], [headings[1], headings[0], headings[2]]])
        {
            WordForms forms = new();
            foreach (string heading in order)
                forms.AddHeading(MeshNormalization.Token(heading), heading);
            Assert.Equal("Thoracic Vertebrae", forms.ToDictionary()["thoracic_vertebrae"]);
        }
        Assert.Equal("Unknown Word", new WordForms().HeadingForm("unknown_word"));
    }
}
