using Microsoft.ML;
using Microsoft.ML.Data;

namespace CxrAnnotate.Tests;

/// <summary>The multi-label cascade from end to end: phantoms with up to two findings, training, evaluation, saving, reading without torch.</summary>
public sealed class MultiLabelCascadeTests
{
    [Fact]
    public void It_detects_drawn_findings_better_than_the_prior_and_saved_models_agree()
    {
        using var folder = new ScratchFolder();
        var context = new MLContext(seed: 4);
        ChestXrayCatalog cxr = context.ChestXray();
        StudySplit split = Phantoms(context, folder.Path, 420);
        RecurrentCascadeOptions options = Small(split.Validation) with
        {
            Iterations = 1,
            Classifier = Small(null).Classifier with
            {
                Optimization = new()
                {
                    Epochs = 8,
                    BatchSize = 16,
                    LearningRate = 2e-3,
                },
            },
            Decoder = Small(null).Decoder with
            {
                Optimization = new()
                {
                    Epochs = 12,
                    BatchSize = 16,
                    LearningRate = 5e-3,
                },
            },
        };
        using RecurrentCascadeTransformer model = cxr.RecurrentCascade(options).Fit(split.Train);
        AnnotationReport report = cxr.Evaluate(
            model.Transform(split.Test),
            new EvaluateOptions { Resamples = 0, TrainingData = model.Transform(split.Train) }
        );
        AnnotationFigures prior = report.Baselines[0].Whole,
            always = report.Baselines[1].Whole;
        Assert.True(
            report.Whole.MacroAuroc.Value > prior.MacroAuroc.Value + 0.25,
            $"AUROC {report.Whole.MacroAuroc.Value} against {prior.MacroAuroc.Value}"
        );
        Assert.True(
            report.Whole.MacroF1.Value > Math.Max(prior.MacroF1.Value, always.MacroF1.Value) + 0.15,
            $"F1 {report.Whole.MacroF1.Value} against {prior.MacroF1.Value} and {always.MacroF1.Value}"
        );
        double prior1 = double.IsNaN(prior.Sets[1].F1.Value) ? 0 : prior.Sets[1].F1.Value;
        Assert.True(
            report.Whole.Sets[1].F1.Value > Math.Max(prior1, always.Sets[1].F1.Value) + 0.15,
            $"sets {report.Whole.Sets[1].F1.Value} against {always.Sets[1].F1.Value}"
        );

        string zip = Path.Combine(folder.Path, "model.zip"),
            onnx = Path.Combine(folder.Path, "cascade.onnx");
        context.Model.Save(model, split.Train.Schema, zip);
        model.SaveOnnx(onnx);
        IDataView bare = context.Transforms.SelectColumns("ImagePath").Fit(split.Test).Transform(split.Test);
        List<Read> expected = Rows(context, model.Transform(bare));
        Assert.Contains(expected, e => e.Annotation.Contains('|', StringComparison.Ordinal));
        Assert.Contains(expected, e => e.Annotation == "normal");
        Same(expected, Rows(context, new MLContext().Model.Load(zip, out _).Transform(bare)));
        string[] paths = [.. bare.GetColumn<string>("ImagePath")];
        foreach (string file in (string[])[zip, onnx])
        {
            using var annotator = RadiographAnnotator.Load(file, new() { BatchSize = 7, Alternatives = 5 });
            RadiographReading[] readings = [.. annotator.Annotate(paths, TestContext.Current.CancellationToken).Select(item => item.Reading!)];
            for (int i = 0; i < readings.Length; i++)
            {
                Assert.Equal(expected[i].Annotation, readings[i].Annotation);
                Assert.Equal(expected[i].AnnotationProbability, readings[i].Probability, 1e-4);
                Assert.Equal(model.Labels.Where((_, k) => expected[i].PredictedLabels![k] == 1).Order(), readings[i].DetectedFindings.Order());
                Assert.Equal(readings[i].DetectedFindings.Count == 0, readings[i].Findings.Count == 0);
                // Other words for the same findings, whose probabilities add up to at most that of the findings.
                Assert.Equal(readings[i].Findings.Count == 0, readings[i].Alternatives.Count == 0);
                Assert.Equal(
                    readings[i].Alternatives.Count,
                    readings[i].Alternatives.Select(a => a.Annotation).Append(readings[i].Annotation).Distinct().Count() - 1
                );
                Assert.All(readings[i].Alternatives, a => Assert.Equal(Headings(readings[i].Annotation), Headings(a.Annotation)));
                Assert.Equal(
                    readings[i].Alternatives.Select(a => a.Probability).OrderDescending(),
                    readings[i].Alternatives.Select(a => a.Probability)
                );
                double findings = model
                    .Labels.Select((l, k) => expected[i].PredictedLabels![k] == 1 ? expected[i].Score![k] : 1.0 - expected[i].Score![k])
                    .Aggregate(1.0, (product, p) => product * p);
                Assert.InRange(readings[i].Probability + readings[i].Alternatives.Sum(a => a.Probability), 0, findings + 1e-4);
            }

            Assert.Contains(readings, r => r.Alternatives.Count == 5 && r.Findings.Count > 1);
            // Without length normalisation, the beam ranks by probability.
            Assert.All(readings.Where(r => r.Alternatives.Count > 0), r => Assert.True(r.Alternatives[0].Probability <= r.Probability * 1.0001));
        }
    }

