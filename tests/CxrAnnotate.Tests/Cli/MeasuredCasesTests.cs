using CxrAnnotate.Cli;
using Microsoft.ML;

namespace CxrAnnotate.Tests;

/// <summary>The cases of an evaluation's page, from the readings of a small cascade.</summary>
public sealed class MeasuredCasesTests(TrainedCascade trained) : IClassFixture<TrainedCascade>
{
    [Fact]
    public void Calibrated_probabilities_stand_beside_those_of_the_network()
    {
        CascadeMeasurement measured = Measured();
        IReadOnlyList<RadiographRecord> records = Records();
        Assert.All(Cases(measured), one => Assert.Null(one.ProbabilitiesBefore));
        ProbabilityCalibration calibration = new() { Temperature = 2.5, Cases = 100 };
        foreach (ReportCase one in Cases(measured with { Calibration = calibration }))
        {
            float[] again = calibration.Apply([.. one.ProbabilitiesBefore!.Select(p => (float)p)]);
            Assert.All(one.Probabilities.Zip(again), pair => Assert.Equal(pair.First, pair.Second, 1e-5));
            // A temperature above 1 made them less sure.
            Assert.True(one.ProbabilitiesBefore!.Max() > one.Probabilities.Max());
        }

        IReadOnlyList<ReportCase> Cases(CascadeMeasurement of) => MeasuredCases.Of(of, records, [], fit: null, withNames: true);
    }

    private IReadOnlyList<RadiographRecord> Records() =>
        [.. trained.Context.Data.CreateEnumerable<RadiographRecord>(trained.Rows, reuseRowObject: false, ignoreMissingColumns: true)];

    private CascadeMeasurement Measured()
    {
        using RecurrentCascadeTransformer cascade = trained.Context.ChestXray().LoadCascade(trained.Saved);
        ScoredRows scored = ScoredRows.Read(cascade.Transform(trained.Rows), withWords: false, step: null, TestContext.Current.CancellationToken);
        return new CascadeMeasurement([], cascade.ChosenIteration, null, scored);
    }
}
