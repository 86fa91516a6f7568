using Microsoft.ML;
using Microsoft.ML.Data;

namespace CxrAnnotate.Tests;

public sealed class RecurrentCascadeTests(RecurrentCascadeTests.OneIteration once) : IClassFixture<RecurrentCascadeTests.OneIteration>
{
    [Fact]
    public void It_trains_reports_and_reads_and_the_folder_gives_the_same_readings()
    {
        var context = new MLContext(seed: 4);
        ChestXrayCatalog cxr = context.ChestXray();
        StudySplit split = Phantoms(cxr);
        using RecurrentCascadeTransformer model = cxr.RecurrentCascade(Small(split.Validation)).Fit(split.Train);

        Assert.Equal(2, model.Iterations.Count);
        Assert.Equal(model.Labels, model.Iterations[0].Labels);
        Assert.Equal(model.Labels, BaseLabels.Names(model.Iterations[1].Labels));
        Assert.All(model.Iterations, i => Assert.InRange(i.ValidationScore!.Value, 0, 1));
        IterationEvidence evidence = model.Iterations[1].Evidence!;
        Assert.Equal(model.Iterations[1].ValidationScore!.Value - model.Iterations[0].ValidationScore!.Value, evidence.Difference, 12);
        Assert.Equal(evidence.High < 0 ? 1 : 2, model.ChosenIteration);

        using var folder = new ScratchFolder();
        model.Save(folder.Path);
        using RecurrentCascadeTransformer loaded = cxr.LoadCascade(folder.Path);
        Assert.Equal(model.ChosenIteration, loaded.ChosenIteration);
        Assert.Equal(evidence, loaded.Iterations[1].Evidence);
        foreach (int iteration in (int[])[1, 2])
        {
            var before = Read(context, model.AtIteration(iteration), split.Test);
            var after = Read(context, loaded.AtIteration(iteration), split.Test);
            Assert.NotEmpty(before);
            for (int i = 0; i < before.Count; i++)
            {
                Assert.Equal(before[i].Score, after[i].Score);
                Assert.Equal(before[i].Annotation, after[i].Annotation);
                Assert.Equal(before[i].Caption, after[i].Caption);
                Assert.Equal(before[i].Label, after[i].Label);
            }
        }

        AnnotationReport report = cxr.Evaluate(
            loaded.Transform(split.Test),
            new EvaluateOptions { Resamples = 0, TrainingData = loaded.Transform(split.Train) }
        );
        Assert.Equal(Read(context, loaded, split.Test).Count, report.Whole.Cases);
    }

    [Fact]
    public void Reading_needs_neither_annotation_nor_label()
    {
        IDataView test = once.Split.Test,
            bare = once
                .Context.Transforms.DropColumns("Mesh", "StudyId", "PatientId", "View", "Source", "Split")
                .Fit(test)
                .Transform(test);
        IDataView read = once.Model.Transform(bare);
        Assert.Null(read.Schema.GetColumnOrNull("Label"));
        Assert.Equal(
            Read(once.Context, once.Model, test).Select(r => r.Annotation),
            Read(once.Context, once.Model, bare).Select(r => r.Annotation)
        );
    }

    [Fact]
    public void The_same_seed_gives_bit_identical_weights_even_beside_other_trainings()
    {
        List<float[]> alone = Weights(8);
        int[] seeds = [8, 9, 8];
        var together = new List<float[]>[seeds.Length];
        Parallel.For(0, seeds.Length, i => together[i] = Weights(seeds[i]));
        Assert.Equal(alone, together[0]);
        Assert.Equal(alone, together[2]);
        Assert.NotEqual(alone, together[1]);

        static List<float[]> Weights(int seed)
        {
            var context = new MLContext(seed: 1);
            ChestXrayCatalog cxr = context.ChestXray();
            StudySplit split = Phantoms(cxr);
            using RecurrentCascadeTransformer model = cxr.RecurrentCascade(
                    Small(null) with
                    {
                        Seed = seed,
                        Classifier = Small(null).Classifier with { Threads = 1, Dropout = 0.2 },
                    }
                )
                .Fit(split.Train);
            return
            [
                .. model
                    .Models.SelectMany(m => m.Classifier.Network.state_dict().Values.Concat(m.Decoder.Module.state_dict().Values))
                    .Where(t => t.is_floating_point())
                    .Select(t => t.Floats()),
            ];
        }
    }

