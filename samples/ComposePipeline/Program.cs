// The stages one by one, as any other ML.NET estimators: append, fit, transform. It needs a table of images and annotations; without one it writes
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
    // Warnings, and how the trainings go: a line for each epoch.
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
    // Columns ImagePath, Mesh, StudyId, ...: paths and texts, never pixels. No study is on two sides.
    IDataView rows = cxr.Data.LoadCsv(scratch is null ? args[0] : Path.Combine(scratch, "annotations.csv"));
    StudySplit split = cxr.Data.SplitByStudy(rows, validation: 0.1, test: 0.2);

    var pipeline = cxr.MineLabels(minimumCases: 10) // Mesh -> Label, Caption
        .Append(cxr.LoadRadiographs(height: 96, width: 96)) // ImagePath -> Image
        .Append(cxr.BalanceClasses(method: BalancingMethod.DataDropout)) // Label -> SamplingWeight
        .AppendCacheCheckpoint(ml) // pixels are numbers, so ML.NET's cache keeps them
        .Append(
            cxr.ClassifyDisease(
                new ClassifyDiseaseOptions
                {
                    CropSize = 84,
                    Optimization = new() { Epochs = epochs },
                }
            )
        ) // Image, Label -> Features, Score, PredictedLabel
        .Append(
            cxr.DecodeContext(
                new DecodeContextOptions
                {
                    HiddenSize = 128,
                    Optimization = new() { Epochs = 20, LearningRate = 2e-3 },
                }
            )
        ); // Features, Score -> Annotation

    var model = pipeline.Fit(split.Train);
    IDataView read = model.Transform(split.Test);

    AnnotationReport report = cxr.Evaluate(read, new EvaluateOptions { Resamples = 200 });
    foreach (AnnotationReportRow row in report.Rows().Where(row => row.Section == "abnormal").Take(8))
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"abnormal, {row.Metric,-22} {row.Value:F3}  [{row.Low:F3}, {row.High:F3}]"));

    // Our features are an ordinary vector column: any trainer of ML.NET takes them. It reads its rows many times, so they are cached; else the
    // networks would compute them anew each time.
    IDataView features = ml.Data.Cache(model.Transform(split.Train), "Label", "Features");
    var stock = ml.MulticlassClassification.Trainers.SdcaMaximumEntropy("Label", "Features").Fit(features);
    double accuracy = ml.MulticlassClassification.Evaluate(stock.Transform(read)).MicroAccuracy;
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"stock trainer on our Features: micro-accuracy {accuracy:F3}"));

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
