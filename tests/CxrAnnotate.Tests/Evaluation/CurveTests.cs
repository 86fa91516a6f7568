using CsCheck;

namespace CxrAnnotate.Tests;

public sealed class CurveTests
{
    private static readonly Gen<(double Score, bool Positive)[]> _cases = Gen.Select(Gen.Int[0, 8], Gen.Bool)
        .Select((score, positive) => (score / 8.0, positive))
        .Array[2, 30]
        .Where(cases => cases.Any(c => c.Item2) && cases.Any(c => !c.Item2))
        .Select(cases => cases.Select(c => (c.Item1, c.Item2)).ToArray());

    /// <summary>The example of scikit-learn's documentation.</summary>
    private static readonly BinaryCases _documented = new([0.1, 0.4, 0.35, 0.8], [false, false, true, true]);

    private static BinaryCases Of((double Score, bool Positive)[] cases, string[]? units = null) =>
        new([.. cases.Select(c => c.Score)], [.. cases.Select(c => c.Positive)], units);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static RocCurve Roc(BinaryCases cases, int resamples = 0, int seed = 1) => RocCurve.Of(cases, resamples, seed, Cancellation);

    private static PrecisionRecallCurve Precision(BinaryCases cases, int resamples = 0, int seed = 1) =>
        PrecisionRecallCurve.Of(cases, resamples, seed, Cancellation);

    private static OperatingPoint AtSpecificity(BinaryCases cases, double least, int resamples = 0) =>
        OperatingPoint.AtSpecificity(cases, least, resamples, cancellation: Cancellation);

    private static OperatingPoint AtSensitivity(BinaryCases cases, double least, int resamples = 0) =>
        OperatingPoint.AtSensitivity(cases, least, resamples, cancellation: Cancellation);

    private static OperatingPoint Decided(BinaryCases cases, bool[] called, int resamples = 0) =>
        OperatingPoint.OfDecisions(cases, called, resamples, cancellation: Cancellation);

    private static ReliabilityDiagram Reliability(BinaryCases cases, int bins = 10, int resamples = 0) =>
        ReliabilityDiagram.Of(cases, bins, resamples, cancellation: Cancellation);

    [Fact]
    public void Curves_of_the_documented_example_are_those_of_scikit_learn()
    {
        RocCurve roc = Roc(_documented, resamples: 0);
        // roc_curve: fpr [0, 0, .5, .5, 1], tpr [0, .5, .5, 1, 1]; roc_auc_score: 0.75.
        Assert.Equal([(0, 0), (0, 0.5), (0.5, 0.5), (0.5, 1), (1, 1)], roc.Points.Select(p => (p.X, p.Y)));
        Assert.Equal([double.PositiveInfinity, 0.8, 0.4, 0.35, 0.1], roc.Points.Select(p => p.Threshold));
        Assert.Equal(0.75, roc.Area.Value, 1e-12);
        // average_precision_score: 0.8333; precision_recall_curve: precision 2/3 at recall 1, 1 at 1/2.
        PrecisionRecallCurve precision = Precision(_documented, resamples: 0);
        Assert.Equal([(0.5, 1.0), (1.0, 2.0 / 3)], precision.Points.Select(p => (p.X, p.Y)));
        Assert.Equal(5.0 / 6, precision.Area.Value, 1e-12);
        Assert.Equal(0.5, precision.Prevalence);
        Assert.Empty(roc.Band);
    }

    [Fact]
    public void The_areas_are_those_of_the_ranking() =>
        _cases.Sample(cases =>
        {
            BinaryCases of = Of(cases);
            Assert.Equal(of.Ranking().Auroc(), Roc(of, resamples: 0).Area.Value, 1e-9);
            Assert.Equal(of.Ranking().AveragePrecision(), Precision(of, resamples: 0).Area.Value, 1e-9);
        });

    /// <summary>By the definitions: every score, and none, tried as a threshold.</summary>
    [Fact]
    public void Operating_points_are_the_best_of_all_thresholds() =>
        Gen.Select(_cases, Gen.Int[0, 10])
            .Sample(
                (cases, tenths) =>
                {
                    double least = tenths / 10.0;
                    (double Sensitivity, double Specificity)[] all =
                    [
                        .. cases
                            .Select(c => c.Score)
                            .Append(double.PositiveInfinity)
                            .Select(t =>
                                (
                                    (double)cases.Count(c => c.Positive && c.Score >= t) / cases.Count(c => c.Positive),
                                    (double)cases.Count(c => !c.Positive && c.Score < t) / cases.Count(c => !c.Positive)
                                )
                            ),
                    ];
                    OperatingPoint specific = AtSpecificity(Of(cases), least, resamples: 0),
                        sensitive = AtSensitivity(Of(cases), least, resamples: 0);
                    Assert.Equal(all.Where(p => p.Specificity >= least - 1e-9).Max(p => p.Sensitivity), specific.Sensitivity.Value, 1e-9);
                    Assert.True(specific.Specificity.Value >= least - 1e-9);
                    Assert.Equal(all.Where(p => p.Sensitivity >= least - 1e-9).Max(p => p.Specificity), sensitive.Specificity.Value, 1e-9);
                    Assert.True(sensitive.Sensitivity.Value >= least - 1e-9);
                    // The threshold that is given does what is said.
                    Assert.Equal(
                        specific.Sensitivity.Value,
                        (double)cases.Count(c => c.Positive && c.Score >= specific.Threshold) / cases.Count(c => c.Positive),
                        1e-9
                    );
                }
            );

