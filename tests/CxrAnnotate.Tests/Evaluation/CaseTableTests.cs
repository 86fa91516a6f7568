using Microsoft.ML;

namespace CxrAnnotate.Tests;

public sealed class CaseTableTests
{
    private readonly MLContext _context = new(seed: 1);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_table_that_is_written_and_read_gives_the_same_figures(bool multiLabel)
    {
        CaseTable table = Table(multiLabel, 0);
        CaseTable read = Reread(table, multiLabel);
        Assert.Equal(table.Labels, read.Labels);
        Assert.Equal(table.Images, read.Images);
        Assert.Equal(table.Cases.Truth, read.Cases.Truth);
        Assert.Equal(table.Cases.Decisions, read.Cases.Decisions);
        Assert.Equal(table.Cases.Scores, read.Cases.Scores);
        Assert.Equal(table.Evaluate().ToJson(), read.Evaluate().ToJson());
    }

    [Fact]
    public void Cases_are_paired_by_their_image_whatever_their_order_and_others_are_left_out()
    {
        CaseTable first = Table(multiLabel: false, 0),
            second = Table(multiLabel: false, 1);
        (AnnotationComparison whole, int none) = first.Compare(second);
        Assert.Equal(0, none);
        Assert.Equal(
            second.Evaluate().Whole.Accuracy.Value - first.Evaluate().Whole.Accuracy.Value,
            whole.Whole.Accuracy.Value,
            12
        );
        int[] turned = [.. Enumerable.Range(0, second.Images.Count).Reverse()];
        CaseTable reversed = CaseTable.Of(second.Cases.Of(turned), [.. turned.Select(i => second.Images[i])]);
        Assert.Equal(whole.Whole.Accuracy, first.Compare(reversed).Comparison.Whole.Accuracy);
        CaseTable fewer = CaseTable.Of(second.Cases.Of(turned[10..]), [.. turned[10..].Select(i => second.Images[i])]);
        (AnnotationComparison part, int unpaired) = first.Compare(fewer);
        Assert.Equal((10, second.Images.Count - 10), (unpaired, part.Whole.Cases));
        CaseTable others = CaseTable.Of(second.Cases, [.. second.Images.Select(image => "other " + image)]);
        Assert.Contains("no image in common", Assert.Throws<InvalidOperationException>(() => first.Compare(others)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_table_names_no_patient()
    {
        using var folder = new ScratchFolder();
        string path = Path.Combine(folder.Path, "cases.csv");
        Table(multiLabel: false, 0).Write(path);
        string text = File.ReadAllText(path);
        Assert.StartsWith("image,patient,truth,true_annotation,reading,annotation,p ", text, StringComparison.Ordinal);
        Assert.DoesNotContain("Doe", text, StringComparison.Ordinal);
    }

    private CaseTable Reread(CaseTable table, bool multiLabel)
    {
        using var folder = new ScratchFolder();
        string path = Path.Combine(folder.Path, "cases.csv");
        table.Write(path);
        return _context.ChestXray().LoadCases(path, multiLabel);
    }

    /// <summary>Forty cases of twenty patients, read by one of several models.</summary>
    private static CaseTable Table(bool multiLabel, int model)
    {
        string[] labels = ["nodule", "opacity", "normal"];
        int count = 40;
        float[] OneHot(int label) => [.. labels.Select((_, k) => k == label ? 1f : 0f)];
        int Truth(int i) => i % 3;
        int Read(int i) => (i * (3 + model)) % 7 < 4 ? Truth(i) : (i + 1) % 3;
        return CaseTable.Of(
            new EvaluationCases
            {
                Scheme = multiLabel ? LabelScheme.Independent : LabelScheme.Exclusive,
                Labels = labels,
                Truth = [.. Enumerable.Range(0, count).Select(i => i == 5 && multiLabel ? [1, float.NaN, 0] : OneHot(Truth(i)))],
                Decisions = [.. Enumerable.Range(0, count).Select(i => OneHot(Read(i)))],
                Scores = [.. Enumerable.Range(0, count).Select(i => labels.Select((_, k) => k == Read(i) ? 0.6 + (i / 200.0) : 0.1).ToArray())],
                Captions = [.. Enumerable.Range(0,
                    count).Select(i => Truth(i) == 2 ? "normal" : $"{labels[Truth(i)]} lung {(i % 2 == 0 ? "left" : "right")}")],
                Emitted = [.. Enumerable.Range(0, count).Select(i => Read(i) == 2 ? "normal" : $"{labels[Read(i)]} lung left")],
                Units = [.. Enumerable.Range(0, count).Select(i => $"patient Doe {i / 2}")],
                NormalLabel = "normal",
            },
            [.. Enumerable.Range(0, count).Select(i => $"hash{i}")]
        );
    }
}