    [Fact]
    public void The_second_iteration_splits_findings_and_folder_and_saved_model_give_the_same_readings()
    {
        using var folder = new ScratchFolder();
        var context = new MLContext(seed: 4);
        ChestXrayCatalog cxr = context.ChestXray();
        StudySplit split = Phantoms(context, folder.Path, 110);
        using RecurrentCascadeTransformer model = cxr.RecurrentCascade(Small(split.Validation)).Fit(split.Train);
        Assert.Equal(2, model.Iterations.Count);
        Assert.Contains(model.Iterations[1].Labels, label => label.Contains('#', StringComparison.Ordinal));
        Assert.Equal(model.Labels, BaseLabels.Names(model.Iterations[1].Labels));
        Assert.Equal(model.Labels.Count, model.Thresholds!.Count);
        Assert.All(model.Iterations, i => Assert.InRange(i.ValidationScore!.Value, 0, 1));
        model.Save(Path.Combine(folder.Path, "run"));
        using RecurrentCascadeTransformer loaded = cxr.LoadCascade(Path.Combine(folder.Path, "run"));
        IDataView bare = context.Transforms.SelectColumns("ImagePath").Fit(split.Test).Transform(split.Test);
        foreach (int iteration in (int[])[1, 2])
        {
            RecurrentCascadeTransformer at = model.AtIteration(iteration);
            List<Read> expected = Rows(context, at.Transform(bare));
            Same(expected, Rows(context, loaded.AtIteration(iteration).Transform(bare)));
            Assert.Equal(
                at.Transform(split.Test).GetColumn<float[]>("Label"),
                loaded.AtIteration(iteration).Transform(split.Test).GetColumn<float[]>("Label")
            );
            string zip = Path.Combine(folder.Path, $"model{iteration}.zip");
            context.Model.Save(at, split.Train.Schema, zip);
            Same(expected, Rows(context, new MLContext().Model.Load(zip, out _).Transform(bare)));
        }
    }

