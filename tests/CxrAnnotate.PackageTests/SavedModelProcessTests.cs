namespace CxrAnnotate.PackageTests;

/// <summary>A model that one program trained and saved is read by others, in processes of their own, that have no libtorch.</summary>
public sealed class SavedModelProcessTests(Packages packages)
{
    private const string ReadByMLNet = """
        using System.Diagnostics;
        using Microsoft.ML;

        // Two ways of scoring a loaded model. There is no annotation to read, and libtorch must not be asked for.
        var ml = new MLContext();
        ITransformer model = ml.Model.Load("model.zip", out _);
        Row[] rows = [.. Directory.EnumerateFiles(args[0]).Order(StringComparer.Ordinal).Select(path => new Row { ImagePath = path })];
        using var engine = ml.Model.CreatePredictionEngine<Row, Reading>(model);
        foreach (Reading reading in ml.Data.CreateEnumerable<Reading>(model.Transform(ml.Data.LoadFromEnumerable(rows)), reuseRowObject: false))
        {
            Reading alone = engine.Predict(new Row { ImagePath = reading.ImagePath });
            if (alone.Annotation != reading.Annotation)
                throw new InvalidOperationException($"{alone.Annotation} alone, {reading.Annotation} in the view");
            Console.WriteLine(FormattableString.Invariant($"{reading.ImagePath} {reading.Annotation} {reading.AnnotationProbability:F3}"));
        }

        IEnumerable<ProcessModule> modules = Process.GetCurrentProcess().Modules.Cast<ProcessModule>();
        if (modules.Any(m => m.ModuleName.Contains("torch", StringComparison.OrdinalIgnoreCase)))
            throw new InvalidOperationException("libtorch was loaded");

        internal sealed class Row
        {
            public string ImagePath { get; set; } = "";
        }

        internal sealed class Reading
        {
            public string ImagePath { get; set; } = "";
            public string Annotation { get; set; } = "";
            public float AnnotationProbability { get; set; }
        }
        """;

    private const string ReadByAnnotator = """
        using System.Globalization;
        using CxrAnnotate;

        using var annotator = RadiographAnnotator.Load(args[1]);
        foreach (AnnotatedRadiograph item in annotator.Annotate(Directory.EnumerateFiles(args[0]).Order(StringComparer.Ordinal)))
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{item.Path} {item.Reading!.Annotation} {item.Reading.Probability:F3}"));
        """;

    [Fact]
    public void Programs_without_libtorch_read_as_the_one_that_trained()
    {
        IReadOnlyList<string> built = packages.Build(
            packages.WriteProgram("reading", ReadByMLNet, torchBackend: "none"),
            packages.WriteProgram("annotating", ReadByAnnotator, torchBackend: "none")
        );
        (string folder, string trained) = packages.Trained;
        (string, string, double)[] expected = Lines(trained);
        Assert.True(
            expected.Select(e => e.Item2).Distinct().Count() > 1,
            "The model reads the same in every image, so that this test compares nothing."
        );
        Same(expected, Lines(Command.Succeed(built[0], folder, "images")));
        Same(expected, Lines(Command.Succeed(built[1], folder, "images", "model.zip")));
        Same(expected, Lines(Command.Succeed(built[1], folder, "images", "cascade.onnx")));
    }

    private static void Same(
        (string Image, string Annotation, double Probability)[] expected,
        (string Image, string Annotation, double Probability)[] actual
    )
    {
        Assert.Equal(expected.Select(e => (e.Image, e.Annotation)), actual.Select(a => (a.Image, a.Annotation)));
        Assert.All(expected.Zip(actual), pair => Assert.Equal(pair.First.Probability, pair.Second.Probability, 2e-3));
    }

    private static (string Image, string Annotation, double Probability)[] Lines(string output) =>
        [
            .. from line in output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            let first = line.IndexOf(' ', StringComparison.Ordinal)
            let last = line.LastIndexOf(' ')
            let image = Path.GetFileName(line[..first])
            orderby image
            select (image, line[(first + 1)..last], double.Parse(line[(last + 1)..], System.Globalization.CultureInfo.InvariantCulture)),
        ];
}
