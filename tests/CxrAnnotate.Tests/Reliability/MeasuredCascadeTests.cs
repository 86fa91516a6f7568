using Microsoft.ML;
using Microsoft.ML.Data;

namespace CxrAnnotate.Tests;

/// <summary>A cascade that was trained beside validation rows, and one that has none.</summary>
public sealed class MeasuredCascadeTests
{
    [Theory]
    [InlineData(LabelTask.SingleLabel)]
    [InlineData(LabelTask.MultiLabel)]
    public void Calibrated_probabilities_are_the_same_in_every_saved_form_and_change_no_decision(LabelTask task)
    {
        using var folder = new ScratchFolder();
        var context = new MLContext(seed: 1);
        ChestXrayCatalog cxr = context.ChestXray();
        IDataView train = SmallCascade.WritePhantoms(context, folder.Path);
        RecurrentCascadeOptions options = Options(context, folder.Path, task);
        using RecurrentCascadeTransformer cascade = cxr.RecurrentCascade(options).Fit(train),
            bare = cxr.RecurrentCascade(options with { ValidationData = null }).Fit(train);
        ProbabilityCalibration calibration = Assert.IsType<ProbabilityCalibration>(cascade.Calibration);
        Assert.Null(bare.Calibration);
        Assert.Equal(task == LabelTask.SingleLabel, calibration.Temperature is not null);

        // Its weights are those of a training without validation rows, whose probabilities the calibration can give back.
        using RecurrentCascadeTransformer same = bare.AtIteration(cascade.ChosenIteration);
        float[][] raw = Column<float[]>(same.Transform(train), "Score"),
            calibrated = Column<float[]>(cascade.Transform(train), "Score");
        Assert.All(
            raw.Zip(calibrated),
            pair => Assert.All(calibration.Undo(pair.Second).Zip(pair.First), p => Assert.Equal(p.Second, p.First, 1e-3))
        );
        Assert.Contains(raw.Zip(calibrated), pair => Math.Abs(pair.First[0] - pair.Second[0]) > 1e-3);
        string predicted = task == LabelTask.SingleLabel ? "PredictedLabel" : "PredictedLabels";
        if (task == LabelTask.SingleLabel)
            Assert.Equal(Column<uint>(same.Transform(train), predicted), Column<uint>(cascade.Transform(train), predicted));
        else
        {
            float[][] decided = Column<float[]>(cascade.Transform(train), predicted);
            Assert.NotNull(same.Thresholds);
            for (int i = 0; i < decided.Length; i++)
                for (int k = 0; k < cascade.Labels.Count; k++)
                    Assert.Equal(decided[i][k] == 1, calibrated[i][k] >= cascade.Thresholds![k] - 1e-6);
        }

        // The saved folder, the graph and ML.NET's model say the same as the trained cascade.
        string run = Path.Combine(folder.Path, "run"),
            zip = Path.Combine(folder.Path, "model.zip");
        cascade.Save(run);
        context.Model.Save(cascade, train.Schema, zip);
        using RecurrentCascadeTransformer loaded = cxr.LoadCascade(run);
        Assert.Equivalent(calibration, loaded.Calibration);
        using RadiographAnnotator annotator = RadiographAnnotator.Load(run),
            ofZip = RadiographAnnotator.Load(zip);
        string[] images = [.. train.GetColumn<string>("ImagePath")];
        float[] joint = Column<float>(cascade.Transform(train), "AnnotationProbability");
        foreach (float[][] scores in (float[][][])
            [
                Column<float[]>(loaded.Transform(train), "Score"),
                Column<float[]>(context.Model.Load(zip, out _).Transform(train), "Score"),
                Scores(annotator),
                Scores(ofZip),
            ])
            Assert.All(calibrated.Zip(scores), pair => Assert.All(pair.First.Zip(pair.Second), p => Assert.Equal(p.First, p.Second, 1e-4)));
        Assert.All(
            joint.Zip(annotator.Annotate(images, TestContext.Current.CancellationToken)),
            pair => Assert.Equal(pair.First, pair.Second.Reading!.Probability, 1e-4)
        );

        // Sets, scores of unlike images and verdicts are those of the model in memory, for every form.
        ModelReliability reliability = cascade.Model.Reliability!;
        float[][] features = Column<float[]>(cascade.Transform(train), "Features"),
            decisions =
                task == LabelTask.MultiLabel
                    ? Column<float[]>(cascade.Transform(train), predicted)
                    : [.. calibrated.Select(p => p.Select(value => value == p.Max() ? 1f : 0).ToArray())];
        foreach (RadiographAnnotator reader in (RadiographAnnotator[])[annotator, ofZip])
        {
            RadiographReading[] readings = [.. reader.Annotate(images, TestContext.Current.CancellationToken).Select(item => item.Reading!)];
            for (int i = 0; i < readings.Length; i++)
            {
                bool[] possible = reliability.Conformal!.Possible(calibrated[i], 0.9);
                Assert.Equal(cascade.Labels.Where((_, k) => possible[k]).Order(), readings[i].FindingSet!.Order());
                bool unlike = readings[i].Warnings.Count > 0;
                Assert.Equal(reliability.Distance!.Score(features[i]), readings[i].OutOfDistribution!.Value, 1e-3);
                Assert.Equal(
                    unlike ? ReadingVerdict.UnlikeTraining
                        : reliability.Conformal.IsDecided(calibrated[i], decisions[i], 0.9) ? ReadingVerdict.Confident
                        : ReadingVerdict.LookAgain,
                    readings[i].Verdict
                );
            }
        }

        float[][] Scores(RadiographAnnotator reader) =>
        [
            .. reader
                .Annotate(images, TestContext.Current.CancellationToken)
                .Select(item => cascade.Labels.Select(label => (float)item.Reading!.LabelProbabilities[label]).ToArray()),
        ];
    }

