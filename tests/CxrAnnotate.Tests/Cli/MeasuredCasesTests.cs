using CxrAnnotate.Cli;

namespace CxrAnnotate.Tests;

/// <summary>The cases of an evaluation's page, from the readings of a small cascade.</summary>
public sealed class MeasuredCasesTests(TrainedCascade trained) : IClassFixture<TrainedCascade>
{
    private static readonly Dictionary<int, IReadOnlyList<HeatMap>> _none = [];

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

        IReadOnlyList<ReportCase> Cases(CascadeMeasurement of) => MeasuredCases.Of(of, records, [], fit: null, withNames: true, _none);
    }

    [Fact]
    public void Heat_maps_are_of_readings_with_a_finding_both_mistakes_and_hits()
    {
        using RecurrentCascadeTransformer cascade = trained.Context.ChestXray().LoadCascade(trained.Saved);
        CascadeMeasurement measured = Measured();
        IReadOnlyList<RadiographRecord> records = Records();
        IReadOnlyDictionary<int, IReadOnlyList<HeatMap>> maps = ExplainedCases.Of(
            cascade,
            measured,
            records,
            threads: 1,
            new QuietProgress(TextWriter.Null, TimeProvider.System),
            TestContext.Current.CancellationToken
        );
        Assert.NotEmpty(maps);
        IReadOnlyList<ReportCase> cases = MeasuredCases.Of(measured, records, [], fit: null, withNames: true, maps);
        int shown = 0;
        foreach (ReportCase one in cases.Where(one => one.HeatMaps.Count > 0))
        {
            shown++;
            Assert.NotEqual(["normal"], one.NamedLabels);
            Assert.Contains(one.HeatMaps, map => map.Subject == one.NamedLabels[0]);
            Assert.True(File.Exists(records.Single(record => Path.GetFileName(record.ImagePath) == one.Name).ImagePath));
        }

        Assert.Equal(maps.Count, shown);
        for (int most = 1; most < 6; most++)
        {
            int[] chosen = ExplainedCases.Chosen(measured.Scored, most);
            Assert.Equal(chosen.Order().Distinct(), chosen);
            Assert.InRange(chosen.Length, 1, most);
        }
    }

    [Theory]
    [InlineData(64, 80)]
    [InlineData(96, 80)]
    [InlineData(224, 14)]
    [InlineData(1024, 3)]
    public void Fewer_cases_are_explained_the_larger_their_images_are(int side, int cases) =>
        Assert.Equal(cases, ExplainedCases.Budget(side * side));

    private IReadOnlyList<RadiographRecord> Records() =>
        [.. trained.Context.Data.CreateEnumerable<RadiographRecord>(trained.Rows, reuseRowObject: false, ignoreMissingColumns: true)];

    private CascadeMeasurement Measured()
    {
        using RecurrentCascadeTransformer cascade = trained.Context.ChestXray().LoadCascade(trained.Saved);
        ScoredRows scored = ScoredRows.Read(cascade.Transform(trained.Rows), withWords: false, step: null, TestContext.Current.CancellationToken);
        return new CascadeMeasurement([], cascade.ChosenIteration, null, scored);
    }
}
