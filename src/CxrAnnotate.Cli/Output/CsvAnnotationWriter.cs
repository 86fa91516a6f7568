using System.Globalization;
using CsvHelper;

namespace CxrAnnotate.Cli;

/// <summary>Annotations as a CSV table: a header, then a line for each file.</summary>
internal sealed class CsvAnnotationWriter : IResultWriter<AnnotatedFile>
{
    internal static readonly string[] Header =
    [
        "index",
        "file",
        "status",
        "annotation",
        "annotation_probability",
        "label",
        "label_probability",
        "warnings",
        "group",
        "error_code",
        "error",
        "sha256",
        "model",
        "model_sha256",
        "tool_version",
        "format",
        "version",
    ];

    private readonly AppendedFile _file;

    internal CsvAnnotationWriter(string path)
    {
        _file = new AppendedFile(path);
        Append(Header);
    }

    public string? Place => _file.Place;

    public void Write(AnnotatedFile result) =>
        Append([
            Text(result.Index),
            CsvFile.Cell(result.File),
            result.Status == FileStatus.Read ? "read" : "unreadable",
            CsvFile.Cell(result.Annotation ?? ""),
            Text(result.AnnotationProbability),
            CsvFile.Cell(result.Label ?? ""),
            Text(result.LabelProbability),
            string.Join('|', result.Warnings.Select(warning => CxrJson.Value(warning.Kind))),
            result.Group is { } group ? $"{CxrJson.Value(group)}" : "",
            result.Error?.Code ?? "",
            CsvFile.Cell(result.Error?.Message ?? ""),
            result.Sha256 ?? "",
            CsvFile.Cell(result.Model.Name),
            result.Model.Sha256,
            result.ToolVersion,
            $"cxr.{AnnotateVerb.Format}",
            Text(CxrJson.Version),
        ]);

    public void Complete() { }

    public void Dispose() => _file.Dispose();

    private void Append(string[] cells)
    {
        using var line = new MemoryStream();
        using (var csv = CsvWriter.Create(line, new CsvWriterOptions { NewLine = "\n" }, leaveOpen: true))
            csv.WriteRecord(cells);
        _file.Append(line.GetBuffer().AsSpan(0, (int)line.Length));
    }

    private static string Text(IFormattable? value) => value?.ToString(null, CultureInfo.InvariantCulture) ?? "";
}