    [Fact]
    public void The_control_is_the_cascade_that_splits_no_label()
    {
        var context = new MLContext(seed: 4);
        ChestXrayCatalog cxr = context.ChestXray();
        StudySplit split = Phantoms(cxr);
        RecurrentCascadeOptions options = Small(null) with { Seed = 8 };
        options = options with { Relabeling = options.Relabeling with { MinimumClusterSize = 4, MinimumSilhouette = -1 } };
        RecurrentCascadeEstimator estimator = cxr.RecurrentCascade(options);
        using RecurrentCascadeTransformer cascade = estimator.Fit(split.Train);
        Assert.True(cascade.Iterations[1].Labels.Count > cascade.Labels.Count, "The cascade splits no label: its control is no test.");

        using RecurrentCascadeTransformer control = estimator.FitControl(split.Train, cascade),
            without = cxr.RecurrentCascade(options with { Relabel = false }).Fit(split.Train),
            unsplit = cxr.RecurrentCascade(options with { Relabeling = options.Relabeling with { MinimumClusterSize = int.MaxValue } })
                .Fit(split.Train);
        foreach (RecurrentCascadeTransformer same in (RecurrentCascadeTransformer[])[without, unsplit])
        {
            Assert.Equal(same.Iterations.Select(i => i.Labels), control.Iterations.Select(i => i.Labels));
            foreach (int iteration in (int[])[1, 2])
                Assert.Equal(Weights(same, iteration), Weights(control, iteration));
        }

        Assert.Equal(Weights(cascade, 1), Weights(control, 1));
        Assert.NotEqual(Weights(cascade, 2), Weights(control, 2));
        control.Dispose();
        Assert.NotEmpty(Read(context, cascade.AtIteration(1), split.Test));

        static List<byte[]> Weights(RecurrentCascadeTransformer model, int iteration) =>
            [
                .. model.Models[iteration - 1].Classifier.Network.state_dict().Values.Select(TensorValues.Bytes),
                .. model.Models[iteration - 1].Decoder.Module.state_dict().Values.Select(TensorValues.Bytes),
            ];
    }

    [Fact]
    public void The_control_of_other_rows_is_refused()
    {
        ChestXrayCatalog cxr = once.Context.ChestXray();
        IDataView others = cxr.Data.CreatePhantom(new ChestPhantomOptions { Studies = 60, Size = 64, Headings = ["Nodule", "Scoliosis"] });
        Assert.Throws<ArgumentException>(() => cxr.RecurrentCascade(Small(null)).FitControl(others, once.Model));
    }

    [Fact]
    public void Cross_validation_reads_every_row_once_by_a_training_without_its_patient()
    {
        var context = new MLContext(seed: 4);
        ChestXrayCatalog cxr = context.ChestXray();
        var options = new ChestPhantomOptions
        {
            Studies = 60,
            Size = 64,
            NormalFraction = 0.4,
            Headings = ["Cardiomegaly", "Pleural Effusion"],
        };
        IDataView rows = cxr.Data.CreatePhantom(options);
        CascadeCrossValidation result = cxr.CrossValidateCascade(rows, Small(null), folds: 3, withControl: true);
        Assert.Equal(2, result.Iterations.Count);
        Assert.Equal(3, result.Folds.Count);
        foreach (IDataView view in result.Iterations.Append(result.Control!))
        {
            AnnotationReport report = cxr.Evaluate(view, new EvaluateOptions { Resamples = 0 });
            Assert.Equal(60, report.Whole.Cases);
            string[] read = [.. view.GetColumn<string>("StudyId")],
                all = [.. rows.GetColumn<string>("StudyId")];
            Assert.Equal(all.Order(), read.Order());
            RequireLabelsOfTheirRows(cxr, rows, view);
        }

        Assert.Equal(60, cxr.Compare(result.Iterations[0], result.Iterations[1], new EvaluateOptions { Resamples = 10 }).Whole.Cases);
    }

    /// <summary>Each row has the label that is mined from its annotation, and the predicted label is that of the highest score.</summary>
    private static void RequireLabelsOfTheirRows(ChestXrayCatalog cxr, IDataView rows, IDataView view)
    {
        IDataView mined = cxr.MineLabels(Small(null).Mining).Fit(rows).Transform(rows);
        Dictionary<string, string> labels = mined.GetColumn<string>("StudyId").Zip(Labels(mined, "Label")).ToDictionary(p => p.First, p => p.Second);
        string[] truth = Labels(view, "Label"),
            predicted = Labels(view, "PredictedLabel");
        Assert.Equal([.. view.GetColumn<string>("StudyId").Select(study => labels[study])], truth);
        var reader = new ColumnReader(view);
        SingleVectorColumn score = reader.Vector("Score");
        reader.Read();
        Assert.Equal([.. score.Values.Select(values => score.SlotNames![Array.IndexOf(values, values.Max())])], predicted);
        Assert.True(truth.Distinct().Count() > 1);
    }

    private static string[] Labels(IDataView view, string column)
    {
        var reader = new ColumnReader(view);
        TextKeyColumn key = reader.Key(column);
        reader.Read();
        return [.. key.ClassIndices().Select(label => label < 0 ? "" : key.Names[label])];
    }

