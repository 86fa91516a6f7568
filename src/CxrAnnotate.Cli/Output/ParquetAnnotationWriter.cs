using System.Text.Json;
using Parquet;
using Parquet.Schema;

namespace CxrAnnotate.Cli;

/// <summary>
/// Annotations as a Parquet table. Such a file is unreadable until its end is written, so that results first go to JSON Lines beside it
/// (<c>NAME.parquet.part.jsonl</c>), which survive a killed process. At the end they are converted to the table, and that file is removed.
/// </summary>
internal sealed class ParquetAnnotationWriter : IResultWriter<AnnotatedFile>
{
    /// <summary>Rows held in memory at a time.</summary>
    private const int GroupSize = 8192;

    private static readonly DataField _index = new("index", typeof(long)),
        _file = new("file", typeof(string)),
        _status = new("status", typeof(string)),
        _annotation = new("annotation", typeof(string)),
        _probability = new("annotation_probability", typeof(double?)),
        _label = new("label", typeof(string)),
        _labelProbability = new("label_probability", typeof(double?)),
        _warnings = new("warnings", typeof(string)),
        _group = new("group", typeof(string)),
        _errorCode = new("error_code", typeof(string)),
        _error = new("error", typeof(string)),
        _sha256 = new("sha256", typeof(string)),
        _model = new("model", typeof(string)),
        _modelSha256 = new("model_sha256", typeof(string)),
        _tool = new("tool_version", typeof(string)),
        _format = new("format", typeof(string)),
        _version = new("version", typeof(int));

    private readonly string _path;
    private readonly JsonLinesWriter<AnnotatedFile> _journal;

    internal ParquetAnnotationWriter(string path)
    {
        _path = path;
        _journal = new JsonLinesWriter<AnnotatedFile>(AnnotateVerb.Format, Journal(path));
    }

    public string? Place { get; private set; }

    /// <summary>The file of the results until the table is complete.</summary>
    internal static string Journal(string path) => path + ".part.jsonl";

    public void Write(AnnotatedFile result)
    {
        _journal.Write(result);
        Place = _journal.Place;
    }

    public void Complete()
    {
        _journal.Dispose();
        string journal = Journal(_path);
        DurableFile.Write(_path, file => Convert(journal, file).GetAwaiter().GetResult());
        File.Delete(journal);
        Place = _path;
    }

    public void Dispose() => _journal.Dispose();

    private static async Task Convert(string journal, Stream file)
    {
        await using ParquetWriter writer = await ParquetWriter.CreateAsync(
            new ParquetSchema(
                _index,
                _file,
                _status,
                _annotation,
                _probability,
                _label,
                _labelProbability,
                _warnings,
                _group,
                _errorCode,
                _error,
                _sha256,
                _model,
                _modelSha256,
                _tool,
                _format,
                _version
            ),
            file
        );
        foreach (string[] lines in File.ReadLines(journal).Chunk(GroupSize))
        {
            JsonElement[] rows = [.. lines.Select(line => JsonElement.Parse(line))];
            using ParquetRowGroupWriter group = writer.CreateRowGroup();
            await group.WriteAsync<long>(_index, (ReadOnlyMemory<long>)rows.Select(row => row.GetProperty("index").GetInt64()).ToArray());
            await Texts(_file, "file");
            await Texts(_status, "status");
            await Texts(_annotation, "annotation");
            await Numbers(_probability, "annotationProbability");
            await Texts(_label, "label");
            await Numbers(_labelProbability, "labelProbability");
            await group.WriteAsync(
                _warnings,
                [
                    .. rows.Select(row =>
                        string.Join('|', row.GetProperty("warnings").EnumerateArray().Select(warning => warning.GetProperty("kind").GetString()))
                    ),
                ]
            );
            await Texts(_group, "group");
            await Texts(_errorCode, "error", "code");
            await Texts(_error, "error", "message");
            await Texts(_sha256, "sha256");
            await Texts(_model, "model", "name");
            await Texts(_modelSha256, "model", "sha256");
            await Texts(_tool, "toolVersion");
            await Texts(_format, "format");
            await group.WriteAsync<int>(_version, (ReadOnlyMemory<int>)rows.Select(row => row.GetProperty("version").GetInt32()).ToArray());

            async Task Texts(DataField field, params string[] path) =>
                await group.WriteAsync(field, rows.Select(row => Value(row, path)?.GetString()).ToArray()!);

            async Task Numbers(DataField field, params string[] path) =>
                await group.WriteAsync<double>(field, (ReadOnlyMemory<double?>)rows.Select(row => Value(row, path)?.GetDouble()).ToArray());
        }
    }

    private static JsonElement? Value(JsonElement row, string[] path)
    {
        foreach (string name in path)
        {
            if (row.ValueKind == JsonValueKind.Null)
                return null;
            row = row.GetProperty(name);
        }

        return row.ValueKind == JsonValueKind.Null ? null : row;
    }
}