    [Fact]
    public void Cross_validation_reads_every_row_once_by_a_training_without_its_patient()
    {
        using var folder = new ScratchFolder();
        var context = new MLContext(seed: 4);
        ChestXrayCatalog cxr = context.ChestXray();
        string place = Path.Combine(folder.Path, "phantom");
        cxr.Data.WritePhantom(
            place,
            new ChestPhantomOptions
            {
                Studies = 70,
                Size = 64,
                NormalFraction = 0.25,
                FindingsPerStudy = 2,
                Headings = ["Cardiomegaly", "Pleural Effusion", "Lung/hypoinflation"],
            },
            cancellationToken: TestContext.Current.CancellationToken
        );
        IDataView rows = cxr.Data.LoadCsv(Path.Combine(place, "annotations.csv"));
        // An unreadable image is excluded from the evaluation.
        string[] studies = [.. rows.GetColumn<string>("StudyId")];
        File.WriteAllText(rows.GetColumn<string>("ImagePath").ElementAt(5), "no image");
        CascadeCrossValidation result = cxr.CrossValidateCascade(rows, Small(null), folds: 3);
        Assert.Equal(2, result.Iterations.Count);
        Assert.Equal(3, result.Folds.Count);
        float[][] truth = [.. cxr.MineLabels(Small(null).Mining).Fit(rows).Transform(rows).GetColumn<float[]>("Label")];
        foreach (IDataView view in result.Iterations.Append(result.Chosen))
        {
            AnnotationReport report = cxr.Evaluate(view, new EvaluateOptions { Resamples = 0 });
            Assert.Equal(69, report.Whole.Cases);
            Assert.Equal("PatientId", report.IntervalGroupColumn);
            string[] read = [.. view.GetColumn<string>("StudyId")];
            Assert.Equal(studies.Where((_, i) => i != 5).Order(), read.Order());
            float[][] labels = [.. view.GetColumn<float[]>("Label")];
            for (int i = 0; i < read.Length; i++)
                Assert.Equal(truth[Array.IndexOf(studies, read[i])], labels[i]);
        }

        AnnotationComparison comparison = cxr.Compare(result.Iterations[0], result.Iterations[1], new EvaluateOptions { Resamples = 10 });
        Assert.Equal(69, comparison.Whole.Cases);
    }

    [Fact]
    public void A_resumed_training_gives_the_same_readings()
    {
        using var folder = new ScratchFolder();
        var context = new MLContext(seed: 4);
        StudySplit split = Phantoms(context, folder.Path, 80);
        CheckpointOptions checkpoints = new() { Folder = Path.Combine(folder.Path, "checkpoints") };
        using var stop = new CancellationTokenSource();
        var progress = new StopAt(stop, "iteration 2: context decoder");
        Assert.ThrowsAny<OperationCanceledException>(() =>
            context
                .ChestXray()
                .RecurrentCascade(Small(split.Validation) with { Checkpoints = checkpoints, Progress = progress, Cancellation = stop.Token })
                .Fit(split.Train)
        );
        using RecurrentCascadeTransformer resumed = context
            .ChestXray()
            .RecurrentCascade(Small(split.Validation) with { Checkpoints = checkpoints with { Resume = true } })
            .Fit(split.Train);
        using RecurrentCascadeTransformer whole = context.ChestXray().RecurrentCascade(Small(split.Validation)).Fit(split.Train);
        Assert.Equal(whole.Transform(split.Test).GetColumn<float[]>("Score"), resumed.Transform(split.Test).GetColumn<float[]>("Score"));
        Assert.Equal(whole.Thresholds, resumed.Thresholds);
        Assert.Equal(whole.Transform(split.Test).GetColumn<string>("Annotation"), resumed.Transform(split.Test).GetColumn<string>("Annotation"));
    }

    [Fact]
    public void Missing_images_have_no_reading()
    {
        using var folder = new ScratchFolder();
        var context = new MLContext(seed: 4);
        StudySplit split = Phantoms(context, folder.Path, 80);
        using RecurrentCascadeTransformer model = context.ChestXray().RecurrentCascade(Small(null) with { Iterations = 1 }).Fit(split.Train);
        string zip = Path.Combine(folder.Path, "model.zip");
        context.Model.Save(model, split.Train.Schema, zip);
        IDataView missing = context.Data.LoadFromEnumerable<PathRow>([
            new() { ImagePath = "/there/is/none.png" },
            new() { ImagePath = split.Test.GetColumn<string>("ImagePath").First() },
        ]);
        List<Read> read = Rows(context, model.Transform(missing));
        Assert.Equal("", read[0].Annotation);
        Assert.All(
            read[0].PredictedLabels!.Concat(read[0].FindingProbability!).Concat(read[0].Score!).Append(read[0].AnnotationProbability),
            v => Assert.True(float.IsNaN(v))
        );
        Assert.NotEqual("", read[1].Annotation);
        Same(read, Rows(context, new MLContext().Model.Load(zip, out _).Transform(missing)));
    }