    [Fact]
    public void A_calibration_that_does_not_fit_the_labels_is_refused_by_name()
    {
        using var folder = new ScratchFolder();
        var context = new MLContext(seed: 1);
        IDataView train = SmallCascade.WritePhantoms(context, folder.Path);
        string run = Path.Combine(folder.Path, "run");
        using (RecurrentCascadeTransformer cascade = context.ChestXray().RecurrentCascade(SmallCascade.Options()).Fit(train))
            cascade.Save(run);
        string file = Path.Combine(run, "cascade.json"),
            manifest = Path.Combine(run, "manifest.json");
        File.WriteAllText(
            file,
            File.ReadAllText(file)
                .Replace("\"reliability\": [\n    {}", "\"reliability\": [\n    { \"calibration\": { \"temperature\": -1, \"cases\": 5 } }")
                .Replace("\"hasManifest\": true", "\"hasManifest\": false")
        );
        File.Delete(manifest);
        InvalidDataException damaged = Assert.Throws<InvalidDataException>(() => context.ChestXray().LoadCascade(run));
        Assert.Equal(ErrorCode.ModelDamaged, CxrError.CauseOf(damaged));
        Assert.True(damaged.Message.Contains("calibration", StringComparison.Ordinal), damaged.Message);
    }

    /// <summary>The options of the small cascade, with validation rows of 100 phantoms.</summary>
    internal static RecurrentCascadeOptions Options(MLContext context, string folder, LabelTask task)
    {
        string held = Path.Combine(folder, "held");
        context
            .ChestXray()
            .Data.WritePhantom(
                held,
                new ChestPhantomOptions
                {
                    Studies = 100,
                    Size = 64,
                    NormalFraction = 0.4,
                    Headings = ["Cardiomegaly", "Pleural Effusion"],
                    Seed = 15,
                }
            );
        RecurrentCascadeOptions options = SmallCascade.Options();
        return options with
        {
            Mining = options.Mining with { Task = task },
            ValidationData = context.ChestXray().Data.LoadCsv(Path.Combine(held, "annotations.csv")),
        };
    }

    private static T[] Column<T>(IDataView view, string name) => [.. view.GetColumn<T>(name)];
}
