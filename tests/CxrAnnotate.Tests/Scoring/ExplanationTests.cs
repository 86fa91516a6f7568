namespace CxrAnnotate.Tests;

/// <summary>Heat maps of a saved model's readings.</summary>
public sealed class ExplanationTests(TrainedCascade trained) : IClassFixture<TrainedCascade>
{
    private static readonly ExplanationOptions _coarse = new() { Rows = 4, Columns = 3 };

    [Fact]
    public void Every_form_of_a_saved_model_explains_the_findings_and_words_that_it_read()
    {
        string zip = trained.NewPath();
        using (RecurrentCascadeTransformer cascade = trained.Context.ChestXray().LoadCascade(trained.Saved))
            trained.Context.Model.Save(cascade, trained.Rows.Schema, zip);
        foreach (string model in (string[])[trained.Onnx, trained.Saved, zip])
        {
            using var annotator = RadiographAnnotator.Load(model);
            RadiographReading[] readings = [.. trained.Images.Take(12).Select(image => annotator.Explain(image, _coarse))];
            Assert.Contains(readings, reading => reading.HeatMaps.Count > 0);
            foreach ((RadiographReading reading, string image) in readings.Zip(trained.Images))
            {
                RadiographReading plain = annotator.Annotate(image);
                Assert.Empty(plain.HeatMaps);
                Assert.Equal((plain.Annotation, plain.Probability), (reading.Annotation, reading.Probability));
                string[] expected =
                [
                    .. plain
                        .DetectedFindings.Concat(plain.Findings.SelectMany(finding => finding.Words))
                        .Distinct()
                        .Where(name => name != "normal"),
                ];
                Assert.Equal(expected, reading.HeatMaps.Select(map => map.Subject));
                foreach (HeatMap map in reading.HeatMaps)
                {
                    Assert.Equal((4, 3, 12), (map.Rows, map.Columns, map.Values.Count));
                    Assert.All(map.Values, value => Assert.InRange(value, 0, 1));
                    Assert.Contains(map.Values.Max(), (float[])[0, 1]);
                }
            }
        }
    }

    /// <summary>Computed here from readings of the occluded images.</summary>
    [Fact]
    public void A_cell_is_as_warm_as_the_log_odds_fall_without_it()
    {
        using var annotator = RadiographAnnotator.Load(trained.Onnx, new RadiographAnnotatorOptions { BatchSize = 5 });
        string image = trained.Images[0];
        float[] pixels = RadiographReader.Read(image, new RadiographFormat(64, 64, Range: ValueRange.BitsUsed));
        RadiographReading whole = annotator.Annotate(pixels, 64, 64);
        string[] subjects = [annotator.Labels[0], whole.WordProbabilities.Keys.First(word => !annotator.Labels.Contains(word))];
        IReadOnlyList<HeatMap> maps = annotator.Explain(image, _coarse with { Subjects = subjects }).HeatMaps;
        Assert.Equal(subjects, maps.Select(map => map.Subject));

        var occlusion = new Occlusion(pixels, 64, 64, 4, 3);
        float[] changed = new float[pixels.Length];
        double[][] falls = [new double[12], new double[12]];
        for (int cell = 0; cell < 12; cell++)
        {
            occlusion.Copy(cell, changed);
            RadiographReading without = annotator.Annotate(changed, 64, 64);
            for (int s = 0; s < 2; s++)
                falls[s][cell] = LogOdds(Probability(whole, s)) - LogOdds(Probability(without, s));
        }

        for (int s = 0; s < 2; s++)
        {
            double most = falls[s].Max();
            for (int cell = 0; cell < 12; cell++)
                Assert.Equal(most <= 1e-4 ? 0 : Math.Max(falls[s][cell], 0) / most, maps[s].Values[cell], 0.02);
        }

        double Probability(RadiographReading reading, int subject) =>
            subject == 0 ? reading.LabelProbabilities[subjects[0]] : reading.WordProbabilities[subjects[1]];
        static double LogOdds(double p) => Math.Log(Math.Clamp(p, 1e-6, 1 - 1e-6) / (1 - Math.Clamp(p, 1e-6, 1 - 1e-6)));
    }

    [Fact]
    public void With_the_option_every_reading_is_explained_and_a_file_that_cannot_be_read_is_an_item_as_ever()
    {
        using var annotator = RadiographAnnotator.Load(trained.Onnx, new RadiographAnnotatorOptions { Explanation = _coarse, BatchSize = 3 });
        string[] files = [trained.Images[0], "absent.png", .. trained.Images[1..6]];
        AnnotatedRadiograph[] items = [.. annotator.Annotate(files, TestContext.Current.CancellationToken)];
        Assert.NotNull(items[1].Error);
        Assert.Equal(6, items.Count(item => item.Reading is not null));
        Assert.All(
            items.Where(item => item.Reading is not null),
            item => Assert.Equivalent(annotator.Explain(item.Path, _coarse).HeatMaps, item.Reading!.HeatMaps)
        );
        using FileStream stream = File.OpenRead(trained.Images[0]);
        Assert.Equivalent(items[0].Reading!.HeatMaps, annotator.Explain(stream, _coarse).HeatMaps);
    }

    [Fact]
    public void Findings_alone_are_explained_on_request_and_unknown_subjects_are_refused()
    {
        using var annotator = RadiographAnnotator.Load(trained.Onnx);
        foreach (string image in trained.Images.Take(6))
        {
            RadiographReading reading = annotator.Explain(image, _coarse with { Words = false });
            Assert.Equal(reading.DetectedFindings.Where(label => label != "normal"), reading.HeatMaps.Select(map => map.Subject));
        }

        Assert.Empty(annotator.Explain(trained.Images[0], _coarse with { Subjects = [] }).HeatMaps);
        Assert.Contains(
            "Subjects must be labels and words of the model",
            Assert
                .Throws<ArgumentOutOfRangeException>(() => annotator.Explain(trained.Images[0], _coarse with { Subjects = ["unicorn"] }))
                .Message,
            StringComparison.Ordinal
        );
        Assert.Throws<ArgumentOutOfRangeException>(() => annotator.Explain(trained.Images[0], new() { Rows = 1 }));
        Assert.Throws<ArgumentOutOfRangeException>(() =>
            RadiographAnnotator.Load(trained.Onnx, new RadiographAnnotatorOptions { Explanation = new() { Columns = 65 } })
        );
    }

    [Fact]
    public void An_overlay_shows_the_radiograph_as_the_model_loads_it()
    {
        using var annotator = RadiographAnnotator.Load(trained.Onnx);
        HeatMap map = annotator.Explain(trained.Images[0], _coarse with { Subjects = [annotator.Labels[0]] }).HeatMaps[0];
        LoadRadiographsOptions loading = new() { Height = 64, Width = 64 };
        Assert.Equal(HeatMapOverlay.Png(trained.Images[0], map, loading, 128), annotator.Overlay(trained.Images[0], map, 128));
    }
}