    [Fact]
    public void A_cancelled_training_stops()
    {
        var context = new MLContext(seed: 4);
        ChestXrayCatalog cxr = context.ChestXray();
        using var source = new CancellationTokenSource();
        source.Cancel();
        Assert.ThrowsAny<OperationCanceledException>(() =>
            cxr.RecurrentCascade(Small(null) with { Cancellation = source.Token }).Fit(Phantoms(cxr).Train)
        );
    }

    [Fact]
    public void An_iteration_that_does_not_exist_is_refused() => Assert.Throws<ArgumentOutOfRangeException>(() => once.Model.AtIteration(2));

    [Theory]
    [InlineData("cascade.json")]
    [InlineData("iteration-1/classifier.json")]
    [InlineData("iteration-1/decoder.json")]
    [InlineData("iteration-1/classifier.safetensors")]
    [InlineData("iteration-1/decoder.safetensors")]
    public void A_cut_off_file_in_the_folder_is_named(string file)
    {
        using var folder = new ScratchFolder();
        once.Model.Save(folder.Path);
        string path = Path.Combine(folder.Path, file);
        byte[] bytes = File.ReadAllBytes(path);
        File.WriteAllBytes(path, bytes[..(bytes.Length / 2)]);
        var error = Assert.Throws<InvalidDataException>(() => once.Context.ChestXray().LoadCascade(folder.Path));
        Assert.Contains(Path.GetFileName(file), error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_without_a_cascade_is_refused()
    {
        using var folder = new ScratchFolder();
        var error = Assert.Throws<FileNotFoundException>(() => new MLContext().ChestXray().LoadCascade(folder.Path));
        Assert.Contains("cascade.json", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Context_scores_follow_their_definitions()
    {
        float[] first = [1, 0],
            second = [0, 1];
        Assert.Equal(
            0.5 * ((2.0 * 1 / (2 + 1)) + (2.0 * 1 / (1 + 2))),
            CascadeScores.MacroF1([first, first, second], [first, second, second], 2),
            12
        );
        string[] caption = ["nodule", "lung", "|", "left"];
        Assert.Equal(["left", "lung"], LabelScheme.Exclusive.ContextWords(caption, "nodule").Order());
        Assert.Equal(["nodule lung"], LabelScheme.Independent.ContextWords(caption, "nodule"));
        double[] context = CascadeScores.ContextF1(
            [
                [],
                ["left", "lung"],
                ["x"],
            ],
            [
                [],
                ["left"],
                [],
            ],
            [true, true, false]
        );
        Assert.Equal([1, 2.0 / 3, double.NaN], context);
        Assert.Equal((1 + (2.0 / 3)) / 2, CascadeScores.MeanOfDefined(context)!.Value, 12);
        Assert.Equal((1 + (3 * 2.0 / 3)) / 4, CascadeScores.MeanOfDefined(context, [1, 3, 5])!.Value, 12);
        Assert.Null(CascadeScores.MeanOfDefined(context, [0, 0, 2]));
    }

    private static StudySplit Phantoms(ChestXrayCatalog cxr)
    {
        var options = new ChestPhantomOptions
        {
            Studies = 90,
            Size = 64,
            NormalFraction = 0.4,
            Headings = ["Cardiomegaly", "Pleural Effusion"],
        };
        return cxr.Data.SplitByColumn(cxr.Data.CreatePhantom(options, validation: 0.15, test: 0.15), "Split");
    }

    private static RecurrentCascadeOptions Small(IDataView? validation) =>
        new()
        {
            ValidationData = validation,
            ValidationFraction = 0,
            FeatureViews = 1,
            Mining = new() { MinimumCases = 5 },
            Relabeling = new() { MinimumClusterSize = 4, MinimumSilhouette = 0 },
            Classifier = new()
            {
                CropSize = 56,
                Optimization = new() { Epochs = 2 },
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

    private static List<Reading> Read(MLContext context, RecurrentCascadeTransformer model, IDataView rows) =>
        [.. context.Data.CreateEnumerable<Reading>(model.Transform(rows), reuseRowObject: false, ignoreMissingColumns: true)];

    /// <summary>A cascade of one iteration, trained once for the tests that only use it.</summary>
    public sealed class OneIteration : IDisposable
    {
        public OneIteration()
        {
            Split = Phantoms(Context.ChestXray());
            Model = Context.ChestXray().RecurrentCascade(Small(null) with { Iterations = 1 }).Fit(Split.Train);
        }

        internal MLContext Context { get; } = new(seed: 4);

        internal StudySplit Split { get; }

        internal RecurrentCascadeTransformer Model { get; }

        public void Dispose() => Model.Dispose();
    }

    private sealed class Reading
    {
        public uint Label { get; set; }

        public string Caption { get; set; } = "";

        public string Annotation { get; set; } = "";

        public float[]? Score { get; set; }
    }
}
