using CsCheck;

namespace CxrAnnotate.Tests;

public sealed class LabelSchemeTests
{
    private const float Unknown = float.NaN;
    private static readonly int[] _baseOf = [0, 1, 1, 2];
    private static readonly string[] _labels = ["nodule", "opacity", "normal"];
    private static readonly string[] _caption = ["opacity", "lung", "|", "nodule", "|", "mass", "left"];

    [Fact]
    public void The_exclusive_label_with_the_largest_sum_of_parts_is_chosen() =>
        Gen.Double[0.01, 1]
            .Array[4]
            .Sample(raw =>
            {
                float[] scores = [.. raw.Select(r => (float)(r / raw.Sum()))];
                float[] bases = [scores[0], scores[1] + scores[2], scores[3]];
                // Ties go to the earlier label.
                int best = Array.IndexOf(bases, bases.Max());
                Assert.Equal(bases.Select((_, b) => b == best ? 1f : 0f), LabelScheme.Exclusive.Decide(_baseOf, scores, null));
            });

    [Fact]
    public void Every_independent_finding_with_a_part_at_its_threshold_is_chosen() =>
        Assert.Equal([1f, 1, 0], LabelScheme.Independent.Decide(_baseOf, [0.3f, 0.1f, 0.6f, 0.2f], [0.3f, 0.5f, 0.5f, 0.4f]));

    [Fact]
    public void Missing_probabilities_decide_nothing()
    {
        float[] missing = [float.NaN, float.NaN, float.NaN, float.NaN];
        Assert.All(LabelScheme.Exclusive.Decide(_baseOf, missing, null), v => Assert.True(float.IsNaN(v)));
        Assert.All(LabelScheme.Independent.Decide(_baseOf, missing, [0.5f, 0.5f, 0.5f, 0.5f]), v => Assert.True(float.IsNaN(v)));
    }

    [Fact]
    public void The_probabilities_of_all_annotations_of_an_image_sum_to_one() =>
        Gen.Double[0, 1]
            .Array[3]
            .Sample(p =>
            {
                // Every finding has one way to be written: the annotations are the subsets of the findings.
                double sum = 0;
                for (int set = 0; set < 8; set++)
                    sum += LabelScheme.Independent.Joint(
                        Enumerable.Range(0, 3).Where(k => (set >> k & 1) == 1).Select(k => (double)(float)p[k]),
                        Enumerable.Range(0, 3).Where(k => (set >> k & 1) == 0).Select(k => (float)p[k])
                    );
                Assert.Equal(1, sum, 1e-6);
            });

    [Fact]
    public void A_word_occurs_if_any_label_brings_it()
    {
        (float, double)[] labels = [(0.5f, 0.5), (0.25f, 1)];
        // Exclusive: 0.5 * 0.5 + 0.25. Independent: 1 - 0.75 * 0.75.
        Assert.Equal(0.5, LabelScheme.Exclusive.Occurs(labels), 1e-9);
        Assert.Equal(0.4375, LabelScheme.Independent.Occurs(labels), 1e-9);
    }

    [Fact]
    public void Exclusive_labels_are_searched_until_they_cover_nearly_everything()
    {
        Assert.Equal(1, LabelScheme.Exclusive.Searched([0.995f, 0.005f], 12));
        Assert.Equal(2, LabelScheme.Exclusive.Searched([0.6f, 0.395f, 0.005f], 12));
        Assert.Equal(8, LabelScheme.Exclusive.Searched([.. Enumerable.Repeat(0.05f, 20)], 12));
        Assert.Equal(3, LabelScheme.Independent.Searched([.. Enumerable.Repeat(0.05f, 20)], 3));
    }

