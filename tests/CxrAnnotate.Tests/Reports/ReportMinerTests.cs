using CsCheck;

namespace CxrAnnotate.Tests;

/// <summary>Each sentence shows one behaviour of the rules.</summary>
public sealed class ReportMinerTests
{
    private static readonly ReportMiner Miner = new(ReportRules.Default);

    private static string Read(string findings, string impression = "") => new ReportMiner(ReportRules.Default).Mine(findings, impression).Annotation;

    private static FindingState? State(string text, string finding, UncertaintyPolicy policy = UncertaintyPolicy.Ignore) =>
        new ReportMiner(ReportRules.Default, uncertainty: policy).Mine(text, "").States[
            ReportRules.Default.Findings.ToList().FindIndex(one => one.Name == finding)
        ];

    [Theory]
    [InlineData("The heart is mildly enlarged.", "Cardiomegaly/mild")]
    [InlineData("Borderline heart size.", "Cardiomegaly/borderline")]
    [InlineData("Low lung volumes with bibasilar atelectasis.", "Lung/hypoinflation|Pulmonary Atelectasis/base/bilateral")]
    [InlineData("There is a calcified granuloma in the right midlung zone.", "Calcified Granuloma/lung/middle lobe/right")]
    [InlineData("Calcified 5 mm right upper lobe granuloma.", "Calcified Granuloma/lung/upper lobe/right")]
    [InlineData("Calcified right hilar lymph XXXX are seen.", "Calcinosis/lung/hilum/lymph nodes/right")]
    [InlineData("Degenerative changes of the thoracic spine.", "Thoracic Vertebrae/degenerative")]
    [InlineData("Mild degenerative changes in the spine.", "Spine/degenerative/mild")]
    [InlineData("The aorta is tortuous.", "Aorta/tortuous")]
    [InlineData("Mild tortuosity of the descending thoracic aorta.", "Aorta, Thoracic/tortuous/mild")]
    [InlineData("Atherosclerotic calcifications of the aortic XXXX.", "Atherosclerosis/aorta")]
    [InlineData("Right chest XXXX tip is visualized in the mid SVC.", "Catheters, Indwelling/right")]
    [InlineData("Small left pleural effusion.", "Pleural Effusion/left/small")]
    [InlineData("Lungs are hyperexpanded.", "Lung/hyperdistention")]
    [InlineData("Surgical clips are present in the right upper quadrant.", "Surgical Instruments/abdomen/right")]
    [InlineData("Stable moderate thoracic levoscoliosis.", "Scoliosis/thoracic vertebrae/left/moderate")]
    public void A_sentence_becomes_a_term_with_place_side_and_degree(string sentence, string annotation) => Assert.Equal(annotation, Read(sentence));

    [Theory]
    [InlineData("No focal consolidation, pneumothorax or pleural effusion.", "Pleural Effusion", FindingState.Absent)]
    [InlineData("Lungs are clear without effusion.", "Pleural Effusion", FindingState.Absent)]
    [InlineData("A pleural effusion is not seen.", "Pleural Effusion", FindingState.Absent)]
    [InlineData("The pleural effusion has resolved.", "Pleural Effusion", FindingState.Absent)]
    [InlineData("Negative for pleural effusion.", "Pleural Effusion", FindingState.Absent)]
    [InlineData("No significant change in the pleural effusion.", "Pleural Effusion", FindingState.Present)]
    [InlineData("No pneumothorax but there is a pleural effusion.", "Pleural Effusion", FindingState.Present)]
    [InlineData("No pneumothorax. Pleural effusion.", "Pleural Effusion", FindingState.Present)]
    [InlineData("Possible pleural effusion.", "Pleural Effusion", FindingState.Uncertain)]
    [InlineData("Opacity which may represent atelectasis.", "Pulmonary Atelectasis", FindingState.Uncertain)]
    [InlineData("A pleural effusion cannot be excluded.", "Pleural Effusion", FindingState.Uncertain)]
    [InlineData("Cannot exclude a pleural effusion.", "Pleural Effusion", FindingState.Uncertain)]
    [InlineData("Heart size normal.", "Pleural Effusion", null)]
    public void Negation_and_doubt_have_their_scope(string sentence, string finding, object? state) =>
        Assert.Equal((FindingState?)state, State(sentence, finding));

