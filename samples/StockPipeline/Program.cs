// What ML.NET itself makes of radiographs, without CxrAnnotate: a ResNet-18 trained on ImageNet as it is, and a logistic regression on its features.
//
//   dotnet run --project samples/StockPipeline -c Release -- annotations.csv
//
// The table has the columns image, annotation and patient. The label is the heading of the annotation, before its first '/'.
// A model that is worth its training reads better than this one; docs/results.md has both on the same folds.
using Microsoft.ML;
using Microsoft.ML.Data;

const int Folds = 5;
const int FewestImages = 20;

if (args is not [string table])
{
    Console.Error.WriteLine("usage: StockPipeline annotations.csv");
    return 2;
}

var ml = new MLContext(seed: 2016);
string[] header = File.ReadLines(table).First().Split(',');
TextLoader.Column Column(string name) => new(name, DataKind.String, Array.IndexOf(header, name.ToLowerInvariant()));
IDataView all = ml.Data.LoadFromTextFile(
    table,
    [Column(nameof(TableRow.Image)), Column(nameof(TableRow.Annotation)), Column(nameof(TableRow.Patient))],
    separatorChar: ',',
    hasHeader: true,
    allowQuoting: true
);

// Headings of few images cannot be learnt: their images are left out.
List<Radiograph> rows =
[
    .. ml
        .Data.CreateEnumerable<TableRow>(all, reuseRowObject: false)
        .Select(row => new Radiograph(row.Image, row.Annotation.Split('/')[0], row.Patient))
        .GroupBy(row => row.Heading, StringComparer.Ordinal)
        .Where(heading => heading.Count() >= FewestImages)
        .SelectMany(heading => heading),
];

var features = ml
    .Transforms.LoadImages("Image", Path.GetDirectoryName(Path.GetFullPath(table))!, nameof(Radiograph.Image))
    .Append(ml.Transforms.ResizeImages("Image", 224, 224))
    .Append(ml.Transforms.ExtractPixels("Pixels", "Image"))
    .Append(ml.Transforms.DnnFeaturizeImage("Features", m => m.ModelSelector.ResNet18(ml, m.OutputColumn, m.InputColumn), "Pixels"))
    .Append(ml.Transforms.Conversion.MapValueToKey("Label", nameof(Radiograph.Heading)));
var trainer = ml.MulticlassClassification.Trainers.LbfgsMaximumEntropy();

// The network's weights are fixed, so its features may be computed once for all folds. No patient is in two of them.
IDataView images = ml.Data.LoadFromEnumerable(rows);
IDataView featurized = features.Fit(images).Transform(images);
var folds = ml.MulticlassClassification.CrossValidate(ml.Data.Cache(featurized), trainer, Folds, samplingKeyColumnName: nameof(Radiograph.Patient));

// The confusion matrices of the folds, added up: every image is counted once, as read by a model that has not seen its patient.
ConfusionMatrix[] matrices = [.. folds.Select(fold => fold.Metrics.ConfusionMatrix)];
int labels = matrices[0].NumberOfClasses;
double Count(int truth, int read) => matrices.Sum(matrix => matrix.Counts[truth][read]);
double Right(int label) => Count(label, label);
double F1(int label) => 2 * Right(label) / Enumerable.Range(0, labels).Sum(other => Count(label, other) + Count(other, label));

Console.WriteLine($"macro-F1 {Enumerable.Range(0, labels).Average(F1):F3} ({labels} labels)");
Console.WriteLine($"accuracy {Enumerable.Range(0, labels).Sum(Right) / rows.Count:F3} ({rows.Count} images)");
return 0;

internal sealed class TableRow
{
    public string Image { get; set; } = "";

    public string Annotation { get; set; } = "";

    public string Patient { get; set; } = "";
}

internal sealed record Radiograph(string Image, string Heading, string Patient);
