namespace CxrAnnotate.Tests;

public sealed class TextProgressTests
{
    [Fact]
    public void A_stage_is_reported_when_it_begins_every_few_seconds_and_when_it_is_done()
    {
        ManualClock clock = new();
        using StringWriter text = new();
        var progress = new TextProgress(text, clock);
        progress.Report(new CascadeProgress("reading images", 0, 0, "images"));
        clock.Advance(6);
        progress.Report(new CascadeProgress("reading images", 1200, 0, "images"));
        for (int done = 100; done <= 1000; done += 100)
        {
            clock.Advance(2);
            progress.Report(new CascadeProgress("iteration 1: image network", done, 1000, "images", 2 - (done / 1000d)));
        }
        progress.Report(new CascadeProgress("iteration 1: features", 0, 80, "images"));

        Assert.Equal(
            [
                "reading images",
                "  1,200 images",
                "iteration 1: image network: 1,000 images",
                "  40 %, 0:09 left, loss 1.600",
                "  70 %, 0:06 left, loss 1.300",
                "  done in 0:18, loss 1.000",
                "iteration 1: features: 80 images",
            ],
            text.ToString().Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries)
        );
    }

    [Fact]
    public void A_training_reports_each_of_its_stages()
    {
        using StringWriter text = new();
        ChestXrayCatalog cxr = new Microsoft.ML.MLContext(seed: 1).ChestXray();
        using RecurrentCascadeTransformer cascade = cxr.RecurrentCascade(
                RecurrentCascadeOptions.ForRadiographs with
                {
                    Iterations = 1,
                    Mining = new() { MinimumCases = 4 },
                    Loading = new() { Height = 64, Width = 64 },
                    Classifier = new()
                    {
                        CropSize = 56,
                        Optimization = new() { Epochs = 1 },
                    },
                    Decoder = new()
                    {
                        HiddenSize = 16,
                        Optimization = new() { Epochs = 1 },
                    },
                    FeatureViews = 0,
                    Progress = CascadeProgress.WriteTo(text),
                }
            )
            .Fit(
                cxr.Data.CreatePhantom(
                    new ChestPhantomOptions
                    {
                        Studies = 30,
                        Size = 64,
                        NormalFraction = 0.5,
                        Headings = ["Cardiomegaly"],
                    }
                )
            );
        string[] lines = text.ToString().Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries);
        foreach (string stage in (string[])["iteration 1: image network", "iteration 1: context decoder"])
        {
            int begun = Array.FindIndex(lines, line => line.StartsWith(stage, StringComparison.Ordinal));
            Assert.True(begun >= 0, stage);
            Assert.StartsWith("  done in ", lines[(begun + 1)..].TakeWhile(line => line.StartsWith(' ')).Last(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void The_writer_is_required() => Assert.Throws<ArgumentNullException>(() => CascadeProgress.WriteTo(null!));
}
