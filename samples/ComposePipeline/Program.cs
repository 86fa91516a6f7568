// The stages one by one, like any other ML.NET estimators: append, fit, transform. It needs a table of images and annotations; without one it writes
// phantoms to a temporary folder.
//
//   dotnet run --project samples/ComposePipeline -c Release -- [table.csv] [epochs]
using System.Globalization;
using CxrAnnotate;
using Microsoft.ML;

int epochs = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 4;
string? scratch = null;
var ml = new MLContext(seed: 2016);
ml.Log += (_, e) =>
{
    // Warnings, and a line for each epoch of training.
    if (e.Kind == Microsoft.ML.Runtime.ChannelMessageKind.Warning || e.RawMessage.StartsWith("epoch ", StringComparison.Ordinal))
        Console.Error.WriteLine(e.Message);
};
ChestXrayCatalog cxr = ml.ChestXray();

if (args.Length == 0)
{
    scratch = Directory.CreateTempSubdirectory("cxr-sample").FullName;
    cxr.Data.WritePhantom(
        scratch,
        new ChestPhantomOptions
        {
            Studies = 400,
            Size = 96,
            NormalFraction = 0.5,
            Headings = ["Cardiomegaly", "Pleural Effusion", "Nodule"],
        }
    );
}

try
{
    // Columns ImagePath, Mesh, StudyId, ...: paths and texts, never pixels. No study is in two parts.
    IDataView rows = cxr.Data.LoadCsv(scratch is null ? args[0] : Path.Combine(scratch, "annotations.csv"));
    StudySplit split = cxr.Data.SplitByStudy(rows, validation: 0.1, test: 0.2);

    // What RecurrentCascade would train with: ForIteration returns the options of each stage, with the seed that the cascade would give it.
    var cascade = new RecurrentCascadeOptions
    {
        Seed = 2016,
        Mining = new() { MinimumCases = 10 },
        Loading = new() { Height = 96, Width = 96 },
        Classifier = new() { CropSize = 84, Optimization = new() { Epochs = epochs } },
        Decoder = new()
        {
            HiddenSize = 128,
            Optimization = new() { Epochs = 20, LearningRate = 2e-3 },
        },
        FeatureViews = 0,
        Relabeling = new() { MinimumClusterSize = 8, MinimumSilhouette = 0 },
        ValidationFraction = 0,
    };
    CascadeIterationOptions first = cascade.ForIteration(1);
    var pipeline = cxr.MineLabels(cascade.Mining) // Mesh -> Label, Caption
        .Append(cxr.LoadRadiographs(cascade.Loading)) // ImagePath -> Image
        .Append(cxr.BalanceClasses(cascade.Balancing)) // Label -> SamplingWeight
        .AppendCacheCheckpoint(ml) // pixels are numbers, so ML.NET's cache keeps them
        .Append(cxr.ClassifyDisease(first.Classifier)) // Image, Label -> Features, Score, PredictedLabel
        .Append(cxr.DecodeContext(first.Decoder)); // Features, Score -> Annotation

    var model = pipeline.Fit(split.Train);
    IDataView read = model.Transform(split.Test);

    AnnotationReport report = cxr.Evaluate(read, new EvaluateOptions { Resamples = 200 });
    foreach (AnnotationReportRow row in report.Rows().Where(row => row.Section == "abnormal").Take(8))
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"abnormal, {row.Metric,-22} {row.Value:F3}  [{row.Low:F3}, {row.High:F3}]"));

    // Our features are an ordinary vector column: any trainer of ML.NET takes them. It reads its rows many times, so they are cached; otherwise the
    // networks would recompute them each time.
    IDataView trained = ml.Data.Cache(model.Transform(split.Train), "Label", "Features", "Caption");
    var stock = ml.MulticlassClassification.Trainers.SdcaMaximumEntropy("Label", "Features").Fit(trained);
    double accuracy = ml.MulticlassClassification.Evaluate(stock.Transform(read)).MicroAccuracy;
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"stock trainer on our Features: micro-accuracy {accuracy:F3}"));

    // One iteration of the cascade by hand: the joint image/text context of each training row, whose clusters are the labels that the second
    // iteration would be trained on. RecurrentCascade with the same options gives the same.
    IDataView contexts = cxr.ContextVectors(model.LastTransformer) // Features, Label, Caption -> ContextVector
        .Fit(trained)
        .Transform(trained);
    RelabelByContextTransformer relabeling = cxr.RelabelByContext(first.Relabeling).Fit(contexts); // Label, ContextVector -> Label
    Console.WriteLine($"labels of the next iteration: {string.Join(", ", relabeling.Clusters.Select(c => c.Name))}");

    // One image at a time: the model is a row mapper, so ML.NET's prediction engine takes it.
    using PredictionEngine<RadiographRecord, Reading> reader = ml.Model.CreatePredictionEngine<RadiographRecord, Reading>(model, rows.Schema);
    foreach (RadiographRecord radiograph in ml.Data.CreateEnumerable<RadiographRecord>(ml.Data.TakeRows(split.Test, 4), reuseRowObject: false))
        Console.WriteLine($"true: {radiograph.Mesh,-45} read: {reader.Predict(radiograph).Annotation}");
}
finally
{
    if (scratch is not null)
        Directory.Delete(scratch, recursive: true);
}

/// <summary>The column that is printed.</summary>
internal sealed class Reading
{
    public string Annotation { get; set; } = "";
}
