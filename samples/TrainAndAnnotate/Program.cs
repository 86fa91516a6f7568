// The whole method in one estimator, on phantom radiographs drawn in memory: train the two-iteration cascade, measure both iterations, read a few new
// images.
//
//   dotnet run --project samples/TrainAndAnnotate -c Release -- [studies] [epochs]
//
// The default numbers are small, so that it ends in about a minute; do not judge the method by the results.
using System.Globalization;
using CxrAnnotate;
using Microsoft.ML;

int studies = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 240;
int epochs = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 3;

var ml = new MLContext(seed: 2016);
ChestXrayCatalog cxr = ml.ChestXray();

// Four findings and half of the studies normal: a short training can learn something.
IDataView phantoms = cxr.Data.CreatePhantom(
    new ChestPhantomOptions
    {
        Studies = studies,
        Size = 64,
        NormalFraction = 0.5,
        Headings = ["Cardiomegaly", "Pleural Effusion", "Nodule", "Lung/hyperdistention"],
    }
);
StudySplit split = cxr.Data.SplitByColumn(phantoms);

var options = new RecurrentCascadeOptions
{
    Iterations = 2,
    Mining = new() { MinimumCases = 10 },
    Classifier = new()
    {
        CropSize = 56,
        Optimization = new() { Epochs = epochs },
    },
    Decoder = new()
    {
        HiddenSize = 128,
        Optimization = new() { Epochs = 10, LearningRate = 5e-3 },
    },
    Relabeling = new() { MinimumClusterSize = 10 },
    FeatureViews = 1,
    ValidationData = split.Validation,
    Progress = CascadeProgress.WriteTo(Console.Error),
};

using RecurrentCascadeTransformer cascade = cxr.RecurrentCascade(options).Fit(split.Train);

// The trivial baselines learn from the training rows, whose labels and captions the cascade has mined. Views are lazy: no training image is read for
// this.
var evaluation = new EvaluateOptions { TrainingData = cascade.Transform(split.Train), Resamples = 200 };
foreach (CascadeIterationReport iteration in cascade.Iterations)
{
    AnnotationReport report = cxr.Evaluate(cascade.AtIteration(iteration.Iteration).Transform(split.Test), evaluation);
    Console.WriteLine();
    Console.WriteLine($"Iteration {iteration.Iteration}, {iteration.Labels.Count} labels, on {report.Whole.Cases} test images:");
    foreach (AnnotationReportRow row in report.Rows().Where(row => row.Section == "all").Take(8))
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {row.Metric,-22} {row.Value:F3}  [{row.Low:F3}, {row.High:F3}]"));
}

Console.WriteLine();
Console.WriteLine($"Read by iteration {cascade.ChosenIteration}, the better on the validation studies:");
foreach (Reading reading in ml.Data.CreateEnumerable<Reading>(cascade.Transform(ml.Data.TakeRows(split.Test, 8)), reuseRowObject: false))
    Console.WriteLine(
        string.Create(
            CultureInfo.InvariantCulture,
            $"  true: {reading.Mesh,-45} read: {reading.Annotation,-45} p = {reading.AnnotationProbability:F2}"
        )
    );

/// <summary>The columns that are printed.</summary>
internal sealed class Reading
{
    public string Mesh { get; set; } = "";

    public string Annotation { get; set; } = "";

    public float AnnotationProbability { get; set; }
}