    [Fact]
    public void A_row_of_one_label_is_in_the_order_of_other_labels_or_has_none_of_them()
    {
        Assert.Equal([0, 1, 0], ExclusiveLabels.OneHot(1, 3));
        Assert.Equal([Unknown, Unknown], ExclusiveLabels.OneHot(-1, 2));
        Assert.Equal([0, 1], LabelScheme.Exclusive.Arrange([1, 0, 0], [2, 0]));
        Assert.Equal([Unknown, Unknown], LabelScheme.Exclusive.Arrange([1, 0, 0], [2, -1]));
        Assert.Equal([Unknown, Unknown], LabelScheme.Exclusive.Arrange([Unknown, Unknown, Unknown], [-1, 0]));
    }

    [Fact]
    public void Findings_that_other_labels_do_not_have_are_unknown() =>
        Assert.Equal([0, Unknown, 1], LabelScheme.Independent.Arrange([1, 0, Unknown], [1, -1, 0]));

    [Fact]
    public void What_an_annotation_says_of_its_labels_is_the_whole_of_one_and_the_terms_of_several()
    {
        var (label, words) = Assert.Single(LabelScheme.Exclusive.Pairs(_labels, [0, 1, 0], _caption));
        Assert.Equal((1, _caption), (label, words));
        Assert.Empty(LabelScheme.Exclusive.Pairs(_labels, [Unknown, Unknown, Unknown], _caption));
        Assert.Empty(LabelScheme.Exclusive.Pairs(_labels, [0, 1, 0], []));
        Assert.Equal(
            ["1: opacity lung", "0: nodule"],
            LabelScheme.Independent.Pairs(_labels, [1, 1, 0], _caption).Select(p => $"{p.Label}: {string.Join(' ', p.Words)}")
        );
        Assert.Equal([0], LabelScheme.Independent.Pairs(_labels, [1, Unknown, 0], _caption).Select(p => p.Label));
    }

    [Fact]
    public void A_present_label_that_was_split_is_one_of_its_parts()
    {
        int[] baseOf = [0, 0, 1, 2, 2];
        Assert.Equal([0, 1, 1, 0, 0], BaseLabels.Unfold(baseOf, [1, 1, 0], [1, 2, -1]));
        Assert.Equal([Unknown, Unknown, 1, Unknown, Unknown], BaseLabels.Unfold(baseOf, [1, 1, Unknown], [-1, -1, -1]));
        Assert.Equal([1, 0, 0], LabelScheme.Independent.Fold(baseOf, BaseLabels.Unfold(baseOf, [1, 0, 0], [0, -1, -1])));
    }

    [Theory]
    [InlineData("independentFindings")]
    [InlineData("several")]
    public void A_file_whose_scheme_is_unknown_or_does_not_fit_is_refused(string scheme)
    {
        using var folder = new ScratchFolder();
        string path = Path.Combine(folder.Path, "classifier.json");
        var configuration = new ClassifierConfiguration
        {
            Architecture = CnnArchitecture.ResNet18Slim,
            Labels = ["normal", "nodule"],
            Height = 64,
            Width = 64,
            CropSize = 56,
            Channels = 1,
            BatchNormalization = true,
            Dropout = 0,
            Scheme = LabelScheme.Exclusive.Name,
        };
        File.WriteAllText(path, configuration.ToJson());
        Assert.Same(LabelScheme.Exclusive, ClassifierConfiguration.Read(path).LabelScheme);
        // Files from before the scheme was saved.
        File.WriteAllText(path, (configuration with { Scheme = null }).ToJson());
        Assert.Same(LabelScheme.Exclusive, ClassifierConfiguration.Read(path).LabelScheme);
        File.WriteAllText(path, (configuration with { Scheme = null, Thresholds = [0.5f, 0.4f] }).ToJson());
        Assert.Same(LabelScheme.Independent, ClassifierConfiguration.Read(path).LabelScheme);
        File.WriteAllText(path, (configuration with { Scheme = scheme }).ToJson());
        string message = Assert.Throws<InvalidDataException>(() => ClassifierConfiguration.Read(path)).Message;
        Assert.Contains("label scheme", message, StringComparison.Ordinal);
    }
}
