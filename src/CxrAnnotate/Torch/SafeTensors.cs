using System.Buffers.Binary;
using System.Text.Json;
using TorchSharp;
using static TorchSharp.torch;

namespace CxrAnnotate;

/// <summary>
/// Weights in the safetensors format (eight bytes of header length, a JSON header, raw little-endian numbers): readable by Python's safetensors, and read
/// here with every offset checked, so that a damaged file is an error and never a crash or a huge allocation.
/// </summary>
internal static class SafeTensors
{
    private const int MaximumHeader = 16 << 20;

    private static readonly Dictionary<ScalarType, (string Name, int Size)> _types = new()
    {
        [ScalarType.Float32] = ("F32", 4),
        [ScalarType.Float64] = ("F64", 8),
        [ScalarType.Int64] = ("I64", 8),
        [ScalarType.Int32] = ("I32", 4),
        [ScalarType.Byte] = ("U8", 1),
        [ScalarType.Bool] = ("BOOL", 1),
    };

    /// <summary>Writes a module's parameters and buffers: aside first, then renamed into place.</summary>
    internal static void Save(string path, nn.Module module)
    {
        var tensors = module.state_dict().OrderBy(p => p.Key, StringComparer.Ordinal).ToList();
        using var header = new MemoryStream();
        using (var json = new Utf8JsonWriter(header))
        {
            json.WriteStartObject();
            json.WriteStartObject("__metadata__");
            json.WriteString("format", "pt");
            json.WriteEndObject();
            long offset = 0;
            foreach (var (name, tensor) in tensors)
            {
                var (type, size) = _types.TryGetValue(tensor.dtype, out var known) ? known : throw new NotSupportedException($"Tensor '{name}' has type {tensor.dtype}, which is not written.");
                json.WriteStartObject(name);
                json.WriteString("dtype", type);
                json.WriteStartArray("shape");
                foreach (long dimension in tensor.shape)
                    json.WriteNumberValue(dimension);
                json.WriteEndArray();
                json.WriteStartArray("data_offsets");
                json.WriteNumberValue(offset);
                offset += tensor.numel() * size;
                json.WriteNumberValue(offset);
                json.WriteEndArray();
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        while (header.Length % 8 != 0)
            header.WriteByte((byte)' ');
        string aside = path + ".new";
        using (var file = new FileStream(aside, FileMode.Create, FileAccess.Write))
        {
            Span<byte> length = stackalloc byte[8];
            BinaryPrimitives.WriteInt64LittleEndian(length, header.Length);
            file.Write(length);
            header.WriteTo(file);
            foreach (var (_, tensor) in tensors)
            {
                using Tensor host = tensor.detach().cpu().contiguous();
                file.Write(host.bytes);
            }

            file.Flush(flushToDisk: true);
        }

        File.Move(aside, path, overwrite: true);
    }

    /// <summary>Fills a module from a file: every parameter and buffer must be there with its type and shape, and nothing else.</summary>
    /// <exception cref="InvalidDataException">The file is not of this format, is damaged, or does not fit the module.</exception>
    internal static void Load(string path, nn.Module module)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read);
        Dictionary<string, JsonElement> entries = ReadHeader(file, path, out long start);
        using var _ = no_grad();
        using var __ = NewDisposeScope();
        foreach (var (name, tensor) in module.state_dict())
        {
            if (!entries.Remove(name, out JsonElement entry))
                throw Damaged(path, $"tensor '{name}' is missing");
            long[] shape = ReadNumbers(entry, "shape", path, name);
            long[] offsets = ReadNumbers(entry, "data_offsets", path, name);
            var (type, size) = _types[tensor.dtype];
            if (!shape.AsSpan().SequenceEqual(tensor.shape) || !entry.TryGetProperty("dtype", out JsonElement dtype) || dtype.ValueKind != JsonValueKind.String || dtype.GetString() != type)
                throw Damaged(path, $"tensor '{name}' is not {type} of shape [{string.Join(", ", tensor.shape)}]");
            long bytes = tensor.numel() * size;
            if (offsets is not [var from, var to] || from < 0 || to - from != bytes || to > file.Length - start)
                throw Damaged(path, $"tensor '{name}' lies outside the file");
            using Tensor host = empty(tensor.shape, tensor.dtype);
            file.Position = start + from;
            file.ReadExactly(host.bytes);
            tensor.copy_(host);
        }

        if (entries.Keys.FirstOrDefault() is { } extra)
            throw Damaged(path, $"tensor '{extra}' belongs to another network");
    }

    private static Dictionary<string, JsonElement> ReadHeader(FileStream file, string path, out long start)
    {
        Span<byte> prefix = stackalloc byte[8];
        if (file.ReadAtLeast(prefix, 8, throwOnEndOfStream: false) < 8)
            throw Damaged(path, "it is shorter than its header");
        long length = BinaryPrimitives.ReadInt64LittleEndian(prefix);
        if (length is < 2 or > MaximumHeader || length > file.Length - 8)
            throw Damaged(path, "the length of its header is impossible");
        var text = new byte[length];
        file.ReadExactly(text);
        start = 8 + length;
        try
        {
            using JsonDocument document = JsonDocument.Parse(text);
            return document.RootElement.EnumerateObject()
                .Where(p => p.Name != "__metadata__")
                .ToDictionary(p => p.Name, p => p.Value.Clone(), StringComparer.Ordinal);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or ArgumentException)
        {
            throw new InvalidDataException($"'{path}' is not a usable safetensors file: its header is not valid JSON.", e);
        }
    }

    private static long[] ReadNumbers(JsonElement entry, string property, string path, string tensor)
    {
        if (entry.ValueKind != JsonValueKind.Object || !entry.TryGetProperty(property, out JsonElement list) || list.ValueKind != JsonValueKind.Array)
            throw Damaged(path, $"tensor '{tensor}' has no {property}");
        var numbers = new List<long>();
        foreach (JsonElement item in list.EnumerateArray())
        {
            if (item.ValueKind != JsonValueKind.Number || !item.TryGetInt64(out long number))
                throw Damaged(path, $"tensor '{tensor}' has a {property} that is no list of whole numbers");
            numbers.Add(number);
        }

        return [.. numbers];
    }

    private static InvalidDataException Damaged(string path, string what) => new($"'{path}' is not a usable safetensors file for this network: {what}.");
}
