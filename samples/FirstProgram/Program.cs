// The first program of README.md, to the letter (a test holds them equal).
using CxrAnnotate;
using Microsoft.ML;

var ml = new MLContext(seed: 2016);
ChestXrayCatalog cxr = ml.ChestXray();

StudySplit split = cxr.Data.SplitByStudy(cxr.Data.LoadCsv("phantoms/annotations.csv"), validation: 0.1, test: 0.1);

// From random weights, with labels of as few as 5 radiographs. The second iteration reads, unless the first is better by more than chance.
RecurrentCascadeOptions preset = RecurrentCascadeOptions.FromScratch;
var options = preset with
{
    Mining = preset.Mining with { MinimumCases = 4 },
    ValidationData = split.Validation,
    Progress = CascadeProgress.WriteTo(Console.Out),
};
using RecurrentCascadeTransformer cascade = cxr.RecurrentCascade(options).Fit(split.Train);
cascade.Save("run");

AnnotationReport report = cxr.Evaluate(cascade.Transform(split.Test));
Console.WriteLine($"macro-F1 {report.Whole.MacroF1.Value:F3}, BLEU-1 {report.Whole.Bleu[0].Value:F3}");

// Read one radiograph.
using PredictionEngine<RadiographRecord, Reading> reader = ml.Model.CreatePredictionEngine<RadiographRecord, Reading>(cascade);
Reading reading = reader.Predict(new RadiographRecord { ImagePath = Directory.EnumerateFiles("phantoms/images").First() });
Console.WriteLine($"{reading.Annotation}  (p = {reading.AnnotationProbability:F2})");

internal sealed class Reading
{
    public string Annotation { get; set; } = "";

    public float AnnotationProbability { get; set; }
}