    [Fact]
    public void The_time_is_linear_in_the_number_of_distinct_terms()
    {
        string[] kinds = ["mild", "severe", "streaky", "patchy", "scattered", "multiple", "focal", "diffuse", "round", "chronic", "small"];
        string[] places = ["apex", "base", "upper lobe", "lower lobe", "hilum", "retrocardiac"];
        IEnumerable<string> sentences =
            from i in Enumerable.Range(0, 1 << kinds.Length)
            let adjectives = string.Join(' ', kinds.Where((_, bit) => (i >> bit & 1) == 1))
            from place in places
            select $"{adjectives} opacity in the left {place}.";
        MinedReport report = Miner.Mine(string.Join(' ', sentences), "");
        Assert.Equal((1 << kinds.Length) * places.Length, report.Mentions.Count);
        Assert.InRange(report.Terms.Count, 1, 256);
    }

    [Theory]
    [InlineData("Right upper lobe nodule and left basilar opacity.", "Nodule/lung/upper lobe/right|Opacity/lung/base/left")]
    [InlineData(
        "Left basilar opacity compatible with scarring or atelectasis.",
        "Opacity/lung/base/left|Cicatrix/lung/base/left|Pulmonary Atelectasis/base/left"
    )]
    [InlineData("There is an opacity in the left lower lobe and the right upper lobe.", "Opacity/lung/lower lobe/left|Opacity/lung/upper lobe/right")]
    [InlineData("No effusion. Nodule in the left apex.", "Nodule/lung/apex/left")]
    [InlineData("Opacities in the right and left lung bases.", "Opacity/lung/base/bilateral")]
    public void Places_and_sides_are_assigned_to_their_finding(string sentence, string annotation) => Assert.Equal(annotation, Read(sentence));

    [Theory]
    [InlineData(0, "Pleural Effusion/left")]
    [InlineData(5, "Pleural Effusion/left")]
    [InlineData(6, "Pleural Effusion/left")]
    [InlineData(7, "Nodule/left|Pleural Effusion")]
    [InlineData(8, "Nodule/left|Pleural Effusion")]
    public void An_adjective_belongs_to_the_finding_at_most_six_words_after_it(int words, string annotation)
    {
        // Farther away it goes to the finding before it.
        string between = string.Concat(Enumerable.Repeat(" qqq", words));
        string read = Read($"Nodule zzz left{between} pleural effusion.");
        Assert.Equal(words <= 6 ? $"Nodule|{annotation}" : annotation, read);
    }

    [Fact]
    public void Synonymous_places_and_implied_terms_are_written_once()
    {
        Assert.Equal("Nodule/lung/base/left", Read("Nodule in the left lower lobe.", "Nodule in the left lung base."));
        Assert.Equal("Cardiomegaly/mild", Read("Cardiomegaly.", "Mild cardiomegaly."));
    }

    [Fact]
    public void A_report_without_findings_is_normal_and_one_without_known_phrases_has_no_annotation()
    {
        Assert.Equal("normal", Read("The lungs are clear.", "No acute disease."));
        Assert.Equal("normal", Read("No pneumothorax or effusion."));
        Assert.Equal("", Read("No pneumothorax."));
        Assert.Equal("", Read("Thank you for this referral."));
        Assert.Equal("", Read(""));
    }

    [Theory]
    [InlineData(UncertaintyPolicy.Ignore, "", FindingState.Uncertain)]
    [InlineData(UncertaintyPolicy.Positive, "Nodule/lung/apex/left", FindingState.Present)]
    [InlineData(UncertaintyPolicy.Negative, "normal", FindingState.Absent)]
    [InlineData(UncertaintyPolicy.SeparateClass, "Possible Nodule/lung/apex/left", FindingState.Uncertain)]
    internal void The_policy_decides_on_uncertain_findings(UncertaintyPolicy policy, string annotation, object state)
    {
        const string text = "Possible nodule in the left apex. No pneumothorax or effusion.";
        Assert.Equal(annotation, new ReportMiner(ReportRules.Default, uncertainty: policy).Mine(text, "").Annotation);
        Assert.Equal((FindingState)state, State(text, "Nodule", policy));
    }

    [Theory]
    [InlineData(ReportSections.FindingsAndImpression, SectionConflict.Mentioned, "Nodule|Pleural Effusion|Scoliosis")]
    [InlineData(ReportSections.FindingsAndImpression, SectionConflict.ImpressionWins, "Pleural Effusion|Scoliosis")]
    [InlineData(ReportSections.FindingsAndImpression, SectionConflict.FindingsWins, "Nodule|Scoliosis")]
    [InlineData(ReportSections.Findings, SectionConflict.Mentioned, "Nodule|Scoliosis")]
    [InlineData(ReportSections.Impression, SectionConflict.Mentioned, "Pleural Effusion")]
    internal void Sections_are_chosen_and_their_conflicts_decided(ReportSections sections, SectionConflict conflict, string headings)
    {
        MinedReport report = new ReportMiner(ReportRules.Default, sections, conflict).Mine("Nodule. No effusion. Scoliosis.", "No nodule. Effusion.");
        Assert.Equal(headings, string.Join('|', report.Terms.Select(term => term.Heading).Order(StringComparer.Ordinal)));
    }