    [Fact]
    public void A_model_s_decisions_are_counted_without_its_scores()
    {
        OperatingPoint point = Decided(_documented, [true, false, true, false], resamples: 0);
        Assert.Equal((0.5, 0.5, 0.5), (point.Sensitivity.Value, point.Specificity.Value, point.Precision.Value));
        OperatingPoint none = Decided(_documented, [false, false, false, false], resamples: 0);
        Assert.Equal((0, 1, double.NaN), (none.Sensitivity.Value, none.Specificity.Value, none.Precision.Value));
        OperatingPoint all = Decided(_documented, [true, true, true, true], resamples: 0);
        Assert.Equal((1, 0, 0.5), (all.Sensitivity.Value, all.Specificity.Value, all.Precision.Value));
        Assert.Throws<ArgumentException>(() => Decided(_documented, [true]));
    }

    [Fact]
    public void Bands_hold_the_curve_and_do_not_depend_on_the_number_of_threads()
    {
        Random random = new(3);
        (double, bool)[] cases = [.. Enumerable.Range(0, 120).Select(i => (Math.Round((i % 3 == 0 ? 0.3 : 0) + random.NextDouble(), 2), i % 3 == 0))];
        BinaryCases of = Of(cases, [.. cases.Select((_, i) => $"p{i / 2}")]);
        RocCurve roc = Roc(of, resamples: 200, seed: 5);
        PrecisionRecallCurve precision = Precision(of, resamples: 200, seed: 5);
        foreach (CurveBand band in roc.Band.Concat(precision.Band))
            Assert.True(band.Y.Low <= band.Y.Value && band.Y.Value <= band.Y.High, $"{band}");
        Assert.Equal(51, roc.Band.Count);
        Assert.Equal(roc.Band, Roc(of, resamples: 200, seed: 5).Band);
        Assert.InRange(roc.Area.High - roc.Area.Low, 0.02, 0.4);
    }

    [Fact]
    public void A_single_class_has_no_curve()
    {
        BinaryCases of = new([0.1, 0.2], [true, true]);
        RocCurve roc = Roc(of);
        Assert.Empty(roc.Points);
        Assert.True(double.IsNaN(roc.Area.Value));
        Assert.True(double.IsNaN(AtSpecificity(of, 0.9).Specificity.Value));
        Assert.Empty(Precision(new([0.1], [false])).Points);
        Assert.Empty(Roc(new([], [])).Points);
    }

    [Fact]
    public void Cases_are_checked()
    {
        Assert.Contains("CXR1004", Assert.Throws<ArgumentException>(() => new BinaryCases([1], [true, false])).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => new BinaryCases([double.NaN], [true]));
        Assert.Throws<ArgumentOutOfRangeException>(() => Reliability(new([1.5], [true])));
        Assert.Throws<ArgumentOutOfRangeException>(() => AtSpecificity(_documented, 1.1));
    }

    /// <summary>Two bins: 0.1, 0.3 of which one is positive; 0.9, 0.7 of which both are.</summary>
    [Fact]
    public void A_reliability_diagram_equals_a_hand_computed_one()
    {
        ReliabilityDiagram diagram = Reliability(new([0.1, 0.3, 0.9, 0.7], [false, true, true, true]), bins: 2, resamples: 0);
        Assert.Equal([(0, 0.5, 2), (0.5, 1, 2)], diagram.Bins.Select(bin => (bin.From, bin.To, bin.Cases)));
        Assert.Equal(0.2, diagram.Bins[0].Predicted, 1e-12);
        Assert.Equal(0.5, diagram.Bins[0].Observed.Value, 1e-12);
        // (2 * |0.2 - 0.5| + 2 * |0.8 - 1|) / 4, and (0.01 + 0.49 + 0.01 + 0.09) / 4.
        Assert.Equal(0.25, diagram.Ece.Value, 1e-12);
        Assert.Equal(0.15, diagram.Brier.Value, 1e-12);
        Assert.Equal(0.75 * 0.25, diagram.BrierOfPrevalence, 1e-12);
        Assert.Equal(1, Reliability(new([1, 1], [true, false]), resamples: 0).Bins.Single().To);
    }

    /// <summary>Values of R's prop.test without continuity correction, and of Brown, Cai and DasGupta (2001) for none of ten.</summary>
    [Theory]
    [InlineData(5, 10, 0.2366, 0.7634)]
    [InlineData(0, 10, 0, 0.2775)]
    [InlineData(10, 10, 0.7225, 1)]
    [InlineData(81, 263, 0.2553, 0.3662)]
    public void Wilson_s_interval_equals_known_ones(int hits, int cases, double low, double high)
    {
        Estimate share = Intervals.Wilson(hits, cases);
        Assert.Equal((low, high), (Math.Round(share.Low, 4), Math.Round(share.High, 4)));
    }

    [Fact]
    public void The_most_frequent_confusions_come_first_and_unused_labels_are_left_out()
    {
        ConfusionMatrix matrix = new(["a", "b", "c", "d"], [[5, 2, 0, 0], [1, 3, 3, 0], [0, 0, 4, 0], [0, 0, 0, 0]]);
        Assert.Equal(18, matrix.Cases);
        Assert.Equal([new("b", "c", 3, 3.0 / 7), new("a", "b", 2, 2.0 / 7)], matrix.MostFrequent(2));
        Assert.Equal(["a", "b", "c"], matrix.WithoutUnused().Labels);
        Assert.Equal([1, 3, 3], matrix.WithoutUnused().Counts[1]);
        Assert.Throws<ArgumentException>(() => new ConfusionMatrix(["a"], [[1, 2]]));
    }
}
