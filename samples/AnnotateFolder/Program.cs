// Annotates every file of a folder with a saved cascade, and prints a table: dotnet run -- cascade.onnx FOLDER
// The model is written by 'cxr export --run run --onnx cascade.onnx' or RecurrentCascadeTransformer.SaveOnnx.
using System.Globalization;
using CxrAnnotate;

if (args is not [var model, var folder])
{
    Console.Error.WriteLine("Usage: AnnotateFolder MODEL FOLDER");
    return 2;
}

using var annotator = RadiographAnnotator.Load(model);
Console.WriteLine("file,annotation,probability,finding,side,severity");
int unread = 0;
foreach (AnnotatedRadiograph item in annotator.Annotate(Directory.EnumerateFiles(folder).Order(StringComparer.Ordinal)))
{
    if (item.Reading is not { } reading)
    {
        // The other files are still read; the error goes to standard error.
        Console.Error.WriteLine(item.Error);
        unread++;
        continue;
    }

    // Read, but unlike the training images.
    foreach (InputWarning warning in reading.Warnings)
        Console.Error.WriteLine($"{item.Path}: {warning}");

    ReadFinding? first = reading.Findings.Count > 0 ? reading.Findings[0] : null;
    Console.WriteLine(
        string.Create(
            CultureInfo.InvariantCulture,
            $"{Quoted(item.Path)},{Quoted(reading.Annotation)},{reading.Probability:F3},{first?.Heading},{first?.Side},{first?.Severity}"
        )
    );
}

Console.Error.WriteLine($"{unread} files could not be read.");
return 0;

static string Quoted(string text) => $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
