using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using static TorchSharp.torch;

namespace CxrAnnotate;

/// <summary>The location of a tensor in a safetensors file.</summary>
/// <param name="Type">The type of its numbers.</param>
/// <param name="Shape">Its shape.</param>
/// <param name="Start">Its first byte, counted from the beginning of the file.</param>
/// <param name="Length">Its bytes.</param>
internal sealed record SafeTensorEntry(ScalarType Type, long[] Shape, long Start, long Length) : WeightEntry(Type, Shape);

/// <summary>
/// A safetensors file that is read. Before a tensor is: the header's length is held against the file's, every name, type, shape and offset is
/// checked, the tensors must cover the file without gaps or overlaps, and the checksum must be right where there is one.
/// </summary>
internal sealed class SafeTensorsFile : WeightFile
{
    private const int MaximumHeader = 16 << 20;

    private readonly Dictionary<string, WeightEntry> _entries = new(StringComparer.Ordinal);

    private SafeTensorsFile(FileStream file, string path)
        : base(file, path) { }

    internal override IReadOnlyDictionary<string, WeightEntry> Entries => _entries;

    protected override string Format => "safetensors";

    /// <exception cref="InvalidDataException">The file is not of this format or is damaged.</exception>
    internal static SafeTensorsFile Open(FileStream stream, string path, bool verify)
    {
        var file = new SafeTensorsFile(stream, path);
        file.ReadHeader(verify);
        return file;
    }

    /// <exception cref="InvalidDataException">The file cannot be read, is not of this format or is damaged.</exception>
    internal static SafeTensorsFile Open(string path)
    {
        FileStream stream = OpenStream(path);
        try
        {
            return Open(stream, path, verify: true);
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    protected override Tensor Read(string name)
    {
        var entry = (SafeTensorEntry)_entries[name];
        return Read(entry.Type, entry.Shape, entry.Start);
    }

    private void ReadHeader(bool verify)
    {
        Span<byte> prefix = stackalloc byte[8];
        if (File.ReadAtLeast(prefix, 8, throwOnEndOfStream: false) < 8)
            throw Unusable("it is shorter than its header");
        long length = BinaryPrimitives.ReadInt64LittleEndian(prefix);
        if (length is < 2 or > MaximumHeader || length > File.Length - 8)
            throw Unusable("the length of its header is impossible; it is cut off or of another format");
        byte[] header = new byte[length];
        File.ReadExactly(header);
        string? checksum = null;
        try
        {
            using JsonDocument document = JsonDocument.Parse(header, new JsonDocumentOptions { MaxDepth = 8 });
            if (document.RootElement.ValueKind != JsonValueKind.Object)
                throw Unusable("its header is not a JSON object");
            bool metadata = false;
            foreach (JsonProperty property in document.RootElement.EnumerateObject())
            {
                if (property.NameEquals("__metadata__"))
                {
                    if (metadata)
                        throw Unusable("its metadata occurs twice");
                    metadata = true;
                    checksum = ReadMetadata(property.Value);
                }
                else if (!_entries.TryAdd(property.Name, ReadEntry(property.Name, property.Value, 8 + length)))
                {
                    throw Unusable($"tensor '{property.Name}' occurs twice");
                }
            }
        }
        catch (JsonException e)
        {
            throw Unusable("its header is not valid JSON", e);
        }
        catch (InvalidOperationException e)
        {
            throw Unusable("its header holds text that is not valid UTF-8", e);
        }

        RequireCover(8 + length);
        if (verify && checksum is not null)
            RequireChecksum(prefix, header, checksum);
    }

    private string? ReadMetadata(JsonElement metadata)
    {
        if (metadata.ValueKind != JsonValueKind.Object || metadata.EnumerateObject().Any(p => p.Value.ValueKind != JsonValueKind.String))
            throw Unusable("its metadata is not an object of texts");
        if (!metadata.TryGetProperty(SafeTensors.ChecksumName, out JsonElement checksum))
            return null;
        string text = checksum.GetString()!;
        return text.Length == SafeTensors.ChecksumLength && text.All(char.IsAsciiHexDigitLower) ? text : throw Unusable("its checksum is malformed");
    }

    private SafeTensorEntry ReadEntry(string name, JsonElement entry, long dataStart)
    {
        if (
            entry.ValueKind != JsonValueKind.Object
            || !entry.TryGetProperty("dtype", out JsonElement dtype)
            || dtype.ValueKind != JsonValueKind.String
        )
            throw Unusable($"tensor '{name}' has no dtype");
        if (!SafeTensors.Types.TryGetValue(dtype.GetString()!, out (ScalarType Type, int Size) type))
            throw Unusable($"tensor '{name}' has the dtype '{dtype.GetString()}', which is not one of {string.Join(", ", SafeTensors.Types.Keys)}");
        long[] shape = ReadNumbers(entry, "shape", name);
        long[] offsets = ReadNumbers(entry, "data_offsets", name);
        long bytes = Bytes(shape, type.Size);
        if (bytes < 0)
            throw Unusable($"tensor '{name}' has an impossible shape");
        if (offsets is not [var from, var to] || from < 0 || to < from || to > File.Length - dataStart)
            throw Unusable($"tensor '{name}' lies outside the file, which is cut off or damaged");
        if (to - from != bytes)
            throw Unusable($"tensor '{name}' has {to - from} bytes, its shape and dtype need {bytes}");
        return new SafeTensorEntry(type.Type, shape, dataStart + from, bytes);
    }

    private long[] ReadNumbers(JsonElement entry, string property, string tensor)
    {
        if (!entry.TryGetProperty(property, out JsonElement list) || list.ValueKind != JsonValueKind.Array)
            throw Unusable($"tensor '{tensor}' has no {property}");
        var numbers = new List<long>();
        foreach (JsonElement item in list.EnumerateArray())
        {
            if (item.ValueKind != JsonValueKind.Number || !item.TryGetInt64(out long number))
                throw Unusable($"tensor '{tensor}' has a {property} that is not a list of integers");
            numbers.Add(number);
        }

        return [.. numbers];
    }

    /// <summary>The tensors must be contiguous and end where the file ends, as the format requires.</summary>
    private void RequireCover(long dataStart)
    {
        long end = dataStart;
        foreach (var (name, entry) in _entries.Select(p => (p.Key, (SafeTensorEntry)p.Value)).OrderBy(p => p.Item2.Start).ThenBy(p => p.Item2.Length))
        {
            if (entry.Start != end)
                throw Unusable(entry.Start < end ? $"tensor '{name}' overlaps another" : $"there is a gap before tensor '{name}'");
            end = entry.Start + entry.Length;
        }

        if (end != File.Length)
            throw Unusable($"{File.Length - end} bytes belong to no tensor");
    }

    private void RequireChecksum(ReadOnlySpan<byte> prefix, byte[] header, string checksum)
    {
        byte[] zeroed = (byte[])header.Clone();
        // JSON escapes would hide it; no writer uses them.
        int place = zeroed.AsSpan().IndexOf(Encoding.ASCII.GetBytes(checksum));
        if (place < 0)
            throw Unusable("its checksum is malformed");
        zeroed.AsSpan(place, checksum.Length).Fill((byte)'0');
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(prefix);
        hash.AppendData(zeroed);
        byte[] buffer = new byte[1 << 16];
        File.Position = prefix.Length + header.Length;
        for (int read = File.Read(buffer); read > 0; read = File.Read(buffer))
            hash.AppendData(buffer, 0, read);
        if (Convert.ToHexStringLower(hash.GetHashAndReset()) != checksum)
            throw Unusable("its checksum is wrong: the file was damaged or changed after it was written");
    }
}
