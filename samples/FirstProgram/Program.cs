// The first program of README.md, to the letter (a test holds them equal).
using CxrAnnotate;
using Microsoft.ML;

var ml = new MLContext(seed: 2016);
ChestXrayCatalog cxr = ml.ChestXray();

StudySplit split = cxr.Data.SplitByStudy(cxr.Data.LoadCsv("annotations.csv"), validation: 0.1, test: 0.1);

// Labels that at least 20 radiographs have; two iterations; the better one on the validation studies is kept.
var options = new RecurrentCascadeOptions { Mining = new() { MinimumCases = 19 }, ValidationData = split.Validation };
using RecurrentCascadeTransformer cascade = cxr.RecurrentCascade(options).Fit(split.Train);
cascade.Save("run");

AnnotationReport report = cxr.Evaluate(cascade.Transform(split.Test));
Console.WriteLine($"macro-F1 {report.Whole.MacroF1.Value:F3}, BLEU-1 of the abnormal {report.Abnormal.Bleu[0].Value:F3}");

// Read one new radiograph.
using PredictionEngine<RadiographRecord, Reading> reader = ml.Model.CreatePredictionEngine<RadiographRecord, Reading>(cascade);
Reading reading = reader.Predict(new RadiographRecord { ImagePath = "patient.png" });
Console.WriteLine($"{reading.Annotation}  (p = {reading.AnnotationProbability:F2})");

internal sealed class Reading
{
    public string Annotation { get; set; } = "";

    public float AnnotationProbability { get; set; }
}