    private static IEnumerable<string> Headings(string annotation) => annotation.Split('|').Select(term => term.Split('/')[0]);

    private static StudySplit Phantoms(MLContext context, string folder, int studies)
    {
        string place = Path.Combine(folder, "phantom");
        context
            .ChestXray()
            .Data.WritePhantom(
                place,
                new ChestPhantomOptions
                {
                    Studies = studies,
                    Size = 64,
                    NormalFraction = 0.25,
                    FindingsPerStudy = 2,
                    FindingContrast = 1.5,
                    Headings = ["Cardiomegaly", "Pleural Effusion", "Lung/hypoinflation"],
                },
                validation: 0.2,
                test: 0.2
            );
        return context.ChestXray().Data.SplitByColumn(context.ChestXray().Data.LoadCsv(Path.Combine(place, "annotations.csv")), "Split");
    }

    private static RecurrentCascadeOptions Small(IDataView? validation) =>
        new()
        {
            ValidationData = validation,
            ValidationFraction = 0,
            FeatureViews = 1,
            Mining = new() { Task = LabelTask.MultiLabel, MinimumCases = 3 },
            Loading = new() { Height = 64, Width = 64 },
            Relabeling = new() { MinimumClusterSize = 4, MinimumSilhouette = 0 },
            Classifier = new()
            {
                CropSize = 56,
                Optimization = new() { Epochs = 2, BatchSize = 16 },
                MultiLabel = new() { MinimumThresholdCases = 2 },
            },
            Decoder = new()
            {
                HiddenSize = 32,
                Optimization = new()
                {
                    Epochs = 3,
                    BatchSize = 16,
                    LearningRate = 5e-3,
                },
            },
            Seed = 6,
        };

    private static List<Read> Rows(MLContext context, IDataView view) => [.. context.Data.CreateEnumerable<Read>(view, reuseRowObject: false)];

    private static void Same(List<Read> expected, List<Read> actual)
    {
        Assert.Equal(expected.Count, actual.Count);
        for (int i = 0; i < expected.Count; i++)
        {
            Assert.Equal(expected[i].Annotation, actual[i].Annotation);
            Assert.Equal(expected[i].AnnotationTokens, actual[i].AnnotationTokens);
            Assert.Equal(expected[i].PredictedLabels, actual[i].PredictedLabels);
            Assert.Equal(expected[i].AnnotationProbability, actual[i].AnnotationProbability, 1e-4);
            foreach (
                var (a, b) in (ReadOnlySpan<(float[], float[])>)
                    [
                        (expected[i].Score!, actual[i].Score!),
                        (expected[i].FindingProbability!, actual[i].FindingProbability!),
                        (expected[i].WordProbability!, actual[i].WordProbability!),
                    ]
            )
            {
                Assert.Equal(a.Length, b.Length);
                for (int k = 0; k < a.Length; k++)
                    Assert.Equal(a[k], b[k], 1e-4);
            }
        }
    }

    private sealed class StopAt(CancellationTokenSource source, string stage) : IProgress<CascadeProgress>
    {
        public void Report(CascadeProgress value)
        {
            if (value.Stage == stage && value.Done > value.Total / 2)
                source.Cancel();
        }
    }

    private sealed class PathRow
    {
        public string ImagePath { get; set; } = "";
    }

    private sealed class Read
    {
        public float[]? Score { get; set; }

        public float[]? PredictedLabels { get; set; }

        public string Annotation { get; set; } = "";

        public string AnnotationTokens { get; set; } = "";

        public float AnnotationProbability { get; set; }

        public float[]? WordProbability { get; set; }

        public float[]? FindingProbability { get; set; }
    }
}
