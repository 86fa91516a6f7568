namespace CxrAnnotate.PackageTests;

/// <summary>
/// What the programs of the documents read, under the names that the documents use: small phantoms, half of them normal, and a model that was trained
/// on them for a moment.
/// </summary>
internal static class PhantomFolder
{
    /// <summary>
    /// A program against the package that draws annotations.csv, images/, phantoms/, patient.png, dicom/, reports.csv and the tables of a made-up
    /// CheXpert in the folder which it is run in.
    /// </summary>
    internal const string Draw = """
        using CxrAnnotate;
        using Microsoft.ML;

        var hearts = new ChestPhantomOptions { Studies = 90, Size = 64, NormalFraction = 0.5, Headings = ["Cardiomegaly"] };
        new MLContext(seed: 1).ChestXray().Data.WritePhantom(".", hearts);
        new MLContext(seed: 1).ChestXray().Data.WritePhantom("phantoms", hearts);
        File.Copy(Directory.EnumerateFiles("images").Order(StringComparer.Ordinal).First(), "patient.png");
        var dicom = new ChestPhantomOptions { Studies = 10, Size = 64, Format = PhantomFormat.Dicom };
        new MLContext(seed: 1).ChestXray().Data.WritePhantom("dicom", dicom);
        IEnumerable<string> reports = Directory
            .EnumerateFiles("dicom/images")
            .Select(file => $"images/{Path.GetFileName(file)},The heart is enlarged. No pleural effusion.,Cardiomegaly.");
        File.WriteAllLines("reports.csv", ["image,findings,impression", .. reports]);
        const string CheXpert = "CheXpert-v1.0-small",
            Columns =
                "Path,Sex,Age,Frontal/Lateral,AP/PA,No Finding,Enlarged Cardiomediastinum,Cardiomegaly,Lung Opacity,Lung Lesion,Edema,Consolidation,"
                + "Pneumonia,Atelectasis,Pneumothorax,Pleural Effusion,Pleural Other,Fracture,Support Devices";
        Directory.CreateDirectory(CheXpert);
        foreach (string side in (string[])["train", "valid"])
        {
            int first = side == "train" ? 0 : 1000;
            IEnumerable<string> rows =
                from i in Enumerable.Range(1, 40)
                let labels = i % 2 == 0 ? "1.0,,,,,,,,,,,,," : ",,1.0,,,,-1.0,,,,0.0,,,1.0"
                select $"{CheXpert}/{side}/patient{first + i:00000}/study1/view1_frontal.jpg,Female,60,Frontal,AP,{labels}";
            File.WriteAllLines($"{CheXpert}/{side}.csv", [Columns, .. rows]);
        }
        """;

    /// <summary>A program that trains on them, writes run, model.zip and cascade.onnx, and prints what the model reads.</summary>
    internal const string Train = """
        using CxrAnnotate;
        using Microsoft.ML;

        var ml = new MLContext(seed: 1);
        ChestXrayCatalog cxr = ml.ChestXray();
        IDataView rows = cxr.Data.LoadCsv("annotations.csv");
        using RecurrentCascadeTransformer cascade = cxr.RecurrentCascade(new RecurrentCascadeOptions
        {
            Iterations = 1,
            Mining = new() { MinimumCases = 10 },
            Loading = new() { Height = 64, Width = 64 },
            Classifier = new() { CropSize = 56, Optimization = new() { Epochs = 12 } },
            Decoder = new() { HiddenSize = 32, Optimization = new() { Epochs = 10 } },
            FeatureViews = 1,
        }).Fit(rows);
        cascade.Save("run");
        ml.Model.Save(cascade, rows.Schema, "model.zip");
        cascade.SaveOnnx("cascade.onnx");
        foreach (Reading reading in ml.Data.CreateEnumerable<Reading>(cascade.Transform(rows), reuseRowObject: false))
            Console.WriteLine(FormattableString.Invariant($"{reading.ImagePath} {reading.Annotation} {reading.AnnotationProbability:F3}"));

        internal sealed class Reading
        {
            public string ImagePath { get; set; } = "";
            public string Annotation { get; set; } = "";
            public float AnnotationProbability { get; set; }
        }
        """;

    /// <summary>Copies a folder with all that is in it.</summary>
    internal static void Copy(string from, string to)
    {
        foreach (string folder in Directory.EnumerateDirectories(from, "*", SearchOption.AllDirectories))
            Directory.CreateDirectory(Path.Combine(to, Path.GetRelativePath(from, folder)));
        foreach (string file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
            File.Copy(file, Path.Combine(to, Path.GetRelativePath(from, file)));
    }
}