    private static readonly string[] Pieces =
    [
        "no",
        "may",
        "nodule",
        "left",
        "upper lobe",
        "calcified",
        "heart",
        "is",
        "enlarged",
        ",",
        ".",
        ";",
        "1.",
        "XXXX",
        "\n\n",
        "3.2",
        "(",
        "cannot be excluded",
        "but",
        "/",
        "|",
        "é",
        "\0",
    ];

    private static readonly string[] Unrelated =
    [
        "The patient was rotated.",
        "Comparison is made with a previous examination.",
        "Two views of the chest.",
    ];

    private static readonly string[] Sentences =
    [
        "Nodule in the left apex.",
        "Small right pleural effusion.",
        "Cardiomegaly.",
        "Bibasilar atelectasis.",
        "Calcified granuloma in the right upper lobe.",
        "Scarring at the left base.",
        "Thoracic scoliosis.",
    ];

    [Theory]
    [InlineData("No evidence of ")]
    [InlineData("There is no ")]
    [InlineData("Negative for ")]
    public void Negating_a_sentence_turns_present_into_absent(string negation)
    {
        foreach (string sentence in Sentences)
        {
            IReadOnlyList<FindingState?> said = Miner.Mine(sentence, "").States,
                denied = Miner.Mine(negation + sentence, "").States;
            Assert.Contains(FindingState.Present, said);
            Assert.Equal(said.Select(state => state == FindingState.Present ? FindingState.Absent : state), denied);
        }
    }

    [Fact]
    public void Any_text_gives_a_readable_annotation()
    {
        Gen<string> words = Gen.Int[0, Pieces.Length - 1].Select(i => Pieces[i]).Array[0, 60].Select(parts => string.Join(' ', parts));
        Gen.OneOf(Gen.String, words)
            .Sample(
                text =>
                {
                    MinedReport report = new ReportMiner(ReportRules.Default, uncertainty: UncertaintyPolicy.SeparateClass).Mine(text, text);
                    Assert.True(report.Terms.Count == 0 || MeshAnnotation.Parse(report.Annotation).Equals(new MeshAnnotation(report.Terms)));
                    Assert.All(report.Mentions, mention => Assert.InRange(mention.Span.Stop, mention.Span.Start + 1, text.Length));
                },
                iter: 5000
            );
    }

    [Fact]
    public void Case_and_blanks_do_not_matter() =>
        Gen.Select(Gen.Int[0, Sentences.Length - 1].Select(i => Sentences[i]).Array[1, 5], Gen.Int[0, 3])
            .Sample(
                (sentences, form) =>
                {
                    string text = string.Join(' ', sentences);
                    string other = form switch
                    {
                        0 => text.ToUpperInvariant(),
                        1 => text.ToLowerInvariant(),
                        2 => text.Replace(" ", "   ", StringComparison.Ordinal),
                        _ => text.Replace(" ", "\r\n", StringComparison.Ordinal),
                    };
                    Assert.Equal(Read(text), Read(other));
                },
                iter: 200
            );

    [Fact]
    public void An_unrelated_sentence_changes_nothing() =>
        Gen.Select(Gen.Int[0, Sentences.Length - 1].Select(i => Sentences[i]).Array[1, 4], Gen.Int[0, 2].Select(i => Unrelated[i]))
            .Sample(
                (sentences, unrelated) =>
                {
                    string text = string.Join(' ', sentences);
                    Assert.Equal(Read(text), Read($"{unrelated} {text}"));
                    Assert.Equal(Read(text), Read($"{text} {unrelated}"));
                },
                iter: 200
            );

    [Fact]
    public void A_text_of_a_megabyte_is_read_with_and_without_sentences()
    {
        Assert.Equal("Nodule/lung/apex/left", Read(string.Concat(Enumerable.Repeat("Nodule in the left apex. No effusion. ", 28_000))));
        Assert.Equal("", Read(new string('y', 1 << 20)));
        Assert.Equal("normal", Read(string.Concat(Enumerable.Repeat("no nodule or left mass ", 45_000))));
    }
}
