using Microsoft.ML;
using Microsoft.ML.Data;

namespace CxrAnnotate.Tests;

/// <summary>Loss, prior correction and thresholds of the image network, computed by hand for a network with known probabilities.</summary>
public sealed class ClassifierLossTests
{
    private static readonly string[] Parts = ["nodule#1", "nodule#2", "normal"];

    [Theory]
    [InlineData(0)]
    [InlineData(0.1)]
    [InlineData(0.5)]
    public void Label_smoothing_spreads_a_part_of_the_target_evenly_over_all_labels(double smoothing)
    {
        using var folder = new ScratchFolder();
        var context = new MLContext(seed: 1);
        double[] p = [0.5, 0.3, 0.2];
        ClassifyDiseaseOptions options = ConstantNetwork.Options(ConstantNetwork.Write(folder, [.. p.Select(v => Math.Log(v))])) with
        {
            LabelSmoothing = smoothing,
        };
        IDataView rows = ConstantNetwork.Rows(
            context,
            ["a", "b", "c"],
            [(0, ""), (0, ""), (1, ""), (2, "")]
        );
        using var model = context.ChestXray().ClassifyDisease(options).Fit(rows);
        double[] mean = [0.5, 0.25, 0.25];
        double expected = -mean.Select((share, k) => (((1 - smoothing) * share) + (smoothing / 3)) * Math.Log(p[k])).Sum();
        Assert.Equal(expected, model.History.Epochs[0].TrainLoss, 1e-5);
    }

    [Theory]
    // Mirroring turns "left" into "right", so the part is unknown.
    [InlineData("nodule left", true)]
    // No side: mirroring changes nothing.
    [InlineData("nodule base", false)]
    // Never mirrored.
    [InlineData("nodule middle_lobe right", false)]
    public void A_mirrored_image_counts_for_any_part_of_its_label_if_its_annotation_has_a_side(string caption, bool anyPart)
    {
        using var folder = new ScratchFolder();
        var context = new MLContext(seed: 1);
        const int Rows = 120;
        // Half of the rows have part 1, the others are normal.
        ClassifyDiseaseOptions options = ConstantNetwork.Options(ConstantNetwork.Write(folder, Math.Log(0.25), Math.Log(0.5), Math.Log(0.25))) with
        {
            Augmentation = AugmentationOptions.None with { Mirror = 0.5 },
            WordWeight = 1e-9,
        };
        IDataView rows = ConstantNetwork.Rows(
            context,
            Parts,
            Enumerable.Range(0, Rows).Select(i => i % 2 == 0 ? (0, caption) : (2, "normal"))
        );
        using var model = context.ChestXray().ClassifyDisease(options).Fit(rows);
        // -ln 1/4 for each row, or -ln (1/4 + 1/2) for a mirrored row with a nodule: the difference is ln 3 per mirrored row.
        double mirrored = Rows * (Math.Log(4) - model.History.Epochs[0].TrainLoss) / Math.Log(3);
        Assert.Equal(Math.Round(mirrored), mirrored, 1e-2);
        if (anyPart)
            Assert.InRange(Math.Round(mirrored), 15, 45);
        else
            Assert.Equal(0, Math.Round(mirrored));
    }

    [Fact]
    public void The_part_of_a_mirrored_finding_is_unknown_and_adds_no_loss()
    {
        using var folder = new ScratchFolder();
        var context = new MLContext(seed: 1);
        const int Rows = 120;
        double[] p = [0.2, 0.7, 0.4];
        ClassifyDiseaseOptions options = ConstantNetwork.Options(ConstantNetwork.Write(folder, [.. p.Select(v => Math.Log(v / (1 - v)))])) with
        {
            Augmentation = AugmentationOptions.None with { Mirror = 0.5 },
            MultiLabel = new() { PositiveBalance = 0 },
        };
        // Both kinds of rows have the other finding, so that only parts change the loss of a mirrored row.
        IDataView rows = ConstantNetwork.Rows(
            context,
            ["nodule#1", "nodule#2", "effusion"],
            Enumerable.Range(0, Rows).Select(i => (i % 2 == 0 ? new float[] { 1, 0, 1 } : [0, 0, 1], ""))
        );
        using var model = context.ChestXray().ClassifyDisease(options).Fit(rows);
        double parts = -Math.Log(p[0]) - Math.Log(1 - p[1]),
            none = -Math.Log(1 - p[0]) - Math.Log(1 - p[1]),
            whole = -Math.Log(p[2]) + ((parts + none) / 2);
        double mirrored = Rows * (whole - model.History.Epochs[0].TrainLoss) / parts;
        Assert.Equal(Math.Round(mirrored), mirrored, 1e-2);
        Assert.InRange(Math.Round(mirrored), 15, 45);
    }

    [Theory]
    [InlineData(0, 0.5, 9)]
    [InlineData(0.5, 0.5, 9)]
    [InlineData(1, 0.5, 9)]
    [InlineData(1, 1, 9)]
    public void The_odds_are_corrected_for_the_weight_of_present_findings(double part, double power, int absentPerPresent)
    {
        using var folder = new ScratchFolder();
        var context = new MLContext(seed: 1);
        ClassifyDiseaseOptions options = ConstantNetwork.Options(ConstantNetwork.Write(folder, 0, 0)) with
        {
            PriorCorrection = part,
            MultiLabel = new() { PositiveBalance = power },
        };
        // Nine rows in ten lack the first finding; half lack the second, whose weight is 1.
        IDataView rows = ConstantNetwork.Rows(
            context,
            ["rare", "common"],
            Enumerable.Range(0, 10 * (absentPerPresent + 1)).Select(i => (new float[] { i % (absentPerPresent + 1) == 0 ? 1 : 0, i % 2 }, ""))
        );
        using var model = context.ChestXray().ClassifyDisease(options).Fit(rows);
        float[] scores = model.Transform(rows).GetColumn<float[]>("Score").First();
        // Even odds of a network that was trained with weight w are odds of 1 : w.
        double weight = Math.Pow(absentPerPresent, power);
        Assert.Equal(1 / (1 + Math.Pow(weight, part)), scores[0], 1e-5);
        Assert.Equal(0.5, scores[1], 1e-5);
    }
}
